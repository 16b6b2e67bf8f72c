"""Fleets in the store: what is taken, claimed and settled, on both databases, by the database's clock."""

from __future__ import annotations

import pytest

from ddmkit.errors import RecordError
from ddmkit.records import RecordStore
from ddmkit.records.fleets.rows import FleetSettings, Idle, NewItem, Taken
from ddmkit.records.fleets.rules import ItemState
from ddmkit.records.fleets.store import guard_of
from ddmkit.records.runs import ClaimRefused, Owner

ADA, BOB = Owner("ada", "desk-1", 1), Owner("bob", "desk-1", 2)


@pytest.fixture
def open_fleet(store, header):
    """Open a fleet of rows r1, r2, ... with these sizes of waves; return its id."""

    def make(*sizes, cap=8, stop_after=3, gate="wave"):
        fleet_id = store.begin(header("plan-fleet", kind="fleet", source_id="fleet", target_id="fleet"))
        waves = [wave for wave, size in enumerate(sizes) for _ in range(size)]
        items = [NewItem(f"r{number}", wave, f"digest-{number}") for number, wave in enumerate(waves, 1)]
        store.fleets.open(fleet_id, FleetSettings("d-fleet", cap, stop_after, gate, "0.2.0"), items)
        return fleet_id

    return make


@pytest.fixture
def claim(store, header):
    """Open the record of a taken item and claim it under the item's guard; return the id of the record."""

    def make(taken):
        number = taken.item.number
        mine = {"target_id": f"target-{number}", "digest": taken.item.digest}
        run_id = store.begin(header(f"plan-{taken.item.row}", **mine))
        store.guarded(guard_of(taken.item)).claim(run_id)
        return run_id

    return make


def take(store, fleet_id, owner=ADA, lease="l1", **options):
    return store.fleets.take(fleet_id, owner, lease, **options)


def states(store, fleet_id):
    return {item.row: str(item.state) for item in store.fleets.read(fleet_id).items}


def test_the_first_wave_goes_alone_and_its_gate_waits_for_a_person(store, open_fleet, claim):
    fleet_id = open_fleet(1, 2)
    first = take(store, fleet_id)
    assert isinstance(first, Taken)
    assert (first.item.row, first.looks_only) == ("r1", False)
    assert take(store, fleet_id, BOB, "l2") == Idle("1 of 1 items are running", may_change=True)
    assert store.fleets.record_of(first.item) == ""
    run_id = claim(first)
    assert store.fleets.record_of(first.item) == run_id
    assert store.fleets.read(fleet_id).items[0].run_id == run_id
    store.fleets.settle(first.item, ItemState.COMPLETED, "verified")
    idle = take(store, fleet_id)
    assert idle == Idle("wave 2 waits for its gate: look at wave 1, then go on", may_change=False)
    assert store.get(fleet_id).state == "waiting"
    assert store.fleets.go_on(fleet_id, "bob").opened == 2
    assert [take(store, fleet_id, lease=f"l{n}").item.row for n in (3, 4)] == ["r2", "r3"]
    assert store.get(fleet_id).state == "running"


def test_the_record_names_the_record_of_each_item_by_its_last_hash(store, open_fleet, claim):
    fleet_id = open_fleet(1)
    taken = take(store, fleet_id)
    run_id = claim(taken)
    store.settle(run_id, "completed")
    store.fleets.settle(taken.item, ItemState.COMPLETED, "verified")
    told = [event.data for event in store.get(fleet_id).events if event.kind == "fleet-item"]
    last = store.get(run_id).events[-1].sha256
    assert told == [{"row": "r1", "state": "completed", "reason": "verified", "record": run_id, "record_sha256": last}]
    assert store.get(fleet_id).state == "completed"


def test_the_first_bad_item_of_the_first_wave_pauses_the_fleet(store, open_fleet, claim):
    fleet_id = open_fleet(2, 2)
    taken = take(store, fleet_id)
    claim(taken)
    store.fleets.settle(taken.item, ItemState.FAILED, "the disk was full")
    assert store.fleets.read(fleet_id).paused == "1 bad item: r1 (failed)"
    assert take(store, fleet_id) == Idle("paused: 1 bad item: r1 (failed)", may_change=False)
    (paused,) = (event.data for event in store.get(fleet_id).events if event.kind == "fleet-paused")
    assert paused == {"reason": "1 bad item: r1 (failed)", "operator": "the program", "in_flight": [], "untouched": 3}
    store.fleets.go_on(fleet_id, "bob")
    assert take(store, fleet_id).item.row == "r2"


def test_a_pause_between_taking_and_claiming_keeps_the_request_from_leaving(store, open_fleet, claim):
    fleet_id = open_fleet(1)
    taken = take(store, fleet_id)
    store.fleets.pause(fleet_id, "wrong weekend", "bob")
    with pytest.raises(ClaimRefused, match=r"Row r1 was not sent: paused: wrong weekend"):
        claim(taken)
    assert store.list(state="sending") == ()
    assert not store.fleets.read(fleet_id).items[0].claimed


def test_a_lowered_cap_counts_when_the_claim_is_made(store, open_fleet, claim):
    fleet_id = open_fleet(1, 3)
    first = take(store, fleet_id)
    claim(first)
    store.fleets.settle(first.item, ItemState.COMPLETED, "verified")
    store.fleets.go_on(fleet_id, "ada")
    both = [take(store, fleet_id, lease=lease) for lease in ("l2", "l3")]
    store.fleets.set_cap(fleet_id, 1, "bob")
    claim(both[0])
    with pytest.raises(ClaimRefused, match="1 items are in flight, and 1 may be"):
        claim(both[1])


def test_an_item_of_a_dead_worker_waits_again_when_nothing_was_sent(store, open_fleet):
    fleet_id = open_fleet(1)
    take(store, fleet_id, lease_ms=-1)
    again = take(store, fleet_id, BOB, "l2")
    assert (again.item.row, again.looks_only) == ("r1", False)


def test_an_item_of_a_dead_worker_that_was_sent_is_only_looked_at_even_in_a_pause(store, open_fleet, claim):
    fleet_id = open_fleet(1)
    taken = take(store, fleet_id)
    run_id = claim(taken)
    store.fleets.renew(["l1"], lease_ms=-1)
    store.fleets.pause(fleet_id, "wait", "bob")
    again = take(store, fleet_id, BOB, "l2")
    assert (again.item.row, again.item.run_id, again.looks_only) == ("r1", run_id, True)
    # The first worker wakes up: its lease is lost, so it writes nothing and claims nothing.
    store.fleets.settle(taken.item, ItemState.COMPLETED, "verified")
    assert states(store, fleet_id) == {"r1": "running"}
    with pytest.raises(ClaimRefused, match="another worker has taken it"):
        store.guarded(guard_of(taken.item)).claim(run_id, step="node:1", claim_key="node:1")


def test_a_renewed_lease_lives_on(store, open_fleet, claim):
    fleet_id = open_fleet(1)
    claim(take(store, fleet_id))
    store.fleets.renew(["l1"])
    assert take(store, fleet_id, BOB, "l2") == Idle("1 of 1 items are running", may_change=True)


def test_held_and_skipped_rows_do_not_keep_the_next_wave_waiting(store, open_fleet):
    fleet_id = open_fleet(2, 1, gate="none")
    store.fleets.set_state(fleet_id, "r1", ItemState.HELD, "its owner asked", "ada")
    store.fleets.set_state(fleet_id, "r2", ItemState.SKIPPED, "not needed", "ada")
    assert take(store, fleet_id).item.row == "r3"
    store.fleets.set_state(fleet_id, "r1", ItemState.WAITING, "its owner agreed", "ada")
    assert store.fleets.read(fleet_id).item("r1").reason == "its owner agreed (ada)"


def test_what_was_sent_is_neither_held_nor_skipped(store, open_fleet, claim):
    fleet_id = open_fleet(1)
    claim(take(store, fleet_id))
    with pytest.raises(RecordError, match=r"Row r1 is running .* so it cannot be skipped any more"):
        store.fleets.set_state(fleet_id, "r1", ItemState.SKIPPED, "too late", "ada")
    with pytest.raises(RecordError, match="has no row 'r9'"):
        store.fleets.set_state(fleet_id, "r9", ItemState.SKIPPED, "gone", "ada")


def test_a_request_for_fewer_requests_slows_every_worker(store, open_fleet):
    fleet_id = open_fleet(1)
    store.fleets.slow_down(fleet_id, 30_000)
    idle = take(store, fleet_id)
    assert (idle.reason, idle.may_change) == ("the service asked for fewer requests", True)
    assert 0 < idle.wait_ms <= 30_000


def test_what_a_person_decided_about_a_record_reaches_the_fleet(store, open_fleet, claim):
    fleet_id = open_fleet(1)
    taken = take(store, fleet_id)
    claim(taken)
    store.fleets.settle(taken.item, ItemState.UNKNOWN, "the answer was lost")
    item = store.fleets.read(fleet_id).items[0]
    store.fleets.reopen(item, ItemState.COMPLETED, "adopted and verified")
    assert states(store, fleet_id) == {"r1": "completed"}
    assert [event.data["state"] for event in store.get(fleet_id).events if event.kind == "fleet-item"] == [
        "unknown",
        "completed",
    ]


def test_a_fleet_moves_with_its_records_to_another_store(store, open_fleet, claim, tmp_path, clock):
    fleet_id = open_fleet(2)
    claim(take(store, fleet_id))
    with RecordStore.open(tmp_path / "new.sqlite", service="ddm.example.com", clock=clock) as there:
        store.migrate_to(there)
        moved = there.fleets.read(fleet_id)
        assert states(there, fleet_id) == {"r1": "running", "r2": "waiting"}
        assert moved.items[0].claimed
        assert moved.settings.digest == "d-fleet"


def test_opening_a_fleet_twice_changes_nothing(store, open_fleet):
    fleet_id = open_fleet(1)
    take(store, fleet_id)
    assert open_fleet(1) == fleet_id
    assert states(store, fleet_id) == {"r1": "running"}


def test_an_unknown_fleet_is_named(store):
    with pytest.raises(RecordError, match="There is no fleet 'r-1'"):
        store.fleets.read("r-1")


def test_a_store_in_a_file_serves_the_workers_of_one_machine(store, open_fleet):
    fleet_id = open_fleet(2)
    taken = take(store, fleet_id)
    there = Owner("eve", "desk-3", 3)
    if not store.is_file:
        assert isinstance(take(store, fleet_id, there, "l2"), Idle)
        return
    with pytest.raises(RecordError, match=r"worked on by ada@desk-1 \(process 1\), and its record store is an SQLite file"):
        take(store, fleet_id, there, "l2")
    store.fleets.let_go(taken.item)  # the machine is gone: its lease is over
    assert isinstance(take(store, fleet_id, there, "l2"), Taken)


def test_a_fleet_is_read_while_another_transaction_writes(store, open_fleet):
    """The page of a fleet reads twice a second, and must not keep the workers up, nor wait for them."""
    fleet_id = open_fleet(2)
    taken = take(store, fleet_id)

    def read_meanwhile(writing):
        writing.note(taken.item, "sent")
        return store.fleets.read(fleet_id), store.fleets.record_of(taken.item)

    fleet, record = store._fleet_change("write", read_meanwhile)
    assert (fleet.items[0].reason, record) == ("planned again", "")
    assert store.fleets.read(fleet_id).items[0].reason == "sent"
