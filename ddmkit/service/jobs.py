"""Follows the service's jobs to their end: how often to look, how long, and what to bear on the way.

A job just started may not be known yet, the service may be away for minutes, a state may come whose word is not known: none
of that ends the waiting, all of it is told to the listener. The reason of a failure stands in the jobs list alone, so it is
fetched there. Stopping to wait, by time-out or Ctrl-C, never touches the job in the cloud. Source: ddm-api.md 4.
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
from ddmkit.times import format_duration

__all__ = ["JobListener", "JobSource", "SilentListener", "find_fail_reason", "follow_job", "follow_jobs"]

T = TypeVar("T")

_LOGGER = logging.getLogger("ddmkit.service")
_NO_REASON = "The service gave no reason."
_TOKEN_ENDED = {"APIGW.0307", "APIG.0307", "IAM.0066"}
_AROUND = timedelta(minutes=2)


class JobSource(Protocol):
    """What is needed of a client to follow jobs."""

    def show_job(self, job_id: str) -> Job:
        """Show one job."""

    def list_jobs(self, start: datetime, end: datetime | None = None) -> tuple[Job, ...]:
        """List the jobs created in a span of time."""

    def service_now(self) -> datetime:
        """Return the clock by which jobs are stamped."""


class JobListener(Protocol):
    """Hears how a job goes on; called in the thread that follows it."""

    def on_job(self, job: Job, errors: int) -> None:
        """Take an answer about the job, and how many looks have failed so far."""

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        """Take a look that failed, the ``count``-th in a row; the waiting goes on."""


class SilentListener:
    """Hears everything and says nothing."""

    def on_job(self, job: Job, errors: int) -> None:
        """Take an answer about the job."""

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        """Take a look that failed."""


Pace = float | Callable[[int], float]


@dataclass
class _Watch:
    """One wait: its patience, and what it has seen so far. Times are the monotonic clock's, in seconds."""

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
    looks: int = 0
    last_error: str = ""
    started: float = field(init=False)
    last_good: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.last_good = self.monotonic()

    def look(self, read: Callable[[], T]) -> T | None:
        """Return what was read, or ``None`` when it failed in a way that may pass."""
        self.looks += 1
        try:
            seen = read()
        except (ServiceError, UnreachableError) as error:
            self._bear(error)
            return None
        self.in_row, self.last_good = 0, self.monotonic()
        return seen

    def _bear(self, error: ServiceError | UnreachableError) -> None:
        unseen_for = self.monotonic() - self.last_good
        if isinstance(error, NotFoundError):
            if unseen_for > self.grace_s:
                raise error
            return  # late visibility is no failure
        self.errors += 1
        self.in_row += 1
        self.last_error = str(error)
        limit = self.max_poll_errors
        if not _may_pass(error, self.in_row) or (limit is not None and self.in_row > limit):
            raise error
        self.listener.on_poll_error(error, self.in_row)

    def pause(self, seen: object, jobs: Iterable[Job]) -> None:
        """Wait until the next look; raise ``JobTimeoutError`` when the time given is over.

        ``jobs`` are those that are waited for, as they were last seen.
        """
        unknown = [job.status for job in jobs if job.status and not job.is_known_state]
        wait = self.poll_s(self.looks) if callable(self.poll_s) else self.poll_s
        left = self.started + self.timeout_s - self.monotonic()
        if left <= 0:
            raise JobTimeoutError(self._describe_timeout(unknown), job=seen)
        self.sleep(max(0.0, min(wait, left)))

    def _describe_timeout(self, unknown: Sequence[str]) -> str:
        trouble = f" The last look failed: {self.last_error}" if self.in_row else ""
        if unknown:
            words = ", ".join(repr(word[:60]) for word in list(dict.fromkeys(unknown))[:5])
            trouble += f" Its last state was {words}, which ddmkit does not know: look in the console whether it has ended."
        return (
            f"Stopped waiting for {self.subject} after {format_duration(timedelta(seconds=self.timeout_s))}; it goes on in the "
            f"cloud.{trouble} What to do: wait again, or take it up later from any kernel by its record or job id."
        )


def _may_pass(error: ServiceError | UnreachableError, in_row: int) -> bool:
    if isinstance(error, UnreachableError):
        return True
    if isinstance(error, AuthError):
        # An ended token is renewed at the next look where it can be; anything else about credentials stays as it is,
        # and repeating it could lock the key.
        return error.code in _TOKEN_ENDED and in_row == 1
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
    """Wait until a job has completed and give it; ``poll_s`` is the pause in seconds, or a function of the look's number.

    Raises ``JobFailedError`` with the service's reason, ``JobTimeoutError`` when ``timeout_s`` is over, ``NotFoundError``
    when the job is not known for ``grace_s``. Looks that fail in a way that may pass are borne, ``max_poll_errors`` of them
    in a row at most when given. ``KeyboardInterrupt`` passes through.
    """
    heard = listener or SilentListener()
    watch = _Watch(f"the job {job_id}", timeout_s, poll_s, heard, sleep, monotonic, grace_s, max_poll_errors)
    seen = Job(id=job_id)
    while True:
        found = watch.look(lambda: client.show_job(job_id))
        if found is not None:
            seen = found
            _warn_of_state(found)
            heard.on_job(found, watch.errors)
            if found.is_finished:
                return _settle(client, found)
        watch.pause(seen, [seen])


def _settle(client: JobSource, job: Job) -> Job:
    if job.is_completed:
        return job
    failed = find_fail_reason(client, job, now=client.service_now())
    raise JobFailedError(
        f"The job {job.id} ({job.name or 'no name'}) ended as {job.status}: {failed.fail_reason} What to do: mend what the "
        "reason names, look at the target, then make a new plan.",
        job=failed,
    )


def find_fail_reason(client: JobSource, job: Job, *, now: datetime) -> Job:
    """Return the job with the reason of its failure, from the jobs list around its creation; it always says something."""
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
    """Wait until many jobs have ended, well or not, and give them in the order asked for.

    Each round reads the jobs list from ``since`` on (later, once the oldest ones have ended): its cost is pages, not jobs.
    Raises ``JobTimeoutError`` carrying what was seen last, ``NotFoundError`` for ids not listed for ``grace_s``.
    """
    wanted = list(dict.fromkeys(job_ids))
    heard = listener or SilentListener()
    watch = _Watch(f"{len(wanted)} jobs", timeout_s, poll_s, heard, sleep, monotonic, grace_s, max_poll_errors)
    seen: dict[str, Job] = {}
    start = since
    while wanted:
        listed = watch.look(lambda: client.list_jobs(start))  # noqa: B023  # called before the loop goes on
        for job in listed or ():
            if job.id not in wanted:
                continue
            _warn_of_state(job)
            if seen.get(job.id) != job:
                seen[job.id] = job
                heard.on_job(job, watch.errors)
        pending = [job_id for job_id in wanted if job_id not in seen or not seen[job_id].is_finished]
        if not pending:
            return tuple(_with_reason(seen[job_id]) for job_id in wanted)
        _refuse_unknown(pending, seen, watch)
        start = _start_of_pending(pending, seen, since)
        known = tuple(seen[job_id] for job_id in wanted if job_id in seen)
        watch.pause(known, [job for job in known if not job.is_finished])
    return ()


def _start_of_pending(pending: list[str], seen: dict[str, Job], since: datetime) -> datetime:
    created = [seen[job_id].created_time if job_id in seen else None for job_id in pending]
    known = [instant for instant in created if instant is not None]
    # Printed times have whole seconds, jobs do not.
    return max(since, min(known) - timedelta(seconds=1)) if len(known) == len(created) else since


def _refuse_unknown(pending: list[str], seen: dict[str, Job], watch: _Watch) -> None:
    unknown = [job_id for job_id in pending if job_id not in seen]
    if unknown and watch.in_row == 0 and watch.monotonic() - watch.started > watch.grace_s:
        raise NotFoundError(
            f"Could not follow {len(unknown)} of the jobs: the service does not list {', '.join(unknown[:5])}. "
            "What to do: check the ids, the project and the instant from which on they are looked for.",
            cause="the jobs are not in the list",
        )


def _with_reason(job: Job) -> Job:
    return job if job.is_completed or job.fail_reason else job.model_copy(update={"fail_reason": _NO_REASON})


def _warn_of_state(job: Job) -> None:
    if not job.is_known_state:
        _LOGGER.warning("job %s is in a state that ddmkit does not know, %r: taken as running", job.id, job.status[:60])
