"""The look of the forms: one style sheet in the colours of the page, and the boxes and buttons that every panel uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets as widgets
from ipywidgets.widgets.widget_bool import CheckboxStyle
from ipywidgets.widgets.widget_description import DescriptionStyle
from ipywidgets.widgets.widget_string import HTMLStyle, TextStyle

from ddmkit.display.html import Html, join, tag
from ddmkit.display.status import Tone, status_html
from ddmkit.forms.assets import FORM_CSS
from ddmkit.forms.widgets.background import FORM_LOCK
from ddmkit.forms.widgets.brief import HTML, BriefButton, Line, Stack, make_brief

__all__ = [
    "LABEL_WIDTH",
    "button",
    "classes",
    "column",
    "discard",
    "fill",
    "heading",
    "hide",
    "hint",
    "html",
    "layout",
    "line",
    "list_style",
    "own_layout",
    "shared",
    "show",
    "style_sheet",
    "text_style",
    "tick_style",
]

LABEL_WIDTH = "11em"

_shared: dict[tuple[object, ...], Any] = {}


def style_sheet() -> widgets.HTML:
    """Return the style sheet as a widget; only the outermost form on a page has one."""
    value = Html(f"<style>{FORM_CSS}</style>")
    return HTML(value, layout=layout(margin="0", height="0"), style=shared(HTMLStyle))


def shared(kind: type[Any], **settings: str) -> Any:
    """Return the one model of this kind with these settings that all forms of the kernel use; nobody changes it.

    A style and a layout for each widget would be two thirds of all models that a page loads.
    """
    name = (kind, *sorted(settings.items()))
    found = _shared.get(name)
    if found is None or found.comm is None:  # closed by Widget.close_all
        found = _shared[name] = make_brief(kind)(**settings)
    return found


def layout(**settings: str) -> Any:
    """Return the shared layout with these settings; ``show`` and ``hide`` exchange it for another one."""
    return shared(widgets.Layout, **settings)


def own_layout(**settings: str) -> Any:
    """Return a layout for one component of anywidget: on the page these do not notice that their layout is exchanged."""
    return make_brief(widgets.Layout)(**settings)


def list_style() -> Any:
    """Return the style of a list whose label is as wide as all other labels."""
    return shared(DescriptionStyle, description_width=LABEL_WIDTH)


def text_style() -> Any:
    """Return the style of a text field whose label is as wide as all other labels."""
    return shared(TextStyle, description_width=LABEL_WIDTH)


def tick_style() -> Any:
    """Return the style of a checkbox."""
    return shared(CheckboxStyle)


def classes(css: str) -> dict[str, tuple[str, ...]]:
    """Return the widget option that sets CSS classes; ``add_class`` would send a second message for each class."""
    return {"_dom_classes": tuple(css.split())}


def html(css: str = "", value: str = "") -> widgets.HTML:
    """Return a widget for static HTML."""
    return HTML(value, layout=layout(), style=shared(HTMLStyle), **classes(css))


def column(*children: widgets.Widget, css: str = "") -> widgets.VBox:
    """Put widgets below each other."""
    return Stack(children, layout=layout(width="100%", overflow="visible"), **classes(css))


def line(*children: widgets.Widget, css: str = "", is_hidden: bool = False) -> widgets.HBox:
    """Put widgets beside each other; they wrap on a narrow page."""
    hidden = {"display": "none"} if is_hidden else {}
    wrapping = layout(flex_flow="row wrap", align_items="center", width="100%", overflow="visible", **hidden)
    return Line(children, layout=wrapping, **classes(css))


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
        if isinstance(part, widgets.Widget) and part not in _shared.values():
            part.close()
    widget.close()


class _Button(BriefButton):
    """A button whose click handlers run while holding the form lock."""

    def click(self) -> None:
        with FORM_LOCK:
            super().click()


def button(
    description: str, tooltip: str, css: str, *, icon: str = "", act: Callable[[], None] | None = None
) -> widgets.Button:
    """Return a button; ``tooltip`` says what it does, ``css`` are the classes by which it is found, ``act`` is its work."""
    look = {"layout": layout(), "style": shared(widgets.ButtonStyle), **classes(css)}
    made = _Button(description=description, tooltip=tooltip, icon=icon, **look)
    if act is not None:
        made.on_click(lambda _button: act())
    return made


def heading(words: str, explanation: str = "") -> Html:
    """Return the heading of a panel, with one line that says what to do there."""
    title = tag("div", words, role="heading", aria_level="3", class_="ddmkit-heading")
    return join([title, tag("div", explanation, class_="ddmkit-explanation") if explanation else ""])


def hint(words: str, tone: Tone, text: object) -> Html:
    """Return a message: a state in symbol and word, and the sentence that explains it."""
    look = f"ddmkit-hint ddmkit-hint-{tone.name.lower()}"
    return tag("div", status_html(words, tone), " ", tag("span", text), role="status", class_=look)


def show(widget: widgets.DOMWidget, visible: bool = True) -> None:  # noqa: FBT001, FBT002  # reads as show(box, has_rows)
    """Show a widget, or remove it from the page and from the focus order."""
    if (widget.layout.display is None) is visible:
        return
    if widget.layout not in _shared.values():
        widget.layout.display = None if visible else "none"
    else:
        state = widget.layout.get_state().items()
        kept = {name: value for name, value in state if value is not None and name[0] != "_" and name != "display"}
        widget.layout = layout(**kept) if visible else layout(**kept, display="none")


def hide(widget: widgets.DOMWidget) -> None:
    """Remove a widget from the page."""
    show(widget, visible=False)
