"""A record in sentences: what happened, and what to do next."""

from __future__ import annotations

import pytest

from ddmkit.display.record_narrative import describe_event, describe_steps, next_steps
from ddmkit.display.records import show_record
from ddmkit.display.report.result import summarize_run
from ddmkit.records.runs import RunState
from tests.display.runs import make_run


@pytest.mark.parametrize(
    ("kinds", "state", "advice"),
    [
        ((), "opened", "stopped before anything was sent"),
        (("refused",), "refused", "Fix what the reason names"),
        (("intent",), "sending", "Do not submit again"),
        (("intent", "unknown"), "unknown", "kit.adopt('r-20250520-101232-ab12cd', job_id)"),
        (("intent", "answered"), "running", "kit.resume('r-20250520-101232-ab12cd').wait()"),
        (("intent", "freed"), "freed", "The service started nothing"),
        (("intent", "unknown", "released"), "released", "declared that nothing was started"),
        (("intent", "answered", "failed"), "failed", "Read the reason above"),
        (("intent", "answered", "completed"), "completed", "was not read back"),
    ],
)
def test_every_state_has_a_next_step(kinds, state, advice):
    run = make_run(*kinds)
    assert run.state == state
    assert advice in " ".join(next_steps(run))


def test_there_is_advice_for_every_state():
    of_several_steps = {RunState.STOPPED, RunState.WAITING, RunState.ABANDONED}
    assert len(set(RunState) - of_several_steps) == 9


_RUN_STATES = ("unknown", "running", "stopped", "waiting", "completed", "abandoned")


@pytest.mark.parametrize(
    ("kind", "has_steps"),
    [(f"run-{state}", state != "abandoned") for state in _RUN_STATES],
)
def test_a_run_of_several_steps_says_what_to_do_until_it_is_given_up(kind, has_steps):
    run = make_run(kind)
    recovery = run.model_copy(update={"header": run.header.model_copy(update={"kind": "recovery"})})
    assert bool(next_steps(recovery)) == has_steps
    assert "the run " in show_record(recovery).text


def test_what_differs_comes_first_among_the_next_steps():
    findings = [{"subject": "schema orders", "verdict": "differs"}, {"subject": "accounts", "verdict": "as expected"}]
    run = make_run("intent", "answered", "completed", ("verified", {"findings": findings, "passed": False}))
    assert next_steps(run)[0] == "Check first what differs on the target: schema orders."
    assert "the target differs" in summarize_run(run)[0][1]


def test_what_cannot_be_known_does_not_count_as_expected():
    verdicts = ["as expected", "as expected", "cannot be known"]
    event = make_run(("verified", {"findings": [{"subject": "x", "verdict": one} for one in verdicts]})).events[-1]
    assert describe_event(event) == "target read back: 2 as expected, 1 cannot be known"


def test_an_event_that_came_too_late_says_so():
    event = make_run(("late-unknown", {"reason": "time-out"})).events[-1]
    assert describe_event(event) == "came too late to change anything: the answer was lost: time-out"


def test_status_checks_that_only_showed_progress_are_one_step_and_everything_else_is_a_step_of_its_own():
    shown = [("polled", {"status": "Running", "process": f"{share}%"}) for share in (1, 5, 9)]
    failed = ("polled", {"status": "Running", "process": "12%", "poll_errors": 2})
    story = describe_steps(make_run(*shown, "noted", *shown[:2], failed, ("polled", {"status": "Completed", "process": ""})))
    assert [(number, what) for number, _, what in story[1:]] == [
        ("2-4", "job Running, 1% to 9% (3 status checks)"),
        ("5", " noted: "),
        ("6", "job Running, 1%"),
        ("7", "job Running, 5%"),
        ("8", "job Running, 12% (2 status checks failed so far)"),
        ("9", "job Completed"),
    ]
    assert story[1][1] == "2025-05-20 12:01:00 to 12:03:00 UTC"


def test_what_was_done_after_a_recovery_is_called_by_its_title():
    story = describe_steps(
        make_run(("step-completed", {"step": "source-read-only"}), ("step-completed", {"step": "unheard-of"}))
    )
    assert [what for _, _, what in story[1:]] == ["Make the source read-only: completed", "unheard-of: completed"]


def test_a_note_is_part_of_the_story():
    run = make_run(("noted", {"author": "eve", "text": "call the shop first"}))
    assert "eve noted: call the shop first" in show_record(run).text
