"""The steps as attributes of the form."""

from ddmkit.forms.logic.wizard_state import Step


def test_every_step_is_an_attribute_of_the_form(walk):
    form = walk().form
    attributes = (
        form.source,
        form.point,
        form.target,
        form.checks,
        form.review,
        form.confirmation,
        form.watch,
        form.results,
    )
    assert [form._steps.form_of(step) for step in Step] == list(attributes)
