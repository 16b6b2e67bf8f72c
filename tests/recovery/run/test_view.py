"""What the record says about a recovery: states, ids, the request that follows from them, and what a person accepted."""

from __future__ import annotations

import json

import pytest

from ddmkit.errors import RecordError
from ddmkit.records.events import canonical_json, chain_event
from ddmkit.records.runs import RunData, RunHeader
from ddmkit.recovery.run.decide import may_be_sent_again
from ddmkit.recovery.run.drive import describe_steps, offers_of, what_stops
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import PROVE_NETWORK, PROVE_NODES, RESTORE, TARGET, StepState
from ddmkit.times import to_ms
from tests.recovery.builders import NOW, POINT, choice, plan

A, B = "node:old-a", "node:old-b"


def view(*told, made=None, kind="recovery"):
    recorded = json.loads(canonical_json((made or plan()).for_record()))
    header = RunHeader(plan_id="p-1", digest="d", project_id="p", source_id="s", target_id="t", kind=kind)
    events = tuple(
        chain_event(seq=number, at=NOW, kind=name, data=data, prev_sha256="")
        for number, (name, data) in enumerate((("planned", recorded), *told), 1)
    )
    return RecoveryView(RunData(id="r-20260520-093000-abcdef", service="s", created=NOW, header=header, events=events))


def sent(step):
    return "step-intent", {"step": step, "body": None}


def answered(step, **ids):
    return "step-answered", {"step": step, **ids}


def ended(step, kind="completed", **facts):
    return f"step-{kind}", {"step": step, **facts}


def test_a_record_of_a_restore_is_no_recovery():
    with pytest.raises(RecordError, match="not of a recovery"):
        view(kind="restore")


def test_the_states_and_what_may_start_follow_from_the_events():
    assert view().ready_steps == (A,)
    assert view(sent(A)).states[A] is StepState.SENDING
    running = view(sent(A), answered(A, instance_id="new-a", job_id="j"))
    assert running.states[A] is StepState.RUNNING
    assert running.ready_steps == (B,)
    assert view(sent(A), ended(A, "freed", reason="busy")).ready_steps == ()


def test_ids_come_from_the_answer_or_from_the_job():
    late = view(sent(A), answered(A, job_id="j"), ended(A, job={"id": "j", "instance_id": "new-a"}))
    assert late.node_id("old-a") == "new-a"
    assert late.node_id("old-b") == ""
    assert late.request is None


def test_the_request_is_made_of_ids_that_this_run_made_or_was_given():
    done = view(answered(A, instance_id="new-a"), answered(B, instance_id="new-b"), answered(TARGET, instance_id="new-t"))
    assert (done.request.target_instance_id, done.request.data_nodes) == ("new-t", ("new-a", "new-b"))
    assert done.request.restore_time_ms == to_ms(POINT)
    taken = view(answered(B, instance_id="new-b"), made=plan(choice(existing={"old-a": "mine"}, target_id="target-1")))
    assert taken.request.data_nodes == ("mine", "new-b")


def test_a_warning_waits_for_its_name():
    check = {"id": "same-network:old-a", "title": "t", "status": "warn", "detail": "unread", "hint": "compare"}
    told = (
        ended(PROVE_NETWORK, "proved", checks=[check]),
        ended(PROVE_NETWORK, "waiting", checks=[check["id"]], reason="unread"),
    )
    waiting = view(*told)
    assert [one.id for one in waiting.open_warnings] == ["same-network:old-a"]
    problem, is_for_a_person = what_stops(waiting)
    assert is_for_a_person
    assert "kit.accept" in problem
    accepted = view(*told, ended(PROVE_NETWORK, "accepted", accepted=[check["id"]]))
    assert accepted.open_warnings == ()
    assert "same-network:old-a" in accepted.accepted
    assert next(one for one in accepted.checks if one.id == check["id"]).status == "warn"


def test_a_refused_step_is_shown_as_failed_with_its_reason():
    refused = view(sent(A), ended(A, "freed", reason="the source is busy"))
    first = describe_steps(refused)[0]
    assert (first.state, first.reason) == ("failed", "the source is busy")
    problem, is_for_a_person = what_stops(refused)
    assert not is_for_a_person
    assert "send_again" in problem


@pytest.mark.parametrize("name", [A, TARGET, RESTORE])
def test_advice_to_send_again_is_given_only_for_a_step_that_would_be_sent_again(name):
    made = answered(B, instance_id="new-b"), ended(B)
    failed = view(*made, sent(name), ended(name, "failed", reason="its job failed"))
    problem, _ = what_stops(failed)
    assert ("send_again" in problem, may_be_sent_again(failed, name)) == (False, False)
    assert "kit.plan_abandon('r-1', keep=['new-b'])" in problem.replace(failed.run.id, "r-1")


def test_in_a_run_that_is_given_up_nothing_else_begins_or_is_sent_again():
    told = (sent(A), ended(A, "freed", reason="busy"), ended(A, "accepted"), sent("delete:new-t"))
    assert view(*told[:-1]).ready_steps == (A,)
    assert view(*told).ready_steps == ()
    assert "being given up" in what_stops(view(*told))[0]
    released = (sent(A), ended(A, "released"))
    assert may_be_sent_again(view(*released), A)
    given_up = view(*released, ("run-abandoned", {}))
    assert not may_be_sent_again(given_up, A)
    assert what_stops(given_up) == ("The recovery was given up: nothing more is sent for it.", False)


def test_the_plan_of_a_record_is_read_once():
    first = view()
    assert RecoveryView(first.run).plan is first.plan
    other = view(made=plan(choice(throwaway=True)))
    assert (first.plan.throwaway, other.plan.throwaway) == (False, True)


def test_steps_that_were_added_stand_last():
    done = view(ended(RESTORE), ended("source-read-only"), ended(PROVE_NODES, checks={"a": "pass", "b": "warn"}))
    steps = describe_steps(done)
    assert steps[-1].step == "source-read-only"
    assert next(one.proof for one in steps if one.step == PROVE_NODES) == "1 of 2 passed, 1 accepted"
    assert [offer.id for offer in offers_of(done)] == ["lift-read-only"]
