"""After a lost answer: looking for the job, adopting and releasing, and resuming from other kernels."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from ddmkit.errors import (
    BusyError,
    InputError,
    NotConfirmedError,
    NotFoundError,
    NotReadyError,
    RecordError,
    UnknownOutcomeError,
)
from ddmkit.restore.step import select_candidates
from tests.restore.builders import NOW, SOURCE, TARGET, job
from tests.restore.steps import (
    effective,
    finish,
    just_before_sending,
    kinds,
    plan_for,
    sent,
    status_of,
    submit,
)


class Killed(BaseException):
    """The process ends here; nothing after this line runs any more."""


@pytest.fixture
def die_while_sending(monkeypatch):
    """Let a kit submit and die before its request leaves, or after, with no answer written down; give its record's id."""

    def die(kit, *, when):
        send = kit._client.restore_metadata

        def send_and_die(wanted, **options):
            if when == "after":
                send(wanted, **options)
            patch.setattr(kit._context.store, "_write", write_no_more)
            raise Killed

        def write_no_more(*arguments, **options):
            raise Killed

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(kit._client, "restore_metadata", send_and_die)
            submit(kit, plan_for(kit))
        kit._context.not_sent.clear()  # a process that is gone remembers nothing
        return kit.records.list()[0].id

    return die


@pytest.fixture
def lost(kit):
    """The record of a restore that was sent, answered by nothing usable, and of which no job appeared."""
    return lose(kit)


def lose(kit, plan=None):
    kit.simulator.inject("server-error@RestoreMetadata")
    with pytest.raises(UnknownOutcomeError) as caught:
        submit(kit, plan or plan_for(kit))
    return caught.value.record


# Which job it may be --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "fits"),
    [
        (job("j", TARGET), True),
        (job("j", SOURCE), True),
        (job("j", TARGET, name="a name that no page lists"), True),
        (job("j", TARGET, status="Completed"), True),
        (job("j", TARGET, status="Failed"), True),
        (job("j", TARGET, created_time=NOW - timedelta(minutes=2)), True),
        (job("j", TARGET, created_time=NOW - timedelta(minutes=2, seconds=1)), False),
        (job("j", TARGET, created_time=None), True),
        (job("j", "another-instance"), False),
        (job("owned", TARGET), False),
    ],
)
def test_a_job_may_be_it_by_its_instance_its_time_and_because_nobody_owns_it(one, fits):
    found = select_candidates((one,), {SOURCE, TARGET}, NOW - timedelta(minutes=2), {"owned"})
    assert found == ((one,) if fits else ())


def test_of_several_jobs_that_could_be_it_none_is_taken(kit, world):
    def two_jobs():
        world.add_job(kit.scenario.target)
        world.add_job(kit.scenario.source)

    just_before_sending(kit, two_jobs)
    kit.simulator.inject("server-error@RestoreMetadata")
    with pytest.raises(UnknownOutcomeError, match="2 jobs could be it") as caught:
        submit(kit, plan_for(kit))
    assert {one.instance_id for one in caught.value.candidates} == {kit.scenario.target, kit.scenario.source}
    assert all(one.id in str(caught.value) for one in caught.value.candidates)
    assert caught.value.record.job_id == ""


@pytest.mark.parametrize(("seconds", "is_taken"), [(120, True), (121, False)])
def test_a_job_may_have_begun_up_to_two_minutes_before_the_intent_by_the_clock_of_the_service(kit, world, seconds, is_taken):
    begun = kit.now() - timedelta(seconds=seconds)
    just_before_sending(kit, lambda: world.add_job(kit.scenario.target, created=begun, duration_ms=1000))
    kit.simulator.inject("server-error@RestoreMetadata")
    if is_taken:
        assert submit(kit, plan_for(kit)).record.last("adopted").data["evidence"]["name"] == "RestartInstance"
        return
    with pytest.raises(UnknownOutcomeError):
        submit(kit, plan_for(kit))


@pytest.mark.parametrize("place", ["source", "target"])
def test_a_job_of_the_source_is_left_to_a_person_while_two_restores_of_it_are_open(kit, world, place):
    other = world.add_instance("second-target")
    lose(kit, plan_for(kit, target=other))
    facts = kit.scenario
    just_before_sending(kit, lambda: world.add_job(getattr(facts, place)))
    kit.simulator.inject("server-error@RestoreMetadata")
    if place == "target":
        assert submit(kit, plan_for(kit)).record.state == "running"
        return
    with pytest.raises(
        UnknownOutcomeError, match=r"1 job could be it: .*; or be of r-\S+, whose answer was lost too"
    ) as caught:
        submit(kit, plan_for(kit))
    assert (caught.value.record.state, len(caught.value.candidates)) == ("unknown", 1)


def test_a_job_that_was_there_before_the_request_left_is_not_taken_for_it(kit, world):
    world.add_job(kit.scenario.target, "CreateInstance", created=kit.now() - timedelta(minutes=1), duration_ms=1000)
    assert lose(kit).state == "unknown"


def test_a_job_that_another_record_owns_is_not_taken_for_it(kit):
    kit.simulator.inject("job-fails")
    failed = submit(kit, plan_for(kit))
    kit.simulator.advance(timedelta(seconds=61))
    assert failed.refresh().status == "failed"
    assert lose(kit).job_id == ""


def test_a_plan_sent_twice_is_looked_for_since_the_second_time(kit):
    plan = plan_for(kit)
    kit.simulator.inject("refused-busy")
    with pytest.raises(BusyError):
        submit(kit, plan)
    kit.simulator.advance(timedelta(minutes=10))
    kit.simulator.inject("server-error@RestoreMetadata")
    with pytest.raises(UnknownOutcomeError, match="was sent about 2026-05-20 09:40:00 UTC"):
        submit(kit, plan)


def test_the_task_list_is_looked_at_for_a_grace_time_before_a_person_is_asked(kit):
    plan = plan_for(kit)
    seen = len(kit.simulator.requests)
    lose(kit, plan)
    looks = [one for one in kit.simulator.requests[seen:] if one.operation == "ListTasks"]
    assert len(looks) == 1 + 10


def test_an_answer_that_leaves_it_open_is_told_and_not_called_lost(kit):
    kit.simulator.inject("html-502@RestoreMetadata")
    with pytest.raises(UnknownOutcomeError, match=r"its answer \(HTTP 502: [^)]*\) does not tell whether it started"):
        submit(kit, plan_for(kit))


def test_a_task_list_that_cannot_be_read_is_told_and_not_taken_for_an_empty_one(kit):
    plan = plan_for(kit)
    just_before_sending(kit, lambda: kit.simulator.inject("refused-busy@ListTasks*"))
    kit.simulator.inject("lost-answer")
    with pytest.raises(
        UnknownOutcomeError, match=r"its answer was lost: it may run\. The task list could not be read"
    ) as caught:
        submit(kit, plan)
    kit.simulator.clear_faults()
    assert kit.resume(caught.value.record).id == kit.simulator.effective_restores()[0]["job_id"]


# Resuming -------------------------------------------------------------------------------------------------------------


def test_a_kernel_killed_after_sending_is_resumed_by_another_with_the_same_job(open_kit, die_while_sending):
    first = open_kit()
    record_id = die_while_sending(first, when="after")
    assert first.records.get(record_id).state == "sending"
    first.close()
    second = open_kit(operator="grace")
    job = second.resume(record_id)
    assert job.id == second.simulator.effective_restores()[0]["job_id"]
    assert finish(job).status == "completed"
    assert (sent(second), effective(second)) == (0, 1)


def test_a_kernel_killed_before_sending_leaves_an_unknown_outcome(open_kit, die_while_sending):
    record_id = die_while_sending(open_kit(), when="before")
    second = open_kit()
    with pytest.raises(UnknownOutcomeError) as caught:
        second.resume(record_id)
    assert caught.value.record.state == "unknown"
    assert effective(second) == 0


def test_the_looks_that_settle_a_lost_answer_are_on_the_record_with_their_requests(kit, lost):
    assert [read["operation"] for read in lost.last("looked").data["reads"]] == ["ListTasks"]
    assert {read["audit_trace"] for read in release(kit, lost).last("released").data["reads"]} >= {"showInstance", ""}


def test_an_outcome_that_stays_unknown_can_be_looked_at_again_and_again(kit, lost):
    with pytest.raises(UnknownOutcomeError):
        kit.resume(lost.id)
    assert kinds(kit.records.get(lost.id))[-3:] == ["unknown", "looked", "looked"]


def test_a_job_that_appears_only_after_the_grace_time_is_adopted_on_resume(kit):
    kit.simulator.inject("lost-answer")
    plan = plan_for(kit)
    just_before_sending(kit, lambda: kit.simulator.inject("refused-busy@ListTasks*10"))
    with pytest.raises(UnknownOutcomeError) as caught:
        submit(kit, plan)
    assert kit.resume(caught.value.record).status == "running"
    assert (sent(kit), effective(kit)) == (1, 1)


def test_the_answer_written_down_by_its_sender_meanwhile_ends_the_search(kit, die_while_sending, monkeypatch):
    record_id = die_while_sending(kit, when="before")
    store = kit._context.store

    def answer_meanwhile(seconds):
        if store.get(record_id).state == "sending":
            store.append(record_id, "answered", {"job_id": "job-1"})

    monkeypatch.setattr(kit, "_opened", dataclasses.replace(kit._context, sleep=answer_meanwhile))
    assert kit.resume(record_id).id == "job-1"
    assert kinds(kit.records.get(record_id))[-1] == "answered"


def test_the_answer_written_down_during_the_very_last_look_counts(kit, die_while_sending, monkeypatch):
    record_id = die_while_sending(kit, when="before")
    context = kit._context

    def answer_while_looking(start, end=None):
        context.store.append(record_id, "answered", {"job_id": "job-1"})
        return ()

    monkeypatch.setattr(kit._client, "list_jobs", answer_while_looking)
    monkeypatch.setattr(kit, "_opened", dataclasses.replace(context, grace=timedelta(0)))
    assert kit.resume(record_id).id == "job-1"
    assert kit.records.get(record_id).state == "running"


def test_a_restore_that_never_started_cannot_be_resumed(kit):
    with pytest.raises(NotConfirmedError) as caught:
        kit.submit(plan_for(kit))
    with pytest.raises(InputError, match="is refused: nothing was started"):
        kit.resume(caught.value.record)


# Adopting -------------------------------------------------------------------------------------------------------------


def test_a_person_says_which_job_it_was_and_the_restore_goes_on(kit, world, lost):
    job_id = world.add_job(kit.scenario.target, "RestoreMetadata")
    job = kit.adopt(lost, job_id)
    assert (job.id, job.status) == (job_id, "running")
    assert job.record.last("adopted").data["by"] == "ada"


def test_an_unknown_job_is_not_adopted(kit, lost):
    with pytest.raises(NotFoundError):
        kit.adopt(lost, "0" * 32)
    assert kit.records.get(lost.id).state == "unknown"


def test_a_job_of_another_instance_is_not_adopted(kit, world, lost):
    with pytest.raises(InputError, match="neither source nor target"):
        kit.adopt(lost, world.add_job(world.add_instance("elsewhere")))


def test_a_job_of_another_record_is_not_adopted(kit):
    kit.simulator.inject("job-fails")
    failed = submit(kit, plan_for(kit))
    kit.simulator.advance(timedelta(minutes=5))
    failed.refresh()
    with pytest.raises(InputError, match="belongs to another record"):
        kit.adopt(lose(kit), failed.id)


def test_a_restore_that_has_its_job_takes_no_other(kit, world):
    running = submit(kit, plan_for(kit))
    with pytest.raises(InputError, match="nothing to adopt"):
        kit.adopt(running.record, world.add_job(kit.scenario.source))
    with pytest.raises(InputError, match="nothing to release"):
        kit.release(running.record, reason="I think so", confirm="ddm-restore-target")


# Releasing ------------------------------------------------------------------------------------------------------------


def release(kit, record, *, minutes=2, **changes):
    kit.simulator.advance(timedelta(minutes=minutes))
    return kit.release(record, **{"reason": "the audit log has no trace of it", "confirm": "ddm-restore-target", **changes})


def test_a_person_says_that_nothing_was_started_and_the_target_is_free_again(kit, lost):
    record = release(kit, lost)
    assert record.state == "released"
    said = record.last("released").data
    assert (said["operator"], said["reason"]) == ("ada", "the audit log has no trace of it")
    assert len(said["evidence"]) == 2
    plan = plan_for(kit)
    assert status_of(plan, "tried-before") == "pass"
    assert finish(submit(kit, plan)).status == "completed"
    assert (sent(kit), effective(kit)) == (2, 1)


def test_a_released_plan_is_used_up(kit):
    plan = plan_for(kit)
    release(kit, lose(kit, plan))
    with pytest.raises(InputError, match="Make a new plan"):
        submit(kit, plan)
    assert sent(kit) == 1


def test_releasing_takes_the_name_of_the_target_and_a_reason(kit, lost):
    with pytest.raises(NotConfirmedError) as caught:
        kit.release(lost, reason="  ", confirm="ddm-orders-prod")
    assert len(caught.value.missing) == 2
    assert kit.records.get(lost.id).state == "unknown"


@pytest.mark.parametrize(
    "trace",
    [
        lambda world, facts: world.add_schema(facts.target, "orders", data_nodes=[world.add_data_node()]),
        lambda world, facts: world.add_account(facts.target, "shop_rw"),
        lambda world, facts: world.add_job(facts.target, duration_ms=600_000),
        lambda world, facts: world.add_job(facts.source, duration_ms=600_000),
    ],
    ids=["a schema", "an account", "a job on the target", "a job on the source"],
)
def test_nothing_is_released_when_it_looks_as_if_something_was_started(kit, world, lost, trace):
    trace(world, kit.scenario)
    with pytest.raises(NotReadyError, match="looks as if something was started"):
        release(kit, lost)
    assert kit.records.get(lost.id).state == "unknown"


@pytest.mark.parametrize("operation", ["ListTasks", "ListDatabases", "ListDdmUsers"])
def test_nothing_is_released_on_facts_that_cannot_be_read(kit, lost, operation):
    kit.simulator.inject(f"refused-busy@{operation}*")
    with pytest.raises(NotReadyError, match="Nothing was released"):
        release(kit, lost)


def test_a_lost_answer_is_released_only_when_a_late_job_would_have_appeared(kit, lost):
    with pytest.raises(NotReadyError, match="Try again in two minutes"):
        release(kit, lost, minutes=1)
    assert kit.records.get(lost.id).state == "unknown"


def test_a_request_that_may_still_be_on_its_way_is_released_only_after_two_minutes(open_kit, die_while_sending):
    record_id = die_while_sending(open_kit(), when="before")
    kit = open_kit(operator="grace")
    with pytest.raises(NotReadyError, match="may still be waiting for the answer"):
        release(kit, record_id, minutes=1)
    record = release(kit, record_id, minutes=1)
    assert record.last("released").data["operator"] == "grace"
    assert finish(submit(kit, plan_for(kit))).status == "completed"


# Whose clock it is ---------------------------------------------------------------------------------------------------


def wrong_clock(kit, monkeypatch, by):
    """Let the machine of a kit have a wrong clock: what it takes for now, and what it dates its requests with."""
    right, machine = kit._now, kit._client._clock
    monkeypatch.setattr(kit, "_now", lambda: right() + by)
    monkeypatch.setattr(kit._client, "_clock", lambda: machine() + by)
    monkeypatch.setattr(kit, "_opened", dataclasses.replace(kit._context, now=kit.now))


def test_a_releaser_whose_clock_is_minutes_ahead_does_not_release_what_is_still_on_its_way(
    open_kit, die_while_sending, monkeypatch
):
    record_id = die_while_sending(open_kit(), when="before")
    kit = open_kit(operator="grace")
    wrong_clock(kit, monkeypatch, timedelta(minutes=3))
    with pytest.raises(NotReadyError, match="may still be waiting for the answer"):
        release(kit, record_id, minutes=0)
    assert kit.records.get(record_id).state == "sending"


@pytest.mark.parametrize("by", [timedelta(days=1), timedelta(days=-1), timedelta(minutes=3), timedelta(minutes=-3)])
def test_a_sender_whose_clock_was_wrong_and_was_set_right_can_be_released_in_time_and_not_before(
    open_kit, die_while_sending, monkeypatch, by
):
    first = open_kit()
    with monkeypatch.context() as patch:
        wrong_clock(first, patch, by)
        record_id = lose(first).id
    kit = open_kit(operator="grace")
    with pytest.raises(NotReadyError, match="may still be waiting for the answer"):
        release(kit, record_id, minutes=1)
    assert release(kit, record_id, minutes=1).state == "released"


def test_a_job_that_began_is_seen_by_a_releaser_whose_clock_is_slow(kit, world, lost, monkeypatch):
    kit.simulator.advance(timedelta(minutes=3))
    world.add_job(kit.scenario.target, duration_ms=600_000)
    wrong_clock(kit, monkeypatch, timedelta(minutes=-10))
    with pytest.raises(NotReadyError, match="looks as if something was started"):
        release(kit, lost, minutes=0)


def test_nobody_releases_after_less_than_twice_the_time_that_a_request_has(lost):
    assert lost.last("intent").data["deadline_s"] == 60


def test_a_request_begun_while_the_target_was_looked_at_is_not_released(kit, lost, monkeypatch):
    store = kit._context.store
    kit.simulator.advance(timedelta(minutes=3))
    schemas = kit._client.list_schemas

    def begin_again_meanwhile(instance_id):
        if store.get(lost.id).state == "unknown":
            store.settle(lost.id, "freed", {"reason": "the service turned it down after all"})
            store.claim(lost.id, {"service_time": kit.now(), "deadline_s": 60})
        return schemas(instance_id)

    monkeypatch.setattr(kit._client, "list_schemas", begin_again_meanwhile)
    with pytest.raises(RecordError, match="was sent once more meanwhile"):
        release(kit, lost, minutes=0)
    assert kit.records.get(lost.id).state == "sending"
    assert store.holder(lost.header.project_id, lost.header.target_id).run_id == lost.id


def test_a_request_of_an_older_program_without_a_deadline_is_released_after_ten_minutes(kit, lost):
    kit.simulator.advance(timedelta(minutes=5))
    store = kit._context.store
    store.settle(lost.id, "freed", {"reason": "turned down"})
    store.claim(lost.id, {"service_time": kit.now()})
    with pytest.raises(NotReadyError, match="Try again in 10 min"):
        release(kit, lost, minutes=9)
    assert release(kit, lost, minutes=1).state == "released"


# A job that the service has forgotten --------------------------------------------------------------------------------


@pytest.fixture
def forgotten(kit, world):
    """The record of a restore whose job ended long ago and is not known to the service any more."""
    record = submit(kit, plan_for(kit)).record
    kit.simulator.advance(timedelta(minutes=5))
    world.settle()
    world.storage.execute("DELETE FROM jobs WHERE id = ?", (record.job_id,))
    return record


def test_a_person_closes_a_run_whose_job_the_service_has_forgotten(kit, forgotten):
    with pytest.raises(BusyError, match=r"does not know the job any more"):
        submit(kit, plan_for(kit, restore_time=kit.scenario.restore_time))
    record = kit.release(forgotten, reason="31 days old", confirm="ddm-restore-target")
    assert (record.state, kinds(record)[-1], record.job_id) == ("released", "gone", forgotten.job_id)
    said = record.last("gone").data
    assert (said["operator"], said["reason"], said["job_id"]) == ("ada", "31 days old", forgotten.job_id)
    assert "does not know job" in said["evidence"][0]
    assert record.verify() == []
    assert kit._context.store.holder(record.header.project_id, record.header.target_id) is None
    with pytest.raises(InputError, match="is not known to the service any more"):
        kit.resume(record)


def test_whoever_follows_a_forgotten_job_is_told_how_to_close_its_run(kit, forgotten):
    with pytest.raises(NotFoundError, match=rf"kit\.release\('{forgotten.id}', reason=") as caught:
        kit.resume(forgotten).refresh()
    assert caught.value.record in {forgotten.id, None} or caught.value.record.id == forgotten.id


def test_a_job_that_is_gone_takes_a_reason_and_the_name_of_the_target(kit, forgotten):
    with pytest.raises(NotConfirmedError) as caught:
        kit.release(forgotten, reason="", confirm="")
    assert len(caught.value.missing) == 2


def test_a_job_that_is_only_late_is_not_called_gone(kit):
    kit.simulator.inject("job-late")
    record = submit(kit, plan_for(kit)).record
    with pytest.raises(NotReadyError, match="a job may appear late"):
        kit.release(record, reason="404", confirm="ddm-restore-target")
    assert kit.records.get(record.id).state == "running"


def test_a_run_is_not_closed_while_a_job_runs_on_its_target(kit, world, forgotten):
    world.add_job(kit.scenario.target, duration_ms=600_000)
    with pytest.raises(NotReadyError, match="Nothing was released"):
        kit.release(forgotten, reason="31 days old", confirm="ddm-restore-target")


@pytest.mark.parametrize("operation", ["ShowDdmJobResult", "ListTasks"])
def test_a_run_is_not_closed_on_facts_that_cannot_be_read(kit, forgotten, operation):
    kit.simulator.inject(f"refused-busy@{operation}*")
    with pytest.raises(NotReadyError, match="Nothing was released"):
        kit.release(forgotten, reason="31 days old", confirm="ddm-restore-target")


# What is said when nothing was seen ----------------------------------------------------------------------------------


def test_a_look_that_shows_no_job_says_so(kit):
    kit.simulator.inject("server-error@RestoreMetadata")
    with pytest.raises(UnknownOutcomeError, match="No job of the target or the source has appeared since") as caught:
        submit(kit, plan_for(kit))
    assert "could be it" not in str(caught.value)


# Waking up late -------------------------------------------------------------------------------------------------------


def test_a_program_held_up_between_claim_and_request_sends_nothing_any_more(kit):
    just_before_sending(kit, lambda: kit.simulator.advance(timedelta(seconds=61)))
    with pytest.raises(InputError, match=r"held up before it could send\. Nothing was sent") as caught:
        submit(kit, plan_for(kit))
    assert (caught.value.record.state, sent(kit)) == ("freed", 0)
    assert finish(submit(kit, plan_for(kit))).status == "completed"


def test_a_program_that_wakes_up_after_its_run_was_released_sends_nothing_any_more(open_kit):
    kit, other = open_kit(), open_kit(operator="grace")

    def sleep_while_another_releases():
        record = kit.records.list()[0]
        with pytest.raises(UnknownOutcomeError):
            other.resume(record.id)
        release(other, record.id)

    just_before_sending(kit, sleep_while_another_releases)
    with pytest.raises(InputError, match=r"is released now: this program was held up") as caught:
        submit(kit, plan_for(kit))
    assert (caught.value.record.state, sent(kit), effective(kit)) == ("released", 0, 0)
