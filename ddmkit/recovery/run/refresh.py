"""The refresh of what the target knows of its data nodes: only if address or version differ from what RDS shows."""

from __future__ import annotations

from functools import partial

from ddmkit.models import SchemaDataNode, TargetNode
from ddmkit.recovery.run.change import refresh_step
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.verify import stale_nodes
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import REFRESH
from ddmkit.restore.inventory import read_in_parallel
from ddmkit.sending.log import StepLog
from ddmkit.sending.send import carry_out

__all__ = ["refresh_nodes"]


def refresh_nodes(run_id: str, context: RecoveryContext) -> None:
    """Refresh if that is needed; otherwise the step has ended, and says why."""
    view = context.view(run_id)
    shown: list[SchemaDataNode | TargetNode] = [*_shown_by_target(view, context), *_shown_before(view)]
    instances = {one.id: one for one in context.rds.list_instances()}
    wanted = set(view.node_ids.values())
    stale = [one for one in stale_nodes(shown, instances) if one in wanted]
    log = StepLog(context.store, run_id, REFRESH)
    log.append("proved", {"stale": stale, "compared": len(shown)})
    again = any(event.kind == "intent" for event in view.events_of(REFRESH))
    if not stale and not again:
        log.settle("completed", {"note": "not needed: addresses and versions are those that RDS shows"})
        return
    carry_out(refresh_step(view, context), run_id, context.restore, operator=context.operator, again=again)


def _shown_by_target(view: RecoveryView, context: RecoveryContext) -> list[SchemaDataNode]:
    target = view.target_id
    schemas = context.ddm.list_schemas(target)
    details = read_in_parallel(
        context.ddm, {schema.name: partial(context.ddm.show_schema, target, schema.name) for schema in schemas}
    )
    return [node for fact in details.values() if fact.value is not None for node in fact.value.data_nodes]


def _shown_before(view: RecoveryView) -> list[TargetNode]:
    """Return the nodes as DDM listed them just before the restore, with their addresses."""
    plan = view.restore_plan
    return list(plan.inventory.candidate_rows().values()) if plan is not None else []
