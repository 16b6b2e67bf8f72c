"""Tables whose every word is shown."""

import pytest

from ddmkit.display.status import Tone
from ddmkit.display.table import Cell, CellKind
from ddmkit.display.whole import full_table

LONG = "a sentence that goes on " * 20


@pytest.fixture
def table():
    rows = [[Cell("age"), Cell(LONG), Cell("fail", CellKind.STATUS, Tone.BAD, "because <b>so</b>")]]
    return full_table("Two points", ["", "first", "second"], rows)


def test_nothing_is_cut(table):
    assert LONG in table.html
    assert LONG.strip() in table.text


def test_what_a_row_says_is_escaped_and_stands_below_its_name_in_text(table):
    assert "because &lt;b&gt;so&lt;/b&gt;" in table.html
    assert table.text.splitlines()[:2] == ["Two points:", "  age"]
    assert "    second: ✗ fail: because <b>so</b>" in table.text


def test_a_row_begins_with_a_heading_for_screen_readers(table):
    assert '<th scope="row"' in table.html
    assert 'aria-label="Two points"' in table.html


def test_a_table_without_rows_says_so():
    assert full_table("Schemas", ["schema"], [], empty="none").text == "Schemas: none"


def test_a_state_has_room_for_its_frame_on_one_line():
    rows = [[Cell("a"), Cell("warn", CellKind.STATUS, Tone.WARNING)], [Cell("b"), Cell("cannot be known", CellKind.STATUS)]]
    html = full_table("Checks", ["", "verdict"], rows).html
    assert [f"min-width:{width}em" in html for width in ("5.4", "12.0")] == [True, True]
