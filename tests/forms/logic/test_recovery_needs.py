"""What a recovery needs of a person, by how its steps stand."""

import pytest

from ddmkit.forms.logic.recovery_needs import NeedKind, describe_progress, find_need, undecided_step
from ddmkit.recovery.run.drive import StepStanding
from ddmkit.restore.checks.result import CheckResult

WARNING = CheckResult(id="same-network:a", title="Network", status="warn", detail="Not read.", rule="")


def step(state, name="node:a", **changes):
    return StepStanding(step=name, title=f"Recover {name}", state=state, **changes)


@pytest.mark.parametrize(
    ("steps", "warnings", "is_old", "kind", "name", "password"),
    [
        ([step("waiting", "prove-network")], [WARNING], False, NeedKind.ACCEPT, False, False),
        ([step("waiting")], [], False, NeedKind.PASSWORD, False, True),
        ([step("failed", may_be_sent_again=True)], [], False, NeedKind.SEND_AGAIN, True, True),
        ([step("released", "target", may_be_sent_again=True)], [], False, NeedKind.SEND_AGAIN, True, False),
        ([step("failed", "restore")], [], False, NeedKind.GIVE_UP, False, False),
        ([step("planned")], [], True, NeedKind.CONFIRM, True, False),
    ],
)
def test_the_first_need_says_what_has_to_be_typed(steps, warnings, is_old, kind, name, password):
    need = find_need([step("completed", "target"), *steps], warnings, is_old=is_old)
    assert (need.kind, need.asks_name, need.asks_password) == (kind, name, password)
    assert bool(need.button) is (kind is not NeedKind.GIVE_UP)


def test_a_recovery_that_goes_on_needs_nobody():
    assert find_need([step("running"), step("planned", "target")], []) is None


def test_an_undecided_step_is_found_and_progress_is_told_in_a_sentence():
    steps = [step("completed", "node:a"), step("unknown", "target"), step("running", "node:b")]
    assert undecided_step(steps).step == "target"
    assert undecided_step(steps[:1]) is None
    assert describe_progress(steps, "running") == "1 of 3 steps completed. Now: Recover node:b."
    assert describe_progress(steps, "unknown") == "1 of 3 steps completed."
