from __future__ import annotations

from ddmkit.display.html import text_width
from ddmkit.display.status import Tone
from ddmkit.display.table import Cell, CellKind, build_table, cut_text

LONG = "x" * 500


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
