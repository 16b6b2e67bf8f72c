"""Carries a plan out: at most one effective request, every step on the record before and after it.

The order is the promise. First the record, then the person's confirmation, then a second look at what can have changed,
then the claim (one atomic write that two kernels or machines cannot both make), then the one request, then its answer.
When the answer is lost nothing is sent again: ``reconcile`` looks for the job that may have started.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

from ddmkit.errors import (
    BusyError,
    DDMKitError,
    InputError,
    NotConfirmedError,
    NotReadyError,
    RecordError,
    ServiceError,
    UnreachableError,
)
from ddmkit.models import Job
from ddmkit.records.events import Event
from ddmkit.records.runs import UNDECIDED, Claim, Owner, RunHeader, RunState
from ddmkit.records.transaction import ClaimConflict
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.context import Confirmation, RestoreContext
from ddmkit.restore.inventory import Inventory, gather_inventory, refresh_inventory
from ddmkit.restore.plan import RestorePlan
from ddmkit.restore.preflight import failed_ids, run_preflight, warned_ids
from ddmkit.restore.provenance import describe_environment, system_user
from ddmkit.restore.reconcile import intent_time, last_intent, reconcile_run
from ddmkit.service.deadline import DEADLINE, Attempt
from ddmkit.service.protocol import restore_metadata
from ddmkit.times import format_ago, format_utc

__all__ = ["submit_plan", "write_down_not_sent"]

# Nothing of these runs has reached the service, so their plan can still be submitted.
_MAY_BE_SENT = frozenset({RunState.OPENED, RunState.REFUSED, RunState.FREED})
# Codes so general that the checks, run again, tell more than they do (ddm-api.md 11).
_VAGUE_CODES = frozenset({"DBS.280001", "DBS.300005", "DBS.300375", ""})


def submit_plan(plan: RestorePlan, confirmation: Confirmation, context: RestoreContext) -> str:
    """Carry the plan out and give the id of its run; a plan that was sent already gives the run that it has.

    Raises ``NotConfirmedError`` or ``NotReadyError`` before anything is sent, ``BusyError`` when the target has another
    open restore, ``ServiceError`` or ``UnreachableError`` when nothing was started for sure, and ``UnknownOutcomeError``
    when that cannot be told. Each of them names the run that keeps the record of it. A plan made for another service or
    project is an ``InputError``, and leaves no record.
    """
    _require_same_service(plan, context)
    write_down_not_sent(context)
    earlier = _find_earlier_run(plan, context)
    if earlier is not None:
        return earlier
    run_id = context.store.begin(_make_header(plan, confirmation), describe_environment(context.client.settings))
    try:
        context.store.append(run_id, "planned", plan.for_record())
        _require_free_target(plan, run_id, context)
        _require_fresh(plan, run_id, context)
        _require_ready(plan.checks, run_id, context, "The plan is not ready")
        _require_confirmed(plan, confirmation, run_id, context)
        seen = _look_again(plan, confirmation, run_id, context)
        attempt = context.begin_attempt()  # before the claim, and before the time is read that the claim notes
        intent = _claim(plan, confirmation, run_id, context, jobs_before=seen.jobs_of(_places(plan)))
        if isinstance(intent, str):
            return intent
        _send(plan, run_id, context, intent, attempt)
    except (NotReadyError, NotConfirmedError):
        # Pressed twice at once: what stands in the way may be this very restore, sent by the other thread or kernel.
        with suppress(RecordError):  # a store that fails now does not change what stands in the way
            meanwhile = _find_earlier_run(plan, context)
            if meanwhile is not None:
                return meanwhile
            _require_free_target(plan, run_id, context)  # or another restore to it, whose owner tells more than a check
        raise
    except DDMKitError as error:
        error.record = error.record or run_id
        if isinstance(error, ServiceError | UnreachableError):
            _note_broken_off(run_id, context, error)
        raise
    return run_id


def _note_broken_off(run_id: str, context: RestoreContext, error: DDMKitError) -> None:
    """Close a run whose last look before the claim failed: nothing was sent, and its record says why."""
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
    """Find the run that has sent this plan, or one that is open for the same restore."""
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


def _require_fresh(plan: RestorePlan, run_id: str, context: RestoreContext) -> None:
    if context.now() > plan.expires:
        _refuse(
            run_id,
            context,
            NotReadyError(
                f"The plan expired {format_ago(plan.expires, context.now())}: its facts are too old to act on. Nothing was sent. "
                "Make the same plan again and look at it.",
                checks=plan.checks,
            ),
        )


def _require_ready(checks: tuple[CheckResult, ...], run_id: str, context: RestoreContext, problem: str) -> None:
    failed = [check for check in checks if check.status == "fail"]
    if failed:
        said = "".join(f"\n- {check.title} ({check.id}): {check.detail} {check.hint}" for check in failed)
        _refuse(
            run_id, context, NotReadyError(f"{problem}; nothing was sent. Fix this, then plan again:{said}", checks=checks)
        )


def _require_confirmed(plan: RestorePlan, confirmation: Confirmation, run_id: str, context: RestoreContext) -> None:
    missing = []
    if confirmation.target_name != plan.target_name:
        given = f" (given: {confirmation.target_name!r})" if confirmation.target_name else ""
        missing.append(f"confirm={plan.target_name!r}, the name of the target, typed exactly{given}")
    missing += _missing_acceptance(plan.checks, confirmation)
    unknown = sorted(confirmation.accepted - {check.id for check in plan.checks})
    missing += [f"accept names {name!r}, which is no check" for name in unknown]
    if missing:
        _refuse(run_id, context, _not_confirmed("Nothing was sent, because a person's word is missing", missing))
    facts = {
        "operator": confirmation.operator,
        "target": plan.target_name,
        "accepted": sorted(confirmation.accepted.intersection(plan.warnings)),
        "purpose": confirmation.purpose,
        "ticket": confirmation.ticket,
        "system_user": system_user(),
        "host": socket.gethostname(),
    }
    context.store.append(run_id, "confirmed", facts)


def _missing_acceptance(checks: tuple[CheckResult, ...], confirmation: Confirmation) -> list[str]:
    open_warnings = [check for check in checks if check.status == "warn" and check.id not in confirmation.accepted]
    return [f"accept={check.id!r}: {check.detail} {check.hint}" for check in open_warnings]


def _not_confirmed(problem: str, missing: list[str]) -> NotConfirmedError:
    said = "".join(f"\n- {one}" for one in missing)
    return NotConfirmedError(f"{problem}:{said}", missing=missing)


def _look_again(plan: RestorePlan, confirmation: Confirmation, run_id: str, context: RestoreContext) -> Inventory:
    """Refuse when the facts have changed for the worse since the plan was made; give what is known now."""
    inventory = refresh_inventory(context.client, plan.request, plan.inventory, now=context.now())
    failed = tuple(run.id for run in context.store.failed_with_digest(plan.digest))
    checks = run_preflight(inventory.model_copy(update={"failed_before": failed}), plan.request)
    reads = [read.model_dump(mode="json") for read in inventory.reads]
    seen = {"checks": [check.model_dump(mode="json") for check in checks], "reads": reads}
    context.store.append(run_id, "checked", seen)
    _require_ready(checks, run_id, context, "Something has changed since the plan was made")
    missing = _missing_acceptance(checks, confirmation)
    if missing:
        problem = "Nothing was sent: since the plan was made a warning has appeared that nobody has accepted. Plan again"
        _refuse(run_id, context, _not_confirmed(problem, missing))
    return inventory


def _places(plan: RestorePlan) -> tuple[str, str]:
    return plan.request.source_instance_id, plan.request.target_instance_id


def _refuse(run_id: str, context: RestoreContext, error: NotReadyError | NotConfirmedError) -> NoReturn:
    try:
        if context.store.get(run_id).state in _MAY_BE_SENT:  # else another kernel is sending this very plan
            context.store.settle(run_id, "refused", {"reason": str(error)})
    except RecordError as unwritten:
        _add_unwritten(error, unwritten)
    error.record = run_id
    raise error


def _add_unwritten(error: DDMKitError, unwritten: Exception) -> None:
    error.args = (f"{error} That could not be written to the record: {unwritten}",)


def _claim(
    plan: RestorePlan, confirmation: Confirmation, run_id: str, context: RestoreContext, *, jobs_before: Sequence[Job]
) -> Event | str:
    """Claim the target and use the plan up in one atomic write; return the intent when it is ours, else the first run's id.

    When that write fails, nothing is sent, even if the store has kept it: then the claim is taken back.
    """
    call = restore_metadata(plan.identity.project_id, plan.request)
    mark = secrets.token_hex(8)
    intent = {
        "method": call.method,
        "call": call.operation,
        "audit_trace": call.audit_trace,
        "path": call.target,
        "body": plan.request.body(),
        "service_time": context.service_now(),
        "deadline_s": int(DEADLINE.total_seconds()),
        "attempt": mark,
        "operator": confirmation.operator,
        # Whatever ran before the request left is not what it started.
        "jobs_before": [job.id for job in jobs_before],
    }
    try:
        written = context.store.claim(run_id, intent, owner=Owner(confirmation.operator, socket.gethostname(), os.getpid()))
    except ClaimConflict as conflict:
        return _give_way(plan, run_id, context, conflict)
    except BaseException as error:
        _take_back(run_id, context, mark, error)
        raise
    context.not_sent.pop(run_id, None)
    return written


def _give_way(plan: RestorePlan, run_id: str, context: RestoreContext, conflict: ClaimConflict) -> str:
    if conflict.run_id == run_id:
        return run_id  # another thread or kernel is sending this very plan
    other = context.store.get(conflict.run_id)
    if plan.digest != other.header.digest or other.state.is_settled:
        _refuse_second(plan, Claim(conflict.run_id, conflict.owner, conflict.at), run_id, context)
    with suppress(RecordError):
        context.store.settle(run_id, "refused", {"reason": f"The same restore is run {other.id}.", "run": other.id})
    return other.id


def _take_back(run_id: str, context: RestoreContext, mark: str, error: BaseException) -> None:
    """Free the run of a claim after which nothing was sent, now or when its store works again; and say so in the error."""
    context.not_sent[run_id] = mark
    with suppress(DDMKitError):
        # A claim that is not there now may still arrive: its transaction was begun. So it stays noted unless it was freed.
        _free_not_sent(run_id, context, mark, str(error) or type(error).__name__)
    said = "Nothing was sent: no restore was started."
    if isinstance(error, DDMKitError):
        error.args = (f"{error} {said}",)
    else:
        error.add_note(said)


def _free_not_sent(run_id: str, context: RestoreContext, mark: str, reason: str) -> None:
    run = context.store.get(run_id)
    intent = next((event for event in reversed(run.events) if event.kind == "intent"), None)
    if run.state in UNDECIDED and intent is not None and intent.data.get("attempt") == mark:
        context.store.settle(run_id, "freed", {"reason": f"Nothing was sent: {reason}"}, of_intent=intent.seq)
        context.not_sent.pop(run_id, None)


def write_down_not_sent(context: RestoreContext) -> None:
    """Free the runs of which this program knows that nothing was sent, and whose store could not be told so before."""
    for run_id, mark in tuple(context.not_sent.items()):
        with suppress(DDMKitError):
            _free_not_sent(run_id, context, mark, "the record store failed before the request could leave")


def _require_free_target(plan: RestorePlan, run_id: str, context: RestoreContext) -> None:
    """Refuse when another restore to the target is open; the same one is for the claim to find."""
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
        _add_unwritten(error, unwritten)
    error.record = run_id
    raise error


def _send(plan: RestorePlan, run_id: str, context: RestoreContext, intent: Event, attempt: Attempt) -> None:
    """Send the one request and write down the result."""
    try:
        answer = context.client.restore_metadata(
            plan.request, last_check=lambda: _require_still_ours(run_id, context, intent), attempt=attempt
        )
    except ServiceError as error:
        if error.started is False:
            _free(plan, run_id, context, intent, error)
        _note_lost_answer(run_id, context, error)
    except UnreachableError as error:
        if not error.sent:
            _free(plan, run_id, context, intent, error)
        _note_lost_answer(run_id, context, error)
    except InputError as error:  # refused by our own side of the connection
        if not attempt.has_left:
            _free(plan, run_id, context, intent, error)
        _note_lost_answer(run_id, context, error)
    except BaseException as error:  # Ctrl-C, or a store that fails at the last look
        if attempt.has_left:
            _note_interrupted(run_id, context, error)
        else:
            _take_back(run_id, context, str(intent.data["attempt"]), error)
        raise
    else:
        evidence = {"status": answer.status, "request_id": answer.request_id, "service_time": answer.service_date}
        _note_answer(run_id, context, answer.job_id, evidence)
        return
    reconcile_run(run_id, context)


def _note_interrupted(run_id: str, context: RestoreContext, error: BaseException) -> None:
    with suppress(Exception):  # without it the run stays "sending", which is looked into like "unknown"
        context.store.append(run_id, "unknown", {"reason": f"interrupted while sending ({type(error).__name__})"})
    error.add_note(
        f"The restore request had left: the restore may run. Do not submit again; look for it with kit.resume({run_id!r})."
    )


def _require_still_ours(run_id: str, context: RestoreContext, intent: Event) -> None:
    """Refuse to send long after the claim: a laptop that slept in between may wake when others have given this run up.

    The request's own deadline counts seconds and needs no clock; this look also notices a machine that stood still as a
    whole, and a run that a person has released.
    """
    run = context.store.get(run_id)
    waited = max(context.now() - intent.at, context.service_now() - intent_time(run))
    if run.state is not RunState.SENDING or last_intent(run).seq != intent.seq or waited > DEADLINE:
        raise InputError(
            f"was claimed {format_ago(intent.at, context.now())} and is {run.state} now: this program was held up before it could "
            "send. Nothing was sent.",
            field="plan",
            fix="Make a new plan, and look at the target first.",
        )


def _note_answer(run_id: str, context: RestoreContext, job_id: str, evidence: dict[str, Any]) -> None:
    accepted = f"The service accepted the restore as job {job_id}"
    try:
        context.store.append(run_id, "answered", {"job_id": job_id, **evidence})
    except Exception as error:
        raise RecordError(
            f"{accepted}, but the record could not be written: {_say(error)} Do not submit again. Note the job's id; once "
            f"the store can be written, kit.adopt({run_id!r}, {job_id!r}) completes the record."
        ) from error
    except BaseException as error:
        error.add_note(f"{accepted}. Do not submit again; follow it with kit.resume({run_id!r}).")
        raise


def _note_lost_answer(run_id: str, context: RestoreContext, error: DDMKitError) -> None:
    facts = {"reason": str(error), "error": type(error).__name__, **_answer_of(error)}
    try:
        context.store.append(run_id, "unknown", facts)
    except Exception as unwritten:  # noqa: BLE001  # whatever it is, it must not take the place of what has to be said
        raise RecordError(
            f"A restore was sent and may run, though its answer was lost ({error}); and that could not be written to the "
            f"record: {_say(unwritten)} Do not submit again. Once the store can be written, look for the job with "
            f"kit.resume({run_id!r})."
        ) from error
    except BaseException as pressed:
        pressed.add_note(f"A restore was sent and may run ({error}). Do not submit again: kit.resume({run_id!r}).")
        raise


def _say(error: Exception) -> str:
    """Describe an error of ours by its text, any other by its kind alone: its text may hold what was to be written."""
    return str(error) if isinstance(error, DDMKitError) else f"{type(error).__name__}."


def _free(
    plan: RestorePlan,
    run_id: str,
    context: RestoreContext,
    intent: Event,
    error: ServiceError | UnreachableError | InputError,
) -> NoReturn:
    """Write down that nothing was started, find the likeliest cause, and raise."""
    try:
        run = context.store.get(run_id)
        if run.state in UNDECIDED and last_intent(run).seq == intent.seq:  # else a person has released it meanwhile
            context.store.settle(run_id, "freed", {"reason": str(error), **_answer_of(error)}, of_intent=intent.seq)
    except Exception as unwritten:  # noqa: BLE001  # as above
        raise RecordError(
            f"{error} Nothing was started; but that could not be written to the record: {_say(unwritten)} Once the store "
            f"can be written, kit.release({run_id!r}, reason=..., confirm={plan.target_name!r}) frees the target."
        ) from error
    error.record = run_id
    with suppress(Exception):  # the refusal itself is on the record, and is said whatever becomes of the look for its cause
        if isinstance(error, BusyError):
            _name_who_is_busy(plan, context, error)
        elif isinstance(error, ServiceError) and error.code in _VAGUE_CODES:
            _name_likely_cause(plan, context, error)
        if isinstance(error, ServiceError) and error.cause:
            context.store.append(run_id, "explained", {"cause": error.cause})
    raise error


def _answer_of(error: DDMKitError) -> dict[str, Any]:
    if not isinstance(error, ServiceError):
        return {}
    return {"status": error.status, "code": error.code, "request_id": error.request_id}


def _name_who_is_busy(plan: RestorePlan, context: RestoreContext, error: BusyError) -> None:
    try:
        inventory = refresh_inventory(context.client, plan.request, plan.inventory, now=context.now())
    except DDMKitError:
        return
    running = inventory.running_jobs(_places(plan))
    if running:
        error.add_cause("; ".join(_describe_job(job) for job in running))


def _describe_job(job: Job) -> str:
    since = f" since {format_utc(job.created_time)}" if job.created_time else ""
    return f"{job.name} ({job.id}) runs on {job.instance_name or job.instance_id}{since}."


def _name_likely_cause(plan: RestorePlan, context: RestoreContext, error: ServiceError) -> None:
    """Run all checks on fresh facts: what fails now, or was only warned of, is the likeliest reason for a vague refusal."""
    before = plan.inventory
    try:
        inventory = gather_inventory(
            context.client,
            plan.request,
            now=context.now(),
            signs_requests=before.signs_requests,
            failed_before=before.failed_before,
            incident=before.incident,
        )
    except DDMKitError:
        return
    checks = run_preflight(inventory, plan.request)
    suspects = failed_ids(checks) or warned_ids(checks)
    named = [f"{check.detail} ({check.id})" for check in checks if check.id in suspects]
    if named:
        error.add_cause(" ".join(named[:3]))
