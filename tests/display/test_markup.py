from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddmkit.display.markup import Fragment, Html, clean, clean_line, join, tag, text_block, text_width


def test_everything_that_is_not_html_already_is_escaped() -> None:
    assert tag("td", "<b>&", title='"<') == '<td title="&quot;&lt;">&lt;b&gt;&amp;</td>'
    assert tag("td", tag("b", "x"), 3) == "<td><b>x</b>3</td>"


def test_attributes_are_named_as_html_names_them_and_none_is_left_out() -> None:
    assert tag("th", "a", class_="x", aria_label="y", title=None) == '<th class="x" aria-label="y">a</th>'


def test_void_elements_have_no_end() -> None:
    assert join([tag("br"), "<"]) == "<br>&lt;"


@given(st.text())
def test_no_text_can_open_an_element_or_leave_an_attribute(text: str) -> None:
    made = tag("p", text, title=text)
    assert made.count("<") == 2
    assert made.partition(">")[0].count('"') == 2
    made.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ddm-shop", "ddm-shop"),
        ("two\nlines", "two\nlines"),
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("abc\u202edcba", "abc<U+202E>dcba"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("broken\ud800", "broken<U+D800>"),
        ("a\u2028b\x00", "a<U+2028>b<U+0000>"),
        ("🦊 名前 👩\u200d💻", "🦊 名前 👩\u200d💻"),
        (7, "7"),
    ],
)
def test_characters_that_mislead_are_shown_by_number(text: object, shown: str) -> None:
    assert clean(text) == shown


def test_a_line_break_in_a_name_is_no_line_of_its_own() -> None:
    assert clean_line("ddm\nTARGET: other") == "ddm TARGET: other"


def test_the_width_of_text_is_counted_in_terminal_columns() -> None:
    assert [text_width(text) for text in ("abc", "名前", "🦊", "e\u0301", "")] == [3, 4, 2, 1, 0]


def test_a_fragment_shows_text_beside_html() -> None:
    fragment = Fragment(Html("<b>x</b>"), "x")
    assert fragment._repr_mimebundle_(include=None, exclude=None) == {"text/plain": "x", "text/html": "<b>x</b>"}
    assert (str(fragment), repr(fragment), fragment._repr_html_()) == ("x", "x", "<b>x</b>")


def test_a_block_of_text_keeps_its_lines_and_escapes_them() -> None:
    assert text_block("a<", "b").endswith(">a&lt;\nb</pre>")


def test_a_block_of_text_is_not_broken_within_its_words() -> None:
    assert "word-break:normal" in text_block("a")
