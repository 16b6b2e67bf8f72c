"""What every form shares: a widget, one value, listeners, and a static summary shown beside it as a display of its own.

Where no widget runs (a saved notebook, a page on a code host) the summary is what is left, so it is updated with every
change by its display handle. Forms are handed the kit and know no address of the service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets
from IPython.display import DisplayHandle, display

from ddmkit.display.html import Fragment, clean_line, join, tag
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.background import Runner, run_at_once
from ddmkit.forms.widgets.downloads import is_in_app
from ddmkit.forms.widgets.fields import Message
from ddmkit.forms.widgets.keyboard import KeyboardGuard

__all__ = ["Form", "describe_facts"]

_NO_WIDGETS = "(The form itself needs a live page; its status is written below.)"
_SAID = "min-width:0;overflow-wrap:anywhere"


class Form:
    """A form without its questions; each kind of form adds its own, and its ``value``.

    ``run`` has reading done that a click asked for (in the caller's thread, unless it is handed another way); what Python
    sets is always done at once.
    """

    title = "Form"

    def __init__(self, *, run: Runner = run_at_once) -> None:
        self.message = Message()
        self._run = run
        self._listeners: list[Callable[[], None]] = []
        self._handle: DisplayHandle | None = None
        self._said = ""
        self._guard: KeyboardGuard | None = None
        self.widget: widgets.VBox = look.column(look.style_sheet(), css="ddmkit-form")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.summary().text.splitlines()[-1][:200]}>"

    @property
    def value(self) -> Any:
        """What the form yields, or ``None`` while it is not complete."""
        raise NotImplementedError

    @property
    def problem(self) -> str:
        """What stands against going on, in words; empty when nothing does."""
        return ""

    def summary(self) -> Fragment:
        """Return the form's state as static HTML and text."""
        return describe_facts(self.title, [("State", "complete" if self.value is not None else "not complete")])

    def when_changed(self, listener: Callable[[], None]) -> None:
        """Have a function called after each change of the form's value or state."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Let go of the widgets; nothing in the cloud is touched."""
        look.discard(self.widget)

    def give_place_to(self, other: Form) -> None:
        """Let another form take this one's place on the page, its summary included."""
        guard, handle = self._guard, self._handle
        self._handle = None
        look.fill(self.widget, (self.widget.children[0], other.widget, *([guard] if guard is not None else [])))
        other.stand_with(guard, handle)

    def stand_with(self, guard: KeyboardGuard | None, handle: DisplayHandle | None) -> None:
        """Use what another form had on the page: what keeps its keys, and the display of its summary."""
        self._guard, self._handle = guard, handle
        self._tell()

    def _place(self, heading: widgets.Widget, *children: widgets.Widget, css: str = "") -> None:
        """Put the form together: the message stands right below the heading, where it is seen first."""
        self.widget.children = (self.widget.children[0], heading, self.message.widget, *children)
        for one in css.split():
            self.widget.add_class(one)

    def _tell(self) -> None:
        self._refresh_summary()
        for listener in self._listeners:
            listener()

    def _refresh_summary(self) -> None:
        if self._handle is None:
            return
        said = self.summary()
        if said.html != self._said:
            self._said = said.html
            self._handle.update(self._stamped(said))  # type: ignore[no-untyped-call]  # IPython has no types for it

    def _describe_age(self) -> str:
        """Describe of when the summary on the page is; nothing where that needs no saying."""
        return ""

    def _stamped(self, said: Fragment) -> Fragment:
        age = self._describe_age()
        return Fragment(join([said.html, tag("div", tag("small", age))]), f"{said.text}\n\n{age}") if age else said

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        """Describe that the service is being asked, and say its refusal; any other error is a mistake of ours and passes."""
        self.message.say(f"Asking the service for {what} ...", tone=Tone.BUSY)
        try:
            yield
        except DDMKitError as error:
            self.message.refuse(error)
        else:
            self.message.clear()

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.summary()._repr_mimebundle_()

    def _ipython_display_(self) -> None:
        if self._guard is None:  # only the form that stands on the page needs it, not those inside
            self._guard = KeyboardGuard()
            self.widget.children = (*self.widget.children, self._guard)
        shown = self.widget._repr_mimebundle_()
        shown["text/plain"] = _NO_WIDGETS
        display(shown, raw=True)  # type: ignore[no-untyped-call]  # IPython has no types for it
        if is_in_app():  # it shows each display as it was first, and would go on telling the beginning
            return
        said = self.summary()
        self._said = said.html
        self._handle = display(self._stamped(said), display_id=True)  # type: ignore[no-untyped-call]  # as above


def describe_facts(title: str, facts: Sequence[tuple[str, str]]) -> Fragment:
    """Set named facts below each other, as HTML and as text; empty ones are left out."""
    known = [(name, clean_line(said)) for name, said in facts if said]
    term = "flex:0 0 11em;font-weight:bold;padding-right:0.8em"
    rows = (
        tag("div", tag("span", name, style=term), tag("span", said, style=_SAID), style="display:flex;padding:0.1em 0")
        for name, said in known
    )
    head = tag("div", title, style="font-weight:bold;padding:0.3em 0") if title else ""
    width = max((len(name) for name, _ in known), default=0) + 2
    lines = [f"  {name + ':':<{width}}{said}" for name, said in known]
    return Fragment(
        tag("div", head, *rows, style="color:inherit;margin:0.3em 0"), "\n".join([f"{title}:", *lines] if title else lines)
    )
