"""The clock of leases is that of the database, which all workers share."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from ddmkit.errors import RecordError
from ddmkit.records.fleets.rows import FleetSettings, Idle, NewItem, Taken
from ddmkit.records.fleets.rules import LEASE_MS, ItemState
from ddmkit.records.fleets.transaction import FleetTransaction
from ddmkit.records.runs import ClaimRefused, Owner


def test_the_database_tells_the_time(store):
    now = store._fleet_change("read the clock", lambda one: one._now)
    assert abs(now - time.time() * 1000) < 5_000


def test_another_database_than_these_two_is_refused():
    connection = SimpleNamespace(dialect=SimpleNamespace(name="mysql"))
    with pytest.raises(RecordError, match="A fleet needs a record store on SQLite or PostgreSQL, not on mysql"):
        FleetTransaction(connection, None)


HOUR_MS = 3_600_000
ADA, BOB = Owner("ada", "desk-1", 1), Owner("bob", "desk-1", 2)


class Jumping:
    """The store with a clock of the database that a test sets."""

    def __init__(self, store):
        self.store, self.now = store, 1_747_735_952_000

    def __call__(self, work):
        def act(connection):
            return work(FleetTransaction(connection, self.store._transaction(connection), lambda: self.now))

        return self.store._write("test", act)


@pytest.fixture
def jumping(store, header):
    change = Jumping(store)
    fleet_id = store.begin(header("plan-fleet", kind="fleet", source_id="fleet", target_id="fleet"))
    settings = FleetSettings("d", 4, 3, "none", "0.2.0")
    change(lambda one: one.open(fleet_id, settings, [NewItem("r1", 0, "d1"), NewItem("r2", 1, "d2")]))
    change.fleet_id = fleet_id
    return change


@pytest.mark.parametrize("jump_ms", [HOUR_MS, -HOUR_MS])
def test_a_clock_that_jumps_lets_another_worker_take_over_and_nothing_is_claimed_twice(jumping, jump_ms):
    taken = jumping(lambda one: one.take(jumping.fleet_id, ADA, "l1"))
    assert isinstance(taken, Taken)
    jumping.now += jump_ms
    again = jumping(lambda one: one.take(jumping.fleet_id, BOB, "l2"))
    assert isinstance(again, Taken)
    assert (again.item.row, again.looks_only) == ("r1", False)
    with pytest.raises(ClaimRefused, match="another worker has taken it"):
        jumping(lambda one: one.guard_claim(taken.item, "r-1"))
    jumping(lambda one: one.guard_claim(again.item, "r-2"))
    jumping(lambda one: one.settle(taken.item, ItemState.FAILED, "too late"))
    (first, _) = jumping(lambda one: one.read(jumping.fleet_id)).items
    assert (first.state, first.run_id) == (ItemState.RUNNING, "r-2")


@pytest.mark.parametrize("jump_ms", [HOUR_MS, -HOUR_MS])
def test_what_was_claimed_before_a_clock_jumped_is_only_looked_at(jumping, jump_ms):
    taken = jumping(lambda one: one.take(jumping.fleet_id, ADA, "l1"))
    jumping(lambda one: one.guard_claim(taken.item, "r-1"))
    jumping.now += jump_ms
    again = jumping(lambda one: one.take(jumping.fleet_id, BOB, "l2"))
    assert (again.item.row, again.looks_only) == ("r1", True)
    jumping.now += LEASE_MS // 2
    assert isinstance(jumping(lambda one: one.take(jumping.fleet_id, ADA, "l3")), Idle)
