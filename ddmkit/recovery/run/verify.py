"""After the metadata restore: refresh what the target knows of its nodes where that is stale, and read everything back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ddmkit.errors import DDMKitError, RecordError
from ddmkit.models import SchemaDataNode, TargetNode
from ddmkit.recovery.run.conclude import conclude
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.steps import VERIFY
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.post_check import Verification, compare_with_plan, read_target_snapshot
from ddmkit.sending.reports import reads_for_record

__all__ = ["VERIFIED", "stale_nodes", "verify"]

VERIFIED = "verified"
"""The id of the check that the target holds what was expected."""


def stale_nodes(shown: Iterable[SchemaDataNode | TargetNode], instances: Mapping[str, NodeInstance]) -> tuple[str, ...]:
    """Return the nodes whose address or version DDM shows differently from RDS; what is not shown does not differ."""
    stale = {}
    for one in shown:
        node_id = one.instance_id if isinstance(one, TargetNode) else one.id
        instance = instances.get(node_id)
        if instance is None:
            continue
        version = one.version if isinstance(one, TargetNode) else one.engine_version
        address = one.private_ip if isinstance(one, TargetNode) else ""
        known = {instance.datastore.version, instance.datastore.complete_version}
        is_other = version and not any(_is_same_version(version, other) for other in known if other)
        if is_other or (address and instance.private_ips and address not in instance.private_ips):
            stale[node_id] = True
    return tuple(stale)


def _is_same_version(one: str, other: str) -> bool:
    """Return whether two versions agree as far as both are written: ``5.7`` and ``5.7.41.3`` do."""
    return all(left == right for left, right in zip(one.split("."), other.split("."), strict=False))


def verify(run_id: str, context: RecoveryContext) -> None:
    """Read the target back, compare it with the plan, count the sessions on the source, and end the step."""
    view = context.view(run_id)
    plan = view.restore_plan
    if plan is None:
        raise RecordError(f"Record {run_id} holds no plan of the metadata restore.")
    expected = plan.expected_backup
    with context.ddm.collect_reads() as reads:
        after = read_target_snapshot(context.ddm, plan.request, plan.inventory, now=context.now())
        sessions = _count_sessions(view.plan.source_id, context)
    as_of = expected.backup.created if expected else plan.inventory.point
    found = compare_with_plan(plan.request, plan.inventory, after, as_of=as_of)
    result = {**found.model_dump(mode="json"), "passed": found.passed, "target": after.for_record(), **sessions}
    context.store.append(run_id, "verified", {**result, "reads": reads_for_record(reads)})
    conclude(run_id, VERIFY, [_check(found)], context, address=found.address)


def _count_sessions(source_id: str, context: RecoveryContext) -> dict[str, Any]:
    """Return how many sessions each account has on the source; only counts are kept."""
    try:
        counted = context.ddm.count_sessions(source_id)
    except DDMKitError as error:
        return {"sessions_problem": str(error)}
    return {"sessions": [one.model_dump(mode="json") for one in counted]}


def _check(found: Verification) -> CheckResult:
    title, rule = "What the target holds", "what the plan expects"
    if found.passed:
        return CheckResult(
            id=VERIFIED, title=title, rule=rule, status="pass", detail="Nothing differs from what was expected."
        )
    differing = _name_some([f"{one.subject}: expected {one.expected}, found {one.found}" for one in found.differences])
    return CheckResult(
        id=VERIFIED,
        title=title,
        rule=rule,
        status="warn",
        detail=f"The target differs from what was expected: {differing}.",
        hint="Look at it before applications use it; accept this if it is what you want.",
    )


def _name_some(told: Sequence[str], most: int = 5) -> str:
    return "; ".join(told[:most]) + (f"; and {len(told) - most} more" if len(told) > most else "")
