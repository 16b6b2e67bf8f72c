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

    monkeypatch.setattr(kit._context.store, "claim", full)
    with pytest.raises(RecordError, match="full") as caught:
        submit(kit, plan)
    assert caught.value.record.state == "opened"
    assert sent(kit) == 0


def test_an_answer_that_cannot_be_written_down_names_the_job_and_resume_finds_it(kit, monkeypatch):
    store = kit._context.store
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


# The record store fails ----------------------------------------------------------------------------------------------


def store_dies(kit, monkeypatch, *, after):
    """Let every read and write of the kit's record store fail once a write of this kind has been made, or been tried."""
    store = kit._context.store
    write, read, dead = store._write, store._read, []

    def die(doing, *_, **__):
        raise RecordError(f"Could not {doing} in the record store: the disk is gone.")

    def watched_write(doing, work, **options):
        if dead:
            die(doing)
        if doing == after:
            dead.append(doing)
        return write(doing, work, **options)

    monkeypatch.setattr(store, "_write", watched_write)
    monkeypatch.setattr(store, "_read", lambda doing, work: die(doing) if dead else read(doing, work))
    return dead


@pytest.mark.parametrize("fault", [None, "lost-answer", "refused-busy"])
def test_what_became_of_the_request_is_said_though_the_store_dies_right_after_the_claim(kit, monkeypatch, fault):
    plan = plan_for(kit)
    if fault:
        kit.simulator.inject(fault)
    send = kit._client.restore_metadata

    def send_and_lose_the_store(request, **options):
        try:
            return send(request, **options)
        finally:
            dead.append("the store")

    dead = store_dies(kit, monkeypatch, after="never")
    monkeypatch.setattr(kit._client, "restore_metadata", send_and_lose_the_store)
    with pytest.raises(RecordError) as caught:
        submit(kit, plan)
    said, jobs = str(caught.value), [one["job_id"] for one in kit.simulator.effective_restores()]
    expected = {
        None: "accepted the restore as job",
        "lost-answer": "was sent and may run",
        "refused-busy": "Nothing was started",
    }
    assert expected[fault] in said
    assert fault == "refused-busy" or "Do not submit again" in said
    assert fault is not None or jobs[0] in said
    assert isinstance(caught.value.record, str)


def test_a_submit_that_is_on_record_says_so_when_the_store_dies_after_the_answer(kit, monkeypatch):
    plan = plan_for(kit)
    store_dies(kit, monkeypatch, after="write 'answered'")
    with pytest.raises(RecordError, match=r"The restore was submitted and is on record r-.*Do not submit again"):
        submit(kit, plan)
    assert effective(kit) == 1


def test_an_unknown_outcome_stays_unknown_when_the_store_dies_after_it_was_written(kit, monkeypatch):
    plan = plan_for(kit)
    store_dies(kit, monkeypatch, after="write 'unknown'")
    kit.simulator.inject("lost-answer")
    with pytest.raises(UnknownOutcomeError, match=r"may run\. It could not be looked for.*Do not submit again"):
        submit(kit, plan)


def test_a_refusal_is_said_when_the_store_dies_before_it_can_be_written(kit, monkeypatch):
    plan = plan_for(kit)

    def die(run_id):
        raise RecordError("The disk is gone.")

    monkeypatch.setattr(kit._context.store, "get", die)
    with pytest.raises(NotConfirmedError, match=r"a confirmation is missing[\s\S]*could not be written to the record"):
        submit(kit, plan, confirm="")


@pytest.mark.parametrize("is_kept", [True, False], ids=["though it was kept", "and it was not kept"])
def test_a_claim_that_fails_sends_nothing_and_frees_the_target(kit, monkeypatch, is_kept):
    plan, store = plan_for(kit), kit._context.store
    claim = store.claim

    def claim_and_fail(*arguments, **options):
        if is_kept:
            claim(*arguments, **options)
        raise RecordError("The connection to the record store broke at COMMIT.")

    with monkeypatch.context() as patch, pytest.raises(RecordError, match=r"COMMIT\. Nothing was sent"):
        patch.setattr(store, "claim", claim_and_fail)
        submit(kit, plan)
    [row] = kit.records.list()
    assert (row.state, sent(kit)) == ("freed" if is_kept else "opened", 0)
    assert finish(submit(kit, plan)).status == "completed"
    assert sent(kit) == 1


def test_a_store_that_fails_at_the_last_look_sends_nothing_and_frees_the_target(kit, monkeypatch):
    plan, store, get = plan_for(kit), kit._context.store, kit._context.store.get
    failures = []

    def fail_once(run_id):
        if not failures and get(run_id).state == "sending":
            failures.append(run_id)
            raise RecordError("The record store does not answer.")
        return get(run_id)

    monkeypatch.setattr(store, "get", fail_once)
    with pytest.raises(RecordError, match=r"does not answer\. Nothing was sent") as caught:
        submit(kit, plan)
    assert (caught.value.record.state, sent(kit)) == ("freed", 0)
    assert finish(submit(kit, plan)).status == "completed"


@pytest.mark.parametrize("way_on", ["resume", "submit", "release"])
def test_what_was_not_sent_is_written_down_when_the_store_works_again(kit, monkeypatch, way_on):
    plan = plan_for(kit)
    with monkeypatch.context() as patch, pytest.raises(RecordError, match="Nothing was sent"):
        store_dies(kit, patch, after="claim the restore")
        submit(kit, plan)
    [row] = kit.records.list()
    assert row.state == "sending"
    if way_on == "submit":
        assert finish(submit(kit, plan)).status == "completed"
        return
    if way_on == "release":
        assert kit.release(row.id, reason="it said so", confirm=plan.target_name).state == "freed"
    else:
        with pytest.raises(InputError, match="is freed"):
            kit.resume(row.id)
    assert (kit.records.get(row.id).state, sent(kit)) == ("freed", 0)


def test_ctrl_c_before_the_first_byte_frees_the_target_and_says_that_nothing_was_sent(kit, monkeypatch):
    def press(*_arguments, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt) as caught:
        patch.setattr(kit._client, "_prepare_to_send", press)
        submit(kit, plan_for(kit))
    assert "Nothing was sent" in caught.value.__notes__[0]
    assert kit.records.list()[0].state == "freed"
