"""The rows of a fleet's form: the checks, the warnings, the plan of each row, and how each row stands. No widgets here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from ddmkit.display.status import Tone, describe_status
from ddmkit.display.table import CellKind
from ddmkit.fleet.plan import FleetItem, FleetPlan, RowCheck
from ddmkit.fleet.progress import ProgressRow
from ddmkit.forms.logic.table_rows import TableCell, TableColumn, TableRow, make_row
from ddmkit.records.fleets.rules import ItemState
from ddmkit.times import format_duration

__all__ = [
    "CHECKS",
    "PLANNED",
    "PROGRESS",
    "WARNINGS",
    "accepted_by_row",
    "list_checks",
    "list_planned",
    "list_progress",
    "list_warnings",
]

CHECKS = (
    TableColumn("Result", CellKind.STATUS),
    TableColumn("Check"),
    TableColumn("Rows", CellKind.NUMBER),
    TableColumn("Which"),
    TableColumn("What was seen"),
    TableColumn("What to do"),
)
WARNINGS = (TableColumn("Row"), TableColumn("Check"), TableColumn("What was seen"), TableColumn("What to do"))
PLANNED = (
    TableColumn("Row"),
    TableColumn("Verdict", CellKind.STATUS),
    TableColumn("Wave", CellKind.NUMBER),
    TableColumn("Source"),
    TableColumn("Target"),
    TableColumn("Point in time", CellKind.TIME),
    TableColumn("Digest", CellKind.ID),
)
PROGRESS = (
    TableColumn("Row"),
    TableColumn("State", CellKind.STATUS),
    TableColumn("Wave", CellKind.NUMBER),
    TableColumn("For", CellKind.TIME),
    TableColumn("Reason"),
    TableColumn("Owner"),
    TableColumn("Record", CellKind.ID),
)
_TONES: Mapping[str, Tone] = {
    ItemState.COMPLETED: Tone.GOOD,
    ItemState.RUNNING: Tone.BUSY,
    ItemState.HELD: Tone.WARNING,
    ItemState.BLOCKED: Tone.WARNING,
    ItemState.UNKNOWN: Tone.WARNING,
    ItemState.DIFFERS: Tone.BAD,
    ItemState.FAILED: Tone.BAD,
}
# An age below a minute is shown in these steps, so that a row does not change each second.
_STEP = timedelta(seconds=10)
_MINUTE = timedelta(minutes=1)
# Neither a row's id nor a check's has this sign.
_BETWEEN = "/"


def list_checks(fleet: FleetPlan) -> list[TableRow]:
    """Return the results that a person looks at, failures first; what passed or was skipped everywhere is left out."""
    return [
        _check_row(one) for one in fleet.grouped_checks() if one.status in {"fail", "warn"} or one.rows < len(fleet.items)
    ]


def _check_row(one: RowCheck) -> TableRow:
    key = f"{one.check}{_BETWEEN}{one.status}"
    return make_row(key, describe_status(one.status), one.title, str(one.rows), one.which, one.detail, one.hint)


def list_warnings(fleet: FleetPlan) -> list[TableRow]:
    """Return each warning of each row, to be accepted one by one or all together."""
    return [
        make_row(f"{item.row}{_BETWEEN}{check.id}", item.row, check.title, check.detail, check.hint, more=check.id)
        for item in fleet.items
        for check in item.checks
        if check.id in item.warnings
    ]


def accepted_by_row(keys: Iterable[str]) -> dict[str, list[str]]:
    """Return the accepted warnings by row, from the keys of chosen rows of ``list_warnings``."""
    accepted: dict[str, list[str]] = {}
    for key in keys:
        row, _, check = key.rpartition(_BETWEEN)
        accepted.setdefault(row, []).append(check)
    return accepted


def list_planned(fleet: FleetPlan) -> list[TableRow]:
    """Return each row of the plan, those that are not ready first."""
    return [_planned_row(item) for item in sorted(fleet.items, key=lambda item: item.ready)]


def _planned_row(item: FleetItem) -> TableRow:
    verdict = f"not ready: {', '.join(item.failed)}" if item.failed else "ready"
    tone = Tone.BAD if item.failed else Tone.GOOD
    names = (item.source_name, item.target_name)
    return make_row(
        item.row,
        item.row,
        describe_status(verdict, tone),
        str(item.wave + 1),
        *names,
        item.point,
        item.digest,
        more=item.kind,
    )


def list_progress(rows: Iterable[ProgressRow]) -> list[TableRow]:
    """Return how each row stands."""
    return [
        make_row(
            one.row,
            one.row,
            describe_status(one.state, _TONES.get(one.state, Tone.QUIET)),
            str(one.wave),
            _age_cell(one),
            one.reason,
            one.owner,
            one.record,
        )
        for one in rows
    ]


def _age_cell(one: ProgressRow) -> TableCell:
    seconds = one.age_s
    age = timedelta(seconds=seconds)
    shown = age - age % (_STEP if age < _MINUTE else _MINUTE)
    left = f", about {one.left} left" if one.left else ""
    return TableCell(("just now" if shown < _STEP else format_duration(shown)) + left, float(seconds))
