"""Labelled inputs with a message beside them. A field keeps what was typed, whatever is said about it."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from ddmkit.display.html import apart
from ddmkit.display.status import Tone
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.background import FORM_LOCK

__all__ = ["Message", "TextField", "described", "tick", "type_into"]

_WIDE = "min(100%, 46em)"
_LABEL = "11em"


class Message:
    """One place for a sentence about what was given or found; empty until there is one."""

    def __init__(self, css: str = "ddmkit-message") -> None:
        self.widget = look.html(css)
        self.text = ""

    def say(self, text: object, *, tone: Tone = Tone.QUIET, word: str = "") -> None:
        """Describe a sentence with its state in symbol and word."""
        self.text = str(text)
        self.widget.value = look.hint(word or _WORDS[tone], tone, text)

    def refuse(self, text: object) -> None:
        """Describe why it cannot go on like this."""
        self.say(text, tone=Tone.BAD, word="not possible")

    def clear(self) -> None:
        """Describe nothing."""
        self.text = ""
        self.widget.value = ""


_WORDS = {Tone.GOOD: "ok", Tone.WARNING: "note", Tone.BAD: "problem", Tone.BUSY: "working", Tone.QUIET: "note"}


class TextField:
    """One line of text with its label and a message beside it; tells ``changed`` what a person typed.

    ``value`` can be set from Python; that tells nobody, so that whoever sets it decides what follows.
    """

    def __init__(
        self,
        label: str,
        tooltip: str,
        changed: Callable[[str], None],
        css: str,
        *,
        placeholder: str = "",
        is_live: bool = False,
        options: Sequence[str] = (),
    ) -> None:
        kind = widgets.Combobox if options else widgets.Text
        extra: dict[str, Any] = {"options": tuple(options), "ensure_option": False} if options else {}
        self.input = kind(
            description=label,
            tooltip=tooltip,
            placeholder=placeholder,
            continuous_update=is_live,
            style={"description_width": _LABEL},
            layout=widgets.Layout(width=_WIDE),
            **extra,
        )
        self.input.add_class(css)
        self.message = Message(f"{css}-message ddmkit-under-field")
        self.widget = look.column(self.input, self.message.widget)
        self._changed = changed
        self._is_quiet = False
        self.input.observe(self._hear, names="value")

    @property
    def value(self) -> str:
        """What stands in the field."""
        return str(self.input.value)

    @value.setter
    def value(self, text: str) -> None:
        with FORM_LOCK:
            self._is_quiet = True
            try:
                self.input.value = text
            finally:
                self._is_quiet = False

    def _hear(self, change: Any) -> None:
        with FORM_LOCK:
            if not self._is_quiet:
                self._changed(str(change["new"]))


def type_into(label: str, tooltip: str, css: str, *, rows: int = 3, placeholder: str = "") -> widgets.Textarea:
    """Return a field of several lines."""
    made = widgets.Textarea(
        description=label,
        tooltip=tooltip,
        placeholder=placeholder,
        rows=rows,
        style={"description_width": _LABEL},
        layout=widgets.Layout(width=_WIDE),
    )
    made.add_class(css)
    return made


def described(words: str) -> dict[str, Any]:
    """Return the options that describe a widget by these words, as written: a page would typeset mathematics in them."""
    written = apart(html.escape(words, quote=False))
    return {"description": written, "description_allow_html": True} if "<span>" in written else {"description": words}


def tick(words: str, tooltip: str, css: str, changed: Callable[[], None], *, value: bool = False) -> widgets.Checkbox:
    """Return a box to tick, with its whole sentence beside it."""
    made = widgets.Checkbox(
        value=value,
        **described(words),
        tooltip=tooltip,
        indent=False,
        layout=widgets.Layout(width="100%", height="auto"),
    )
    made.add_class(css)

    def hear(_change: Any) -> None:
        with FORM_LOCK:
            changed()

    made.observe(hear, names="value")
    return made
