"""The listener that reports a job's progress to a person: one plain line for each change.

Following the job, its retries and its errors belong to the service layer. Lines are whole, without cursor movements, so that
they read the same in a terminal, a notebook and a log.
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

__all__ = ["TextProgress", "describe_progress"]


class TextProgress:
    """Write one line when the job's state or progress changes, and when status checks start or stop failing.

    ``write`` takes a line without its end; ``clock`` returns the present as an aware time. While status checks keep failing,
    a line is written each time their count doubles: a long outage is visible and does not flood the output.
    """

    def __init__(
        self,
        write: Callable[[str], object] = write_line,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._write = write
        self._clock = clock
        self._started = clock()
        self._last_answer: datetime | None = None
        self._last_state: tuple[str, ...] = ()
        self._failures = 0

    def on_job(self, job: Job, errors: int) -> None:
        """Write a line if the job has changed; ``errors`` is how many status checks have failed so far."""
        self._last_answer = self._clock()
        state = (job.id, job.status, job.process, job.fail_reason)
        recovered = self._failures > 0
        self._failures = 0
        if state == self._last_state and not recovered:
            return
        self._last_state = state
        note = f" (reached again; {errors} status checks failed so far)" if recovered else ""
        self._write(describe_progress(job, self._last_answer, self._started) + note)

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        """Write a line for a failed status check, the ``count``-th in a row: at the first and at each doubling."""
        previous, self._failures = self._failures, count
        if count.bit_count() != 1 or previous == count:
            return
        age = format_ago(self._last_answer, self._clock()) if self._last_answer else "none yet"
        outage = f"! no answer ({count} in a row), last one {age}"
        self._write(f"{outage}; the job goes on, checking again: {clean_line(error)}")


def describe_progress(job: Job, now: datetime, started: datetime) -> str:
    """Return one line about a job: its state, its progress, and the time since its creation (or since ``started``)."""
    parts = [describe_status(job.status, job_tone(job))]
    if job.progress is not None and not job.is_finished:
        parts.append(f"{job.progress:.0%}")
    begun = min(job.created_time or started, now)
    end = job.end_time if job.is_finished else None
    parts.append(f"after {format_duration((end or now) - begun)}")
    parts.append(f"seen {now.astimezone(UTC):%H:%M:%S} UTC")
    # Only the list of jobs has the reason; it is read after this status check. An empty reason means nothing yet.
    if job.is_failed and job.fail_reason:
        parts.append(clean_line(job.fail_reason))
    return f"job {clean_line(job.id)}: {', '.join(parts)}"
