"""Polls the service's jobs until they end.

A new job may be unknown for a while, the service may be unreachable for minutes, a job may have an unknown status: none of
these ends the wait, and the listener receives each of them. Only the jobs list has the reason of a failure, so the reason is
read there. A time-out or Ctrl-C ends the wait and never touches the job in the cloud. Source: ddm-api.md 4.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from ddmkit.errors import (
    AuthError,
    DDMKitError,
    JobFailedError,
    JobTimeoutError,
    NotFoundError,
    ServiceError,
    UnreachableError,
)
from ddmkit.models import Job
from ddmkit.service.error_codes.explain import TOKEN_EXPIRED
from ddmkit.times import format_duration

__all__ = ["JobListener", "JobSource", "SilentListener", "find_fail_reason", "follow_job", "follow_jobs"]

T = TypeVar("T")

_LOGGER = logging.getLogger("ddmkit.service")
_NO_REASON = "The service gave no reason."
_AROUND = timedelta(minutes=2)


class JobSource(Protocol):
    """The part of a client that following jobs needs."""

    def show_job(self, job_id: str) -> Job:
        """Show one job."""

    def list_jobs(self, start: datetime, end: datetime | None = None) -> tuple[Job, ...]:
        """List the jobs created in a span of time."""

    def service_now(self) -> datetime:
        """Return the present by the clock that dates the jobs."""


class JobListener(Protocol):
    """Receives the progress of a job, in the thread that follows the job."""

    def on_job(self, job: Job, errors: int) -> None:
        """Receive an answer about the job; ``errors`` polls have failed so far."""

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        """Receive the error of a poll, the ``count``-th in a row; the wait continues."""


class SilentListener:
    """Ignores all progress."""

    def on_job(self, job: Job, errors: int) -> None:
        """Ignore an answer about the job."""

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        """Ignore a failed poll."""


Pace = float | Callable[[int], float]


@dataclass
class _Wait:
    """One wait for one or more jobs: its limits, and its polls so far. Times are seconds of the monotonic clock."""

    subject: str
    timeout_s: float
    poll_s: Pace
    listener: JobListener
    sleep: Callable[[float], None]
    monotonic: Callable[[], float]
    grace_s: float
    max_poll_errors: int | None
    errors: int = 0
    in_row: int = 0
    polls: int = 0
    last_error: str = ""
    started: float = field(init=False)
    last_good: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.last_good = self.monotonic()

    def poll(self, read: Callable[[], T]) -> T | None:
        """Return the result of ``read``, or ``None`` after a transient error; raise any other error."""
        self.polls += 1
        try:
            seen = read()
        except (ServiceError, UnreachableError) as error:
            self._tolerate(error)
            return None
        self.in_row, self.last_good = 0, self.monotonic()
        return seen

    def _tolerate(self, error: ServiceError | UnreachableError) -> None:
        unseen_for = self.monotonic() - self.last_good
        if isinstance(error, NotFoundError):
            if unseen_for > self.grace_s:
                raise error
            return  # a new job may become visible late
        self.errors += 1
        self.in_row += 1
        self.last_error = str(error)
        limit = self.max_poll_errors
        if not _is_transient(error, self.in_row) or (limit is not None and self.in_row > limit):
            raise error
        self.listener.on_poll_error(error, self.in_row)

    def pause(self, seen: Job | tuple[Job, ...] | None, jobs: Iterable[Job]) -> None:
        """Wait until the next poll; raise ``JobTimeoutError`` with ``seen`` if the time is over.

        ``jobs`` are the unfinished jobs, as last seen.
        """
        unknown = [job.status for job in jobs if job.status and not job.is_known_state]
        pause = self.poll_s(self.polls) if callable(self.poll_s) else self.poll_s
        left = self.started + self.timeout_s - self.monotonic()
        if left <= 0:
            raise JobTimeoutError(self._describe_timeout(unknown), job=seen)
        self.sleep(max(0.0, min(pause, left)))

    def _describe_timeout(self, unknown: Sequence[str]) -> str:
        problem = f" The last poll failed: {self.last_error}" if self.in_row else ""
        if unknown:
            words = ", ".join(repr(word[:60]) for word in list(dict.fromkeys(unknown))[:5])
            problem += f" Its last state was {words}, which ddmkit does not know: check in the console whether it has ended."
        waited = format_duration(timedelta(seconds=self.timeout_s))
        return (
            f"Stopped waiting for {self.subject} after {waited}; it goes on in the cloud.{problem} "
            "What to do: wait again, or resume later from any kernel by the record or the job id."
        )


def _is_transient(error: ServiceError | UnreachableError, in_row: int) -> bool:
    if isinstance(error, UnreachableError):
        return True
    if isinstance(error, AuthError):
        # The next poll renews an expired token if possible. Other rejected credentials stay rejected, and repeated
        # attempts could lock the key.
        return error.code in TOKEN_EXPIRED and in_row == 1
    return not 400 <= error.status < 500 or error.status in {408, 409, 429}


def follow_job(
    client: JobSource,
    job_id: str,
    *,
    timeout_s: float = 3600.0,
    poll_s: Pace = 10.0,
    listener: JobListener | None = None,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    grace_s: float = 120.0,
    max_poll_errors: int | None = None,
) -> Job:
    """Wait until a job has completed.

    Args:
        client: The client that reads the job.
        job_id: The id of the job.
        timeout_s: The longest wait, in seconds.
        poll_s: The pause between polls in seconds, or a function from the number of polls so far to that pause.
        listener: Receives the answers and the errors of the polls.
        sleep: Waits for a number of seconds.
        monotonic: Returns a number of seconds that only grows.
        grace_s: How long the service may not know the job, in seconds.
        max_poll_errors: How many transient errors in a row are tolerated; ``None`` for any number.

    Returns:
        The completed job.

    Raises:
        JobFailedError: The job failed; ``.job`` has the service's reason.
        JobTimeoutError: ``timeout_s`` is over; the job continues.
        NotFoundError: The service did not know the job for ``grace_s``.

    """
    progress = listener or SilentListener()
    wait = _Wait(f"the job {job_id}", timeout_s, poll_s, progress, sleep, monotonic, grace_s, max_poll_errors)
    seen = Job(id=job_id)
    while True:
        found = wait.poll(lambda: client.show_job(job_id))
        if found is not None:
            seen = found
            _warn_of_state(found)
            progress.on_job(found, wait.errors)
            if found.is_finished:
                return _require_success(client, found)
        wait.pause(seen, [seen])


def _require_success(client: JobSource, job: Job) -> Job:
    if job.is_completed:
        return job
    failed = find_fail_reason(client, job, now=client.service_now())
    raise JobFailedError(
        f"The job {job.id} ({job.name or 'no name'}) ended as {job.status}: {failed.fail_reason} What to do: fix what the "
        "reason names, check the target, then make a new plan.",
        job=failed,
    )


def find_fail_reason(client: JobSource, job: Job, *, now: datetime) -> Job:
    """Return the job with the reason of its failure from the jobs list; ``fail_reason`` is never empty afterwards."""
    if job.fail_reason:
        return job
    created = job.created_time or now
    try:
        listed = client.list_jobs(created - _AROUND, min(created + _AROUND, max(now, created)))
    except DDMKitError as error:
        return job.model_copy(update={"fail_reason": f"The reason could not be read: {error}"})
    reason = next((one.fail_reason for one in listed if one.id == job.id), "")
    return job.model_copy(update={"fail_reason": reason.strip() or _NO_REASON})


def follow_jobs(
    client: JobSource,
    job_ids: Iterable[str],
    *,
    since: datetime,
    timeout_s: float = 3600.0,
    poll_s: Pace = 10.0,
    listener: JobListener | None = None,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    grace_s: float = 120.0,
    max_poll_errors: int | None = None,
) -> tuple[Job, ...]:
    """Wait until all jobs have ended, well or not, and return them in the order of ``job_ids``.

    Each round reads the jobs list from ``since`` on (later, as soon as the oldest jobs have ended), so a round costs one
    request per page, not per job. Other parameters are those of ``follow_job``. Raises ``JobTimeoutError`` with the jobs as
    last seen, and ``NotFoundError`` for ids that the list did not have for ``grace_s``.
    """
    wanted = list(dict.fromkeys(job_ids))
    progress = listener or SilentListener()
    wait = _Wait(f"{len(wanted)} jobs", timeout_s, poll_s, progress, sleep, monotonic, grace_s, max_poll_errors)
    seen: dict[str, Job] = {}
    start = since
    while wanted:
        listed = wait.poll(lambda: client.list_jobs(start))  # noqa: B023  # called before the loop continues
        for job in listed or ():
            if job.id not in wanted:
                continue
            _warn_of_state(job)
            if seen.get(job.id) != job:
                seen[job.id] = job
                progress.on_job(job, wait.errors)
        pending = [job_id for job_id in wanted if job_id not in seen or not seen[job_id].is_finished]
        if not pending:
            return tuple(_with_reason(seen[job_id]) for job_id in wanted)
        _refuse_unknown(pending, seen, wait)
        start = _start_of_pending(pending, seen, since)
        known = tuple(seen[job_id] for job_id in wanted if job_id in seen)
        wait.pause(known, [job for job in known if not job.is_finished])
    return ()


def _start_of_pending(pending: list[str], seen: dict[str, Job], since: datetime) -> datetime:
    created = [seen[job_id].created_time if job_id in seen else None for job_id in pending]
    known = [instant for instant in created if instant is not None]
    # The service cuts the times that it prints to whole seconds.
    return max(since, min(known) - timedelta(seconds=1)) if len(known) == len(created) else since


def _refuse_unknown(pending: list[str], seen: dict[str, Job], wait: _Wait) -> None:
    unknown = [job_id for job_id in pending if job_id not in seen]
    if unknown and wait.in_row == 0 and wait.monotonic() - wait.started > wait.grace_s:
        raise NotFoundError(
            f"Could not follow {len(unknown)} of the jobs: the service does not list {', '.join(unknown[:5])}. "
            "What to do: check the ids, the project, and the instant from which the jobs are listed.",
            cause="the jobs are not in the list",
        )


def _with_reason(job: Job) -> Job:
    return job if job.is_completed or job.fail_reason else job.model_copy(update={"fail_reason": _NO_REASON})


def _warn_of_state(job: Job) -> None:
    if not job.is_known_state:
        _LOGGER.warning("job %s has a state that ddmkit does not know, %r: treated as running", job.id, job.status[:60])
