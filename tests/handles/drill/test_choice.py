"""What a drill restores, and from which point: pure, so each rule is a case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.errors import InputError
from ddmkit.handles.drill.choice import (
    DrillChoice,
    choice_of_plan,
    choose_newest,
    in_cloud,
    warn_of_operation,
    with_expired_backup,
    with_wrong_zone,
)
from ddmkit.models import Backup, RestorableRange
from tests.recovery.builders import plan as recovery_plan

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def a_range(start_h, end_h):
    return RestorableRange(start_time=NOW - timedelta(hours=start_h), end_time=NOW - timedelta(hours=end_h))


def a_backup(hours_ago, **changes):
    made = NOW - timedelta(hours=hours_ago)
    return Backup.model_validate({"id": f"b-{hours_ago}", "status": "normal", "created": made, **changes})


def a_choice(**changes):
    values = {"scope": "metadata and data nodes", "source": "s-1", "incident": NOW, "point": NOW, "why": "Because."}
    return DrillChoice(**{**values, **changes})


@pytest.mark.parametrize(
    ("ranges", "incident", "point"),
    [
        ([a_range(9, 8), a_range(7, 0.5)], NOW, NOW - timedelta(minutes=31)),
        ([a_range(9, 0)], NOW - timedelta(hours=2), NOW - timedelta(hours=2, seconds=1)),
        ([a_range(9, 8), a_range(1, 0)], NOW - timedelta(hours=2), NOW - timedelta(hours=8, minutes=1)),
        ([a_range(9, 8), a_range(0.01, 0)], NOW, NOW - timedelta(hours=8, minutes=1)),  # shorter than the margin
    ],
)
def test_the_newest_whole_second_inside_a_range_and_before_the_incident_is_chosen(ranges, incident, point):
    chosen = choose_newest("s-1", ranges, [a_backup(1)], incident, "UTC")
    assert (chosen.point, chosen.backup_id) == (point, None)


def test_without_a_range_the_newest_usable_backup_before_the_incident_is_chosen():
    backups = [a_backup(30), a_backup(3), a_backup(2, status="deleted"), a_backup(0.5)]
    chosen = choose_newest("s-1", [], backups, NOW - timedelta(hours=1), "UTC")
    assert (chosen.backup_id, chosen.point) == ("b-3", NOW - timedelta(hours=3))
    with pytest.raises(InputError, match="neither a restorable range nor a backup"):
        choose_newest("s-1", [], [], NOW, "UTC")


def test_an_expiring_backup_is_the_chosen_one_or_the_newest():
    chosen = a_choice(backup_id="mine")
    assert with_expired_backup(chosen, [a_backup(1)]) is chosen
    assert with_expired_backup(a_choice(), [a_backup(5), a_backup(4)]).backup_id == "b-4"
    for nothing in (a_choice(), a_choice(scope="metadata only")):
        with pytest.raises(InputError, match="expired-backup"):
            with_expired_backup(nothing, [] if nothing.scope != "metadata only" else [a_backup(1)])


def test_a_wrong_zone_is_eight_hours_too_late_and_names_no_backup():
    wrong = with_wrong_zone(a_choice(backup_id="b-1", point=NOW + timedelta(milliseconds=500)))
    assert (wrong.point, wrong.backup_id) == (NOW + timedelta(hours=8), None)
    assert "UTC+8" in wrong.why


def test_in_the_cloud_everything_is_new_and_throwaway():
    taken = a_choice(scope="metadata only", target="t-1", data_nodes=("n-1",), nodes={"a": "b"})
    arguments = in_cloud(taken).arguments
    assert arguments["throwaway"] is True
    assert (arguments["target"], arguments["nodes"]) == ("new", None)
    assert "throwaway" not in taken.arguments
    assert taken.arguments["data_nodes"] == ("n-1",)


def test_the_choice_of_a_record_is_that_of_its_plan():
    plan = recovery_plan()
    chosen = choice_of_plan(plan, "r-1")
    assert (chosen.source, chosen.point, chosen.why) == (
        plan.source_id,
        plan.instant.moment,
        "The same point as in record r-1.",
    )
    assert chosen.incident == (plan.incident or plan.created)


@pytest.mark.parametrize(
    ("backups", "chosen", "warns"),
    [
        ([a_backup(3), a_backup(2, backup_type="metadata")], {}, True),
        ([a_backup(3, backup_type="metadata"), a_backup(2)], {}, False),  # a daily backup has the state after the operation
        ([a_backup(2, backup_type="metadata", status="deleted")], {}, False),
        ([a_backup(2, backup_type="metadata")], {"point": NOW - timedelta(hours=3)}, False),
        ([a_backup(2, backup_type="metadata")], {"backup_id": "b-2"}, False),
        ([], {}, False),
    ],
)
def test_a_point_whose_metadata_is_of_before_an_operation_is_warned_of(backups, chosen, warns):
    told = warn_of_operation(a_choice(**chosen), backups)
    assert ("b-2, was made 2 h earlier, just before an operation" in told, bool(told)) == (warns, warns)
