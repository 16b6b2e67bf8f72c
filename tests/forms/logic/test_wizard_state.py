"""Which state each step has, and what may be pressed."""

import pytest

from ddmkit.forms.logic.wizard_state import (
    Step,
    StepState,
    WizardFacts,
    derive_controls,
    derive_states,
    describe_still_to_do,
    next_step,
    previous_step,
)

ALL_GIVEN = {"has_source": True, "has_point": True, "has_target": True}
CHECKED = {**ALL_GIVEN, "is_checked": True, "is_ready": True}
READ = {**CHECKED, "is_accepted": True, "is_reviewed": True}


def controls(step, **standing):
    made = WizardFacts(**standing)
    return derive_controls(derive_states(made), step, made)


def test_at_first_only_the_source_can_be_opened():
    states = derive_states(WizardFacts())
    assert states[Step.SOURCE] is StepState.READY
    assert {states[step] for step in list(Step)[1:]} == {StepState.TO_DO}


@pytest.mark.parametrize(
    ("standing", "step", "state"),
    [
        ({"has_source": True}, Step.POINT, StepState.READY),
        ({"has_source": True, "has_target": True}, Step.TARGET, StepState.TO_DO),
        ({"has_source": True, "blocked": frozenset({Step.POINT})}, Step.POINT, StepState.BLOCKED),
        (ALL_GIVEN, Step.CHECK, StepState.READY),
        ({**ALL_GIVEN, "working": Step.CHECK}, Step.CHECK, StepState.WORKING),
        ({**ALL_GIVEN, "is_checked": True}, Step.CHECK, StepState.BLOCKED),
        (CHECKED, Step.CHECK, StepState.READY),
        ({**CHECKED, "is_accepted": True}, Step.REVIEW, StepState.READY),
        (READ, Step.CONFIRM, StepState.READY),
        ({**READ, "run": "running"}, Step.WATCH, StepState.WORKING),
        ({**READ, "run": "unknown"}, Step.WATCH, StepState.BLOCKED),
        ({**READ, "run": "failed"}, Step.RESULTS, StepState.READY),
        ({"run": "running"}, Step.RESULTS, StepState.TO_DO),
        ({"run": "completed"}, Step.WATCH, StepState.DONE),
    ],
)
def test_a_step_opens_when_all_before_it_are_done(standing, step, state):
    assert derive_states(WizardFacts(**standing))[step] is state


def test_the_target_is_asked_for_first_and_then_its_data_nodes():
    def said(**standing):
        made = WizardFacts(has_source=True, has_point=True, **standing)
        return describe_still_to_do(derive_states(made), Step.TARGET, made)

    assert said().startswith("Choose a target")
    assert said(needs_nodes=True) == "Choose a data node for each data node of the source."
    assert said(needs_nodes=True, blocked=frozenset({Step.TARGET})) == "This target is unavailable; choose another."
    assert said(has_target=True) == ""


def test_every_state_has_a_symbol_of_its_own():
    assert len({state.symbol for state in StepState}) == len(StepState)


def test_going_on_needs_the_step_done_and_reading_is_done_by_going_on():
    assert not controls(Step.SOURCE).can_go_on
    assert controls(Step.SOURCE, has_source=True).can_go_on
    assert controls(Step.REVIEW, **CHECKED, is_accepted=True).can_go_on
    assert not controls(Step.CHECK, **CHECKED).can_go_on


def test_submitting_needs_every_word_and_nothing_under_way():
    assert controls(Step.CONFIRM, **READ, is_confirmed=True).can_submit
    assert not controls(Step.CONFIRM, **READ).can_submit
    assert not controls(Step.CONFIRM, **CHECKED, is_confirmed=True).can_submit
    assert not controls(Step.CONFIRM, **READ, is_confirmed=True, working=Step.CONFIRM).can_submit


@pytest.mark.parametrize("run", ["running", "unknown", "failed", "completed"])
def test_once_begun_every_step_before_can_be_read_and_nothing_is_sent_again(run):
    allowed = controls(Step.WATCH, **READ, is_confirmed=True, run=run)
    assert allowed.can_open >= set(Step) - {Step.RESULTS}
    assert allowed.can_go_back
    assert not allowed.can_submit


def test_steps_stand_in_order_and_end_at_both_sides():
    assert next_step(Step.SOURCE) is Step.POINT
    assert next_step(Step.RESULTS) is Step.RESULTS
    assert previous_step(Step.SOURCE) is Step.SOURCE
