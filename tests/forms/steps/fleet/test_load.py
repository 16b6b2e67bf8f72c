"""The part of the form that takes the table: by a cell, a path, pasted rows or a scenario."""

from __future__ import annotations

import pytest

from ddmkit.errors import InputError
from ddmkit.forms.steps.fleet.load import FleetLoad

SETTINGS = {"waves": (1, 5, "rest"), "cap": 8, "stop_after": 3, "gate": "wave"}
ROWS = [{"row": "r1", "source": "s1"}]


def load(table=None, example=(), **settings):
    asked = []
    return FleetLoad(lambda: asked.append(1), table=table, settings={**SETTINGS, **settings}, example=example), asked


def test_pasted_rows_come_before_a_path_and_a_path_before_the_cell():
    part, asked = load(table=ROWS)
    assert part.table() == ROWS
    part.path.input.value = "fleet.csv"
    assert part.table() == "fleet.csv"
    part.pasted.value = "row,source\nr2,s2\n"
    assert part.table() == [{"row": "r2", "source": "s2"}]
    part.pasted.value = "row\tsource\tdata_nodes\nr2\ts2\tn1, n2"  # as a spreadsheet copies it
    assert part.table() == [{"row": "r2", "source": "s2", "data_nodes": "n1, n2"}]
    part.check.click()
    assert asked == [1]


def test_a_table_that_is_missing_or_ragged_is_refused():
    part, _ = load()
    with pytest.raises(InputError, match="Table: is not given"):
        part.table()
    part.pasted.value = "row,source\nr1,s1,more"
    with pytest.raises(InputError, match="more cells than there are columns"):
        part.table()


def test_settings_are_handed_on_as_typed():
    part, _ = load(waves=[2, "rest"], cap=4, gate="first")
    assert part.settings() == {"waves": [2, "rest"], "cap": 4, "stop_after": 3, "gate": "first"}
    part.waves.input.value, part.cap.input.value = "1; many", "-1"
    assert part.settings() == {"waves": [1, "many"], "cap": "-1", "stop_after": 3, "gate": "first"}
    assert load(gate="maybe")[0].settings()["gate"] == "wave"


def test_the_rows_of_a_scenario_are_taken_by_a_button():
    part, _ = load(example=ROWS)
    assert not part.has_table
    part.take.click()
    assert (part.table(), part.has_table) == (ROWS, True)
    assert part.take.description == "Take the 1 rows of the scenario"
    assert load()[0].take.layout.display == "none"


def test_each_control_has_a_label_and_says_what_it_does():
    part, _ = load()
    for one in (
        part.take,
        part.check,
        part.gate,
        part.pasted,
        *(field.input for field in (part.path, part.waves, part.cap)),
    ):
        assert one.description
        assert one.tooltip
