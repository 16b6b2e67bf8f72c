"""The plan of a fleet as a person sees it: hostile names stay text, and nothing is cut silently."""

from __future__ import annotations

from datetime import UTC, datetime

from ddmkit.fleet.plan import FleetItem, make_fleet_plan
from ddmkit.handles.fleet.plan import Fleet
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.plan import ServiceIdentity


def fleet(count, name="shop"):
    check = CheckResult(id="idle", title="Idle", status="pass", detail="nothing runs")
    items = [
        FleetItem(
            row=f"r{number}",
            kind="restore",
            wave=0,
            digest=f"d{number}",
            source_name=name,
            target_name="t",
            checks=(check,),
            given={},
        )
        for number in range(count)
    ]
    made = make_fleet_plan(
        items,
        identity=ServiceIdentity(service="s", project_id="p"),
        plan_id="p-1",
        now=datetime(2025, 5, 20, tzinfo=UTC),
        waves=(1, count - 1),
        cap=4,
        stop_after=3,
        gate="wave",
    )
    return Fleet.model_construct(**dict(made))


def test_the_plan_says_how_to_approve_exactly_it():
    shown = fleet(37)
    text = shown.show().text
    assert f"Fleet {shown.digest}: 37 rows in 2 waves" in text
    assert "To approve exactly this, type: restore 37" in text
    assert "r36" in text
    assert repr(shown) == f"<fleet plan {shown.digest}: 37 rows in 2 waves, ready>"


def test_names_of_the_service_are_shown_as_text():
    shown = fleet(2, '<img src=x onerror="alert(1)">')
    assert "<img" not in shown.show().html
    assert len(shown.frame()) == 2
