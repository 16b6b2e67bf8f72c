"""Fleets as a kit offers them: a plan leaves nothing, and only an approved fleet of this store is worked on."""

from __future__ import annotations

import pytest

import ddmkit
from ddmkit.kit import work_on_fleet


@pytest.fixture
def store(tmp_path):
    return tmp_path / "records.sqlite"


@pytest.fixture
def kit(tmp_path, store, monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "100")
    place = {"world": tmp_path / "world.sqlite", "records": store}
    with ddmkit.demo(scenario="fleet", size=2, operator="ada", **place) as opened:
        yield opened


@pytest.fixture
def environment(kit, store, monkeypatch):
    """Set the environment of a worker: the services, key and record store of the kit."""
    facts = kit.scenario
    monkeypatch.setenv("DDMKIT_PROJECT_ID", facts.project_id)
    monkeypatch.setenv("DDMKIT_TOKEN", facts.token)
    monkeypatch.setenv("DDMKIT_RECORDS", str(store))
    monkeypatch.setenv("DDMKIT_ENDPOINT", facts.endpoint)
    for name in ("rds", "vpc", "cts", "iam"):
        monkeypatch.setenv(f"DDMKIT_{name.upper()}_ENDPOINT", getattr(facts, f"{name}_endpoint"))


def submit(kit):
    fleet = kit.plan_fleet(list(kit.scenario.rows), gate="none")
    return kit.submit_fleet(fleet, confirm="restore 2", accept={item.row: item.warnings for item in fleet.items})


def test_a_plan_of_a_fleet_sends_and_records_nothing(kit):
    fleet = kit.plan_fleet(list(kit.scenario.rows))
    assert (fleet.ready, fleet.confirmation) == (True, "restore 2")
    assert len(kit.records) == 0
    assert {one.method for one in kit.simulator.requests} == {"GET"}


@pytest.mark.parametrize("given", [None, "a fleet", 7])
def test_what_is_no_fleet_is_refused(kit, given):
    with pytest.raises(ddmkit.InputError, match=r"^fleet: .*nothing was sent"):
        kit.submit_fleet(given, confirm="restore 2")


def test_a_fleet_is_found_again_by_its_id_and_an_unknown_one_is_named(kit):
    run = submit(kit)
    assert kit.resume_fleet(run.id).digest == run.digest
    with pytest.raises(ddmkit.RecordError, match="no-such-fleet"):
        kit.resume_fleet("no-such-fleet")


@pytest.mark.usefixtures("environment")
def test_a_worker_elsewhere_needs_the_id_and_the_digest_alone(kit):
    run = submit(kit)
    with pytest.raises(ddmkit.InputError, match=f"the fleet on the record is {run.digest}, not another"):
        work_on_fleet(run.id, "another")
    assert kit.simulator.effective_restores() == []
    assert work_on_fleet(run.id, run.digest) == 2
    assert kit.resume_fleet(run.id).counts == {"completed": 2}
    assert len(kit.simulator.effective_restores()) == 2
