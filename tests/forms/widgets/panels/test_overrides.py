"""What is different from the source."""

import pytest

from ddmkit.forms.widgets.panels.overrides import OverridePanel

FIRST = "a" * 32 + "in01"


@pytest.fixture
def changes():
    return []


@pytest.fixture
def panel(changes):
    made = OverridePanel(lambda: changes.append(1))
    made.set_nodes({FIRST: "orders-1"}, ())
    return made


def add(panel, subject, field, value):
    panel.subject.value, panel.field.value, panel.value.value = subject, field, value
    panel.add.click()


def test_a_field_is_added_and_removed_again(panel, changes):
    add(panel, "orders-1", "flavor_ref", "rds.x")
    assert panel.like == {FIRST: {"flavor_ref": "rds.x"}}
    assert panel.value.value == ""
    panel.rows.press(f"{FIRST}/flavor_ref")
    panel.remove.click()
    assert panel.like == {}
    assert len(changes) == 2


def test_what_is_refused_says_why_and_stays_in_the_field(panel, changes):
    add(panel, "all new nodes", "password", "x")
    assert "cannot be chosen" in panel.message.text
    assert panel.value.value == "x"
    assert changes == []


def test_a_node_that_is_taken_loses_what_was_different(panel):
    add(panel, "orders-1", "flavor_ref", "rds.x")
    panel.set_nodes({FIRST: "orders-1"}, [FIRST])
    assert panel.like == {}
