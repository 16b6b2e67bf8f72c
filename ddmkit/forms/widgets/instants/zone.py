"""The field for the time zone: typed in upper or lower case, or found by a part of its name among all IANA names."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ddmkit.errors import InputError
from ddmkit.forms.widgets.fields import TextField
from ddmkit.forms.widgets.instants.readings import Readings
from ddmkit.typed_times import find_time_zone, similar_time_zones

__all__ = ["ZoneField"]

# Offered while typing; every other name is found by a part of it.
_USUAL = (
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Mexico_City",
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Singapore",
    "Asia/Dubai",
    "Asia/Riyadh",
    "Africa/Johannesburg",
)


class ZoneField:
    """A field for a time zone. ``zone`` is the last valid name; ``on_change`` gets each new one.

    Upper and lower case do not matter. A part of a name, such as a city, is not taken for a zone: the names that contain it
    are offered as buttons. So is the zone of the browser, once that is known; only a click applies it.
    """

    def __init__(self, zone: str, on_change: Callable[[str], None]) -> None:
        self._on_change = on_change
        self.zone = find_time_zone(zone).key
        self._browsers = ""
        self.similar: Readings[str] = Readings(self._pick, "ddmkit-similar-zone")
        self.field = TextField(
            "Time zone",
            "The time zone for times without an offset and for the timeline: type a part of its name, such as a city",
            self.take,
            "ddmkit-zone",
            options=_USUAL,
            below=(self.similar.widget,),
        )
        self.field.value = self.zone
        self.widget = self.field.widget
        self._describe()

    def offer_browsers(self, name: str) -> None:
        """Offer the zone that the browser names, first of all; a name that is no zone is dropped."""
        with suppress(InputError):
            self._browsers = find_time_zone(name).key
            self.field.input.options = tuple(dict.fromkeys((self._browsers, *_USUAL)))
            self._describe()

    def take(self, name: str) -> None:
        """Take a typed name, or refuse it and offer similar ones; the zone then stays as it is."""
        try:
            zone = find_time_zone(name).key
        except InputError as error:
            near = similar_time_zones(name, 6)
            more = f"Similar names are below. Until then, times are read in {self.zone}."
            stays = f"{error.fix} Until then, times are read in {self.zone}."
            self.field.message.show_error(f"{error.problem} {more if near else stays}")
            self.similar.offer([*self._browsers_zone(), *((one, one) for one in near)])
            return
        self.zone = self.field.value = zone
        self._describe()
        self._on_change(zone)

    def _pick(self, name: str) -> None:
        self.take(name)
        self.field.input.focus()  # the button is gone, and the keyboard focus with it

    def _describe(self) -> None:
        self.field.message.show(f"Times without an offset are read in {self.zone}, and the timeline shows it.")
        self.similar.offer(self._browsers_zone())

    def _browsers_zone(self) -> list[tuple[str, str]]:
        other = self._browsers if self._browsers != self.zone else ""
        return [(f"your browser: {other}", other)] if other else []
