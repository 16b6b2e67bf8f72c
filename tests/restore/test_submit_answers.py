"""What comes back after sending: turned down, lost, interrupted, or not written down; each with its way on."""

from __future__ import annotations

import re

import pytest

from ddmkit.errors import (
    AuthError,
    BusyError,
    InputError,
    NotConfirmedError,
    RecordError,
    ServiceError,
    UnknownOutcomeError,
    UnreachableError,
)
from tests.restore.steps import (
    effective,
    finish,
    just_before_sending,
    kinds,
    plan_for,
    sent,
    submit,
)

# Turned down by the service: nothing was started ----------------------------------------------------------------------


def test_busy_names_who_is_busy_and_frees_the_plan(kit, world):
    plan, started = plan_for(kit), []
    just_before_sending(kit, lambda: started.append(world.add_job(kit.scenario.target, "RestartInstance")))
    with pytest.raises(BusyError) as caught:
        submit(kit, plan)
    assert (caught.value.status, caught.value.code) == (409, "DBS.200019")
    assert f"RestartInstance ({started[0]}) runs on ddm-restore-target" in str(caught.value)
    assert caught.value.record.state == "freed"
    assert started[0] in caught.value.record.last("explained").data["cause"]
    assert (sent(kit), effective(kit)) == (1, 0)


def test_a_freed_plan_may_be_submitted_again_while_it_is_fresh(kit):
    plan = plan_for(kit)
    kit.simulator.inject("refused-busy")
    with pytest.raises(BusyError) as caught:
        submit(kit, plan)
    with pytest.raises(NotConfirmedError):
        submit(kit, plan, confirm="")
    job = submit(kit, plan)
    assert job.record.id == caught.value.record.id
    assert finish(job).status == "completed"
    assert (sent(kit), effective(kit)) == (2, 1)


def test_a_freed_target_takes_another_plan(kit):
    kit.simulator.inject("refused-busy")
    with pytest.raises(BusyError):
        submit(kit, plan_for(kit))
    assert submit(kit, plan_for(kit, restore_time=kit.scenario.restore_time)).status == "running"


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda world, facts: world.set_backup(facts.backup_id, status="abnormal"), "backup-usable"),
        (lambda world, facts: world.set_backup(facts.backup_id, instance_id=facts.target), "backup-of-source"),
    ],
)
def test_after_a_vague_refusal_the_checks_run_again_and_name_the_cause(kit, world, spoil, cause):
    plan = plan_for(kit)
    just_before_sending(kit, lambda: spoil(world, kit.scenario))
    with pytest.raises(ServiceError) as caught:
        submit(kit, plan)
    assert caught.value.code == "DBS.280001"
    assert cause in caught.value.cause
    assert "Likely cause:" in str(caught.value)
    assert cause in caught.value.record.last("explained").data["cause"]
    assert caught.value.record.state == "freed"


@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        ("throttled@RestoreMetadata", ServiceError, 429),
        ("refused-busy@RestoreMetadata", BusyError, 409),
        ("token-expires@RestoreMetadata", AuthError, 401),
    ],
)
def test_an_answer_that_promises_nothing_was_started_frees_the_plan_and_is_never_repeated(kit, fault, kind, status):
    plan = plan_for(kit)
    kit.simulator.inject(fault)
    with pytest.raises(kind) as caught:
        submit(kit, plan)
    assert caught.value.status == status
    assert caught.value.record.state == "freed"
    assert caught.value.record.last("freed").data["status"] == status
    assert (sent(kit), effective(kit)) == (1, 0)


def test_a_connection_that_was_never_made_frees_the_plan(kit):
    plan = plan_for(kit)
    just_before_sending(kit, kit.simulator._server.close)
    with pytest.raises(UnreachableError) as caught:
        submit(kit, plan)
    assert caught.value.sent is False
    assert caught.value.record.state == "freed"


def test_what_our_own_side_refuses_to_send_was_not_sent(kit):
    plan = plan_for(kit)
    kit._client._read_only = True
    with pytest.raises(InputError) as caught:
        submit(kit, plan)
    assert caught.value.record.state == "freed"
    assert sent(kit) == 0


# The answer got lost --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["lost-answer", "bad-json@RestoreMetadata", "truncated-body@RestoreMetadata"])
def test_a_lost_answer_is_found_again_with_one_effective_restore(kit, fault):
    kit.simulator.inject(fault)
    job = submit(kit, plan_for(kit))
    assert job.id == kit.simulator.effective_restores()[0]["job_id"]
    assert kinds(job.record)[-3:] == ["intent", "unknown", "adopted"]
    assert job.record.last("adopted").data["evidence"]["instance_id"] == kit.scenario.target
    assert finish(job).status == "completed"
    assert (sent(kit), effective(kit)) == (1, 1)


def test_a_service_that_dies_after_accepting_is_asked_until_it_is_back(kit):
    kit.simulator.inject("dies-after-accept")
    job = submit(kit, plan_for(kit))
    assert kinds(job.record)[-1] == "adopted"
    assert (sent(kit), effective(kit)) == (1, 1)


def test_a_job_that_becomes_visible_late_is_waited_for(kit):
    kit.simulator.inject("lost-answer")
    kit.simulator.inject("job-late")
    job = submit(kit, plan_for(kit))
    assert job.id == kit.simulator.effective_restores()[0]["job_id"]
    assert sent(kit) == 1


@pytest.mark.parametrize("fault", ["server-error@RestoreMetadata", "html-502@RestoreMetadata"])
def test_when_no_job_appears_the_outcome_is_unknown_and_both_ways_on_are_named(kit, fault):
    plan = plan_for(kit)
    kit.simulator.inject(fault)
    with pytest.raises(UnknownOutcomeError) as caught:
        submit(kit, plan)
    record, said = caught.value.record, str(caught.value)
    assert record.state == "unknown"
    assert caught.value.candidates == ()
    for way in (f"kit.adopt('{record.id}'", f"kit.release('{record.id}'", f"kit.resume('{record.id}'", "restoreMetaData"):
        assert way in said
    assert kinds(record)[-2:] == ["unknown", "looked"]
    assert sent(kit) == 1


def test_submitting_an_unknown_plan_again_looks_again_and_sends_nothing(kit):
    plan = plan_for(kit)
    kit.simulator.inject("server-error@RestoreMetadata")
    for _ in range(2):
        with pytest.raises(UnknownOutcomeError):
            submit(kit, plan)
    assert sent(kit) == 1


def test_ctrl_c_while_sending_leaves_the_outcome_unknown_and_resume_finds_the_job(kit, monkeypatch):
    send = kit._client.restore_metadata

    def send_and_press(request, **options):
        send(request, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(kit._client, "restore_metadata", send_and_press)
    with pytest.raises(KeyboardInterrupt):
        submit(kit, plan_for(kit))
    (row,) = kit.records.list()
    assert row.state == "unknown"
    assert kit.resume(row.id).id == kit.simulator.effective_restores()[0]["job_id"]
    assert effective(kit) == 1


def test_without_a_written_intent_nothing_is_sent(kit, monkeypatch):
    plan = plan_for(kit)

    def full(*arguments, **options):
        raise RecordError("The record store is full.")

    monkeypatch.setattr(kit._desk.store, "claim", full)
    with pytest.raises(RecordError, match="full") as caught:
        submit(kit, plan)
    assert caught.value.record.state == "opened"
    assert sent(kit) == 0


def test_an_answer_that_cannot_be_written_down_names_the_job_and_resume_finds_it(kit, monkeypatch):
    store = kit._desk.store
    append = store.append

    def append_until_full(run_id, kind, data=None, **options):
        if kind == "answered":
            raise RecordError("The record store is full.")
        return append(run_id, kind, data, **options)

    monkeypatch.setattr(store, "append", append_until_full)
    with pytest.raises(RecordError, match="Do not submit again") as caught:
        submit(kit, plan_for(kit))
    job_id = kit.simulator.effective_restores()[0]["job_id"]
    assert re.search(f"accepted the restore as job {job_id}", str(caught.value))
    assert caught.value.record.state == "sending"
    assert kit.resume(caught.value.record).id == job_id
    assert effective(kit) == 1
