"""The facts that the preconditions of a recovery look at, and the shape of such a precondition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pydantic import Field

from ddmkit.models import RestorableRange
from ddmkit.recovery_models.ddm import TargetFlavor
from ddmkit.recovery_models.rds import (
    BackupPolicy,
    NodeBackup,
    NodeFlavor,
    NodeInstance,
    Quota,
    RestorableTime,
    SimplifiedInstance,
)
from ddmkit.recovery_models.requests import NodeRestoreRequest, TargetCreateRequest
from ddmkit.restore.checks.result import CheckResult, Finding
from ddmkit.restore.facts import Fact, Frozen
from ddmkit.restore.proofs.facts import Rule, SubnetFacts

__all__ = ["Precondition", "RecoveryFacts", "SourceNodeFacts", "name_nodes"]


class SourceNodeFacts(Frozen):
    """One data node of the source, with what a recovery of it needs.

    ``taken`` is the existing node that stands in for it, ``None`` when it is to be recovered. Then ``request`` is what would
    be sent, ``None`` while that cannot be said.
    """

    node_id: str
    name: str = ""
    instance: Fact[NodeInstance] = Fact(problem="not asked for")
    activity: Fact[SimplifiedInstance] = Fact(problem="not asked for")
    ranges: Fact[tuple[RestorableTime, ...]] = Fact(problem="not asked for")
    backups: Fact[tuple[NodeBackup, ...]] = Fact(problem="not asked for")
    policy: Fact[BackupPolicy] = Fact(problem="not asked for")
    taken: Fact[NodeInstance] | None = None
    request: NodeRestoreRequest | None = None

    @property
    def words(self) -> str:
        """The node's name, or else its id."""
        return self.name or self.node_id


class RecoveryFacts(Frozen):
    """What is known before anything is created. Instants are epoch milliseconds; ``flavours`` are those of RDS by version.

    ``names`` are the names of all data nodes and DDM instances of the project. ``target`` is ``None`` for one that exists.
    """

    restore_time_ms: int
    now_ms: int
    nodes: tuple[SourceNodeFacts, ...]
    target: TargetCreateRequest | None = None
    ddm_ranges: Fact[tuple[RestorableRange, ...]] = Fact(problem="not asked for")
    quotas: Fact[tuple[Quota, ...]] = Fact(problem="not asked for")
    flavours: dict[str, Fact[tuple[NodeFlavor, ...]]] = Field(default_factory=dict)
    target_flavours: Fact[tuple[TargetFlavor, ...]] = Fact(problem="not asked for")
    subnets: dict[str, Fact[SubnetFacts]] = Field(default_factory=dict)
    security_groups: dict[str, Fact[tuple[Rule, ...]]] = Field(default_factory=dict)
    names: Fact[tuple[str, ...]] = Fact(problem="not asked for")

    @property
    def to_recover(self) -> tuple[SourceNodeFacts, ...]:
        """The source nodes that are to be recovered, those too for which no request can be made."""
        return tuple(node for node in self.nodes if node.taken is None)


@dataclass(frozen=True)
class Precondition:
    """One check before a recovery: its id, its title for people, the rule behind it, and its pure function."""

    id: str
    title: str
    rule: str
    find: Callable[[RecoveryFacts], Finding]

    def run(self, facts: RecoveryFacts) -> CheckResult:
        """Run the check once and return the result."""
        return self.find(facts).as_result(self.id, self.title, self.rule)


def name_nodes(nodes: Iterable[SourceNodeFacts | str], most: int = 5) -> str:
    """Return the names of nodes as a list for people; of many, the first five and a count."""
    names = [one if isinstance(one, str) else one.words for one in nodes]
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[:most])}, and {len(names) - most} more"
