"""Buttons for the readings of a text that has more than one meaning: a click settles which one is meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import ipywidgets as widgets

from ddmkit.forms.widgets import style

__all__ = ["Readings"]

Meaning = TypeVar("Meaning")


class Readings(Generic[Meaning]):
    """A row of buttons, one for each meaning; ``on_choose`` gets the meaning that was clicked."""

    def __init__(self, on_choose: Callable[[Meaning], None], css: str) -> None:
        self._on_choose = on_choose
        self._css = css
        self.widget = style.line(css=f"ddmkit-under-field {css}s", is_hidden=True)

    def offer(self, meanings: Sequence[tuple[str, Meaning]]) -> None:
        """Show a button for each meaning, with its words; none hides the row."""
        style.fill(self.widget, [self._button(words, meaning) for words, meaning in meanings])
        style.show(self.widget, bool(meanings))

    def clear(self) -> None:
        """Remove the buttons."""
        if self.widget.children:
            self.offer(())

    def _button(self, words: str, meaning: Meaning) -> widgets.Button:
        made = style.button(words, f"Use this: {words}", self._css)
        made.on_click(lambda _button: self._on_choose(meaning))
        return made
