"""Two points to restore to, side by side: facts about each, and the checks that a plan for each would meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from ddmkit.display.html import Fragment
from ddmkit.display.status import Tone, tone_of
from ddmkit.display.table import Cell, CellKind, full_table
from ddmkit.errors import InputError, NotFoundError
from ddmkit.guide.layout import describe_lines, stack
from ddmkit.guide.parameters import PageParameters, read_point
from ddmkit.guide.points import Candidate, KnownFacts, describe_nearest, describe_point
from ddmkit.handles.plan import Plan
from ddmkit.kit import Kit
from ddmkit.models import Backup
from ddmkit.restore.checks.result import CheckResult

__all__ = ["Points", "compare_points", "read_points", "show_plans"]

Points = Mapping[str, "datetime | str"]
"""Points by their name on the page; each is a backup's id or a time."""

T = TypeVar("T")


def read_points(kit: Kit, parameters: PageParameters, first: str | int, second: str | int) -> dict[str, datetime | str]:
    """Return the two points of a page by their names; where one is not given, choose one that the other is not."""
    zone = parameters.time_zone
    given = {"first": read_point(first, zone, "first"), "second": read_point(second, zone, "second")}
    defaults = _default_points(kit, parameters.source) if None in given.values() else []
    unused = iter([point for point in defaults if point not in given.values()])
    return {name: next(unused) if point is None else point for name, point in given.items()}


def _default_points(kit: Kit, source: str) -> list[datetime | str]:
    """Return two points for a page that names none: the scenario's two, or the two newest usable backups."""
    if kit.simulator is not None and source == kit.scenario.source:
        return [kit.scenario.backup_id, kit.scenario.restore_time]
    usable = [backup.id for backup in kit.backups(source) if backup.is_usable]
    if len(usable) < 2:
        raise InputError("there are not two usable backups to compare.", field="first", fix="Name two points at the top.")
    return [*usable[:2]]


def compare_points(kit: Kit, source: str, points: Points, incident: datetime | None) -> Fragment:
    """Show the points side by side, and name the one nearest before the incident."""
    backups = kit.backups(source)
    facts = KnownFacts(
        now=kit.now(),
        incident=incident,
        backups=backups,
        ranges=_unless_deleted(lambda: kit.restorable_ranges(source)),
        schemas=_unless_deleted(lambda: kit.schemas(source)),
    )
    candidates = {name: _candidate(kit, source, name, point, backups) for name, point in points.items()}
    columns = {name: describe_point(candidate, facts) for name, candidate in candidates.items()}
    labels = list(next(iter(columns.values())))
    rows = [[Cell(label), *(Cell(column[label]) for column in columns.values())] for label in labels]
    nearest = describe_lines(describe_nearest(candidates, incident))
    return stack(full_table("Points side by side", ["", *columns], rows), nearest)


def _candidate(kit: Kit, source: str, name: str, point: datetime | str, backups: Sequence[Backup]) -> Candidate:
    if isinstance(point, datetime):
        backup, instant = None, point
    else:
        backup = next((listed for listed in backups if listed.id == point), None)
        if backup is None:
            raise InputError(
                f"{point!r} is not a backup of {source}.", field=name, fix="Choose one of guide.backups(), or a time."
            )
        instant = backup.created
    return Candidate(instant, backup, _unless_deleted(lambda: kit.related_nodes(source, instant)))


def show_plans(plans: Mapping[str, Plan]) -> Fragment:
    """Show the plans side by side: whether each could be submitted, and the checks that fail or warn in any of them."""
    by_id = [{check.id: check for check in plan.checks} for plan in plans.values()]
    shown = [name for name in by_id[0] if any(checks[name].status in {"fail", "warn"} for checks in by_id)]
    rows = [
        [Cell("could be submitted"), *(_ready_cell(plan) for plan in plans.values())],
        [Cell("digest"), *(Cell(plan.digest) for plan in plans.values())],
        *([Cell(by_id[0][name].title, more=name), *(_check_cell(checks[name]) for checks in by_id)] for name in shown),
    ]
    others = len(by_id[0]) - len(shown)
    table = full_table("What each plan would meet", ["", *plans], rows)
    return stack(table, describe_lines(f"The other {others} checks pass or do not apply, for each point. Nothing was sent."))


def _ready_cell(plan: Plan) -> Cell:
    if plan.ready:
        return Cell("ready", CellKind.STATUS, Tone.GOOD, f"{len(plan.warnings)} warnings to accept")
    return Cell("not ready", CellKind.STATUS, Tone.BAD, f"failed: {', '.join(plan.failed)}")


def _check_cell(check: CheckResult) -> Cell:
    return Cell(check.status, CellKind.STATUS, tone_of(check.status), check.detail)


def _unless_deleted(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except NotFoundError:
        return None
