"""The facts behind the proofs, in one shape whatever call they came from; frozen, and kept in the record.

Instants are integers: epoch milliseconds in UTC. No secret is among the facts, and of the audit trail neither an address nor
a key id.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ddmkit.restore.facts import Fact, Frozen
from ddmkit.restore.proofs.instants import StatedMs

__all__ = [
    "Evidence",
    "InPlaceRestore",
    "NetworkFacts",
    "NodeFacts",
    "NodeProofs",
    "OwnRestore",
    "Place",
    "ProofStatus",
    "Rule",
    "SubnetFacts",
    "Tried",
    "Verdict",
    "VpcFacts",
    "combine",
]

ProofStatus = Literal["pass", "warn", "fail"]
EvidenceKind = Literal["echo", "own-record", "audit-trace", "task-detail", "tags", "name"]
Strength = Literal["strongest", "strong", "weak"]

_STRENGTHS: dict[EvidenceKind, Strength] = {
    "echo": "strongest",
    "own-record": "strong",
    "audit-trace": "strong",
    "task-detail": "strong",
    "tags": "weak",
    "name": "weak",
}
_ORDER: tuple[ProofStatus, ...] = ("fail", "warn", "pass")


class Verdict(Frozen):
    """A judgement: what was seen, what to do about it, and the evidence as short texts."""

    status: ProofStatus
    detail: str
    hint: str = ""
    evidence: tuple[str, ...] = ()


class Tried(Frozen):
    """One read for a proof, and what came back: ``answer`` is a count, a refusal, or why the read was not possible."""

    what: str
    answer: str

    def __str__(self) -> str:
        """Return both as one short text."""
        return f"{self.what}: {self.answer}"


class Evidence(Frozen):
    """One statement about how a data node came to be: from which node, by which kind of restore, to which instant.

    ``where`` says where to find the statement again, such as an audit trace with its id. Source of the kinds and their
    strength: proofs.md 2.
    """

    kind: EvidenceKind
    node_id: str
    source_id: str
    restore_type: str = "timestamp"
    restore_time_ms: StatedMs = None
    backup_id: str = ""
    where: str = ""

    @property
    def strength(self) -> Strength:
        """How much the statement is worth: a weak one can be written by anybody who may edit the node."""
        return _STRENGTHS[self.kind]

    @property
    def is_proof(self) -> bool:
        """Whether the statement comes from the service or from a request of ours that the service carried out."""
        return self.strength != "weak"


class InPlaceRestore(Frozen):
    """A restore onto an existing data node, which replaced its content. ``ms`` is when it was requested."""

    node_id: str
    ms: int
    where: str = ""


class OwnRestore(Frozen):
    """A point-in-time recovery that ddmkit requested itself, as its record has it.

    ``completed``: the service's job ended well. ``echoed``: the service's answer repeated the source and the instant.
    ``imported``: the record came from a file of somebody else, and so proves nothing.
    """

    node_id: str
    source_id: str
    restore_time_ms: int
    job_id: str
    completed: bool
    record_id: str
    imported: bool = False
    echoed: bool = False


class Place(Frozen):
    """Where an instance stands in the network. Security groups are in the order in which they are bound."""

    vpc_id: str = ""
    subnet_id: str = ""
    security_group_ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    port: int | None = None


class NodeFacts(Frozen):
    """One data node (RDS for MySQL), as RDS lists it. ``volume_gb`` is the size of its disk.

    ``first_restorable_ms`` is the first instant that the node itself can be restored to, if that was asked for. ``of_ddm``:
    the node belongs to a DDM instance.
    """

    id: str
    name: str = ""
    status: str = ""
    created_ms: StatedMs = None
    version: str = ""
    volume_gb: int | None = None
    first_restorable_ms: StatedMs = None
    of_ddm: bool = False
    time_zone: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    place: Place = Place()


class Rule(Frozen):
    """A rule of a security group; empty text means "any". Source: API page ListSecurityGroupRules (v3), and the older v1."""

    id: str = ""
    group_id: str
    direction: str
    ethertype: str = ""
    protocol: str = ""
    ports: str = ""
    action: str = ""
    priority: int | None = None
    remote_group_id: str = ""
    remote_prefix: str = ""
    remote_address_group_id: str = ""
    enabled: bool = True


class VpcFacts(Frozen):
    """The address blocks of a VPC; ``secondary`` is ``None`` when the call does not show them."""

    id: str
    primary: str = ""
    secondary: tuple[str, ...] | None = None


class SubnetFacts(Frozen):
    """The address blocks of a subnet, and how many addresses are free."""

    id: str
    vpc_id: str = ""
    blocks: tuple[str, ...] = ()
    free_addresses: int | None = None


class NodeProofs(Frozen):
    """What could be found out about the origin of the data nodes, and which reads were tried."""

    nodes: dict[str, Fact[NodeFacts]] = Field(default_factory=dict)
    sources: dict[str, Fact[NodeFacts]] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    in_place: tuple[InPlaceRestore, ...] = ()
    remarks: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    tried: tuple[Tried, ...] = ()

    def with_earlier(self, before: NodeProofs | None) -> NodeProofs:
        """Return these facts with the proofs that were found before: what has happened does not become undone."""
        if before is None:
            return self
        proofs = tuple(one for one in before.evidence if one.is_proof and one not in self.evidence)
        replaced = tuple(one for one in before.in_place if one not in self.in_place)
        return self.model_copy(update={"evidence": (*self.evidence, *proofs), "in_place": (*self.in_place, *replaced)})


class NetworkFacts(Frozen):
    """What could be read about the network of a target and its data nodes.

    ``target_again`` is the same target as a second call of the service shows it.
    """

    target: Fact[Place] = Fact(problem="not asked for")
    target_again: Fact[Place] = Fact(problem="not asked for")
    nodes: dict[str, Fact[Place]] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)
    vpcs: dict[str, Fact[VpcFacts]] = Field(default_factory=dict)
    subnets: dict[str, Fact[SubnetFacts]] = Field(default_factory=dict)
    rules: dict[str, Fact[tuple[Rule, ...]]] = Field(default_factory=dict)
    address_groups: dict[str, Fact[tuple[str, ...]]] = Field(default_factory=dict)
    tried: tuple[Tried, ...] = ()


def combine(verdicts: dict[str, Verdict], all_well: str) -> Verdict:
    """Return one verdict for several: the worst status, with what is said about those that have it, five at most.

    ``all_well`` is the detail when all pass. All evidence is kept.
    """
    evidence = tuple(line for verdict in verdicts.values() for line in verdict.evidence)
    worst = next((status for status in _ORDER if any(one.status == status for one in verdicts.values())), "pass")
    if worst == "pass":
        return Verdict(status="pass", detail=all_well, evidence=evidence)
    bad = [one for one in verdicts.values() if one.status == worst]
    details = list(dict.fromkeys(one.detail for one in bad))
    more = f" And {len(details) - 5} more." if len(details) > 5 else ""
    hints = list(dict.fromkeys(one.hint for one in bad if one.hint))
    return Verdict(status=worst, detail=" ".join(details[:5]) + more, hint=" ".join(hints[:3]), evidence=evidence)
