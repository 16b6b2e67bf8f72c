"""The summary of a whole restore, for a saved notebook."""

from ddmkit.forms.guided_summary import summarise_guided
from ddmkit.forms.logic.wizard_state import Step


def test_the_summary_of_a_new_form_makes_no_step(walk):
    form = walk().form
    shown = summarise_guided(form._steps, form._sent, form.states, previous_record="r-1")
    assert "Nothing else was submitted from this form. The previous restore is on record r-1" in shown.text
    assert "When this was written, nothing else had been submitted from this form" in shown.html
    assert form._steps._watch.made is None
    assert form._steps.selection.made == (None, None)


def test_the_summary_has_the_plan_and_then_the_results(walk):
    person = walk().reach(Step.REVIEW)
    plan = person.form.plan
    assert plan.digest in person.form.summary().text
    person.reach(Step.CONFIRM).submit()
    assert "Completed" in person.form.summary().text
    # Folded in HTML; in text one line each, so that nothing stands between the steps and the results.
    assert "Rule: " in person.form.summary().html
    between = person.form.summary().text.partition("8. Results")[2].partition("Result:")[0].split("\n")
    assert [line for line in between if line.startswith(("Ready", "Plan"))] == [line for line in between if line][1:]
    assert all(line.endswith("(in full in the record)") for line in between if line.startswith(("Ready", "Plan")))
