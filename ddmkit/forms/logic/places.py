"""What lies at a place of the timeline: shown under the pointer and the keyboard's cursor, before anything is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ddmkit.display.column_specs import describe_backup_type
from ddmkit.display.html import clean_line
from ddmkit.errors import InputError
from ddmkit.forms.logic.point_options import (
    GAP_REASON,
    ChosenPoint,
    PointOptions,
    describe_left,
    format_local,
    require_point,
    require_usable,
)
from ddmkit.models import Backup
from ddmkit.times import find_gaps, format_ago, format_duration, format_utc

__all__ = ["Place", "describe_backup", "describe_instant"]


@dataclass(frozen=True)
class Place:
    """A place in words. ``point`` is what a click chooses there; ``None`` where the facts say why that is not possible."""

    when: str
    facts: tuple[str, ...]
    point: ChosenPoint | None

    @property
    def words(self) -> str:
        """The place in one sentence, for screen readers."""
        return "; ".join([self.when, *self.facts])


def describe_instant(instant: datetime, options: PointOptions, zone: str, now: datetime) -> Place:
    """Describe an instant: the range or gap in which it lies, and the backup that the service is expected to use."""
    when = _when(instant, zone, now)
    try:
        point = require_point(instant, options, now, zone)
    except InputError as error:
        return Place(when, (_describe_gap(instant, options, zone) or error.problem, error.fix), None)
    return Place(when, (_describe_range(instant, options, zone), _describe_expected(point)), point)


def describe_backup(backup: Backup, zone: str, now: datetime) -> Place:
    """Describe a backup: when and why it was made, and how long the service keeps it."""
    when = _when(backup.created, zone, now)
    named = (
        f"Backup {clean_line(backup.name) or clean_line(backup.id)}: {clean_line(describe_backup_type(backup.backup_type))}"
    )
    try:
        point = require_usable(backup)
    except InputError as error:
        return Place(when, (f"{named}.", f"Cannot be restored from: {error.problem}"), None)
    return Place(when, (f"{named}, {describe_left(backup, now)}.",), point)


def _when(instant: datetime, zone: str, now: datetime) -> str:
    local, utc = format_local(instant, zone), format_utc(instant)
    return f"{local if local == utc else f'{local} = {utc}'}, {format_ago(instant, now)}"


def _describe_range(instant: datetime, options: PointOptions, zone: str) -> str:
    if options.ranges_problem:
        return f"Nobody knows whether it can be restored to: {options.ranges_problem}"
    span = next(one for one in options.spans if one.start <= instant <= one.end)
    start, end = format_local(span.start, zone), format_local(span.end, zone)
    return f"Can be restored to: it lies in the range from {start} to {end}."


def _describe_gap(instant: datetime, options: PointOptions, zone: str) -> str:
    gap = next((one for one in find_gaps(options.spans) if one.start < instant < one.end), None)
    if gap is None:
        return ""
    length, start, end = format_duration(gap.end - gap.start), format_local(gap.start, zone), format_local(gap.end, zone)
    return f"Cannot be restored to: gap of {length}, from {start} to {end}. {GAP_REASON}"


def _describe_expected(point: ChosenPoint) -> str:
    if point.expected is None:
        return "No backup from before that instant is listed."
    made = format_duration(point.instant - point.expected.created)
    named = clean_line(point.expected.name) or clean_line(point.expected.id)
    kind = clean_line(describe_backup_type(point.expected.backup_type))
    return f"Backup that the service is expected to use: {named}, {kind}, made {made} before."
