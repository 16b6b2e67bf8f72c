"""Open the run of a plan: the record, the person's confirmation, the facts once more. Nothing is sent here."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from datetime import timedelta

from ddmkit.errors import BusyError, DDMKitError, InputError, NotConfirmedError, NotReadyError, RecordError
from ddmkit.records.runs import ClaimConflict, RunHeader, RunState
from ddmkit.recovery.plan import RecoveryPlan
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.restore.approval import describe_confirmation, find_new_obstacle, find_obstacle, missing_name, not_confirmed
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.context import Confirmation
from ddmkit.restore.provenance import describe_environment
from ddmkit.sending.reports import add_unwritten
from ddmkit.times import format_ago, format_utc

__all__ = ["CONFIRMED_FOR", "confirm_again", "find_earlier_run", "open_recovery", "require_confirmed_lately"]

CONFIRMED_FOR = timedelta(hours=24)
"""How long a confirmation holds; then a person confirms the run again."""

_CHECKED_WITHIN = timedelta(minutes=5)
_NOT_BEGUN = frozenset({RunState.OPENED, RunState.REFUSED})


def open_recovery(
    plan: RecoveryPlan,
    confirmation: Confirmation,
    context: RecoveryContext,
    check_again: Callable[[RecoveryPlan], tuple[CheckResult, ...]],
) -> str:
    """Open and confirm the run of a plan and return its id; the caller has looked for an earlier run.

    Args:
        plan: A plan that a person has seen.
        confirmation: What the person typed and accepted; ``target_name`` is the name of the source here.
        context: The services and the store.
        check_again: Reads the facts again and returns the results of all checks.

    Raises:
        BusyError: Another recovery of the source is open.
        NotReadyError: A check failed, or the plan expired.
        NotConfirmedError: The name or an accepted warning is missing.
    """
    run_id = _begin(plan, confirmation, context)
    try:
        context.store.append(run_id, "planned", plan.for_record())
        obstacle = find_obstacle(plan, confirmation, context.now(), name=plan.source_name, role="source")
        _require_none(obstacle, run_id, context)
        checks = check_again(plan)
        context.store.append(run_id, "checked", {"checks": [check.model_dump(mode="json") for check in checks]})
        _require_none(find_new_obstacle(checks, confirmation), run_id, context)
        created = {"source": plan.source_name, "target": plan.target.name, "new_instances": plan.new_instances}
        context.store.append(run_id, "confirmed", {**describe_confirmation(plan, confirmation), **created})
    except DDMKitError as error:
        error.record = error.record or run_id
        _close(run_id, context, f"Nothing was sent: {error}", error)
        raise
    return run_id


def _require_same_service(plan: RecoveryPlan, context: RecoveryContext) -> None:
    here = (context.store.service, context.ddm.find_project_id())
    if here != (plan.identity.service, plan.identity.project_id):
        raise InputError(
            f"the plan was made for project {plan.identity.project_id} of {plan.identity.service}, this is project "
            f"{here[1]} of {here[0]}.",
            field="recovery",
            fix="Carry it out with the kit that made it, or make a new plan here.",
        )


def find_earlier_run(plan: RecoveryPlan, context: RecoveryContext) -> str:
    """Return the run that has begun this plan, or an open run of the same recovery; empty when there is none.

    Raises ``InputError`` for a plan of another service or project.
    """
    _require_same_service(plan, context)
    own = context.store.run_of_plan(plan.id)
    if own is not None and own.state not in _NOT_BEGUN:
        return own.id
    unsettled = [one for one in context.store.open_for_digest(plan.digest) if one.header.kind == plan.kind]
    return unsettled[0].id if unsettled else ""


def _begin(plan: RecoveryPlan, confirmation: Confirmation, context: RecoveryContext) -> str:
    header = RunHeader(
        plan_id=plan.id,
        digest=plan.digest,
        project_id=plan.identity.project_id,
        source_id=plan.source_id,
        target_id=plan.target.id_or_place,
        source_name=plan.source_name,
        target_name=plan.target.name,
        operator=confirmation.operator,
        host=socket.gethostname(),
        pid=os.getpid(),
        purpose=confirmation.purpose,
        ticket=confirmation.ticket,
        kind=plan.kind,
    )
    about, key = describe_environment(context.ddm.settings), f"recovery:{plan.source_id}"
    try:
        return context.store.begin(header, about, claim_key=key)
    except ClaimConflict as conflict:
        if _was_left_unconfirmed(conflict, context):
            return context.store.begin(header, about, claim_key=key)
        other = context.store.get(conflict.run_id)
        error = BusyError(
            f"Another recovery of {plan.source_name} is open: run {other.id}, {other.state}, by {conflict.owner}, begun "
            f"{format_utc(conflict.at)} ({format_ago(conflict.at, context.now())}). Nothing was sent. Go on with it: "
            f"kit.resume({other.id!r}); or give it up: kit.plan_abandon({other.id!r}).",
            started=False,
        )
        error.record = other.id
        raise error from conflict


def _was_left_unconfirmed(conflict: ClaimConflict, context: RecoveryContext) -> bool:
    """Close the run that is in the way if its program ended before it was confirmed, and return whether that was so."""
    if abs(context.now() - conflict.at) < _CHECKED_WITHIN:
        return False  # its program may be making its last checks at this moment; a time far ahead is of a wrong clock
    reason = f"its program ended before it was confirmed; closed by {context.operator} for a new plan"
    return context.store.close_unconfirmed(conflict.run_id, {"reason": f"Nothing was sent: {reason}"})


def _require_none(obstacle: NotReadyError | NotConfirmedError | None, run_id: str, context: RecoveryContext) -> None:
    """Close the run and raise what keeps it from being sent; do nothing where nothing does."""
    if obstacle is not None:
        _close(run_id, context, str(obstacle), obstacle)
        obstacle.record = run_id
        raise obstacle


def _close(run_id: str, context: RecoveryContext, reason: str, error: DDMKitError) -> None:
    try:
        context.store.close_unconfirmed(run_id, {"reason": reason})
    except RecordError as unwritten:
        add_unwritten(error, unwritten)


def require_confirmed_lately(run_id: str, context: RecoveryContext) -> None:
    """Raise ``NotConfirmedError`` when the run was never confirmed, or more than a day ago: facts and people change."""
    view = context.view(run_id)
    _require_confirmed_once(view)
    if context.now() - view.confirmed_at <= CONFIRMED_FOR:
        return
    name = view.plan.source_name
    error = NotConfirmedError(
        f"The recovery was confirmed {format_ago(view.confirmed_at, context.now())}; nothing more is sent. Look at it "
        f"again, then confirm it again: kit.accept({run_id!r}, [], confirm={name!r}).",
        missing=[f"confirm={name!r}"],
    )
    error.record = run_id
    raise error


def _require_confirmed_once(view: RecoveryView) -> None:
    if view.is_confirmed:
        return
    error = NotConfirmedError(
        f"Record {view.run.id} ended before it was confirmed: its checks were not all made. Nothing was sent, and nothing "
        "is sent from it. Make the plan again.",
        missing=["a new plan"],
    )
    error.record = view.run.id
    raise error


def confirm_again(run_id: str, confirm: str, context: RecoveryContext) -> None:
    """Record that a person confirmed the run again; raise ``NotConfirmedError`` for another name."""
    view = context.view(run_id)
    _require_confirmed_once(view)
    missing = missing_name(view.plan.source_name, "source", confirm)
    if missing:
        raise not_confirmed("Nothing was confirmed", missing)
    context.store.append(
        run_id, "confirmed", {"operator": context.operator, "source": confirm, "accepted": [], "again": True}
    )
