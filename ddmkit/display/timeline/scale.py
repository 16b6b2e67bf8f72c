"""The scale of a time axis: ticks at round local times, groups of marks that would overlap, lanes for labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ddmkit.times import EPOCH, Span

__all__ = ["LETTER", "Label", "Scale", "Tick", "group_marks", "make_ticks", "place_labels"]

_STEPS = (
    *(timedelta(seconds=count) for count in (1, 2, 5, 10, 15, 30)),
    *(timedelta(minutes=count) for count in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=count) for count in (1, 2, 3, 6, 12)),
    *(timedelta(days=count) for count in (1, 2, 7, 14, 28, 91, 364)),
)
_DAY = timedelta(days=1)
LETTER = 7.0  # the width of a letter, in pixels, in the font of the pictures


@dataclass(frozen=True)
class Scale:
    """Maps the instants of a span to pixels from ``left`` to ``right``."""

    span: Span
    left: float
    right: float

    def x(self, instant: datetime) -> float:
        """Return the pixel of an instant."""
        share = (instant - self.span.start) / (self.span.end - self.span.start)
        return round(self.left + share * (self.right - self.left), 1)

    def clip(self, span: Span) -> tuple[float, float] | None:
        """Return the first and the last pixel of the part of a span that is visible, or ``None``."""
        if span.end < self.span.start or span.start > self.span.end:
            return None
        return max(self.left, self.x(span.start)), min(self.right, self.x(span.end))

    def shows(self, instant: datetime) -> bool:
        """Return whether an instant is visible."""
        return self.span.start <= instant <= self.span.end


@dataclass(frozen=True)
class Tick:
    """A line of the grid and its words; ``is_day`` marks the beginning of a day."""

    x: float
    words: str
    is_day: bool


@dataclass(frozen=True)
class Label:
    """Words at a place: ``x`` is where they belong, ``left`` where they begin, ``lane`` the line that they stand in."""

    words: str
    x: float
    left: float
    lane: int


def make_ticks(scale: Scale, zone: ZoneInfo, *, distance: float = 80) -> list[Tick]:
    """Return ticks at round times of the zone, at least ``distance`` pixels apart."""
    most = max(1.0, (scale.right - scale.left) / distance)
    length = scale.span.end - scale.span.start
    step = next((one for one in _STEPS if length / one <= most), _STEPS[-1])
    local = _wall_time(scale.span.start, zone)
    at = EPOCH.replace(tzinfo=None) + -(-(local - EPOCH.replace(tzinfo=None)) // step) * step
    ticks: list[Tick] = []
    while (instant := at.replace(tzinfo=zone).astimezone(UTC)) <= scale.span.end:
        x = scale.x(instant)
        # Where clocks are put forward, a local time that never happened falls on the one after it.
        if instant >= scale.span.start and (not ticks or x > ticks[-1].x) and _wall_time(instant, zone) == at:
            ticks.append(Tick(x, _tick_words(at, step), at.time() == datetime.min.time()))
        at += step
    return ticks


def _wall_time(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _tick_words(at: datetime, step: timedelta) -> str:
    if at.time() == datetime.min.time():
        return f"{at:%d %b}" if step < timedelta(days=300) else f"{at:%b %Y}"
    return f"{at:%H:%M:%S}" if step < timedelta(minutes=1) else f"{at:%H:%M}"


def group_marks(places: Sequence[float], *, width: float = 12) -> list[list[int]]:
    """Group marks that would overlap; return the indexes of each group. ``places`` are pixels in ascending order."""
    groups: list[list[int]] = []
    for index, x in enumerate(places):
        if groups and x - _middle(groups[-1], places) < (_width_of(groups[-1], width) + width) / 2:
            groups[-1].append(index)
        else:
            groups.append([index])
        while len(groups) > 1 and _overlap(groups[-2], groups[-1], places, width):
            groups[-2:] = [groups[-2] + groups[-1]]
    return groups


def _overlap(first: list[int], second: list[int], places: Sequence[float], width: float) -> bool:
    apart = _middle(second, places) - _middle(first, places)
    return apart < (_width_of(first, width) + _width_of(second, width)) / 2


def _middle(group: Sequence[int], places: Sequence[float]) -> float:
    return (places[group[0]] + places[group[-1]]) / 2


def _width_of(group: Sequence[int], width: float) -> float:
    return width if len(group) == 1 else 10 + 7 * len(str(len(group)))


def place_labels(named: Sequence[tuple[str, float]], left: float, right: float) -> list[Label]:
    """Place words at their pixels so that none overlaps: each stands in the first lane that has room."""
    ends: list[float] = []
    placed = []
    for words, x in sorted(named, key=lambda one: one[1]):
        width = len(words) * LETTER
        start = min(max(left, x - width / 2), max(left, right - width))
        lane = next((number for number, end in enumerate(ends) if end + 8 <= start), len(ends))
        ends[lane : lane + 1] = [start + width]
        placed.append(Label(words, x, round(start, 1), lane))
    return placed
