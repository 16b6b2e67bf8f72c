"""The metadata restore as a step of a recovery: planned with the ids that this run made, checked in full, then sent once."""

from __future__ import annotations

from collections.abc import Sequence

from ddmkit.errors import RecordError
from ddmkit.models import Job
from ddmkit.recovery.checks import NODES_RECOVERED, SAME_NETWORK
from ddmkit.recovery.run.conclude import checks_allow
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import RESTORE
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.checks.target import empty_as_created
from ddmkit.restore.inventory import gather_inventory
from ddmkit.restore.plan import RestorePlan, make_plan
from ddmkit.restore.step import RestoreStep
from ddmkit.sending.send import carry_out

__all__ = ["restore_step_of", "send_restore"]


def send_restore(run_id: str, context: RecoveryContext) -> None:
    """Plan the metadata restore on fresh facts, check it in full, and send it once.

    The two checks that were proved for each node, one by one, are not asked a second time.
    """
    view = context.view(run_id)
    plan = _plan_restore(view, context)
    checks = _with_new_target(_with_proofs(plan.checks, view), view, plan)
    facts = {"restore_plan": plan.model_copy(update={"checks": checks}).for_record()}
    if not checks_allow(run_id, RESTORE, checks, context, facts=facts):
        return
    jobs = plan.inventory.jobs_of(plan.instance_ids)
    again = any(event.kind == "intent" for event in view.events_of(RESTORE))
    carry_out(_step(plan, view, context, jobs), run_id, context.restore, operator=context.operator, again=again)


def _plan_restore(view: RecoveryView, context: RecoveryContext) -> RestorePlan:
    request, whole = view.request, view.plan
    if request is None:
        raise RecordError(f"Record {view.run.id} does not have the ids of the target and of every node yet.")
    inventory = gather_inventory(context.ddm, request, now=context.now(), incident=whole.incident)
    return make_plan(
        request,
        inventory,
        identity=whole.identity,
        plan_id=f"{whole.id}-restore",
        now=context.now(),
        time_zone=whole.time_zone,
        inputs=whole.inputs,
    )


def _with_proofs(checks: Sequence[CheckResult], view: RecoveryView) -> tuple[CheckResult, ...]:
    """Return the checks with those for each node in place of the two that cover all nodes together."""
    proved = {check.id: check for check in view.checks if check.id.partition(":")[0] in {NODES_RECOVERED, SAME_NETWORK}}
    others = tuple(check for check in checks if check.id not in {NODES_RECOVERED, SAME_NETWORK})
    return (*others, *proved.values())


def _with_new_target(checks: Sequence[CheckResult], view: RecoveryView, plan: RestorePlan) -> tuple[CheckResult, ...]:
    """Return the checks; a warning about the accounts of a target that this run created is settled by how it was created."""
    found = empty_as_created(plan.inventory, plan.request) if view.plan.target.action == "create" else None
    if found is None:
        return tuple(checks)
    return tuple(
        found.as_result(one.id, one.title, one.rule) if (one.id, one.status) == ("target-empty", "warn") else one
        for one in checks
    )


def restore_step_of(view: RecoveryView, context: RecoveryContext) -> RestoreStep:
    """Return the step of a restore that was sent, to look for its outcome."""
    plan = view.restore_plan
    if plan is None:
        raise RecordError(f"Record {view.run.id} holds no plan of the metadata restore.")
    return _step(plan, view, context, ())


def _step(plan: RestorePlan, view: RecoveryView, context: RecoveryContext, jobs: Sequence[Job]) -> RestoreStep:
    return RestoreStep(plan, context.restore, target_name=view.plan.target.name, name=RESTORE, jobs_before=jobs)
