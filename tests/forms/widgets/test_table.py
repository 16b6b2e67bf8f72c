"""The table, by its messages and traits: what a page is told, and what it may choose."""

import json
import time

import pytest
from ipywidgets.widgets import widget

from ddmkit.display.table import CellKind
from ddmkit.forms.assets import TABLE_CSS, TABLE_JS
from ddmkit.forms.logic.table_rows import TableColumn, make_row
from ddmkit.forms.widgets.table import Table

COLUMNS = (TableColumn("Name"), TableColumn("Id", CellKind.ID))
HOSTILE = "<b>third</b> \N{DOLPHIN}"


def rows():
    return [
        make_row("a", "first", "a"),
        make_row("b", "second", "b"),
        make_row("c", HOSTILE, "c"),
        make_row("d", "fourth", "d", reason="It is frozen."),
    ]


@pytest.fixture
def reported():
    return []


@pytest.fixture
def one(reported):
    made = Table("Things", COLUMNS, "x y", on_choose=reported.append)
    made.set_rows(rows())
    yield made
    made.close()


@pytest.fixture
def many(reported):
    made = Table("Things", COLUMNS, "x", on_choose_many=reported.append)
    made.set_rows(rows())
    yield made
    made.close()


def send(table, **content):
    """What arrives from a page is a message of the comm."""
    table._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


@pytest.fixture
def told(monkeypatch):
    """The traits that were sent to the page, name by name."""
    sent = []
    original = Table.send_state

    def send_state(self, key=None):
        sent.append(key)
        original(self, key)

    monkeypatch.setattr(Table, "send_state", send_state)
    return sent


def test_nothing_is_chosen_by_being_shown_or_found(one, reported):
    send(one, kind="ask", asked="1", words="second", sort=-1, descending=False, page=0)
    assert (one.chosen, reported) == ("", [])
    assert one.said == "1 of 4 match; row 1 shown"


def test_a_person_chooses_and_may_take_it_back(one, reported):
    send(one, kind="choose", keys=["b"])
    assert one.selected == ["b"]
    send(one, kind="choose", keys=[])
    assert reported == ["b", ""]


def test_several_rows_are_chosen_where_that_is_asked_for(many, reported):
    send(many, kind="choose", keys=["b"])
    send(many, kind="choose", keys=["b", "a"])
    assert many.selected == ["b", "a"]
    assert reported == [("b",), ("b", "a")]


@pytest.mark.parametrize("keys", [["d"], ["nobody"], ["d", "nobody"]])
def test_a_row_that_cannot_be_chosen_or_does_not_exist_is_refused_and_the_page_is_told(one, reported, told, keys):
    one.choose("b")
    told.clear()
    send(one, kind="choose", keys=keys)
    assert (one.selected, reported, told) == (["b"], [], ["selected"])


def test_of_several_rows_those_that_cannot_be_chosen_are_dropped_and_the_page_is_told(many, reported, told):
    send(many, kind="choose", keys=["a", "d", "nobody"])
    assert (many.selected, reported) == (["a"], [("a",)])
    assert told[-1] == "selected"


def test_the_trait_itself_keeps_only_what_can_be_chosen(one, many):
    many.selected = ["d", "a", "nobody", "b"]
    one.selected = ["d", "b", "a"]
    assert (many.selected, one.selected) == (["a", "b"], ["b"])


def test_a_table_that_is_only_read_chooses_nothing():
    made = Table("Things", COLUMNS, "x")
    made.set_rows(rows())
    send(made, kind="choose", keys=["a"])
    send(made, kind="ask", asked="1", words="a", sort=-1, descending=False, page=0)
    made.choose("a")
    assert (made.mode, made.selected) == ("none", [])
    made.close()


def test_choosing_from_python_tells_nobody(one, reported):
    one.choose("b")
    assert (one.chosen, reported) == ("b", [])
    one.choose()
    assert (one.chosen, reported) == ("", [])


def test_a_choice_outlives_a_search_and_a_list_that_comes_later(one, reported):
    one.choose("a")
    one.ask("second")
    assert one.chosen == "a"
    one.set_rows([])
    assert one.chosen == ""
    one.set_rows(rows())
    assert (one.chosen, reported) == ("a", [])


def test_a_pasted_id_chooses_its_row_once(one, reported):
    one.ask(" c ")
    assert (one.chosen, reported) == ("c", ["c"])
    one.press()
    one.ask(" c ", sort=0)  # the same words again, in another order
    assert (one.chosen, reported) == ("", ["c", ""])
    one.ask("d")  # cannot be chosen
    assert (one.chosen, reported) == ("", ["c", ""])


def test_a_pasted_id_is_added_where_several_can_be_chosen(many, reported):
    many.press("a")
    many.ask("c")
    assert many.selected == ["a", "c"]
    assert reported[-1] == ("a", "c")


def test_rows_are_shown_in_the_order_that_is_asked_for_and_the_answer_names_its_question(one):
    send(one, kind="ask", asked="page:7", words="", sort=0, descending=True, page=0)
    assert [row["key"] for row in one.view["rows"]] == ["b", "d", "a", "c"]
    assert (one.view["asked"], one.view["sort"], one.view["descending"]) == ("page:7", 0, True)
    assert one.view["rows"][1]["reason"] == "It is frozen."


def test_the_same_answer_to_another_question_is_sent_too(one, told):
    for asked in ("1", "2"):
        send(one, kind="ask", asked=asked, words="first", sort=-1, descending=False, page=0)
        assert one.view["asked"] == asked


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"kind": "other"},
        {"kind": "choose", "keys": "b"},
        {"kind": "choose", "keys": [7]},
        {"kind": "choose"},
        {"kind": "ask"},
        {"kind": "ask", "sort": "x", "words": {}},
    ],
)
def test_a_strange_message_changes_nothing(one, reported, content):
    send(one, **content)
    assert (one.selected, reported, one.said) == ([], [], "rows 1 to 4 of 4")


def test_hostile_text_goes_to_the_page_as_text(one):
    assert one.view["rows"][2]["cells"][0] == HOSTILE


def test_an_empty_table_says_so():
    made = Table("Things", COLUMNS, "x", empty="no things yet")
    assert made.said == "no things yet"
    made.close()


def test_5000_rows_send_less_than_100_kb_and_a_key_press_less_than_10_within_300_ms(reported):
    made = Table("Things", COLUMNS, "x", on_choose=reported.append)
    made.set_rows([make_row(f"{number:036d}", f"backup {number} " + "y" * 100, f"{number:036d}") for number in range(5_000)])
    assert len(json.dumps(made.get_state(), default=str)) < 15_000
    assert len(TABLE_JS) + len(TABLE_CSS) < 40_000  # sent once, for all tables of a page
    began = time.process_time()
    made.ask("4")
    assert time.process_time() - began < 0.3
    assert len(json.dumps(made.view)) < 10_000
    made.close()


def test_script_and_styles_are_kept_once_for_all_tables_and_go_with_the_last():
    before = set(widget._instances)
    first, second = (Table("Things", COLUMNS, "x") for _ in range(2))
    assert first.script == second.script
    assert len(json.dumps(second.get_state(), default=str)) < 5_000
    first.close()
    first.close()
    assert second.script in widget._instances
    second.close()
    for one_left in (first, second):
        one_left.layout.close()
    assert set(widget._instances) <= before


def test_it_is_found_by_its_classes_and_says_little_of_itself(one):
    assert {"x", "y"} <= set(one._dom_classes)
    assert repr(one) == "<Table Things: 4 rows, 0 chosen>"
