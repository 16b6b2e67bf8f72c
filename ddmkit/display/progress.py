"""Listeners that tell a person how a job goes on: silent, or one plain line for each change.

They are told and they say; following the job, its patience and its errors belong to the service floor. Lines are whole, with
no cursor tricks, so that they read the same in a terminal, a notebook and a log.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ddmkit.display.column_specs import job_tone
from ddmkit.display.html import clean_line
from ddmkit.display.status import describe_status
from ddmkit.errors import DDMKitError
from ddmkit.models import Job
from ddmkit.output import write_line
from ddmkit.times import format_ago, format_duration

__all__ = ["SilentProgress", "TextProgress", "describe_progress"]


class SilentProgress:
    """Hears everything and says nothing."""

    def on_job(self, job: Job, errors: int) -> None:
        """Take note of an answer about the job."""

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        """Take note of a look at the job that failed."""


class TextProgress:
    """Writes one line when the job's state or progress changes, and when looking at it starts or stops failing.

    ``write`` takes a line without its end; ``clock`` gives the present, aware. While looks go on failing a line is written
    at every doubling of their count, so that a long outage is neither silent nor loud.
    """

    def __init__(
        self,
        write: Callable[[str], object] = write_line,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._write = write
        self._clock = clock
        self._started = clock()
        self._answered: datetime | None = None
        self._said: tuple[str, ...] = ()
        self._failures = 0

    def on_job(self, job: Job, errors: int) -> None:
        """Take an answer about the job and how many looks have failed; write a line if it says something new."""
        self._answered = self._clock()
        state = (job.id, job.status, job.process, job.fail_reason)
        recovered = self._failures > 0
        self._failures = 0
        if state == self._said and not recovered:
            return
        self._said = state
        again = f" (reached again; {errors} status checks failed so far)" if recovered else ""
        self._write(describe_progress(job, self._answered, self._started) + again)

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        """Take a failed look, the ``count``-th in a row; write a line at the first and at every doubling."""
        previous, self._failures = self._failures, count
        if count.bit_count() != 1 or previous == count:
            return
        age = format_ago(self._answered, self._clock()) if self._answered else "none yet"
        said = clean_line(error)
        self._write(f"! no answer ({count} in a row), last one {age}; the job goes on, looking again: {said}")


def describe_progress(job: Job, now: datetime, started: datetime) -> str:
    """Describe on one line how a job stands: state, share done, how long since it was created (or since ``started``)."""
    said = [describe_status(job.status, job_tone(job))]
    if job.progress is not None and not job.is_finished:
        said.append(f"{job.progress:.0%}")
    begun = min(job.created_time or started, now)
    said.append(f"after {format_duration((_end_of(job) or now) - begun)}")
    said.append(f"seen {now.astimezone(UTC):%H:%M:%S} UTC")
    # The reason stands in the jobs list alone and is fetched after this look; an empty one says nothing yet.
    if job.is_failed and job.fail_reason:
        said.append(clean_line(job.fail_reason))
    return f"job {clean_line(job.id)}: {', '.join(said)}"


def _end_of(job: Job) -> datetime | None:
    return job.end_time if job.is_finished else None
