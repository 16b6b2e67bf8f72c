"""The words of the steps of a whole recovery."""

from ddmkit.forms.logic.wizard_state import Step, StepState, WizardFacts, derive_states, describe_still_to_do
from ddmkit.forms.recovery_steps import RECOVERY_WORDS


def test_the_last_click_says_that_instances_are_billed():
    facts = WizardFacts(is_confirmed=True)
    said = describe_still_to_do(derive_states(facts), Step.CONFIRM, facts, RECOVERY_WORDS)
    assert "creates and bills new instances" in said


def test_words_of_its_own_come_first_and_the_common_ones_stay():
    states = dict.fromkeys(Step, StepState.READY)
    told = [describe_still_to_do(states, step, WizardFacts(), RECOVERY_WORDS) for step in (Step.TARGET, Step.SOURCE)]
    assert told == ["The data nodes of the source have to be read first.", "Choose the source."]
