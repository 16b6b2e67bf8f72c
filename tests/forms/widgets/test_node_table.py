"""Matching source data nodes with candidates, by the tables."""

from dataclasses import replace

import pytest

from ddmkit.forms.logic.node_matching import NodePlace
from ddmkit.forms.logic.node_rows import MATCH_WORDS
from ddmkit.forms.logic.recovery_choices import RECOVER_WORDS
from ddmkit.forms.widgets.node_table import NodeTable
from ddmkit.models import DataNode, TargetNode
from ddmkit.restore.proofs.nodes import NodeVerdict


def place(name, *candidates):
    nodes = tuple(TargetNode(instance_id=f"id-{one}", instance_name=one, available=True) for one in candidates)
    return NodePlace(DataNode(instance_id=name, instance_name=name), nodes)


@pytest.fixture
def changes():
    return []


@pytest.fixture
def table(changes):
    made = NodeTable(lambda: changes.append(dict(made.assigned)))
    made.set_places([place("a", "a-new", "z"), place("b", "b-new", "z")])
    return made


def test_the_first_open_place_is_shown_and_nothing_is_assigned_by_that(table, changes):
    assert (table.rows.chosen, table.candidates.chosen, changes) == ("a", "", [])
    assert "the place of </b><b>a</b>" in table.heading.value


def test_a_choice_is_reported_once_and_may_be_taken_back(table, changes):
    table.candidates.press("id-z")
    table.candidates.press()
    assert changes == [{"a": "id-z"}, {}]
    assert "0 of 2 data nodes matched" in table.count.value


def test_a_node_that_is_taken_cannot_be_chosen_again(table, changes):
    table.candidates.press("id-z")
    table.rows.press("b")
    table.candidates.press("id-z")
    assert table.assigned == {"a": "id-z"}
    assert "place of a" in next(row["reason"] for row in table.candidates.view["rows"] if row["key"] == "id-z")


def test_without_a_chosen_place_no_candidates_are_shown(table):
    table.rows.press()
    assert table._choosing.layout.display == "none"
    table.candidates.press("id-z")
    assert table.assigned == {}


def test_suggestions_fill_only_what_is_open(table, changes):
    table.candidates.press("id-z")
    table.take.click()
    assert changes[-1] == {"a": "id-z", "b": "id-b-new"}
    table.clear.click()
    assert table.assigned == {}
    assert table.candidates.chosen == ""


@pytest.mark.parametrize(
    ("words", "button", "count"),
    [
        (MATCH_WORDS, "Unmatch all rows", "0 of 2 data nodes matched"),
        (RECOVER_WORDS, "Recover all to new nodes", "2 of 2 data nodes are recovered to a new node"),
    ],
)
def test_one_button_opens_every_row_again(words, button, count):
    reported = []
    table = NodeTable(lambda: reported.append(dict(table.assigned)), words)
    table.set_places([place("a", "a-new"), place("b", "b-new")])
    table.take.click()
    assert table.clear.description == button
    table.clear.click()
    assert reported == [{"a": "id-a-new", "b": "id-b-new"}, {}]
    assert count in table.count.value
    table.take.click()
    assert len(table.assigned) == 2


def test_suggestions_replace_what_does_not_fit_and_use_no_node_twice(table):
    verdicts = [
        NodeVerdict(node_id=f"id-{name}", status="pass", source_id=name[0], detail="") for name in ("a-new", "b-new")
    ]
    origins = {one.node_id: one for one in verdicts}
    table.set_places([replace(place(name, "a-new", "b-new"), origins=origins) for name in "ab"])
    table.assign({"a": "id-b-new", "b": "id-a-new"})
    table.take.click()
    assert table.assigned == {"a": "id-a-new", "b": "id-b-new"}
    assert table.message.text == ""
    table.take.click()
    assert table.message.text.startswith("Nothing was filled")
    table.set_places([replace(place(name, "a-new", "z"), origins=origins) for name in "ab"])
    table.assign({"b": "id-a-new"})
    table.take.click()
    assert table.assigned == {"a": "id-a-new"}


def test_pasted_ids_go_where_they_fit_and_what_fits_nowhere_is_said(table):
    table.pasted.value = "id-b-new, id-a-new, id-nobody"
    table.fill.click()
    assert table.assigned == {"a": "id-a-new", "b": "id-b-new"}
    assert "2 ids filled in." in table.message.text
    assert "id-nobody" in table.message.text
    table.pasted.value = "id-a-new"
    table.fill.click()
    assert table.message.text == "No new ids filled in."


def test_assignments_that_are_still_possible_outlive_other_candidates(table):
    table.assign({"a": "id-z", "b": "id-b-new"})
    table.set_places([place("a", "z"), place("b", "c")])
    assert table.assigned == {"a": "id-z"}
    assert table.candidates.chosen == "id-z"
