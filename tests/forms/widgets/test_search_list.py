"""The searchable list, by its widgets."""

import json
import time

import pytest

from ddmkit.forms.logic.filtering import ListRow
from ddmkit.forms.widgets.search_list import SearchList


@pytest.fixture
def reported():
    return []


@pytest.fixture
def listed(reported):
    made = SearchList("Things", "What to choose.", reported.append, "x")
    made.set_rows([ListRow("a", "first"), ListRow("b", "second"), ListRow("c", "<b>third</b> \N{DOLPHIN}")])
    return made


def test_nothing_is_chosen_by_being_shown(listed, reported):
    assert (listed.chosen, reported) == ("", [])
    assert listed.select.value == ""
    listed.search.input.value = "second"
    assert (listed.chosen, reported) == ("", [])


def test_a_person_chooses_and_may_take_it_back(listed, reported):
    listed.select.index = 2
    listed.select.index = 0
    assert reported == ["b", ""]


def test_a_choice_outlives_a_search_that_does_not_show_it(listed, reported):
    listed.select.value = "a"
    listed.search.input.value = "second"
    assert listed.chosen == "a"
    assert listed.select.label == "your choice is not among these"
    listed.search.input.value = ""
    assert listed.select.value == "a"
    assert reported == ["a"]


def test_a_choice_that_no_row_shows_is_not_called_none(listed, reported):
    listed.choose("an instant typed elsewhere")
    assert listed.select.label == "your choice is not among these"
    listed.select.index = 2
    assert listed.select.options[0][0] == "none chosen"
    listed.choose("an instant typed elsewhere")
    listed.choose("")
    assert listed.select.label == "none chosen"
    assert reported == ["b"]


def test_a_pasted_id_chooses_its_row(listed, reported):
    listed.search.input.value = " c "
    assert (listed.chosen, reported) == ("c", ["c"])


def test_choosing_from_python_tells_nobody(listed, reported):
    listed.choose("b")
    assert listed.select.value == "b"
    assert reported == []


def test_an_empty_list_says_so(reported):
    made = SearchList("Things", "What to choose.", reported.append, "x")
    made.set_rows([])
    assert "nothing to choose from" in made.count.value


def test_5000_rows_send_less_than_100_kb_within_300_ms(reported):
    made = SearchList("Things", "What to choose.", reported.append, "x")
    made.set_rows([ListRow(f"{number:036d}", f"backup {number} " + "y" * 200) for number in range(5_000)])
    began = time.perf_counter()
    made.search.input.value = "4"
    assert time.perf_counter() - began < 0.3
    sent = [widget.get_state() for widget in (made.select, made.search.input, made.count)]
    assert len(json.dumps(sent, default=str)) < 100_000


def test_every_control_has_a_label_and_a_tooltip(listed):
    for control in (listed.select, listed.search.input):
        assert control.description
        assert control.tooltip
