"""A text field for a time: what was typed, how it was read, and buttons where a text has more than one reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ddmkit.display.status import Tone
from ddmkit.errors import InputError
from ddmkit.forms.logic.point_options import format_local
from ddmkit.forms.logic.typed_notations import TypedTime, advise_short_forms, describe_readings
from ddmkit.forms.widgets.fields import TextField
from ddmkit.forms.widgets.instants.readings import Readings

__all__ = ["TimeEntry"]


class TimeEntry:
    """A text field with a message and buttons below it. ``on_change`` gets what was typed, ``on_pick`` a clicked reading."""

    def __init__(
        self,
        label: str,
        tooltip: str,
        css: str,
        *,
        placeholder: str,
        on_change: Callable[[str], None],
        on_pick: Callable[[datetime], None],
    ) -> None:
        self._on_pick = on_pick
        self.readings: Readings[datetime] = Readings(self._pick, "ddmkit-reading")
        below = (self.readings.widget,)
        self.field = TextField(label, tooltip, on_change, css, placeholder=placeholder, below=below)
        self.widget = self.field.widget

    def _pick(self, instant: datetime) -> None:
        self._on_pick(instant)
        self.field.input.focus()  # the buttons are gone, and the keyboard focus with them

    def clear(self) -> None:
        """Remove message and buttons; the text stays."""
        self.field.message.clear()
        self.readings.clear()

    def show(self, words: str) -> None:
        """Show how the text was read."""
        self.field.message.show(words, tone=Tone.GOOD)

    def refuse(self, error: InputError, zone: str) -> None:
        """Show why the text cannot be used, with buttons for the instants to choose from, if there are any."""
        typed = describe_readings(error, zone)
        if typed is None:
            self.field.message.show_error(" ".join(filter(None, [error.problem, error.fix, advise_short_forms(error)])))
            self.readings.offer([(f"nearest restorable: {format_local(one, zone)}", one) for one in error.instants])
        else:
            self.ask(typed, zone)

    def ask(self, typed: TypedTime, zone: str) -> None:
        """Ask which reading is meant."""
        self.field.message.show(typed.doubt, tone=Tone.WARNING, word="please choose")
        self.readings.offer([(f"{one.words}: {format_local(one.instant, zone)}", one.instant) for one in typed.readings])
