"""Source, point and target, each following the one before it."""

import pytest

from ddmkit.errors import InputError
from ddmkit.forms.selection import Selection
from ddmkit.forms.widgets.background import run_at_once
from ddmkit.inputs import PlanInputs


@pytest.fixture
def choose(kit):
    """Return a maker of selections: what is given goes to the steps when ``fill_in`` is called."""

    def make(source="", backup_id="", target="", data_nodes=()):
        return Selection(kit, PlanInputs(source, target, data_nodes, backup_id), run=run_at_once)

    return make


@pytest.fixture
def choices(choose, given):
    return choose(**given)


def test_what_is_chosen_is_passed_on_and_reported(choices, kit, given):
    calls = []
    choices.on_change(source=lambda: calls.append("source"), others=lambda: calls.append("other"))
    choices.fill_in()
    assert choices.point.source == given["source"]
    assert choices.route == (("ddm-orders-prod", given["source"]), ("ddm-restore-target", given["target"]))
    assert set(calls) == {"source", "other"}
    plan = choices.make_plan()
    assert (plan.request.source_instance_id, plan.request.target_instance_id) == (given["source"], given["target"])


def test_without_all_three_there_is_no_plan(choose, given):
    choices = choose(given["source"])
    choices.fill_in()
    with pytest.raises(InputError, match="not all chosen"):
        choices.make_plan()


def test_a_choice_changed_while_the_plan_is_made_is_noticed(choices, kit, given, monkeypatch):
    choices.on_change(source=lambda: None, others=lambda: None)
    choices.fill_in()
    make = kit.plan

    def make_slowly(**wanted):
        plan = make(**wanted)
        choices.point.restore_time = "2026-05-20T10:46:00Z"
        return plan

    monkeypatch.setattr(kit, "plan", make_slowly)
    with pytest.raises(InputError, match="changed while the plan was made"):
        choices.make_plan()


def test_the_incident_goes_into_the_plan_and_another_one_asks_for_another_plan(choices, kit, given):
    calls = []
    choices.on_change(source=lambda: None, others=lambda: calls.append("other"))
    choices.fill_in()
    calls.clear()
    choices.point.incident = kit.scenario.incident
    assert calls
    assert choices.make_plan().incident == kit.scenario.incident


def test_an_incident_changed_while_the_plan_is_made_is_noticed(choices, kit, given, monkeypatch):
    choices.on_change(source=lambda: None, others=lambda: None)
    choices.fill_in()
    make = kit.plan

    def make_slowly(**wanted):
        choices.point.incident = "2026-05-20T10:46:00Z"
        return make(**wanted)

    monkeypatch.setattr(kit, "plan", make_slowly)
    with pytest.raises(InputError, match="changed while the plan was made"):
        choices.make_plan()


def test_the_forms_of_later_steps_are_made_when_needed_and_follow_the_source(choose, given):
    choices = choose(given["source"])
    choices.fill_in()
    assert choices.made == (None, None)
    assert not choices.has_point
    assert not choices.has_target
    assert choices.blocked == frozenset()
    assert choices.pairs == ()
    assert choices.point.source == given["source"]
    assert choices.target is choices.target
    choices.source.instance_id = ""
    assert choices.point.source == ""
