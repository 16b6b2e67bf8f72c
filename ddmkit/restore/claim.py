"""Claim the target for one request, in one atomic write that two kernels or machines cannot both make.

The claim's event, the intent, holds the exact request. When the claim fails, or when surely nothing was sent after it, the
claim is taken back, now or as soon as the record store works again.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from ddmkit.errors import BusyError, DDMKitError, RecordError
from ddmkit.models import Job
from ddmkit.records.events import Event
from ddmkit.records.runs import UNDECIDED, Claim, ClaimConflict, Owner
from ddmkit.restore.context import Confirmation, RestoreContext
from ddmkit.restore.plan import RestorePlan
from ddmkit.restore.reports import add_to_message, add_unwritten
from ddmkit.service.deadline import DEADLINE
from ddmkit.service.protocol import Call
from ddmkit.times import format_ago, format_utc

__all__ = ["claim_target", "require_free_target", "take_back", "write_down_not_sent"]


def claim_target(
    plan: RestorePlan,
    call: Call,
    confirmation: Confirmation,
    run_id: str,
    context: RestoreContext,
    *,
    jobs_before: Sequence[Job],
) -> Event | str:
    """Claim the target and use up the plan, in one atomic write.

    Args:
        plan: The plan that is carried out.
        call: The request of the plan: the very object that is sent afterwards.
        confirmation: Who confirmed the plan.
        run_id: The run that claims.
        context: The client and the store.
        jobs_before: The jobs of source and target before the request. Such a job was not started by the request.

    Returns:
        The intent when the target is claimed; the id of the first run when the same restore is open already.

    Raises:
        BusyError: Another restore to the target is open.
        RecordError: The write failed. Nothing is sent then, even if the store has kept the claim: it is taken back.
    """
    body = call.body or b""
    mark = secrets.token_hex(8)
    intent = {
        "method": call.method,
        "call": call.operation,
        "audit_trace": call.audit_trace,
        "path": call.target,
        "body": json.loads(body),
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "service_time": context.service_now(),
        "deadline_s": int(DEADLINE.total_seconds()),
        "attempt": mark,
        "operator": confirmation.operator,
        "jobs_before": [job.id for job in jobs_before],
    }
    try:
        written = context.store.claim(run_id, intent, owner=Owner(confirmation.operator, socket.gethostname(), os.getpid()))
    except ClaimConflict as conflict:
        return _yield_to_first(plan, run_id, context, conflict)
    except BaseException as error:
        take_back(run_id, context, mark, error)
        raise
    context.not_sent.pop(run_id, None)
    return written


def _yield_to_first(plan: RestorePlan, run_id: str, context: RestoreContext, conflict: ClaimConflict) -> str:
    """Return the id of the run that claimed first, when it makes the same restore; raise ``BusyError`` otherwise."""
    if conflict.run_id == run_id:
        return run_id  # another thread or kernel is sending this very plan
    other = context.store.get(conflict.run_id)
    if plan.digest != other.header.digest or other.state.is_settled:
        _refuse_second(plan, Claim(conflict.run_id, conflict.owner, conflict.at), run_id, context)
    with suppress(RecordError):
        context.store.settle(run_id, "refused", {"reason": f"The same restore is run {other.id}.", "run": other.id})
    return other.id


def require_free_target(plan: RestorePlan, run_id: str, context: RestoreContext) -> None:
    """Raise ``BusyError`` when a different restore to the target is open; the claim finds an equal one."""
    holder = context.store.holder(plan.identity.project_id, plan.request.target_instance_id)
    if holder is not None and context.store.get(holder.run_id).header.digest != plan.digest:
        _refuse_second(plan, holder, run_id, context)


def _refuse_second(plan: RestorePlan, first: Claim, run_id: str, context: RestoreContext) -> NoReturn:
    other = context.store.get(first.run_id)
    error = BusyError(
        f"Another restore to {plan.target_name} is open: run {other.id}, {other.state}, by {first.owner}, begun "
        f"{format_utc(first.at)} ({format_ago(first.at, context.now())}). Nothing was sent. Wait for it with "
        f"kit.resume({other.id!r}); if its owner is gone, that also finds out what became of it, and "
        f"kit.release({other.id!r}, reason=..., confirm={other.header.target_name!r}) frees the target when nothing was "
        "started, or when the service does not know the job any more.",
        started=False,
    )
    try:
        context.store.settle(run_id, "refused", {"reason": str(error), "run": other.id})
    except RecordError as unwritten:
        add_unwritten(error, unwritten)
    error.record = run_id
    raise error


def take_back(run_id: str, context: RestoreContext, mark: str, error: BaseException) -> None:
    """Free the run of a claim after which nothing was sent, and say so in the error.

    When the record store fails, the mark is kept in the context: ``write_down_not_sent`` tries again later.
    """
    context.not_sent[run_id] = mark
    with suppress(DDMKitError):
        # A claim that is missing now may still arrive, because its transaction was begun. So the mark stays until the run
        # was really freed.
        _free_not_sent(run_id, context, mark, str(error) or type(error).__name__)
    nothing_sent = "Nothing was sent: no restore was started."
    if isinstance(error, DDMKitError):
        add_to_message(error, nothing_sent)
    else:
        error.add_note(nothing_sent)


def _free_not_sent(run_id: str, context: RestoreContext, mark: str, reason: str) -> bool:
    """Free a run whose newest claim has this mark; return whether that was done now."""
    run = context.store.get(run_id)
    intent = next((event for event in reversed(run.events) if event.kind == "intent"), None)
    if run.state not in UNDECIDED or intent is None or intent.data.get("attempt") != mark:
        return False
    context.store.settle(run_id, "freed", {"reason": f"Nothing was sent: {reason}"}, of_intent=intent.seq)
    context.not_sent.pop(run_id, None)
    return True


def write_down_not_sent(context: RestoreContext) -> frozenset[str]:
    """Free the runs that surely sent nothing, and whose store failed when this should have been recorded.

    Returns the ids of the runs that were freed now.
    """
    freed = set()
    for run_id, mark in tuple(context.not_sent.items()):
        with suppress(DDMKitError):
            if _free_not_sent(run_id, context, mark, "the record store failed before the request could leave"):
                freed.add(run_id)
    return frozenset(freed)
