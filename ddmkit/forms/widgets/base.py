"""What every form shares: a widget, one value, listeners, and a static summary shown below the form.

Where no widget runs (a saved notebook, a page on a code host) only the summary is left. The summary is a display of its own
and is updated with every change. Forms use the kit and never contact the service themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets
from IPython.display import DisplayHandle, display

from ddmkit.display.html import Fragment, Html, join, tag
from ddmkit.display.status import Tone
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import Runner, run_at_once
from ddmkit.forms.widgets.downloads import is_in_app
from ddmkit.forms.widgets.fields import Message
from ddmkit.forms.widgets.keyboard import KeyboardGuard

__all__ = ["Form"]

_NO_WIDGETS = "(The form itself needs a live page; its status is written below.)"


class Form:
    """The base of all forms; each form adds its fields and its ``value``.

    ``run`` runs the reading that a click starts (in the caller's thread by default). Values set from Python take effect at
    once.
    """

    title = "Form"

    def __init__(self, *, run: Runner = run_at_once) -> None:
        self.message = Message()
        self._run = run
        self._listeners: list[Callable[[], None]] = []
        self._handle: DisplayHandle | None = None
        self._displayed = ""
        self._frame: tuple[widgets.Widget, ...] = ()
        self.widget: widgets.VBox = style.column(css="ddmkit-form")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.summary().text.splitlines()[-1][:200]}>"

    @property
    def value(self) -> Any:
        """The form's result, or ``None`` while the form is not complete."""
        raise NotImplementedError

    @property
    def problem(self) -> str:
        """Why the form cannot be completed as it is, in words; empty if nothing is wrong."""
        return ""

    def summary(self) -> Fragment:
        """Return the form's state as static HTML and text."""
        return describe_facts(self.title, [("State", "complete" if self.value is not None else "not complete")])

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after each change of the form's value or state."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Close the widgets; nothing in the cloud is changed."""
        style.discard(self.widget)

    def replace_with(self, other: Form) -> None:
        """Put another form in the place of this one on the page, its summary included."""
        frame, handle = self._frame, self._handle
        self._handle = None
        style.fill(self.widget, (*frame, other.widget))
        other._take_display(frame, handle)  # one form hands its place to another

    def _take_display(self, frame: tuple[widgets.Widget, ...], handle: DisplayHandle | None) -> None:
        """Use the style sheet, the keyboard guard and the display of the summary that another form had on the page."""
        self._frame, self._handle = frame, handle
        self._notify()

    def _lay_out(self, heading: widgets.Widget, *children: widgets.Widget, css: str = "") -> None:
        """Set the form's children; the message is right below the heading, where it is seen first."""
        with self.widget.hold_sync():
            self.widget.children = (heading, self.message.widget, *children)
            for one in css.split():
                self.widget.add_class(one)

    def _focus_on(self, part: str) -> None:
        """Move the keyboard focus to the heading of a part, which is named by its CSS class; off a page nothing happens."""
        for one in self._frame:
            if isinstance(one, KeyboardGuard):
                one.focus_on(part)

    def _notify(self) -> None:
        self._refresh_summary()
        for listener in self._listeners:
            listener()

    def _refresh_summary(self) -> None:
        if self._handle is None:
            return
        summary = self.summary()
        if summary.html != self._displayed:
            self._displayed = summary.html
            self._handle.update(self._with_age(summary))  # type: ignore[no-untyped-call]  # IPython has no types for it

    def _describe_age(self) -> str:
        """Describe how old the summary on the page is; empty where the age does not matter."""
        return ""

    def _with_age(self, summary: Fragment) -> Fragment:
        """Return the summary as it is displayed: the style sheet of a form that runs hides it by its class.

        Its text has no note about age: a terminal prints it at once, and shows no page.
        """
        age = self._describe_age()
        html = join([tag("div", tag("b", age), tag("div", _go_on())) if age else "", summary.html])
        return Fragment(tag("div", html, class_="ddmkit-summary"), summary.text)

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """Show that the service is being asked, and show its error; an error that is not ours is a bug and is raised."""
        self.message.show(f"Asking the service for {what} ...", tone=Tone.BUSY)
        with self.message.showing_errors():
            yield

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.summary()._repr_mimebundle_()

    def _ipython_display_(self) -> None:
        if not self._frame:  # only the outermost form on the page needs one
            self._frame = (style.style_sheet(), KeyboardGuard())
            self.widget.children = (*self._frame, *self.widget.children)
        shown = self.widget._repr_mimebundle_()
        shown["text/plain"] = _NO_WIDGETS
        display(shown, raw=True)  # type: ignore[no-untyped-call]  # IPython has no types for it
        if is_in_app():  # Voila never updates a display, so the summary would stay as it was at the beginning
            return
        summary = self.summary()
        self._displayed = summary.html
        self._handle = display(self._with_age(summary), display_id=True)  # type: ignore[no-untyped-call]  # as above


def _go_on() -> Html:
    """Return a button that runs the page again: JupyterLab and Notebook run the command that an element names."""
    look = "font:inherit;margin:0.5em 0;padding:4px 12px;border:0;border-radius:4px;background:#1565c0;color:#ffffff"
    command = "notebook:run-all-cells"
    return tag("button", "Run all cells", type="button", style=look, data_commandlinker_command=command)
