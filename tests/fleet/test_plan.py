"""The plan of a fleet: its digest, its grouped checks, its approval, and its way to the record and back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ddmkit.errors import NotConfirmedError, RecordError
from ddmkit.fleet.plan import FLEET_LIFE, FleetItem, FleetPlan, make_fleet_plan, require_approved
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.plan import ServiceIdentity

HERE = ServiceIdentity(service="ddm.example.com", project_id="p1")
NOW = datetime(2025, 5, 20, 10, tzinfo=UTC)


def check(name, status):
    return CheckResult(id=name, title=name, status=status, detail=f"{name} is {status}")


def item(row, digest="", checks=()):
    return FleetItem(
        row=row,
        kind="restore",
        wave=0,
        digest=digest or f"digest of {row}",
        source_name="shop",
        target_name=f"target of {row}",
        checks=checks,
        given={"source": "s"},
    )


def plan(*items, **changes):
    given = {"waves": (1, len(items) - 1) if len(items) > 1 else (1,), "cap": 8, "stop_after": 3, "gate": "wave", **changes}
    return make_fleet_plan(items, identity=HERE, plan_id="p-1", now=NOW, **given)


A, B = item("a"), item("b")


def test_rows_are_placed_in_waves_and_the_plan_expires():
    made = plan(A, B)
    assert [one.wave for one in made.items] == [0, 1]
    assert made.expires == NOW + FLEET_LIFE
    assert made.confirmation == "restore 2"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (plan(A, B, cap=1), True),
        (plan(A, B, stop_after=2), False),
        (plan(A, B, gate="none"), False),
        (plan(A, B, waves=(2,)), False),
        (plan(B, A), False),
        (plan(A, item("b", "another")), False),
        (plan(A), False),
        (plan(A, item("c", B.digest)), False),
    ],
)
def test_the_digest_covers_rows_waves_stop_and_gates_but_not_the_cap(other, same):
    assert (other.digest == plan(A, B).digest) is same


def test_failures_and_what_differs_between_rows_come_first():
    everywhere, here = check("idle", "pass"), check("empty", "warn")
    made = plan(
        item("a", checks=(everywhere, here)),
        item("b", checks=(everywhere, check("empty", "pass"))),
        item("c", checks=(everywhere, check("empty", "fail"))),
    )
    told = [(one.check, one.status, one.which) for one in made.grouped_checks()]
    assert told == [("empty", "fail", "c"), ("empty", "warn", "a"), ("empty", "pass", "b"), ("idle", "pass", "a, b, c")]
    assert [one.row for one in made.not_ready] == ["c"]


def test_the_record_keeps_what_was_approved():
    made = plan(item("a", checks=(check("idle", "pass"), check("empty", "warn"))), B)
    kept = made.for_record()
    assert kept["items"][0]["passed"] == ["idle"]
    read = FleetPlan.from_record(kept)
    assert (read.digest, [one.row for one in read.items]) == (made.digest, ["a", "b"])
    assert read.items[0].request.given == {"source": "s"}


def test_a_changed_row_on_the_record_is_found_by_the_digest():
    kept = plan(A, B).for_record()
    kept["items"][1]["digest"] = "another"
    with pytest.raises(RecordError, match="its digest is not that of its rows"):
        FleetPlan.from_record(kept)
    with pytest.raises(RecordError, match="fields do not fit"):
        FleetPlan.from_record({"items": 3})


def test_what_is_missing_for_the_approval_is_listed():
    made = plan(item("a", checks=(check("empty", "warn"), check("idle", "pass"))), B)
    with pytest.raises(NotConfirmedError) as told:
        require_approved(made, "restore 1", {"b": ["empty"], "z": ["x"]})
    assert list(told.value.missing) == [
        "confirm='restore 2', the count of the rows, typed exactly (given: 'restore 1')",
        "accept names row 'z', which is not in the table",
        "accept={'a': ['empty']}",
        "accept names 'empty' for row b, which is no check",
    ]
    assert require_approved(made, "restore 2", {"a": ["empty", "idle"]}) == {"a": ("empty",), "b": ()}
