"""The facts that are read again directly before a claim: few reads, and only what can have changed since the plan."""

from __future__ import annotations

from ddmkit.recovery.plan import PlannedNode
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.facts import Fact
from ddmkit.restore.inventory import read_in_parallel
from ddmkit.restore.proofs.recovery_facts import Precondition, RecoveryFacts, SourceNodeFacts
from ddmkit.restore.proofs.source_checks import check_sources_exist, check_sources_not_frozen
from ddmkit.restore.proofs.time_checks import check_time_per_node
from ddmkit.times import to_ms

__all__ = ["check_before_node", "check_before_target"]

_BEFORE_NODE = (
    Precondition("source-exists", "Data node exists", "Recovery to a point in time needs the instance", check_sources_exist),
    Precondition("source-not-frozen", "Data node is not frozen", "RDS error DBS.280449", check_sources_not_frozen),
    Precondition("time-per-node", "Point in time of the node", "API page ListRestoreTimes", check_time_per_node),
)


def check_before_node(view: RecoveryView, node: PlannedNode, context: RecoveryContext) -> tuple[CheckResult, ...]:
    """Return whether the source node is still there and its range still holds the instant."""
    source_id, instant = node.source_id, view.plan.instant
    facts = read_in_parallel(
        context.ddm,
        {
            "instance": lambda: _one(context.rds.list_instances(instance_id=source_id)),
            "ranges": lambda: context.rds.list_restore_times(source_id, instant.moment),
        },
    )
    instance = facts["instance"]
    if instance.value is None and not instance.problem:
        instance = Fact[NodeInstance](problem="RDS does not list it", missing=True)
    known = RecoveryFacts(
        restore_time_ms=instant.ms,
        now_ms=to_ms(context.now()),
        nodes=(
            SourceNodeFacts(
                node_id=source_id, name=node.source_name, instance=instance, ranges=facts["ranges"], request=node.request
            ),
        ),
    )
    return tuple(check.run(known) for check in _BEFORE_NODE)


def _one(found: tuple[NodeInstance, ...]) -> NodeInstance | None:
    return next(iter(found), None)


def check_before_target(view: RecoveryView, context: RecoveryContext) -> tuple[CheckResult, ...]:
    """Return whether the name of the target is still free; the service itself checks what it sells."""
    name = view.plan.target.name
    taken = [one for one in context.ddm.list_instances() if one.name.casefold() == name.casefold()]
    title, rule = "Name of the target", "RDS error DBS.200022"
    if taken:
        return (
            CheckResult(
                id="names-free",
                title=title,
                rule=rule,
                status="fail",
                detail=f"A DDM instance {name} exists already ({taken[0].id}).",
                hint="Look at it: it may be this recovery's own, made by a request whose answer was lost.",
            ),
        )
    return (CheckResult(id="names-free", title=title, rule=rule, status="pass", detail=f"{name}: free."),)
