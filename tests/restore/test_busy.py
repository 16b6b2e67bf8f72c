"""A target that is claimed already: the same restore is followed, another one is refused with its owner's name."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ddmkit.errors import BusyError, RecordError
from ddmkit.records.runs import Claim, ClaimConflict, Owner, RunState
from ddmkit.restore.busy import require_free_target, yield_to_first
from tests.restore.builders import NOW
from tests.restore.test_plan import plan_for

PLAN = plan_for()
GRACE = Owner("grace", "desk-2", 8)


class Store:
    """A store in which one other run exists; it notes what is settled."""

    def __init__(self, digest, state=RunState.RUNNING, *, step="", broken=False):
        self.first = Claim("r-1", GRACE, NOW, step)
        self._header, self._state = SimpleNamespace(digest=digest, target_name="orders-new"), state
        self._broken, self.settled = broken, []

    def get(self, run_id):
        return SimpleNamespace(id=run_id, header=self._header, state=self._state)

    def holder(self, project_id, target_id):
        return self.first

    def settle(self, run_id, kind, facts):
        if self._broken:
            raise RecordError("the disk is full")
        self.settled.append((run_id, kind, facts["run"]))


def conflict(store):
    return ClaimConflict("was first", reason="target", claim=store.first)


def context(store):
    return SimpleNamespace(store=store, now=lambda: NOW)


def test_the_same_restore_is_followed_and_this_run_is_closed():
    store = Store(PLAN.digest)
    assert yield_to_first(PLAN, "r-2", context(store), conflict(store)) == "r-1"
    assert store.settled == [("r-2", "refused", "r-1")]


def test_another_thread_that_sends_this_very_run_is_waited_for():
    store = Store("other")
    assert yield_to_first(PLAN, "r-1", context(store), conflict(store)) == "r-1"
    assert store.settled == []


@pytest.mark.parametrize(
    ("store", "release"),
    [
        (Store("other"), "kit.release('r-1', reason=..., confirm='orders-new')"),
        (Store("other", step="restore"), "confirm='orders-new', step='restore')"),
        (Store(PLAN.digest, RunState.COMPLETED), "kit.resume('r-1')"),
    ],
)
def test_another_restore_is_refused_with_its_owner_and_the_way_out(store, release):
    with pytest.raises(BusyError, match=r"run r-1, \w+, by grace@desk-2 \(process 8\)") as caught:
        yield_to_first(PLAN, "r-2", context(store), conflict(store))
    assert "Nothing was sent." in str(caught.value)
    assert release in str(caught.value)
    assert (caught.value.record, caught.value.started) == ("r-2", False)
    assert store.settled == [("r-2", "refused", "r-1")]


def test_a_refusal_that_cannot_be_recorded_is_raised_all_the_same():
    with pytest.raises(BusyError, match="could not be written to the record: the disk is full"):
        require_free_target(PLAN, "r-2", context(Store("other", broken=True)))


def test_only_another_restore_keeps_a_plan_from_its_target():
    require_free_target(PLAN, "r-2", context(Store(PLAN.digest)))
    with pytest.raises(BusyError):
        require_free_target(PLAN, "r-2", context(Store("other")))
