"""Which points are suggested for "when did it happen?"."""

from datetime import timedelta

import pytest

from ddmkit.forms.logic.suggestions import suggest_points
from ddmkit.models import Backup
from ddmkit.times import Span


@pytest.fixture
def made(now):
    def make(hours, kind="auto_metadata", status="normal"):
        return Backup(id=f"b{hours}", created=now - timedelta(hours=hours), backup_type=kind, status=status)

    return make


def ids(found):
    return [one.backup_id for one in found]


def test_the_backup_made_before_the_operation_comes_first(made, now):
    incident = now - timedelta(hours=4)
    spans = [Span(now - timedelta(days=2), now)]
    found = suggest_points(incident, [made(2), made(4.5, "metadata"), made(9)], spans, now)
    assert ids(found) == ["b4.5", ""]
    assert "30 min before the incident" in found[0].reason
    assert found[1].instant == incident - timedelta(seconds=1)


def test_a_later_daily_backup_before_the_incident_is_second(made, now):
    found = suggest_points(now, [made(1), made(5, "metadata")], [], now)
    assert ids(found) == ["b5", "b1"]


def test_a_time_remembered_too_early_still_finds_the_backup_made_before_the_drop(made, now):
    found = suggest_points(now - timedelta(hours=5), [made(4.5, "metadata"), made(9)], [], now)
    assert ids(found) == ["b4.5", "b9"]
    assert "after the given time" in found[0].reason


def test_an_incident_in_a_gap_gives_the_latest_instant_before_the_gap(now):
    edge = now - timedelta(hours=8)
    found = suggest_points(now - timedelta(hours=6), [], [Span(now - timedelta(days=1), edge)], now)
    assert [one.instant for one in found] == [edge]
    assert "no restorable range" in found[0].reason


def test_without_an_incident_the_newest_of_each_kind_are_given(made, now):
    found = suggest_points(None, [made(1), made(5, "metadata")], [Span(now - timedelta(days=1), now)], now)
    assert ids(found) == ["b5", "b1", ""]


def test_a_backup_that_is_not_normal_is_never_suggested(made, now):
    assert suggest_points(now, [made(1, "metadata", status="deleting")], [], now) == ()


def test_an_instant_after_an_operation_says_that_it_may_be_too_late(made, now):
    spans = [Span(now - timedelta(days=2), now)]
    dropped = made(5, "metadata").model_copy(update={"description": "before deleting schema orders"})
    after = suggest_points(now, [made(1), dropped], spans, now)[-1]
    assert "began 4 h 59 min earlier. Its note: “before deleting schema orders”" in after.reason
    assert "may be too late: choose the backup made before it" in after.reason
    assert "too late" not in suggest_points(now, [made(1), made(9)], spans, now)[-1].reason
    assert "too late" not in suggest_points(now - timedelta(hours=6), [dropped], spans, now)[-1].reason
