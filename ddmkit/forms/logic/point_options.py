"""The point to go back to: what the source offers, what a person typed for it, and how the choice is said.

Decides without widgets or requests. Text is a backup's id or a time; bad text is refused with a reason, never mended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ddmkit.display.column_specs import describe_backup_type
from ddmkit.display.html import clean_line
from ddmkit.display.status import describe_status
from ddmkit.errors import InputError
from ddmkit.forms.logic.filtering import ListRow
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
    format_utc,
    from_ms,
    is_within,
    merge_spans,
    nearest_instants,
    to_ms,
)

__all__ = [
    "ChosenPoint",
    "PointOffer",
    "describe_gaps",
    "describe_point",
    "list_points",
    "point_of_key",
    "read_point",
    "write_instant",
]


_GAP = (
    "Inside a gap the data nodes cannot be recovered; the service does not say why. Choose a time before or after the gap."
)


@dataclass(frozen=True)
class PointOffer:
    """What a source can go back to. ``ranges_problem`` says why its ranges are not known, where they are not."""

    backups: tuple[Backup, ...] = ()
    ranges: tuple[RestorableRange, ...] = ()
    ranges_problem: str = ""

    @property
    def spans(self) -> list[Span]:
        """The restorable ranges as stretches of time, those that touch joined."""
        return merge_spans(one.span for one in self.ranges if one.start_time <= one.end_time)

    def find_backup(self, backup_id: str) -> Backup | None:
        """Return a backup of the source by its id."""
        return next((one for one in self.backups if one.id == backup_id), None)


@dataclass(frozen=True)
class ChosenPoint:
    """A backup, or an instant; ``expected`` is the backup that the service is expected to use for an instant."""

    instant: datetime
    backup: Backup | None = None
    expected: Backup | None = None

    @property
    def key(self) -> str:
        """The key of the choice in lists."""
        return self.backup.id if self.backup else f"t{to_ms(self.instant)}"

    def arguments(self) -> dict[str, Any]:
        """Return the choice as the arguments that ``kit.plan`` takes."""
        return {"backup_id": self.backup.id} if self.backup else {"restore_time": self.instant}


def read_point(text: str, offer: PointOffer, zone: str, now: datetime) -> ChosenPoint:
    """Read a typed backup id or time; raises ``InputError`` when it cannot be gone back to, with the nearest that can."""
    named = [one.id for one in offer.backups if one.name == text.strip()]
    if len(named) > 1:
        raise InputError(
            f"{len(named)} backups have this name.",
            field="Point",
            fix="Give the id of one, or choose from the list.",
        )
    chosen = named[0] if named else choose_point(text.strip(), zone, field="Point")
    if isinstance(chosen, datetime):
        _require_legal(chosen, offer, now)
        expected = expect_backup(offer.backups, chosen)
        return ChosenPoint(chosen, expected=expected.backup if expected else None)
    backup = offer.find_backup(chosen)
    if backup is None:
        raise InputError(
            f"{clean_line(chosen)[:60]!r} is no backup of this source, and no time.",
            field="Point",
            fix="Choose from the list, or write a time such as 2026-05-20 10:12:32.",
        )
    if backup.status.casefold() != "normal":
        raise InputError(
            f"backup {clean_line(backup.name)} is {clean_line(backup.status)}, not normal.",
            field="Point",
            fix="Choose one that is normal.",
        )
    return ChosenPoint(backup.created, backup=backup)


def _require_legal(instant: datetime, offer: PointOffer, now: datetime) -> None:
    if instant > now:
        raise InputError(f"{format_utc(instant)} lies in the future ({format_ago(instant, now)}).", field="Point")
    if offer.ranges_problem:
        return  # nobody can tell; the check will say so and ask for acceptance
    spans = offer.spans
    if is_within(instant, spans):
        return
    named = [format_utc(one) for one in nearest_instants(instant, spans) if one is not None]
    nearest = f"Nearest that can: {' and '.join(named)}. " if named else ""
    raise InputError(
        f"{format_utc(instant)} lies in no restorable range.",
        field="Point",
        fix=f"{nearest}Or choose a backup from the list.",
    )


def write_instant(instant: datetime, zone: str) -> str:
    """Write an instant so that it reads back as the same one: in the zone, with its offset."""
    local = instant.astimezone(ZoneInfo(zone))
    return local.isoformat(sep=" ", timespec="milliseconds" if local.microsecond else "seconds")


def describe_point(point: ChosenPoint, zone: str, now: datetime) -> list[tuple[str, str]]:
    """Describe a choice: the instant in four notations, the backup, and how far away it lies."""
    said = format_instant(point.instant, ZoneInfo(zone), now)
    if point.backup is not None:
        backup = point.backup
        kind = f"{describe_backup_type(backup.backup_type)}, {_describe_left(backup, now)}"
        return [("Backup", f"{backup.name} ({backup.id}), {kind}"), ("Made", said)]
    if point.expected is None:
        return [("Point in time", said), ("Backup", "none made before that instant can be seen")]
    away = format_duration(point.instant - point.expected.created)
    named = f"{point.expected.name} ({point.expected.id})"
    expected = f"{named}: the service picks it, and is expected to take this one, made {away} before"
    return [("Point in time", said), ("Backup", expected)]


def describe_gaps(offer: PointOffer) -> list[str]:
    """Describe which times cannot be restored to, and what that means."""
    if offer.ranges_problem:
        return [f"The restorable ranges are not known: {offer.ranges_problem} Backups can still be chosen."]
    if not offer.ranges:
        return ["There are no restorable ranges: choose a backup. Its data nodes must have been recovered to its time."]
    gaps = find_gaps(offer.spans)
    told = [
        f"Gap: {format_utc(one.start)} to {format_utc(one.end)} ({format_duration(one.end - one.start)})."
        for one in gaps[-5:]
    ]
    if not told:
        return ["No gaps between the restorable ranges."]
    cut = [f"{len(told)} of {len(gaps)} gaps, the newest:"] if len(gaps) > len(told) else []
    return [
        *cut,
        *told,
        _GAP,
    ]


def list_points(offer: PointOffer, zone: str, now: datetime) -> list[ListRow]:
    """Return what can be chosen as rows for a list: the end of each range, then every backup, newest first."""
    ends: Sequence[Span] = sorted(offer.spans, reverse=True)
    return [*(_range_row(one, zone) for one in ends), *(_backup_row(one, zone, now) for one in offer.backups)]


def point_of_key(key: str) -> datetime | str:
    """Return what a row's key stands for: an instant, or a backup's id."""
    return from_ms(int(key[1:])) if key.startswith("t") and key[1:].isdigit() else key


def _range_row(span: Span, zone: str) -> ListRow:
    words = f"{_describe_time(span.end, zone)} | end of a range of {format_duration(span.end - span.start)}, from"
    return ListRow(f"t{to_ms(span.end)}", f"{words} {_describe_time(span.start, zone)}", "range time")


def _backup_row(backup: Backup, zone: str, now: datetime) -> ListRow:
    status = "" if backup.status.casefold() == "normal" else f" | {describe_status(backup.status)}"
    said = f"{_describe_time(backup.created, zone)} | backup {describe_backup_type(backup.backup_type)}, {_describe_left(backup, now)}"
    return ListRow(backup.id, clean_line(f"{said}{status} | {backup.name}"), clean_line(backup.description))


def _describe_time(instant: datetime, zone: str) -> str:
    utc = f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return utc if zone == "UTC" else f"{utc} ({instant.astimezone(ZoneInfo(zone)):%H:%M:%S %z})"


def _describe_left(backup: Backup, now: datetime) -> str:
    # Source: DDM manual, Restoring Metadata: backups are kept up to 30 days.
    left = backup.created + BACKUP_LIFE - now
    return f"kept {left.days} d more" if left.days >= 1 else "expires within a day"
