"""The part of the form in which a person gives the table of a fleet and its settings."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from ddmkit.errors import InputError
from ddmkit.fleet.table import COLUMNS, FleetTable
from ddmkit.fleet.waves import GATES, read_number, read_waves
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.fields import Message, TextField, type_into

__all__ = ["FleetLoad", "FleetSettings"]

FleetSettings = dict[str, Any]
"""The settings of ``kit.plan_fleet``."""

_GATES = {
    "wave": "A person opens every wave after the first",
    "first": "A person opens the second wave only",
    "none": "Each wave begins by itself",
}


class FleetLoad:
    """Asks for a table and the settings. ``on_check`` is called when a person wants every row checked.

    ``table`` is a DataFrame, the path of a CSV file, or mappings; a pasted table and a path on the page come first.
    ``example`` are the rows of a scenario, which a button takes.
    """

    def __init__(
        self,
        on_check: Callable[[], None],
        *,
        table: FleetTable | None,
        settings: Mapping[str, Any],
        example: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._given, self._example = table, example
        self.path = TextField(
            "CSV file", "The path of a CSV file with a line of column names", self._ignore, "ddmkit-fleet-path"
        )
        self.pasted = type_into(
            "or paste rows",
            f"Rows with commas, the names of the columns first. Known columns: {', '.join(COLUMNS)}",
            "ddmkit-fleet-pasted",
            placeholder="row,source,target,data_nodes,restore_time",
        )
        self._make_settings(settings)
        self.take = style.button(
            f"Take the {len(example)} rows of the scenario", "Take the rows that the simulator has", "ddmkit-fleet-example"
        )
        self.take.on_click(lambda _button: self._take_example())
        style.show(self.take, bool(example))
        self.check = style.button(
            "Check every row", "Read what every row needs, and show what would be done", "ddmkit-fleet-check ddmkit-primary"
        )
        self.check.on_click(lambda _button: on_check())
        self.message = Message("ddmkit-fleet-load-message")
        self._say_what_is_given()
        explanation = "One row is one restore or one whole recovery. Nothing is sent by checking."
        self.widget = style.column(
            style.html(value=style.heading("Table", explanation)),
            self.take,
            self.path.widget,
            self.pasted,
            *(field.widget for field in (self.waves, self.cap, self.stop_after)),
            self.gate,
            self.check,
            self.message.widget,
            css="ddmkit-panel ddmkit-fleet-load",
        )

    def _make_settings(self, settings: Mapping[str, Any]) -> None:
        self.waves = TextField("Waves", "The sizes of the waves; rest may stand last", self._ignore, "ddmkit-fleet-waves")
        self.cap = TextField("At once", "How many rows may be in flight at once", self._ignore, "ddmkit-fleet-cap")
        self.stop_after = TextField(
            "Stop after",
            "How many bad rows (failed, unknown, differs) pause the fleet; in the first wave it is one",
            self._ignore,
            "ddmkit-fleet-stop",
        )
        self.gate = widgets.Dropdown(
            description="Gate",
            tooltip="Which waves a person opens",
            options=[(_GATES[name], name) for name in GATES],
            style=style.list_style(),
            layout=style.layout(width="min(100%, 46em)"),
            **style.classes("ddmkit-fleet-gate"),
        )
        self.waves.value = ", ".join(map(str, settings["waves"]))
        self.cap.value, self.stop_after.value = str(settings["cap"]), str(settings["stop_after"])
        self.gate.value = settings["gate"] if settings["gate"] in GATES else GATES[0]

    def _say_what_is_given(self) -> None:
        if isinstance(self._given, str | Path):
            self.path.value = str(self._given)
        elif self._given is not None:
            self.message.show("The table was given by the cell. A path or pasted rows replace it.")

    @property
    def has_table(self) -> bool:
        """Whether there is a table to check."""
        return bool(self._given is not None or self.path.value.strip() or self.pasted.value.strip())

    def table(self) -> FleetTable:
        """Return the table; raises ``InputError`` when there is none."""
        if self.pasted.value.strip():
            return _read_pasted(self.pasted.value)
        if self.path.value.strip():
            return self.path.value.strip()
        if self._given is None:
            raise InputError("is not given.", field="Table", fix="Name a CSV file, or paste rows.")
        return self._given

    def settings(self) -> FleetSettings:
        """Return the settings as they are typed; ``kit.plan_fleet`` refuses what cannot be right."""
        return {
            "waves": read_waves(self.waves.value),
            "cap": read_number(self.cap.value),
            "stop_after": read_number(self.stop_after.value),
            "gate": self.gate.value,
        }

    def _take_example(self) -> None:
        self._given = [dict(row) for row in self._example]
        self.path.value = self.pasted.value = ""
        self.message.show(f"{len(self._example)} rows of the scenario are taken. Next: check every row.")

    def _ignore(self, _text: str) -> None:
        """Nothing depends on a setting before the check."""


def _read_pasted(text: str) -> list[dict[str, Any]]:
    """Return pasted rows; cells are separated by tabs, as a spreadsheet copies them, or by commas."""
    lines = text.strip("\r\n")
    separator = "\t" if "\t" in lines.partition("\n")[0] else ","
    rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(lines), delimiter=separator))
    if any(None in row for row in rows):
        raise InputError("a line has more cells than there are columns.", field="Table", fix="Quote cells with commas.")
    return rows
