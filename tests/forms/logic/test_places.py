"""What is told about a place before it is chosen."""

from datetime import timedelta

import pytest

from ddmkit.forms.logic.places import describe_backup, describe_instant
from ddmkit.forms.logic.point_options import PointOptions
from ddmkit.models import Backup, RestorableRange

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def options(now):
    ranges = (
        RestorableRange(start_time=now - 9 * DAY, end_time=now - 5 * HOUR),
        RestorableRange(start_time=now - 2 * HOUR, end_time=now - HOUR),
    )
    return PointOptions((Backup(id="b", name="daily-1", created=now - 6 * HOUR, status="normal"),), ranges)


def test_an_instant_in_a_range_names_zone_range_and_the_backup_that_is_used(options, now):
    place = describe_instant(now - 90 * timedelta(minutes=1), options, "Europe/Berlin", now)
    assert place.when == "2026-05-20 12:30:00 Europe/Berlin (+0200) = 2026-05-20 10:30:00 UTC, 1 h 30 min ago"
    berlin = "Europe/Berlin (+0200)"
    assert f"range from 2026-05-20 12:00:00 {berlin} to 2026-05-20 13:00:00 {berlin}" in place.facts[0]
    assert "daily-1" in place.facts[1]
    assert place.point.expected.id == "b"
    assert place.words.startswith(place.when)


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (3 * HOUR, "gap of 3 h, from 2026-05-20 07:00:00 UTC to 2026-05-20 10:00:00 UTC"),
        (-HOUR, "lies in the future"),
        (30 * timedelta(minutes=1), "lies in no restorable range"),
    ],
)
def test_an_instant_that_cannot_be_restored_to_says_why_and_names_the_nearest(options, now, ago, said):
    place = describe_instant(now - ago, options, "UTC", now)
    assert place.point is None
    assert said in place.facts[0]
    assert place.facts[1]


def test_a_gap_is_told_in_the_chosen_zone(options, now):
    place = describe_instant(now - 3 * HOUR, options, "Asia/Shanghai", now)
    assert "2026-05-20 15:00:00 Asia/Shanghai (+0800) to 2026-05-20 18:00:00 Asia/Shanghai (+0800)" in place.facts[0]
    assert "Asia/Shanghai" in place.facts[1]


def test_without_known_ranges_it_says_that_nobody_knows(now):
    place = describe_instant(now - HOUR, PointOptions(ranges_problem="refused."), "UTC", now)
    assert place.facts == (
        "Nobody knows whether it can be restored to: refused.",
        "No backup from before that instant is listed.",
    )
    assert place.point is not None


def test_a_backup_tells_name_type_and_how_long_it_is_kept(now):
    backup = Backup(id="b", name="a\u202eb", created=now - DAY, status="normal", backup_type="metadata")
    place = describe_backup(backup, "UTC", now)
    assert "before an operation (metadata), kept 29 d more" in place.facts[0]
    assert "\u202e" not in place.words
    refused = describe_backup(backup.model_copy(update={"status": "creating"}), "UTC", now)
    assert refused.point is None
    assert "creating, not normal" in refused.words
