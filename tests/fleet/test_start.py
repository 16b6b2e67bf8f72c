"""What is refused when a fleet is submitted, before anything is recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest

import ddmkit
from ddmkit.errors import InputError, NotReadyError
from ddmkit.fleet.start import submit_fleet
from ddmkit.restore.plan import ServiceIdentity


@pytest.fixture(scope="module")
def kit():
    with ddmkit.demo(scenario="fleet", size=1, now="2026-05-20T10:00:00Z") as kit:
        yield kit


@pytest.fixture(scope="module")
def fleet(kit):
    return kit.plan_fleet(list(kit.scenario.rows))


def submit(kit, fleet):
    accept = {item.row: item.warnings for item in fleet.items}
    known = {"confirm": "restore 1", "accept": accept, "purpose": "test", "ticket": "OPS-7"}
    return submit_fleet(fleet, kit._fleets._working, **known)


def test_a_plan_of_another_project_or_too_old_a_plan_is_refused(kit, fleet):
    other = fleet.model_copy(update={"identity": ServiceIdentity(service="s", project_id="p")})
    with pytest.raises(InputError, match="is of another service or project"):
        submit(kit, other)
    old = fleet.model_copy(update={"expires": fleet.created - timedelta(minutes=1)})
    with pytest.raises(NotReadyError, match="The fleet expired"):
        submit(kit, old)
    assert len(kit.records) == 0


def test_a_fleet_is_submitted_once_and_its_record_says_who_approved_what(kit, fleet):
    run_id = submit(kit, fleet)
    assert submit(kit, fleet) == run_id
    events = {event.kind: event.data for event in kit.records.get(run_id).run.events}
    assert events["confirmed"]["count"] == 1
    assert events["confirmed"]["accepted_by_row"] == {"shop-001": list(fleet.items[0].warnings)}
    assert events["planned"]["digest"] == fleet.digest
    assert (events["confirmed"]["purpose"], events["confirmed"]["ticket"]) == ("test", "OPS-7")
