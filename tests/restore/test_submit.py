"""Submitting: refused before anything is sent, sent at most once, on the record; the answers have a file of their own."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import timedelta

import httpx
import pytest

from ddmkit.errors import (
    AuthError,
    BusyError,
    InputError,
    NotConfirmedError,
    NotReadyError,
    UnknownOutcomeError,
)
from ddmkit.records.events import canonical_json
from ddmkit.restore.preflight import CHECKS
from tests.restore.steps import (
    UNPROVED,
    effective,
    finish,
    kinds,
    plan_for,
    sent,
    status_of,
    submit,
)

# What happens in the world between the plan and its submit, and the check that has to see it.
FOR_THE_WORSE = {
    "a schema on the target": (
        lambda w, s: w.add_schema(s.target, "clicks", data_nodes=[w.add_data_node()]),
        "target-empty",
    ),
    "an account on the target": (lambda w, s: w.add_account(s.target, "intruder"), "target-empty"),
    "a frozen target": (lambda w, s: w.set_instance(s.target, status="FROZEN"), "target-available"),
    "an older target": (lambda w, s: w.set_instance(s.target, engine_version="3.0.7"), "target-version"),
    "a deleted target": (lambda w, s: w.delete_instance(s.target), "target-available"),
    "a job on the target": (lambda w, s: w.add_job(s.target), "instances-idle"),
    "a job on the source": (lambda w, s: w.add_job(s.source), "instances-idle"),
    "a data node taken": (lambda w, s: w.attach(w.add_instance("other"), s.data_nodes[0]), "nodes-available"),
    "a data node ill": (lambda w, s: w.set_data_node(s.data_nodes[0], status="abnormal"), "nodes-available"),
    "a data node read-only": (lambda w, s: w.set_data_node(s.data_nodes[1], read_only=True), "nodes-available"),
}


# Carried out ----------------------------------------------------------------------------------------------------------


def test_a_plan_that_was_read_and_confirmed_starts_exactly_the_restore_it_showed(kit):
    plan = plan_for(kit)
    job = submit(kit, plan, purpose="rehearsal", ticket="INC-7")
    (started,) = kit.simulator.effective_restores()
    assert started["body"] == plan.request.body()
    assert started["source"] == kit.scenario.source
    assert (job.id, job.status) == (started["job_id"], "running")
    assert sent(kit) == 1


@pytest.mark.parametrize("point", ["backup_id", "restore_time"])
def test_what_is_shown_and_recorded_is_byte_for_byte_what_leaves(kit, monkeypatch, point):
    left = []
    send = httpx.HTTPTransport.handle_request

    def note_and_send(transport, request):
        left.append((request.method, request.url.raw_path.decode(), request.read()))
        return send(transport, request)

    plan = plan_for(kit, **({} if point == "backup_id" else {"restore_time": kit.scenario.restore_time}))
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", note_and_send)
    job = submit(kit, plan)
    (request,) = [one for one in kit.simulator.requests if one.operation == "RestoreMetadata"]
    ((method, path, body),) = [one for one in left if one[0] == "POST"]
    assert (method, path, body) == (request.method, request.path, plan.call.body)
    (started,) = kit.simulator.effective_restores()
    assert started["body"] == json.loads(body)

    intent = job.record.last("intent").data
    assert (intent["method"], intent["path"]) == (method, path)
    assert canonical_json(intent["body"]) == canonical_json(json.loads(body))
    assert intent["body_sha256"] == hashlib.sha256(body).hexdigest()
    assert f"{method} {path}" in plan.show().text
    assert body.decode() in plan.show().text.replace("\n", "").replace(" ", "")


def test_every_step_is_on_the_record_before_and_after_it(open_kit):
    kit = open_kit(faults=UNPROVED)
    job = submit(kit, plan_for(kit), purpose="rehearsal", ticket="INC-7")
    assert kinds(job.record) == ["opened", "planned", "confirmed", "checked", "intent", "answered"]
    header = job.record.header
    assert (header.operator, header.purpose, header.ticket) == ("ada", "rehearsal", "INC-7")
    confirmed = job.record.last("confirmed").data
    assert confirmed["accepted"] == ["nodes-recovered", "same-network"]
    assert confirmed["target"] == "ddm-restore-target"
    assert len(job.record.last("checked").data["checks"]) == len(CHECKS)
    intent = job.record.last("intent").data
    assert intent["body"] == kit.simulator.effective_restores()[0]["body"]
    assert intent["audit_trace"] == "restoreMetaData"
    assert job.record.last("answered").data["request_id"]
    assert job.record.verify() == []


def test_a_restore_to_a_time_sends_integer_milliseconds(kit):
    submit(kit, plan_for(kit, restore_time=kit.scenario.restore_time))
    (started,) = kit.simulator.effective_restores()
    assert isinstance(started["body"]["source"]["restore_time"], int)


# Refused before anything is sent --------------------------------------------------------------------------------------


def test_a_plan_that_is_not_ready_is_refused_with_its_checks_and_leaves_a_record(kit):
    plan = plan_for(kit, data_nodes=kit.scenario.data_nodes[:1])
    with pytest.raises(NotReadyError, match="nodes-count") as caught:
        submit(kit, plan)
    assert caught.value.checks == plan.checks
    assert caught.value.record.state == "refused"
    assert "nodes-count" in caught.value.record.last("refused").data["reason"]
    assert sent(kit) == 0


@pytest.mark.parametrize("confirm", ["", "DDM-RESTORE-TARGET", "ddm-restore-target ", "ddm-orders-prod"])
def test_the_name_of_the_target_has_to_be_typed_exactly(kit, confirm):
    with pytest.raises(NotConfirmedError, match="confirm='ddm-restore-target'") as caught:
        submit(kit, plan_for(kit), confirm=confirm)
    assert len(caught.value.missing) == 1
    assert caught.value.record.state == "refused"
    assert sent(kit) == 0


def test_a_restore_whose_proofs_were_found_needs_no_acceptance(kit):
    plan = plan_for(kit)
    assert plan.warnings == ()
    job = submit(kit, plan, accept=[])
    assert job.record.last("confirmed").data["accepted"] == []
    checks = {one["id"]: one for one in job.record.last("checked").data["checks"]}
    assert {checks[one]["status"] for one in ("nodes-recovered", "same-network")} == {"pass"}
    assert "audit trail, trace" in checks["nodes-recovered"]["evidence"][0]


@pytest.mark.parametrize("left_out", ["same-network", "nodes-recovered"])
def test_every_warning_has_to_be_accepted_by_its_id(open_kit, left_out):
    kit = open_kit(faults=UNPROVED)
    plan = plan_for(kit)
    with pytest.raises(NotConfirmedError, match=f"accept='{left_out}'") as caught:
        submit(kit, plan, accept=[one for one in plan.warnings if one != left_out])
    assert len(caught.value.missing) == 1
    assert sent(kit) == 0


def test_everything_that_is_missing_is_said_at_once(open_kit):
    kit = open_kit(faults=UNPROVED)
    with pytest.raises(NotConfirmedError) as caught:
        kit.submit(plan_for(kit), accept=["everything"])
    assert len(caught.value.missing) == 4
    assert "'everything', which is no check" in str(caught.value)


def test_a_refused_plan_can_be_submitted_again_and_goes_on_with_its_record(kit):
    plan = plan_for(kit)
    with pytest.raises(NotConfirmedError) as caught:
        submit(kit, plan, confirm="")
    job = submit(kit, plan, purpose="this time with a reason")
    assert job.record.id == caught.value.record.id
    assert job.record.last("confirmed").data["purpose"] == "this time with a reason"
    assert effective(kit) == 1


def test_an_expired_plan_is_refused_without_another_look(kit):
    plan = plan_for(kit)
    kit.simulator.advance(timedelta(minutes=30, seconds=1))
    seen = len(kit.simulator.requests)
    with pytest.raises(NotReadyError, match="expired 1 s ago") as caught:
        submit(kit, plan)
    assert caught.value.record.state == "refused"
    assert len(kit.simulator.requests) == seen


def test_a_plan_is_good_until_the_moment_it_expires(kit):
    plan = plan_for(kit)
    kit.simulator.advance(timedelta(minutes=30))
    assert submit(kit, plan).status == "running"


@pytest.mark.parametrize(("change", "check_id"), FOR_THE_WORSE.values(), ids=FOR_THE_WORSE)
def test_what_changed_for_the_worse_since_the_plan_refuses_it(kit, world, change, check_id):
    plan = plan_for(kit)
    change(world, kit.scenario)
    with pytest.raises(NotReadyError, match="Something has changed since the plan was made") as caught:
        submit(kit, plan)
    failed = [check.id for check in caught.value.checks if check.status == "fail"]
    assert check_id in failed
    assert kinds(caught.value.record)[-2:] == ["checked", "refused"]
    assert (sent(kit), effective(kit)) == (0, 0)


@pytest.mark.parametrize("operation", ["ShowAvalibleDdms", "ListDatabases", "ListDdmUsers"])
def test_a_target_that_cannot_be_looked_at_again_is_not_restored_to(kit, operation):
    plan = plan_for(kit)
    kit.simulator.inject(f"refused-busy@{operation}*")
    with pytest.raises(NotReadyError):
        submit(kit, plan)
    assert sent(kit) == 0


def test_a_warning_that_appears_after_the_plan_has_to_be_accepted_too(kit, world):
    plan = plan_for(kit)
    world.add_account(kit.scenario.target, "ddmadmin")
    with pytest.raises(NotConfirmedError, match="a warning has appeared") as caught:
        submit(kit, plan)
    assert "target-empty" in caught.value.missing[0]
    assert sent(kit) == 0


def test_credentials_that_ended_stop_the_second_look_and_leave_a_record(kit):
    plan = plan_for(kit)
    kit.simulator.inject("token-expires")
    with pytest.raises(AuthError) as caught:
        submit(kit, plan)
    assert caught.value.record.state == "refused"
    assert "Nothing was sent: Could not" in caught.value.record.last("refused").data["reason"]
    assert sent(kit) == 0


def test_a_plan_for_another_service_is_refused_though_all_its_ids_exist_here(open_kit):
    here, there = open_kit(world="here"), open_kit(world="there")
    assert here.scenario.target == there.scenario.target
    with pytest.raises(InputError, match="made for project"):
        submit(there, plan_for(here))
    assert sent(there) == 0
    assert len(there.records.list()) == 0


# At most once ---------------------------------------------------------------------------------------------------------


def test_the_same_plan_twice_is_the_same_restore_and_no_second_request(kit):
    plan = plan_for(kit)
    first = submit(kit, plan)
    seen = len(kit.simulator.requests)
    second = submit(kit, plan)
    assert (second.id, second.record.id) == (first.id, first.record.id)
    assert len(kit.simulator.requests) == seen
    assert sent(kit) == 1


def test_a_used_plan_gives_its_run_even_without_a_confirmation(kit):
    plan = plan_for(kit)
    assert submit(kit, plan).record.id == kit.submit(plan).record.id


@pytest.mark.parametrize("fault", [(), ("job-fails",)])
def test_a_used_plan_gives_its_run_after_the_job_has_ended_too(open_kit, fault):
    kit = open_kit(faults=fault)
    plan = plan_for(kit)
    first = submit(kit, plan)
    kit.simulator.advance(timedelta(minutes=5))
    first.refresh()
    second = submit(kit, plan)
    assert (second.id, second.status) == (first.id, "failed" if fault else "completed")
    assert sent(kit) == 1


def test_a_used_plan_is_used_in_every_kernel(open_kit):
    kit = open_kit()
    plan = plan_for(kit)
    first = submit(kit, plan)
    other = open_kit(operator="grace")
    second = submit(other, plan)
    assert (second.id, second.record.id) == (first.id, first.record.id)
    assert (sent(other), effective(kit)) == (0, 1)


def test_another_plan_of_the_same_restore_gives_the_run_that_is_open(kit):
    first_plan, second_plan = plan_for(kit), plan_for(kit)
    assert first_plan.id != second_plan.id
    assert submit(kit, first_plan).record.id == submit(kit, second_plan).record.id
    assert effective(kit) == 1


def test_a_target_with_an_open_restore_takes_no_other_and_says_whose_it_is(kit, open_kit):
    other_plan = plan_for(kit, restore_time=kit.scenario.restore_time)
    kit.simulator.inject("server-error@RestoreMetadata")
    with pytest.raises(UnknownOutcomeError) as unknown:
        submit(kit, plan_for(kit))
    kit.simulator.advance(timedelta(minutes=12))
    with pytest.raises(BusyError) as caught:
        submit(open_kit(operator="grace"), other_plan)
    said, holder = str(caught.value), unknown.value.record
    assert f"run {holder.id}, unknown, by ada@" in said
    assert "(12 min ago)" in said
    assert f"kit.release('{holder.id}'" in said
    assert caught.value.record.state == "refused"
    assert caught.value.record.header.operator == "grace"
    assert (sent(kit), effective(kit)) == (1, 0)


def test_a_plan_sent_by_another_kernel_during_the_last_look_gives_that_run(open_kit, monkeypatch):
    kit, other = open_kit(), open_kit(operator="grace")
    plan, twin = plan_for(kit), plan_for(kit)
    looks = []

    def look_while_the_other_sends(*arguments, **options):
        from ddmkit.restore.inventory import refresh_inventory

        if not looks:
            looks.append(1)
            submit(other, plan)
        return refresh_inventory(*arguments, **options)

    monkeypatch.setattr("ddmkit.restore.submit.refresh_inventory", look_while_the_other_sends)
    mine = submit(kit, plan)
    assert mine.record.header.operator == "ada"
    looks.clear()
    assert submit(kit, twin).record.id == mine.record.id
    assert effective(kit) == 1


@pytest.mark.parametrize("same_plan", [True, False], ids=["one plan", "two plans"])
def test_two_threads_at_once_start_one_restore(kit, same_plan):
    plans = [plan_for(kit)] * 2 if same_plan else [plan_for(kit), plan_for(kit)]
    barrier, runs, problems = threading.Barrier(2), [], []

    def press(plan):
        barrier.wait()
        try:
            runs.append(submit(kit, plan).record.id)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=press, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(set(runs)) == 1
    assert (sent(kit), effective(kit)) == (1, 1)


def test_competing_plans_at_once_start_one_restore(open_kit):
    kits = [open_kit(operator=f"person {number}") for number in range(3)]
    facts = kits[0].scenario
    points = [{"backup_id": facts.backup_id}, {"restore_time": facts.restore_time}]
    points.append({"restore_time": facts.restore_time - timedelta(seconds=1)})
    plans = [plan_for(kits[0], **point) for point in points]
    barrier, runs, problems = threading.Barrier(3), [], []

    def press(kit, plan):
        barrier.wait()
        try:
            runs.append(submit(kit, plan).record.id)
        except (BusyError, NotReadyError) as error:
            problems.append(error)

    threads = [threading.Thread(target=press, args=pair) for pair in zip(kits, plans, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(runs), len(problems)) == (1, 2)
    assert effective(kits[0]) == 1


# Tried before ---------------------------------------------------------------------------------------------------------


def test_after_a_failure_a_new_plan_of_the_same_restore_warns_and_may_be_accepted(open_kit):
    kit = open_kit(faults=["job-fails"])
    failed = submit(kit, plan_for(kit))
    kit.simulator.advance(timedelta(minutes=5))
    assert failed.refresh().status == "failed"
    plan = plan_for(kit)
    assert status_of(plan, "tried-before") == "warn"
    assert failed.record.id in next(check.detail for check in plan.checks if check.id == "tried-before")
    with pytest.raises(NotConfirmedError, match="tried-before"):
        submit(kit, plan, accept=[])
    assert finish(submit(kit, plan)).status == "completed"
    assert effective(kit) == 2


def test_a_plan_made_before_the_failure_of_its_twin_is_warned_of_it_too(open_kit):
    kit = open_kit(faults=["job-fails"])
    plan, twin = plan_for(kit), plan_for(kit)
    failed = submit(kit, plan)
    kit.simulator.advance(timedelta(minutes=5))
    failed.refresh()
    with pytest.raises(NotConfirmedError, match="tried-before"):
        submit(kit, twin)
    assert effective(kit) == 1


def test_another_restore_was_not_tried_before(open_kit):
    kit = open_kit(faults=["job-fails"])
    failed = submit(kit, plan_for(kit))
    kit.simulator.advance(timedelta(minutes=5))
    failed.refresh()
    assert status_of(plan_for(kit, restore_time=kit.scenario.restore_time), "tried-before") == "pass"
