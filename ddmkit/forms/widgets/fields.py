"""Labelled inputs with a message below them. A field keeps what was typed, also when the message refuses it."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets
from traitlets import Unicode

from ddmkit.display.html import apart
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK
from ddmkit.forms.widgets.brief import BriefList, BriefText

__all__ = ["Message", "SecretField", "TextField", "described", "tick", "type_into"]

_WIDE = "min(100%, 46em)"


class Message:
    """A place for one sentence about an input or a result; empty at first."""

    def __init__(self, css: str = "ddmkit-message") -> None:
        self.widget = style.html(css)
        self.text = ""

    def show(self, text: object, *, tone: Tone = Tone.QUIET, word: str = "") -> None:
        """Show a sentence after a state, which has a symbol and a word."""
        self.text = str(text)
        self.widget.value = style.hint(word or _WORDS[tone], tone, text)

    def show_error(self, text: object) -> None:
        """Show why this is not possible."""
        self.show(text, tone=Tone.BAD, word="not possible")

    def clear(self) -> None:
        """Remove the sentence."""
        self.text = ""
        self.widget.value = ""

    @contextmanager
    def showing_errors(self) -> Iterator[None]:
        """Show an error of the block in this place; without one, remove the sentence that stands there."""
        try:
            yield
        except DDMKitError as error:
            self.show_error(error)
        else:
            self.clear()


_WORDS = {Tone.GOOD: "ok", Tone.WARNING: "note", Tone.BAD: "problem", Tone.BUSY: "working", Tone.QUIET: "note"}


class TextField:
    """A labelled text field with a message and the widgets ``below`` it; ``on_change`` gets what a person typed.

    Setting ``value`` from Python does not call ``on_change``: the caller decides what follows.
    """

    def __init__(
        self,
        label: str,
        tooltip: str,
        on_change: Callable[[str], None],
        css: str,
        *,
        placeholder: str = "",
        is_live: bool = False,
        options: Sequence[str] = (),
        below: Sequence[widgets.Widget] = (),
    ) -> None:
        kind = BriefList if options else BriefText
        extra: dict[str, Any] = {"options": tuple(options), "ensure_option": False} if options else {}
        self.input = kind(
            description=label,
            tooltip=tooltip,
            placeholder=placeholder,
            continuous_update=is_live,
            style=style.text_style(),
            layout=style.layout(width=_WIDE),
            **style.classes(css),
            **extra,
        )
        self.message = Message(f"{css}-message ddmkit-under-field")
        self.widget = style.column(self.input, self.message.widget, *below)
        self._on_change = on_change
        self._is_quiet = False
        self.input.observe(self._on_event, names="value")

    @property
    def value(self) -> str:
        """The text in the field."""
        return str(self.input.value)

    @value.setter
    def value(self, text: str) -> None:
        with FORM_LOCK:
            self._is_quiet = True
            try:
                self.input.value = text
            finally:
                self._is_quiet = False

    def _on_event(self, change: Any) -> None:
        with FORM_LOCK:
            if not self._is_quiet:
                self._on_change(str(change["new"]))


class _Secret(widgets.Password):  # type: ignore[misc]  # ipywidgets has no types
    """A password field whose value is never sent back to the page, and is sent to the kernel only when typing has ended."""

    value = Unicode("").tag(sync=True, echo_update=False)


class SecretField:
    """A field for a secret: it is emptied at once, and ``on_secret`` gets what was typed. No widget keeps it."""

    def __init__(
        self, label: str, tooltip: str, on_secret: Callable[[str], None], css: str, *, placeholder: str = ""
    ) -> None:
        self.input = _Secret(
            description=label,
            tooltip=tooltip,
            placeholder=placeholder,
            continuous_update=False,
            style=style.text_style(),
            layout=style.layout(width=_WIDE),
            **style.classes(css),
        )
        self.message = Message(f"{css}-message ddmkit-under-field")
        self.widget = style.column(self.input, self.message.widget)
        self._on_secret = on_secret
        self.input.observe(self._on_event, names="value")

    def _on_event(self, change: Any) -> None:
        secret = str(change["new"])
        if not secret:
            return
        with FORM_LOCK:
            self.input.value = ""  # first of all: nothing that is saved may contain the secret
            self._on_secret(secret)


def type_into(label: str, tooltip: str, css: str, *, rows: int = 3, placeholder: str = "") -> widgets.Textarea:
    """Return a text field of several lines."""
    return widgets.Textarea(
        description=label,
        tooltip=tooltip,
        placeholder=placeholder,
        rows=rows,
        style=style.text_style(),
        layout=style.layout(width=_WIDE),
        **style.classes(css),
    )


def described(words: str) -> dict[str, Any]:
    """Return widget options that show these words exactly as written: a page would typeset mathematics in them."""
    written = apart(html.escape(words, quote=False))
    return {"description": written, "description_allow_html": True} if "<span>" in written else {"description": words}


def tick(words: str, tooltip: str, css: str, on_change: Callable[[], None], *, value: bool = False) -> widgets.Checkbox:
    """Return a checkbox with its whole sentence beside it; ``on_change`` is called when it is ticked or cleared."""
    made = widgets.Checkbox(
        value=value,
        **described(words),
        tooltip=tooltip,
        indent=False,
        style=style.tick_style(),
        layout=style.layout(width="100%", height="auto"),
        **style.classes(css),
    )

    def on_event(_change: Any) -> None:
        with FORM_LOCK:
            on_change()

    made.observe(on_event, names="value")
    return made
