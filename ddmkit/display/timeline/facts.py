"""What a timeline shows: ranges, gaps, backups and moments, and which part of the time is looked at first.

The live timeline of the form and the static picture both start from here, so that they show the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ddmkit.cleaning import clean_line
from ddmkit.display.column_specs import describe_backup_type
from ddmkit.models import Backup, RestorableRange, merge_ranges
from ddmkit.times import Span, find_gaps

__all__ = ["LONGEST_PERIOD", "TimelineFacts", "read_facts", "row_name"]

# The service keeps backups for 30 days. A time far outside would squeeze everything else into one pixel.
LONGEST_PERIOD = timedelta(days=400)
_SHORTEST_PERIOD = timedelta(days=1)
_LEAST_BEFORE_INCIDENT, _MOST_BEFORE_INCIDENT = timedelta(hours=1), timedelta(hours=4)
_MARGIN_SHARE = 50
_MOST_LETTERS = 22


@dataclass(frozen=True)
class TimelineFacts:
    """The facts of one timeline. ``spans`` are the restorable ranges, merged and in order of time."""

    now: datetime
    spans: tuple[Span, ...] = ()
    backups: tuple[Backup, ...] = ()
    incident: datetime | None = None
    point: datetime | None = None

    @property
    def gaps(self) -> list[Span]:
        """The gaps between the ranges."""
        return find_gaps(self.spans)

    @property
    def latest(self) -> datetime | None:
        """The latest instant that can be restored to, or ``None``."""
        legal = [min(span.end, self.now) for span in self.spans if span.start <= self.now]
        return max(legal, default=None)

    @property
    def backup_types(self) -> list[str]:
        """The types of the backups, in alphabetical order; each has a row."""
        return sorted({one.backup_type for one in self.backups})

    @property
    def domain(self) -> Span:
        """The whole period: from the first fact to the last, with a margin; at most 400 days that end at the last fact."""
        named = [one for one in (self.now, self.incident, self.point) if one is not None]
        known = [*named, *(edge for span in self.spans for edge in span), *(one.created for one in self.backups)]
        last = max(one for one in known if one <= self.now + LONGEST_PERIOD)
        first = min(one for one in known if one >= last - LONGEST_PERIOD)
        first = min(first, last - _SHORTEST_PERIOD)
        margin = (last - first) / _MARGIN_SHARE
        return Span(first - margin, last + margin)

    @property
    def around_incident(self) -> Span | None:
        """The part of the period around the incident, or ``None``.

        It begins a little before the last backup made before the incident: 1 to 4 hours before the incident, so that
        points a minute apart can be told apart. It ends half as long after the incident, or now if that is near.
        """
        if self.incident is None:
            return None
        ages = [self.incident - one.created for one in self.backups if one.created <= self.incident]
        wanted = min(ages, default=timedelta(0)) * 5 / 4
        before = min(max(wanted, _LEAST_BEFORE_INCIDENT), _MOST_BEFORE_INCIDENT)
        is_near = timedelta(0) <= self.now - self.incident <= before
        end = self.now + before / _MARGIN_SHARE if is_near else self.incident + before / 2
        return self.fit(Span(self.incident - before, end))

    @property
    def opening(self) -> Span:
        """The part that is shown first: around the incident if one is given, otherwise the last 24 hours."""
        return self.around_incident or self.last(timedelta(days=1))

    def last(self, length: timedelta) -> Span:
        """Return the last part of the period, up to a little after now."""
        end = min(self.now + length / _MARGIN_SHARE, self.domain.end)
        return self.fit(Span(end - length, end))

    def fit(self, part: Span) -> Span:
        """Return a part with the same length, moved into the period; the whole period if it is longer."""
        domain = self.domain
        if part.end - part.start >= domain.end - domain.start:
            return domain
        shift = max(domain.start - part.start, timedelta(0)) or min(domain.end - part.end, timedelta(0))
        return Span(part.start + shift, part.end + shift)

    def outside(self) -> int:
        """Return how many backups lie outside the period, so that no timeline shows them."""
        domain = self.domain
        return sum(not domain.start <= one.created <= domain.end for one in self.backups)


def read_facts(
    ranges: Iterable[RestorableRange],
    backups: Iterable[Backup],
    now: datetime,
    *,
    point: datetime | None = None,
    incident: datetime | None = None,
) -> TimelineFacts:
    """Return the facts of a timeline; backups are put in order of time."""
    ordered: Sequence[Backup] = sorted(backups, key=lambda one: one.created)
    return TimelineFacts(now, tuple(merge_ranges(ranges)), tuple(ordered), incident, point)


def row_name(backup_type: str) -> str:
    """Return a short name for the row of a type of backup: ``daily``, ``before an operation``, or the service's word."""
    name = clean_line(describe_backup_type(backup_type)).partition(" (")[0] or "type not given"
    return name if len(name) <= _MOST_LETTERS else f"{name[: _MOST_LETTERS - 1]}…"
