"""Carry out a plan: at most one effective request, and every step is recorded before and after it.

The order is the promise. First the record, then the person's confirmation, then a second reading of what can have changed,
then the claim, the one request and its answer (``sending``). When the answer is lost, nothing is sent again: the job that
may have started is searched for.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress

from ddmkit.errors import (
    DDMKitError,
    InputError,
    NotConfirmedError,
    NotReadyError,
    RecordError,
    ServiceError,
    UnreachableError,
)
from ddmkit.records.runs import ClaimConflict, RunHeader, RunState
from ddmkit.restore.approval import describe_confirmation, find_new_obstacle, find_obstacle
from ddmkit.restore.busy import require_free_target, yield_to_first
from ddmkit.restore.context import Confirmation, RestoreContext
from ddmkit.restore.inventory import Inventory, refresh_inventory
from ddmkit.restore.plan import RestorePlan
from ddmkit.restore.preflight import run_preflight
from ddmkit.restore.provenance import describe_environment
from ddmkit.restore.step import RestoreStep
from ddmkit.sending.claim import write_down_not_sent
from ddmkit.sending.reports import add_unwritten
from ddmkit.sending.send import carry_out

__all__ = ["submit_plan"]

# Nothing of these runs has reached the service, so their plan can still be submitted.
_MAY_BE_SENT = frozenset({RunState.OPENED, RunState.REFUSED, RunState.FREED})


def submit_plan(plan: RestorePlan, confirmation: Confirmation, context: RestoreContext) -> str:
    """Carry out the plan and return the id of its run; a plan that was sent already returns the run that it has.

    Raises ``NotConfirmedError`` or ``NotReadyError`` before anything is sent, ``BusyError`` when another restore to the
    target is open, ``ServiceError`` or ``UnreachableError`` when surely nothing was started, and ``UnknownOutcomeError``
    when nobody can tell. Each of these errors names the run that records the attempt. A plan of another service or project
    raises ``InputError`` and leaves no record.
    """
    _require_same_service(plan, context)
    write_down_not_sent(context)
    earlier = _find_earlier_run(plan, context)
    if earlier is not None:
        return earlier
    run_id = context.store.begin(_make_header(plan, confirmation), describe_environment(context.client.settings))
    try:
        context.store.append(run_id, "planned", plan.for_record())
        require_free_target(plan, run_id, context)
        _refuse_for(find_obstacle(plan, confirmation, context.now(), name=plan.target_name, role="target"), run_id, context)
        confirmed = {**describe_confirmation(plan, confirmation), "target": plan.target_name}
        context.store.append(run_id, "confirmed", confirmed)
        seen = _check_again(plan, confirmation, run_id, context)
        step = RestoreStep(plan, context, target_name=plan.target_name, jobs_before=seen.jobs_of(plan.instance_ids))
        try:
            carry_out(step, run_id, context, operator=confirmation.operator)
        except ClaimConflict as conflict:
            return yield_to_first(plan, run_id, context, conflict)
    except (NotReadyError, NotConfirmedError):
        # Submitted twice at once: the obstacle may be this very restore, sent by the other thread or kernel.
        with suppress(RecordError):  # a store that fails now does not change the obstacle
            meanwhile = _find_earlier_run(plan, context)
            if meanwhile is not None:
                return meanwhile
            require_free_target(plan, run_id, context)  # names the owner of another restore, which tells more than a check
        raise
    except DDMKitError as error:
        error.record = error.record or run_id
        if isinstance(error, ServiceError | UnreachableError):
            _note_not_sent(run_id, context, error)
        raise
    return run_id


def _note_not_sent(run_id: str, context: RestoreContext, error: DDMKitError) -> None:
    """Close a run whose second reading failed, before the claim: nothing was sent, and the record says why."""
    with suppress(RecordError):
        if context.store.get(run_id).state is RunState.OPENED:
            context.store.settle(run_id, "refused", {"reason": f"Nothing was sent: {error}"})


def _require_same_service(plan: RestorePlan, context: RestoreContext) -> None:
    here = (context.store.service, context.client.find_project_id())
    if here != (plan.identity.service, plan.identity.project_id):
        raise InputError(
            f"the plan was made for project {plan.identity.project_id} of {plan.identity.service}, this is project "
            f"{here[1]} of {here[0]}.",
            field="plan",
            fix="Submit it with the kit that made it, or make a new plan here.",
        )


def _find_earlier_run(plan: RestorePlan, context: RestoreContext) -> str | None:
    """Return the run that has sent this plan, or an open run of the same restore."""
    own = context.store.run_of_plan(plan.id)
    if own is not None and own.state not in _MAY_BE_SENT:
        return own.id
    unsettled = context.store.open_for_digest(plan.digest)
    return unsettled[0].id if unsettled else None


def _make_header(plan: RestorePlan, confirmation: Confirmation) -> RunHeader:
    return RunHeader(
        plan_id=plan.id,
        digest=plan.digest,
        project_id=plan.identity.project_id,
        source_id=plan.request.source_instance_id,
        target_id=plan.request.target_instance_id,
        source_name=plan.source_name,
        target_name=plan.target_name,
        operator=confirmation.operator,
        host=socket.gethostname(),
        pid=os.getpid(),
        purpose=confirmation.purpose,
        ticket=confirmation.ticket,
    )


def _check_again(plan: RestorePlan, confirmation: Confirmation, run_id: str, context: RestoreContext) -> Inventory:
    """Read again what can have changed, and refuse when a check now fails or gives a new warning; return the facts."""
    inventory = refresh_inventory(
        context.client, plan.request, plan.inventory, now=context.now(), witnesses=context.witnesses
    )
    failed = tuple(run.id for run in context.store.failed_with_digest(plan.digest))
    checks = run_preflight(inventory.model_copy(update={"failed_before": failed}), plan.request)
    reads = [read.model_dump(mode="json") for read in inventory.reads]
    seen = {"checks": [check.model_dump(mode="json") for check in checks], "reads": reads}
    context.store.append(run_id, "checked", seen)
    _refuse_for(find_new_obstacle(checks, confirmation), run_id, context)
    return inventory


def _refuse_for(obstacle: NotReadyError | NotConfirmedError | None, run_id: str, context: RestoreContext) -> None:
    """Close the run and raise what keeps it from being sent; do nothing where nothing does."""
    if obstacle is None:
        return
    try:
        if context.store.get(run_id).state in _MAY_BE_SENT:  # else another kernel is sending this very plan
            context.store.settle(run_id, "refused", {"reason": str(obstacle)})
    except RecordError as unwritten:
        add_unwritten(obstacle, unwritten)
    obstacle.record = run_id
    raise obstacle
