"""Suggest points in time to restore to, given when the damage happened: a few points, ranked, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ddmkit.models import Backup
from ddmkit.times import Span, format_duration, format_utc, is_within, merge_spans, nearest_instants

__all__ = ["Suggestion", "suggest_points"]

_REMEMBERED_TIME_ERROR = timedelta(hours=2)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Suggestion:
    """One suggested point: a backup, or an instant without a backup, and the reason for it."""

    title: str
    reason: str
    instant: datetime
    backup: Backup | None = None

    @property
    def backup_id(self) -> str:
        """The backup's id; empty for an instant."""
        return self.backup.id if self.backup else ""


def suggest_points(
    incident: datetime | None, backups: Iterable[Backup], spans: Iterable[Span], now: datetime
) -> tuple[Suggestion, ...]:
    """Return points to restore to, the most likely first, each point once.

    The backup that the service made automatically before an operation comes first, because a schema is dropped by an
    operation. Without an incident the newest point of each kind is suggested.

    Args:
        incident: When the damage happened, or ``None``.
        backups: The backups of the source, in any order.
        spans: The restorable ranges of the source.
        now: The current time.
    """
    usable = sorted((one for one in backups if one.is_usable), key=lambda one: one.created, reverse=True)
    until = incident or now
    found = [
        _last_before_operation(usable, until, incident),
        _first_after(usable, incident),
        _last_backup(usable, until, incident),
        _latest_instant(usable, merge_spans(spans), until, incident),
    ]
    seen: set[str] = set()
    kept = []
    for one in found:
        if one is not None and one.backup_id not in seen:
            seen.add(one.backup_id)
            kept.append(one)
    return tuple(kept)


def _last_before_operation(usable: Sequence[Backup], until: datetime, incident: datetime | None) -> Suggestion | None:
    made = next((one for one in usable if one.is_before_operation and one.created <= until), None)
    if made is None:
        return None
    when = f"{format_duration(until - made.created)} before " + ("the incident" if incident else "now")
    reason = f"The service made it automatically, {when}: the last state before that operation changed the metadata."
    return Suggestion("The backup made before the last operation", _with_note(reason, made), made.created, made)


def _first_after(usable: Sequence[Backup], incident: datetime | None) -> Suggestion | None:
    """Return the first backup made before an operation shortly after the incident: the remembered time may be too early."""
    if incident is None:
        return None
    late = [
        one for one in usable if one.is_before_operation and timedelta(0) < one.created - incident <= _REMEMBERED_TIME_ERROR
    ]
    if not late:
        return None
    first = late[-1]
    reason = (
        f"The service made it before an operation, {format_duration(first.created - incident)} after the given time. It is "
        "right if that operation did the damage and the given time is a little too early."
    )
    return Suggestion("The backup made before the next operation", _with_note(reason, first), first.created, first)


def _last_backup(usable: Sequence[Backup], until: datetime, incident: datetime | None) -> Suggestion | None:
    last = next((one for one in usable if one.created <= until), None)
    if last is None:
        return None
    what = "before the incident" if incident else "of all"
    reason = f"The last backup {what}, made {format_duration(until - last.created)} earlier."
    return Suggestion(f"The last backup {what}", reason, last.created, last)


def _latest_instant(
    usable: Sequence[Backup], spans: Sequence[Span], until: datetime, incident: datetime | None
) -> Suggestion | None:
    wanted = (until - _SECOND).replace(microsecond=0)
    legal = wanted if is_within(wanted, spans) else nearest_instants(wanted, spans)[0]
    if legal is None:
        return None
    if incident is None:
        reason = f"The latest instant that can be restored to, {format_duration(until - legal)} before now."
    elif legal == wanted:
        reason = "The last second before the incident; it lies in a restorable range."
    else:
        reason = f"The incident lies in no restorable range; this is the latest instant before it, at {format_utc(legal)}."
    reason += _warn_of_operation(usable, legal)
    return Suggestion("The latest restorable instant" + (" before the incident" if incident else ""), reason, legal)


def _warn_of_operation(usable: Sequence[Backup], instant: datetime) -> str:
    """Return that an instant may be too late, because an operation began before it; empty without an operation."""
    made = next((one for one in usable if one.is_before_operation and one.created <= instant), None)
    if made is None:
        return ""
    began = f" An operation on the metadata began {format_duration(instant - made.created)} earlier."
    late = " If that operation did the damage, this instant may be too late: choose the backup made before it."
    return _with_note(began, made) + late


def _with_note(reason: str, backup: Backup) -> str:
    return f"{reason} Its note: “{backup.description}”." if backup.description else reason
