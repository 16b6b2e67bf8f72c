"""A date and time picker with an explicit zone. Its value is text, exactly as the person sees it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets

from ddmkit.forms.assets import PICKER_CSS, PICKER_JS
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK

__all__ = ["Picker"]

_WHEN = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.0+)?")


class Picker(anywidget.AnyWidget):
    """A picker for a local time and one of ``zones``; ``on_use`` gets both as text: ``2026-05-20 10:45 Europe/Berlin``.

    ``on_zone`` gets what the browser calls its own time zone, unchecked, as soon as the page shows the picker.
    """

    _esm = PICKER_JS
    _css = PICKER_CSS
    zones: traitlets.List[Any] = traitlets.List(["UTC"]).tag(sync=True)

    def __init__(self, on_use: Callable[[str], None], on_zone: Callable[[str], None]) -> None:
        super().__init__(layout=style.layout())
        self._on_use, self._on_zone = on_use, on_zone
        self.on_msg(self._on_message)

    def _on_message(self, _widget: object, said: Mapping[str, Any], _buffers: object) -> None:
        when, zone = _WHEN.fullmatch(str(said.get("when"))), said.get("zone")
        if said.get("kind") == "zone" and isinstance(zone, str):
            with FORM_LOCK:
                self._on_zone(zone)
            return
        if when is None or zone not in self.zones:
            return
        with FORM_LOCK:
            self._on_use(f"{when[1]} {when[2]} {zone}")
