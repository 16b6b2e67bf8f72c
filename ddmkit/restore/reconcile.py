"""Find the outcome of a restore whose answer was lost, without ever sending again.

The task list is searched for a job of the target or the source that began no earlier than two minutes before the intent, by
the service's own clock, that no record owns, and that was not listed at the last reading before the intent. A single job is
adopted with its evidence. When there is none, or several, a person decides: ``adopt_job`` records which job it was,
``release_run`` records that nothing was started, or that the service does not know the job any more.

Whether a run may be released is measured by the service's own clock, from the headers of its answers. The service's clock is
the only one that sender and releaser share: their machines' clocks may be wrong, a file has no clock, and a database may be
moved to another server.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, NoReturn

from ddmkit.errors import (
    DDMKitError,
    InputError,
    NotConfirmedError,
    NotFoundError,
    NotReadyError,
    RecordError,
    UnknownOutcomeError,
)
from ddmkit.models import Job
from ddmkit.records.events import Event
from ddmkit.records.runs import UNDECIDED, RunData, RunState
from ddmkit.restore.checks.environment import check_instances_idle
from ddmkit.restore.checks.target import check_target_empty
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.inventory import Inventory, look_at_target, reads_for_record
from ddmkit.restore.plan import plan_of
from ddmkit.service.deadline import DEADLINE
from ddmkit.times import format_duration, format_utc, parse_service_time

__all__ = [
    "adopt_job",
    "find_started_jobs",
    "intent_time",
    "last_intent",
    "reconcile_run",
    "release_run",
    "select_candidates",
]

_BEFORE_INTENT = timedelta(minutes=2)
_AFTER_NOW = timedelta(minutes=5)
# By then the sender has given up, and a job that was started is visible. Before that, finding no job proves nothing.
_RELEASE_AFTER = 2 * DEADLINE
# Requests of older versions had no total deadline: many dead addresses or a slow login could take this long.
_RELEASE_AFTER_WITHOUT_DEADLINE = timedelta(minutes=10)
# A gateway answers with these codes for a call that it does not offer; they say nothing about a job.
_GATEWAY_CODES = ("APIGW.", "APIG.")


class _JobSearch(NamedTuple):
    """The result of one search in the task list, or why the list could not be read; ``reads`` is for the record."""

    jobs: tuple[Job, ...] = ()
    problem: str = ""
    reads: Sequence[dict[str, Any]] = ()


def reconcile_run(run_id: str, context: RestoreContext) -> None:
    """Find and adopt the job of a run whose outcome is unknown, or raise ``UnknownOutcomeError``.

    The search is repeated during the context's grace time: a job can take some seconds to become visible, and the sender may
    be recording its answer at this moment. A record store that fails meanwhile leaves the outcome unknown.
    """
    try:
        _reconcile(run_id, context)
    except RecordError as error:
        unknown = UnknownOutcomeError(
            f"The restore of record {run_id} may have been sent, and may run. It could not be looked for, because the "
            f"record store failed: {error} Do not submit again.",
            ways=f"Once the record store works again: kit.resume({run_id!r}).",
        )
        unknown.record = run_id
        raise unknown from error


def _reconcile(run_id: str, context: RestoreContext) -> None:
    searches = max(1, round(context.grace.total_seconds() / context.poll_every_s))
    seen = _JobSearch()
    for number in range(searches):
        if number:
            context.sleep(context.poll_every_s)
        run = context.store.get(run_id)
        if run.state not in UNDECIDED:
            return
        seen = _search_jobs(run, context)
        if seen.jobs:
            break
    run = context.store.get(run_id)
    if run.state not in UNDECIDED:
        return  # its sender has recorded the answer meanwhile
    rivals = _find_rivals(run, seen.jobs, context)
    if len(seen.jobs) != 1 or rivals:
        _ask_a_person(run, seen, rivals, context)
    try:
        _adopt(run, seen.jobs[0], context, by="the program: the only job that fits", reads=seen.reads)
    except RecordError:
        if context.store.get(run_id).state in UNDECIDED:
            raise  # else the sender, or another kernel, has decided the outcome in this moment


def _search_jobs(run: RunData, context: RestoreContext) -> _JobSearch:
    with context.client.collect_reads() as reads:
        try:
            jobs = find_started_jobs(run, context)
        except DDMKitError as error:
            return _JobSearch(problem=str(error))
    return _JobSearch(jobs, reads=reads_for_record(reads))


def find_started_jobs(run: RunData, context: RestoreContext) -> tuple[Job, ...]:
    """Return the jobs that this run's request may have started, by the service's task list."""
    since = intent_time(run) - _BEFORE_INTENT
    listed = context.client.list_jobs(since, context.service_now() + _AFTER_NOW)
    others = context.store.owned_jobs().union(last_intent(run).data.get("jobs_before", ()))
    return select_candidates(listed, {run.header.source_id, run.header.target_id}, since, others)


def _find_rivals(run: RunData, jobs: tuple[Job, ...], context: RestoreContext) -> tuple[str, ...]:
    """Return the other runs with an unknown outcome that could have started one of these jobs as well.

    A job that is listed for the source does not name the target, so a second restore of the same source may own the job.
    """
    known = [one for state in sorted(UNDECIDED) for one in context.store.list(state=state)]
    undecided = [one for one in known if one.id != run.id and not one.imported]
    places = {job.instance_id for job in jobs}
    return tuple(one.id for one in undecided if places & {one.header.source_id, one.header.target_id})


def select_candidates(jobs: tuple[Job, ...], places: set[str], since: datetime, others: set[str]) -> tuple[Job, ...]:
    """Return the jobs of these instances, the target and the source, that began since then and that no other run owns.

    The name of the job does not matter: the service's name for a restore job is undocumented.
    """
    return tuple(
        job
        for job in jobs
        if job.instance_id in places and job.id not in others and (job.created_time is None or job.created_time >= since)
    )


def last_intent(run: RunData) -> Event:
    """Return the newest intent: a plan that the service refused may have been sent a second time."""
    intent = next((event for event in reversed(run.events) if event.kind == "intent"), None)
    if intent is None:
        raise InputError(f"run {run.id} was never sent.", field="record", fix="Make a new plan.")
    return intent


def intent_time(run: RunData) -> datetime:
    """Return when the newest request was claimed, by the service's clock where the record has it."""
    intent = last_intent(run)
    return parse_service_time(intent.data.get("service_time")) or intent.at


def _adopt(run: RunData, job: Job, context: RestoreContext, *, by: str, reads: Sequence[dict[str, Any]]) -> None:
    evidence = {
        "instance_id": job.instance_id,
        "name": job.name,
        "created_time": job.created_time,
        "status": job.status,
    }
    facts = {"job_id": job.id, "by": by, "evidence": evidence, "reads": reads}
    context.store.append(run.id, "adopted", facts, of_intent=last_intent(run).seq)


def _ask_a_person(run: RunData, search: _JobSearch, rivals: tuple[str, ...], context: RestoreContext) -> NoReturn:
    header, sent_at, jobs = run.header, intent_time(run), search.jobs
    if search.problem:
        seen = f"The task list could not be read ({search.problem})"
    elif jobs:
        number = "1 job" if len(jobs) == 1 else f"{len(jobs)} jobs"
        seen = f"{number} could be it: " + ", ".join(f"{job.name} {job.id} ({job.status})" for job in jobs)
        seen += f"; or be of {', '.join(rivals)}, whose answer was lost too" if rivals else ""
    else:
        seen = "No job of the target or the source has appeared since"
    try:
        if run.state is not RunState.UNKNOWN:
            context.store.append(run.id, "unknown", {"reason": "no answer is on the record"})
        context.store.append(run.id, "looked", {"seen": seen, "jobs": [job.id for job in jobs], "reads": search.reads})
    except RecordError as unwritten:  # what was seen must be reported all the same
        seen += f". (This search could not be written to the record: {str(unwritten).rstrip('.')})"
    error = UnknownOutcomeError(
        f"The restore to {header.target_name} was sent about {format_utc(sent_at)} and {_describe_answer(run)}: it may run. "
        f"{seen}. It will not be sent again. Look at the target's task list in the console, and in the audit log for the "
        "trace restoreMetaData.",
        candidates=jobs,
        ways=f"If a job is it: kit.adopt({run.id!r}, job_id). If surely nothing was started: kit.release({run.id!r}, "
        f"reason=..., confirm={header.target_name!r}). To look again: kit.resume({run.id!r}).",
    )
    error.record = run.id
    raise error


def _describe_answer(run: RunData) -> str:
    since = last_intent(run).seq
    unclear = [
        event.data for event in run.events if event.kind == "unknown" and event.seq > since and event.data.get("status")
    ]
    if not unclear:
        return "its answer was lost"
    code = f" {unclear[-1]['code']}" if unclear[-1].get("code") else ""
    return f"its answer (HTTP {unclear[-1]['status']}{code}) does not tell whether it started"


def adopt_job(run_id: str, job_id: str, context: RestoreContext, *, operator: str) -> None:
    """Record a person's decision that this was the job of a run with an unknown outcome.

    Raises ``InputError`` when the run is not unknown, or the job is another record's or of other instances, and
    ``NotFoundError`` when the service does not know the job.
    """
    run = context.store.get(run_id)
    _require_undecided(run, "adopt")
    if job_id in context.store.owned_jobs():
        raise InputError(f"{job_id} belongs to another record.", field="job_id", fix="One job is one restore's.")
    with context.client.collect_reads() as reads:
        job = context.client.show_job(job_id)
    if job.id != job_id:
        raise NotFoundError(f"The service answered with job {job.id!r} when asked for {job_id!r}. Nothing was noted.")
    request = plan_of(run).request
    if job.instance_id not in {request.target_instance_id, request.source_instance_id}:
        raise InputError(
            f"{job_id} is {job.name} on {job.instance_name} ({job.instance_id}), neither source nor target.",
            field="job_id",
            fix="Look for a job of the target in kit.jobs().",
        )
    _adopt(run, job, context, by=operator, reads=reads_for_record(reads))


def release_run(run_id: str, context: RestoreContext, *, reason: str, confirm: str, operator: str) -> None:
    """Record a person's decision that a run started nothing, or that its job is gone; the target is free again.

    The target is read again first.

    Args:
        run_id: The run.
        context: The client and the store.
        reason: How the person knows.
        confirm: The exact name of the target.
        operator: The name of the person.

    Raises:
        NotReadyError: The request may still be on its way; a job runs on the target or the source; or the target of a run
            without a job is not empty.
        NotConfirmedError: The reason or the exact name is missing.
        InputError: The run has ended, or was never sent.
    """
    run = context.store.get(run_id)
    if run.state is not RunState.RUNNING:
        _require_undecided(run, "release")
    missing = [] if reason.strip() else ["reason=..., how you know that nothing was started or that the job is gone"]
    missing += [] if confirm == run.header.target_name else [f"confirm={run.header.target_name!r}, the target's name"]
    if missing:
        raise NotConfirmedError(f"Nothing was released; still missing: {'; '.join(missing)}.", missing=missing)
    decision = {"reason": reason, "operator": operator}
    if run.state is RunState.RUNNING:
        _close_without_job(run, context, decision)
        return
    _require_time_has_passed(run, context)
    request = plan_of(run).request
    inventory = look_at_target(context.client, request, now=context.now())
    checks = [check_target_empty(inventory, request), check_instances_idle(inventory, request)]
    bad = [one for one in checks if one.status == "fail"]
    if bad or inventory.jobs.value is None:
        problem = " ".join(f"{one.detail} {one.hint}" for one in bad) or f"The jobs cannot be read: {inventory.jobs.problem}"
        raise NotReadyError(f"Nothing was released: it looks as if something was started. {problem}")
    evidence = [one.detail for one in checks]
    facts = {**decision, "evidence": evidence, "reads": _reads_of(inventory)}
    context.store.settle(run.id, "released", facts, of_intent=last_intent(run).seq)


def _require_time_has_passed(run: RunData, context: RestoreContext) -> None:
    """Refuse while the newest request may still be on its way, by the service's clock as read now."""
    if context.client.probe().service_date is None:
        raise NotReadyError(
            "Nothing was released: the service did not say what time it is, so nobody can tell whether the request is still "
            "on its way. Try again, and look at proxies on the way if that stays so."
        )
    has_deadline = last_intent(run).data.get("deadline_s") is not None
    after = _RELEASE_AFTER if has_deadline else _RELEASE_AFTER_WITHOUT_DEADLINE
    if context.service_now() - intent_time(run) < after:
        minutes = "two minutes" if has_deadline else format_duration(after)
        raise NotReadyError(
            f"Nothing was released: {run.header.owner} began to send this {format_utc(intent_time(run))}, and may still be "
            f"waiting for the answer; a job may appear late, too. Try again in {minutes}."
        )


def _close_without_job(run: RunData, context: RestoreContext, decision: dict[str, str]) -> None:
    """Close a run whose job the service does not know any more, by a person's decision and after a new reading."""
    job_id = run.job_id
    with context.client.collect_reads() as reads:
        _require_job_unknown(run, context)
    _require_time_has_passed(run, context)
    request = plan_of(run).request
    inventory = look_at_target(context.client, request, now=context.now())
    idle = check_instances_idle(inventory, request)
    jobs = inventory.jobs.value
    if jobs is None or idle.status == "fail" or job_id in {job.id for job in jobs}:
        why = f"job {job_id} is in the task list." if idle.status == "pass" else f"{idle.detail} {idle.hint}"
        raise NotReadyError(f"Nothing was released: {why}")
    evidence = [f"The service does not know job {job_id}.", idle.detail, check_target_empty(inventory, request).detail]
    facts = {**decision, "job_id": job_id, "evidence": evidence, "reads": [*reads_for_record(reads), *_reads_of(inventory)]}
    context.store.settle(run.id, "gone", facts, of_intent=last_intent(run).seq)


def _require_job_unknown(run: RunData, context: RestoreContext) -> None:
    try:
        job = context.client.show_job(run.job_id)
    except NotFoundError as error:
        if not error.code.startswith(_GATEWAY_CODES):
            return
        problem = str(error)
    except DDMKitError as error:
        problem = str(error)
    else:
        raise InputError(
            f"run {run.id} is {run.state}, and the service knows its job ({job.status}): there is nothing to release.",
            field="record",
            fix=f"Follow the job with kit.resume({run.id!r}).",
        )
    raise NotReadyError(f"Nothing was released: nobody can tell whether the service knows job {run.job_id}. {problem}")


def _reads_of(inventory: Inventory) -> list[dict[str, Any]]:
    return [read.model_dump(mode="json") for read in inventory.reads]


def _require_undecided(run: RunData, verb: str) -> None:
    if run.state not in UNDECIDED:
        raise InputError(
            f"run {run.id} is {run.state}, not unknown: there is nothing to {verb}.",
            field="record",
            fix="kit.resume(record) goes on with a run that has a job.",
        )
