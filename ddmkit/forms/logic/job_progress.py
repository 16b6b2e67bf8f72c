"""What is known of a watched job, and how to describe it: progress, elapsed time, age of the last answer, stalls.

No widgets and no waiting here: the watching thread stores a ``JobObservation``, and the form shows it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ddmkit.display.column_specs import job_tone
from ddmkit.display.html import clean_line
from ddmkit.display.status import describe_count, describe_status
from ddmkit.errors import DDMKitError
from ddmkit.models import Job
from ddmkit.times import format_ago, format_duration, format_utc

__all__ = ["STALL_AFTER", "JobObservation", "JobObserver", "StopWatchingError", "describe_observation", "describe_stall"]

STALL_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class JobObservation:
    """What was observed of a job since ``started``; ``changed`` is when its status or progress last changed."""

    started: datetime
    job: Job | None = None
    answered: datetime | None = None
    changed: datetime | None = None
    errors: int = 0
    errors_in_row: int = 0
    last_error: str = ""

    def with_job(self, job: Job, now: datetime) -> JobObservation:
        """Return the observation after an answer about the job."""
        before = self.job
        is_new = before is None or (before.status, before.process) != (job.status, job.process)
        return replace(self, job=job, answered=now, changed=now if is_new else self.changed, errors_in_row=0)

    def with_error(self, error: DDMKitError, in_row: int) -> JobObservation:
        """Return the observation after a failed status check."""
        return replace(self, errors=self.errors + 1, errors_in_row=in_row, last_error=str(error))


class StopWatchingError(BaseException):
    """Raised by the listener to end the waiting, because the form no longer watches; the job in the cloud goes on.

    A ``BaseException`` like ``KeyboardInterrupt``: an ``Exception`` of a listener is ignored and does not end the waiting.
    """


class JobObserver:
    """Listener that keeps the newest ``JobObservation``; one thread writes it, another thread shows it.

    ``seen`` is the observation of an earlier watch of the same job: it stays until a newer state is read.
    """

    def __init__(self, now: Callable[[], datetime], stopped: threading.Event, seen: JobObservation | None = None) -> None:
        self._now = now
        self._stopped = stopped
        self.seen = seen or JobObservation(started=now())

    def on_job(self, job: Job, _errors: int) -> None:
        """Store an answer about the job."""
        self.seen = self.seen.with_job(job, self._now())
        self._stop_if_asked()

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        """Store a failed status check."""
        self.seen = self.seen.with_error(error, count)
        self._stop_if_asked()

    def _stop_if_asked(self) -> None:
        if self._stopped.is_set():
            raise StopWatchingError


def describe_observation(seen: JobObservation, now: datetime) -> list[tuple[str, str]]:
    """Describe the state of a job, as names and texts."""
    job = seen.job
    started = min((job.created_time if job and job.created_time else seen.started), now)
    ended = job.end_time if job and job.is_finished and job.end_time else now
    answered = f"{format_utc(seen.answered)}, {format_ago(seen.answered, now)}" if seen.answered else "none yet"
    failed = (
        describe_count(seen.errors, "status check")
        + " failed"
        + (f", {seen.errors_in_row} in a row" if seen.errors_in_row else "")
    )
    return [
        ("Job", clean_line(f"{job.id} {job.name}") if job else ""),
        ("Status", describe_status(job.status, job_tone(job)) if job else "not seen yet"),
        ("Progress", f"{job.progress:.0%}" if job and job.progress is not None else "not reported by the service"),
        ("Elapsed", format_duration(max(ended - started, timedelta(0)))),
        ("Last answer", answered),
        ("Failed status checks", failed if seen.errors else "none"),
        ("Last failure", clean_line(seen.last_error) if seen.errors_in_row else ""),
    ]


def describe_stall(seen: JobObservation, now: datetime, stall_after: timedelta) -> str:
    """Describe that nothing has changed for ``stall_after`` or longer; empty otherwise."""
    if seen.job is None or seen.job.is_finished or seen.changed is None or now - seen.changed < stall_after:
        return ""
    return (
        f"Nothing has changed for {format_duration(now - seen.changed)}. The job may still be running; it cannot be "
        "cancelled from here. Check the target's task list in the console, or contact the service's support with the job id."
    )
