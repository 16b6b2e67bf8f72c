"""Sending: at most once each, in order, stopped by a failure, and waiting for what only a person has."""

from __future__ import annotations

import pytest

import ddmkit
from tests.recovery.run.conftest import PASSWORD
from tests.recovery.run.test_start import created


def nodes_in(kit):
    return [node for node in kit._cloud.rds.list_instances() if node.tag_values.get("ddmkit-recovery")]


def test_without_a_password_the_run_waits_and_goes_on_with_one(world, plan_on, begin):
    kit = world()
    run = begin(kit, node_password=lambda: None)
    assert run.status == "waiting"
    assert created(kit) == []
    with pytest.raises(ddmkit.NotConfirmedError, match="node_password"):
        run.wait(poll_s=1, say=None)
    run = kit.resume(run.record, node_password=PASSWORD)
    assert created(kit) == []  # resuming only reads
    assert run.wait(poll_s=1, say=None).status == "completed"
    assert len(created(kit)) == 3


def test_a_busy_source_stops_the_run_and_a_person_sends_again(world, plan_on, begin):
    kit = world("busy-source*1")
    recovery = plan_on(kit)
    with pytest.raises(ddmkit.ServiceError) as caught:
        begin(kit, recovery)
    record, first = caught.value.record, recovery.steps[0].name
    assert isinstance(caught.value, ddmkit.BusyError)
    again = f"kit.send_again({record.id!r}, step={first!r}, confirm={recovery.source_name!r})"
    way_on = f"This recovery goes on: once the cause has ended, send the step again with {again}; or give it up: "
    assert str(caught.value).endswith(f"{way_on}kit.plan_abandon({record.id!r}).")
    assert record.state == "stopped"
    assert [one.step for one in kit.resume(record).steps if one.may_be_sent_again] == [first]
    assert len(created(kit)) == 1
    with pytest.raises(ddmkit.JobFailedError, match="send_again"):
        kit.resume(record).wait(poll_s=1, say=None)
    assert len(created(kit)) == 1
    with pytest.raises(ddmkit.NotConfirmedError):
        kit.send_again(record, step=first, confirm="another")
    with pytest.raises(ddmkit.InputError, match="is no step"):
        kit.send_again(record, step="no-step", confirm=recovery.source_name)
    run = kit.send_again(record, step=first, confirm=recovery.source_name, node_password=PASSWORD)
    assert run.wait(poll_s=1, say=None).status == "completed"
    assert len(nodes_in(kit)) == 2
    with pytest.raises(ddmkit.InputError, match="not sent again"):
        kit.send_again(record, step=first, confirm=recovery.source_name)


@pytest.mark.parametrize(
    "fault",
    [
        "timeout-but-created*1",
        "lost-answer@RDS.CreateInstance*1",
        "no-id-in-answer",
        "truncated-body@RDS.CreateInstance*1",
    ],
)
def test_a_lost_answer_is_reconciled_by_the_unique_name(world, begin, fault):
    kit = world(fault)
    run = begin(kit)
    assert run.wait(poll_s=1, say=None).status == "completed"
    assert len(nodes_in(kit)) == 2
    assert all(check.status == "pass" for check in run.checks if check.id.startswith("nodes-recovered:"))


@pytest.mark.parametrize(
    ("fault", "step", "reason"),
    [
        ("node-job-failed", "node", ""),
        ("ddm-create-failed", "target", ""),
        ("wrong-time", "prove-nodes", "recovered to"),
    ],
)
def test_after_a_failure_nothing_new_is_sent(world, begin, fault, step, reason):
    kit = world(fault)
    run = begin(kit)
    with pytest.raises(ddmkit.JobFailedError):
        run.wait(poll_s=1, say=None)
    assert run.status == "stopped"
    assert any(one.step.startswith(step) and one.state == "failed" and reason in one.reason for one in run.steps)
    assert kit.simulator.effective_restores() == []


def test_a_warning_that_appears_later_waits_for_its_name(world, begin):
    kit = world()
    run = begin(kit)
    kit.simulator.inject("vpc-denied")
    with pytest.raises(ddmkit.NotConfirmedError, match="same-network"):
        run.wait(poll_s=1, say=None)
    assert run.status == "waiting"
    asked = [check.id for check in run.waits_for]
    assert all(one.startswith("same-network:") for one in asked)
    with pytest.raises(ddmkit.InputError, match="nothing waits for"):
        kit.accept(run.record, ["target-empty"])
    run = kit.accept(run.record, asked)
    assert run.wait(poll_s=1, say=None).status == "completed"
