"""Every fault that a whole recovery can meet: it completes, or stops with the reason, and never loses or doubles an instance."""

from __future__ import annotations

import itertools

import pytest

import ddmkit
from ddmkit.records import verify_chain
from ddmkit.simulator import RECOVERY_FAULTS
from tests.recovery.run.conftest import PASSWORD, requests_to
from tests.recovery.run.test_advance import nodes_in

# What stops before anything is sent, by the check that fails.
REFUSED = {
    "sold-out": "flavour-on-sale",
    "quota": "quota",
    "time-gap": "time-per-node",
    "time-too-new": "time-per-node",
    "backup-failed": "time-per-node",
}
# What stops the run, by a part of what is told.
STOPPED = {
    "ha-missing": "DBS.280285",
    "busy-source": "DBS.200047",
    "node-job-failed": "createVM failed",
    "stuck-build": "Stopped waiting",
    # A trace without a restore point says nothing (its content is not documented); DDM itself refuses the empty node.
    "plain-instance": "step restore failed.*DBS.300336",
    "wrong-time": "prove-nodes failed.*1 h after",
    "wrong-source": "prove-nodes failed.*and is to stand in for",
    "ddm-create-failed": "step target failed",
    "ddm-accounts-present": "target-empty",
    "sg-differs-denied": "prove-network failed.*does not admit TCP",
    "sg-rule-deny-first": "prove-network failed.*does not admit TCP",
    "subnet-differs": "prove-network failed.*is in subnet",
    "node-in-extended-network": "prove-network failed.*is in subnet",
}
# What the recovery gets over by itself, or does not meet.
COMPLETED = (
    *("timeout-but-created", "no-id-in-answer", "password-echoed", "restore-point-echoed", "restore-point-not-echoed"),
    *("node-job-late", "late-private-ip", "backing-up-after", "cts-denied", "vpc-denied"),
    *("trace-missing", "trace-text", "trace-object", "trace-empty-request", "trace-expired"),
    *("sg-differs-ok", "delete-refused-restoring"),
)


def test_every_fault_is_in_one_of_the_tables():
    assert sorted([*REFUSED, *STOPPED, *COMPLETED]) == sorted(RECOVERY_FAULTS)


@pytest.mark.parametrize(("fault", "check"), REFUSED.items())
def test_what_can_be_seen_beforehand_refuses_the_plan_and_nothing_is_sent(world, plan_on, begin, fault, check):
    kit = world(fault)
    plan = plan_on(kit)
    assert check in {one.id for one in plan.checks if one.status == "fail"}
    with pytest.raises(ddmkit.NotReadyError, match=check):
        begin(kit, plan)
    assert kit.simulator.effective_changes() == []


@pytest.mark.parametrize(("fault", "told"), STOPPED.items())
def test_what_goes_wrong_stops_the_run_with_its_reason(world, begin, fault, told):
    kit = world(fault)
    with pytest.raises(ddmkit.DDMKitError, match=told) as caught:
        begin(kit).wait(timeout_s=60, poll_s=10, say=None, monotonic=itertools.count().__next__)  # 60 rounds
    assert len(kit.simulator.effective_restores()) == ("restore failed" in told)
    assert_nothing_lost(kit, caught.value.record.id)


@pytest.mark.parametrize("fault", COMPLETED)
def test_what_the_recovery_gets_over_leads_to_a_verified_target(world, begin, fault):
    kit = world(fault)
    run = begin(kit).wait(poll_s=1, say=None)
    assert (run.status, run.verification.passed) == ("completed", True)
    assert len(kit.simulator.effective_restores()) == 1
    assert_nothing_lost(kit, run.id)


def assert_nothing_lost(kit, run_id):
    """Assert that no source node has two new nodes, that each new instance is on the record, and no password is."""
    sources = [node.tag_values["ddmkit-source"] for node in nodes_in(kit)]
    assert len(sources) == len(set(sources))
    assert requests_to(kit, "RDS.DeleteInstance") == requests_to(kit, "DeleteDdmInstance") == []
    run = kit._context.store.get(run_id)
    assert verify_chain(run) == []
    written = run.model_dump_json()
    made = {one["id"] for one in kit.simulator.effective_changes() if one["kind"].startswith("create")}
    assert all(one in written for one in made)
    assert PASSWORD not in written
