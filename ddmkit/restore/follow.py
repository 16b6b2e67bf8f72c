"""Follows the job of a run to its end, from any kernel or machine, and notes what it sees on the record.

Waiting belongs to the service floor; here its end is written down, and a completed restore is verified: what the target
holds is a result of its own beside the job's status.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ddmkit.errors import DDMKitError, JobFailedError, NotFoundError, RecordError
from ddmkit.models import Job
from ddmkit.records.reader import RunReader
from ddmkit.records.runs import RunData
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.inventory import reads_for_record
from ddmkit.restore.plan import plan_of
from ddmkit.restore.post_check import Verification, compare_with_plan, read_target_snapshot
from ddmkit.service.client import ReadNote
from ddmkit.service.jobs import JobListener, find_fail_reason, follow_job

__all__ = ["follow_run", "look_at_job", "note_end", "verify_if_possible", "verify_run"]


_LOGGER = logging.getLogger("ddmkit.restore")


@dataclass
class _NotingListener:
    """Writes each change of the job on the record with the look that showed it, and passes everything on.

    Neither a note that cannot be written nor a listener that fails ends the waiting: a listener that has failed once is not
    called again. A listener that wants the waiting to end raises what is no ``Exception``, as Ctrl-C does.
    """

    run_id: str
    context: RestoreContext
    onward: JobListener
    looks: list[ReadNote]
    said: tuple[str, str] = field(default=("", ""))
    is_quiet: bool = False

    def on_job(self, job: Job, errors: int) -> None:
        if (job.status, job.process) != self.said:
            self.said = (job.status, job.process)
            facts = {"status": job.status, "process": job.process, "poll_errors": errors}
            self._note("polled", {**facts, "reads": reads_for_record(self.looks[-1:])})
        self.looks.clear()  # a job may run for hours
        self._pass_on(lambda: self.onward.on_job(job, errors))

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        if count == 1:
            self._note("poll-failed", {"reason": str(error)})
        self._pass_on(lambda: self.onward.on_poll_error(error, count))

    def _note(self, kind: str, facts: dict[str, Any]) -> None:
        try:
            self.context.store.append(self.run_id, kind, facts)
        except RecordError as error:
            _LOGGER.warning("a look at the job could not be written to record %s: %s", self.run_id, error)

    def _pass_on(self, call: Callable[[], None]) -> None:
        if self.is_quiet:
            return
        try:
            call()
        except Exception as error:  # noqa: BLE001  # what a listener does is not known here
            self.is_quiet = True
            _LOGGER.warning(
                "the progress is not shown any more (%s); the job is followed all the same", type(error).__name__
            )


def follow_run(
    run_id: str,
    context: RestoreContext,
    *,
    timeout_s: float,
    poll_s: float,
    listener: JobListener,
    monotonic: Callable[[], float] = time.monotonic,
) -> Job:
    """Wait for the job of a run to end, write its end down, verify what it left, and give the finished job.

    Raises ``JobFailedError`` with the service's reason, or ``JobTimeoutError`` when ``timeout_s`` is over: the job in the
    cloud then goes on, as it does after Ctrl-C, and can be followed again. Several kernels may follow the same run.
    """
    run = context.store.get(run_id)
    try:
        with context.client.collect_reads() as looks:
            job = follow_job(
                context.client,
                run.job_id,
                timeout_s=timeout_s,
                poll_s=poll_s,
                listener=_NotingListener(run_id, context, listener, looks),
                sleep=context.sleep,
                monotonic=monotonic,
            )
    except JobFailedError as error:
        error.record = run_id
        try:
            note_end(run, error.job, context, looks)  # the look that found the reason
        except Exception as unwritten:  # noqa: BLE001  # the reason of the failure is said, whatever becomes of the record
            _add(error, f"That could not be written to the record: {_say(unwritten)} {_describe_note_later(run_id)}")
        raise
    except NotFoundError as error:
        raise _describe_gone(run, error)  # noqa: B904  # it is this very error
    _note_completed(run, job, context)
    return job


def look_at_job(run_id: str, context: RestoreContext) -> Job:
    """Look at a run's job once; note its end when it has come, with the reason when it failed."""
    run = context.store.get(run_id)
    with context.client.collect_reads() as looks:
        try:
            job = context.client.show_job(run.job_id)
        except NotFoundError as error:
            raise _describe_gone(run, error)  # noqa: B904  # it is this very error
        if job.is_finished and not job.is_completed:
            job = find_fail_reason(context.client, job, now=context.service_now())
    if job.is_finished:
        _note_completed(run, job, context, looks)
    return job


def _note_completed(run: RunData, job: Job, context: RestoreContext, looks: Sequence[ReadNote] = ()) -> None:
    """Write down how a job ended; when that cannot be written, the error says how it ended all the same."""
    try:
        note_end(run, job, context, looks)
    except RecordError as error:
        reason = f": {job.fail_reason}" if job.fail_reason else ""
        unwritten = RecordError(
            f"Job {job.id} ended as {job.status}{reason}; but not all of that could be written to the record: {error} "
            f"{_describe_note_later(run.id)}"
        )
        unwritten.record = run.id
        raise unwritten from error


def _describe_note_later(run_id: str) -> str:
    return f"Once the store can be written, kit.resume({run_id!r}).refresh() completes the record."


def _describe_gone(run: RunData, error: NotFoundError) -> NotFoundError:
    """Describe how to close a run whose job the service has forgotten."""
    error.record = run.id
    _add(
        error,
        "The service forgets jobs after 30 days. If the job is gone, look at what the target holds, and close this run: "
        f"kit.release({run.id!r}, reason=..., confirm={run.header.target_name!r}).",
    )
    return error


def _add(error: DDMKitError, said: str) -> None:
    error.args = (f"{error} {said}",)


def _say(error: Exception) -> str:
    return str(error) if isinstance(error, DDMKitError) else f"{type(error).__name__}."


def note_end(run: RunData, job: Job, context: RestoreContext, looks: Sequence[ReadNote] = ()) -> None:
    """Close a run by how its job ended; a completed restore is verified once, by whoever notes its end first."""
    known = context.store.get(run.id)
    if known.state.is_settled:
        return
    facts = {
        "job_id": job.id,
        "status": job.status,
        "created_time": job.created_time,
        "end_time": job.end_time,
        "durations_s": _durations_s(known, job, context.now()),
        "reads": reads_for_record(looks),
    }
    if job.is_completed:
        context.store.settle(run.id, "completed", facts)
        verify_if_possible(run.id, context)
    else:
        context.store.settle(run.id, "failed", {**facts, "fail_reason": job.fail_reason})


def _durations_s(run: RunData, job: Job, now: datetime) -> dict[str, float]:
    """Return in seconds how long each part of a run took that ends now."""
    took = {name: took for name, took in RunReader(run).durations().items() if name != "in all"}
    if job.created_time and job.end_time:
        took["the service's job"] = job.end_time - job.created_time
    return {name: part.total_seconds() for name, part in {**took, "in all": now - run.created}.items()}


def verify_if_possible(run_id: str, context: RestoreContext) -> None:
    """Verify a completed run; when the target cannot be read back, note why instead of raising."""
    try:
        verify_run(run_id, context)
    except DDMKitError as error:  # that the job completed stays true; what the target holds can be looked at later
        context.store.append(run_id, "not-verified", {"reason": str(error)})


def verify_run(run_id: str, context: RestoreContext) -> Verification:
    """Read the target of a run back, compare it with the plan, and note the result."""
    run = context.store.get(run_id)
    plan = plan_of(run)
    expected = plan.expected_backup
    with context.client.collect_reads() as reads:
        after = read_target_snapshot(context.client, plan.request, plan.inventory, now=context.now())
    as_of = expected.backup.created if expected else plan.inventory.point
    verification = compare_with_plan(plan.request, plan.inventory, after, as_of=as_of)
    told = {**verification.model_dump(mode="json"), "passed": verification.passed, "target": after.for_record()}
    context.store.append(run_id, "verified", {**told, "reads": reads_for_record(reads)})
    return verification
