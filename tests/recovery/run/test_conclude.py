"""A step that rests on checks: passed, failed, or waiting for a person."""

from __future__ import annotations

import pytest

from ddmkit.errors import NotReadyError
from ddmkit.recovery.run.conclude import checks_allow, conclude
from ddmkit.recovery.steps import PROVE_NODES, StepState
from ddmkit.restore.checks.result import CheckResult
from ddmkit.sending.log import StepLog
from tests.recovery.run.records import open_run


def result(check_id, status):
    return CheckResult(id=check_id, title="t", status=status, detail=f"{check_id} is {status}.", hint="Look.", rule="r")


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (("pass", "skip"), StepState.COMPLETED),
        (("pass", "warn"), StepState.WAITING),
        (("warn", "fail"), StepState.FAILED),
    ],
)
def test_the_worst_result_decides(tmp_path, statuses, state):
    run_id, context = open_run(tmp_path)
    conclude(run_id, PROVE_NODES, [result(f"check-{one}", one) for one in statuses], context)
    view = context.view(run_id)
    assert view.state_of(PROVE_NODES) is state
    if state is not StepState.COMPLETED:
        assert f"check-{statuses[1]} is {statuses[1]}. Look." in str(view.events_of(PROVE_NODES)[-1].data["reason"])


def test_a_warning_that_was_accepted_by_name_lets_the_step_go_on(tmp_path):
    run_id, context = open_run(tmp_path)
    warned = [result("doubt", "warn")]
    assert not checks_allow(run_id, PROVE_NODES, warned, context)
    StepLog(context.store, run_id, PROVE_NODES).append("accepted", {"operator": "ada", "accepted": ["doubt"]})
    assert checks_allow(run_id, PROVE_NODES, warned, context)


def test_a_step_that_was_freed_stays_as_it_is_when_a_check_fails(tmp_path):
    run_id, context = open_run(tmp_path)
    log = StepLog(context.store, run_id, "target")
    context.store.claim(run_id, {"claim_key": "create:n"}, step="target", claim_key="create:n")
    log.settle("freed", {"reason": "refused"})
    with pytest.raises(NotReadyError, match="Nothing was sent"):
        checks_allow(run_id, "target", [result("names-free", "fail")], context)
    assert log.read().state == "freed"
