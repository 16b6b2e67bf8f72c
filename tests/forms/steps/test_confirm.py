"""A person's word."""

from types import SimpleNamespace

import pytest

from ddmkit.display.plans import PlanNode
from ddmkit.forms.logic.summary import describe_lines
from ddmkit.forms.steps.confirm import ConfirmForm

PLAN = SimpleNamespace(source_name="from-here", target_name="to-there", digest="0123", incident_words="")


@pytest.fixture
def form():
    made = ConfirmForm()
    made.set_plan(PLAN, operator="mel")
    return made


def test_the_button_names_both_ends_and_the_operator_is_shown(form):
    assert form.submit.description == "Restore metadata of from-here to to-there"
    assert "Recorded under mel" in form.operator.value


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type: to-there"),
        ("to-ther", "Not the target's name"),
        ("To-there", "upper and lower case differ"),
        ("to-there ", "remove the space before or after"),
    ],
)
def test_the_name_counts_only_to_the_letter_and_what_differs_is_said(form, typed, said):
    form.name_field.input.value = "to-there"
    form.name_field.input.value = typed
    assert form.value is None
    assert "to-there" in form.name_field.message.text
    assert said in form.name_field.message.text


def test_purpose_and_ticket_go_with_the_word(form):
    form.purpose_field.input.value = " rehearsal "
    form.ticket_field.input.value = "INC-7"
    form.name_field.input.value = "to-there"
    assert (form.value.purpose, form.value.ticket) == ("rehearsal", "INC-7")
    assert "the target's name is typed" in form.summary().text


def test_a_purpose_or_ticket_that_is_too_long_is_refused_with_its_limit(form):
    form.name_field.input.value = "to-there"
    form.purpose_field.input.value = "x" * 5000
    assert form.value is None
    assert form.purpose_field.message.text == "5,000 characters are too long. Shorten the text to 500."
    form.purpose_field.input.value = "x" * 500
    assert form.value is not None
    form.ticket_field.input.value = "x" * 101
    assert form.value is None


def test_another_plan_needs_the_name_again(form):
    form.name_field.input.value = "to-there"
    form.set_plan(SimpleNamespace(**{**vars(PLAN), "target_name": "elsewhere"}), operator="mel")
    assert form.value is None


def test_the_incident_is_shown_before_the_name_is_typed(form):
    form.set_plan(PLAN, operator="mel", facts=describe_lines("Incident: 18:05, NOT before it."))
    assert "18:05, NOT before it." in form.operator.value


def test_many_nodes_are_folded_and_searched_below_what_is_about_to_happen(form):
    assert form.nodes.layout.display == "none"
    form.set_plan(PLAN, operator="mel", nodes=[PlanNode(f"id{number}", f"rds-{number}") for number in range(129)])
    assert form.nodes.layout.display is None
    assert form.nodes.fold == "129 data nodes: rds-0, rds-1, rds-2, and 126 more"
