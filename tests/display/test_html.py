from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ddmkit.display.html import Fragment, Html, join, tag, text_block, text_width


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


def test_the_width_of_text_is_counted_in_terminal_columns() -> None:
    assert [text_width(text) for text in ("abc", "名前", "🦊", "e\u0301", "")] == [3, 4, 2, 1, 0]


def test_a_fragment_shows_text_beside_html() -> None:
    fragment = Fragment(Html("<b>x</b>"), "x")
    shown = '<div class="mathjax_ignore tex2jax_ignore"><b>x</b></div>'
    assert fragment._repr_mimebundle_(include=None, exclude=None) == {"text/plain": "x", "text/html": shown}
    assert (str(fragment), repr(fragment), fragment._repr_html_()) == ("x", "x", shown)


def test_mathematics_in_a_name_has_no_pair_of_marks_left_in_a_notebook() -> None:
    shown = Fragment(tag("p", r"x$y$ \(z\)", title="$"), "x")._repr_html_()
    assert '<p title="$">x<span>&#36;</span>y<span>&#36;</span> <span>&#92;</span>(z<span>&#92;</span>)</p>' in shown


def test_the_text_of_a_fragment_is_cleaned() -> None:
    assert Fragment(Html(""), "a\u202eb\nc").text == "a<U+202E>b\nc"


def test_a_block_of_text_keeps_its_lines_and_escapes_them() -> None:
    assert text_block("a<", "b").endswith(">a&lt;\nb</pre>")


def test_a_block_of_text_is_not_broken_within_its_words() -> None:
    assert "word-break:normal" in text_block("a")
