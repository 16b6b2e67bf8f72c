from __future__ import annotations

import pytest

from ddmkit.display.html import text_width
from ddmkit.display.status import Tone
from ddmkit.display.table import Cell, CellKind, build_table, cut_text, full_table, page_table

LONG = "x" * 500
SENTENCE = "a sentence that goes on " * 20


def test_headers_have_a_scope_and_the_table_a_caption() -> None:
    made = build_table("Backups", ["name"], [[Cell("a")]]).html
    assert '<th scope="col"' in made
    assert ">Backups</caption>" in made
    assert 'aria-label="Backups"' in made


def test_a_long_text_is_cut_visibly_with_the_whole_beside_it() -> None:
    made = build_table("", ["name"], [[Cell(LONG)]])
    assert f'title="{LONG}"' in made.html
    assert "x…</td>" in made.html
    assert "x…\n" in made.text


def test_an_id_is_never_cut() -> None:
    made = build_table("", ["id"], [[Cell(LONG, CellKind.ID)]])
    assert f">{LONG}</td>" in made.html
    assert LONG in made.text


def test_text_columns_are_aligned_whatever_the_script() -> None:
    rows = [[Cell("名前"), Cell("7", CellKind.NUMBER)], [Cell("abcdef"), Cell("12", CellKind.NUMBER)]]
    lines = build_table("", ["name", "n"], rows).text.splitlines()
    assert lines == ["name     n", "名前     7", "abcdef  12", "2 rows"]
    assert {text_width(line) for line in lines[:3]} == {10}


def test_a_state_says_more_below_its_word() -> None:
    made = build_table("", ["verdict"], [[Cell("unavailable", CellKind.STATUS, Tone.BAD, "in <use>")]])
    assert "✗ unavailable" in made.html
    assert "in &lt;use&gt;</div>" in made.html
    assert "✗ unavailable: in <use>" in made.text


def test_a_cut_table_says_how_many_of_how_many() -> None:
    made = build_table("", ["n"], [[Cell("1")]], total=5000, rest="frame() has all")
    assert "1 of 5,000 rows; frame() has all" in made.html
    assert made.text.endswith("1 of 5,000 rows; frame() has all")


def test_an_empty_table_says_why_and_keeps_its_title() -> None:
    made = build_table("Backups <x>", ["n"], [], empty="none & nothing")
    assert "Backups &lt;x&gt;" in made.html
    assert "none &amp; nothing" in made.html
    assert "<table" not in made.html
    assert made.text == "none & nothing"


def test_lines_inside_a_cell_do_not_break_the_text_table() -> None:
    assert build_table("", ["a"], [[Cell("one\ntwo")]]).text == "a\none two\n1 row"


def test_cutting_counts_wide_characters_twice() -> None:
    assert cut_text("名前名前", 5) == "名前…"
    assert cut_text("abcde", 5) == "abcde"
    assert cut_text("abcdef", 5) == "abcd…"


@pytest.fixture
def whole():
    rows = [[Cell("age"), Cell(SENTENCE), Cell("fail", CellKind.STATUS, Tone.BAD, "because <b>so</b>")]]
    return full_table("Two points", ["", "first", "second"], rows)


def test_a_full_table_cuts_nothing(whole):
    assert SENTENCE in whole.html
    assert SENTENCE.strip() in whole.text


def test_what_a_row_says_is_escaped_and_stands_below_its_name_in_text(whole):
    assert "because &lt;b&gt;so&lt;/b&gt;" in whole.html
    assert whole.text.splitlines()[:2] == ["Two points:", "  age"]
    assert "    second: ✗ fail: because <b>so</b>" in whole.text


def test_a_row_begins_with_a_heading_for_screen_readers(whole):
    assert '<th scope="row"' in whole.html
    assert 'aria-label="Two points"' in whole.html


def test_a_table_without_rows_says_so():
    assert full_table("Schemas", ["schema"], [], empty="none").text == "Schemas: none"


def test_a_state_has_room_for_its_frame_on_one_line():
    rows = [[Cell("a"), Cell("warn", CellKind.STATUS, Tone.WARNING)], [Cell("b"), Cell("cannot be known", CellKind.STATUS)]]
    html = full_table("Checks", ["", "verdict"], rows).html
    assert [f"min-width:{width}em" in html for width in ("5.4", "12.0")] == [True, True]


def test_every_cell_of_a_whole_row_names_its_column_for_narrow_pages(whole):
    assert [f'data-label="{label}"' in whole.html for label in ("first", "second")] == [True, True]


def test_a_page_table_shows_every_word_and_keeps_short_cells_unbroken():
    rows = [[Cell("1"), Cell("normal", CellKind.STATUS), Cell(SENTENCE)], [Cell(LONG), Cell("x"), Cell("<b>")]]
    made = page_table("Steps", ("no.", "state", "what"), rows, unbroken=2)
    assert SENTENCE in made
    assert LONG in made
    assert "&lt;b&gt;" in made
    assert made.count("white-space:nowrap") == 3 + 3  # the headers, and the short cells of the first two columns
    assert 'aria-label="Steps"' in made


def test_a_page_table_needs_no_headers():
    made = page_table("Made with", (), [[Cell("python"), Cell("3.12")]], unbroken=1)
    assert "<thead" not in made
    assert "data-label" not in made
