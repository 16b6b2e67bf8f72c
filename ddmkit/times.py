"""Instants, and what people and the service write for them.

Inside ddmkit an instant is always an aware ``datetime`` in UTC; on the wire it is an integer number of milliseconds. This
module reads what the service prints and what a person types, refuses what could mean two things, works out restorable
ranges with their gaps, and says an instant in words. It never asks for the present: callers hand it in.
"""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ddmkit.errors import InputError

__all__ = [
    "Span",
    "find_gaps",
    "from_ms",
    "is_within",
    "merge_spans",
    "nearest_instants",
    "parse_point_in_time",
    "parse_service_time",
    "say_ago",
    "say_duration",
    "say_instant",
    "say_utc",
    "time_zone_named",
    "to_ms",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# 10**11 ms is March 1973, 10**11 s the year 5138: a number below is seconds. 10**14 ms is the year 5138: above is finer.
_SECONDS_BELOW = 10**11
_TOO_FINE_FROM = 10**14
# So that adding a month to an instant of the service, or a margin to a chart, never falls off the calendar.
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,30}")
_UTC_WORD = re.compile(r"\s*(?:UTC|GMT)$", re.IGNORECASE)
_OFFSET_ADVICE = (
    "Write the offset, as in 2025-05-20T10:12:32+02:00 or 2025-05-20T08:12:32Z, or name the zone with time_zone=."
)


class Span(NamedTuple):
    """A stretch of time with both ends in it."""

    start: datetime
    end: datetime


def to_ms(instant: datetime) -> int:
    """Give the integer milliseconds since 1970 that the service reads; finer digits are cut off."""
    return (instant - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Give the instant for epoch milliseconds, exact to the millisecond (no floating point on the way)."""
    return _EPOCH + milliseconds * _MILLISECOND


def parse_service_time(value: Any) -> datetime | None:
    """Read a time as the service prints it; ``None`` for an empty one.

    Accepts offsets with and without a colon, ``Z``, a blank before ``T``, a decimal fraction, and epoch milliseconds as a
    number or text. A time without an offset is refused: no page says what it would mean; so is one outside the years 1970
    to 9000, which no service means. Source: API pages, "Time formats".
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        if isinstance(value, datetime):
            return _aware(value)
        text = str(value).strip().replace(" T", "T")
        return _plausible(from_ms(int(text))) if _WHOLE_NUMBER.fullmatch(text) else _aware(datetime.fromisoformat(text))
    except OverflowError as error:
        raise ValueError(f"a time outside the years {_FIRST_YEAR} to {_LAST_YEAR}") from error


def _aware(read: datetime) -> datetime:
    if read.utcoffset() is None:
        raise ValueError("a time without an offset")
    return _plausible(read.astimezone(UTC))


def _plausible(instant: datetime) -> datetime:
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise ValueError(f"a time outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return instant


def time_zone_named(name: str) -> ZoneInfo:
    """Give the zone of an IANA name such as ``Europe/Berlin`` or ``UTC``; anything else is refused."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"{name!r} is no time zone that this machine knows.",
            field="time_zone",
            fix="Use an IANA name such as UTC, Europe/Berlin or Asia/Shanghai.",
        ) from error


def parse_point_in_time(value: Any, time_zone: str | None = None, *, field: str = "restore_time") -> datetime:
    """Read the point in time that a person gave, as an instant in UTC exact to the millisecond.

    Accepts an aware ``datetime``, ISO text with an offset, ISO text without one when ``time_zone`` names the zone, or
    epoch milliseconds. Raises ``InputError`` for everything that could mean two instants or none: naive times, a local
    time that the zone skips or has twice, seconds where milliseconds are meant, fractions of a millisecond count, NaN.
    """
    if isinstance(value, datetime):
        instant = _read_datetime(value, time_zone, field)
    elif isinstance(value, str):
        instant = _read_text(value, time_zone, field)
    else:
        instant = _read_number(value, field)
    if instant < _EPOCH:
        raise InputError(f"{say_utc(instant)} lies before 1970.", field=field, fix="Give the instant to return to.")
    return from_ms(to_ms(instant))


def _read_datetime(value: datetime, time_zone: str | None, field: str) -> datetime:
    if value != value:  # noqa: PLR0124  # pandas.NaT is a datetime that is not equal to itself
        raise InputError("is not a time (NaT).", field=field, fix="Give the instant to return to.")
    if value.utcoffset() is not None:
        _refuse_skipped(value.replace(tzinfo=None), value, field)
        return _in_utc(value, field)
    # A pandas.Timestamp moves a skipped local time by itself; a plain datetime keeps it, so that it can be refused.
    return _in_zone(datetime.combine(value.date(), value.time()), time_zone, field)


def _read_text(value: str, time_zone: str | None, field: str) -> datetime:
    text = _UTC_WORD.sub("Z", value.strip().upper())
    if not text:
        raise InputError("is empty.", field=field, fix=_OFFSET_ADVICE)
    if _WHOLE_NUMBER.fullmatch(text) and len(text) != len("20250520"):
        return _read_number(int(text), field)
    if not re.match(r"\d{4}-?\d{2}-?\d{2}[T ]\d{2}", text):
        raise InputError(
            f"{value[:60]!r} is not a date with a time of day.",
            field=field,
            fix="Write it as 2025-05-20T10:12:32+02:00.",
        )
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"{value[:60]!r} is not a time ({error}).", field=field, fix="Write it as 2025-05-20T10:12:32+02:00."
        ) from error
    return _in_utc(read, field) if read.tzinfo is not None else _in_zone(read, time_zone, field)


def _read_number(value: Any, field: str) -> datetime:
    if isinstance(value, bool):
        raise InputError(f"{value!r} is not a point in time.", field=field, fix=_OFFSET_ADVICE)
    try:
        number = operator.index(value)
    except TypeError as error:
        raise InputError(
            f"{repr(value)[:60]} is not a point in time.",
            field=field,
            fix="Give an aware datetime, ISO text with an offset, or epoch milliseconds as an integer.",
        ) from error
    if number < 0:
        raise InputError("a negative number lies before 1970.", field=field, fix="Give epoch milliseconds, UTC.")
    if number < _SECONDS_BELOW:
        raise InputError(
            f"{number} would be {say_utc(from_ms(number))} as milliseconds; it looks like seconds.",
            field=field,
            fix=f"If seconds are meant, give {number * 1000}.",
        )
    if number >= _TOO_FINE_FROM:
        raise InputError(
            "the number is too large for milliseconds; it looks like micro- or nanoseconds.",
            field=field,
            fix="Give epoch milliseconds: 13 digits today.",
        )
    return from_ms(number)


def _in_utc(value: datetime, field: str) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise InputError(f"{value.isoformat()} is out of range.", field=field, fix="Give a time of this century.") from error


def _in_zone(local: datetime, time_zone: str | None, field: str) -> datetime:
    if time_zone is None:
        raise InputError(f"{local.isoformat(sep=' ')} does not say in which zone.", field=field, fix=_OFFSET_ADVICE)
    zone = time_zone_named(time_zone)
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    _refuse_skipped(local, first, field)
    if first.utcoffset() != second.utcoffset():
        raise InputError(
            f"{local.isoformat(sep=' ')} happened twice in {time_zone}: {_both_readings(first, second)}.",
            field=field,
            fix="Write the one you mean with its offset.",
        )
    return _in_utc(first, field)


def _refuse_skipped(local: datetime, read: datetime, field: str) -> None:
    try:
        returned = read.astimezone(UTC).astimezone(read.tzinfo).replace(tzinfo=None, fold=0)
    except OverflowError:
        return  # refused by _in_utc with words of its own
    if returned != local.replace(fold=0):
        before, after = read.replace(fold=1), read.replace(fold=0)
        raise InputError(
            f"{local.isoformat(sep=' ')} never happened in {read.tzinfo}: the clocks were put forward. "
            f"It could mean {_both_readings(before, after)}.",
            field=field,
            fix="Write the one you mean with its offset.",
        )


def _both_readings(first: datetime, second: datetime) -> str:
    wanted = sorted((first, second), key=lambda reading: reading.astimezone(UTC))
    return " or ".join(f"{one.isoformat()} ({say_utc(one)})" for one in wanted)


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Give the spans in order of time, with those that touch or overlap joined."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def find_gaps(spans: Iterable[Span]) -> list[Span]:
    """Give the stretches between the spans, in order of time: instants that cannot be restored to."""
    merged = merge_spans(spans)
    return [Span(before.end, after.start) for before, after in itertools.pairwise(merged)]


def is_within(instant: datetime, spans: Iterable[Span]) -> bool:
    """Tell whether the instant lies in one of the spans, their ends included."""
    return any(start <= instant <= end for start, end in spans)


def nearest_instants(instant: datetime, spans: Sequence[Span]) -> tuple[datetime | None, datetime | None]:
    """Give the nearest legal instants before and after one that lies in no span; ``None`` where there is none."""
    earlier = [span.end for span in spans if span.end <= instant]
    later = [span.start for span in spans if span.start >= instant]
    return max(earlier, default=None), min(later, default=None)


def say_utc(instant: datetime) -> str:
    """Write an instant as ``2025-05-20 10:12:32 UTC``, with milliseconds where it has some."""
    return f"{_say_local(instant.astimezone(UTC))} UTC"


def say_instant(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Write an instant in the four ways people compare: UTC, the zone, epoch milliseconds, and as time ago."""
    parts = [say_utc(instant)]
    if zone.key != "UTC":
        local = instant.astimezone(zone)
        parts.append(f"{_say_local(local)} {zone.key} ({local.strftime('%z')})")
    return " = ".join([*parts, f"{to_ms(instant)} ms"]) + f", {say_ago(instant, now)}"


def say_ago(instant: datetime, now: datetime) -> str:
    """Write how far an instant lies from now: ``5 h 12 min ago``, ``in 3 min``, ``just now``."""
    distance = now - instant
    if abs(distance) < timedelta(seconds=1):
        return "just now"
    return f"{say_duration(distance)} ago" if distance > timedelta(0) else f"in {say_duration(-distance)}"


def say_duration(duration: timedelta) -> str:
    """Write a length of time in its two largest units: ``3 d 4 h``, ``5 h 12 min``, ``8 s``."""
    seconds = int(abs(duration).total_seconds())
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    for index, (name, size) in enumerate(units):
        if seconds >= size:
            count, rest = divmod(seconds, size)
            smaller = units[index + 1] if index + 1 < len(units) else None
            second = rest // smaller[1] if smaller else 0
            return f"{count} {name} {second} {smaller[0]}" if smaller and second else f"{count} {name}"
    return "0 s"


def _say_local(local: datetime) -> str:
    whole = local.strftime("%Y-%m-%d %H:%M:%S")
    milliseconds = local.microsecond // 1000
    return f"{whole}.{milliseconds:03d}" if milliseconds else whole
