"""The jobs of a project, as many items share them: read as a whole once, and from then on only what can have changed.

A job that has ended does not change any more. So each later read goes back to the oldest job that had not ended, not through
the jobs of a whole week again: in a long fleet these are its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from ddmkit.models import Job

__all__ = ["JOBS_REACH", "SharedJobs"]

JOBS_REACH = timedelta(days=7)
"""How far the list goes back: as far as a plan looks."""
_MARGIN = timedelta(minutes=2)


class SharedJobs:
    """Keeps the jobs of the last seven days. ``max_age_s`` is how old they may be for those who only follow jobs."""

    def __init__(self, max_age_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._max_age_s = max_age_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: dict[str, Job] = {}
        self._read_at: float | None = None
        self._read_until: datetime | None = None

    def list(
        self,
        start: datetime,
        clock: Callable[[], datetime],
        read: Callable[[datetime], tuple[Job, ...]],
        *,
        is_look: bool = False,
        least_age_s: float = 0.0,
    ) -> tuple[Job, ...]:
        """Return the jobs from ``start`` on, newest first.

        Args:
            start: The earliest creation; at most seven days back.
            clock: Returns the present by the service's clock, which the first answer of a connection tells.
            read: Lists the jobs from an instant on, by a request.
            is_look: Whether this is the look before a request: then something is read in any case.
            least_age_s: How old the jobs may be at least, in seconds, for those who do not wait for one.
        """
        most = max(self._max_age_s, least_age_s)
        with self._lock:
            if is_look or self._read_at is None or self._monotonic() - self._read_at > most:
                self._refresh(clock, read)
            listed = list(self._held.values())
        earliest = start.replace(year=1970)
        listed.sort(key=lambda job: (job.created_time or earliest, job.id), reverse=True)
        return tuple(job for job in listed if job.created_time is None or job.created_time >= start)

    def _refresh(self, clock: Callable[[], datetime], read: Callable[[datetime], tuple[Job, ...]]) -> None:
        began, now, since = self._monotonic(), clock(), self._read_until
        reach = now - JOBS_REACH
        if since is not None:
            unended = [job.created_time or reach for job in self._held.values() if not job.is_finished]
            # Another connection may have learnt a later time of a simulated world than this one has.
            since = max(reach, min([since, now, *unended]) - _MARGIN)
        fresh = {job.id: job for job in read(since or reach)}
        kept = {one: job for one, job in self._held.items() if since is not None and (job.created_time or since) < since}
        self._held = {**kept, **fresh}
        self._read_at = self._monotonic()
        self._read_until = clock() - timedelta(seconds=self._read_at - began)
