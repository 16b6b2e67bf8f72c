from __future__ import annotations

import threading

import pytest

from ddmkit.errors import RecordError
from ddmkit.records import ClaimConflict, RecordStore, verify_chain
from ddmkit.records.events import chain_event


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


def test_an_imported_run_is_the_same_run_and_is_marked(store, other, run):
    assert other.import_runs([run]) == {run.id: 3}
    assert other.get(run.id) == run
    assert verify_chain(other.get(run.id)) == []
    assert other.get(run.id).header.digest == run.header.digest
    assert other.is_imported(run.id)
    assert [one.imported for one in (*other.list(), *store.list())] == [True, False]


def test_an_imported_run_that_is_here_already_is_recognised_and_gets_what_it_lacks(store, other, run):
    other.import_runs([run])
    assert other.import_runs([run]) == {run.id: 0}
    store.settle(run.id, "completed")
    assert other.import_runs([store.get(run.id)]) == {run.id: 1}
    assert other.import_runs([run]) == {run.id: 0}
    assert other.get(run.id).state == "completed"


def test_a_run_that_went_on_differently_is_refused_and_nothing_of_the_batch_is_written(store, other, run, header):
    other.import_runs([run])
    other.append(run.id, "noted", {"text": "here"})
    store.append(run.id, "noted", {"text": "there"})
    fresh = store.begin(header("plan-2"))
    with pytest.raises(
        RecordError,
        match="contradicts the record of that id in the store: event 4 is 'noted' in the store and 'noted' in the other",
    ):
        other.import_runs([store.get(fresh), store.get(run.id)])
    assert [one.id for one in other.list()] == [run.id]


def test_the_plan_of_another_run_is_refused(store, other, run, header):
    other.begin(header())
    with pytest.raises(RecordError, match="belongs to record"):
        other.import_runs([run])


def test_an_imported_run_decides_nothing_about_the_runs_of_the_store(store, other, run, header):
    failed = store.begin(header("plan-2", target_id="target-2"))
    store.claim(failed)
    store.append(failed, "answered", {"job_id": "job-2"})
    store.settle(failed, "failed")
    other.import_runs([run, store.get(failed)])
    assert other.holder("project-1", "target-1") is None
    assert other.open_for_digest("d1") == other.unsettled("project-1", "target-1") == other.failed_with_digest("d1") == ()
    assert other.owned_ids() == set()
    assert other.run_of_plan("plan-1") is None
    own = other.begin(header("plan-3"))
    other.claim(own)
    other.append(own, "unknown")
    assert other.append(own, "adopted", {"job_id": "job-1"}).kind == "adopted"
    assert other.get(own).state == "running"


def test_nothing_is_sent_adopted_or_released_from_an_imported_run(store, other, run, header):
    waiting = store.begin(header("plan-2", target_id="target-2"))
    lost = store.begin(header("plan-3", target_id="target-3"))
    store.claim(lost)
    other.import_runs([run, store.get(waiting), store.get(lost)])
    for act in (
        lambda: other.begin(header("plan-2", target_id="target-2")),
        lambda: other.claim(waiting),
        lambda: other.append(waiting, "answered", {"job_id": "job-9"}),
        lambda: other.append(lost, "adopted", {"job_id": "job-9"}),
        lambda: other.append(lost, "unknown"),
        lambda: other.settle(lost, "released", {"reason": "nothing"}),
        lambda: other.settle(lost, "freed"),
        lambda: other.settle(waiting, "refused"),
    ):
        with pytest.raises(RecordError, match="was imported from a file, so nothing is sent, adopted or released"):
            act()
    for one in (waiting, lost):
        assert other.get(one) == store.get(one)
        assert other.holder("project-1", other.get(one).header.target_id) is None


def test_an_imported_run_can_be_followed_to_its_end_and_noted(store, other, run):
    other.import_runs([run])
    other.append(run.id, "polled", {"status": "Running"})
    other.append(run.id, "noted", {"text": "seen here"})
    other.settle(run.id, "completed")
    assert other.get(run.id).state == "completed"
    assert other.is_imported(run.id)


@pytest.mark.parametrize("ending", ["completed", "failed", "released", "freed"])
@pytest.mark.parametrize("known", ["sending", "running", "unknown"])
def test_a_file_never_moves_an_unsettled_run_of_the_store(store, header, known, ending):
    """The file is what a forger makes: the live run, exported, an end appended, and its chain is right."""
    run_id = store.begin(header())
    store.claim(run_id)
    if known != "sending":
        store.append(run_id, *{"running": ("answered", {"job_id": "job-1"}), "unknown": ("unknown", {})}[known])
    live = store.get(run_id)
    last = live.events[-1]
    end = chain_event(seq=last.seq + 1, at=last.at, kind=ending, data={}, prev_sha256=last.sha256)
    forged = live.model_copy(update={"events": (*live.events, end)})
    assert verify_chain(forged) == []
    with pytest.raises(
        RecordError, match=rf"adds the event {end.seq} {ending}, which would make the record {ending}. Nothing was"
    ):
        store.import_runs([forged])
    assert store.get(run_id) == live
    assert store.holder("project-1", "target-1").run_id == run_id
    assert not store.is_imported(run_id)
    assert store.import_runs([live]) == {run_id: 0}
    assert not store.is_imported(run_id)


def test_a_file_adds_nothing_to_a_settled_run_of_the_store_either(store, header):
    run_id = store.begin(header())
    store.settle(run_id, "refused")
    settled = store.get(run_id)
    last = settled.events[-1]
    more = chain_event(seq=last.seq + 1, at=last.at, kind="answered", data={"job_id": "job-9"}, prev_sha256=last.sha256)
    with pytest.raises(RecordError, match="A file never changes such a record"):
        store.import_runs([settled.model_copy(update={"events": (*settled.events, more)})])
    assert store.get(run_id) == settled


def test_a_run_with_an_id_of_another_form_is_not_accepted(store, other, run):
    with pytest.raises(RecordError, match="its id does not match"):
        other.import_runs([run.model_copy(update={"id": "r-1\x1b[2J"})])
    assert other.list() == ()


def test_a_moved_run_gets_its_rights_back_where_it_was_imported_before(store, other, run):
    other.import_runs([run])
    store.append(run.id, "noted", {})
    assert store.migrate_to(other) == {run.id: 1}
    assert not other.is_imported(run.id)
    assert other.holder("project-1", "target-1").run_id == run.id
    assert other.owned_ids() == {"job-1"}
    with pytest.raises(ClaimConflict) as caught:
        other.claim(run.id)
    assert caught.value.reason == "plan"


def test_a_run_that_was_imported_stays_so_when_its_store_is_moved(store, other, run, header, tmp_path, clock):
    other.import_runs([run])
    own = other.begin(header("plan-2", target_id="target-2"))
    with RecordStore.open(tmp_path / "third.sqlite", service="ddm.example.com", clock=clock) as third:
        assert other.migrate_to(third) == {run.id: 3, own: 1}
        assert (third.is_imported(run.id), third.is_imported(own)) == (True, False)
        assert third.holder("project-1", "target-1") is None


def test_an_imported_copy_that_says_more_than_the_moved_run_does_not_count(store, other, run):
    last = run.events[-1]
    end = chain_event(seq=last.seq + 1, at=last.at, kind="completed", data={}, prev_sha256=last.sha256)
    other.import_runs([run.model_copy(update={"events": (*run.events, end)})])
    with pytest.raises(RecordError, match="an imported copy that adds the event 4 completed"):
        store.migrate_to(other)
    assert store.append(run.id, "noted", {}).seq == 4


def test_a_known_secret_is_not_taken_in(other_place, run, clock):
    with RecordStore.open(other_place, service="s", clock=clock, secrets=lambda: ["shop-restored"]) as guarded:
        with pytest.raises(RecordError, match="known secret"):
            guarded.import_runs([run])
        assert guarded.list() == ()


def test_a_moved_store_goes_with_its_claims_and_is_read_only_from_then_on(store, other, run, header):
    settled = store.begin(header("plan-2", target_id="target-2"))
    store.settle(settled, "refused", {"reason": "a check failed"})
    assert store.migrate_to(other) == {run.id: 3, settled: 2}
    assert [one.id for one in other.list()] == [one.id for one in store.list()]
    assert other.holder("project-1", "target-1").run_id == run.id
    with pytest.raises(ClaimConflict):
        other.claim(other.begin(header("plan-3")))
    for write in (lambda: store.append(run.id, "noted", {}), lambda: store.begin(header("plan-4"))):
        with pytest.raises(RecordError, match="were moved to"):
            write()
    assert store.get(run.id) == other.get(run.id)


def test_a_moved_store_tells_where_to_whoever_opens_it_without_a_password(store, other, run, place, clock):
    store.migrate_to(other)
    with RecordStore.open(place, service="ddm.example.com", clock=clock) as again:
        assert len(again.list()) == 1
        with pytest.raises(RecordError) as caught:
            again.settle(run.id, "completed")
    assert other.url_shown in str(caught.value)


def test_a_move_that_cannot_be_finished_changes_neither_store(store, other, run, header):
    other_run = other.begin(header("plan-9"))
    other.claim(other_run)
    with pytest.raises(RecordError, match="Settle one of them first"):
        store.migrate_to(other)
    assert [one.id for one in other.list()] == [other_run]
    assert store.append(run.id, "noted", {}).seq == 4


def test_a_move_that_was_interrupted_after_its_first_half_is_done_again(store, other, run):
    other._receive([run], frozenset())
    assert store.migrate_to(other) == {run.id: 0}
    assert other.holder("project-1", "target-1").run_id == run.id


def test_a_store_is_not_moved_into_itself(store, place, clock):
    with RecordStore.open(place, clock=clock) as same, pytest.raises(RecordError, match="one and the same store"):
        store.migrate_to(same)


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
    store.migrate_to(other)
    writer.join()
    assert [event.seq for event in other.get(run.id).events] == list(range(1, 4 + len(written)))
