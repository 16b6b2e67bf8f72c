"""The parameters of a notebook: read them, refuse malformed ones by name, fill in defaults, and format them again.

A person types them, or a program such as papermill passes them without types; so each value is checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ddmkit.errors import InputError
from ddmkit.handles.plan import Plan
from ddmkit.inputs import choose_point, id_of, read_incident
from ddmkit.kit import Kit
from ddmkit.typed_times import parse_point_in_time

if TYPE_CHECKING:
    from ddmkit.simulator import ScenarioFacts

__all__ = [
    "PageParameters",
    "fill_from_scenario",
    "format_parameters",
    "make_plan",
    "read_count",
    "read_instant",
    "read_list",
    "read_mapping",
    "read_parameters",
    "read_point",
    "read_text",
]

_POINTS = "backup_id, restore_time"


@dataclass(frozen=True)
class PageParameters:
    """Notebook parameters of a restore; empty means unset. Without a ``time_zone``, times need an offset."""

    source: str = ""
    target: str = ""
    data_nodes: tuple[str, ...] = ()
    backup_id: str = ""
    restore_time: datetime | str | int = ""
    time_zone: str = ""
    incident: str | int = ""

    def missing(self) -> list[str]:
        """Return the names of the parameters that a plan still needs."""
        needed = {"source": self.source, "target": self.target, "data_nodes": self.data_nodes}
        names = [name for name, value in needed.items() if not value]
        return names if self.backup_id or self.restore_time else [*names, "backup_id or restore_time"]

    @property
    def point(self) -> datetime | str | int:
        """The chosen backup's id or the chosen point in time; empty when neither is set."""
        return self.backup_id or self.restore_time

    def at_point(self, point: datetime | str) -> PageParameters:
        """Return the same parameters for another point: a backup's id, or a time."""
        if isinstance(point, str):
            return replace(self, backup_id=point, restore_time="")
        return replace(self, backup_id="", restore_time=point)


def read_parameters(
    *,
    source: Any = "",
    target: Any = "",
    data_nodes: Any = (),
    backup_id: Any = "",
    restore_time: Any = "",
    time_zone: str = "",
    incident: Any = "",
    now: datetime | None = None,
) -> PageParameters:
    """Read the parameters of a restore, typed as in ``PageParameters``. With ``now``, refuse an incident in the future.

    Raises ``InputError``, which names the first malformed parameter.
    """
    nodes = read_list(data_nodes, "data_nodes")
    parameters = PageParameters(
        source=_read_id(source, "source"),
        target=_read_id(target, "target"),
        data_nodes=tuple(id_of(node, f"data_nodes[{index}]") for index, node in enumerate(nodes)),
        backup_id=_read_id(backup_id, "backup_id"),
        restore_time=restore_time,
        time_zone=time_zone,
        incident=incident,
    )
    if parameters.backup_id and restore_time:
        raise InputError("both are filled in.", field=_POINTS, fix="Fill in one of them and leave the other empty.")
    read_instant(restore_time, time_zone, "restore_time")
    happened = read_instant(incident, time_zone, "incident")
    if happened is not None and now is not None:
        read_incident(happened, None, now=now)
    return parameters


def fill_from_scenario(parameters: PageParameters, facts: ScenarioFacts) -> PageParameters:
    """Return the parameters with the scenario's values in place of the empty ones."""
    return replace(
        parameters,
        source=parameters.source or facts.source,
        target=parameters.target or facts.target,
        data_nodes=parameters.data_nodes or tuple(facts.data_nodes),
        backup_id=parameters.backup_id if parameters.point else facts.backup_id,
    )


def make_plan(kit: Kit, parameters: PageParameters, incident: datetime | None) -> Plan:
    """Make the plan that the parameters describe; nothing is sent."""
    return kit.plan(
        source=parameters.source,
        target=parameters.target,
        data_nodes=list(parameters.data_nodes),
        backup_id=parameters.backup_id or None,
        restore_time=parameters.restore_time or None,
        time_zone=parameters.time_zone or None,
        incident=incident,
    )


def read_text(given: Any, field: str) -> str:
    """Read a parameter that is text."""
    if not isinstance(given, str):
        raise InputError(f"{repr(given)[:60]} is not text.", field=field, fix=f'Write it in quotes: {field} = "..."')
    return given.strip()


def read_list(given: Any, field: str) -> tuple[str, ...]:
    """Read a parameter that is a list of strings."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InputError(
            f"{repr(given)[:60]} is not a list.", field=field, fix=f'Write a list, even for one value: {field} = ["..."]'
        )
    return tuple(read_text(item, f"{field}[{index}]") for index, item in enumerate(given))


def read_mapping(given: Any, field: str) -> dict[str, Any]:
    """Read a parameter that is a mapping."""
    if not isinstance(given, Mapping):
        raise InputError(f"{repr(given)[:60]} is not a mapping.", field=field, fix=f'Write {field} = {{"...": "..."}}')
    return {read_text(key, field): value for key, value in given.items()}


def read_count(given: Any, field: str, *, least: int, most: int) -> int:
    """Read a parameter that is a whole number from ``least`` to ``most``."""
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        raise InputError(f"{repr(given)[:60]} cannot be.", field=field, fix=f"Give a whole number from {least} to {most}.")
    return given


def read_instant(given: Any, time_zone: str, field: str) -> datetime | None:
    """Read a parameter that is a time; ``None`` when it is empty."""
    return None if given == "" else parse_point_in_time(given, time_zone or None, field=field)


def read_point(given: Any, time_zone: str, field: str) -> datetime | str | None:
    """Read a parameter that is a time or a backup's id; ``None`` when it is empty."""
    return None if given == "" else choose_point(given, time_zone or None, field=field)


def format_parameters(parameters: PageParameters, *, accept: Iterable[str] = (), digest: str = "") -> list[str]:
    """Return the parameters as lines of Python, without ``confirm``: a person has to type the target's name each time."""
    values = {
        "source": parameters.source,
        "target": parameters.target,
        "data_nodes": list(parameters.data_nodes),
        "backup_id": parameters.backup_id,
        "restore_time": parameters.restore_time,
        "time_zone": parameters.time_zone,
        **({"incident": parameters.incident} if parameters.incident != "" else {}),
        "accept": list(accept),
        "digest": digest,
    }
    # JSON of strings, numbers and lists of strings is valid Python.
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]


def _read_id(given: Any, field: str) -> str:
    text = read_text(given, field)
    return id_of(text, field) if text else ""
