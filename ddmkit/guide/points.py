"""Describes points to restore to: what each would restore, how long its backup exists, and what would be lost.

Pure: facts in, sentences out. A point is a backup, or an instant for which the service picks the backup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ddmkit.display.column_specs import describe_backup_type
from ddmkit.models import Backup, DataNode, RestorableRange, Schema
from ddmkit.restore.checks.source import BACKUP_LIFE
from ddmkit.restore.plan import expect_backup
from ddmkit.times import format_ago, format_duration, format_nearest, format_utc, is_within, merge_spans

__all__ = ["Candidate", "KnownFacts", "describe_nearest", "describe_point"]

_MAX_NAMES = 8


@dataclass(frozen=True)
class KnownFacts:
    """What the service said about the source; ``None`` where it could not be read."""

    now: datetime
    incident: datetime | None
    backups: Sequence[Backup]
    ranges: Sequence[RestorableRange] | None
    schemas: Sequence[Schema] | None


@dataclass(frozen=True)
class Candidate:
    """One point: its instant, its backup if the point is a backup, and the data nodes that the source had then."""

    instant: datetime
    backup: Backup | None
    nodes: Sequence[DataNode] | None

    @property
    def kind(self) -> str:
        """``"backup"`` or ``"point in time"``."""
        return "point in time" if self.backup is None else "backup"


def describe_point(point: Candidate, facts: KnownFacts) -> dict[str, str]:
    """Return facts about a point as sentences, by their label."""
    backup = point.backup or _expected(point, facts)
    return {
        "kind": point.kind,
        "instant": format_utc(point.instant),
        "age": format_ago(point.instant, facts.now),
        "distance to the incident": _describe_distance(point.instant, facts.incident),
        "backup in use": _describe_backup(point, backup),
        "backup made": "" if backup is None else describe_backup_type(backup.backup_type),
        "backup status": "" if backup is None else backup.status,
        "backup expires": "" if backup is None else _describe_expiry(backup, facts.now),
        "in a restorable range": _describe_range(point.instant, facts.ranges),
        "data nodes then": _describe_nodes(point.nodes),
        "schemas": _describe_schemas(backup.created if backup else point.instant, facts.schemas),
    }


def describe_nearest(points: Mapping[str, Candidate], incident: datetime | None) -> str:
    """Name the point nearest before the incident, at which the least is lost."""
    if incident is None:
        return "No incident is given: set `incident` to see which point lies nearest before it."
    before = {name: point.instant for name, point in points.items() if point.instant < incident}
    if not before:
        return "No point lies before the incident: both may contain the damage."
    nearest = max(before.values())
    names = [name for name, instant in before.items() if instant == nearest]
    if len(names) > 1:
        return f"{' and '.join(names)} lie {format_duration(incident - nearest)} before the incident."
    return (
        f"Nearest before the incident: {names[0]}, {format_duration(incident - nearest)} before it. "
        "Changes made between that point and the incident are not restored."
    )


def _expected(point: Candidate, facts: KnownFacts) -> Backup | None:
    expected = expect_backup(facts.backups, point.instant)
    return None if expected is None else expected.backup


def _describe_distance(instant: datetime, incident: datetime | None) -> str:
    if incident is None:
        return "no incident is given"
    if instant >= incident:
        return f"{format_duration(instant - incident)} AFTER it: may contain the damage"
    return f"{format_duration(incident - instant)} before it"


def _describe_backup(point: Candidate, backup: Backup | None) -> str:
    if backup is None:
        return "none made before that instant is listed"
    if point.backup is not None:
        return f"{backup.name} (chosen)"
    return f"{backup.name} (expected: the newest, made {format_duration(point.instant - backup.created)} before)"


def _describe_expiry(backup: Backup, now: datetime) -> str:
    expires = backup.created + BACKUP_LIFE
    soon = ", SOON" if timedelta(0) < expires - now <= timedelta(days=1) else ""
    return f"about {format_utc(expires)}, {format_ago(expires, now)}{soon}"


def _describe_range(instant: datetime, ranges: Sequence[RestorableRange] | None) -> str:
    if ranges is None:
        return "not readable"
    spans = merge_spans(each.span for each in ranges if each.start_time <= each.end_time)
    if is_within(instant, spans):
        return "yes"
    nearest = format_nearest(instant, spans)
    return "no" + (f"; nearest: {nearest}" if nearest else "; the service lists none")


def _describe_nodes(nodes: Sequence[DataNode] | None) -> str:
    if nodes is None:
        return "not readable"
    return _describe_names([node.instance_name or node.instance_id for node in nodes])


def _describe_schemas(instant: datetime, schemas: Sequence[Schema] | None) -> str:
    if schemas is None:
        return "not readable: the source is gone"
    existing = [schema.name for schema in schemas if schema.created is None or schema.created <= instant]
    return f"{_describe_names(existing)} of today's {len(schemas)} existed then; no call lists those dropped since"


def _describe_names(names: Sequence[str]) -> str:
    shown = ", ".join(sorted(names)[:_MAX_NAMES]) + (", ..." if len(names) > _MAX_NAMES else "")
    return f"{len(names)} ({shown})" if names else "none"
