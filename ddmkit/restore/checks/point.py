"""The check of the point in time: it lies in a restorable range, and not in the future."""

from __future__ import annotations

from datetime import datetime

from ddmkit.models import RestoreRequest
from ddmkit.restore.checks.result import Check, Finding, fail, ok, skip, warn
from ddmkit.restore.inventory import Inventory
from ddmkit.times import Span, is_within, merge_spans, nearest_instants, say_ago, say_duration, say_utc, to_ms

__all__ = ["POINT_CHECKS"]


def check_time_in_range(inventory: Inventory, request: RestoreRequest) -> Finding:
    """The point in time can be restored to, by what the service says."""
    point = request.restore_time
    if point is None:
        return skip("A backup was chosen, not a point in time.")
    ranges = None if inventory.ranges.value is None else merge_spans(one.span for one in inventory.ranges.value)
    if point > inventory.taken_at:
        return fail(
            f"{say_utc(point)} lies in the future ({say_ago(point, inventory.taken_at)}).",
            _advise_nearest(point, ranges or []),
        )
    if ranges is None:
        return warn(
            f"The restorable ranges cannot be read ({inventory.ranges.problem}).",
            "Ask for them again; without them nobody can tell whether the service accepts this time.",
        )
    if not is_within(point, ranges):
        return fail(
            f"{say_utc(point)} lies outside every restorable range: {_say_ranges(ranges)}.",
            _advise_nearest(point, ranges),
        )
    return ok(f"{say_utc(point)} lies in a restorable range.")


def _say_ranges(ranges: list[Span]) -> str:
    return "; ".join(f"{say_utc(one.start)} to {say_utc(one.end)}" for one in ranges) or "the service lists none"


def _advise_nearest(point: datetime, ranges: list[Span]) -> str:
    before, after = nearest_instants(point, ranges)
    named = [
        f"{say_utc(instant)} ({to_ms(instant)} ms), {say_duration(abs(instant - point))} {side} it"
        for instant, side in ((before, "before"), (after, "after"))
        if instant is not None
    ]
    if not named:
        return "Choose a backup instead: kit.backups(source)."
    return f"Nearest that can be restored to: {'; '.join(named)}. Or choose a backup: kit.backups(source)."


POINT_CHECKS = (
    Check(
        "time-in-range",
        "The point in time can be restored to",
        "API page ShowAvalibleTime: restorable_time_intervals",
        check_time_in_range,
    ),
)
