"""What else could be restored: two points side by side, and the plan that each of them would make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from ddmkit.display.html import Fragment
from ddmkit.display.status import Tone, tone_of
from ddmkit.display.table import Cell, CellKind
from ddmkit.display.whole import full_table
from ddmkit.errors import InputError, NotFoundError
from ddmkit.guide.layout import describe_lines, stack
from ddmkit.guide.parameters import PageParameters
from ddmkit.guide.points import Candidate, Surroundings, choose_nearer, weigh_point
from ddmkit.handles.plan import Plan
from ddmkit.kit import Kit
from ddmkit.models import Backup
from ddmkit.restore.checks.result import CheckResult

__all__ = ["Points", "compare_points", "default_points", "plan_point", "show_plans"]

Points = Mapping[str, "datetime | str"]
"""The points by their name on the page; a backup's id, or an instant."""

T = TypeVar("T")


def default_points(kit: Kit, source: str) -> list[datetime | str]:
    """Return two points worth comparing where none is named: the scenario's two, or the two newest usable backups."""
    if kit.simulator is not None and source == kit.scenario.source:
        return [kit.scenario.backup_id, kit.scenario.restore_time]
    usable = [one.id for one in kit.backups(source) if one.status.casefold() == "normal"]
    if len(usable) < 2:
        raise InputError("there are not two usable backups to compare.", field="first", fix="Name two points at the top.")
    return [*usable[:2]]


def compare_points(kit: Kit, source: str, points: Points, incident: datetime | None) -> Fragment:
    """Show the points side by side, and which of them lies nearest before the incident."""
    backups = kit.backups(source)
    about = Surroundings(
        now=kit.now(),
        incident=incident,
        backups=backups,
        ranges=_unless_gone(lambda: kit.restorable_ranges(source)),
        schemas=_unless_gone(lambda: kit.schemas(source)),
    )
    candidates = {name: _candidate(kit, source, name, point, backups) for name, point in points.items()}
    said = {name: weigh_point(one, about) for name, one in candidates.items()}
    questions = list(next(iter(said.values())))
    rows = [[Cell(question), *(Cell(one[question]) for one in said.values())] for question in questions]
    return stack(full_table("Points side by side", ["", *said], rows), describe_lines(choose_nearer(candidates, incident)))


def _candidate(kit: Kit, source: str, name: str, point: datetime | str, backups: Sequence[Backup]) -> Candidate:
    if isinstance(point, datetime):
        backup, instant = None, point
    else:
        backup = next((one for one in backups if one.id == point), None)
        if backup is None:
            raise InputError(
                f"{point!r} is no backup of {source}.", field=name, fix="Choose one of guide.backups(), or a time."
            )
        instant = backup.created
    return Candidate(instant, backup, _unless_gone(lambda: kit.related_nodes(source, instant)))


def plan_point(kit: Kit, wishes: PageParameters, point: datetime | str, incident: datetime | None) -> Plan:
    """Make the plan of a restore to a point; nothing is sent."""
    return kit.plan(
        source=wishes.source,
        target=wishes.target,
        data_nodes=list(wishes.data_nodes),
        backup_id=point if isinstance(point, str) else None,
        restore_time=None if isinstance(point, str) else point,
        time_zone=wishes.time_zone,
        incident=incident,
    )


def show_plans(plans: Mapping[str, Plan]) -> Fragment:
    """Show the plans side by side: whether each could be submitted, and the checks that need attention or go differently."""
    by_id = [{check.id: check for check in plan.checks} for plan in plans.values()]
    shown = [name for name in by_id[0] if _is_telling([checks[name] for checks in by_id])]
    rows = [
        [Cell("could be submitted"), *(_ready_cell(plan) for plan in plans.values())],
        [Cell("digest"), *(Cell(plan.digest) for plan in plans.values())],
        *([Cell(by_id[0][name].title, more=name), *(_check_cell(checks[name]) for checks in by_id)] for name in shown),
    ]
    rest = len(by_id[0]) - len(shown)
    table = full_table("What each plan would meet", ["", *plans], rows)
    return stack(table, describe_lines(f"The other {rest} checks pass or do not apply, for each of them. Nothing was sent."))


def _is_telling(checks: list[CheckResult]) -> bool:
    return any(check.status in {"fail", "warn"} for check in checks)


def _ready_cell(plan: Plan) -> Cell:
    said = "ready" if plan.ready else "not ready"
    more = f"{len(plan.warnings)} warnings to accept" if plan.ready else f"failed: {', '.join(plan.failed)}"
    return Cell(said, CellKind.STATUS, Tone.GOOD if plan.ready else Tone.BAD, more)


def _check_cell(check: CheckResult) -> Cell:
    return Cell(check.status, CellKind.STATUS, tone_of(check.status), check.detail)


def _unless_gone(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except NotFoundError:
        return None
