"""Failures on the way are results; what was confirmed is never exceeded, and what remains is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

import ddmkit
from ddmkit.handles.drill.carry_out import RunOptions, _created, carry_out, clean_up, confirm_address
from ddmkit.recovery.abandon import AbandonItem

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
PASSWORD = "Canary-Node-Pa55word!"


def options(**changes):
    values = {"accept": (), "accepts_all": True, "node_password": PASSWORD, "purpose": "drill", "timeout_s": 60, "poll_s": 0}
    return RunOptions(**{**values, "say": lambda line: None, **changes})


@pytest.fixture
def plan(kit):
    facts = kit.scenario
    return kit.plan_recovery(source=facts.source, restore_time=facts.restore_time, throwaway=True)


def test_more_than_was_confirmed_is_not_deleted_and_what_remains_is_told(kit, plan):
    carried = carry_out(kit, plan, options())
    assert carried.problem == ""
    address, why = confirm_address(kit, carried.record_id)
    assert (address is not None, why) == (True, "")
    created, problem = clean_up(kit, carried.record_id, 2, say=lambda line: None)
    assert problem == "3 instances would be deleted, 2 were confirmed: nothing was deleted."
    assert [one.fate for one in created] == [f"stays: {problem}"] * 3
    created, problem = clean_up(kit, carried.record_id, 3, say=lambda line: None)
    assert ([one.fate for one in created], problem) == (["deleted"] * 3, "")
    assert confirm_address(kit, carried.record_id)[1].startswith("the new address is not shown")


def test_an_error_on_the_way_is_the_problem_of_the_result(kit, plan):
    kit.simulator.inject("sold-out")
    carried = carry_out(kit, plan, options())
    assert carried.record_id
    assert carried.problem
    assert confirm_address(kit, carried.record_id) == (None, "the record names no new address")


def test_a_warning_that_nobody_accepted_is_an_error_before_anything_is_sent(kit):
    facts = kit.scenario
    kit.simulator.inject("vpc-denied")
    plan = kit.plan_recovery(source=facts.source, restore_time=facts.restore_time, throwaway=True)
    assert plan.warnings
    with pytest.raises(ddmkit.NotConfirmedError):
        carry_out(kit, plan, options(accepts_all=False))
    assert kit.simulator.effective_changes() == []
    assert carry_out(kit, plan, options(accepts_all=True)).record_id


def item(**changes):
    values = {"step": "node:a", "kind": "node", "id": "n-1", "name": "n", "created": NOW, "billing": "billed on demand"}
    return AbandonItem(**{**values, **changes})


@pytest.mark.parametrize(
    ("one", "deleted", "problem", "fate", "hours"),
    [
        (item(), NOW + timedelta(minutes=30), "", "deleted", 0.5),
        (item(), None, "refused", "stays: refused", 2.0),
        (item(), None, "", "stays: it was not deleted", 2.0),
        (item(is_gone=True, created=None), None, "", "gone", None),
        (item(why_not="it is used"), None, "", "stays: it is used", 2.0),
    ],
)
def test_what_became_of_an_instance(one, deleted, problem, fate, hours):
    made = _created(one, deleted, NOW + timedelta(hours=2), problem)
    assert (made.fate, made.hours) == (fate, hours)


def test_ddm_shows_no_billing_mode_so_the_requested_one_is_told():
    assert _created(item(billing="billing not shown"), None, NOW, "").billing == "requested on demand"


def test_a_list_that_cannot_be_read_stops_the_clean_up_with_its_reason():
    def refuse(_record):
        raise ddmkit.NotReadyError("a step is unknown", checks=())

    run = SimpleNamespace(header=SimpleNamespace(kind="drill"), events=(SimpleNamespace(kind="step-intent"),))
    record = SimpleNamespace(run=run)
    stand_in = SimpleNamespace(records=SimpleNamespace(get=lambda _: record), plan_abandon=refuse)
    created, problem = clean_up(stand_in, "r-1", 3, say=lambda line: None)
    assert (created, problem) == ((), "What was created could not be listed: a step is unknown")
