"""Styles that all widgets share, and the boxes that let go of what they held."""

import ipywidgets
from ipywidgets.widgets import widget

from ddmkit.display.status import Tone
from ddmkit.forms.logic.table_rows import TableColumn
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.table import Table


def test_all_widgets_of_a_kind_share_one_style_model():
    assert style.html().style is style.html("ddmkit-x", "<b>y</b>").style
    assert style.button("a", "b", "ddmkit-c").style is style.button("d", "e", "ddmkit-f").style
    assert style.text_style().description_width == style.list_style().description_width == style.LABEL_WIDTH
    assert style.html().style is not style.tick_style()


def test_a_shared_style_outlives_the_widgets_that_used_it_and_a_closed_one_is_made_again():
    made = style.html()
    look = made.style
    style.discard(made)
    assert look.comm is not None
    assert made.comm is None
    look.close()
    assert style.html().style is not look


def test_a_box_closes_what_it_no_longer_shows():
    kept, dropped = style.html(), style.html()
    gone = {dropped.model_id}
    box = style.column(kept, dropped)
    before = set(widget._instances)
    style.fill(box, [kept])
    assert box.children == (kept,)
    assert before - set(widget._instances) == gone


def test_hiding_one_widget_hides_no_other_that_had_the_same_layout():
    one, other = style.line(), style.line()
    look = other.layout
    assert one.layout is look
    style.hide(one)
    assert (one.layout.display, other.layout.display) == ("none", None)
    assert (one.layout.flex_flow, one.layout.width) == (look.flex_flow, look.width)
    assert one.layout is style.line(is_hidden=True).layout
    style.show(one)
    assert one.layout is look


def test_a_component_with_a_layout_of_its_own_keeps_it_when_it_is_hidden():
    made = Table("Things", [TableColumn("Name")], "x")
    look = made.layout
    style.hide(made)
    assert made.layout is look
    assert look.display == "none"
    style.show(made)
    assert look.display is None
    style.discard(made)
    assert look.comm is None


def test_classes_go_with_the_first_message():
    assert style.line(css="ddmkit-a ddmkit-b")._dom_classes == ("ddmkit-a", "ddmkit-b")
    assert isinstance(style.line(), ipywidgets.HBox)


def test_a_hint_has_a_symbol_a_word_and_a_class_for_its_colour():
    shown = style.hint("problem", Tone.BAD, "<b>x</b>")
    assert "✗ problem" in shown
    assert "ddmkit-hint-bad" in shown
    assert "&lt;b&gt;x" in shown
