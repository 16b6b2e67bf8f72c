"""Begins a new simulated world from a form: a list of the scenarios, each with what has happened in it, and a button."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from ddmkit.display.html import clean_line, tag
from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.fields import Message

__all__ = ["WorldPanel", "known_scenarios"]


class WorldPanel:
    """Stands above the form on the simulator; ``begin`` is called with the name of the scenario to begin."""

    def __init__(self, scenarios: Mapping[str, str], current: str, begin: Callable[[str], None]) -> None:
        self._scenarios = scenarios
        self._begin = begin
        self.pick = widgets.Dropdown(
            options=[(name, name) for name in scenarios],
            value=current if current in scenarios else next(iter(scenarios)),
            description="Simulator",
            tooltip="The scenario of a new world: what has happened in it",
            style={"description_width": "11em"},
            layout=widgets.Layout(width="min(100%, 30em)"),
        )
        self.pick.add_class("ddmkit-scenario")
        self.said = look.html("ddmkit-scenario-said ddmkit-under-field")
        self.new = look.button(
            "New world",
            "Begin this scenario in a new world; this form starts again, the old world's file is kept",
            "ddmkit-new-world",
        )
        self.message = Message("ddmkit-new-world-message")
        self.pick.observe(lambda _change: self._describe(), names="value")
        self.new.on_click(lambda _button: self._press())
        self.widget = look.column(look.line(self.pick, self.new), self.said, self.message.widget, css="ddmkit-worlds")
        self._describe()

    def _describe(self) -> None:
        self.said.value = tag("div", clean_line(self._scenarios[self.pick.value]))

    def _press(self) -> None:
        self.new.disabled = True
        try:
            self._begin(self.pick.value)
        except DDMKitError as error:
            self.message.refuse(error)
        finally:
            self.new.disabled = False


def known_scenarios(kit: Any) -> Mapping[str, str]:
    """Return the scenarios of the simulator that a kit brought; none elsewhere, or on a world that tells another story."""
    if kit.simulator is None:
        return {}
    from ddmkit.simulator import SCENARIOS  # noqa: PLC0415  # an extra

    return SCENARIOS if kit.simulator.scenario_name in SCENARIOS else {}
