"""The suggested points as buttons, the most likely first, each with its reason; the chosen one is marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import chain

import ipywidgets as widgets

from ddmkit.display.html import Html, clean_line, tag
from ddmkit.forms.logic.point_options import ChosenPoint
from ddmkit.forms.logic.suggestions import Suggestion
from ddmkit.forms.widgets import style
from ddmkit.times import format_instant
from ddmkit.typed_times import find_time_zone

__all__ = ["SuggestionList"]

_CHOSEN = ("✓ ", ": chosen")


class SuggestionList:
    """A list of suggestions; ``on_choose`` gets the backup id or the instant that was clicked."""

    def __init__(self, on_choose: Callable[[str | datetime], None]) -> None:
        self._on_choose = on_choose
        self._by_key: dict[str, tuple[widgets.Button, widgets.HTML]] = {}
        self.title = style.html(value=tag("b", "Suggestions, the most likely first"))
        self.rows = style.column(css="ddmkit-suggestions ddmkit-rows")
        self.widget = style.column(self.title, self.rows)

    def show(self, found: Iterable[Suggestion], zone: str, now: datetime, chosen: str) -> None:
        """Show suggestions. One that stays keeps its button, so that a click on it is not lost."""
        keyed = {ChosenPoint(one.instant, one.backup).key: one for one in found}
        before, self._by_key = self._by_key, {}
        for place, (key, one) in enumerate(keyed.items(), 1):
            when = format_instant(one.instant, find_time_zone(zone), now)
            press, reason = _describe(place, one, when)
            if key in before:
                _write(before[key], press, reason)
            self._by_key[key] = before.get(key) or self._make_row(one, press, reason)
        style.fill(self.rows, chain.from_iterable(self._by_key.values()))
        self.mark(chosen)
        style.show(self.widget, bool(keyed))

    def mark(self, chosen: str) -> None:
        """Mark the suggestion with this key as the current choice."""
        for key, (press, _reason) in self._by_key.items():
            words = press.description.removeprefix(_CHOSEN[0]).removesuffix(_CHOSEN[1])
            press.description = words.join(_CHOSEN) if key == chosen else words

    def _make_row(self, one: Suggestion, words: tuple[str, str], reason: Html) -> tuple[widgets.Button, widgets.HTML]:
        press = style.button(*words, "ddmkit-suggestion")
        chosen = one.backup_id or one.instant
        press.on_click(lambda _button: self._on_choose(chosen))
        return press, style.html(value=reason)


def _describe(place: int, one: Suggestion, when: str) -> tuple[tuple[str, str], Html]:
    """Return the words and the tooltip of a suggestion's button, and what stands below it."""
    reason = tag("div", tag("div", clean_line(one.reason)), tag("small", when))
    return (f"{place}. {one.title}", "Choose this point"), reason  # the reason is below, and would be sent twice


def _write(row: tuple[widgets.Button, widgets.HTML], words: tuple[str, str], reason: Html) -> None:
    press, below = row
    press.description, press.tooltip = words
    below.value = reason
