from __future__ import annotations

import pytest
from sqlalchemy import text

from ddmkit.errors import InputError, RecordError
from ddmkit.records import RecordStore, RunState


def end_as(store, run_id, state):
    """Bring a run that was just opened into a state."""
    if state == "opened":
        return
    if state == "refused":
        store.settle(run_id, "refused")
        return
    store.claim(run_id)
    if state in {"running", "completed", "failed"}:
        store.append(run_id, "answered", {"job_id": f"job-of-{run_id}"})
    if state == "unknown":
        store.append(run_id, "unknown")
    if state in {"completed", "failed", "freed", "released"}:
        store.settle(run_id, state)


# Only a run of several steps is in one of the others: see test_steps.
OF_A_RESTORE = [state for state in RunState if state not in {"stopped", "waiting", "abandoned"}]


@pytest.fixture
def one_of_each(store, header):
    ids = {}
    for number, state in enumerate(OF_A_RESTORE):
        ids[state] = store.begin(header(f"plan-{number}", target_id=f"target-{number}", digest=f"d{number % 2}"))
        end_as(store, ids[state], state)
    return ids


def test_the_newest_run_comes_first_even_when_the_clock_stands_or_goes_back(store, header, clock):
    opened = [store.begin(header("a")), store.begin(header("b"))]
    clock.move(hours=-1)
    opened.append(store.begin(header("c")))
    assert [run.id for run in store.list()] == opened[::-1]
    assert [run.id for run in store.list(limit=2)] == opened[:0:-1]


def test_a_list_can_be_narrowed_and_agrees_with_the_events(store, one_of_each):
    for state, run_id in one_of_each.items():
        assert [run.id for run in store.list(state=state)] == [run_id]
        run = store.get(run_id)
        assert run.state == state
        assert store.list(state=state) == (run.summary,)
    assert [run.header.target_id for run in store.list(target_id="target-3")] == ["target-3"]
    assert {run.header.digest for run in store.list(digest="d1")} == {"d1"}
    assert len(store.list()) == len(OF_A_RESTORE)


def test_a_state_that_does_not_exist_is_refused(store):
    with pytest.raises(InputError, match="no state of a run"):
        store.list(state="done")


def test_open_and_failed_runs_are_found_by_target_and_digest(store, one_of_each):
    open_ids = {run.id for digest in ("d0", "d1") for run in store.open_for_digest(digest)}
    assert open_ids == {one_of_each[state] for state in ("sending", "running", "unknown")}
    assert [run.id for run in store.failed_with_digest("d1")] == [one_of_each["failed"]]
    for number, state in enumerate(OF_A_RESTORE):
        found = [run.id for run in store.unsettled("project-1", f"target-{number}")]
        assert found == ([one_of_each[state]] if one_of_each[state] in open_ids else [])


def test_two_services_with_the_same_ids_do_not_mix(place, store, header, clock):
    run_id = store.begin(header())
    end_as(store, run_id, "running")
    with RecordStore.open(place, service="simulator-2", clock=clock) as other:
        assert other.owned_ids() == set()
        assert other.open_for_digest("d1") == other.unsettled("project-1", "target-1") == ()
        assert other.holder("project-1", "target-1") is None
        assert [run.service for run in other.list()] == ["ddm.example.com"]
        end_as(other, other.begin(header("plan-2")), "running")


def test_every_job_answered_or_adopted_is_owned(store, header):
    first, second = store.begin(header("a")), store.begin(header("b", target_id="t2"))
    end_as(store, first, "completed")
    store.claim(second)
    store.append(second, "unknown")
    store.append(second, "adopted", {"job_id": "job-2"})
    assert store.owned_ids() == {f"job-of-{first}", "job-2"}


def test_a_run_is_found_by_the_beginning_of_its_id(store, header, clock):
    first = store.begin(header("a"))
    clock.move(days=1)
    second = store.begin(header("b"))
    assert store.get(first[:-2]).id == first
    assert store.get(second).header.plan_id == "b"
    with pytest.raises(RecordError, match=f"Several.*{second}.*{first}"):
        store.get("r-2025")


@pytest.mark.parametrize("wrong", ["", "r-20250520-101232-ffffffff", "%", "x' OR 1=1 --"])
def test_an_unknown_id_names_the_near_ones(store, header, wrong):
    with pytest.raises(RecordError, match="The store is empty"):
        store.get(wrong)
    run_id = store.begin(header())
    with pytest.raises(RecordError, match=f"Similar or newest ids: {run_id}"):
        store.get(wrong)


def test_the_run_of_a_plan_is_found(store, header):
    run_id = store.begin(header())
    assert store.run_of_plan("plan-1").id == run_id
    assert store.run_of_plan("plan-2") is None


@pytest.mark.parametrize("data", ["[]", "{", "{}x"])
def test_rows_that_ddmkit_never_wrote_are_told_and_not_shown(file_store, header, data):
    run_id = file_store.begin(header())
    with file_store._writer.begin() as connection:
        connection.execute(
            text("INSERT INTO ddmkit_events VALUES (:run, 2, 0, 'answered', :data, '', '')"), {"run": run_id, "data": data}
        )
    for read in (lambda: file_store.get(run_id), file_store.list):
        with pytest.raises(RecordError, match="edited or damaged"):
            read()


def test_a_run_that_ddmkit_never_wrote_is_told_by_its_id(file_store, header):
    file_store.begin(header())
    with file_store._writer.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO ddmkit_runs SELECT 9, 'r-odd', service, created, '', digest, project_id, source_id, target_id, "
                "source_name, target_name, operator, host, pid, purpose, ticket, kind FROM ddmkit_runs"
            )
        )
    with pytest.raises(RecordError, match="run r-odd"):
        file_store.list()


def test_an_event_that_is_read_again_is_the_same_object_until_its_row_differs(file_store, header):
    run_id = file_store.begin(header())
    (first,) = file_store.get(run_id).events
    assert file_store.get(run_id).events[0] is first
    with file_store._writer.begin() as connection:
        connection.execute(text("DROP TRIGGER ddmkit_events_no_update"))
        connection.execute(text("UPDATE ddmkit_events SET data = '{}' WHERE run_id = :id"), {"id": run_id})
    assert file_store.get(run_id).events[0].data == {}


def test_a_run_that_was_read_before_is_brought_up_to_date_by_its_new_events_alone(store, header):
    run_id = store.begin(header())
    known = store.get(run_id)
    assert store.get_newer(known) is known
    store.claim(run_id)
    store.append(run_id, "answered", {"job_id": "job-1"})
    newer = store.get_newer(known)
    assert newer == store.get(run_id)
    assert newer.events[:1] == known.events
    assert store.get_newer(known.model_copy(update={"events": ()})) == newer


def test_a_run_whose_known_events_are_not_there_as_they_were_is_read_as_a_whole(store, header):
    run_id = store.begin(header())
    known = store.get(run_id)
    edited = known.events[0].model_copy(update={"data": {"operator": "somebody else"}})
    assert store.get_newer(known.model_copy(update={"events": (edited,)})) == known
    with pytest.raises(RecordError, match="There is no record"):
        store.get_newer(known.model_copy(update={"id": "r-20260520-120000-000000"}))
