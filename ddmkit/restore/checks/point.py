"""The checks of the point in time: it lies in a restorable range, not in the future, and before the incident."""

from __future__ import annotations

from datetime import datetime

from ddmkit.models import RestoreRequest, merge_ranges
from ddmkit.restore.checks.result import Check, Finding, fail, ok, skip, warn
from ddmkit.restore.inventory import Inventory
from ddmkit.times import Span, format_ago, format_duration, format_utc, is_within, nearest_instants, to_ms

__all__ = ["INCIDENT_CHECKS", "POINT_CHECKS"]


def check_time_in_range(inventory: Inventory, request: RestoreRequest) -> Finding:
    """The point in time can be restored to, by what the service says."""
    point = request.restore_time
    if point is None:
        return skip("A backup was chosen, not a point in time.")
    ranges = None if inventory.ranges.value is None else merge_ranges(inventory.ranges.value)
    if point > inventory.taken_at:
        return fail(
            f"{format_utc(point)} lies in the future ({format_ago(point, inventory.taken_at)}).",
            _advise_nearest(point, ranges or []),
        )
    if ranges is None:
        return warn(
            f"The restorable ranges cannot be read ({inventory.ranges.problem}).",
            "Ask for them again; without them nobody can tell whether the service accepts this time.",
        )
    if not is_within(point, ranges):
        return fail(
            f"{format_utc(point)} lies outside every restorable range: {_describe_ranges(ranges)}.",
            _advise_nearest(point, ranges),
        )
    return ok(f"{format_utc(point)} lies in a restorable range.")


def _describe_ranges(ranges: list[Span]) -> str:
    return "; ".join(f"{format_utc(one.start)} to {format_utc(one.end)}" for one in ranges) or "the service lists none"


def _advise_nearest(point: datetime, ranges: list[Span]) -> str:
    before, after = nearest_instants(point, ranges)
    named = [
        f"{format_utc(instant)} ({to_ms(instant)} ms), {format_duration(abs(instant - point))} {side} it"
        for instant, side in ((before, "before"), (after, "after"))
        if instant is not None
    ]
    if not named:
        return "Choose a backup instead (in code: kit.backups(source))."
    return f"Nearest that can be restored to: {'; '.join(named)}. Or choose a backup (in code: kit.backups(source))."


def compare_to_incident(inventory: Inventory, _request: RestoreRequest) -> Finding:
    """The point in time, or the creation of the chosen backup, lies before the incident."""
    incident, point = inventory.incident, inventory.point
    if incident is None:
        return skip("No incident was given.")
    if point is None:
        return warn(
            f"The time of the chosen backup cannot be read and compared with the incident, {format_utc(incident)}.",
            "Make sure that the backup was made before the incident.",
        )
    if point >= incident:
        after = f"{format_duration(point - incident)} after" if point > incident else "the same time as"
        return warn(
            f"The restore goes to {format_utc(point)}, {after} the incident, {format_utc(incident)}.",
            "Choose a point before the incident: this one restores the state that the damage left. Accept it only if the "
            "incident is a guess and you know that the point is right.",
        )
    return ok(f"{format_utc(point)} lies {format_duration(incident - point)} before the incident, {format_utc(incident)}.")


POINT_CHECKS = (
    Check(
        "time-in-range",
        "Point in time and restorable ranges",
        "API page ShowAvalibleTime: restorable_time_intervals",
        check_time_in_range,
    ),
)
INCIDENT_CHECKS = (
    Check(
        "point-before-incident",
        "Point in time and incident",
        "what was given as the time of the incident",
        compare_to_incident,
    ),
)
