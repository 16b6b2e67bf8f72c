"""Every check of a recovery, on one set of facts. All run and all are shown, so that several problems can be fixed at once.

The checks of DDM's side are those of the single metadata restore. Added are the preconditions of each node's recovery
(rds-api.md, "Preconditions"), what the target is made of, and the two proofs per node: ``nodes-recovered:<source node>`` and
``same-network:<source node>``. A proof that is not possible before something was created is skipped here, and is a step of
the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ddmkit.models import RestoreRequest
from ddmkit.recovery.choice import RecoveryChoice
from ddmkit.recovery.instant import RecoveryInstant
from ddmkit.recovery.inventory import RecoveryInventory
from ddmkit.recovery.offer import choose_engine
from ddmkit.recovery.plan import PlannedNode, PlannedTarget
from ddmkit.recovery.steps import TARGET
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.checks.environment import check_clock_skew
from ddmkit.restore.checks.nodes import check_nodes_known
from ddmkit.restore.checks.point import INCIDENT_CHECKS, POINT_CHECKS
from ddmkit.restore.checks.result import RESTORING_METADATA, CheckResult, Finding, fail, ok, skip
from ddmkit.restore.checks.source import SOURCE_CHECKS
from ddmkit.restore.checks.target import TARGET_CHECKS
from ddmkit.restore.inventory import Fact, Inventory
from ddmkit.restore.proofs.facts import NetworkFacts, NodeProofs, Place, Verdict
from ddmkit.restore.proofs.network import judge_network
from ddmkit.restore.proofs.nodes import NodeVerdict, Wanted, judge_nodes
from ddmkit.restore.proofs.preconditions import check_preconditions
from ddmkit.times import to_ms

__all__ = [
    "NODES_RECOVERED",
    "SAME_NETWORK",
    "check_network_of",
    "facts_that_matter",
    "network_as_planned",
    "prove_nodes",
    "run_recovery_checks",
    "wanted_of",
]

_PLACEHOLDER = "new"
NODES_RECOVERED, SAME_NETWORK = "nodes-recovered", "same-network"
_IN_BOTH = frozenset({NODES_RECOVERED, SAME_NETWORK})
_SAID = {"status", "detail", "hint", "evidence"}
_EQUAL_INSTANTS = f"{RESTORING_METADATA}: the metadata restore time must be the same as the RDS restore time"
_ONE_NETWORK = f"{RESTORING_METADATA}: target and data nodes share VPC, subnet and security group rules"


def run_recovery_checks(
    choice: RecoveryChoice,
    facts: RecoveryInventory,
    instant: RecoveryInstant,
    nodes: Sequence[PlannedNode],
    target: PlannedTarget,
    problems: Mapping[str, Sequence[str]],
) -> tuple[CheckResult, ...]:
    """Return the result of every check, in order.

    Args:
        choice: What a person chose.
        facts: The facts.
        instant: The instant of every node.
        nodes: The nodes of the plan.
        target: The target of the plan.
        problems: What keeps a request from being made, by the id of the source node, or ``target``.
    """
    request = RestoreRequest(
        source_instance_id=choice.source_id,
        target_instance_id=choice.target_id or _PLACEHOLDER,
        data_nodes=tuple(node.existing_id or _PLACEHOLDER for node in nodes) or (_PLACEHOLDER,),
        backup_id=choice.backup_id,
        restore_time_ms=None if choice.backup_id is not None else instant.ms,
    )
    shared = [*SOURCE_CHECKS, *POINT_CHECKS, *INCIDENT_CHECKS]
    shared += [check for check in TARGET_CHECKS if choice.target_id and check.id not in _IN_BOTH]
    network = network_as_planned(facts.network, nodes, target)
    requests = {node.source_id: node.request for node in nodes if node.request is not None}
    return (
        *(check.run(facts.source_side, request) for check in shared),
        _result("nodes-known", "Source data nodes at that time", _check_nodes(facts, request), "ShowRelatedDns"),
        _result(
            "requests-complete",
            "Everything a request needs is known",
            _check_complete(facts, problems),
            "CreateRestoreInstance",
        ),
        *check_preconditions(facts.for_preconditions(instant.ms, requests, target.request)),
        _result("engine-on-sale", "Engine of a new target", _check_engine(choice, facts, target), "API page ListDdmEngines"),
        *prove_nodes(facts.proofs, nodes, wanted_of(choice.backup_id, instant, facts.source_side)),
        *(check_network_of(node, node.source_id, network) for node in nodes),
        _result("clock-skew", "Clock difference", check_clock_skew(facts.source_side, request), "at most 15 minutes apart"),
    )


def _result(check_id: str, title: str, found: Finding, rule: str) -> CheckResult:
    return found.as_result(check_id, title, rule)


def _check_nodes(facts: RecoveryInventory, request: RestoreRequest) -> Finding:
    if not facts.nodes:
        problem = facts.source_side.related.problem or "the list is empty"
        return fail(
            f"The source's data nodes at that point cannot be read ({problem}).",
            "Try again, or choose another point: without the list nobody knows what to recover.",
        )
    return check_nodes_known(facts.source_side, request)


def _check_engine(choice: RecoveryChoice, facts: RecoveryInventory, target: PlannedTarget) -> Finding:
    if target.action == "take":
        return skip("The target exists already.")
    listed = facts.engines.value
    if listed is None:
        return fail(
            f"The engines for sale cannot be read ({facts.engines.problem}).", "Try again, or take an existing target."
        )
    sold = sorted({one.version for one in listed if one.version})
    source, chosen = facts.source_side.source.value, str(choice.overrides.target.get("engine_version", ""))
    if source is None and not chosen:
        return skip("The source cannot be read, so its engine is not known.")
    wanted = chosen or choose_engine(source.engine_version if source is not None else "", listed)
    if wanted not in sold:
        problem = f"Engine {wanted} is not for sale" if wanted else "No engine like the source's or newer is for sale"
        return fail(f"{problem}: {', '.join(sold) or 'none is'}.", "Choose one: like={'target': {'engine_version': ...}}.")
    return ok(f"Engine {wanted} is for sale.")


def _check_complete(facts: RecoveryInventory, problems: Mapping[str, Sequence[str]]) -> Finding:
    if not facts.nodes:
        return skip("The requests follow from the source's data nodes, which are not known.")
    if not problems:
        return ok("Every request holds everything that the service asks for.")
    told = [f"{'the target' if name == TARGET else name}: {'; '.join(found)}" for name, found in problems.items()]
    return fail(" ".join(f"{one}." for one in told), "Give what is missing with like=, or take an existing instance.")


def network_as_planned(facts: NetworkFacts, nodes: Iterable[PlannedNode], target: PlannedTarget) -> NetworkFacts:
    """Return the facts of the network with the places as planned, the nodes by the id of their source node."""
    planned = {}
    for node in nodes:
        request = node.request
        if request is not None:
            planned[node.source_id] = Fact[Place](
                value=Place(
                    vpc_id=request.vpc_id,
                    subnet_id=request.subnet_id,
                    security_group_ids=(request.security_group_id,),
                    port=request.port,
                )
            )
        elif node.existing_id in facts.nodes:
            planned[node.source_id] = facts.nodes[node.existing_id]
    names = {**facts.names, **{node.source_id: node.new_name for node in nodes}}
    new = target.request
    if new is None:
        return facts.model_copy(update={"nodes": planned, "names": names})
    place = Place(vpc_id=new.vpc_id, subnet_id=new.subnet_id, security_group_ids=(new.security_group_id,))
    return facts.model_copy(
        update={
            "nodes": planned,
            "names": names,
            "target": Fact[Place](value=place),
            "target_again": Fact[Place](value=place),
        }
    )


def wanted_of(backup_id: str | None, instant: RecoveryInstant, inventory: Inventory) -> Wanted:
    """Return what the nodes must have been recovered to.

    With a backup, one instant at or after it, with no later backup of the metadata before that instant.
    """
    sources = inventory.source_nodes
    source_ids = None if sources is None else tuple(node.instance_id for node in sources)
    if backup_id is None:
        return Wanted(restore_time_ms=instant.ms, source_ids=source_ids)
    chosen, listed = inventory.chosen_backup, inventory.backups.value
    later = None
    if chosen is not None and listed is not None:
        own = (one for one in listed if one.instance_id == chosen.instance_id and one.is_usable)
        later = tuple(sorted(to_ms(one.created) for one in own if one.created > chosen.created))
    return Wanted(backup_ms=None if chosen is None else to_ms(chosen.created), later_backups_ms=later, source_ids=source_ids)


def prove_nodes(proofs: NodeProofs, nodes: Sequence[PlannedNode], wanted: Wanted) -> tuple[CheckResult, ...]:
    """Return ``nodes-recovered:<source node>`` for each node; one that does not exist yet is proved by a step of the run."""
    taken = {node.existing_id: node for node in nodes if node.existing_id}
    judged = {one.node_id: one for one in judge_nodes(proofs, taken, wanted).nodes} if taken else {}
    return tuple(_find_node(node, proofs) or _prove_node(node, judged.get(node.existing_id), proofs) for node in nodes)


def _find_node(node: PlannedNode, proofs: NodeProofs) -> CheckResult | None:
    """Return a failed check for a node that RDS does not list: it is gone, or of another project."""
    seen = proofs.nodes.get(node.existing_id) if node.existing_id else None
    if seen is None or not seen.missing:
        return None
    return CheckResult(
        id=f"{NODES_RECOVERED}:{node.source_id}",
        title=f"Instant of {node.new_name}",
        status="fail",
        detail=f"RDS does not list {node.existing_id} in this project.",
        hint="Give a node of this project, or leave it out to have it recovered.",
        rule=_EQUAL_INSTANTS,
    )


def _prove_node(node: PlannedNode, verdict: NodeVerdict | None, proofs: NodeProofs) -> CheckResult:
    check_id, title = f"{NODES_RECOVERED}:{node.source_id}", f"Instant of {node.new_name}"
    if verdict is None:
        return CheckResult(
            id=check_id, title=title, status="skip", detail="It does not exist yet: the run proves it.", rule=_EQUAL_INSTANTS
        )
    said = [one.source_id for one in proofs.evidence if one.node_id == node.existing_id and one.is_proof]
    strange = [one for one in dict.fromkeys(said) if one and one != node.source_id]
    if strange and verdict.status != "fail":
        return CheckResult(
            id=check_id,
            title=title,
            status="fail",
            detail=f"{node.new_name} was recovered from {', '.join(strange)}, and is to stand in for {node.source_id}.",
            hint="Give each source node the node that was recovered from it.",
            rule=_EQUAL_INSTANTS,
            evidence=verdict.evidence,
        )
    return _result_of(check_id, title, verdict, _EQUAL_INSTANTS)


def check_network_of(node: PlannedNode, node_id: str, network: NetworkFacts) -> CheckResult:
    """Return ``same-network:<source node>`` for the node that the facts of the network have under an id."""
    verdict = judge_network(network, node_id)
    return _result_of(f"{SAME_NETWORK}:{node.source_id}", f"Network of target and {node.new_name}", verdict, _ONE_NETWORK)


def _result_of(check_id: str, title: str, verdict: Verdict, rule: str) -> CheckResult:
    return CheckResult(id=check_id, title=title, rule=rule, **verdict.model_dump(include=_SAID))


def facts_that_matter(facts: RecoveryInventory, checks: Iterable[CheckResult]) -> dict[str, Any]:
    """Return what must not change between a plan and its run: the checks' results and the states of the sources."""
    source = facts.source_side.source.value
    return {
        "checks": {check.id: check.status for check in checks},
        "source": source and [source.status, source.engine_version],
        "nodes": {node.node_id: node.instance.value and _size_of(node.instance.value) for node in facts.nodes},
    }


def _size_of(instance: NodeInstance) -> list[Any]:
    return [instance.flavor_ref, instance.volume.size, instance.datastore.version]
