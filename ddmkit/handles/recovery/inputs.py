"""Read the arguments of ``kit.plan_recovery`` and refuse what cannot be right, before any request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from ddmkit.errors import InputError
from ddmkit.inputs import Identified, PointInTime, id_of, read_incident, why_no_node_id
from ddmkit.recovery.choice import RecoveryChoice
from ddmkit.recovery.instant import RecoveryInstant, cut_to_second
from ddmkit.recovery.overrides import read_overrides
from ddmkit.typed_times import find_time_zone, parse_point_in_time

__all__ = ["NEW", "read_choice"]

NEW = "new"
"""The word for a target that is created."""


def read_choice(
    *,
    source: Identified,
    restore_time: PointInTime | None,
    backup_id: Identified | None,
    time_zone: str | None,
    default_zone: str,
    names_zone: bool,
    incident: PointInTime | None,
    nodes: Mapping[Identified, Identified] | None,
    target: Identified,
    like: Mapping[str, Mapping[str, Any]] | None,
    throwaway: bool,
    now: datetime,
) -> RecoveryChoice:
    """Return the checked choice.

    ``default_zone`` is the zone in which times are shown. Times without an offset are read in it only if somebody named it
    (``names_zone``): a time is never guessed. Raises ``InputError`` that names the argument which cannot be right.
    """
    zone = find_time_zone(time_zone).key if time_zone is not None else default_zone if names_zone else None
    if (backup_id is None) == (restore_time is None):
        problem = "neither a backup nor a point in time was given." if backup_id is None else "both were given."
        fix = "Give exactly one of backup_id= and restore_time=."
        raise InputError(problem, field="backup_id, restore_time", fix=fix)
    if not isinstance(throwaway, bool):
        raise InputError(f"is {throwaway!r}."[:80], field="throwaway", fix="Give True for a drill, or leave it out.")
    is_new = isinstance(target, str) and target.strip() == NEW
    overrides = read_overrides(like, creates_target=is_new)
    existing = _read_nodes(nodes)
    return RecoveryChoice(
        source_id=id_of(source, "source"),
        instant=None if restore_time is None else _read_instant(restore_time, zone),
        backup_id=None if backup_id is None else id_of(backup_id, "backup_id"),
        existing=existing,
        target_id="" if is_new else id_of(target, "target"),
        overrides=overrides,
        throwaway=throwaway,
        incident=None if incident is None else read_incident(incident, zone, now=now),
        time_zone=zone or default_zone,
        inputs={
            "source": id_of(source, "source"),
            **({"restore_time": _plain(restore_time)} if restore_time is not None else {}),
            **({"backup_id": id_of(backup_id, "backup_id")} if backup_id is not None else {}),
            **({"incident": _plain(incident)} if incident is not None else {}),
            "nodes": existing,
            "target": NEW if is_new else id_of(target, "target"),
            "like": overrides.for_record(),
            "throwaway": throwaway,
        },
    )


def _read_instant(given: PointInTime, zone: str | None) -> RecoveryInstant:
    return cut_to_second(parse_point_in_time(given, zone, field="restore_time"))


def _read_nodes(nodes: Mapping[Identified, Identified] | None) -> dict[str, str]:
    if nodes is None:
        return {}
    if not isinstance(nodes, Mapping):
        raise InputError(
            f"is {type(nodes).__name__}.", field="nodes", fix="Give a mapping: {source_node: existing_node, ...}."
        )
    existing: dict[str, str] = {}
    for source_node, node in nodes.items():
        key = id_of(source_node, "nodes")
        if key in existing:
            raise InputError(f"{key} is named twice.", field="nodes", fix="Give each source node once.")
        existing[key] = id_of(node, f"nodes[{key!r}]")
        for text, field in ((key, "nodes"), (existing[key], f"nodes[{key!r}]")):
            why = why_no_node_id(text)
            if why:
                raise InputError(
                    f"{text[:80]!r} {why}.",
                    field=field,
                    fix="Give the id of the RDS instance: 36 letters and digits, usually ending in in01.",
                )
    return existing


def _plain(given: Any) -> Any:
    if isinstance(given, datetime):
        return given.isoformat()
    return str(getattr(given, "id", "")) if isinstance(given, BaseModel) else given
