"""Claim what one request changes, in one atomic write that two kernels or machines cannot both make.

The claim's event, the intent, holds the exact request. When the claim fails, or when surely nothing was sent after it, the
claim is taken back, now or as soon as the record store works again.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
from contextlib import suppress

from ddmkit.errors import DDMKitError
from ddmkit.records.events import Event
from ddmkit.records.runs import ClaimConflict, ClaimRefused, Owner
from ddmkit.records.steps import last_intent
from ddmkit.sending.context import SendingContext
from ddmkit.sending.log import StepLog
from ddmkit.sending.reports import add_to_message
from ddmkit.sending.step import Step, service_now
from ddmkit.service.deadline import DEADLINE

__all__ = ["claim_step", "take_back", "write_down_not_sent"]


def claim_step(step: Step, run_id: str, context: SendingContext, *, operator: str, again: bool = False) -> Event:
    """Claim what the step changes and use up its one sending, in one atomic write; return the intent.

    Args:
        step: The step that is carried out.
        run_id: The run that claims.
        context: The store and the clock.
        operator: Who confirmed it.
        again: Whether a person asked to send a freed or released step once more.

    Raises:
        ClaimConflict: The step was sent already, or another request holds its key. Nothing was written.
        ClaimRefused: The fleet that the run belongs to does not allow it now. Nothing was written.
        RecordError: The write failed. Nothing is sent then, even if the store has kept the claim: it is taken back.
    """
    mark, call = secrets.token_hex(8), step.call
    shown = call.shown_body  # nothing derived from a secret is recorded, no hash either
    intent = {
        "method": call.method,
        "call": call.operation,
        "audit_trace": call.audit_trace,
        "path": call.target,
        "body": json.loads(shown) if shown else None,
        "body_sha256": hashlib.sha256(shown.encode()).hexdigest(),
        **({"headers": dict(call.headers)} if call.headers else {}),
        "service_time": service_now(step.service),
        "deadline_s": int(DEADLINE.total_seconds()),
        "attempt": mark,
        "operator": operator,
        **step.facts_for_intent(),
    }
    owner = Owner(operator, socket.gethostname(), os.getpid())
    try:
        written = StepLog(context.store, run_id, step.name).claim(intent, owner=owner, claim_key=step.claim_key, again=again)
    except (ClaimConflict, ClaimRefused):
        raise
    except BaseException as error:
        take_back(step, run_id, context, mark, error)
        raise
    context.not_sent.pop((run_id, step.name), None)
    return written


def take_back(step: Step, run_id: str, context: SendingContext, mark: str, error: BaseException) -> None:
    """Free a claim after which nothing was sent, and say so in the error.

    When the record store fails, the mark is kept in the context: ``write_down_not_sent`` tries again later.
    """
    context.not_sent[run_id, step.name] = mark
    with suppress(DDMKitError):
        # A claim that is missing now may still arrive, because its transaction was begun. So the mark stays until the run
        # was really freed.
        _free_not_sent(StepLog(context.store, run_id, step.name), context, mark, str(error) or type(error).__name__)
    nothing_sent = f"Nothing was sent: no {step.noun} was started."
    if isinstance(error, DDMKitError):
        add_to_message(error, nothing_sent)
    else:
        error.add_note(nothing_sent)


def _free_not_sent(log: StepLog, context: SendingContext, mark: str, reason: str) -> bool:
    """Free a step whose newest claim has this mark; return whether that was done now."""
    view = log.read()
    intent = last_intent(view.run.events, log.step)
    if not view.is_undecided or intent is None or intent.data.get("attempt") != mark:
        return False
    log.settle("freed", {"reason": f"Nothing was sent: {reason}"}, of_intent=intent.seq)
    context.not_sent.pop((log.run_id, log.step), None)
    return True


def write_down_not_sent(context: SendingContext) -> frozenset[str]:
    """Free the steps that surely sent nothing, and whose store failed when this should have been recorded.

    Returns the ids of the runs of these steps.
    """
    freed = set()
    for (run_id, name), mark in tuple(context.not_sent.items()):
        with suppress(DDMKitError):
            reason = "the record store failed before the request could leave"
            if _free_not_sent(StepLog(context.store, run_id, name), context, mark, reason):
                freed.add(run_id)
    return frozenset(freed)
