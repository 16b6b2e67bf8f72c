"""Rows that are searched, sorted and paged; what a page asks for is never trusted."""

import time
from datetime import UTC, datetime

import pytest

from ddmkit.display.table import CellKind
from ddmkit.forms.logic.table_rows import (
    TableCell,
    TableColumn,
    TableQuery,
    TableRows,
    instant_cell,
    make_row,
    name_turns,
    read_query,
)

COLUMNS = [TableColumn("Name"), TableColumn("Size", CellKind.NUMBER), TableColumn("Created", CellKind.TIME)]
MANY = TableRows(
    COLUMNS,
    [make_row(f"id{number:04d}", f"ddm-team-{number}", f"{number:,} GB", "", more="nightly") for number in range(5_000)],
)


def keys(rows, **query):
    return [row.key for row in rows.find_page(TableQuery(**query)).rows]


def sorted_names(names, **query):
    rows = TableRows(COLUMNS, [make_row(name or "empty", name, "", "") for name in names])
    return keys(rows, sort=0, **query)


def test_every_word_must_be_in_the_row_in_whatever_case():
    page = MANY.find_page(TableQuery("TEAM-42 gb"))
    assert "id0042" in {row.key for row in page.rows}
    assert page.describe() == "111 of 5,000 match; rows 1 to 25 shown"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (TableQuery(), "rows 1 to 25 of 5,000"),
        (TableQuery(page=1), "rows 26 to 50 of 5,000"),
        (TableQuery(page=10_000), "rows 4,976 to 5,000 of 5,000"),
        (TableQuery("nightly id0007"), "1 of 5,000 match; row 1 shown"),
        (TableQuery("nothing like it"), "0 of 5,000 match; clear the search to see all"),
    ],
)
def test_how_many_of_how_many_is_always_said(query, said):
    assert MANY.find_page(query).describe() == said


def test_an_empty_table_says_so_in_its_own_words():
    page = TableRows(COLUMNS).find_page(TableQuery("x"))
    assert page.describe() == "nothing to choose from"
    assert page.describe("no records yet") == "no records yet"


def test_texts_are_sorted_as_people_count():
    assert sorted_names(["rds-10", "RDS-2", "rds-1", "b", "10", "9"]) == ["9", "10", "b", "rds-1", "RDS-2", "rds-10"]


@pytest.mark.parametrize("is_descending", [False, True])
def test_empty_cells_come_last_in_both_directions(is_descending):
    found = sorted_names(["b", "", "a"], descending=is_descending)
    assert found == (["b", "a", "empty"] if is_descending else ["a", "b", "empty"])


def test_numbers_are_sorted_by_their_value_and_before_words():
    rows = TableRows(COLUMNS, [make_row(text, "", text, "") for text in ("1,000 GB", "40 GB", "unknown", "-3", "2.5")])
    assert keys(rows, sort=1) == ["-3", "2.5", "40 GB", "1,000 GB", "unknown"]


def test_times_are_sorted_by_the_instant_not_by_what_is_written():
    early, late = datetime(2026, 5, 20, 9, 0, tzinfo=UTC), datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
    rows = TableRows(
        COLUMNS,
        [
            make_row("late", "", "", instant_cell(late, "Asia/Shanghai")),
            make_row("early", "", "", instant_cell(early)),
            make_row("none", "", "", instant_cell(None)),
        ],
    )
    assert keys(rows, sort=2) == ["early", "late", "none"]
    assert keys(rows, sort=2, descending=True) == ["late", "early", "none"]
    assert rows.find_page(TableQuery()).rows[0].cells[2].text == "2026-05-20 10:00:00 (18:00:00 +0800)"


def test_rows_that_are_equal_keep_their_order():
    rows = TableRows(COLUMNS, [make_row(key, "same", "", "") for key in "cab"])
    assert keys(rows, sort=0) == ["c", "a", "b"]


@pytest.mark.parametrize("text", ["9" * 5_000, "9" * 299, "\N{SUPERSCRIPT TWO}", "\N{ARABIC-INDIC DIGIT THREE}"])
def test_no_text_of_the_service_breaks_sorting(text):
    rows = TableRows(COLUMNS, [make_row("odd", text, text, text), make_row("plain", "1", "1", "1")])
    for column in range(3):
        assert set(keys(rows, sort=column)) == {"odd", "plain"}


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"words": 7, "sort": 3, "descending": "yes", "page": -1},
        {"words": None, "sort": -1, "descending": 1, "page": 1.5},
        {"words": ["x"], "sort": True, "page": True},
        {"sort": "0", "page": "1"},
    ],
)
def test_what_a_page_must_not_ask_becomes_the_default(message):
    assert read_query(message, 3) == TableQuery()


def test_what_a_page_asks_is_read():
    message = {"words": "a b", "sort": 2, "descending": True, "page": 4, "more": "ignored"}
    assert read_query(message, 3) == TableQuery("a b", 2, True, 4)


@pytest.mark.parametrize(
    ("query", "is_newest_first", "names"),
    [
        (TableQuery(), False, ("Previous rows", "Next rows")),
        (TableQuery(), True, ("Newer rows", "Older rows")),
        (TableQuery(sort=2), False, ("Older rows", "Newer rows")),
        (TableQuery(sort=2, descending=True), False, ("Newer rows", "Older rows")),
        (TableQuery(sort=0), True, ("Previous rows", "Next rows")),
    ],
)
def test_the_buttons_that_turn_the_page_say_what_they_do_in_this_order(query, is_newest_first, names):
    assert name_turns(COLUMNS, query, is_newest_first=is_newest_first) == names
    assert name_turns(COLUMNS[:1], TableQuery(sort=0)) == ("Previous rows", "Next rows")


def test_only_rows_that_exist_and_have_no_reason_against_them_are_kept():
    rows = TableRows(
        COLUMNS, [make_row("a", "", "", ""), make_row("b", "", "", "", reason="frozen"), make_row("c", "", "", "")]
    )
    assert rows.keep_allowed(["b", "nobody", "c", "c", "a"], is_multiple=True) == ["c", "a"]
    assert rows.keep_allowed(["b", "c", "a"], is_multiple=False) == ["c"]
    assert not rows.may_choose("b")


def test_a_name_that_would_mislead_shows_what_it_holds():
    row = make_row("k", "good\u202eevil", TableCell("a\nb"), reason="\u200b")
    assert [cell.text for cell in row.cells] == ["good<U+202E>evil", "a b"]
    assert row.reason == "<U+200B>"


def test_the_reason_is_searched_too():
    rows = TableRows(COLUMNS, [make_row("a", "x", "", "", reason="The instance is frozen."), make_row("b", "y", "", "")])
    assert keys(rows, words="FROZEN") == ["a"]


def test_5000_rows_are_searched_and_sorted_faster_than_a_key_press():
    MANY.find_page(TableQuery("team", sort=0))
    began = time.process_time()
    MANY.find_page(TableQuery("team 49", sort=0))
    assert time.process_time() - began < 0.1
