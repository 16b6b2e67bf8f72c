"""A whole restore, from the plan to the proof, on every edition of the service that the simulator plays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import ddmkit
from ddmkit.errors import InputError
from ddmkit.simulator import EDITIONS

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)


@pytest.fixture(params=EDITIONS)
def kit(request, tmp_path):
    with ddmkit.demo(world=tmp_path / "world.sqlite", now=NOW, edition=request.param) as opened:
        yield opened


def point_of(kit: Any, kind: str) -> dict[str, Any]:
    return {kind: getattr(kit.scenario, kind)}


@pytest.mark.parametrize("kind", ["backup_id", "restore_time"])
def test_a_restore_is_planned_submitted_followed_and_proved(kit, kind):
    facts = kit.scenario
    plan = kit.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, **point_of(kit, kind))
    assert plan.ready, [check for check in plan.checks if check.status == "fail"]
    job = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings)
    job.wait(timeout_s=120, poll_s=0)
    assert (job.status, job.verification.passed) == ("completed", True)
    assert job.record.verify() == []
    assert [restore["job_id"] for restore in kit._simulator.effective_restores()] == [job.id]
    assert job.id in {one.id for one in kit.jobs(since=timedelta(hours=1))}


def test_accounts_are_read_where_they_are_published_and_warned_of_where_not(kit):
    facts = kit.scenario
    plan = kit.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, backup_id=facts.backup_id)
    (empty,) = [check for check in plan.checks if check.id == "target-empty"]
    asked = {
        (request.operation, request.path.split("/")[1]) for request in kit._simulator.requests if "users" in request.path
    }
    versions = {
        "huawei": {("ListDdmUsers", "v3")},
        "early": {("", "v3"), ("ListUsers", "v1")},
        "otc": {("", "v3"), ("", "v1")},
    }
    assert asked == versions[kit._simulator.edition]
    if kit._simulator.edition == "otc":
        assert empty.status == "warn"
        assert "target-empty" in plan.warnings


def test_a_target_with_an_account_is_refused_where_accounts_are_published(kit):
    facts = kit.scenario
    kit._simulator.world.add_account(facts.target, "app_rw")
    plan = kit.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, backup_id=facts.backup_id)
    (empty,) = [check for check in plan.checks if check.id == "target-empty"]
    assert empty.status == ("warn" if kit._simulator.edition == "otc" else "fail")


def test_a_world_keeps_its_edition_for_the_next_kit(tmp_path):
    place = tmp_path / "world.sqlite"
    ddmkit.demo(world=place, edition="otc").close()
    with ddmkit.demo(world=place) as again:
        assert again._simulator.edition == "otc"
    with pytest.raises(InputError, match=r"holds the edition 'otc', not 'early'"):
        ddmkit.demo(world=place, edition="early")


def test_an_unknown_edition_is_refused_by_name():
    with pytest.raises(InputError, match=r"'mars'.*huawei, otc, early"):
        ddmkit.demo(edition="mars")
