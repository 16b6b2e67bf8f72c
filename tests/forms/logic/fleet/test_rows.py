"""The rows of a fleet's form: what differs first, each warning for itself, and never a blank reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ddmkit.fleet.plan import FleetItem, make_fleet_plan
from ddmkit.fleet.progress import ProgressRow
from ddmkit.forms.logic.fleet.rows import accepted_by_row, list_checks, list_planned, list_progress, list_warnings
from ddmkit.records.fleets.rules import ItemState
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.plan import ServiceIdentity


def check(name, status, detail="seen"):
    return CheckResult(id=name, title=f"About {name}", status=status, detail=detail, hint="do it")


def plan(*checks_of_rows):
    items = [
        FleetItem(
            row=f"r{number}",
            kind="restore",
            wave=0,
            digest=f"d{number}",
            source_name="<b>shop</b>",
            target_name="t",
            checks=tuple(checks),
            given={},
        )
        for number, checks in enumerate(checks_of_rows, 1)
    ]
    return make_fleet_plan(
        items,
        identity=ServiceIdentity(service="s", project_id="p"),
        plan_id="p-1",
        now=datetime(2025, 5, 20, tzinfo=UTC),
        waves=(1, len(items) - 1),
        cap=4,
        stop_after=3,
        gate="wave",
    )


def texts(rows):
    return [tuple(cell.text for cell in row.cells) for row in rows]


def test_failures_come_first_then_what_differs_and_what_passed_everywhere_is_left_out():
    idle, old = check("idle", "pass"), check("old", "warn", "two hours old")
    fleet = plan([idle, old], [idle, check("full", "fail", "it holds 3 schemas")], [idle, old, check("only-here", "pass")])
    rows = texts(list_checks(fleet))
    assert [row[:4] for row in rows] == [
        ("✗ fail", "About full", "1", "r2"),
        ("! warn", "About old", "2", "r1, r3"),
        ("✓ pass", "About only-here", "1", "r3"),
    ]
    assert rows[0][4:] == ("it holds 3 schemas", "do it")


def test_each_warning_of_each_row_is_accepted_for_itself():
    fleet = plan([check("old", "warn")], [check("old", "warn"), check("nodes", "warn")])
    keys = [row.key for row in list_warnings(fleet)]
    assert keys == ["r1/old", "r2/old", "r2/nodes"]
    assert accepted_by_row(keys) == {"r1": ["old"], "r2": ["old", "nodes"]}
    assert accepted_by_row([]) == {}


def test_rows_that_are_not_ready_come_first_and_names_stay_text():
    rows = list_planned(plan([check("idle", "pass")], [check("full", "fail")]))
    assert [row.key for row in rows] == ["r2", "r1"]
    assert texts(rows)[0][1:4] == ("✗ not ready: full", "2", "<b>shop</b>")


def progress(state, age_s):
    return ProgressRow(
        row="r1",
        wave=1,
        state=str(state),
        since=datetime(2025, 5, 20, tzinfo=UTC),
        age="",
        age_s=age_s,
        left="",
        owner="",
        reason="why",
        record="",
    )


@pytest.mark.parametrize(
    ("age_s", "shown"), [(0, "just now"), (9, "just now"), (10, "10 s"), (59, "50 s"), (61, "1 min"), (3_700, "1 h 1 min")]
)
def test_an_age_changes_in_steps_and_is_sorted_by_its_seconds(age_s, shown):
    (row,) = list_progress([progress("waiting", age_s)])
    assert (row.cells[3].text, row.cells[3].by) == (shown, float(age_s))


def test_the_estimate_of_what_is_left_stands_beside_the_age():
    (row,) = list_progress([progress("running", 61).model_copy(update={"left": "40 s"})])
    assert row.cells[3].text == "1 min, about 40 s left"


@pytest.mark.parametrize("state", list(ItemState))
def test_every_state_has_a_sign_and_its_word(state):
    (row,) = list_progress([progress(state, 5)])
    sign, word = row.cells[1].text.split(" ", 1)
    assert (len(sign), word) == (1, str(state))
