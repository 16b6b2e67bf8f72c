"""What a drill restores, and from which point: of a record as it was, of a source the newest point that is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ddmkit.drills.report import Scope
from ddmkit.errors import InputError
from ddmkit.handles.recovery.inputs import NEW
from ddmkit.models import Backup, RestorableRange
from ddmkit.recovery.instant import cut_to_second
from ddmkit.recovery.plan import RecoveryPlan
from ddmkit.restore.plan import RestorePlan
from ddmkit.times import format_duration, format_utc

__all__ = [
    "DrillChoice",
    "choice_of_plan",
    "choose_newest",
    "in_cloud",
    "warn_of_operation",
    "with_expired_backup",
    "with_wrong_zone",
]

_ZONE_DIFFERENCE = timedelta(hours=8)
_SECOND = timedelta(seconds=1)
# The ranges of DDM and of each data node end at slightly different instants.
_MARGIN = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class DrillChoice:
    """The arguments of the plan. ``target`` and ``data_nodes`` of a restore of the metadata alone exist already."""

    scope: Scope
    source: str
    incident: datetime
    point: datetime
    why: str
    backup_id: str | None = None
    time_zone: str = "UTC"
    target: str = NEW
    data_nodes: tuple[str, ...] = ()
    nodes: Mapping[str, str] | None = None
    like: Mapping[str, Mapping[str, Any]] | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of ``kit.plan_recovery``, or of ``kit.plan`` for the metadata alone."""
        point = {"backup_id": self.backup_id} if self.backup_id else {"restore_time": self.point}
        shared = {"source": self.source, "target": self.target, "time_zone": self.time_zone, **point}
        if self.scope == "metadata only":
            return {**shared, "data_nodes": self.data_nodes, "incident": self.incident}
        return {**shared, "nodes": self.nodes, "like": self.like, "throwaway": True, "incident": self.incident}


def choice_of_plan(plan: RestorePlan | RecoveryPlan, record_id: str) -> DrillChoice:
    """Return the choice that a record was made with; raises ``InputError`` when its point is not known."""
    point = plan.instant.moment if isinstance(plan, RecoveryPlan) else plan.inventory.point
    if point is None:
        raise InputError(
            f"record {record_id} does not name the instant that it restored.", field="record", fix="Give another."
        )
    shared: dict[str, Any] = {
        "incident": plan.incident or (plan.created if isinstance(plan, RecoveryPlan) else plan.inventory.taken_at),
        "point": point,
        "why": f"The same point as in record {record_id}.",
        "time_zone": plan.time_zone,
    }
    if isinstance(plan, RecoveryPlan):
        return DrillChoice(
            scope="metadata and data nodes",
            source=plan.source_id,
            backup_id=plan.backup_id,
            target=plan.target.existing_id or NEW,
            nodes=plan.inputs.get("nodes") or None,
            like=plan.inputs.get("like") or None,
            **shared,
        )
    request = plan.request
    return DrillChoice(
        scope="metadata only",
        source=request.source_instance_id,
        backup_id=request.backup_id,
        target=request.target_instance_id,
        data_nodes=request.data_nodes,
        **shared,
    )


def choose_newest(
    source: str, ranges: Iterable[RestorableRange], backups: Iterable[Backup], incident: datetime, time_zone: str
) -> DrillChoice:
    """Return the newest whole second before the incident, a minute before the end of a range, or else the newest backup.

    Raises ``InputError`` when there is neither.
    """
    before = incident - _SECOND
    newest_in = ((one.start_time, cut_to_second(min(one.end_time - _MARGIN, before)).moment) for one in ranges)
    ends = [moment for start, moment in newest_in if start <= moment]
    shared: dict[str, Any] = {
        "scope": "metadata and data nodes",
        "source": source,
        "incident": incident,
        "time_zone": time_zone,
    }
    if ends:
        why = "The newest whole second before the incident, at least a minute before the end of a restorable range."
        return DrillChoice(point=max(ends), why=why, **shared)
    newest = _newest_backup(backups, incident)
    if newest is None:
        raise InputError(
            f"{source} has neither a restorable range nor a backup before {format_utc(incident)}.",
            field="source",
            fix="Without one nothing can be restored, in an incident either: look at its backup policy.",
        )
    why = "The newest backup before the incident: there is no restorable range."
    return DrillChoice(point=newest.created, backup_id=newest.id, why=why, **shared)


def _newest_backup(backups: Iterable[Backup], before: datetime) -> Backup | None:
    usable = [one for one in backups if one.is_usable and one.created < before]
    return max(usable, key=lambda one: one.created, default=None)


def warn_of_operation(choice: DrillChoice, backups: Iterable[Backup]) -> str:
    """Return the warning that a point in time lies after an operation, and its metadata before it; empty if it does not.

    For a point the service takes the newest metadata backup, which it may have made before the operation that dropped a
    schema. The data nodes are recovered to the point itself, so they do not have the schema's databases any more. Source:
    ddm-api.md 13.3.
    """
    if choice.backup_id is not None:
        return ""
    newest = _newest_backup(backups, choice.point + _SECOND)
    if newest is None or not newest.is_before_operation:
        return ""
    earlier = format_duration(choice.point - newest.created)
    return (
        f"The newest metadata backup before the point, {newest.id}, was made {earlier} earlier, just before an operation. "
        "If that operation dropped a schema, the recovered data nodes do not have its databases, and the restore fails in "
        "the cloud with DBS.300336; a simulator that is rebuilt from today's state does not show this. To avoid it, drill "
        f"from that backup: backup_id={newest.id!r}."
    )


def in_cloud(choice: DrillChoice) -> DrillChoice:
    """Return the choice for a recovery under names of its own: everything new, whatever the record has taken."""
    return replace(choice, scope="metadata and data nodes", target=NEW, nodes=None, data_nodes=())


def with_expired_backup(choice: DrillChoice, backups: Iterable[Backup]) -> DrillChoice:
    """Return the choice with a backup, which expires after the approval; raises ``InputError`` when there is none."""
    if choice.backup_id is not None:
        return choice
    newest = _newest_backup(backups, choice.incident) if choice.scope != "metadata only" else None
    if newest is None:
        raise InputError(
            "the fault expired-backup needs a restore from a backup, and there is none here.",
            field="fault",
            fix="Choose another fault.",
        )
    return replace(choice, point=newest.created, backup_id=newest.id, why="The newest backup, which then expires.")


def with_wrong_zone(choice: DrillChoice) -> DrillChoice:
    """Return the choice with a point that is hours too late, as when a time of Shanghai is read as one of UTC."""
    point = cut_to_second(choice.point).moment + _ZONE_DIFFERENCE
    return replace(choice, point=point, backup_id=None, why=f"{choice.why} Its time of UTC+8 was read as one of UTC.")
