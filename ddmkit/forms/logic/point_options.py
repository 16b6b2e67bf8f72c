"""The point in time to restore to: which points a source has, how typed text is read, and how a choice is described.

No widgets and no requests here. Text is a backup id or a time; invalid text is refused with a reason, never corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ddmkit.display.column_specs import describe_backup_type
from ddmkit.display.html import clean_line
from ddmkit.display.status import describe_status
from ddmkit.display.table import CellKind
from ddmkit.errors import InputError
from ddmkit.forms.logic.table_rows import TableCell, TableColumn, TableRow, instant_cell, make_row
from ddmkit.inputs import choose_point
from ddmkit.models import Backup, RestorableRange
from ddmkit.restore.checks.source import BACKUP_LIFE
from ddmkit.restore.plan import expect_backup
from ddmkit.times import (
    Span,
    find_gaps,
    format_ago,
    format_duration,
    format_instant,
    format_nearest,
    format_utc,
    from_ms,
    is_within,
    merge_spans,
    nearest_instants,
    to_ms,
)
from ddmkit.typed_times import find_time_zone

__all__ = [
    "GAP_REASON",
    "POINT_COLUMNS",
    "ChosenPoint",
    "PointOptions",
    "describe_gaps",
    "describe_left",
    "describe_point",
    "format_local",
    "list_points",
    "point_of_key",
    "read_point",
    "require_point",
    "require_usable",
    "write_instant",
]

POINT_COLUMNS = (
    TableColumn("Time (UTC)", CellKind.TIME),
    TableColumn("What it is"),
    TableColumn("Kept"),
    TableColumn("Status", CellKind.STATUS),
    TableColumn("Name"),
    TableColumn("Id", CellKind.ID),
)

GAP_REASON = "Inside a gap the data nodes cannot be recovered; the service does not say why."


@dataclass(frozen=True)
class PointOptions:
    """The points that a source can be restored to; ``ranges_problem`` says why its ranges are not known, if so."""

    backups: tuple[Backup, ...] = ()
    ranges: tuple[RestorableRange, ...] = ()
    ranges_problem: str = ""

    @property
    def spans(self) -> list[Span]:
        """The restorable ranges as spans of time; ranges that touch are merged."""
        return merge_spans(one.span for one in self.ranges if one.start_time <= one.end_time)

    def knows(self, text: str) -> bool:
        """Return whether a text is the id or the name of a backup of the source."""
        return any(text.strip() in {one.id, one.name} for one in self.backups)

    def find_backup(self, backup_id: str) -> Backup | None:
        """Return the backup of the source with this id, or ``None``."""
        return next((one for one in self.backups if one.id == backup_id), None)


@dataclass(frozen=True)
class ChosenPoint:
    """A chosen backup or instant; ``expected`` is the backup that the service is expected to use for an instant."""

    instant: datetime
    backup: Backup | None = None
    expected: Backup | None = None

    @property
    def key(self) -> str:
        """The key of this choice in lists."""
        return self.backup.id if self.backup else f"t{to_ms(self.instant)}"

    def arguments(self) -> dict[str, Any]:
        """Return the choice as the arguments that ``kit.plan`` takes."""
        return {"backup_id": self.backup.id} if self.backup else {"restore_time": self.instant}


def read_point(text: str, options: PointOptions, zone: str, now: datetime) -> ChosenPoint:
    """Read a typed backup id, backup name or time.

    Args:
        text: What was typed.
        options: The points of the source.
        zone: The time zone for times without an offset, as an IANA name.
        now: The current time; a later instant is refused.

    Raises:
        InputError: The text is neither, or cannot be restored to; names the nearest instants that can.
    """
    named = [one.id for one in options.backups if one.name == text.strip()]
    if len(named) > 1:
        raise InputError(
            f"{len(named)} backups have this name.",
            field="Point",
            fix="Give the id of one of them, or choose from the table.",
        )
    chosen = named[0] if named else choose_point(text.strip(), zone, field="Point")
    if isinstance(chosen, datetime):
        return require_point(chosen, options, now, zone)
    backup = options.find_backup(chosen)
    if backup is None:
        raise InputError(
            f"{clean_line(chosen)[:60]!r} is neither a backup of this source nor a time.",
            field="Point",
            fix="Choose from the table, or write a time such as 2026-05-20 10:12:32.",
        )
    return require_usable(backup)


def require_usable(backup: Backup) -> ChosenPoint:
    """Return the choice of a backup; raises ``InputError`` for one that cannot be restored from."""
    if not backup.is_usable:
        raise InputError(
            f"backup {clean_line(backup.name)} is {clean_line(backup.status) or 'in an unknown state'}, not normal.",
            field="Point",
            fix="Choose a backup that is normal.",
        )
    return ChosenPoint(backup.created, backup=backup)


def require_point(instant: datetime, options: PointOptions, now: datetime, zone: str) -> ChosenPoint:
    """Return the choice of an instant, with the backup that the service is expected to use.

    Raises ``InputError`` for an instant in the future or outside every range; names the nearest instants that can be used,
    in the zone.
    """
    _require_restorable(instant, options, now, zone)
    expected = expect_backup(options.backups, instant)
    return ChosenPoint(instant, expected=expected.backup if expected else None)


def _require_restorable(instant: datetime, options: PointOptions, now: datetime, zone: str) -> None:
    if instant > now:
        raise InputError(
            f"{format_local(instant, zone)} lies in the future ({format_ago(instant, now)}).",
            field="Point",
            fix="Choose an earlier time.",
        )
    if options.ranges_problem:
        return  # unknown here; the check warns about it and asks for acceptance
    spans = options.spans
    if is_within(instant, spans):
        return
    named = format_nearest(instant, spans, lambda one: format_local(one, zone))
    nearest = f"Nearest restorable: {named}. " if named else ""
    raise InputError(
        f"{format_local(instant, zone)} lies in no restorable range.",
        field="Point",
        fix=f"{nearest}Or choose a backup from the table.",
        instants=[one for one in nearest_instants(instant, spans) if one is not None],
    )


def write_instant(instant: datetime, zone: str) -> str:
    """Return an instant as text that is read back as the same instant: in the zone, with its offset."""
    local = instant.astimezone(ZoneInfo(zone))
    return local.isoformat(sep=" ", timespec="milliseconds" if local.microsecond else "seconds")


def format_local(instant: datetime, zone: str) -> str:
    """Format an instant in a zone, with the zone's name and offset; in UTC without them."""
    if zone == "UTC":
        return format_utc(instant)
    local = instant.astimezone(find_time_zone(zone))
    fraction = f".{local.microsecond // 1000:03d}" if local.microsecond >= 1000 else ""
    return f"{local:%Y-%m-%d %H:%M:%S}{fraction} {zone} ({local:%z})"


def describe_point(point: ChosenPoint, zone: str, now: datetime) -> list[tuple[str, str]]:
    """Describe a choice: the instant in four notations, the backup, and how long before the instant it was made."""
    when = format_instant(point.instant, ZoneInfo(zone), now)
    if point.backup is not None:
        backup = point.backup
        kind = f"{describe_backup_type(backup.backup_type)}, {describe_left(backup, now)}"
        return [("Backup", f"{backup.name} ({backup.id}), {kind}"), ("Made", when)]
    if point.expected is None:
        return [("Point in time", when), ("Backup", "no backup from before that instant is listed")]
    away = format_duration(point.instant - point.expected.created)
    named = f"{point.expected.name} ({point.expected.id})"
    expected = f"{named}: the service selects the backup; it is expected to take this one, made {away} before"
    return [("Point in time", when), ("Backup", expected)]


def describe_gaps(options: PointOptions, zone: str = "UTC") -> list[str]:
    """Describe the gaps between the restorable ranges in a zone, and what they mean."""
    if options.ranges_problem:
        return [f"The restorable ranges are not known: {options.ranges_problem} Backups can still be chosen."]
    if not options.ranges:
        if not options.backups:
            return ["This source has neither backups nor restorable ranges: it cannot be restored. Choose another source."]
        return ["There are no restorable ranges: choose a backup. The data nodes must have been recovered to its time."]
    gaps = find_gaps(options.spans)
    lines = [
        f"Gap: {format_local(one.start, zone)} to {format_local(one.end, zone)} ({format_duration(one.end - one.start)})."
        for one in gaps[-5:]
    ]
    if not lines:
        return ["No gaps between the restorable ranges."]
    cut = [f"{len(lines)} of {len(gaps)} gaps, the newest:"] if len(gaps) > len(lines) else []
    return [
        *cut,
        *lines,
        f"{GAP_REASON} Choose a time before or after the gap.",
    ]


def list_points(options: PointOptions, zone: str, now: datetime) -> list[TableRow]:
    """Return the rows of the table: the end of each range and every backup, newest first whatever they are."""
    ends = [(one.end, _range_row(one, zone)) for one in options.spans]
    backups = [(one.created, _backup_row(one, zone, now)) for one in options.backups]
    return [row for _, row in sorted([*ends, *backups], key=lambda one: one[0], reverse=True)]


def point_of_key(key: str) -> datetime | str:
    """Return the instant or the backup id that a row's key stands for."""
    return from_ms(int(key[1:])) if key.startswith("t") and key[1:].isdigit() else key


def _range_row(span: Span, zone: str) -> TableRow:
    kind = f"end of a restorable range of {format_duration(span.end - span.start)}, from {format_utc(span.start)}"
    return make_row(f"t{to_ms(span.end)}", instant_cell(span.end, zone), kind, "", "", "", "", more="range time")


def _backup_row(backup: Backup, zone: str, now: datetime) -> TableRow:
    status = describe_status(backup.status)
    is_usable = backup.is_usable
    return make_row(
        backup.id,
        instant_cell(backup.created, zone),
        f"backup, {describe_backup_type(backup.backup_type)}",
        TableCell(describe_left(backup, now).removeprefix("kept "), to_ms(backup.created)),
        status,
        backup.name,
        backup.id,
        reason="" if is_usable else f"the backup is {backup.status or 'without a status'}, not normal.",
        more=backup.description,
    )


def describe_left(backup: Backup, now: datetime) -> str:
    """Describe how long the service will keep a backup."""
    # Source: DDM manual, Restoring Metadata: backups are kept up to 30 days.
    left = backup.created + BACKUP_LIFE - now
    return f"kept {left.days} d more" if left.days >= 1 else "expires within a day"
