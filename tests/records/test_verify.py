from __future__ import annotations

import pytest

from ddmkit.records import verify_chain


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
