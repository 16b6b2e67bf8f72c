"""Send the one request of a claimed step, and record the result.

There are three results. The service accepted: what it started is recorded. Surely nothing was started: the claim is freed,
and the likeliest cause is searched for. Anything else is unknown: the request is not sent again, and ``reconcile`` searches
for what may have started.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NoReturn

from ddmkit.errors import DDMKitError, InputError, RecordError, ServiceError, UnreachableError
from ddmkit.records.events import Event
from ddmkit.records.runs import RunState
from ddmkit.sending.claim import claim_step, take_back
from ddmkit.sending.context import SendingContext
from ddmkit.sending.log import StepLog
from ddmkit.sending.reconcile import reconcile
from ddmkit.sending.reports import describe_error
from ddmkit.sending.step import Accepted, Step, service_now
from ddmkit.service.deadline import DEADLINE, Attempt
from ddmkit.times import format_ago

__all__ = ["carry_out", "send_claimed"]


def carry_out(step: Step, run_id: str, context: SendingContext, *, operator: str, again: bool = False) -> None:
    """Claim a step, send its request once, and record the result.

    The caller has checked and confirmed it. Raises ``ClaimConflict`` when the step was sent already or another request
    holds its key, and otherwise as ``claim_step`` and ``send_claimed``; ``again`` as there.
    """
    attempt = context.begin_attempt()  # before the claim, and before the claim reads the service's time
    intent = claim_step(step, run_id, context, operator=operator, again=again)
    send_claimed(step, run_id, context, intent, attempt)


def send_claimed(step: Step, run_id: str, context: SendingContext, intent: Event, attempt: Attempt) -> None:
    """Send the request of a claimed step, once, and record the result.

    Args:
        step: The step that is carried out.
        run_id: The run that has claimed.
        context: The store and the clock.
        intent: The event of the claim.
        attempt: The time that is left, and whether a byte of the request has left.

    Raises:
        ServiceError: The service refused; nothing was started.
        UnreachableError: The request surely did not leave; nothing was started.
        InputError: The request was held up too long, or ddmkit itself refused to send it; nothing was started.
        UnknownOutcomeError: The answer was lost, and no single trace fits.
        RecordError: The result could not be recorded; the message says what is known.
    """
    log = StepLog(context.store, run_id, step.name)
    try:
        answer = step.send(last_check=lambda: _require_still_ours(step, log, context, intent), attempt=attempt)
    except (ServiceError, UnreachableError, InputError) as error:
        if _is_surely_not_started(step, error, attempt):
            _free(step, log, intent, error)
        _note_lost_answer(step, log, error)
    except BaseException as error:  # Ctrl-C, or a store that fails at the last check
        if attempt.has_left:
            _note_interrupted(step, log, error)
        else:
            take_back(step, run_id, context, str(intent.data["attempt"]), error)
        raise
    else:
        _note_answer(step, log, answer)
        return
    reconcile(step, run_id, context)


def _is_surely_not_started(step: Step, error: ServiceError | UnreachableError | InputError, attempt: Attempt) -> bool:
    if isinstance(error, ServiceError):
        return error.started is False and error.code not in step.exists_codes
    # An InputError comes from our own side of the connection.
    return not (error.sent if isinstance(error, UnreachableError) else attempt.has_left)


def _require_still_ours(step: Step, log: StepLog, context: SendingContext, intent: Event) -> None:
    """Refuse to send long after the claim: when a laptop slept in between, others may have given up this step.

    The request's own deadline counts seconds and needs no clock. This check also finds a machine that stood still as a
    whole, and a step that a person has released.
    """
    view = log.read()
    waited = max(context.now() - intent.at, service_now(step.service) - view.sent_at)
    if view.state is not RunState.SENDING or view.intent.seq != intent.seq or waited > DEADLINE:
        raise InputError(
            f"was claimed {format_ago(intent.at, context.now())} and is {view.state} now: this program was held up before "
            "it could send. Nothing was sent.",
            field="plan",
            fix="Make a new plan, and look at the target first.",
        )


def _note_answer(step: Step, log: StepLog, answer: Accepted) -> None:
    made = answer.job_id or answer.instance_id
    accepted = f"The service accepted the {step.noun}" + (f" as {step.thing} {made}" if made else "")
    try:
        log.append("answered", answer.for_record())
    except Exception as error:
        raise RecordError(
            f"{accepted}, but the record could not be written: {describe_error(error)} Do not submit again. Note the "
            f"{step.thing}'s id; once the store can be written, {step.how_to_adopt(log.run_id, made)} completes the record."
        ) from error
    except BaseException as error:
        error.add_note(f"{accepted}. Do not submit again; follow it with {step.how_to_resume(log.run_id)}.")
        raise


def _note_interrupted(step: Step, log: StepLog, error: BaseException) -> None:
    with suppress(Exception):  # without this event the step stays "sending", which is reconciled like "unknown"
        log.append("unknown", {"reason": f"interrupted while sending ({type(error).__name__})"})
    error.add_note(
        f"The {step.noun} request had left: the {step.noun} may run. Do not submit again; look for it with "
        f"{step.how_to_resume(log.run_id)}."
    )


def _note_lost_answer(step: Step, log: StepLog, error: DDMKitError) -> None:
    facts = {"reason": str(error), "error": type(error).__name__, **_answer_of(error)}
    try:
        log.append("unknown", facts)
    except Exception as unwritten:  # noqa: BLE001  # any failure of the store: the lost answer must be reported all the same
        raise RecordError(
            f"A {step.noun} was sent and may run, though its answer was lost ({error}); and that could not be written to "
            f"the record: {describe_error(unwritten)} Do not submit again. Once the store can be written, look for the "
            f"{step.thing} with {step.how_to_resume(log.run_id)}."
        ) from error
    except BaseException as pressed:
        resume = step.how_to_resume(log.run_id)
        pressed.add_note(f"A {step.noun} was sent and may run ({error}). Do not submit again: {resume}.")
        raise


def _free(step: Step, log: StepLog, intent: Event, error: ServiceError | UnreachableError | InputError) -> NoReturn:
    """Record that nothing was started, search for the likeliest cause, and raise the error."""
    try:
        view = log.read()
        if view.is_undecided and view.intent.seq == intent.seq:  # else a person has released the step meanwhile
            log.settle("freed", {"reason": str(error), **_answer_of(error)}, of_intent=intent.seq)
    except Exception as unwritten:  # noqa: BLE001  # any failure of the store: the refusal must be reported all the same
        raise RecordError(
            f"{error} Nothing was started; but that could not be written to the record: {describe_error(unwritten)} Once "
            f"the store can be written, {step.how_to_release(log.run_id)} frees the target."
        ) from error
    error.record = log.run_id
    with suppress(Exception):  # the refusal is recorded, and is raised whatever happens to the search for its cause
        if isinstance(error, ServiceError):
            with suppress(DDMKitError):
                step.find_cause(error)
            if error.cause:
                log.append("explained", {"cause": error.cause})
    raise error


def _answer_of(error: DDMKitError) -> dict[str, Any]:
    if not isinstance(error, ServiceError):
        return {}
    return {"status": error.status, "code": error.code, "request_id": error.request_id}
