"""The steps of a restore, made when they are needed."""

import pytest

from ddmkit.forms.guided_steps import GivenConfirmation, StepListeners
from ddmkit.forms.logic.wizard_state import Step, WizardFacts
from ddmkit.forms.restore_steps import RestoreSteps
from ddmkit.forms.widgets.background import run_at_once
from ddmkit.inputs import PlanInputs


@pytest.fixture
def steps(kit):
    def nothing(*_given):
        return None

    made = RestoreSteps(
        kit,
        PlanInputs("", "", ()),
        GivenConfirmation(confirm="ddm-restore-target"),
        poll_s=0,
        run=run_at_once,
        listeners=StepListeners(nothing, nothing, nothing, nothing, nothing, nothing),
    )
    yield made
    made.close()


def made_forms(steps):
    parts = (steps._checks, steps._review, steps._confirmation, steps._watch, steps._results)
    return [part.made for part in parts if part.made is not None]


def test_asking_what_the_steps_have_makes_none_of_them(steps):
    facts = steps.facts(reviewed="", working=None)
    assert facts == WizardFacts()
    assert steps.plan is None
    assert steps.started is None
    assert steps.result is None
    assert steps.record_id == ""
    steps.drop_plan()
    steps.refresh_review()
    steps.forget_results()
    steps.enable_submit(True)
    steps.stop_watching()
    assert made_forms(steps) == []


def test_each_step_has_its_form_and_keeps_it(steps):
    forms = [steps.form_of(step) for step in Step]
    assert len(set(map(id, forms))) == len(Step)
    assert [steps.form_of(step) for step in Step] == forms
    assert steps.confirmation.name_field.value == "ddm-restore-target"


def test_reading_again_asks_the_service_for_the_step_on_the_page(steps, kit):
    steps.selection.source.instance_id = kit.scenario.source
    steps.read_again(Step.SOURCE)
    steps.read_again(Step.POINT)
    assert steps.selection.point.list.view["rows"]
    steps.read_again(Step.CHECK)
    assert "not all chosen" in steps.checks.message.text


def test_everything_that_was_made_is_closed(steps):
    forms = [steps.form_of(step) for step in Step]
    steps.close()
    assert all(form.widget.comm is None for form in forms)
