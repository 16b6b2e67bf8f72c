"""What a kernel keeps of a form: nothing that is no longer shown, and nothing at all once it was closed."""

import pytest
from ipywidgets.widgets import widget

from ddmkit.forms import RestoreForm
from ddmkit.forms.logic.wizard_state import Step
from ddmkit.forms.widgets import style


@pytest.fixture
def kept():
    """Count what was made since the test began and was not let go of; shared styles stay for the next form."""
    before = set(widget._instances)
    return lambda: len(set(widget._instances) - before - {one.model_id for one in style._shared.values()})


def test_a_form_that_was_closed_leaves_nothing_behind(kit, walk, kept):
    person = walk().reach(Step.CONFIRM)
    assert person.form.token.field.description == "New token"  # a panel that is made when it is first needed
    assert kept() > 100
    person.form.close()
    assert kept() == 0


def test_typing_again_and_again_keeps_only_what_is_shown(kit, kept):
    form = RestoreForm(kit, source=kit.scenario.source, backup_id=kit.scenario.backup_id, target=kit.scenario.target)
    form.point.incident = "2026-05-20 10:40"
    first = kept()
    for minute in range(41, 48):
        form.point.incident = f"2026-05-20 10:{minute}"
        form.target.rows.apply_suggestions()
        form.target.rows.assign({})
        form.check()
    assert kept() <= first + 20  # the ticks of the checks, which came with the first check
    form.close()
