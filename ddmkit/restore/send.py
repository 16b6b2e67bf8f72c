"""Send the one request of a claimed restore, and record the result.

There are three results. The service accepted: the job is recorded. Surely nothing was started: the target is freed, and the
likeliest cause is searched for. Anything else is unknown: the request is not sent again, and ``reconcile`` searches for the
job that may have started.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NoReturn

from ddmkit.errors import BusyError, DDMKitError, InputError, RecordError, ServiceError, UnreachableError
from ddmkit.models import Job
from ddmkit.records.events import Event
from ddmkit.records.runs import UNDECIDED, RunState
from ddmkit.restore.claim import take_back
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.inventory import gather_inventory, refresh_inventory
from ddmkit.restore.plan import RestorePlan
from ddmkit.restore.preflight import failed_ids, run_preflight, warned_ids
from ddmkit.restore.reconcile import intent_time, last_intent, reconcile_run
from ddmkit.restore.reports import describe_error
from ddmkit.service.calls import Call
from ddmkit.service.deadline import DEADLINE, Attempt
from ddmkit.times import format_ago, format_utc

__all__ = ["send_claimed"]

# Codes so general that the checks, run again, tell more than they do (ddm-api.md 11).
_VAGUE_CODES = frozenset({"DBS.280001", "DBS.300005", "DBS.300375", ""})


def send_claimed(
    plan: RestorePlan, call: Call, run_id: str, context: RestoreContext, intent: Event, attempt: Attempt
) -> None:
    """Send the request of a claimed run, once, and record the result.

    Args:
        plan: The plan that is carried out.
        call: The request, as the intent records it.
        run_id: The run that has claimed the target.
        context: The client and the store.
        intent: The event of the claim.
        attempt: The time that is left, and whether a byte of the request has left.

    Raises:
        ServiceError: The service refused; nothing was started.
        UnreachableError: The request surely did not leave; nothing was started.
        InputError: The request was held up too long, or ddmkit itself refused to send it; nothing was started.
        UnknownOutcomeError: The answer was lost, and no single job fits.
        RecordError: The result could not be recorded; the message says what is known.
    """
    try:
        answer = context.client.restore_metadata(
            call, last_check=lambda: _require_still_ours(run_id, context, intent), attempt=attempt
        )
    except (ServiceError, UnreachableError, InputError) as error:
        if _is_surely_not_started(error, attempt):
            _free(plan, run_id, context, intent, error)
        _note_lost_answer(run_id, context, error)
    except BaseException as error:  # Ctrl-C, or a store that fails at the last check
        if attempt.has_left:
            _note_interrupted(run_id, context, error)
        else:
            take_back(run_id, context, str(intent.data["attempt"]), error)
        raise
    else:
        evidence = {"status": answer.status, "request_id": answer.request_id, "service_time": answer.service_date}
        _note_answer(run_id, context, answer.job_id, evidence)
        return
    reconcile_run(run_id, context)


def _is_surely_not_started(error: ServiceError | UnreachableError | InputError, attempt: Attempt) -> bool:
    if isinstance(error, ServiceError):
        return error.started is False
    # An InputError comes from our own side of the connection.
    return not (error.sent if isinstance(error, UnreachableError) else attempt.has_left)


def _require_still_ours(run_id: str, context: RestoreContext, intent: Event) -> None:
    """Refuse to send long after the claim: when a laptop slept in between, others may have given up this run.

    The request's own deadline counts seconds and needs no clock. This check also finds a machine that stood still as a
    whole, and a run that a person has released.
    """
    run = context.store.get(run_id)
    waited = max(context.now() - intent.at, context.service_now() - intent_time(run))
    if run.state is not RunState.SENDING or last_intent(run).seq != intent.seq or waited > DEADLINE:
        raise InputError(
            f"was claimed {format_ago(intent.at, context.now())} and is {run.state} now: this program was held up before it "
            "could send. Nothing was sent.",
            field="plan",
            fix="Make a new plan, and look at the target first.",
        )


def _note_answer(run_id: str, context: RestoreContext, job_id: str, evidence: dict[str, Any]) -> None:
    accepted = f"The service accepted the restore as job {job_id}"
    try:
        context.store.append(run_id, "answered", {"job_id": job_id, **evidence})
    except Exception as error:
        raise RecordError(
            f"{accepted}, but the record could not be written: {describe_error(error)} Do not submit again. Note the job's "
            f"id; once the store can be written, kit.adopt({run_id!r}, {job_id!r}) completes the record."
        ) from error
    except BaseException as error:
        error.add_note(f"{accepted}. Do not submit again; follow it with kit.resume({run_id!r}).")
        raise


def _note_interrupted(run_id: str, context: RestoreContext, error: BaseException) -> None:
    with suppress(Exception):  # without this event the run stays "sending", which is reconciled like "unknown"
        context.store.append(run_id, "unknown", {"reason": f"interrupted while sending ({type(error).__name__})"})
    error.add_note(
        f"The restore request had left: the restore may run. Do not submit again; look for it with kit.resume({run_id!r})."
    )


def _note_lost_answer(run_id: str, context: RestoreContext, error: DDMKitError) -> None:
    facts = {"reason": str(error), "error": type(error).__name__, **_answer_of(error)}
    try:
        context.store.append(run_id, "unknown", facts)
    except Exception as unwritten:  # noqa: BLE001  # any failure of the store: the lost answer must be reported all the same
        raise RecordError(
            f"A restore was sent and may run, though its answer was lost ({error}); and that could not be written to the "
            f"record: {describe_error(unwritten)} Do not submit again. Once the store can be written, look for the job with "
            f"kit.resume({run_id!r})."
        ) from error
    except BaseException as pressed:
        pressed.add_note(f"A restore was sent and may run ({error}). Do not submit again: kit.resume({run_id!r}).")
        raise


def _free(
    plan: RestorePlan,
    run_id: str,
    context: RestoreContext,
    intent: Event,
    error: ServiceError | UnreachableError | InputError,
) -> NoReturn:
    """Record that nothing was started, search for the likeliest cause, and raise the error."""
    try:
        run = context.store.get(run_id)
        if run.state in UNDECIDED and last_intent(run).seq == intent.seq:  # else a person has released the run meanwhile
            context.store.settle(run_id, "freed", {"reason": str(error), **_answer_of(error)}, of_intent=intent.seq)
    except Exception as unwritten:  # noqa: BLE001  # any failure of the store: the refusal must be reported all the same
        raise RecordError(
            f"{error} Nothing was started; but that could not be written to the record: {describe_error(unwritten)} Once "
            f"the store can be written, kit.release({run_id!r}, reason=..., confirm={plan.target_name!r}) frees the target."
        ) from error
    error.record = run_id
    with suppress(Exception):  # the refusal is recorded, and is raised whatever happens to the search for its cause
        with suppress(DDMKitError):
            if isinstance(error, BusyError):
                _name_running_jobs(plan, context, error)
            elif isinstance(error, ServiceError) and error.code in _VAGUE_CODES:
                _name_likely_cause(plan, context, error)
        if isinstance(error, ServiceError) and error.cause:
            context.store.append(run_id, "explained", {"cause": error.cause})
    raise error


def _answer_of(error: DDMKitError) -> dict[str, Any]:
    if not isinstance(error, ServiceError):
        return {}
    return {"status": error.status, "code": error.code, "request_id": error.request_id}


def _name_running_jobs(plan: RestorePlan, context: RestoreContext, error: BusyError) -> None:
    inventory = refresh_inventory(context.client, plan.request, plan.inventory, now=context.now())
    running = inventory.running_jobs(plan.instance_ids)
    if running:
        error.add_cause("; ".join(_describe_job(job) for job in running))


def _describe_job(job: Job) -> str:
    since = f" since {format_utc(job.created_time)}" if job.created_time else ""
    return f"{job.name} ({job.id}) runs on {job.instance_name or job.instance_id}{since}."


def _name_likely_cause(plan: RestorePlan, context: RestoreContext, error: ServiceError) -> None:
    """Run all checks on fresh facts: a check that fails or warns now is the likeliest reason for a vague refusal."""
    before = plan.inventory
    inventory = gather_inventory(
        context.client,
        plan.request,
        now=context.now(),
        signs_requests=before.signs_requests,
        failed_before=before.failed_before,
        incident=before.incident,
        witnesses=context.witnesses,
    )
    checks = run_preflight(inventory, plan.request)
    suspects = failed_ids(checks) or warned_ids(checks)
    named = [f"{check.detail} ({check.id})" for check in checks if check.id in suspects]
    if named:
        error.add_cause(" ".join(named[:3]))
