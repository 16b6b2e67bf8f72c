"""Start a new simulated world from a form: a list of scenarios, a description of the chosen one, and a button."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ipywidgets as widgets

from ddmkit.display.html import clean_line, tag
from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.fields import Message
from ddmkit.kit import Kit

__all__ = ["WorldPanel", "known_scenarios"]


class WorldPanel:
    """The panel above the form on the simulator; ``begin`` is called with the name of the scenario to start."""

    def __init__(self, scenarios: Mapping[str, str], current: str, begin: Callable[[str], None]) -> None:
        self._scenarios = scenarios
        self._begin = begin
        self.pick = widgets.Dropdown(
            options=[(name, name) for name in scenarios],
            value=current if current in scenarios else next(iter(scenarios)),
            description="Simulator",
            tooltip="The scenario of a new world: what has happened in it",
            style=style.list_style(),
            layout=widgets.Layout(width="min(100%, 30em)"),
            **style.classes("ddmkit-scenario"),
        )
        self.details = style.html("ddmkit-scenario-said ddmkit-under-field")
        self.new = style.button(
            "New world",
            "Start this scenario in a new world; the form starts again, the old world's file is kept",
            "ddmkit-new-world",
        )
        self.message = Message("ddmkit-new-world-message")
        self.pick.observe(lambda _change: self._describe(), names="value")
        self.new.on_click(lambda _button: self._on_click())
        self.widget = style.column(style.line(self.pick, self.new), self.details, self.message.widget, css="ddmkit-worlds")
        self._describe()

    def _describe(self) -> None:
        self.details.value = tag("div", clean_line(self._scenarios[self.pick.value]))

    def _on_click(self) -> None:
        self.new.disabled = True
        try:
            self._begin(self.pick.value)
        except DDMKitError as error:
            self.message.show_error(error)
        finally:
            self.new.disabled = False


def known_scenarios(kit: Kit) -> Mapping[str, str]:
    """Return the simulator's scenarios with their descriptions; none without a simulator or in a world of another kind."""
    if kit.simulator is None:
        return {}
    from ddmkit.simulator import SCENARIOS  # noqa: PLC0415  # an optional dependency

    return SCENARIOS if kit.simulator.scenario_name in SCENARIOS else {}
