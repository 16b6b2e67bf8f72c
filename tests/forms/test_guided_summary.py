"""The summary of a whole restore, for a saved notebook."""

from ddmkit.forms.guided_summary import summarise_guided
from ddmkit.forms.logic.wizard_state import Step


def test_the_summary_of_a_new_form_makes_no_step(walk):
    form = walk().form
    shown = summarise_guided(form._steps, form._sent, form.states, previous_record="r-1")
    assert "The previous restore is on record r-1" in shown.text
    assert form._steps._watch.made is None
    assert form._steps.selection.made == (None, None)


def test_the_summary_has_the_plan_and_then_the_results(walk):
    person = walk().reach(Step.REVIEW)
    assert person.form.plan.digest in person.form.summary().text
    person.reach(Step.CONFIRM).submit()
    assert "Completed" in person.form.summary().text
