"""Times and time zones as people type them: read when they have one meaning, refused when they could have two.

``parse_point_in_time`` reads a point in time, ``find_time_zone`` the name of a zone. Every refusal is an ``InputError``
that lists what the text could mean and shows how to write it.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import operator
import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from ddmkit.errors import InputError
from ddmkit.times import EPOCH, LAST_YEAR, SECONDS_BELOW, WHOLE_NUMBER, Span, format_utc, from_ms, offset_changes, to_ms

__all__ = ["find_time_zone", "known_time_zones", "parse_point_in_time", "similar_time_zones"]

# 10**9 s is the year 2001: a smaller number counts no seconds that anybody could mean.
_SECONDS_MEANT_FROM = 10**9
# 10**14 ms is the year 5138: a larger number counts micro- or nanoseconds.
_TOO_FINE_FROM = 10**14
_OFFSET_ADVICE = (
    "Write the offset, as in 2025-05-20T10:12:32+02:00 or 2025-05-20T08:12:32Z, or name the zone with time_zone=."
)
_FORM_ADVICE = "Write it as 2025-05-20 10:12:32, with an offset or in a named zone, as in 2025-05-20T10:12:32+02:00."

# The accepted spellings. A fraction, or an offset without minutes, may stand only after seconds.
_OFFSET = r"(?:[ ]?(?P<offset>Z|UTC|GMT|[+-][0-9]{2}(?(second)(?::?[0-5][0-9])?|:?[0-5][0-9])))?"
_FRACTION = r"(?:[.,](?P<fraction>[0-9]{1,9}))?"
_TYPED_TIMES = tuple(
    re.compile(f"(?P<year>[0-9]{{4}}){date}(?P<hour>[0-9]{{2}}){time}{_OFFSET}", re.IGNORECASE)
    for date, time in (
        (
            r"-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[T ]",
            rf":(?P<minute>[0-9]{{2}})(?::(?P<second>[0-9]{{2}}){_FRACTION})?",
        ),
        (r"(?P<month>[0-9]{2})(?P<day>[0-9]{2})T", rf"(?P<minute>[0-9]{{2}})(?:(?P<second>[0-9]{{2}}){_FRACTION})?"),
    )
)
# Digits that spell a date in these years may be meant as that date.
_YEARS_MEANT = range(1970, 2100)
_LEAST_OFFSET, _MOST_OFFSET = timedelta(hours=-12), timedelta(hours=14)

# Ambiguous spellings, which are refused: the pattern, what the text could mean, and what to write instead.
_DAY = r"([0-9]{4}-?[0-9]{2}-?[0-9]{2})[T ]"
_CLOCK = r"[0-9]{2}:?[0-9]{2}(?::?[0-9]{2}(?:[.,][0-9]+)?)?"
_AMBIGUOUS = tuple(
    (re.compile(pattern, re.IGNORECASE), problem, fix)
    for pattern, problem, fix in (
        (
            r".*[0-9] ?[AP]\.?M\b.*",
            "hours of the 12-hour clock could mean the morning or the afternoon",
            "Write hours from 00 to 23, without AM or PM.",
        ),
        (
            rf"{_DAY}24.*",
            "24:00 could mean the beginning or the end of {0}",
            "Write 00:00 with the date of the day that begins then.",
        ),
        (
            rf"{_DAY}([0-9]{{1,2}})([.,])([0-9]+)\b.*",
            "{1}{2}{3} could mean {1}:{3} or a fraction of an hour",
            "Write hours, minutes and seconds with colons, as in 18:05 or 18:05:30.",
        ),
        (
            rf"{_DAY}([0-9]{{1,2}}):([0-9]{{2}})([.,])([0-9]+).*",
            "{2}{3}{4} could mean {2} minutes and {4} seconds or a fraction of a minute",
            "Write seconds after a colon, as in 18:05:30; a fraction may follow the seconds only.",
        ),
        (
            rf"{_DAY}([0-9]):?([0-9]{{2}})(?![0-9]).*",
            "{1}:{2} could mean 0{1}:{2} or {1}:{2} in the afternoon",
            "Write the hour with two digits, from 00 to 23.",
        ),
        (
            rf"{_DAY}([0-9]{{2}})(?: ?(?:Z|UTC|GMT|[+-][0-9]{{2}}:?[0-9]{{2}}))?",
            "it has no minutes and could mean {1}:00 or any time in that hour",
            "Write the minutes, as in {0} {1}:00.",
        ),
        (
            rf"{_DAY}{_CLOCK} ?([+-].*)",
            "{1} is not an offset from UTC; an offset is written as +HH:MM or -HH:MM, from -12:00 to +14:00",
            "Write the offset with hours and minutes, as in +01:00 or -05:30.",
        ),
        (
            rf"{_DAY}{_CLOCK} ?((?-i:[A-Z]{{3,5}}))",
            "letters such as {1} can stand for more than one offset",
            "Write the offset, as in +01:00 or -05:30.",
        ),
        (r"[0-9]{4}-?W.*", "it is a week and not a date", "Write year, month and day, as in 2025-05-20 10:12:32."),
    )
)
_OTHER_DATE = re.compile(r"(?![0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9]))([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})(?![0-9]).*")

# Names in the zone data of many machines that mean a different zone on each machine, or none.
_MACHINE_ZONES = frozenset({"localtime", "local", "system", "posixrules", "factory"})
_INVERTED_ZONE = re.compile(r"(?:Etc/)?GMT([+-])([0-9]{1,2})", re.IGNORECASE)


@functools.cache
def _zone_keys() -> dict[str, str]:
    """Return the names of all zones that this machine knows, by their lower-case spelling."""
    return {key.lower(): key for key in available_timezones() if key.lower() not in _MACHINE_ZONES}


def known_time_zones() -> list[str]:
    """Return the IANA names of all zones that ``find_time_zone`` knows, in alphabetical order."""
    return sorted(key for key in _zone_keys().values() if not _is_inverted(key))


def _is_inverted(key: str) -> bool:
    inverted = _INVERTED_ZONE.fullmatch(key)
    return inverted is not None and int(inverted[2]) != 0


def find_time_zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name such as ``Europe/Berlin`` or ``UTC``; upper and lower case do not matter.

    Raises ``InputError``, which suggests similar names, for every other name. This includes names that mean a different
    zone on each machine (``localtime``) and names with an inverted sign (``Etc/GMT+5``).
    """
    if name == "UTC":
        return ZoneInfo(name)
    key = _zone_keys().get(name.strip().lower()) if isinstance(name, str) else None
    if key is None:
        raise InputError(_describe_unknown_zone(name), field="time_zone", fix=_suggest_zones(name))
    inverted = _INVERTED_ZONE.fullmatch(key)
    if inverted and _is_inverted(key):
        other = "-" if inverted[1] == "+" else "+"
        raise InputError(
            f"{key} means UTC{other}{inverted[2]} by definition, and UTC{inverted[1]}{inverted[2]} to most readers.",
            field="time_zone",
            fix="Name a place, such as Europe/Berlin, or write the offset with the time.",
        )
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # the zone data of this machine is damaged
        raise InputError(_describe_unknown_zone(name), field="time_zone", fix=_suggest_zones("")) from error


def _describe_unknown_zone(name: object) -> str:
    if isinstance(name, str) and name.strip().lower() in _MACHINE_ZONES:
        return f"{name.strip()} is not the name of one zone: it means a different zone on each machine."
    return f"{repr(name)[:60]} is no time zone that this machine knows."


def similar_time_zones(text: str, most: int = 4) -> list[str]:
    """Return the names of zones that a text could mean: names that contain it, otherwise names that are spelled like it."""
    wanted = "_".join(text.lower().split())[:60]
    if not wanted or wanted in _MACHINE_ZONES:
        return []
    keys = {key.lower(): key for key in known_time_zones()}
    cities = {key.rpartition("/")[2]: key for key in keys}
    found = sorted((key for key in keys if wanted in key), key=lambda key: (not key.endswith(f"/{wanted}"), key)) or [
        *difflib.get_close_matches(wanted, keys),
        *(cities[city] for city in difflib.get_close_matches(wanted, cities)),
    ]
    return [keys[key] for key in dict.fromkeys(found)][:most]


def _suggest_zones(name: object) -> str:
    named = similar_time_zones(name) if isinstance(name, str) else []
    usual = "Use an IANA name such as UTC, Europe/Berlin or Asia/Shanghai."
    return f"{usual} Similar names: {', '.join(named)}." if named else usual


def parse_point_in_time(value: Any, time_zone: str | None = None, *, field: str = "restore_time") -> datetime:
    """Read a point in time that a person gave.

    Args:
        value: An aware ``datetime``, ISO text, or epoch milliseconds. Text is ``YYYY-MM-DD HH:MM[:SS[.fraction]]`` or
            ``YYYYMMDDTHHMM[SS[.fraction]]``, with an offset (``Z``, ``UTC``, ``+HH:MM``) or without.
        time_zone: The IANA name of the zone for text and times without an offset; such values are refused without it.
        field: The name of the input, for the error.

    Returns:
        The instant in UTC, cut to the millisecond.

    Raises:
        InputError: The value could mean two instants or none: another spelling, a time without a zone, a local time that
            the zone skips or has twice, seconds in place of milliseconds, a number that could be a date, NaN.

    """
    if isinstance(value, datetime):
        instant = _read_datetime(value, time_zone, field)
    elif isinstance(value, str):
        instant = _read_text(value, time_zone, field)
    else:
        instant = _read_number(value, field)
    if instant < EPOCH:
        raise InputError(f"{format_utc(instant)} lies before 1970.", field=field, fix="Give the instant to return to.")
    if instant.year > LAST_YEAR:
        raise InputError(f"{format_utc(instant)} is out of range.", field=field, fix="Give a time of this century.")
    return from_ms(to_ms(instant))


def _read_datetime(value: datetime, time_zone: str | None, field: str) -> datetime:
    if value != value:  # noqa: PLR0124  # pandas.NaT is a datetime that is not equal to itself
        raise InputError("is not a time (NaT).", field=field, fix="Give the instant to return to.")
    if value.utcoffset() is not None:
        _refuse_skipped(value.replace(tzinfo=None), value, field)
        return _in_utc(value, field)
    # A pandas.Timestamp shifts a skipped local time without a word. A plain datetime keeps it, so it can be refused.
    return _in_zone(datetime.combine(value.date(), value.time()), time_zone, field)


def _read_text(value: str, time_zone: str | None, field: str) -> datetime:
    text = value.strip()
    if not text:
        raise InputError("is empty.", field=field, fix=_OFFSET_ADVICE)
    _refuse_strange_characters(text, field)
    if WHOLE_NUMBER.fullmatch(text) and len(text) != len("20250520"):
        return _read_number(int(text), field)
    typed = next((found for form in _TYPED_TIMES if (found := form.fullmatch(text))), None)
    if typed is None or typed["hour"] == "24":
        _refuse_spelling(text, field)
    try:
        read = _local_time_of(typed)
    except ValueError as error:
        raise InputError(
            f"{text[:60]!r} is not a time: there is no such day or time of day.", field=field, fix=_FORM_ADVICE
        ) from error
    if typed["offset"] is None:
        return _in_zone(read, time_zone, field)
    offset = _offset_of(typed["offset"])
    if not _LEAST_OFFSET <= offset <= _MOST_OFFSET:
        _refuse_spelling(text, field)
    return _in_utc(read.replace(tzinfo=timezone(offset)), field)


def _local_time_of(typed: re.Match[str]) -> datetime:
    whole = "{year}{month}{day}{hour}{minute}{second}".format_map(typed.groupdict(default="00"))
    read = datetime.strptime(whole, "%Y%m%d%H%M%S")  # noqa: DTZ007  # the zone is known to the caller only
    return read.replace(microsecond=int((typed["fraction"] or "").ljust(6, "0")[:6]))


def _offset_of(typed: str) -> timedelta:
    if typed[0] not in "+-":
        return timedelta(0)
    size = timedelta(hours=int(typed[1:3]), minutes=int(typed[3:].lstrip(":") or 0))
    return size if typed[0] == "+" else -size


def _refuse_strange_characters(text: str, field: str) -> None:
    strange = next((one for one in text if not " " <= one <= "~"), None)
    if strange is not None:
        named = unicodedata.name(strange, "a control character")
        raise InputError(
            f"{text[:60]!a} is not a date with a time of day: it holds U+{ord(strange):04X} ({named}).",
            field=field,
            fix="Type it again with plain digits, hyphens, colons and spaces.",
        )


def _refuse_spelling(text: str, field: str) -> NoReturn:
    """Raise ``InputError``; where the text is ambiguous, the error says what it could mean."""
    shown = repr(text[:60])
    for pattern, problem, fix in _AMBIGUOUS:
        found = pattern.fullmatch(text[:60])
        if found:
            parts = found.groups()
            message = f"{shown} is not a time with one meaning: {problem.format(*parts)}."
            raise InputError(message, field=field, fix=fix.format(*parts))
    days = _days_meant(text[:60])
    if days:
        message = f"{shown} is not a date with one meaning: it could mean {' or '.join(days)}."
        raise InputError(message, field=field, fix=f"Write the year first, as in {days[0]} 18:05.")
    kind = "time" if re.match(f"{_DAY}[0-9]", text, re.IGNORECASE) else "date with a time of day"
    raise InputError(f"{shown} is not a {kind} in the form YYYY-MM-DD HH:MM:SS.", field=field, fix=_FORM_ADVICE)


def _days_meant(text: str) -> list[str]:
    """Return the days that a date outside the ISO form could mean, with day, month or year first."""
    found = _OTHER_DATE.fullmatch(text)
    if found is None:
        return []
    first, second, third = found[1], found[3], found[4]
    if len(first) > 2:
        orders = [(first, second, third)]
    elif len(third) > 2:
        orders = [(third, second, first), (third, first, second)]
    else:
        orders = [(third, second, first), (third, first, second), (first, second, third)]
    days = set()
    for year, month, day in orders:
        full_year = int(year) if len(year) > 2 else 2000 + int(year)
        with contextlib.suppress(ValueError):
            days.add(f"{datetime(full_year, int(month), int(day)):%Y-%m-%d}")  # noqa: DTZ001  # a date has no zone
    return sorted(days)


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
    if number < _SECONDS_MEANT_FROM:
        raise InputError(
            f"{number} is no point in time: as milliseconds it would be {format_utc(from_ms(number))}.",
            field=field,
            fix="Give a time such as 2025-05-20T10:12:32+02:00, or milliseconds since 1970, which have 13 digits today.",
        )
    if number < SECONDS_BELOW:
        raise InputError(
            f"{number} would be {format_utc(from_ms(number))} as milliseconds; it looks like seconds.",
            field=field,
            fix=f"If seconds are meant, give {number * 1000}.",
        )
    if number >= _TOO_FINE_FROM:
        raise InputError(
            "the number is too large for milliseconds; it looks like micro- or nanoseconds.",
            field=field,
            fix="Give epoch milliseconds: 13 digits today.",
        )
    written = _date_in_digits(number)
    if written:
        raise InputError(
            f"{number} could mean {written}, or {format_utc(from_ms(number))} as milliseconds.",
            field=field,
            fix=f"Write the date as text, as in '{written}' with its zone, or give 13 digits of milliseconds.",
        )
    return from_ms(number)


def _date_in_digits(number: int) -> str:
    """Return the date and time that the digits of a number spell (YYYYMMDDHHMM[SS]); empty when they spell none."""
    for form in ("%Y%m%d%H%M", "%Y%m%d%H%M%S"):
        if len(str(number)) == len(f"{EPOCH:{form}}"):
            with contextlib.suppress(ValueError):
                written = datetime.strptime(str(number), form)  # noqa: DTZ007  # a date without a zone
                return f"{written:%Y-%m-%d %H:%M:%S}" if written.year in _YEARS_MEANT else ""
    return ""


def _in_utc(value: datetime, field: str) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise InputError(f"{value.isoformat()} is out of range.", field=field, fix="Give a time of this century.") from error


def _in_zone(local: datetime, time_zone: str | None, field: str) -> datetime:
    if time_zone is None:
        raise InputError(f"{local.isoformat(sep=' ')} does not say in which zone.", field=field, fix=_OFFSET_ADVICE)
    zone = find_time_zone(time_zone)
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    _refuse_skipped(local, first, field)
    if first.utcoffset() != second.utcoffset():
        raise InputError(
            f"{local.isoformat(sep=' ')} happened twice in {zone.key}: {_both_readings(first, second)}.",
            field=field,
            fix="Write the one you mean with its offset.",
            instants=sorted(one.astimezone(UTC) for one in (first, second)),
        )
    return _in_utc(first, field)


def _refuse_skipped(local: datetime, read: datetime, field: str) -> None:
    try:
        returned = read.astimezone(UTC).astimezone(read.tzinfo).replace(tzinfo=None, fold=0)
    except OverflowError:
        return  # _in_utc refuses it with a message of its own
    if returned != local.replace(fold=0):
        before, after = read.replace(fold=1), read.replace(fold=0)
        raise InputError(
            f"{local.isoformat(sep=' ')} never happened in {read.tzinfo}: the clocks were put forward. "
            f"It could mean {_both_readings(before, after)}.",
            field=field,
            fix="Write the one you mean with its offset.",
            instants=_neighbours(before, after),
        )


def _neighbours(before: datetime, after: datetime) -> list[datetime]:
    """Return the last second before the clocks were put forward, and the instant at which they were."""
    if not isinstance(before.tzinfo, ZoneInfo):
        return []
    early, late = (one.astimezone(UTC).replace(microsecond=0) for one in (before, after))
    changed = offset_changes(before.tzinfo, Span(early, late))[-1][0]
    return [changed - timedelta(seconds=1), changed]


def _both_readings(first: datetime, second: datetime) -> str:
    readings = sorted((first, second), key=lambda reading: reading.astimezone(UTC))
    return " or ".join(f"{one.isoformat()} ({format_utc(one)})" for one in readings)
