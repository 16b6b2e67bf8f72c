from __future__ import annotations

import pytest

from ddmkit.records import file_of, verify_chain, verify_file
from ddmkit.records.file_form import seal_of, summary_of


def with_event(run, index, **changes):
    changed = list(run.events)
    changed[index] = changed[index].model_copy(update=changes)
    return run.model_copy(update={"events": tuple(changed)})


def test_a_run_as_it_was_written_fits(restored):
    assert verify_chain(restored) == []


@pytest.mark.parametrize("change", [{"data": {"job_id": "job-2"}}, {"kind": "adopted"}, {"sha256": "0" * 64}])
def test_the_first_event_that_was_changed_is_named(restored, change):
    problems = verify_chain(with_event(restored, 3, **change))
    assert problems[0].seq == 4
    assert "event 4" in problems[0].what


def test_a_missing_event_is_noticed(restored):
    cut = restored.model_copy(update={"events": restored.events[:2] + restored.events[3:]})
    assert "stands where event 3 belongs" in verify_chain(cut)[0].what


def test_events_that_changed_places_are_noticed(restored):
    first, second, *rest = restored.events
    assert verify_chain(restored.model_copy(update={"events": (second, first, *rest)}))[0].seq == 1


def test_a_header_that_was_changed_is_noticed_at_the_first_event(restored):
    other = restored.header.model_copy(update={"operator": "eve"})
    problem = verify_chain(restored.model_copy(update={"header": other}))[0]
    assert problem.seq == 1
    assert "header" in problem.what


def test_a_run_without_events_is_no_run(restored):
    assert verify_chain(restored.model_copy(update={"events": ()}))[0].seq == 0


@pytest.mark.parametrize("value", [float("nan"), object()])
def test_data_that_cannot_be_hashed_is_a_problem_and_no_crash(restored, value):
    assert verify_chain(with_event(restored, 1, data={"a": value}))[0].seq == 2


def test_a_file_as_it_was_exported_fits(restored):
    assert verify_file(file_of(restored)) == []


def test_an_end_that_was_cut_off_is_found_out(restored):
    file = file_of(restored)
    problem = verify_file(file.model_copy(update={"events": file.events[:-1]}))[0]
    assert problem.seq == len(restored.events) - 1
    assert "its end was cut off" in problem.what


def test_an_end_that_was_exchanged_is_found_out(file_store, header, restored):
    run_id = file_store.begin(header("plan-2"))
    other = file_of(file_store.get(run_id))
    file_store.append(run_id, "noted", {"text": "one end"})
    longer = file_of(file_store.get(run_id))
    seal = longer.seal.model_copy(update={"head_sha256": other.seal.head_sha256})
    assert "its end was exchanged" in verify_file(longer.model_copy(update={"seal": seal}))[0].what


def test_a_summary_that_says_something_else_is_found_out_even_with_a_new_seal(restored):
    file = file_of(restored)
    lying = file.model_copy(update={"summary": file.summary.model_copy(update={"accepted_by": "eve"})})
    sealed = lying.model_copy(update={"seal": seal_of(lying)})
    assert [problem.what for problem in verify_file(sealed)] == [
        "the summary does not say what the events say (accepted_by): it was changed"
    ]


def test_a_seal_that_was_changed_is_found_out(restored):
    file = file_of(restored)
    changed = file.model_copy(update={"seal": file.seal.model_copy(update={"sha256": "0" * 64})})
    assert "hash in the seal" in verify_file(changed)[0].what


def test_the_events_come_first_among_the_problems(restored):
    file = file_of(restored)
    edited = with_event(restored, 1, data={"checks": []})
    worse = file.model_copy(update={"events": edited.events, "summary": summary_of(edited)})
    assert verify_file(worse)[0].seq == 2
