from __future__ import annotations

import threading

import pytest

from ddmkit.errors import RecordError
from ddmkit.records import ClaimConflict, RecordStore, verify_chain


@pytest.fixture
def other_place(request, tmp_path, place):
    """A second store of the same kind."""
    return str(tmp_path / "other.sqlite") if "://" not in place else request.getfixturevalue("new_database")()


@pytest.fixture
def other(other_place, clock):
    with RecordStore.open(other_place, service="ddm.example.com", clock=clock) as opened:
        yield opened


@pytest.fixture
def run(store, header):
    run_id = store.begin(header())
    store.claim(run_id, {"body": {"n": 1}})
    store.append(run_id, "answered", {"job_id": "job-1"})
    return store.get(run_id)


def test_a_run_taken_in_is_the_same_run(store, other, run):
    assert other.take_in([run]) == {run.id: 3}
    assert other.get(run.id) == run
    assert verify_chain(other.get(run.id)) == []
    assert other.get(run.id).header.digest == run.header.digest


def test_a_run_that_is_here_already_is_recognised_and_gets_what_it_lacks(store, other, run):
    other.take_in([run])
    assert other.take_in([run]) == {run.id: 0}
    store.settle(run.id, "completed")
    assert other.take_in([store.get(run.id)]) == {run.id: 1}
    assert other.take_in([run]) == {run.id: 0}
    assert other.get(run.id).state == "completed"


def test_a_run_that_went_on_differently_is_refused_and_nothing_of_the_batch_is_written(store, other, run, header):
    other.take_in([run])
    other.append(run.id, "noted", {"text": "here"})
    store.append(run.id, "noted", {"text": "there"})
    fresh = store.begin(header("plan-2"))
    with pytest.raises(RecordError, match="went on differently"):
        other.take_in([store.get(fresh), store.get(run.id)])
    assert [one.id for one in other.list()] == [run.id]


def test_the_plan_of_another_run_is_refused(store, other, run, header):
    other.begin(header())
    with pytest.raises(RecordError, match="belongs to record"):
        other.take_in([run])


def test_a_run_taken_in_holds_no_target_but_its_plan_is_not_sent_again(store, other, run, header):
    other.take_in([run])
    assert other.holder("project-1", "target-1") is None
    assert [one.id for one in other.open_for_digest("d1")] == [run.id]
    with pytest.raises(ClaimConflict) as caught:
        other.claim(run.id)
    assert caught.value.reason == "plan"


def test_a_known_secret_is_not_taken_in(other_place, run, clock):
    with RecordStore.open(other_place, service="s", clock=clock, secrets=lambda: ["shop-restored"]) as guarded:
        with pytest.raises(RecordError, match="known secret"):
            guarded.take_in([run])
        assert guarded.list() == ()


def test_a_moved_store_goes_with_its_claims_and_is_read_only_from_then_on(store, other, run, header):
    settled = store.begin(header("plan-2", target_id="target-2"))
    store.settle(settled, "refused", {"reason": "a check failed"})
    assert store.hand_over(other) == {run.id: 3, settled: 2}
    assert [one.id for one in other.list()] == [one.id for one in store.list()]
    assert other.holder("project-1", "target-1").run_id == run.id
    with pytest.raises(ClaimConflict):
        other.claim(other.begin(header("plan-3")))
    for write in (lambda: store.append(run.id, "noted", {}), lambda: store.begin(header("plan-4"))):
        with pytest.raises(RecordError, match="were moved to"):
            write()
    assert store.get(run.id) == other.get(run.id)


def test_a_moved_store_tells_where_to_whoever_opens_it_without_a_password(store, other, run, place, clock):
    store.hand_over(other)
    with RecordStore.open(place, service="ddm.example.com", clock=clock) as again:
        assert len(again.list()) == 1
        with pytest.raises(RecordError) as caught:
            again.settle(run.id, "completed")
    assert other.url_shown in str(caught.value)


def test_a_move_that_cannot_be_finished_changes_neither_store(store, other, run, header):
    other_run = other.begin(header("plan-9"))
    other.claim(other_run)
    with pytest.raises(RecordError, match="Settle one of them first"):
        store.hand_over(other)
    assert [one.id for one in other.list()] == [other_run]
    assert store.append(run.id, "noted", {}).seq == 4


def test_a_move_that_was_interrupted_after_its_first_half_is_done_again(store, other, run):
    other.take_in([run], with_claims=True)
    assert store.hand_over(other) == {run.id: 0}


def test_a_store_is_not_moved_into_itself(store, place, clock):
    with RecordStore.open(place, clock=clock) as same, pytest.raises(RecordError, match="one and the same store"):
        store.hand_over(same)


def test_whoever_writes_while_a_store_is_moved_is_either_moved_too_or_refused(store, other, run):
    written = []

    def write():
        for number in range(200):
            try:
                written.append(store.append(run.id, "noted", {"number": number}).seq)
            except RecordError as error:
                assert "were moved to" in str(error)  # it ends the loop, too
                return

    writer = threading.Thread(target=write)
    writer.start()
    while not written:
        pass
    store.hand_over(other)
    writer.join()
    assert [event.seq for event in other.get(run.id).events] == list(range(1, 4 + len(written)))
