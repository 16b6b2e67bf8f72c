"""Ticks at round local times, groups of marks that would overlap, labels side by side."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from ddmkit.display.timeline.scale import LETTER, Scale, group_marks, make_ticks, place_labels
from ddmkit.times import Span

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def scale_of(length, start=NOON):
    return Scale(Span(start, start + length), 100, 900)


def test_an_instant_has_its_pixel_and_a_span_is_cut_at_the_edges():
    scale = scale_of(8 * HOUR)
    assert scale.x(NOON + 2 * HOUR) == 300
    assert scale.clip(Span(NOON - DAY, NOON + HOUR)) == (100, 200)
    assert scale.clip(Span(NOON - DAY, NOON - HOUR)) is None
    assert scale.shows(NOON)
    assert not scale.shows(NOON - HOUR)


@pytest.mark.parametrize(
    ("length", "zone", "words"),
    [
        (8 * HOUR, "UTC", ["12:00", "13:00", "14:00"]),
        (8 * HOUR, "Asia/Kathmandu", ["18:00", "19:00", "20:00"]),
        (timedelta(seconds=40), "UTC", ["12:00:00", "12:00:05", "12:00:10"]),
        (8 * DAY, "Europe/Berlin", ["21 May", "22 May", "23 May"]),
        (20 * DAY, "America/New_York", ["21 May", "23 May", "25 May"]),
    ],
)
def test_ticks_stand_at_round_times_of_the_zone(length, zone, words):
    ticks = make_ticks(scale_of(length), ZoneInfo(zone))
    assert [one.words for one in ticks[:3]] == words
    assert all(after.x - before.x >= 79 for before, after in pairwise(ticks))


@pytest.mark.parametrize("day", [datetime(2026, 3, 28, 22, 0, tzinfo=UTC), datetime(2026, 10, 24, 22, 0, tzinfo=UTC)])
def test_no_tick_stands_at_a_local_time_that_does_not_exist_where_clocks_change(day):
    zone = ZoneInfo("Europe/Berlin")
    scale = scale_of(6 * HOUR, day)
    for tick in make_ticks(scale, zone, distance=60):
        at = scale.span.start + (tick.x - 100) / 800 * (scale.span.end - scale.span.start)
        shown = (at + timedelta(seconds=90)).astimezone(zone)
        assert f"{shown:%d %b}" == tick.words if tick.is_day else f"{shown:%H}" == tick.words[:2]


def test_marks_that_would_overlap_are_grouped_and_no_two_groups_overlap():
    assert group_marks([10, 15, 100, 200]) == [[0, 1], [2], [3]]
    places = sorted((index * 7919) % 800 for index in range(600))
    groups = group_marks(places)
    assert [index for group in groups for index in group] == list(range(600))
    edges = [(places[group[0]] + places[group[-1]]) / 2 for group in groups]
    assert all(after - before >= 12 for before, after in pairwise(edges))
    assert group_marks([]) == []


def test_labels_never_overlap_and_stay_inside():
    labels = place_labels([("incident 10:47:51", 500), ("now 12:00:00", 505), ("chosen", 890), ("latest", 101)], 100, 900)
    for one in labels:
        assert 100 <= one.left <= 900 - len(one.words) * LETTER
        for other in labels:
            if one is not other and one.lane == other.lane:
                first, second = sorted((one, other), key=lambda label: label.left)
                assert first.left + len(first.words) * LETTER < second.left
    assert max(one.lane for one in labels) == 1
