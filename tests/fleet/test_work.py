"""The loop of a worker: its leases are renewed while it works, and a person's decisions reach the fleet."""

from __future__ import annotations

import threading

import pytest

import ddmkit
from ddmkit.errors import AuthError, RecordError, UnreachableError
from ddmkit.fleet import work as work_module
from ddmkit.records.fleets.rules import ItemState


class Fleets:
    """Notes the leases that are renewed."""

    def __init__(self) -> None:
        self.renewed = threading.Event()
        self.seen: list[tuple[str, ...]] = []

    def renew(self, leases):
        self.seen.append(leases)
        # The thread may be faster than the test, and renew the empty list a few times first.
        if self.seen.count(("l1",)) > 1:
            self.renewed.set()
        raise RecordError("the store is away for a moment")


def test_leases_are_renewed_even_after_a_failure():
    fleets = Fleets()
    with work_module._renewing(fleets, every_s=0.001) as leases:
        leases.append("l1")
        assert fleets.renewed.wait(30)
    assert fleets.seen[-1] == ("l1",)


@pytest.fixture
def submitted(monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "100")
    with ddmkit.demo(scenario="fleet", size=2, operator="ada") as kit:
        fleet = kit.plan_fleet(list(kit.scenario.rows), gate="none", waves=["rest"])
        yield kit, kit.submit_fleet(fleet, confirm="restore 2", accept={one.row: one.warnings for one in fleet.items})


@pytest.mark.parametrize("error", [AuthError("the token is rejected", status=401), UnreachableError("no route to host")])
def test_what_every_row_would_meet_pauses_the_fleet_and_nothing_is_lost(submitted, monkeypatch, error):
    kit, run = submitted

    def refuse(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("ddmkit.fleet.items.plan_restore", refuse)
        run.work(workers=1)
    assert (run.status, run.counts) == ("waiting", {"waiting": 2})
    assert str(error) in run.show().text
    assert run.go_on().work().counts == {"completed": 2}
    assert len(kit.simulator.effective_restores()) == 2


def test_a_store_that_goes_away_ends_the_worker_and_another_one_goes_on(submitted, monkeypatch):
    kit, run = submitted

    def fail(*_: object, **__: object) -> None:
        raise RecordError("the database is gone")

    with monkeypatch.context() as patch, pytest.raises(RecordError, match="the database is gone"):
        patch.setattr("ddmkit.fleet.items.submit_plan", fail)
        run.work(workers=1)
    fleets = kit._context.store.fleets
    for item in fleets.read(run.id).items:
        if item.lease:
            fleets.let_go(item)  # its lease is over
    assert run.work().counts == {"completed": 2}
    assert len(kit.simulator.effective_restores()) == 2


def test_what_differs_is_no_success_and_counts_as_bad(submitted, monkeypatch):
    _, run = submitted
    monkeypatch.setattr(work_module, "fold_record", lambda _: (ItemState.DIFFERS, "schemas: 3 of 4"))
    run.work(workers=1)
    assert run.counts == {"waiting": 1, "differs": 1}
    assert run.status == "waiting"


def test_the_plan_is_read_and_its_digest_computed_once_for_all_threads(submitted, monkeypatch):
    _, run = submitted
    read, computed = work_module.fleet_plan_of, []
    monkeypatch.setattr(work_module, "fleet_plan_of", lambda record: computed.append(record.id) or read(record))
    assert run.work(workers=2).counts == {"completed": 2}
    assert computed == [run.id]
    assert run.work_alone(run.digest) == 0  # as a worker of another process, which has the id and the digest only
    assert computed == [run.id, run.id]
