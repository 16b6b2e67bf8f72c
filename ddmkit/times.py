"""Instants and spans of time: conversion from and to the service's numbers, comparison, and text for people.

Inside ddmkit an instant is always an aware ``datetime`` in UTC. On the wire it is an integer number of milliseconds. This
module reads the times that the service prints; ``typed_times.py`` reads the times that people type. Neither module reads a
clock: callers pass the present.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

__all__ = [
    "EPOCH",
    "LAST_YEAR",
    "SECONDS_BELOW",
    "WHOLE_NUMBER",
    "Span",
    "find_gaps",
    "format_ago",
    "format_duration",
    "format_instant",
    "format_nearest",
    "format_utc",
    "from_ms",
    "is_within",
    "merge_spans",
    "nearest_instants",
    "offset_changes",
    "parse_service_time",
    "to_ms",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)
# 10**11 ms is March 1973, 10**11 s is the year 5138: a smaller number counts seconds.
SECONDS_BELOW = 10**11
# 10**9 s is September 2001: no instance of the service is older.
_SECONDS_FROM = 10**9
# Below Python's last year 9999, so that adding a month or the margin of a chart never overflows.
_FIRST_YEAR, LAST_YEAR = 1970, 9000
# A date such as 20250520, with or without a time of day. Read as seconds it would be an instant of 1970.
_COMPACT_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9](?:[0-9]{4}(?:[0-9]{2})?)?")
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,30}")


class Span(NamedTuple):
    """A span of time, both ends included."""

    start: datetime
    end: datetime


def to_ms(instant: datetime) -> int:
    """Return the integer milliseconds since 1970 that the service expects; smaller fractions are cut off."""
    return (instant - EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Return the instant for epoch milliseconds, exactly (no floating point is involved)."""
    return EPOCH + milliseconds * _MILLISECOND


def parse_service_time(value: Any) -> datetime | None:
    """Read a time as the service prints it; return ``None`` for an empty one.

    Zero stands for no time. Accepts offsets with and without a colon, ``Z``, a blank before ``T``, a decimal fraction, and
    epoch milliseconds or seconds as a number or text (the size of the number tells which). Raises ``ValueError`` for a time
    without an offset, because no page says which zone it would be in, and for a time outside the years 1970 to 9000.
    Source: API pages, "Time formats".
    """
    if _is_no_time(value):
        return None
    try:
        if isinstance(value, datetime):
            return _to_utc(value)
        if isinstance(value, float) and math.isfinite(value):
            return _read_service_number(value)
        if isinstance(value, str) and value[10:11] == "T":  # the usual form; long lists have thousands
            return _to_utc(datetime.fromisoformat(value.strip()))
        text = str(value).strip().replace(" T", "T")
        if not WHOLE_NUMBER.fullmatch(text):
            return _to_utc(datetime.fromisoformat(text))
        if isinstance(value, str) and _COMPACT_DATE.fullmatch(text):
            raise ValueError("digits that spell a date, without an offset")
        return _read_service_number(int(text))
    except OverflowError as error:
        raise ValueError(f"a time outside the years {_FIRST_YEAR} to {LAST_YEAR}") from error


def _is_no_time(value: Any) -> bool:
    """Return whether a service writes this in place of a time: nothing, or zero."""
    if isinstance(value, str):
        return not value.strip().strip("0")
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value == 0)


def _read_service_number(number: float) -> datetime:
    """Read epoch milliseconds or, when the number is too small for milliseconds, epoch seconds."""
    if 0 < number < _SECONDS_FROM:
        raise ValueError("a number that is too small for a time")
    in_ms = number * 1000 if number < SECONDS_BELOW else number
    return _require_plausible(from_ms(round(in_ms)))


def _to_utc(read: datetime) -> datetime:
    if read.utcoffset() is None:
        raise ValueError("a time without an offset")
    return _require_plausible(read if read.tzinfo is UTC else read.astimezone(UTC))


def _require_plausible(instant: datetime) -> datetime:
    if not _FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"a time outside the years {_FIRST_YEAR} to {LAST_YEAR}")
    return instant


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order of time; spans that touch or overlap are joined."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def find_gaps(spans: Iterable[Span]) -> list[Span]:
    """Return the gaps between the spans, in order of time."""
    merged = merge_spans(spans)
    return [Span(before.end, after.start) for before, after in itertools.pairwise(merged)]


def is_within(instant: datetime, spans: Iterable[Span]) -> bool:
    """Return whether the instant lies in one of the spans (ends included)."""
    return any(start <= instant <= end for start, end in spans)


def nearest_instants(instant: datetime, spans: Sequence[Span]) -> tuple[datetime | None, datetime | None]:
    """Return the nearest instants inside a span, before and after an instant that lies in no span.

    ``None`` stands for a side without any span.
    """
    earlier = [span.end for span in spans if span.end <= instant]
    later = [span.start for span in spans if span.start >= instant]
    return max(earlier, default=None), min(later, default=None)


def format_nearest(instant: datetime, spans: Sequence[Span], write: Callable[[datetime], str] | None = None) -> str:
    """Name the nearest instants inside a span, before and after: ``A and B``, one of them, or an empty text.

    ``write`` formats each instant; the default is UTC.
    """
    write = write or format_utc
    return " and ".join(write(one) for one in nearest_instants(instant, spans) if one is not None)


def offset_changes(zone: ZoneInfo, span: Span) -> list[tuple[datetime, timedelta]]:
    """Return the offsets from UTC that a zone has in a span, each with the instant from which it holds.

    The first entry is the offset at the start of the span, cut to the second. Zones change at whole seconds.
    """
    start, end = span.start.replace(microsecond=0), span.end.replace(microsecond=0)
    found = [(start, _offset_at(start, zone))]
    while (low := found[-1][0]) < end:
        high = low
        while high < end and _offset_at(high, zone) == found[-1][1]:
            low, high = high, min(high + _DAY, end)
        if _offset_at(high, zone) == found[-1][1]:
            break
        while high - low > _SECOND:
            middle = low + (high - low) // _SECOND // 2 * _SECOND
            low, high = (middle, high) if _offset_at(middle, zone) == found[-1][1] else (low, middle)
        found.append((high, _offset_at(high, zone)))
    return found


def _offset_at(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def format_utc(instant: datetime) -> str:
    """Format an instant as ``2025-05-20 10:12:32 UTC``, with milliseconds unless they are zero."""
    return f"{_format_local(instant.astimezone(UTC))} UTC"


def format_instant(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Format an instant in the four forms that people compare: UTC, the zone, epoch milliseconds, time ago."""
    parts = [format_utc(instant)]
    if zone.key != "UTC":
        local = instant.astimezone(zone)
        parts.append(f"{_format_local(local)} {zone.key} ({local.strftime('%z')})")
    return " = ".join([*parts, f"{to_ms(instant)} ms"]) + f", {format_ago(instant, now)}"


def format_ago(instant: datetime, now: datetime) -> str:
    """Format the distance of an instant from now: ``5 h 12 min ago``, ``in 3 min``, ``just now``."""
    distance = now - instant
    if abs(distance) < timedelta(seconds=1):
        return "just now"
    return f"{format_duration(distance)} ago" if distance > timedelta(0) else f"in {format_duration(-distance)}"


def format_duration(duration: timedelta) -> str:
    """Format a duration in its two largest units: ``3 d 4 h``, ``5 h 12 min``, ``8 s``."""
    seconds = int(abs(duration).total_seconds())
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    for (name, size), (smaller_name, smaller_size) in itertools.pairwise(units):
        if seconds >= size:
            count, rest = divmod(seconds, size)
            smaller = f" {rest // smaller_size} {smaller_name}" if rest >= smaller_size else ""
            return f"{count} {name}{smaller}"
    return f"{seconds} s"


def _format_local(local: datetime) -> str:
    whole = local.strftime("%Y-%m-%d %H:%M:%S")
    milliseconds = local.microsecond // 1000
    return f"{whole}.{milliseconds:03d}" if milliseconds else whole
