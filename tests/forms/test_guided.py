"""What both guided forms do alike."""

import pytest

from ddmkit.errors import InputError
from ddmkit.forms import RecoveryForm, RestoreForm
from ddmkit.forms.logic.wizard_state import Step

FORMS = (RestoreForm, RecoveryForm)


@pytest.fixture(params=FORMS)
def form(request, kit):
    made = request.param(kit)
    yield made
    made.close()


def test_it_begins_at_the_first_step_and_opens_no_later_one(form):
    assert form.step is Step.SOURCE
    form.go_to(Step.CONFIRM)
    assert form.step is Step.SOURCE
    assert form.value is None
    assert form.plan is None
    assert "Nothing was submitted" in form.summary().text


def test_what_is_no_kit_is_refused():
    for kind in FORMS:
        with pytest.raises(InputError, match="is not a kit"):
            kind("kit")


def test_a_closed_kit_ends_the_form_and_says_how_to_go_on(form, kit):
    kit.close()
    assert "The kit was closed" in form.message.text
    assert form._steps.words.thing in form.message.text


def test_the_steps_have_the_titles_of_the_form(form):
    shown = [step[1] for step in form.stepper.line.steps]
    assert shown == [form._steps.words.title(step) for step in Step]


def test_the_saved_state_is_sent_to_the_page_once_for_each_act_that_only_reads(walk):
    class Display:
        def __init__(self):
            self.texts = []

        def update(self, shown):
            self.texts.append(shown.text)

    person = walk()
    person.form._handle = display = Display()
    person.choose_source()
    assert len(display.texts) == 1
    person.go_on()
    assert len(display.texts) == 2
    assert display.texts[-1] == person.form.summary().text


@pytest.mark.parametrize("wrong", ["point", "", None, 3, "\x1b[31m" * 40])
def test_a_word_that_names_no_step_is_told_with_all_that_do(walk, wrong):
    form = walk().form
    with pytest.raises(InputError, match=r"is not a step.* Give one of Source, Point in time, Target"):
        form.go_to(wrong)
    form.go_to(" source")
    assert form.step is Step.SOURCE


def test_another_restore_is_offered_last_in_the_line_of_next_where_no_click_for_next_falls(form):
    assert form.another is form.stepper.widget.children[-1].children[-1]
    assert form.stepper.on is form.stepper.widget.children[-1].children[1]
