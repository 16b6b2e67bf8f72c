"""The steps that both guided forms have in common."""

from ddmkit.forms import RecoveryForm
from ddmkit.forms.logic.wizard_state import Step, WizardFacts
from ddmkit.forms.recovery_steps import RECOVERY_WORDS


def test_the_steps_of_a_recovery_are_attributes_and_are_made_when_they_are_needed(incident):
    form = RecoveryForm(incident)
    steps = form._steps
    assert steps.facts(reviewed="", working=None) == WizardFacts()
    assert steps._watch.made is None
    parts = (form.source, form.point, form.target, form.checks, form.review, form.confirmation, form.watch, form.results)
    assert [steps.form_of(step) for step in Step] == list(parts)
    form.close()


def test_a_recovery_calls_two_steps_otherwise():
    assert RECOVERY_WORDS.title(Step.TARGET) == "Nodes and target"
    assert RECOVERY_WORDS.title(Step.RESULTS) == "Hand over"
    assert RECOVERY_WORDS.title(Step.SOURCE) == "Source"
