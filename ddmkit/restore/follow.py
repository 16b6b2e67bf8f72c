"""Follow the job of a run to its end, from any kernel or machine, and record what is seen.

``service.jobs`` does the waiting. This module records the end, and verifies a completed restore: the content of the target
is a result of its own beside the job's status.
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
from ddmkit.restore.reports import add_to_message, describe_error
from ddmkit.service.client import ReadNote
from ddmkit.service.jobs import JobListener, find_fail_reason, follow_job

__all__ = ["follow_run", "look_at_job", "note_end", "verify_if_possible", "verify_run"]


_LOGGER = logging.getLogger("ddmkit.restore")


@dataclass
class _RecordingListener:
    """Records each change of the job with the read that showed it, and passes everything on to another listener.

    The waiting goes on when a change cannot be recorded or when the other listener fails; a listener that has failed once is
    not called again. To end the waiting, a listener raises what is no ``Exception``, as Ctrl-C does.
    """

    run_id: str
    context: RestoreContext
    onward: JobListener
    reads: list[ReadNote]
    recorded: tuple[str, str] = field(default=("", ""))
    is_quiet: bool = False

    def on_job(self, job: Job, errors: int) -> None:
        if (job.status, job.process) != self.recorded:
            self.recorded = (job.status, job.process)
            facts = {"status": job.status, "process": job.process, "poll_errors": errors}
            self._note("polled", {**facts, "reads": reads_for_record(self.reads[-1:])})
        self.reads.clear()  # a job may run for hours: the list must not grow
        self._pass_on(lambda: self.onward.on_job(job, errors))

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        if count == 1:
            self._note("poll-failed", {"reason": str(error)})
        self._pass_on(lambda: self.onward.on_poll_error(error, count))

    def _note(self, kind: str, facts: dict[str, Any]) -> None:
        try:
            self.context.store.append(self.run_id, kind, facts)
        except RecordError as error:
            _LOGGER.warning("a change of the job could not be written to record %s: %s", self.run_id, error)

    def _pass_on(self, call: Callable[[], None]) -> None:
        if self.is_quiet:
            return
        try:
            call()
        except Exception as error:  # noqa: BLE001  # a listener may raise anything
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
    """Wait for the job of a run to end, record the end, verify the target, and return the finished job.

    Several kernels may follow the same run. After Ctrl-C or a time-out the job in the cloud goes on, and can be followed
    again.

    Args:
        run_id: The run.
        context: The client and the store.
        timeout_s: How long to wait, in seconds.
        poll_s: Seconds between two polls.
        listener: Is called at each poll.
        monotonic: A clock in seconds that never goes back.

    Raises:
        JobFailedError: The job failed; the message holds the service's reason.
        JobTimeoutError: The job has not ended within ``timeout_s``.
        NotFoundError: The service does not know the job any more.
    """
    run = context.store.get(run_id)
    try:
        with context.client.collect_reads() as reads:
            job = follow_job(
                context.client,
                run.job_id,
                timeout_s=timeout_s,
                poll_s=poll_s,
                listener=_RecordingListener(run_id, context, listener, reads),
                sleep=context.sleep,
                monotonic=monotonic,
            )
    except JobFailedError as error:
        error.record = run_id
        try:
            if isinstance(error.job, Job):  # the job with its reason, as it was read last
                note_end(run, error.job, context, reads)
        except Exception as unwritten:  # noqa: BLE001  # the job's failure must be reported, whatever happens to the record
            cause = describe_error(unwritten)
            add_to_message(error, f"That could not be written to the record: {cause} {_describe_note_later(run_id)}")
        raise
    except NotFoundError as error:
        raise _describe_gone(run, error)  # noqa: B904  # the same error, with more text
    _note_end_or_tell(run, job, context)
    return job


def look_at_job(run_id: str, context: RestoreContext) -> Job:
    """Read a run's job once; record the end of a finished job, with the reason when it failed."""
    run = context.store.get(run_id)
    with context.client.collect_reads() as reads:
        try:
            job = context.client.show_job(run.job_id)
        except NotFoundError as error:
            raise _describe_gone(run, error)  # noqa: B904  # the same error, with more text
        if job.is_finished and not job.is_completed:
            job = find_fail_reason(context.client, job, now=context.service_now())
    if job.is_finished:
        _note_end_or_tell(run, job, context, reads)
    return job


def _note_end_or_tell(run: RunData, job: Job, context: RestoreContext, reads: Sequence[ReadNote] = ()) -> None:
    """Record how a job ended; when that cannot be recorded, the error still says how the job ended."""
    try:
        note_end(run, job, context, reads)
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
    add_to_message(
        error,
        "The service forgets jobs after 30 days. If the job is gone, look at what the target holds, and close this run: "
        f"kit.release({run.id!r}, reason=..., confirm={run.header.target_name!r}).",
    )
    return error


def note_end(run: RunData, job: Job, context: RestoreContext, reads: Sequence[ReadNote] = ()) -> None:
    """Close a run by how its job ended. A completed restore is verified once, by the kernel that records the end first."""
    known = context.store.get(run.id)
    if known.state.is_settled:
        return
    facts = {
        "job_id": job.id,
        "status": job.status,
        "created_time": job.created_time,
        "end_time": job.end_time,
        "durations_s": _durations_s(known, job, context.now()),
        "reads": reads_for_record(reads),
    }
    if job.is_completed:
        context.store.settle(run.id, "completed", facts)
        verify_if_possible(run.id, context)
    else:
        context.store.settle(run.id, "failed", {**facts, "fail_reason": job.fail_reason})


def _durations_s(run: RunData, job: Job, now: datetime) -> dict[str, float]:
    """Return the duration of each part of a run that ends now, in seconds."""
    took = {name: took for name, took in RunReader(run).durations().items() if name != "in all"}
    if job.created_time and job.end_time:
        took["the service's job"] = job.end_time - job.created_time
    return {name: part.total_seconds() for name, part in {**took, "in all": now - run.created}.items()}


def verify_if_possible(run_id: str, context: RestoreContext) -> None:
    """Verify a completed run; when the target cannot be read, record the reason instead of raising."""
    try:
        verify_run(run_id, context)
    except DDMKitError as error:  # the job has completed all the same; the target can be verified later
        context.store.append(run_id, "not-verified", {"reason": str(error)})


def verify_run(run_id: str, context: RestoreContext) -> Verification:
    """Read the target of a run, compare it with the plan, and record the result."""
    run = context.store.get(run_id)
    plan = plan_of(run)
    expected = plan.expected_backup
    with context.client.collect_reads() as reads:
        after = read_target_snapshot(context.client, plan.request, plan.inventory, now=context.now())
    as_of = expected.backup.created if expected else plan.inventory.point
    verification = compare_with_plan(plan.request, plan.inventory, after, as_of=as_of)
    result = {**verification.model_dump(mode="json"), "passed": verification.passed, "target": after.for_record()}
    context.store.append(run_id, "verified", {**result, "reads": reads_for_record(reads)})
    return verification
