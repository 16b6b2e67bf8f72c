"""The metadata restore as a step: only with the ids of the run, and with the proofs of each node in place of the bare ones."""

from __future__ import annotations

import pytest

from ddmkit.errors import RecordError
from ddmkit.recovery.run.metadata import _with_proofs, restore_step_of, send_restore
from ddmkit.recovery.steps import PROVE_NODES
from ddmkit.restore.checks.result import CheckResult
from ddmkit.sending.log import StepLog
from tests.recovery.run.records import open_run


def result(check_id, status):
    return CheckResult(id=check_id, title="t", status=status, detail="d")


def test_without_the_ids_of_target_and_nodes_nothing_is_planned(tmp_path):
    run_id, context = open_run(tmp_path)
    with pytest.raises(RecordError, match="does not have the ids of the target and of every node yet"):
        send_restore(run_id, context)
    with pytest.raises(RecordError, match="holds no plan of the metadata restore"):
        restore_step_of(context.view(run_id), context)
    assert context.view(run_id).events_of("restore") == ()


def test_the_proofs_of_each_node_stand_in_place_of_those_of_all_together(tmp_path):
    run_id, context = open_run(tmp_path)
    proved = result("nodes-recovered:old-a", "pass").model_dump(mode="json")
    StepLog(context.store, run_id, PROVE_NODES).append("proved", {"checks": [proved]})
    fresh = [result("nodes-recovered", "warn"), result("same-network", "warn"), result("target-empty", "pass")]
    found = {check.id: check.status for check in _with_proofs(fresh, context.view(run_id))}
    assert found["nodes-recovered:old-a"] == "pass"
    assert "target-empty" in found
    assert {"nodes-recovered", "same-network"}.isdisjoint(found)
