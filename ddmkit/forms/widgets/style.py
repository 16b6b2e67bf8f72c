"""The look of the forms: one style sheet in the colours of the page, and the boxes and buttons that every panel uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets as widgets

from ddmkit.display.html import Html, join, tag
from ddmkit.display.status import Tone, status_html
from ddmkit.forms.assets import FORM_CSS
from ddmkit.forms.widgets.background import FORM_LOCK

__all__ = ["button", "column", "heading", "hide", "hint", "html", "line", "show", "style_sheet"]


def style_sheet() -> widgets.HTML:
    """Return the style sheet as a widget; every form has one, because every form can be shown alone."""
    return widgets.HTML(Html(f"<style>{FORM_CSS}</style>"), layout=widgets.Layout(margin="0", height="0"))


def html(css: str = "", value: str = "") -> widgets.HTML:
    """Return a widget for static HTML."""
    return _named(widgets.HTML(value), css)


def column(*children: widgets.Widget, css: str = "") -> widgets.VBox:
    """Put widgets below each other."""
    return _named(widgets.VBox(children, layout=widgets.Layout(width="100%", overflow="visible")), css)


def line(*children: widgets.Widget, css: str = "") -> widgets.HBox:
    """Put widgets beside each other; they wrap on a narrow page."""
    layout = widgets.Layout(flex_flow="row wrap", align_items="center", width="100%", overflow="visible")
    return _named(widgets.HBox(children, layout=layout), css)


def fill(box: widgets.Box, children: Iterable[widgets.Widget]) -> None:
    """Replace the widgets in a box, and close those that were in it.

    A kernel keeps every widget that was not closed, and a page that is loaded again asks the kernel for each of them.
    """
    before, box.children = box.children, tuple(children)
    for one in before:
        if one not in box.children:
            discard(one)


def discard(widget: widgets.Widget) -> None:
    """Close a widget with everything in it."""
    for one in getattr(widget, "children", ()):
        discard(one)
    for name in ("layout", "style"):
        part = getattr(widget, name, None)
        if isinstance(part, widgets.Widget):
            part.close()
    widget.close()


class _Button(widgets.Button):  # type: ignore[misc]  # ipywidgets has no types
    """A button whose click handlers run while holding the form lock."""

    def click(self) -> None:
        with FORM_LOCK:
            super().click()


def button(description: str, tooltip: str, css: str, *, icon: str = "") -> widgets.Button:
    """Return a button; ``tooltip`` says what it does, ``css`` are the classes by which it is found."""
    return _named(_Button(description=description, tooltip=tooltip, icon=icon), css)


def heading(words: str, explanation: str = "") -> Html:
    """Return the heading of a panel, with one line that says what to do there."""
    title = tag("div", words, role="heading", aria_level="3", style="font-weight:bold;font-size:1.15em")
    return join([title, tag("div", explanation) if explanation else ""])


def hint(words: str, tone: Tone, text: object) -> Html:
    """Return a message: a state in symbol and word, and the sentence that explains it."""
    return tag("div", status_html(words, tone), " ", tag("span", text), role="status", style="white-space:pre-line")


def show(widget: widgets.DOMWidget, visible: bool = True) -> None:  # noqa: FBT001, FBT002  # reads as show(box, has_rows)
    """Show a widget, or remove it from the page and from the focus order."""
    wanted = None if visible else "none"
    if widget.layout.display != wanted:
        widget.layout.display = wanted


def hide(widget: widgets.DOMWidget) -> None:
    """Remove a widget from the page."""
    show(widget, visible=False)


def _named(widget: Any, css: str) -> Any:
    for one in css.split():
        widget.add_class(one)
    return widget
