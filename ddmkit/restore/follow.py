"""Follows the job of a run to its end, from any kernel or machine, and notes what it sees on the record.

Waiting belongs to the service floor; here its end is written down, and a completed restore is verified: what the target
holds is a result of its own beside the job's status.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ddmkit.errors import DDMKitError, JobFailedError
from ddmkit.models import Job
from ddmkit.records.runs import RunData
from ddmkit.records.telling import Telling
from ddmkit.restore.desk import Desk
from ddmkit.restore.inventory import reads_for_record
from ddmkit.restore.plan import plan_of
from ddmkit.restore.verify import Verification, compare_with_plan, read_aftermath
from ddmkit.service.client import ReadNote
from ddmkit.service.jobs import JobListener, find_fail_reason, follow_job

__all__ = ["follow_run", "look_at_job", "note_end", "verify_if_possible", "verify_run"]


@dataclass
class _NotingListener:
    """Writes each change of the job on the record with the look that showed it, and passes everything on."""

    run_id: str
    desk: Desk
    onward: JobListener
    looks: list[ReadNote]
    said: tuple[str, str] = field(default=("", ""))

    def on_job(self, job: Job, errors: int) -> None:
        if (job.status, job.process) != self.said:
            self.said = (job.status, job.process)
            facts = {"status": job.status, "process": job.process, "poll_errors": errors}
            self.desk.store.append(self.run_id, "polled", {**facts, "reads": reads_for_record(self.looks[-1:])})
        self.looks.clear()  # a job may run for hours
        self.onward.on_job(job, errors)

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        if count == 1:
            self.desk.store.append(self.run_id, "poll-failed", {"reason": str(error)})
        self.onward.on_poll_error(error, count)


def follow_run(
    run_id: str,
    desk: Desk,
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
    run = desk.store.get(run_id)
    try:
        with desk.client.collect_reads() as looks:
            job = follow_job(
                desk.client,
                run.job_id,
                timeout_s=timeout_s,
                poll_s=poll_s,
                listener=_NotingListener(run_id, desk, listener, looks),
                sleep=desk.sleep,
                monotonic=monotonic,
            )
    except JobFailedError as error:
        note_end(run, error.job, desk, looks)  # the one that found the reason
        error.record = run_id
        raise
    note_end(run, job, desk)
    return job


def look_at_job(run_id: str, desk: Desk) -> Job:
    """Look at a run's job once; note its end when it has come, with the reason when it failed."""
    run = desk.store.get(run_id)
    with desk.client.collect_reads() as looks:
        job = desk.client.show_job(run.job_id)
        if job.is_finished and not job.is_completed:
            job = find_fail_reason(desk.client, job, now=desk.service_now())
    if job.is_finished:
        note_end(run, job, desk, looks)
    return job


def note_end(run: RunData, job: Job, desk: Desk, looks: Sequence[ReadNote] = ()) -> None:
    """Close a run by how its job ended; a completed restore is verified once, by whoever notes its end first."""
    known = desk.store.get(run.id)
    if known.state.is_settled:
        return
    facts = {
        "job_id": job.id,
        "status": job.status,
        "created_time": job.created_time,
        "end_time": job.end_time,
        "durations_s": _durations_s(known, job, desk.now()),
        "reads": reads_for_record(looks),
    }
    if job.is_completed:
        desk.store.settle(run.id, "completed", facts)
        verify_if_possible(run.id, desk)
    else:
        desk.store.settle(run.id, "failed", {**facts, "fail_reason": job.fail_reason})


def _durations_s(run: RunData, job: Job, now: datetime) -> dict[str, float]:
    """Give in seconds how long each part of a run took that ends now."""
    took = {name: took for name, took in Telling(run).durations().items() if name != "in all"}
    if job.created_time and job.end_time:
        took["the service's job"] = job.end_time - job.created_time
    return {name: part.total_seconds() for name, part in {**took, "in all": now - run.created}.items()}


def verify_if_possible(run_id: str, desk: Desk) -> None:
    """Verify a completed run; when the target cannot be read back, note why instead of raising."""
    try:
        verify_run(run_id, desk)
    except DDMKitError as error:  # that the job completed stays true; what the target holds can be looked at later
        desk.store.append(run_id, "not-verified", {"reason": str(error)})


def verify_run(run_id: str, desk: Desk) -> Verification:
    """Read the target of a run back, compare it with the plan, and note the result."""
    run = desk.store.get(run_id)
    plan = plan_of(run)
    expected = plan.expected_backup
    with desk.client.collect_reads() as reads:
        after = read_aftermath(desk.client, plan.request, plan.inventory, now=desk.now())
    as_of = expected.backup.created if expected else plan.inventory.point
    verification = compare_with_plan(plan.request, plan.inventory, after, as_of=as_of)
    told = {**verification.model_dump(mode="json"), "passed": verification.passed, "target": after.for_record()}
    desk.store.append(run_id, "verified", {**told, "reads": reads_for_record(reads)})
    return verification
