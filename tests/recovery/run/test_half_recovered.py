"""The scenario ``half-recovered`` from end to end: one node right, one of a wrong second, one missing.

The node of the wrong second fails by name, the right one is taken with its proof, the others are recovered, and the whole
ends with a verified target.
"""

from __future__ import annotations

import pytest

import ddmkit
from ddmkit.records.recovery_reader import RecoveryReader
from tests.recovery.run.conftest import requests_to


def by_name(kit):
    """Return the ids of the source's nodes by their names."""
    facts = kit.scenario
    return {node.instance_name: node.instance_id for node in kit.related_nodes(facts.source, facts.restore_time)}


def test_the_wrong_second_fails_by_name_the_right_node_is_taken_and_the_others_are_recovered(world, plan_on, begin):
    kit = world(scenario="half-recovered")
    (right, wrong), target = kit.scenario.data_nodes, kit.scenario.target
    first, second, third = by_name(kit).values()

    refused = plan_on(kit, nodes={first: right, second: wrong}, target=target)
    (failed,) = (check for check in refused.checks if check.status == "fail")
    assert not refused.ready
    assert failed.id == f"nodes-recovered:{second}"
    assert wrong in failed.detail
    assert "1 s after" in failed.detail
    with pytest.raises(ddmkit.NotReadyError, match=failed.id):
        begin(kit, refused)
    assert kit.simulator.effective_changes() == []

    plan = plan_on(kit, nodes={first: right}, target=target)
    assert (plan.ready, plan.warnings, plan.new_instances) == (True, (), 2)
    run = begin(kit, plan).wait(poll_s=1, say=None)
    assert (run.status, run.verification.passed) == ("completed", True)
    proofs = {check.id: check for check in run.checks if check.id.startswith("nodes-recovered:")}
    assert {one.status for one in proofs.values()} == {"pass"}
    assert "audit trail" in str(proofs[f"nodes-recovered:{first}"].evidence)
    assert all("own record" in str(proofs[f"nodes-recovered:{one}"].evidence) for one in (second, third))

    point = int(kit.scenario.restore_time.timestamp() * 1000)
    sent = dict(RecoveryReader(run.record.run).intents)
    points = [data["body"]["restore_point"] for step, data in sent.items() if step.startswith("node:")]
    assert {one["instance_id"]: one["restore_time"] for one in points} == {second: point, third: point}
    assert len(requests_to(kit, "RDS.CreateInstance")) == 2
    (restored,) = kit.simulator.effective_restores()
    assert (restored["source"], restored["target"]) == (kit.scenario.source, target)
    assert set(run._view.request.data_nodes) == {right, *(run._view.node_id(one) for one in (second, third))}
    for source, node in run._view.node_ids.items():
        assert kit.simulator.contents(node) == kit.simulator.contents(source, kit.scenario.restore_time)
