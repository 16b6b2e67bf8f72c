"""A person's word for a whole recovery."""

import pytest

from ddmkit.forms.steps.recovery.confirm import RecoveryConfirmForm, needs_password


@pytest.fixture
def plan(incident):
    facts = incident.scenario
    return incident.plan_recovery(source=facts.source, restore_time=facts.restore_time)


@pytest.fixture
def form(plan):
    made = RecoveryConfirmForm()
    made.set_plan(plan, operator="mel")
    return made


def test_name_digest_number_and_password_are_all_needed(form, plan):
    steps = [
        (form.name_field.input, plan.source_name),
        (form.digest_field.input, plan.digest[:6]),
        (form.count_field.input, "3"),
        (form.password.input, "Canary-7-ofTheNodes"),
    ]
    for field, text in steps:
        assert form.value is None
        field.value = text
    assert form.value.confirm == plan.source_name
    assert needs_password(plan)
    form.digest_field.input.value = plan.digest[:5]
    assert form.value is None


def test_another_digest_clears_what_was_typed(form, plan):
    form.name_field.input.value = plan.source_name
    form.password.input.value = "Canary-7-ofTheNodes"
    form.set_plan(plan.model_copy(update={"digest": "another"}), operator="mel")
    assert form.name_field.value == ""
    assert not form.password.is_given


def test_where_every_node_is_taken_no_password_is_asked_for(form, plan):
    taken = [node.model_copy(update={"action": "take"}) for node in plan.nodes]
    form.set_plan(plan.model_copy(update={"nodes": tuple(taken)}), operator="mel")
    assert form.password.widget.layout.display == "none"
