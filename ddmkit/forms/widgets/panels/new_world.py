"""The simulator's controls above the form: start a scenario in a new world, and let something fail in the present one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ipywidgets as widgets

from ddmkit.display.html import clean_line, tag
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.fields import Message
from ddmkit.kit import Kit

__all__ = ["WorldPanel", "panels_of"]

_NO_FAULT = "choose a fault"


class WorldPanel:
    """The panel above the form on the simulator.

    Args:
        scenarios: The scenarios by name, with their descriptions.
        current: The scenario of the present world.
        begin: Called with the name of the scenario to start.
        faults: The faults by name, with their descriptions.
        inject: Called with the name of a fault that happens once.
        clear: Called to remove all faults.
    """

    def __init__(
        self,
        scenarios: Mapping[str, str],
        current: str,
        begin: Callable[[str], None],
        *,
        faults: Mapping[str, str],
        inject: Callable[[str], None],
        clear: Callable[[], None],
    ) -> None:
        self._scenarios, self._faults = scenarios, faults
        self._begin, self._inject, self._clear = begin, inject, clear
        self.pick = _list(
            "Simulator", list(scenarios), "The scenario of a new world: what has happened in it", "ddmkit-scenario"
        )
        self.pick.value = current if current in scenarios else next(iter(scenarios))
        self.details = style.html("ddmkit-scenario-said ddmkit-under-field")
        self.new = style.button(
            "New world",
            "Start this scenario in a new world; the form starts again, the old world's file is kept",
            "ddmkit-new-world",
        )
        self.fault = _list(
            "Let something fail", [_NO_FAULT, *faults], "A fault of the service, to practise with", "ddmkit-fault"
        )
        self.clear = style.button("Clear faults", "Remove all faults from this world", "ddmkit-clear-faults")
        self.message = Message("ddmkit-new-world-message ddmkit-under-field")
        self.pick.observe(lambda _change: self._describe(), names="value")
        self.new.on_click(lambda _button: self._on_click())
        self.fault.observe(lambda change: self._on_fault(str(change["new"])), names="value")
        self.clear.on_click(lambda _button: self._on_clear())
        self.widget = style.column(
            style.line(self.pick, self.new),
            self.details,
            style.line(self.fault, self.clear),
            self.message.widget,
            css="ddmkit-worlds",
        )
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

    def _on_fault(self, name: str) -> None:
        if name in self._faults:
            self._inject(name)
            self.message.show(f"{name}, once: {self._faults[name]}", tone=Tone.WARNING, word="will fail")

    def _on_clear(self) -> None:
        self._clear()
        self.fault.value = _NO_FAULT
        self.message.show("Nothing fails any more; a job that a fault has changed stays changed.", tone=Tone.GOOD)


def panels_of(kit: Kit, begin: Callable[[str], None]) -> list[widgets.Widget]:
    """Return the simulator's panel; none without a simulator, and none in a world that is no scenario."""
    simulator = kit.simulator
    if simulator is None:
        return []
    from ddmkit.simulator import FAULTS, SCENARIOS  # noqa: PLC0415  # an optional dependency

    if simulator.scenario_name not in SCENARIOS:
        return []
    inject, clear = simulator.inject, simulator.clear_faults
    panel = WorldPanel(SCENARIOS, simulator.scenario_name, begin, faults=FAULTS, inject=inject, clear=clear)
    return [panel.widget]


def _list(label: str, names: list[str], tooltip: str, css: str) -> widgets.Dropdown:
    return widgets.Dropdown(
        options=names,
        description=label,
        tooltip=tooltip,
        style=style.list_style(),
        layout=style.layout(width="min(100%, 30em)"),
        **style.classes(css),
    )
