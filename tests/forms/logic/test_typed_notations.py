"""Times as people write and paste them: one absolute reading, several to choose from, or a refusal with its reason."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddmkit.display.rows import Rows
from ddmkit.errors import InputError
from ddmkit.forms.logic.point_options import format_local, write_instant
from ddmkit.forms.logic.typed_notations import advise_short_forms, describe_readings, read_typed_time
from ddmkit.times import format_instant, format_utc, to_ms
from ddmkit.typed_times import find_time_zone, parse_point_in_time

NOON = datetime(2026, 5, 20, 12, 0, 0, 123_000, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def read(text, zone="UTC", now=NOON):
    typed = read_typed_time(text, zone, now, field="Point")
    return None if typed is None else [(format_utc(one.instant).removesuffix(" UTC"), one.words) for one in typed.readings]


@pytest.mark.parametrize(
    ("text", "instant", "words"),
    [
        ("10:05", "2026-05-20 10:05:00", "today"),
        ("10:05:30", "2026-05-20 10:05:30", "today"),
        (" today  10:05 ", "2026-05-20 10:05:00", "today"),
        ("yesterday 18:05", "2026-05-19 18:05:00", "yesterday"),
        ("Yesterday at 18:05", "2026-05-19 18:05:00", "yesterday"),
        ("10:05 +02:00", "2026-05-20 08:05:00", "today"),
        ("18:05 Asia/Shanghai", "2026-05-20 10:05:00", "today"),
        ("1 h ago", "2026-05-20 11:00:00", "1 h ago"),
        ("90 min ago", "2026-05-20 10:30:00", "90 min ago"),
        ("2 Hours ago", "2026-05-20 10:00:00", "2 Hours ago"),
        ("3 d 4 h ago", "2026-05-17 08:00:00", "3 d 4 h ago"),
        ("8 s ago", "2026-05-20 11:59:52", "8 s ago"),
        ("just now", "2026-05-20 12:00:00", "now"),
        ("2026-05-20 12:45 Europe/Berlin", "2026-05-20 10:45:00", ""),
        ("2026-05-20 12:45:00 europe/berlin (+0200)", "2026-05-20 10:45:00", ""),
        ("2026-05-20 12:45:00 +0200 Europe/Berlin", "2026-05-20 10:45:00", ""),
        ("1779273900000 ms", "2026-05-20 10:45:00", ""),
        ("2026-05-20 10:45:00 UTC (1779273900000 ms), 1 h before it", None, ""),
        ("2026-05-20 10:45:00 UTC (1779273900000 ms)", "2026-05-20 10:45:00", ""),
        ("2026-05-20 10:45:00 UTC (12:45:00 +0200) | backup daily | x", "2026-05-20 10:45:00", ""),
        ("2026-05-20 22:45:00 UTC (2026-05-21 00:45:00 +0200)", "2026-05-20 22:45:00", ""),
        ("2026-05-20 10:45:00 UTC, 1 h 15 min ago", "2026-05-20 10:45:00", ""),
    ],
)
def test_what_has_one_meaning_is_read_as_one_absolute_instant(text, instant, words):
    assert read(text) == (None if instant is None else [(instant, words)])


@pytest.mark.parametrize("zone", ["UTC", BERLIN, "Asia/Kathmandu", "America/New_York"])
@settings(max_examples=60)
@given(ms=st.integers(to_ms(datetime(2020, 1, 1, tzinfo=UTC)), to_ms(NOON)))
def test_every_notation_that_ddmkit_prints_is_read_back_as_the_same_instant(zone, ms):
    instant = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)
    where = find_time_zone(zone)
    whole = format_instant(instant, where, NOON)
    printed = [whole, *whole.rpartition(", ")[0].split(" = "), format_local(instant, zone)]
    printed += [f"{format_utc(instant)} ({to_ms(instant)} ms)", write_instant(instant, zone), format_utc(instant)]
    for text in printed:
        typed = read_typed_time(text, "Asia/Tokyo", NOON, field="Point")
        found = [one.instant for one in typed.readings] if typed else [parse_point_in_time(text, "Asia/Tokyo")]
        assert found == [instant], text


def test_the_times_of_a_table_are_read_back(kit):
    shown = kit.backups(kit.scenario.source)
    assert isinstance(shown, Rows)
    created = shown[0].created
    assert read(f"{created:%Y-%m-%d %H:%M:%S} UTC ({created.astimezone(find_time_zone(BERLIN)):%H:%M:%S %z})") == [
        (format_utc(created).removesuffix(" UTC"), "")
    ]


def test_a_time_of_day_after_now_is_not_guessed_and_the_reading_is_offered():
    typed = read_typed_time("18:05", "UTC", NOON, field="Point")
    assert typed.doubt.startswith("18:05 today lies in the future")
    assert read("18:05") == [("2026-05-19 18:05:00", "yesterday")]


def test_today_is_the_day_of_the_zone():
    late = datetime(2026, 5, 20, 23, 30, tzinfo=UTC)
    assert read("01:10", BERLIN, late) == [("2026-05-20 23:10:00", "today")]
    assert read("23:10 UTC", BERLIN, late) == [("2026-05-20 23:10:00", "today")]


def test_both_ends_of_a_pasted_range_are_offered():
    for end in ("", " (2 h 40 min)", ", 2 h 40 min"):
        text = f"2026-05-17 07:59:59 UTC to 2026-05-17 10:40:01 UTC{end}"
        assert read(text) == [("2026-05-17 07:59:59", "the start"), ("2026-05-17 10:40:01", "the end")]
    assert "two instants" in read_typed_time(text, "UTC", NOON, field="Point").doubt


def test_a_time_of_day_that_exists_twice_is_settled_by_a_choice():
    after = datetime(2026, 10, 25, 12, 0, tzinfo=UTC)
    assert read("02:30", BERLIN, after) == [
        ("2026-10-25 00:30:00", "today the first time"),
        ("2026-10-25 01:30:00", "today the second time"),
    ]
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    assert read("02:30", BERLIN, between) == [
        ("2026-10-25 00:30:00", "today the first time"),
        ("2026-10-24 00:30:00", "yesterday"),
    ]


def test_a_time_of_day_that_never_existed_offers_its_neighbours():
    after = datetime(2026, 3, 30, 1, 0, tzinfo=UTC)
    found = read("yesterday 02:30", BERLIN, after)
    assert found == [
        ("2026-03-29 00:59:59", "yesterday just before the change"),
        ("2026-03-29 01:00:00", "yesterday at the change"),
    ]


def test_days_over_a_change_of_clocks_have_two_readings():
    now = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
    assert read("1 d ago", BERLIN, now) == [
        ("2026-03-28 12:00:00", "24 hours ago"),
        ("2026-03-28 13:00:00", "by the calendar"),
    ]
    assert read("24 h ago", BERLIN, now) == [("2026-03-28 12:00:00", "24 h ago")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 m ago", "not a unit with one meaning"),
        ("2 months ago", "not a unit with one meaning"),
        ("10.05", "fraction of an hour"),
        ("6:05", "06:05 or 6:05 in the afternoon"),
        ("06:05 pm", "12-hour clock"),
        (
            "yesterday 25:00",
            "'yesterday 25:00', read as '2026-05-19 25:00', is not a time: there is no such day or time of day",
        ),
        ("Today, at 25:00", "'Today, at 25:00', read as '2026-05-20 25:00', is not a time"),
        ("25:00", "'25:00', read as '2026-05-20 25:00', is not a time"),
        ("02:30 +25:00", "'+25:00' is not an offset from UTC"),
        ("02:30 -02:99", "'-02:99' is not an offset from UTC"),
        ("2026-05-20 12:45:00 Europe/Berlin (+9900)", "is not a"),
        ("10:45 Mars/Olympus", "no time zone"),
        ("999999 w ago", "before 1970"),
        ("2026-05-20 12:45:00 Europe/Berlin (+0100)", "does not have the offset"),
        ("2026-05-20 10:45:00 UTC = 2026-05-20 13:45:00 Europe/Berlin (+0200)", "different instants"),
        ("2026-10-25 02:30 to 2026-10-25 04:00", "happened twice"),
    ],
)
def test_what_could_be_meant_otherwise_is_refused_with_the_reason(text, said):
    with pytest.raises(InputError) as caught:
        read(text, BERLIN)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-05-20 10:45",
        "05/06/2026 18:05",
        "05.06.2026 18:05",
        "b-1",
        "backup to restore",
        "in 3 min",
        "today",
        "5 ago",
    ],
)
def test_other_text_is_left_to_the_strict_readers(text):
    assert read(text) is None


@settings(max_examples=300)
@given(st.text(alphabet="0123456789:-+.,=|() agohdminsUTCZEuroptBly/", max_size=40))
def test_any_text_is_read_or_refused_and_never_breaks(text):
    try:
        typed = read_typed_time(text, BERLIN, NOON, field="Point")
    except InputError:
        return
    assert typed is None or typed.readings


# Parts of times, right and wrong; chance joins them to what nearly is a time.
_PARTS = (
    "today;yesterday;at;ago;now;3 h;90 min;2 d;999999 w;1 fortnight;18:05;25:99;18.05;10:12:32.5;0:00;99;pm;Z;UTC;=;to;|;,;"
    "2026-05-20;2026-10-25 02:30;2026-02-31;9999-12-31;0001-01-01;+02:00;-0530;+25:00;-02:99;+9900;(+0200);(+2500);"
    "(12:45:00 +0200);(12:45:00 +9900);Europe/Berlin;Mars/Olympus;Etc/GMT+12;Pacific/Kiritimati;1779273979000 ms;(99 ms)"
)


@settings(max_examples=500)
@given(
    parts=st.lists(st.sampled_from(_PARTS.split(";")), max_size=7),
    zone=st.sampled_from([BERLIN, "Pacific/Kiritimati", "UTC"]),
)
def test_any_parts_of_times_are_read_or_refused_and_never_break(parts, zone):
    try:
        typed = read_typed_time(" ".join(parts), zone, NOON, field="Point")
    except InputError:
        return
    assert typed is None or typed.readings


def test_only_refusals_that_come_with_instants_offer_some():
    assert describe_readings(InputError("is empty."), BERLIN) is None
    with pytest.raises(InputError) as caught:
        parse_point_in_time("2026-10-25 02:30", BERLIN)
    offered = describe_readings(caught.value, BERLIN)
    assert [one.words for one in offered.readings] == ["the first time", "the second time"]
    assert "happened twice in Europe/Berlin" in offered.doubt


@pytest.mark.parametrize(
    ("text", "is_advised"), [("some time ago", True), ("2026-02-31 10:00", True), ("06/05/2026 10:00", False)]
)
def test_short_forms_are_named_where_a_text_is_no_time_and_not_where_it_has_two_meanings(text, is_advised):
    with pytest.raises(InputError) as refused:
        parse_point_in_time(text, "UTC")
    assert bool(advise_short_forms(refused.value)) is is_advised
