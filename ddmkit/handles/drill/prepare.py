"""Plan a drill: choose the point, rebuild the world for the simulator, and make the plan there or in the cloud."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddmkit.drills.faults import DrillFault
from ddmkit.drills.report import Place
from ddmkit.errors import InputError, NotFoundError
from ddmkit.handles.drill.choice import (
    DrillChoice,
    choice_of_plan,
    choose_newest,
    in_cloud,
    with_expired_backup,
    with_wrong_zone,
)
from ddmkit.handles.drill.stage import Stage, on_stage
from ddmkit.handles.plan import Plan
from ddmkit.handles.record import Record
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.inputs import Identified, PointInTime, id_of, read_incident
from ddmkit.models import RestorableRange
from ddmkit.recovery.plan import recovery_plan_of
from ddmkit.restore.plan import plan_of
from ddmkit.typed_times import parse_point_in_time

if TYPE_CHECKING:
    from ddmkit.kit import Kit

__all__ = ["DrillAsked", "Prepared", "make_plan", "prepare", "world_file"]


@dataclass(frozen=True, kw_only=True)
class DrillAsked:
    """What a person asked for: a source or a record, where, from which point."""

    source: Identified | Record
    where: Place
    fault: DrillFault | None
    incident: PointInTime | None
    restore_time: PointInTime | None
    backup_id: Identified | None
    declared: datetime


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A drill that can be run once. ``folder`` holds the rebuilt world; it is removed with this object.

    ``asked_at`` is by the clock of the kit; ``declared`` and ``planned`` are by that of the service that is recovered.
    """

    where: Place
    choice: DrillChoice
    plan: Plan | Recovery
    asked_at: datetime
    declared: datetime
    planned: datetime
    folder: WorldFolder | None = None


class WorldFolder:
    """A temporary folder for a rebuilt world; it is removed with this object at the latest."""

    def __init__(self) -> None:
        path = tempfile.mkdtemp(prefix="ddmkit-drill-")
        self.world = Path(path) / "world.sqlite"
        self.remove = weakref.finalize(self, shutil.rmtree, path, ignore_errors=True)


def world_file(prepared: Prepared) -> Path:
    """Return the file of the rebuilt world; raises ``InputError`` when there is none any more."""
    place = prepared.folder.world if prepared.folder is not None else None
    if place is None or not place.exists():
        raise InputError("was run already: a drill is run once.", field="drill", fix="Plan it again with kit.drill(...).")
    return place


def prepare(asked: DrillAsked, kit: Kit, stage: Stage, require_here: Callable[[Record], object]) -> Prepared:
    """Return the drill with its plan; nothing is changed anywhere but in a temporary folder.

    ``require_here`` refuses a record of another service, for a drill in the cloud.
    """
    if asked.where == "cloud":
        if isinstance(asked.source, Record):
            require_here(asked.source)
        choice = in_cloud(_choose(asked, kit))
        plan = make_plan(kit, choice)
        return Prepared(
            where="cloud",
            choice=choice,
            plan=plan,
            asked_at=asked.declared,
            declared=asked.declared,
            planned=kit.now(),
        )
    from ddmkit.rehearsal.world import rebuild_plan, rebuild_record  # noqa: PLC0415  # loads the simulator, an extra

    folder = WorldFolder()
    try:
        choice = _choose(asked, kit)
        world = folder.world
        if isinstance(asked.source, Record):
            rebuild_record(asked.source.run, world)
        else:
            live = kit.plan_recovery(**choice.arguments)
            rebuild_plan(live, world, title=f"a drill of {live.source_name}")
        with on_stage(stage, world, zone=choice.time_zone) as rebuilt:
            choice = _with_fault(choice, asked.fault, rebuilt)
            declared, plan = rebuilt.now(), make_plan(rebuilt, choice)
            return Prepared(
                where="simulator",
                choice=choice,
                plan=plan,
                asked_at=asked.declared,
                declared=declared,
                planned=declared + (kit.now() - asked.declared),
                folder=folder,
            )
    except BaseException:
        folder.remove()
        raise


def make_plan(kit: Kit, choice: DrillChoice) -> Plan | Recovery:
    """Return the plan of a choice on a service."""
    return kit.plan(**choice.arguments) if choice.scope == "metadata only" else kit.plan_recovery(**choice.arguments)


def _choose(asked: DrillAsked, kit: Kit) -> DrillChoice:
    if isinstance(asked.source, Record):
        return _choose_from_record(asked, asked.source)
    source, settings = id_of(asked.source, "source_or_record"), kit.settings
    zone = settings.time_zone if settings.names_time_zone else None
    now = kit.now()
    incident = now if asked.incident is None else read_incident(asked.incident, zone, now=now)
    backups = tuple(kit.backups(source))
    shared: dict[str, Any] = {
        "scope": "metadata and data nodes",
        "source": source,
        "incident": incident,
        "time_zone": settings.time_zone,
    }
    if asked.backup_id is not None:
        wanted = id_of(asked.backup_id, "backup_id")
        found = next((one for one in backups if one.id == wanted), None)
        if found is None:
            fix = "Choose one of kit.backups(source)."
            raise InputError(f"{wanted} is no backup of {source} that can be used.", field="backup_id", fix=fix)
        return DrillChoice(point=found.created, backup_id=wanted, why="The backup that was asked for.", **shared)
    if asked.restore_time is not None:
        point = parse_point_in_time(asked.restore_time, zone, field="restore_time")
        return DrillChoice(point=point, why="The point that was asked for.", **shared)
    ranges: tuple[RestorableRange, ...] = ()
    with suppress(NotFoundError):  # a deleted source has no ranges any more, and may have backups
        ranges = tuple(kit.restorable_ranges(source))
    return choose_newest(source, ranges, backups, incident, settings.time_zone)


def _choose_from_record(asked: DrillAsked, record: Record) -> DrillChoice:
    if asked.incident is not None or asked.restore_time is not None or asked.backup_id is not None:
        raise InputError(
            "a drill of a record has the record's incident and point.",
            field="incident, restore_time, backup_id",
            fix="Leave them out, or give the source in place of the record.",
        )
    record.require_unedited()
    plan = plan_of(record.run) if record.header.kind == "restore" else recovery_plan_of(record.run)
    return choice_of_plan(plan, record.id)


def _with_fault(choice: DrillChoice, fault: DrillFault | None, rebuilt: Kit) -> DrillChoice:
    if fault is not None and fault.name == "expired-backup":
        return with_expired_backup(choice, rebuilt.backups(choice.source))
    return with_wrong_zone(choice) if fault is not None and fault.name == "wrong-zone" else choice
