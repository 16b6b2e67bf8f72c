"""What is known of a job that is being followed, and how it is said: progress, elapsed time, age of the last answer, stalls.

No widgets and no waiting here: the follower writes what it saw into a ``Seen``, the form shows it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ddmkit.display.column_specs import job_tone
from ddmkit.display.html import clean_line
from ddmkit.display.status import describe_count, describe_status
from ddmkit.errors import DDMKitError
from ddmkit.models import Job
from ddmkit.times import format_ago, format_duration, format_utc

__all__ = ["STALL_AFTER", "Seen", "SeenBook", "StopFollowingError", "describe_seen", "describe_stall"]

STALL_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Seen:
    """What has been seen of a job since ``begun``; ``changed`` is when its state or progress last became another."""

    begun: datetime
    job: Job | None = None
    answered: datetime | None = None
    changed: datetime | None = None
    errors: int = 0
    errors_in_row: int = 0
    last_error: str = ""

    def with_job(self, job: Job, now: datetime) -> Seen:
        """Take an answer."""
        before = self.job
        is_new = before is None or (before.status, before.process) != (job.status, job.process)
        return replace(self, job=job, answered=now, changed=now if is_new else self.changed, errors_in_row=0)

    def with_error(self, error: DDMKitError, in_row: int) -> Seen:
        """Take a look that failed."""
        return replace(self, errors=self.errors + 1, errors_in_row=in_row, last_error=str(error))


class StopFollowingError(BaseException):
    """Raised out of a look when nobody watches any more; the job in the cloud goes on.

    Like Ctrl-C it is no ``Exception``: those of a listener are taken for its own failures, which do not end the waiting.
    """


class SeenBook:
    """Keeps the newest ``Seen``, written by the thread that follows and read by the one that shows.

    ``seen`` is what an earlier watch of the same job has seen: its last state stays until a newer one is read.
    """

    def __init__(self, now: Any, stopped: threading.Event, seen: Seen | None = None) -> None:
        self._now = now
        self._stopped = stopped
        self.seen = seen or Seen(begun=now())

    def on_job(self, job: Job, _errors: int) -> None:
        """Take an answer about the job."""
        self.seen = self.seen.with_job(job, self._now())
        self._stop_if_asked()

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        """Take a look that failed."""
        self.seen = self.seen.with_error(error, count)
        self._stop_if_asked()

    def _stop_if_asked(self) -> None:
        if self._stopped.is_set():
            raise StopFollowingError


def describe_seen(seen: Seen, now: datetime) -> list[tuple[str, str]]:
    """Describe how a job stands, as names and sentences."""
    job = seen.job
    begun = min((job.created_time if job and job.created_time else seen.begun), now)
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
        ("Progress", f"{job.progress:.0%}" if job and job.progress is not None else "the service does not say"),
        ("Elapsed", format_duration(max(ended - begun, timedelta(0)))),
        ("Last answer", answered),
        ("Failed status checks", failed if seen.errors else "none"),
        ("Last failure", clean_line(seen.last_error) if seen.errors_in_row else ""),
    ]


def describe_stall(seen: Seen, now: datetime, stall_after: timedelta) -> str:
    """Describe that nothing has changed for long, or nothing."""
    if seen.job is None or seen.job.is_finished or seen.changed is None or now - seen.changed < stall_after:
        return ""
    return (
        f"Nothing has changed for {format_duration(now - seen.changed)}. The job may still go on: it cannot be cancelled from "
        "here. Look at the target's task list in the console, or ask the service's support with the job's id."
    )
