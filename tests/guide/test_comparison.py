"""Two points side by side: which ones, what is known about each, and what a plan for each would meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import ddmkit
from ddmkit.guide.comparison import compare_points, read_points, show_plans
from ddmkit.guide.parameters import PageParameters

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    with ddmkit.demo(now=NOON, world=tmp_path_factory.mktemp("comparison") / "world.sqlite") as opened:
        yield opened


@pytest.fixture
def page(kit):
    return PageParameters(source=kit.scenario.source, time_zone="UTC")


def test_points_that_are_not_named_are_those_of_the_scenario(kit, page):
    facts = kit.scenario
    assert read_points(kit, page, "", "") == {"first": facts.backup_id, "second": facts.restore_time}


def test_a_point_that_is_named_is_kept_and_the_other_is_a_different_one(kit, page):
    facts = kit.scenario
    assert read_points(kit, page, facts.backup_id, "") == {"first": facts.backup_id, "second": facts.restore_time}
    assert read_points(kit, page, "", facts.backup_id) == {"first": facts.restore_time, "second": facts.backup_id}
    named = read_points(kit, page, "2026-05-20T09:00:00Z", "2026-05-20 10:00")
    assert named == {
        "first": datetime(2026, 5, 20, 9, tzinfo=UTC),
        "second": datetime(2026, 5, 20, 10, tzinfo=UTC),
    }


def test_another_source_gives_its_two_newest_usable_backups_or_asks_for_points(kit):
    sources = [one.id for one in kit.instances() if one.id != kit.scenario.source]
    with_two = {one: [backup.id for backup in kit.backups(one) if backup.is_usable][:2] for one in sources}
    for source, usable in with_two.items():
        page = PageParameters(source=source, time_zone="UTC")
        if len(usable) == 2:
            assert list(read_points(kit, page, "", "").values()) == usable
        else:
            with pytest.raises(ddmkit.InputError, match="there are not two usable backups to compare"):
                read_points(kit, page, "", "")
    assert any(len(usable) < 2 for usable in with_two.values())


def test_each_point_is_described_and_the_nearest_before_the_incident_is_named(kit, page):
    points = read_points(kit, page, "", "")
    shown = compare_points(kit, page.source, points, kit.scenario.incident).text
    assert "Points side by side" in shown
    assert all(name in shown for name in points)
    assert "before the incident" in shown


def test_a_backup_of_another_instance_is_refused_by_its_name_on_the_page(kit, page):
    with pytest.raises(ddmkit.InputError, match=r"^second: 'no-backup' is not a backup of"):
        compare_points(kit, page.source, {"first": NOON - timedelta(hours=3), "second": "no-backup"}, None)


def test_plans_show_what_each_could_do_and_only_the_checks_that_need_attention(kit):
    facts = kit.scenario
    usual = {"source": facts.source, "target": facts.target, "data_nodes": facts.data_nodes}
    ready = kit.plan(**usual, backup_id=facts.backup_id)
    too_early = kit.plan(**usual, restore_time=NOON - timedelta(days=400))
    shown = show_plans({"first": ready, "second": too_early}).text
    assert ready.digest in shown
    assert too_early.digest in shown
    attention = {check.id for plan in (ready, too_early) for check in plan.checks if check.status in {"fail", "warn"}}
    assert f"The other {len(ready.checks) - len(attention)} checks pass or do not apply" in shown
    assert "failed: " in shown
