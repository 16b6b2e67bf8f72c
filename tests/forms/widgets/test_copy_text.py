"""A text to copy: it goes to the page as it is, as a value and not as HTML."""

from ddmkit.forms.assets import COPY_JS
from ddmkit.forms.widgets.copy_text import CopyText


def test_the_text_goes_to_the_page_as_it_is():
    made = CopyText("A text", "Copy this text")
    made.text = "<b>bold</b>\nline 2"
    state = made.get_state()
    assert (state["text"], state["label"], state["button"]) == ("<b>bold</b>\nline 2", "A text", "Copy this text")
    assert "innerHTML" not in COPY_JS
