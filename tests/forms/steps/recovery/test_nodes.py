"""Nodes and target of a whole recovery."""

import pytest

from ddmkit.forms.logic.recovery_choices import NodesChoice
from ddmkit.forms.steps.recovery.nodes import NodesForm


@pytest.fixture
def half(open_kit):
    return open_kit("half-recovered")


def make(kit, given=None):
    form = NodesForm(kit, given=given)
    form.set_source(kit.scenario.source, kit.scenario.restore_time)
    assert form.needs_reading
    assert form.value is None
    form.read_if_needed()
    return form


def test_without_any_input_all_is_made_anew(incident):
    form = make(incident)
    assert form.value == NodesChoice()
    assert "2 of 2 data nodes are recovered to a new node" in form.rows.count.value
    assert "a new, empty instance" in form.summary().text


def test_the_node_whose_proof_is_right_and_a_target_are_taken(half):
    form = make(half)
    form.rows.take.click()
    form.list.press(half.scenario.target)
    form.throwaway.value = True
    chosen, right = form.value, half.scenario.data_nodes[0]
    assert list(chosen.nodes.values()) == [right]
    assert chosen.target == half.scenario.target
    assert chosen.throwaway
    assert "2 data nodes to recover, 1 to take" in form.summary().text


def test_a_node_of_a_wrong_second_is_shown_as_such_with_its_reason_and_can_still_be_chosen(half):
    form, wrong = make(half), half.scenario.data_nodes[1]
    second = next(place for place in form._places if place.source.instance_name == "rds-orders-2")
    said = str(form.rows.rows.view["rows"])
    assert "A name fits, but:" in said
    assert "1 s after" in said
    form.rows.rows.press(second.source.instance_id)
    assert "\u2717 wrong instant" in str(form.rows.candidates.view["rows"])
    form.rows.candidates.press(wrong)
    assert "1 s after" in form.rows.message.text
    assert form.value.nodes == {second.source.instance_id: wrong}


def test_without_proofs_names_are_compared_as_before(half):
    half.simulator.inject("cts-denied")
    form = make(half)
    form.rows.take.click()
    assert set(form.value.nodes.values()) == set(half.scenario.data_nodes)


def test_what_is_given_is_chosen_when_it_was_read(half):
    given = NodesChoice(half.scenario.target, {}, {"nodes": {"port": "3307"}}, throwaway=True)
    assert make(half, given).value == given


def test_an_existing_target_takes_no_overrides_for_a_new_one(half):
    form = make(half, NodesChoice(like={"target": {"node_num": 3}}))
    form.list.press(half.scenario.target)
    assert form.overrides.like == {}


def test_what_cannot_be_read_blocks_the_step(incident):
    incident.simulator.inject("server-error@ShowRelatedDns*9")
    form = make(incident)
    assert form.value is None
    assert form.problem


def test_with_a_backup_no_node_of_a_later_instant_is_suggested_beside_nodes_that_are_recovered(half):
    form = NodesForm(half)
    (chosen,) = (one for one in half.backups(half.scenario.source) if one.id == half.scenario.backup_id)
    form.set_source(half.scenario.source, chosen.created, chosen.id)
    form.read_if_needed()
    form.rows.take.click()
    assert form.value.nodes == {}
    assert "the other data nodes hold, or get," in str(form.rows.rows.view["rows"])
