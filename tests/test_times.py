"""Instants are converted exactly, the service's times are read, spans are compared, and instants are put into words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ddmkit.times import (
    Span,
    find_gaps,
    format_ago,
    format_duration,
    format_instant,
    format_nearest,
    format_utc,
    from_ms,
    is_within,
    merge_spans,
    nearest_instants,
    offset_changes,
    parse_service_time,
    to_ms,
)

INSTANT = datetime(2025, 5, 20, 8, 12, 32, tzinfo=UTC)
INSTANT_MS = 1747728752000
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 5, 20, hour, minute, tzinfo=UTC)


class Silent(tzinfo):
    def utcoffset(self, moment: datetime | None) -> None:
        return None


@pytest.mark.parametrize(
    "value",
    [
        "2025-05-20T08:12:32+0000",
        "2025-05-20T16:12:32+0800",
        "2025-05-20T09:12:32+01:00",
        "2025-05-20T08:12:32Z",
        "2025-05-20 T08:12:32Z",
        "2025-05-20T08:12:32.000000Z",
        " 2025-05-20T08:12:32+0000 ",
        INSTANT_MS,
        str(INSTANT_MS),
        INSTANT_MS // 1000,
        str(INSTANT_MS // 1000),
        INSTANT_MS / 1000,
        float(INSTANT_MS),
        INSTANT.astimezone(ZoneInfo(BERLIN)),
    ],
)
def test_every_form_the_service_prints_is_read(value: Any) -> None:
    assert parse_service_time(value) == INSTANT


@pytest.mark.parametrize("value", [None, "", "  ", 0, "0", 0.0, "000"])
def test_an_empty_time_of_the_service_is_none(value: Any) -> None:
    assert parse_service_time(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "2025-05-20T08:12:32",
        datetime(2025, 5, 20),
        datetime(2025, 5, 20, tzinfo=Silent()),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
        "0001-01-01T00:00:00+01:00",
        "9" * 30,
        "9" * 5000,
        "²",
        "soon",
        True,
        1.5,
        999_999_999,
        "999999999",
        INSTANT_MS * 1000,
        "20250520",
        20250520,
        "202505200812",
        "20250520081232",
        float("nan"),
        [],
        {},
    ],
)
def test_a_time_that_the_service_cannot_mean_is_a_value_error(value: Any) -> None:
    with pytest.raises(ValueError):
        parse_service_time(value)


@pytest.mark.parametrize(
    ("accepted", "refused"),
    [
        ("1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z"),
        ("9000-12-31T23:59:59Z", "9001-01-01T00:00:00Z"),
        ("1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z"),
        ("1970-01-01T00:00:00Z", -1),
        (221876927999999, 221876928000000),
    ],
)
def test_a_time_of_the_service_lies_in_the_years_1970_to_9000(accepted: Any, refused: Any) -> None:
    assert parse_service_time(accepted) is not None
    with pytest.raises(ValueError, match="outside the years 1970 to 9000"):
        parse_service_time(refused)


def test_seconds_and_milliseconds_are_told_apart_by_their_size() -> None:
    assert parse_service_time(10**9) == datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
    assert parse_service_time(10**11 - 1) == datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC)
    assert parse_service_time(10**11) == datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)
    assert parse_service_time(1747728424.956) == datetime(2025, 5, 20, 8, 7, 4, 956000, tzinfo=UTC)


def test_milliseconds_are_exact_where_floating_point_is_not() -> None:
    assert to_ms(from_ms(253402300799999)) == 253402300799999
    assert from_ms(1747732352076) == datetime(2025, 5, 20, 9, 12, 32, 76000, tzinfo=UTC)


def test_spans_that_touch_or_overlap_are_one() -> None:
    spans = [Span(at(10), at(12)), Span(at(1), at(2)), Span(at(2), at(3)), Span(at(11), at(11, 30))]
    assert merge_spans(spans) == [Span(at(1), at(3)), Span(at(10), at(12))]
    assert merge_spans([]) == []


def test_gaps_lie_between_the_spans_in_order() -> None:
    spans = [Span(at(10), at(12)), Span(at(1), at(3)), Span(at(15), at(16))]
    assert find_gaps(spans) == [Span(at(3), at(10)), Span(at(12), at(15))]
    assert find_gaps(spans[:1]) == find_gaps([]) == []


@pytest.mark.parametrize(
    ("instant", "expected"), [(at(1), True), (at(2), True), (at(3), True), (at(4), False), (at(0), False)]
)
def test_both_ends_of_a_span_belong_to_it(instant: datetime, expected: bool) -> None:
    assert is_within(instant, [Span(at(1), at(3))]) is expected
    assert is_within(instant, []) is False


@pytest.mark.parametrize(
    ("instant", "expected"),
    [(at(5), (at(3), at(10))), (at(0), (None, at(1))), (at(20), (at(12), None))],
)
def test_the_nearest_legal_instants_lie_on_both_sides(instant: datetime, expected: tuple[Any, Any]) -> None:
    assert nearest_instants(instant, [Span(at(10), at(12)), Span(at(1), at(3))]) == expected
    assert nearest_instants(instant, []) == (None, None)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (8, "8 s"),
        (60, "1 min"),
        (133, "2 min 13 s"),
        (3600, "1 h"),
        (18_720, "5 h 12 min"),
        (86_460, "1 d"),
        (273_600, "3 d 4 h"),
        (-18_720, "5 h 12 min"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (timedelta(hours=5, minutes=12), "5 h 12 min ago"),
        (timedelta(minutes=-3), "in 3 min"),
        (timedelta(milliseconds=400), "just now"),
        (timedelta(milliseconds=-400), "just now"),
        (timedelta(0), "just now"),
        (timedelta(milliseconds=999), "just now"),
        (timedelta(milliseconds=-999), "just now"),
        (timedelta(seconds=1), "1 s ago"),
        (timedelta(seconds=-1), "in 1 s"),
    ],
)
def test_the_distance_from_now_is_said_in_words(distance: timedelta, said: str) -> None:
    assert format_ago(INSTANT - distance, INSTANT) == said


def test_an_instant_is_said_in_four_notations() -> None:
    now = INSTANT + timedelta(hours=5, minutes=12)
    assert format_instant(INSTANT, ZoneInfo(BERLIN), now) == (
        "2025-05-20 08:12:32 UTC = 2025-05-20 10:12:32 Europe/Berlin (+0200) = 1747728752000 ms, 5 h 12 min ago"
    )
    assert format_instant(INSTANT, ZoneInfo("UTC"), now) == "2025-05-20 08:12:32 UTC = 1747728752000 ms, 5 h 12 min ago"


def test_milliseconds_are_said_where_there_are_some() -> None:
    assert format_utc(INSTANT + timedelta(milliseconds=76)) == "2025-05-20 08:12:32.076 UTC"
    assert format_utc(INSTANT.astimezone(ZoneInfo(NEW_YORK))) == "2025-05-20 08:12:32 UTC"


def test_the_nearest_instants_are_named_on_the_sides_that_have_a_span() -> None:
    span = Span(INSTANT, INSTANT + timedelta(hours=1))
    assert format_nearest(INSTANT - timedelta(1), [span]) == "2025-05-20 08:12:32 UTC"
    later = Span(INSTANT + timedelta(days=2), INSTANT + timedelta(days=3))
    between = format_nearest(INSTANT + timedelta(days=1), [span, later])
    assert between == "2025-05-20 09:12:32 UTC and 2025-05-22 08:12:32 UTC"
    assert format_nearest(INSTANT, []) == ""


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", [("2025-01-01 00:00:00 UTC", 0)]),
        (
            BERLIN,
            [("2025-01-01 00:00:00 UTC", 60), ("2025-03-30 01:00:00 UTC", 120), ("2025-10-26 01:00:00 UTC", 60)],
        ),
        (
            "Australia/Lord_Howe",  # moves its clocks by half an hour
            [("2025-01-01 00:00:00 UTC", 660), ("2025-04-05 15:00:00 UTC", 630), ("2025-10-04 15:30:00 UTC", 660)],
        ),
    ],
)
def test_the_offsets_of_a_zone_are_found_to_the_second(zone: str, expected: list[tuple[str, int]]) -> None:
    year = Span(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC))
    found = [(format_utc(at), offset // timedelta(minutes=1)) for at, offset in offset_changes(ZoneInfo(zone), year)]
    assert found == expected


def test_a_span_between_whole_seconds_gives_the_same_changes() -> None:
    part = timedelta(milliseconds=700)
    year = Span(datetime(2025, 1, 1, tzinfo=UTC) + part, datetime(2025, 3, 30, 1, tzinfo=UTC) + part)
    assert [format_utc(at) for at, _ in offset_changes(ZoneInfo(BERLIN), year)] == [
        "2025-01-01 00:00:00 UTC",
        "2025-03-30 01:00:00 UTC",
    ]


def test_an_empty_span_has_one_offset() -> None:
    assert offset_changes(ZoneInfo(BERLIN), Span(INSTANT, INSTANT)) == [(INSTANT, timedelta(hours=2))]
