"""Read times as people write and paste them: ``18:05``, ``yesterday 18:05``, ``1 h ago``, and what ddmkit itself prints.

Every reading is an absolute instant that the form shows before it is used. Text with more than one reading is settled by a
click. Only the forms read these notations: a ``restore_time=`` in code has to be a whole time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from ddmkit.errors import InputError
from ddmkit.times import format_instant, format_utc
from ddmkit.typed_times import find_time_zone, parse_point_in_time

__all__ = ["Reading", "TypedTime", "advise_short_forms", "describe_reading", "describe_readings", "read_typed_time"]

_DAYS = {"today": 0, "yesterday": 1}
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), timedelta(seconds=1)),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("w", "week", "weeks"), timedelta(weeks=1)),
}
_AGO = re.compile(r"(?P<parts>(?:[0-9]{1,6} ?[a-z]+ )+)ago", re.IGNORECASE)
_PART = re.compile(r"([0-9]+) ?([a-z]+)", re.IGNORECASE)
# 18:05, and 18.05 unless it goes on like a date. What is no time of day is refused later, with a reason.
_CLOCK = re.compile(
    r"(?:(?P<day>today|yesterday)(?:,| at|, at)? )?(?P<rest>[0-9]{1,2}(?::[0-9]{2}|\.[0-9]{2}(?![.0-9]))(?![0-9]).*)",
    re.IGNORECASE,
)
_OFFSET = r"[+-][0-9]{2}:?[0-9]{2}"
_IN_ZONE = re.compile(
    rf"(?P<time>[0-9].*?[0-9])(?: (?P<before>{_OFFSET}))?"
    rf" (?P<zone>[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+)(?: \((?P<after>{_OFFSET})\))?"
)
_FIXED = re.compile(rf".*?[0-9] ?(Z|UTC|GMT|{_OFFSET})", re.IGNORECASE)
_DATED = re.compile(r"[0-9]{4}-|[0-9]{12}")
_NO_TIME = re.compile(r" is (?:not a (?!.*one meaning)|neither )")
_LENGTH = re.compile(r"(?:,? \([0-9a-z ]+\)|, [0-9]+ (?:d|h|min|s)(?: [0-9]+ (?:h|min|s))?)$")
_IN_MS = re.compile(r"([0-9]{12,14}) ms")
_DISTANCE = re.compile(r",? (?:just now|in [0-9].*|[0-9][0-9a-z ]* ago)")
# 2026-05-20 10:45:00 UTC (12:45:00 +0200), as in lists.
_WITH_LOCAL = re.compile(rf"(?P<utc>.* UTC) \((?P<local>(?:[0-9-]+ )?[0-9:.]+ {_OFFSET})\)")
_WITH_MS = re.compile(r"(?P<utc>.* UTC) \((?P<ms>[0-9]+ ms)\)")


@dataclass(frozen=True)
class Reading:
    """One instant that a text can mean, and the words that tell it from the others."""

    instant: datetime
    words: str


@dataclass(frozen=True)
class TypedTime:
    """The readings of a text. ``doubt`` says why a person has to choose one of them; empty for the only reading."""

    readings: tuple[Reading, ...]
    doubt: str = ""


def read_typed_time(text: str, zone: str, now: datetime, *, field: str) -> TypedTime | None:
    """Read a time that is not written in full, or that was copied from ddmkit; return ``None`` for other text.

    Args:
        text: What was typed or pasted.
        zone: The IANA name of the zone for times without an offset; it also decides which day is today.
        now: The present.
        field: The name of the input, for errors.

    Raises:
        InputError: The text has one of these forms, and means no instant or contradicts itself.
    """
    typed = " ".join(text.split())
    for read in (_read_pasted, _read_distance, _read_clock, _read_in_zone):
        found = read(typed, zone, now, field)
        if found is not None:
            return found
    return None


def describe_reading(text: str, typed: TypedTime, zone: str, now: datetime) -> str:
    """Describe the one instant that a text was read as, in a zone."""
    reading = typed.readings[0]
    words = f"{reading.words}, " if reading.words and reading.words not in text.lower() else ""
    return f"“{text.strip()}” was read as {words}{format_instant(reading.instant, find_time_zone(zone), now)}"


def describe_readings(error: InputError, zone: str) -> TypedTime | None:
    """Return the readings of a local time that happened twice or never; ``None`` for any other refused text."""
    if not error.instants:
        return None
    if "happened twice" in error.problem:
        words, doubt = ("the first time", "the second time"), f"happened twice in {zone}: the clocks were put back"
    elif "never happened" in error.problem:
        words, doubt = ("just before the change", "at the change"), f"never happened in {zone}: the clocks were put forward"
    else:
        return None
    return TypedTime(tuple(map(Reading, error.instants, words)), f"This time {doubt}. Click the one that you mean.")


def advise_short_forms(error: InputError) -> str:
    """Return which short forms a field for a time also takes, for a text that is no time at all; otherwise nothing."""
    return "Short forms work too: 18:05, yesterday 18:05, 2 h ago." if _NO_TIME.search(error.problem) else ""


def _read_whole(text: str, zone: str, now: datetime, field: str) -> TypedTime:
    """Read a time in full, or in one of the notations of this module."""
    found = read_typed_time(text, zone, now, field=field)
    return found or _read_full(text, zone, field)


def _read_full(text: str, zone: str, field: str) -> TypedTime:
    return TypedTime((Reading(parse_point_in_time(text, zone, field=field), ""),))


# Pasted -----------------------------------------------------------------------------------------------------------


def _read_pasted(text: str, zone: str, now: datetime, field: str) -> TypedTime | None:
    """Read what ddmkit prints: several notations of one instant, a row of a list, both ends of a range."""
    cut = _without_distance(text.partition(" | ")[0])
    in_ms = _IN_MS.fullmatch(cut)
    if in_ms:
        return TypedTime((Reading(parse_point_in_time(int(in_ms[1]), field=field), ""),))
    for parts in (cut.split(" = "), _parts_of(_WITH_MS, cut), _parts_of(_WITH_LOCAL, cut)):
        if len(parts) > 1:
            return _require_same(parts, zone, now, field)
    ends = _LENGTH.sub("", cut).split(" to ")
    if len(ends) == 2 and all(_DATED.match(one) for one in ends):
        first, second = (_only_reading(_read_whole(one, zone, now, field), one, field) for one in ends)
        doubt = "This text names two instants. Click the one that you mean."
        return TypedTime((Reading(first, "the start"), Reading(second, "the end")), doubt)
    return _read_whole(cut, zone, now, field) if cut != text else None


def _without_distance(text: str) -> str:
    """Remove the age that ddmkit prints behind an instant; text that is nothing but an age is kept."""
    found = re.search(rf"(?<=[0-9a-zA-Z)]){_DISTANCE.pattern}$", text)
    return text[: found.start()] if found and _DATED.match(text) else text


def _parts_of(pattern: re.Pattern[str], text: str) -> Sequence[str]:
    found = pattern.fullmatch(text)
    if found is None:
        return ()
    utc, other = found.groups()
    if other.endswith(" ms") or other[4:5] == "-":
        return (utc, other)
    # The local time stands without a date where both have the same.
    return (utc, f"{utc[:10]} {other}")


def _require_same(parts: Sequence[str], zone: str, now: datetime, field: str) -> TypedTime:
    instants = [_only_reading(_read_whole(one, zone, now, field), one, field) for one in parts]
    if len(set(instants)) > 1:
        named = ", ".join(format_utc(one) for one in instants)
        raise InputError(
            f"the notations in this text name different instants: {named}.", field=field, fix="Paste one of them."
        )
    return TypedTime((Reading(instants[0], ""),))


def _only_reading(typed: TypedTime, text: str, field: str) -> datetime:
    if len(typed.readings) != 1 or typed.doubt:
        raise InputError(f"{text[:60]!r} has more than one meaning.", field=field, fix="Write each time in full.")
    return typed.readings[0].instant


# Relative to now ---------------------------------------------------------------------------------------------------


def _read_distance(text: str, zone: str, now: datetime, field: str) -> TypedTime | None:
    present = now.replace(microsecond=0)
    if text.lower() in {"now", "just now"}:
        return TypedTime((Reading(present, "now"),))
    found = _AGO.fullmatch(text)
    if found is None:
        return None
    exact = timedelta(0)
    days = timedelta(0)
    for count, unit in _PART.findall(found["parts"]):
        size = _UNITS.get(unit.lower())
        if size is None:
            raise InputError(
                f"{unit!r} is not a unit with one meaning here.",
                field=field,
                fix="Write s, min, h, d or w, as in 1 h 30 min ago.",
            )
        exact += int(count) * size
        days += int(count) * size if size >= timedelta(days=1) else timedelta(0)
    try:
        elapsed, on_the_clock = present - exact, _by_calendar(present - (exact - days), days, find_time_zone(zone))
    except OverflowError as error:
        raise InputError(f"{text[:60]!r} lies before 1970.", field=field, fix="Write the time in full.") from error
    if elapsed == on_the_clock:
        return TypedTime((Reading(elapsed, text),))
    in_hours = f"{exact // timedelta(hours=1)} hours ago" if exact >= timedelta(hours=1) else text
    readings = (Reading(elapsed, in_hours), Reading(on_the_clock, "by the calendar"))
    return TypedTime(readings, f"The clocks in {zone} were changed in between. Click the time that you mean.")


def _by_calendar(instant: datetime, days: timedelta, zone: ZoneInfo) -> datetime:
    return (instant.astimezone(zone).replace(tzinfo=None) - days).replace(tzinfo=zone).astimezone(UTC)


def _read_clock(text: str, zone: str, now: datetime, field: str) -> TypedTime | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    where, rest = _zone_of(found["rest"], zone, field), found["rest"]
    day, today = (found["day"] or "").lower(), now.astimezone(where)
    read = functools.partial(_on_day, text, rest, zone=zone, now=now, field=field)
    typed = read(today - timedelta(days=_DAYS.get(day, 0)), day or "today")
    if day or all(one.instant <= now for one in typed.readings):
        return typed
    before = read(today - timedelta(days=1), "yesterday")
    doubt = f"{rest} today lies in the future. Click the time that you mean, or write the date."
    return TypedTime((*(one for one in typed.readings if one.instant <= now), *before.readings), doubt)


def _on_day(typed: str, rest: str, day: datetime, word: str, *, zone: str, now: datetime, field: str) -> TypedTime:
    """Read ``rest``, the time of day in what was typed, on the date of ``day``."""
    text = f"{day:%Y-%m-%d} {rest}"
    try:
        read = _read_in_zone(text, zone, now, field) or _read_full(text, zone, field)
    except InputError as error:
        twice = describe_readings(error, zone)
        if twice is None:
            problem = error.problem.replace(repr(text), f"{typed!r}, read as {text!r},", 1)
            raise InputError(problem, field=field, fix=error.fix) from None
        read = twice
    return TypedTime(tuple(Reading(one.instant, f"{word} {one.words}".strip()) for one in read.readings), read.doubt)


def _zone_of(rest: str, zone: str, field: str) -> tzinfo:
    """Return the zone in which a time of day is written, which decides which day is today."""
    named, fixed = _IN_ZONE.fullmatch(rest), _FIXED.fullmatch(rest)
    if named:
        return find_time_zone(named["zone"])
    if fixed is None:
        return find_time_zone(zone)
    return UTC if fixed[1][0] not in "+-" else timezone(_offset_of(fixed[1], field))


def _offset_of(written: str, field: str) -> timedelta:
    size = timedelta(hours=int(written[1:3]), minutes=int(written[-2:]))
    if size >= timedelta(days=1) or int(written[-2:]) > 59:
        raise InputError(f"{written!r} is not an offset from UTC.", field=field, fix="Write one such as +02:00 or -05:30.")
    return size if written[0] == "+" else -size


def _read_in_zone(text: str, _zone: str, now: datetime, field: str) -> TypedTime | None:
    """Read a time with the name of its zone, with or without the offset: ``2026-05-20 12:45 Europe/Berlin (+0200)``."""
    found = _IN_ZONE.fullmatch(text)
    if found is None:
        return None
    where, offset = find_time_zone(found["zone"]), found["before"] or found["after"]
    if offset is None:
        return _read_whole(found["time"], where.key, now, field)
    instant = _only_reading(_read_whole(f"{found['time']}{offset[:3]}:{offset[-2:]}", where.key, now, field), text, field)
    if instant.astimezone(where).utcoffset() != _offset_of(offset, field):
        raise InputError(
            f"{where.key} does not have the offset {offset} then.", field=field, fix="Write the zone or the offset."
        )
    return TypedTime((Reading(instant, ""),))
