"""Runs of several steps: the states of the steps, the state of the run, and what the store allows each step."""

from __future__ import annotations

import itertools

import pytest

from ddmkit.errors import RecordError
from ddmkit.records import ClaimConflict, RecordStore, RunState, verify_chain
from ddmkit.records.events import chain_event
from ddmkit.records.steps import (
    STEP_STATE_AFTER,
    events_of_step,
    ids_made,
    last_intent,
    names_of_planned_steps,
    split_by_step,
    state_after,
    state_of_step,
    state_of_steps,
    states_of_steps,
    without_prefix,
)

PLAN = {"steps": [{"name": "node:a"}, {"name": "node:b"}, {"name": "restore"}]}
DONE = ("node:a", "node:b", "restore")


def events(*happened):
    """Make a run's events from kinds and (kind, step) pairs; the first is the plan."""
    made = [("planned", PLAN)]
    made += [(one, {}) if isinstance(one, str) else (f"step-{one[0]}", {"step": one[1]}) for one in happened]
    return tuple(
        chain_event(seq=number, at="2025-05-20T10:12:32.000Z", kind=kind, data=data, prev_sha256="")
        for number, (kind, data) in enumerate(made, 1)
    )


def all_done():
    return [("completed", name) for name in DONE]


def test_one_pass_finds_for_every_step_what_a_pass_for_each_finds():
    happened = [("intent", "node:a"), "run-running", ("answered", "node:a"), ("intent", "node:b"), ("noted", "node:a")]
    made = events(*happened, ("freed", "node:b"), ("intent", "delete:x"))
    found = split_by_step(made)
    assert list(found) == ["node:a", "node:b", "delete:x"]
    for name, own in found.items():
        assert without_prefix(own) == events_of_step(made, name)
        assert state_after(without_prefix(own), is_step=True) is state_of_step(made, name)
    assert state_after(made, is_step=False) is RunState.RUNNING
    assert state_after((), is_step=True) is RunState.OPENED
    strange = made[1].model_copy(update={"data": {"step": ["node:a"]}})
    assert split_by_step([strange]) == {}


@pytest.mark.parametrize(
    ("happened", "state"),
    [
        ([], None),
        (["confirmed"], None),
        ([("proved", "node:a")], None),
        ([("intent", "node:a")], "unknown"),
        ([("answered", "node:a")], "running"),
        ([("answered", "node:a"), ("intent", "node:b")], "unknown"),
        ([("answered", "node:a"), ("failed", "node:b")], "running"),
        ([("unknown", "node:a"), ("failed", "node:b")], "unknown"),
        ([("completed", "node:a"), ("failed", "node:b")], "stopped"),
        ([("completed", "node:a"), ("freed", "node:b")], "stopped"),
        ([("completed", "node:a"), ("freed", "node:b"), ("waiting", "restore")], "stopped"),
        ([("completed", "node:a"), ("released", "node:b")], "waiting"),
        ([("completed", "node:a"), ("waiting", "node:b")], "waiting"),
        ([("waiting", "node:a"), ("accepted", "node:a")], "running"),
        ([("completed", "node:a")], "running"),
        (all_done(), "completed"),
        ([*all_done(), ("intent", "administrator")], "unknown"),
        ([*all_done(), ("answered", "administrator")], "running"),
        ([*all_done(), ("failed", "administrator")], "completed"),
        ([("failed", "node:a"), "run-abandoned"], "abandoned"),
        ([("failed", "node:a"), "run-abandoned", ("answered", "node:a")], "running"),
    ],
)
def test_the_state_of_a_run_follows_from_its_steps(happened, state):
    assert state_of_steps(events(*happened)) == state


def test_the_order_of_what_happens_to_different_steps_does_not_matter():
    happened = [("failed", "node:a"), ("waiting", "node:b"), ("completed", "restore")]
    assert {state_of_steps(events(*order)) for order in itertools.permutations(happened)} == {RunState.STOPPED}


def test_each_step_has_its_own_state_and_events():
    run = events(("intent", "node:a"), ("answered", "node:a"), ("intent", "administrator"))
    assert states_of_steps(run) == {"node:a": "running", "node:b": "opened", "restore": "opened", "administrator": "sending"}
    assert [one.kind for one in events_of_step(run, "node:a")] == ["intent", "answered"]
    assert state_of_step(run, "node:b") == "opened"
    assert last_intent(run, "administrator").seq == 4
    assert last_intent(run, "restore") is None
    assert names_of_planned_steps(run) == DONE


def test_a_restore_is_a_run_of_one_step_without_a_name(restored):
    assert events_of_step(restored.events, "") == restored.events
    assert state_of_step(restored.events, "") == restored.state == "completed"
    assert state_of_steps(restored.events) is None
    assert last_intent(restored.events, "").seq == 3


@pytest.mark.parametrize("plan", [{}, {"steps": "none"}, {"steps": ["a", {"name": 7}, {}]}])
def test_a_plan_from_a_stranger_names_no_steps(plan):
    planned = chain_event(seq=1, at="2025-05-20T10:12:32.000Z", kind="planned", data=plan, prev_sha256="")
    assert names_of_planned_steps((planned,)) == ()


@pytest.mark.parametrize(
    ("data", "ids"),
    [
        ({"job_id": "j", "instance_id": "i"}, ("j", "i")),
        ({"job_id": ""}, ()),
        ({"job_id": 7}, ()),
        ({"instance_id": "i"}, ("i",)),
    ],
)
def test_what_a_request_made_is_its_job_and_its_instance(data, ids):
    assert ids_made(data) == ids


def test_every_state_of_a_step_has_a_kind():
    assert set(STEP_STATE_AFTER.values()) >= set(RunState) - {"stopped", "abandoned"}


# In the store ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def recovery(header):
    def make(plan_id="recovery-1", **changes):
        return header(plan_id, **{"kind": "recovery", "target_id": "new:shop-7f3a", **changes})

    return make


@pytest.fixture
def run_id(store, recovery):
    begun = store.begin(recovery(), claim_key="recovery:source-1")
    store.append(begun, "planned", PLAN)
    return begun


def claim(store, run_id, step="node:a", **options):
    return store.claim(run_id, {"body": {}}, step=step, claim_key=f"key-of-{step}", **options)


def kinds(store, run_id):
    return [event.kind for event in store.get(run_id).events]


def test_events_of_steps_have_kinds_of_their_own_and_a_marker_follows_each_change_of_the_run(store, run_id):
    claim(store, run_id)
    store.append(run_id, "answered", {"job_id": "job-1", "instance_id": "new-a"}, step="node:a")
    store.append(run_id, "polled", {"status": "BUILD"}, step="node:a")
    store.settle(run_id, "completed", {}, step="node:a")
    assert kinds(store, run_id) == [
        *("opened", "planned", "step-intent", "run-unknown", "step-answered", "run-running", "step-polled", "step-completed")
    ]
    run = store.get(run_id)
    assert verify_chain(run) == []
    assert (run.state, run.job_id, store.list()[0].state) == ("running", "", "running")
    assert {event.data["step"] for event in run.events if event.kind.startswith("step-")} == {"node:a"}
    assert store.owned_ids() == {"job-1", "new-a"}


def test_the_kind_of_a_run_is_listed_and_asked_for(store, run_id, header):
    other = store.begin(header())
    assert [(one.id, one.header.kind) for one in store.list()] == [(other, "restore"), (run_id, "recovery")]
    assert [one.id for one in store.list(kind="recovery")] == [run_id]
    assert "kind" not in store.get(other).header.model_dump()


def test_a_run_holds_its_own_key_until_it_has_completed(store, run_id, recovery):
    with pytest.raises(ClaimConflict, match="recovery:source-1 is not free") as caught:
        store.begin(recovery("recovery-2"), claim_key="recovery:source-1")
    assert caught.value.run_id == run_id
    assert store.begin(recovery(), claim_key="recovery:source-1") == run_id
    for name in DONE:
        store.settle(run_id, "completed", {}, step=name)
    assert kinds(store, run_id)[-1] == "run-completed"
    assert store.holder_of_key("project-1", "recovery:source-1") is None
    store.begin(recovery("recovery-2"), claim_key="recovery:source-1")


def test_a_run_that_was_refused_before_anything_was_sent_frees_its_key_and_takes_it_again(store, run_id, recovery):
    store.settle(run_id, "refused", {"reason": "not confirmed"})
    assert store.holder_of_key("project-1", "recovery:source-1") is None
    assert store.begin(recovery(), claim_key="recovery:source-1") == run_id
    assert store.holder_of_key("project-1", "recovery:source-1").run_id == run_id


def test_a_step_is_sent_once(store, run_id):
    claim(store, run_id)
    with pytest.raises(ClaimConflict, match="Step node:a of plan recovery-1 has been sent already") as caught:
        claim(store, run_id)
    assert (caught.value.reason, caught.value.step) == ("plan", "node:a")
    claim(store, run_id, step="node:b")


def test_steps_of_different_runs_that_change_the_same_exclude_each_other(store, run_id, recovery):
    other = store.begin(recovery("recovery-2"))
    claim(store, run_id)
    with pytest.raises(ClaimConflict, match=r"node:a is not free: run \S+ \(step node:a\)") as caught:
        claim(store, other)
    assert caught.value.run_id == run_id
    store.append(run_id, "answered", {"job_id": "job-1"}, step="node:a")
    store.settle(run_id, "failed", {}, step="node:a")
    claim(store, other)


def test_the_restore_of_a_recovery_and_a_restore_alone_exclude_each_other(store, run_id, header):
    store.claim(run_id, step="restore", claim_key="restore:target-1")
    alone = store.begin(header())
    with pytest.raises(ClaimConflict, match="A restore to shop-restored is open") as caught:
        store.claim(alone)
    assert (caught.value.run_id, caught.value.step) == (run_id, "restore")
    store.settle(run_id, "freed", {}, step="restore")
    store.claim(alone)
    with pytest.raises(ClaimConflict):
        store.claim(run_id, step="restore", claim_key="restore:target-1", again=True)


@pytest.mark.parametrize("end", ["freed", "released"])
def test_a_step_that_started_nothing_is_sent_again_only_when_a_person_says_so(store, run_id, end):
    claim(store, run_id)
    store.settle(run_id, end, {}, step="node:a")
    assert kinds(store, run_id)[-1] == ("run-stopped" if end == "freed" else "run-waiting")
    with pytest.raises(ClaimConflict, match="was sent before") as caught:
        claim(store, run_id)
    assert (caught.value.run_id, caught.value.step) == (run_id, "node:a")
    claim(store, run_id, again=True)
    assert store.get(run_id).state == "unknown"
    with pytest.raises(RecordError, match="was not sent before"):
        claim(store, run_id, step="node:b", again=True)


def test_a_step_that_failed_is_not_sent_again(store, run_id):
    claim(store, run_id)
    store.append(run_id, "answered", {"job_id": "job-1"}, step="node:a")
    store.settle(run_id, "failed", {}, step="node:a")
    with pytest.raises(ClaimConflict, match="has been sent already"):
        claim(store, run_id, again=True)


def test_a_decision_about_an_older_request_of_a_step_is_refused(store, run_id):
    first = claim(store, run_id)
    claim(store, run_id, step="node:b")
    store.settle(run_id, "released", {}, step="node:a", of_intent=first.seq)
    claim(store, run_id, again=True)
    with pytest.raises(RecordError, match="sent once more meanwhile"):
        store.settle(run_id, "released", {}, step="node:a", of_intent=first.seq)


def test_a_late_answer_of_a_step_opens_it_again_and_takes_its_key_back(store, run_id):
    claim(store, run_id)
    store.settle(run_id, "released", {}, step="node:a")
    store.append(run_id, "answered", {"job_id": "job-1"}, step="node:a")
    assert store.holder_of_key("project-1", "key-of-node:a").step == "node:a"
    assert store.get(run_id).state == "running"
    store.append(run_id, "unknown", {}, step="node:a")
    store.settle(run_id, "completed", {}, step="node:a")
    store.append(run_id, "answered", {"job_id": "job-1"}, step="node:a")
    late = [kind for kind in kinds(store, run_id) if kind.startswith("step-late")]
    assert late == ["step-late-unknown", "step-late-answered"]


def test_an_instance_belongs_to_one_run(store, run_id, recovery):
    other = store.begin(recovery("recovery-2"))
    claim(store, run_id)
    store.append(run_id, "answered", {"job_id": "job-1"}, step="node:a")
    store.append(run_id, "made", {"instance_id": "new-a"}, step="node:a")
    claim(store, other, step="node:b")
    with pytest.raises(RecordError, match="new-a belongs to a record already"):
        store.append(other, "adopted", {"instance_id": "new-a"}, step="node:b")
    with pytest.raises(RecordError, match="no job was adopted"):
        store.append(run_id, "adopted", {"instance_id": "new-c"}, step="node:a")


def test_a_proof_completes_without_a_request_and_may_be_tried_again(store, run_id):
    store.settle(run_id, "failed", {"reason": "another instant"}, step="node:a")
    assert store.get(run_id).state == "stopped"
    store.settle(run_id, "completed", {}, step="node:a")
    assert store.get(run_id).state == "running"
    with pytest.raises(RecordError, match=r"Step node:b of run .* is opened, so it cannot end as released"):
        store.settle(run_id, "released", {}, step="node:b")


def test_a_closed_step_keeps_its_first_end(store, run_id):
    claim(store, run_id)
    first = store.settle(run_id, "released", {"reason": "one"}, step="node:a")
    assert store.settle(run_id, "released", {"reason": "two"}, step="node:a") == first


def test_a_run_is_given_up_when_nothing_of_it_is_on_its_way(store, run_id, header, recovery):
    claim(store, run_id)
    with pytest.raises(RecordError, match="these are open: node:a"):
        store.abandon(run_id)
    store.settle(run_id, "released", {}, step="node:a")
    assert store.abandon(run_id, {"deleted": []}).kind == "run-abandoned"
    assert store.get(run_id).state == "abandoned"
    with pytest.raises(RecordError, match="was given up"):
        claim(store, run_id, again=True)
    store.begin(recovery("recovery-2"), claim_key="recovery:source-1")
    with pytest.raises(RecordError, match="single restore"):
        store.abandon(store.begin(header()))


def delete(store, run_id, instance_id="target-1"):
    return store.claim(run_id, step=f"delete:{instance_id}", claim_key=f"delete:{instance_id}")


def test_nothing_is_deleted_while_a_request_of_the_run_may_be_on_its_way(store, run_id):
    claim(store, run_id)
    with pytest.raises(RecordError, match=r"Nothing was deleted: .* these steps are open: node:a"):
        delete(store, run_id)
    store.append(run_id, "answered", {"job_id": "job-1"}, step="node:a")
    delete(store, run_id)


def test_after_a_deletion_only_deletions_are_sent(store, run_id):
    delete(store, run_id)
    for again in (False, True):
        with pytest.raises(RecordError, match="is being given up: a deletion was sent"):
            claim(store, run_id, again=again)
    with pytest.raises(RecordError, match="is being given up"):
        store.claim(run_id, step="restore", claim_key="restore:target-1")
    store.settle(run_id, "freed", {}, step="delete:target-1")
    with pytest.raises(RecordError, match="is being given up"):
        claim(store, run_id)


def test_a_target_is_not_deleted_during_a_restore_to_it_nor_restored_to_during_its_deletion(store, run_id, header):
    alone = store.begin(header())
    store.claim(alone)
    with pytest.raises(ClaimConflict, match="delete:target-1 is not free") as caught:
        delete(store, run_id)
    assert caught.value.run_id == alone
    store.settle(alone, "freed", {})
    delete(store, run_id)
    with pytest.raises(ClaimConflict, match="restore:target-1 is not free") as caught:
        store.claim(alone)
    assert caught.value.run_id == run_id


@pytest.mark.parametrize("kind", ["run-completed", "step-answered", "completed", "intent"])
def test_markers_and_ends_are_not_appended_by_hand(store, run_id, kind):
    with pytest.raises(ValueError, match="is not appended"):
        store.append(run_id, kind, {}, step="node:a")


def test_a_step_names_its_key_and_a_restore_does_not(store, run_id):
    with pytest.raises(ValueError, match="a step claims a key"):
        store.claim(run_id, step="node:a")
    with pytest.raises(ValueError, match="a step claims a key"):
        store.claim(run_id, claim_key="node:a")


def test_a_run_of_several_steps_moves_with_its_rights(store, run_id, tmp_path, clock):
    claim(store, run_id)
    store.append(run_id, "answered", {"job_id": "job-1", "instance_id": "new-a"}, step="node:a")
    claim(store, run_id, step="node:b")
    store.settle(run_id, "released", {}, step="node:b")
    with RecordStore.open(tmp_path / "new.sqlite", service="ddm.example.com", clock=clock) as other:
        store.migrate_to(other)
        assert other.get(run_id) == store.get(run_id)
        assert other.owned_ids() == {"job-1", "new-a"}
        held = {
            key: other.holder_of_key("project-1", key) for key in ("recovery:source-1", "key-of-node:a", "key-of-node:b")
        }
        assert [one and one.step for one in held.values()] == ["", "node:a", None]
        with pytest.raises(ClaimConflict):
            claim(other, run_id)
        claim(other, run_id, step="node:b", again=True)


def test_an_imported_run_of_several_steps_decides_nothing(store, run_id, tmp_path, clock):
    claim(store, run_id)
    store.append(run_id, "answered", {"job_id": "job-1"}, step="node:a")
    with RecordStore.open(tmp_path / "new.sqlite", service="ddm.example.com", clock=clock) as other:
        other.import_runs([store.get(run_id)])
        assert other.owned_ids() == set()
        assert other.holder_of_key("project-1", "key-of-node:a") is None
        for attempt in (
            lambda: claim(other, run_id, step="node:b"),
            lambda: other.append(run_id, "adopted", {"instance_id": "x"}, step="node:a"),
            lambda: other.settle(run_id, "released", {}, step="node:a"),
            lambda: other.abandon(run_id),
        ):
            with pytest.raises(RecordError, match="was imported from a file"):
                attempt()
