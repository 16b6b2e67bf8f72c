"""Which sources were drilled, and how: one row for each source, those that were never drilled first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from ddmkit.drills.history import HeldDrill
from ddmkit.models import InstantOrNone
from ddmkit.times import format_ago

__all__ = ["DrillCoverage", "list_coverage", "remind"]


class DrillCoverage(BaseModel):
    """The drills of one source. ``passed`` is when the newest that passed was; ``None`` if none did.

    ``state`` is ``never drilled``, ``never passed``, ``overdue`` or ``covered``. ``never_failed`` says that no negative
    drill has shown that a failure would be noticed. ``in_cloud`` is when real backups were restored last.
    """

    model_config = ConfigDict(frozen=True)

    source_name: str
    state: str
    passed: InstantOrNone = None
    in_cloud: InstantOrNone = None
    oldest: InstantOrNone = None
    newest: InstantOrNone = None
    next_due: InstantOrNone = None
    drills: int = 0
    never_failed: bool = True
    rto_s: float | None = None
    rpo_s: float | None = None
    record: str = ""
    source_id: str = ""


_ORDER = ("never drilled", "never passed", "overdue", "covered")


def list_coverage(sources: Mapping[str, str], known: Sequence[HeldDrill], *, now: datetime) -> tuple[DrillCoverage, ...]:
    """Return one row for each source, what needs a drill most first.

    Args:
        sources: The names of the project's instances by their ids; sources of drills that are gone are added.
        known: The drills, newest first.
        now: The present.
    """
    names = {**{held.report.source_id: held.report.source_name for held in reversed(known)}, **sources}
    rows = [
        _row(source, name, [one for one in known if one.report.source_id == source], now) for source, name in names.items()
    ]
    return tuple(sorted(rows, key=lambda row: (_ORDER.index(row.state), row.source_name)))


def _row(source: str, name: str, known: Sequence[HeldDrill], now: datetime) -> DrillCoverage:
    if not known:
        return DrillCoverage(source_name=name, source_id=source, state="never drilled")
    passed = [one for one in known if one.report.verdict == "passed"]
    best = passed[0].report if passed else None
    due = None if best is None else best.next_due
    state = "never passed" if best is None or due is None else "overdue" if due < now else "covered"
    return DrillCoverage(
        source_name=name,
        source_id=source,
        state=state,
        passed=None if best is None else best.made_at,
        in_cloud=next((one.report.made_at for one in passed if one.report.where == "cloud"), None),
        oldest=known[-1].report.made_at,
        newest=known[0].report.made_at,
        next_due=due,
        drills=len(known),
        never_failed=not any(one.report.verdict == "failure seen" for one in known),
        rto_s=None if best is None else best.rto.total_s,
        rpo_s=None if best is None else best.rpo.loss_s,
        record=known[0].record,
    )


def remind(known: Iterable[HeldDrill], *, days: int, now: datetime) -> str:
    """Return a reminder when no drill has passed in that many days; empty text when one has."""
    passed = [one.report.made_at for one in known if one.report.verdict == "passed"]
    newest = max(passed, default=None)
    if newest is not None and now - newest <= timedelta(days=days):
        return ""
    when = "no drill has passed yet" if newest is None else f"the last drill passed {format_ago(newest, now)}"
    return f"No drill has passed in the last {days} days ({when}). Plan one: kit.drill(source)."
