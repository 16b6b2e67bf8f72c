"""The check of the point in time: its ranges, their gaps and ends, and the nearest instants that are named."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ddmkit.times import to_ms
from tests.restore.builders import NOW, inventory, inventory_at, look, read, request_at, restorable, unread

FIRST = restorable(NOW - timedelta(days=7), NOW - timedelta(days=3))
SECOND = restorable(NOW - timedelta(days=2), NOW - timedelta(minutes=2))


def judge(point: datetime, ranges=(FIRST, SECOND)):
    return look("time-in-range", inventory_at(point, ranges=read(ranges)), request_at(point))


def test_a_backup_needs_no_range():
    assert look("time-in-range", inventory()).status == "skip"


@pytest.mark.parametrize(
    "point",
    [FIRST.start_time, FIRST.end_time, SECOND.start_time, SECOND.end_time, NOW - timedelta(hours=1)],
    ids=["first start", "first end", "second start", "second end", "inside"],
)
def test_a_range_includes_both_its_ends(point):
    assert judge(point).status == "pass"


def test_a_range_that_ends_before_it_starts_is_no_range():
    reversed_range = restorable(NOW - timedelta(hours=1), NOW - timedelta(hours=3))
    found = judge(NOW - timedelta(days=30), ranges=(FIRST, reversed_range))
    assert found.status == "fail"
    assert str(to_ms(reversed_range.start_time)) not in found.detail + found.hint


@pytest.mark.parametrize("step", [timedelta(milliseconds=-1), timedelta(days=-1)])
def test_before_the_first_range_only_its_start_is_named(step):
    found = judge(FIRST.start_time + step)
    assert found.status == "fail"
    assert str(to_ms(FIRST.start_time)) in found.hint
    assert "before it" not in found.hint


def test_in_a_gap_the_nearest_legal_instants_on_both_sides_are_named():
    found = judge(NOW - timedelta(days=2, hours=12))
    assert found.status == "fail"
    assert f"({to_ms(FIRST.end_time)} ms), 12 h before it" in found.hint
    assert f"({to_ms(SECOND.start_time)} ms), 12 h after it" in found.hint
    assert "kit.backups(source)" in found.hint


def test_after_the_last_range_its_end_is_named():
    found = judge(NOW - timedelta(minutes=1))
    assert found.status == "fail"
    assert str(to_ms(SECOND.end_time)) in found.hint


def test_the_future_is_refused_as_such_with_the_latest_instant():
    found = judge(NOW + timedelta(minutes=5))
    assert found.status == "fail"
    assert "future (in 5 min)" in found.detail
    assert str(to_ms(SECOND.end_time)) in found.hint


def test_the_future_is_refused_even_when_the_ranges_cannot_be_read():
    point = NOW + timedelta(minutes=5)
    assert look("time-in-range", inventory_at(point, ranges=unread()), request_at(point)).status == "fail"


def test_ranges_that_cannot_be_read_are_a_warning_with_the_reason():
    point = NOW - timedelta(hours=1)
    found = look("time-in-range", inventory_at(point, ranges=unread("HTTP 503")), request_at(point))
    assert found.status == "warn"
    assert "HTTP 503" in found.detail


def test_without_any_range_a_backup_is_advised():
    found = judge(NOW - timedelta(hours=1), ())
    assert found.status == "fail"
    assert "lists none" in found.detail
    assert found.hint == "Choose a backup instead (in code: kit.backups(source))."


def test_ranges_that_touch_have_no_gap_between_them():
    halves = (restorable(FIRST.start_time, SECOND.start_time), SECOND)
    assert judge(SECOND.start_time - timedelta(milliseconds=1), halves).status == "pass"


@pytest.mark.parametrize(
    ("distance", "status", "said"),
    [
        (timedelta(milliseconds=1), "pass", "before the incident"),
        (timedelta(hours=2, minutes=5), "pass", "2 h 5 min before the incident"),
        (timedelta(0), "warn", "the same time as the incident"),
        (-timedelta(milliseconds=1), "warn", "after the incident"),
        (-timedelta(minutes=54, seconds=51), "warn", "54 min 51 s after the incident"),
    ],
)
@pytest.mark.parametrize("by_backup", [False, True])
def test_a_point_that_does_not_lie_before_the_incident_is_a_warning(distance, status, said, by_backup):
    point = NOW - timedelta(hours=3)
    facts = (
        inventory(point=point, incident=point + distance) if by_backup else inventory_at(point, incident=point + distance)
    )
    found = look("point-before-incident", facts, None if by_backup else request_at(point))
    assert (found.status, said in found.detail, bool(found.hint)) == (status, True, status == "warn")


def test_without_an_incident_there_is_nothing_to_compare_the_point_with():
    assert look("point-before-incident", inventory()).status == "skip"
    assert look("point-before-incident", inventory_at(NOW), request_at(NOW)).status == "skip"


def test_an_incident_that_cannot_be_compared_with_the_backup_is_a_warning():
    found = look("point-before-incident", inventory(point=None, chosen_backup=None, incident=NOW))
    assert (found.status, "cannot be read" in found.detail) == ("warn", True)
