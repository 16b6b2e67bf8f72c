"""Typed times are read when they have one meaning, and refused when they could have two."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddmkit.errors import InputError
from ddmkit.times import format_utc, from_ms, parse_service_time, to_ms
from ddmkit.typed_times import find_time_zone, known_time_zones, parse_point_in_time, similar_time_zones

INSTANT = datetime(2025, 5, 20, 8, 12, 32, tzinfo=UTC)
INSTANT_MS = 1747728752000
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


@pytest.mark.parametrize(
    "text",
    [
        "2025-05-20T10:12:32+02:00",
        "2025-05-20T10:12:32+0200",
        "2025-05-20T10:12:32+02",
        "2025-05-20 10:12:32+02:00",
        "2025-05-20 10:12:32 +02:00",
        "20250520T101232+0200",
        "2025-05-20T08:12:32Z",
        "2025-05-20t08:12:32z",
        "2025-05-20 08:12:32 UTC",
        "2025-05-20 08:12:32 gmt",
        "2025-05-20T03:12:32.000-05:00",
        "2025-05-20T08:12:32,000-00:00",
        "  2025-05-20T16:12:32+08:00\n",
        "1747728752000",
    ],
)
def test_text_that_says_its_offset_is_one_instant(text: str) -> None:
    assert parse_point_in_time(text) == INSTANT
    assert parse_point_in_time(text, BERLIN) == INSTANT


@pytest.mark.parametrize(
    "value",
    [
        INSTANT,
        INSTANT.astimezone(ZoneInfo(BERLIN)),
        INSTANT.astimezone(timezone(timedelta(hours=-5))),
        pd.Timestamp(INSTANT),
        pd.Timestamp("2025-05-20 10:12:32", tz=BERLIN),
        INSTANT_MS,
        np.int64(INSTANT_MS),
        np.uint64(INSTANT_MS),
    ],
)
def test_aware_times_and_whole_milliseconds_are_one_instant(value: Any) -> None:
    read = parse_point_in_time(value)
    assert read == INSTANT
    assert type(read) is datetime
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    ["2025-05-20T10:12:32", "2025-05-20 10:12:32", datetime(2025, 5, 20, 10, 12, 32), pd.Timestamp(2025, 5, 20, 10, 12, 32)],
)
def test_a_local_time_needs_its_zone(value: Any) -> None:
    assert parse_point_in_time(value, BERLIN) == INSTANT
    with pytest.raises(InputError, match="does not say in which zone") as caught:
        parse_point_in_time(value)
    assert "time_zone=" in caught.value.fix


SKIPPED = [
    (BERLIN, "2025-03-30T02:00:00", "00:00:00 UTC", "01:00:00 UTC"),
    (BERLIN, "2025-03-30T02:30:00", "00:30:00 UTC", "01:30:00 UTC"),
    (BERLIN, "2025-03-30T02:59:59", "00:59:59 UTC", "01:59:59 UTC"),
    (NEW_YORK, "2025-03-09T02:00:00", "06:00:00 UTC", "07:00:00 UTC"),
    (NEW_YORK, "2025-03-09T02:30:00", "06:30:00 UTC", "07:30:00 UTC"),
    (NEW_YORK, "2025-03-09T02:59:59", "06:59:59 UTC", "07:59:59 UTC"),
]
REPEATED = [
    (BERLIN, "2025-10-26T02:00:00", "00:00:00 UTC", "01:00:00 UTC"),
    (BERLIN, "2025-10-26T02:30:00", "00:30:00 UTC", "01:30:00 UTC"),
    (BERLIN, "2025-10-26T02:59:59", "00:59:59 UTC", "01:59:59 UTC"),
    (NEW_YORK, "2025-11-02T01:00:00", "05:00:00 UTC", "06:00:00 UTC"),
    (NEW_YORK, "2025-11-02T01:30:00", "05:30:00 UTC", "06:30:00 UTC"),
    (NEW_YORK, "2025-11-02T01:59:59", "05:59:59 UTC", "06:59:59 UTC"),
]
AT_THE_EDGES = [
    (BERLIN, "2025-03-30T01:59:59", "2025-03-30T00:59:59Z"),
    (BERLIN, "2025-03-30T03:00:00", "2025-03-30T01:00:00Z"),
    (BERLIN, "2025-10-26T01:59:59", "2025-10-25T23:59:59Z"),
    (BERLIN, "2025-10-26T03:00:00", "2025-10-26T02:00:00Z"),
    (NEW_YORK, "2025-03-09T01:59:59", "2025-03-09T06:59:59Z"),
    (NEW_YORK, "2025-03-09T03:00:00", "2025-03-09T07:00:00Z"),
    (NEW_YORK, "2025-11-02T00:59:59", "2025-11-02T04:59:59Z"),
    (NEW_YORK, "2025-11-02T02:00:00", "2025-11-02T07:00:00Z"),
]


@pytest.mark.parametrize(("zone", "local", "first", "second"), SKIPPED)
@pytest.mark.parametrize("read", [str, datetime.fromisoformat, pd.Timestamp])
def test_a_local_time_that_the_zone_skips_is_refused_with_both_readings(
    zone: str, local: str, first: str, second: str, read: Any
) -> None:
    with pytest.raises(InputError, match="never happened") as caught:
        parse_point_in_time(read(local), zone)
    assert str(caught.value).index(first) < str(caught.value).index(second)
    assert str(caught.value).count(local) == 2


@pytest.mark.parametrize(("zone", "local", "first", "second"), REPEATED)
@pytest.mark.parametrize("read", [str, datetime.fromisoformat, pd.Timestamp])
def test_a_local_time_that_exists_twice_is_refused_with_both_readings(
    zone: str, local: str, first: str, second: str, read: Any
) -> None:
    with pytest.raises(InputError, match="happened twice") as caught:
        parse_point_in_time(read(local), zone)
    assert str(caught.value).index(first) < str(caught.value).index(second)
    assert str(caught.value).count(local) == 2


@pytest.mark.parametrize(("zone", "local", "utc"), AT_THE_EDGES)
def test_the_seconds_beside_a_change_of_clocks_are_read(zone: str, local: str, utc: str) -> None:
    assert parse_point_in_time(local, zone) == datetime.fromisoformat(utc)


@pytest.mark.parametrize(("zone", "local", "first", "second"), REPEATED)
def test_either_reading_is_accepted_with_its_offset(zone: str, local: str, first: str, second: str) -> None:
    for fold, said in enumerate((first, second)):
        aware = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold)
        assert said in format_utc(parse_point_in_time(aware))
        assert said in format_utc(parse_point_in_time(aware.isoformat()))


@pytest.mark.parametrize(("zone", "local", "first", "second"), SKIPPED)
def test_an_aware_time_that_the_zone_skips_is_refused_too(zone: str, local: str, first: str, second: str) -> None:
    for fold in (0, 1):
        with pytest.raises(InputError, match="never happened"):
            parse_point_in_time(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold))


class Silent(tzinfo):
    def utcoffset(self, moment: datetime | None) -> None:
        return None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1747728752, "looks like seconds"),
        ("1747728752", "give 1747728752000"),
        (0, "0 is no point in time: as milliseconds it would be 1970-01-01 00:00:00 UTC"),
        ("0", "13 digits today"),
        (20250520, "is no point in time"),
        (999_999_999, "is no point in time"),
        (10**9, "looks like seconds"),
        (1747728752000000, "micro- or nanoseconds"),
        pytest.param(10**5000, "micro- or nanoseconds", id="huge"),
        (-1, "before 1970"),
        ("-1747728752000", "before 1970"),
        ("1969-12-31T23:59:59.999Z", "before 1970"),
        pytest.param(-(10**5000), "before 1970", id="hugely negative"),
        (float("nan"), "not a point in time"),
        ("NaN", "not a date"),
        (1747728752000.0, "not a point in time"),
        (np.float64(1747728752000), "not a point in time"),
        (True, "not a point in time"),
        (np.bool_(True), "not a point in time"),
        (None, "not a point in time"),
        (pd.NaT, "NaT"),
        (np.datetime64("2025-05-20T08:12:32"), "not a point in time"),
        (date(2025, 5, 20), "not a point in time"),
        ([1] * 1000, "not a point in time"),
        (b"2025-05-20T08:12:32Z", "not a point in time"),
        ("", "is empty"),
        (" \n", "is empty"),
        ("now", "not a date"),
        ("2025-05-20", "not a date with a time of day"),
        ("20250520", "not a date with a time of day"),
        ("20.05.2025 10:12", "not a date"),
        ("05/20/2025 10:12", "not a date"),
        ("2025-02-30T10:00:00Z", "not a time"),
        ("2025-05-20T10:12:60Z", "not a time"),
        ("2025-05-20T10:12:32+02:00Z", "not a time"),
        ("2025-05-20T10:12:32 Europe/Berlin", "not a time"),
        ("0001-01-01T00:00:00+01:00", "out of range"),
        ("9999-12-31T23:59:59-01:00", "out of range"),
        ("9001-01-01T00:00:00Z", "out of range"),
        (datetime(9001, 1, 1, tzinfo=UTC), "out of range"),
        ("²", "not a date"),
        ("--5", "not a date"),
        ("1" * 5000, "not a date"),
        (datetime(2025, 5, 20, tzinfo=Silent()), "does not say in which zone"),
    ],
)
def test_what_could_mean_two_instants_or_none_is_refused(value: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_point_in_time(value, field="when")
    assert said in str(caught.value)
    assert str(caught.value).startswith("when: ")
    assert caught.value.field == "when"
    assert caught.value.fix
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("local", "zone"),
    [("0001-01-01T00:00:00", BERLIN), ("9999-12-31T23:59:59", NEW_YORK), ("0001-01-01T00:00:00", "Asia/Tokyo")],
)
def test_the_ends_of_the_calendar_are_refused_and_not_a_crash(local: str, zone: str) -> None:
    with pytest.raises(InputError):
        parse_point_in_time(local, zone)


@pytest.mark.parametrize(
    "name",
    [
        *("", "Europe", "../etc/passwd", "/etc/passwd", "Mars/Base", "UTC+2", "\0", "x" * 5000, "\ud800"),
        *("localtime", "LOCALTIME", "posixrules", "Factory", "posix/UTC", "posix/Europe/Berlin", "right/UTC"),
        *("Etc/GMT+5", "etc/gmt-14", None, 5, ZoneInfo("UTC")),
    ],
)
def test_an_unknown_zone_is_refused_by_name(name: Any) -> None:
    with pytest.raises(InputError) as caught:
        find_time_zone(name)
    assert caught.value.field == "time_zone"
    assert "Europe/Berlin" in caught.value.fix
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("name", "key"),
    [("europe/berlin", BERLIN), ("EUROPE/BERLIN", BERLIN), (" america/New_york", NEW_YORK), ("utc", "UTC"), ("UTC", "UTC")],
)
def test_upper_and_lower_case_of_a_zone_do_not_matter(name: str, key: str) -> None:
    assert find_time_zone(name).key == key
    assert parse_point_in_time("2026-11-25 18:05", name) == parse_point_in_time("2026-11-25 18:05", key)


@pytest.mark.parametrize(("name", "near"), [("Europe/Berln", BERLIN), ("newyork", NEW_YORK), ("shanghai", "Asia/Shanghai")])
def test_a_zone_that_is_not_known_is_refused_with_names_like_it(name: str, near: str) -> None:
    with pytest.raises(InputError) as caught:
        find_time_zone(name)
    assert near in caught.value.fix


def test_a_zone_whose_sign_is_inverted_is_refused_with_both_readings() -> None:
    with pytest.raises(InputError, match=r"UTC-5 .* UTC\+5 "):
        find_time_zone("Etc/GMT+5")
    assert find_time_zone("Etc/GMT").key == "Etc/GMT"


def test_the_first_and_the_last_year_are_read() -> None:
    assert to_ms(parse_point_in_time("1970-01-01T00:00:00Z")) == 0
    assert parse_point_in_time("9000-12-31T23:59:59Z").year == 9000


def test_finer_digits_than_milliseconds_are_cut_off() -> None:
    assert to_ms(parse_point_in_time("2025-05-20T08:12:32.123999Z")) == INSTANT_MS + 123
    assert to_ms(parse_point_in_time(pd.Timestamp("2025-05-20T08:12:32.123456789Z"))) == INSTANT_MS + 123


INSTANTS = st.integers(to_ms(datetime(1974, 1, 1, tzinfo=UTC)), to_ms(datetime(2999, 12, 31, tzinfo=UTC))).map(from_ms)


@settings(max_examples=1000)
@given(INSTANTS, st.sampled_from(["UTC", BERLIN, NEW_YORK, "Asia/Kolkata", "Australia/Lord_Howe"]))
def test_a_thousand_instants_survive_parse_wire_and_back(instant: datetime, zone: str) -> None:
    local = instant.astimezone(ZoneInfo(zone))
    number = to_ms(instant)
    numbers = () if re.match("(19|20)[0-9]{2}[01]", str(number)) and len(str(number)) != 13 else (number, str(number))
    for written in (instant, local, local.isoformat(), format_utc(instant), *numbers):
        read = parse_point_in_time(written)
        assert read == instant
        assert from_ms(to_ms(read)) == instant
    assert parse_service_time(local.isoformat()) == parse_service_time(to_ms(instant)) == instant


DAY = "2026-11-25"


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        (f"{DAY} 18.05", ("18:05", "fraction of an hour")),
        (f"{DAY} 18,05", ("18:05", "fraction of an hour")),
        (f"{DAY}T18.05+01:00", ("18:05", "fraction of an hour")),
        (f"{DAY} 18.05.30", ("18:05", "fraction of an hour")),
        (f"{DAY} 6.05", ("6:05", "fraction of an hour")),
        ("20261125T18.05", ("18:05", "fraction of an hour")),
        (f"{DAY} 18:05.30", ("30 seconds", "fraction of a minute")),
        (f"{DAY} 18:05,5Z", ("5 seconds", "fraction of a minute")),
        (f"{DAY} 6:05", ("06:05", "6:05 in the afternoon")),
        (f"{DAY} 6:05:09", ("06:05", "6:05 in the afternoon")),
        (f"{DAY} 6:05 PM", ("morning", "afternoon")),
        (f"{DAY} 06:05 a.m.", ("morning", "afternoon")),
        (f"{DAY} 18:05 PM", ("morning", "afternoon")),
        (f"{DAY} 24:00", ("beginning", "end")),
        (f"{DAY}T24:00:00Z", ("beginning", "end")),
        ("20261125T2400", ("beginning", "end")),
        (f"{DAY}T18", ("18:00", "any time in that hour")),
        (f"{DAY}T18Z", ("18:00", "any time in that hour")),
        ("20261125T18+0100", ("18:00", "any time in that hour")),
        ("06/05/2026 18:05", ("2026-05-06", "2026-06-05")),
        ("06.05.2026 18:05", ("2026-05-06", "2026-06-05")),
        ("6-5-2026", ("2026-05-06", "2026-06-05")),
        ("01/02/03 18:05", ("2001-02-03", "2003-01-02", "2003-02-01")),
        ("25.11.2026 18:05", (DAY,)),
        ("2026/11/25 18:05", (DAY,)),
        ("2026-6-5 18:05", ("2026-06-05",)),
        ("20261125180509", ("2026-11-25 18:05:09", "2612-01-19")),
        (20261125180509, ("2026-11-25 18:05:09", "2612-01-19")),
        ("202611251805", ("2026-11-25 18:05:00", "1976-06-03")),
        (202611251805, ("2026-11-25 18:05:00", "1976-06-03")),
        (f"{DAY}T18:05+1", ("+1 is not an offset",)),
        (f"{DAY}T18:05+02", ("+02 is not an offset",)),
        (f"{DAY}T18:05-09", ("-09 is not an offset",)),
        (f"{DAY} 18:05-19:00", ("-19:00 is not an offset",)),
        (f"{DAY}T18:05+25:00", ("+25:00 is not an offset",)),
        (f"{DAY}T18:05+14:01", ("+14:01 is not an offset",)),
        (f"{DAY}T18:05-12:01", ("-12:01 is not an offset",)),
        (f"{DAY}T18:05+01:60", ("+01:60 is not an offset",)),
        (f"{DAY}T18:05:09+02:00:30", ("+02:00:30 is not an offset",)),
        ("2026-11-25 18:05 CST", ("letters such as CST can stand for more than one offset", "as in +01:00")),
        ("20261125T180530 CEST", ("letters such as CEST can stand for more than one offset",)),
        ("2026-W48-3", ("a week and not a date",)),
        ("2026W483T18:05", ("a week and not a date",)),
        ("2026-329T18:05", ("in the form YYYY-MM-DD HH:MM:SS",)),
        (f"{DAY} 1805", ("not a time in the form",)),
        (f"{DAY} 18:5", ("not a time in the form",)),
        (f"{DAY} 18:05:9", ("not a time in the form",)),
        (f"{DAY} 18:05:09.", ("not a time in the form",)),
        (f"{DAY} 18:05:09.1234567890", ("not a time in the form",)),
        (f"{DAY} 18:05 CET", ("letters such as CET can stand for more than one offset",)),
        (f"{DAY} 18:05 UTC+2", ("not a time in the form",)),
        (f"{DAY} 18:05 tomorrow", ("not a time in the form",)),
        (f"{DAY}  18:05", ("not a date with a time of day",)),
        (f"{DAY} 18:60", ("no such day or time",)),
        (f"{DAY} 25:00", ("no such day or time",)),
        ("2026-02-29 18:05", ("no such day or time",)),
        (f"{DAY}\u00a018:05", ("U+00A0 (NO-BREAK SPACE)",)),
        (f"{DAY}\t18:05", ("U+0009",)),
        (f"{DAY} 18:05\u221205:00", ("U+2212 (MINUS SIGN)",)),
        ("\uff12\uff10\uff12\uff16-11-25 18:05", ("U+FF12 (FULLWIDTH DIGIT TWO)",)),
        (f"{DAY} \u0661\u0668:05", ("U+0661",)),
        ("\u0661747728752000", ("U+0661",)),
    ],
)
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_a_spelling_that_a_reader_could_take_for_another_time_is_refused(
    text: Any, readings: tuple[str, ...], zone: str | None
) -> None:
    with pytest.raises(InputError) as caught:
        parse_point_in_time(text, zone)
    for reading in readings:
        assert reading in str(caught.value)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        (f"{DAY} 18:05", "2026-11-25T17:05:00Z"),
        (f"{DAY}T18:05", "2026-11-25T17:05:00Z"),
        ("20261125T1805", "2026-11-25T17:05:00Z"),
        ("20261125T180509", "2026-11-25T17:05:09Z"),
        ("20261125T180509,5-0130", "2026-11-25T19:35:09.5Z"),
        (f"{DAY} 18:05:09.050", "2026-11-25T17:05:09.050Z"),
        (f"{DAY} 18:05:09,5", "2026-11-25T17:05:09.5Z"),
        (f"{DAY} 18:05+0130", "2026-11-25T16:35:00Z"),
        (f"{DAY} 18:05z", "2026-11-25T18:05:00Z"),
        (f"{DAY} 18:05 GMT", "2026-11-25T18:05:00Z"),
        (f"{DAY} 18:05+14:00", "2026-11-25T04:05:00Z"),
        (f"{DAY} 18:05-12:00", "2026-11-26T06:05:00Z"),
    ],
)
def test_a_spelling_with_one_reading_is_read(text: str, utc: str) -> None:
    assert parse_point_in_time(text, BERLIN) == datetime.fromisoformat(utc)


def digits_of(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def assert_printed_as_typed(text: str, read: datetime, zone: str) -> None:
    """Compare the digits of an accepted text with those of the instant, printed in the offset or the zone that was typed."""
    offset = re.search(r"(?i)(z|utc|gmt|[+-](\d\d):?(\d\d)?)$", text.strip()[10:])
    there: tzinfo = ZoneInfo(zone)
    if offset is not None:
        size = timedelta(hours=int(offset[2] or 0), minutes=int(offset[3] or 0))
        there = timezone(-size if offset[0].startswith("-") else size)
    typed = digits_of(text.strip()[: len(text.strip()) - len(offset[0] if offset else "")])[:17]
    printed = f"{read.astimezone(there):%Y%m%d%H%M%S%f}"[:17]
    assert len(typed) >= len("202611251805")
    assert printed == typed.ljust(17, "0")


TYPED = st.builds(
    lambda parts, mark, second, fraction, offset: (
        f"{parts[0]:04}-{parts[1]:02}-{parts[2]:02}{mark}{parts[3]:02}:{parts[4]:02}{second}{fraction if second else ''}{offset}"
    ),
    st.tuples(st.integers(1971, 2099), *(st.integers(0, most) for most in (13, 32, 25, 61))),
    st.sampled_from("T t"),
    st.sampled_from(["", ":00", ":09", ":59", ":60"]),
    st.sampled_from(["", ".5", ",050", ".123456789"]),
    st.sampled_from(["", "Z", " utc", "+02:00", "-0530", "+14:00", "+14:30", " -12:00", "+23:00", "+09"]),
)


@settings(max_examples=1000)
@given(TYPED, st.data())
def test_whatever_is_accepted_prints_as_it_was_typed(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    changed = text[:place] + data.draw(st.sampled_from(["", *"0123456789.,:-+ TZ/"])) + text[place + 1 :]
    zone = data.draw(st.sampled_from(["UTC", BERLIN, NEW_YORK, "Asia/Kolkata", "Australia/Lord_Howe"]))
    for written in (text, changed):
        try:
            read = parse_point_in_time(written, zone)
        except InputError:
            continue
        assert_printed_as_typed(written, read, zone)


@settings(max_examples=300)
@given(st.text() | st.integers() | st.floats() | st.none() | st.binary(), st.sampled_from([None, BERLIN]))
def test_anything_else_is_an_instant_or_an_input_error(value: Any, zone: str | None) -> None:
    with contextlib.suppress(InputError):
        assert parse_point_in_time(value, zone).tzinfo is UTC


@pytest.mark.parametrize("name", ["localtime", "Localtime", "posixrules", "Factory", "posix/Europe/Berlin", "right/UTC"])
def test_a_name_that_means_another_zone_on_another_machine_is_refused(name):
    with pytest.raises(InputError, match="IANA name"):
        find_time_zone(name)


@pytest.mark.parametrize(
    ("text", "instants"),
    [
        ("2026-10-25 02:30", ["2026-10-25 00:30:00 UTC", "2026-10-25 01:30:00 UTC"]),
        ("2026-03-29 02:30", ["2026-03-29 00:59:59 UTC", "2026-03-29 01:00:00 UTC"]),
        ("2026-03-29 02:00", ["2026-03-29 00:59:59 UTC", "2026-03-29 01:00:00 UTC"]),
        ("2026-13-29 02:00", []),
    ],
)
def test_a_local_time_that_happened_twice_or_never_comes_with_the_instants_to_choose_from(text, instants):
    with pytest.raises(InputError) as caught:
        parse_point_in_time(text, BERLIN)
    assert [format_utc(one) for one in caught.value.instants] == instants


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("SHANGHAI", "Asia/Shanghai"),
        ("Europe/Berln", "Europe/Berlin"),
    ],
)
def test_a_zone_is_found_by_a_part_of_its_name_or_a_similar_spelling(text, first):
    assert similar_time_zones(text)[0] == first


def test_texts_that_name_no_zone_find_none():
    assert [similar_time_zones(text) for text in ("", " ", "localtime")] == [[], [], []]


def test_every_known_zone_can_be_used():
    names = known_time_zones()
    assert {"UTC", BERLIN, NEW_YORK} <= set(names)
    assert all(find_time_zone(name).key == name for name in names)
