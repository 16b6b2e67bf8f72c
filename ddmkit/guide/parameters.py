"""What the parameters of a page ask for: read, refused by their name when they cannot be right, and written out again.

A page's parameters are typed by hand, or handed in by a program that knows no types; so nothing is taken for granted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ddmkit.errors import InputError
from ddmkit.inputs import choose_point, id_of, read_incident
from ddmkit.typed_times import parse_point_in_time

__all__ = [
    "PageParameters",
    "read_count",
    "read_instant",
    "read_list",
    "read_parameters",
    "read_point",
    "read_text",
    "write_parameters",
]

_POINTS = "backup_id, restore_time"


@dataclass(frozen=True)
class PageParameters:
    """What is to be restored, as the parameters of a notebook say it; an empty one is not said."""

    source: str = ""
    target: str = ""
    data_nodes: tuple[str, ...] = ()
    backup_id: str = ""
    restore_time: str | int = ""
    time_zone: str = "UTC"
    incident: str | int = ""

    def missing(self) -> list[str]:
        """Return the names of the parameters that a plan still needs."""
        needed = {"source": self.source, "target": self.target, "data_nodes": self.data_nodes}
        names = [name for name, value in needed.items() if not value]
        return names if self.backup_id or self.restore_time else [*names, "backup_id or restore_time"]

    @property
    def point(self) -> str | int:
        """The chosen backup's id, or the chosen point in time; empty when neither is said."""
        return self.backup_id or self.restore_time


def read_parameters(
    *,
    source: Any = "",
    target: Any = "",
    data_nodes: Any = (),
    backup_id: Any = "",
    restore_time: Any = "",
    time_zone: str = "UTC",
    incident: Any = "",
    now: datetime | None = None,
) -> PageParameters:
    """Read the parameters of a restore; raises ``InputError`` with the name of the first that cannot be right.

    With ``now`` an incident in the future is refused too.
    """
    nodes = read_list(data_nodes, "data_nodes")
    wishes = PageParameters(
        source=_read_id(source, "source"),
        target=_read_id(target, "target"),
        data_nodes=tuple(id_of(node, f"data_nodes[{index}]") for index, node in enumerate(nodes)),
        backup_id=_read_id(backup_id, "backup_id"),
        restore_time=restore_time,
        time_zone=time_zone,
        incident=incident,
    )
    if wishes.backup_id and restore_time:
        raise InputError("both are filled in.", field=_POINTS, fix="Fill in one of them and leave the other empty.")
    read_instant(restore_time, time_zone, "restore_time")
    happened = read_instant(incident, time_zone, "incident")
    if happened is not None and now is not None:
        read_incident(happened, None, now=now)
    return wishes


def read_text(given: Any, field: str) -> str:
    """Read a parameter that is text."""
    if not isinstance(given, str):
        raise InputError(f"{repr(given)[:60]} is not text.", field=field, fix=f'Write it in quotes: {field} = "..."')
    return given.strip()


def read_list(given: Any, field: str) -> tuple[str, ...]:
    """Read a parameter that is a list of texts."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InputError(
            f"{repr(given)[:60]} is not a list.", field=field, fix=f'Write a list, even of one: {field} = ["..."]'
        )
    return tuple(read_text(one, f"{field}[{index}]") for index, one in enumerate(given))


def read_count(given: Any, field: str, *, least: int, most: int) -> int:
    """Read a parameter that is a whole number between two others."""
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        raise InputError(f"{repr(given)[:60]} cannot be.", field=field, fix=f"Give a whole number from {least} to {most}.")
    return given


def read_instant(given: Any, time_zone: str, field: str) -> datetime | None:
    """Read a parameter that is a time; ``None`` when it is empty."""
    return None if given == "" else parse_point_in_time(given, time_zone, field=field)


def read_point(given: Any, time_zone: str, field: str) -> datetime | str | None:
    """Read a parameter that is a time or a backup's id; ``None`` when it is empty."""
    return None if given == "" else choose_point(given, time_zone, field=field)


def write_parameters(wishes: PageParameters, *, accept: Iterable[str] = (), digest: str = "") -> list[str]:
    """Write the parameters as lines of a notebook; what a person has to type again stays empty."""
    values = {
        "source": wishes.source,
        "target": wishes.target,
        "data_nodes": list(wishes.data_nodes),
        "backup_id": wishes.backup_id,
        "restore_time": wishes.restore_time,
        "time_zone": wishes.time_zone,
        **({"incident": wishes.incident} if wishes.incident != "" else {}),
        "accept": list(accept),
        "digest": digest,
    }
    # JSON writes text, numbers and lists of text as Python reads them.
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]


def _read_id(given: Any, field: str) -> str:
    text = read_text(given, field)
    return id_of(text, field) if text else ""
