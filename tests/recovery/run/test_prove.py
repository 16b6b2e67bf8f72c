"""The two proofs of a run, and the record of a recovery as the proof of a later restore."""

from __future__ import annotations

import pytest

import ddmkit


@pytest.fixture
def recovered(world, plan_on, begin):
    """A recovery whose nodes were made by this store; the audit trail is closed, so that only our own record can prove it."""
    kit = world("cts-denied", "refused-busy@RDS.ListJobInfoDetail*")
    return kit, begin(kit, plan_on(kit)).wait(poll_s=1, say=None)


def test_a_later_restore_onto_the_same_nodes_has_our_own_record_as_proof(world, plan_on, begin):
    kit = world("ddm-create-failed", "cts-denied", "refused-busy@RDS.ListJobInfoDetail*", scenario="half-recovered")
    run = begin(kit, plan_on(kit))
    with pytest.raises(ddmkit.JobFailedError):
        run.wait(poll_s=1, say=None)
    nodes = [step.made for step in run.steps if step.step.startswith("node:")]
    facts = kit.scenario
    plan = kit.plan(source=facts.source, target=facts.target, data_nodes=nodes, restore_time=facts.restore_time)
    (found,) = (check for check in plan.checks if check.id == "nodes-recovered")
    assert (found.status, "own record" in str(found.evidence)) == ("pass", True), found


def test_the_proofs_of_a_run_name_what_was_tried_and_what_was_read(recovered):
    _, run = recovered
    proved = {event.data["step"]: event.data for event in run.record.events if event.kind == "step-proved"}
    assert any("audit trail" in one["what"] for one in proved["prove-nodes"]["tried"])
    assert proved["prove-nodes"]["reads"]
    assert proved["prove-network"]["reads"]
    assert {check["status"] for check in proved["prove-network"]["checks"]} == {"pass"}


def test_a_node_of_another_second_fails_the_proof_and_the_metadata_are_not_restored(world, plan_on, begin):
    kit = world("wrong-time", "restore-point-not-echoed*")
    with pytest.raises(ddmkit.JobFailedError, match="prove-nodes failed"):
        begin(kit, plan_on(kit)).wait(poll_s=1, say=None)
    assert kit.simulator.effective_restores() == []
