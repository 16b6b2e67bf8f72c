"""How the forms look: one sheet of styles in the colours of the page, and the parts every panel is built of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import ipywidgets as widgets

from ddmkit.display.html import Html, join, tag
from ddmkit.display.status import Tone, status_html
from ddmkit.forms.widgets.background import FORM_LOCK

__all__ = ["button", "column", "flow", "heading", "hide", "hint", "html", "line", "show", "style_sheet"]

# JupyterLab's own variables, so that a theme is followed; the fallbacks are for pages that have none.
_STYLE = """
.ddmkit-form { color: var(--jp-content-font-color1, inherit); max-width: 76em;
  container-type: inline-size; }
.ddmkit-form .ddmkit-form { max-width: none; }
.ddmkit-form .widget-html-content { line-height: 1.45; overflow-wrap: anywhere; white-space: normal; min-width: 0;
  max-width: 100%; }
.ddmkit-form .widget-html { height: auto; overflow: visible; margin: 2px; max-width: 100%; min-width: 0; }
.ddmkit-form .widget-box { min-width: 0; }
.ddmkit-form .jupyter-button { height: auto; min-height: 30px; width: auto; max-width: 100%; white-space: normal;
  line-height: 1.3; padding: 4px 12px; text-align: left; overflow-wrap: anywhere; align-self: flex-start; }
.ddmkit-form .widget-hbox > .jupyter-button { align-self: center; }
.ddmkit-form .jupyter-button:focus-visible, .ddmkit-form select:focus-visible, .ddmkit-form input:focus-visible,
.ddmkit-form textarea:focus-visible, .ddmkit-form summary:focus-visible {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px; }
.ddmkit-form .jupyter-button[disabled] { opacity: 0.7; cursor: default; }
.ddmkit-form .widget-label { overflow: visible; white-space: normal; line-height: 1.3; height: auto; padding-top: 5px;
  overflow-wrap: anywhere; }
.ddmkit-form .widget-select { height: auto; }
.ddmkit-form .widget-select select { width: 100%; font-family: inherit; font-variant-numeric: tabular-nums; }
.ddmkit-form .widget-select option { padding: 1px 4px; }
.ddmkit-form .widget-select option:checked { background: #1565c0 linear-gradient(#1565c0, #1565c0); color: #ffffff; }
.ddmkit-form .widget-select option:first-child:checked { color: inherit;
  background: rgba(128, 128, 128, 0.3) linear-gradient(rgba(128, 128, 128, 0.3), rgba(128, 128, 128, 0.3)); }
.ddmkit-form .widget-dropdown > select { min-height: 28px; }
.ddmkit-form .ddmkit-under-field { margin-left: calc(11em + 10px); max-width: calc(100% - 11em - 12px); }
.ddmkit-form .widget-checkbox { width: 100%; height: auto; }
.ddmkit-form .widget-checkbox .widget-label-basic { display: flex; align-items: flex-start; white-space: normal;
  height: auto; line-height: 1.4; overflow-wrap: anywhere; }
.ddmkit-form .widget-checkbox .widget-label-basic span { overflow: visible; white-space: normal; text-overflow: clip; }
.ddmkit-form .widget-checkbox .widget-label-basic input { flex: none; align-self: flex-start; margin: 3px 8px 0 0; }
.ddmkit-form details { margin: 0.3em 0; }
.ddmkit-form summary { cursor: pointer; font-weight: bold; padding: 0.2em 0; }
.ddmkit-steps { padding: 2px 0 6px 0; }
.ddmkit-steps .jupyter-button { border: 1px solid var(--jp-border-color1, #8a8a8a); background: transparent;
  color: inherit; }
.ddmkit-steps .jupyter-button.ddmkit-current { border: 2px solid var(--jp-brand-color1, #1976d2); font-weight: bold; }
.ddmkit-panel { border-top: 1px solid var(--jp-border-color1, #8a8a8a);
  border-bottom: 1px solid var(--jp-border-color1, #8a8a8a); padding: 6px 2px; }
.ddmkit-moves { padding: 6px 0; }
.ddmkit-form .jupyter-button.ddmkit-next:not([disabled]) { border: 2px solid var(--jp-brand-color1, #1976d2);
  font-weight: bold; }
.ddmkit-danger .jupyter-button, .jupyter-button.ddmkit-danger { border: 2px solid #c62f26; font-weight: bold; }
.ddmkit-rows { border-left: 3px solid var(--jp-border-color2, #b0b0b0); padding-left: 8px; }
.ddmkit-form.jupyter-widgets-disconnected::before { content: "This form is no longer connected: its kernel was restarted or \
has ended. What it shows is old. Run the cell again (in the app: load the page again); the new form offers to continue a \
restore that is running.";
  font: inherit; font-weight: bold; color: inherit; display: block; padding: 6px 8px; margin: 2px 0;
  border: 2px solid #b87a00; white-space: normal; }
.ddmkit-form .jupyter-widgets-disconnected::before { content: none; }
.ddmkit-chart { overflow-x: auto; max-width: 100%; }
.ddmkit-timeline .vega-embed { color: #222222; }
@container (max-width: 680px) {
  .ddmkit-form .ddmkit-under-field { margin-left: 2px; max-width: 100%; }
  .ddmkit-form :is(.widget-text, .widget-textarea, .widget-select, .widget-dropdown, .widget-combobox) {
    flex-direction: column; align-items: stretch; height: auto; }
  .ddmkit-form :is(.widget-text, .widget-textarea, .widget-select, .widget-dropdown, .widget-combobox) > .widget-label {
    width: auto !important; text-align: left; padding: 2px 0; }
  .ddmkit-form :is(.widget-text, .widget-textarea, .widget-select, .widget-dropdown, .widget-combobox)
    > :is(input, select, textarea) { flex: none; width: 100%; }
}
"""


def style_sheet() -> widgets.HTML:
    """Return the styles as a widget; every form that stands alone carries one."""
    return widgets.HTML(Html(f"<style>{_STYLE}</style>"), layout=widgets.Layout(margin="0", height="0"))


def html(css: str = "", value: str = "") -> widgets.HTML:
    """Return a place for static HTML."""
    return _named(widgets.HTML(value), css)


def column(*children: widgets.Widget, css: str = "") -> widgets.VBox:
    """Put widgets below each other."""
    return _named(widgets.VBox(children, layout=widgets.Layout(width="100%", overflow="visible")), css)


def line(*children: widgets.Widget, css: str = "") -> widgets.HBox:
    """Put widgets beside each other; they wrap on a narrow page."""
    layout = widgets.Layout(flex_flow="row wrap", align_items="center", width="100%", overflow="visible")
    return _named(widgets.HBox(children, layout=layout), css)


def fill(box: widgets.Box, children: Iterable[widgets.Widget]) -> None:
    """Put other widgets into a box, and let go of those that were in it.

    A kernel keeps every widget that was not let go of, and a page that is loaded again asks it for each of them.
    """
    before, box.children = box.children, tuple(children)
    for one in before:
        if one not in box.children:
            discard(one)


def discard(widget: widgets.Widget) -> None:
    """Let go of a widget with everything in it."""
    for one in getattr(widget, "children", ()):
        discard(one)
    for name in ("layout", "style"):
        part = getattr(widget, name, None)
        if isinstance(part, widgets.Widget):
            part.close()
    widget.close()


def flow(children: Sequence[widgets.Widget], css: str = "") -> widgets.HBox:
    """Put many small widgets beside each other."""
    return line(*children, css=css)


class _Button(widgets.Button):  # type: ignore[misc]  # ipywidgets has no types
    """A button whose click is heard in a turn of its own."""

    def click(self) -> None:
        with FORM_LOCK:
            super().click()


def button(description: str, tooltip: str, css: str, *, icon: str = "") -> widgets.Button:
    """Return a button with its words, what it does, and a class to be found by."""
    return _named(_Button(description=description, tooltip=tooltip, icon=icon), css)


def heading(words: str, explanation: str = "") -> Html:
    """Return the heading of a panel, with one line on what to do there."""
    title = tag("div", words, role="heading", aria_level="3", style="font-weight:bold;font-size:1.15em")
    return join([title, tag("div", explanation) if explanation else ""])


def hint(words: str, tone: Tone, text: object) -> Html:
    """Return a message: a state in symbol and word, and the sentence that explains it."""
    return tag("div", status_html(words, tone), " ", tag("span", text), role="status", style="white-space:pre-line")


def show(widget: widgets.DOMWidget, visible: bool = True) -> None:  # noqa: FBT001, FBT002  # reads as show(box, has_rows)
    """Show a widget, or take it out of the page and of the order of focus."""
    wanted = None if visible else "none"
    if widget.layout.display != wanted:
        widget.layout.display = wanted


def hide(widget: widgets.DOMWidget) -> None:
    """Take a widget out of the page."""
    show(widget, visible=False)


def _named(widget: Any, css: str) -> Any:
    for one in css.split():
        widget.add_class(one)
    return widget
