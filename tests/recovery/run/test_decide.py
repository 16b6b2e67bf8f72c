"""Deciding about a lost answer: adopted by its unique name, released only when nothing is there and time has passed."""

from __future__ import annotations

from datetime import timedelta

import pytest

import ddmkit
from tests.recovery.run.conftest import PASSWORD


@pytest.fixture
def lost(world, plan_on):
    """A first node whose request gets an answer that does not tell whether anything was started."""
    kit = world()
    recovery = plan_on(kit)
    kit.simulator.inject("html-502@RDS.CreateInstance*1")
    return kit, recovery


def test_an_answer_that_does_not_tell_is_decided_by_a_person(lost, begin):
    kit, recovery = lost
    with pytest.raises(ddmkit.UnknownOutcomeError) as caught:
        begin(kit, recovery)
    record, step = caught.value.record, recovery.steps[0].name
    assert record.state == "unknown"
    with pytest.raises(ddmkit.NotReadyError, match="nobody knows"):
        kit.plan_abandon(record)
    with pytest.raises(ddmkit.NotReadyError, match="Try again"):
        kit.release(record, step=step, reason="the list shows nothing", confirm=recovery.source_name)
    with pytest.raises(ddmkit.InputError):
        kit.adopt(record, "0" * 32 + "in01", step=step)
    kit.simulator.advance(timedelta(minutes=16))
    with pytest.raises(ddmkit.UnknownOutcomeError):
        kit.resume(record)
    released = kit.release(record, step=step, reason="the list shows nothing", confirm=recovery.source_name)
    assert released.state == "waiting"
    run = kit.send_again(record, step=step, confirm=recovery.source_name, node_password=PASSWORD)
    assert run.wait(poll_s=1, say=None).status == "completed"


def test_what_sends_nothing_is_not_adopted(world, begin):
    kit = world()
    run = begin(kit)
    with pytest.raises(ddmkit.InputError, match="no step that sends"):
        kit.adopt(run.record, "x", step="prove-nodes")
