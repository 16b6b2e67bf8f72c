"""Following a restore to its end: late jobs, failures with their reason, patience, and other kernels."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

import pytest

from ddmkit.errors import JobFailedError, JobTimeoutError, RecordError
from ddmkit.restore.follow import follow_run, note_end
from ddmkit.service.jobs import SilentListener
from tests.restore.steps import effective, finish, kinds, plan_for, submit


class Ear(SilentListener):
    """Hears everything, and does something when told to."""

    def __init__(self, on_job=lambda job: None):
        self.jobs, self.problems, self._react = [], [], on_job

    def on_job(self, job, errors):
        self.jobs.append((job.status, job.process, errors))
        self._react(job)

    def on_poll_error(self, error, count):
        self.problems.append(count)


@pytest.fixture
def job(kit):
    return submit(kit, plan_for(kit))


def test_a_job_is_followed_to_its_end_and_the_target_verified(kit, job):
    assert finish(job) is job
    assert (job.status, job.progress) == ("completed", 1.0)
    assert kinds(job.record)[-2:] == ["completed", "verified"]
    assert job.verification.passed


def test_each_change_of_the_job_is_on_the_record_and_told_once(job):
    ear = Ear()
    finish(job, listener=ear)
    noted = [event.data["process"] for event in job.record.events if event.kind == "polled"]
    assert noted == ["25%", "50%", "75%", ""]
    assert [process for _, process, _ in ear.jobs] == noted


def test_each_request_of_consequence_is_on_the_record_with_its_id_and_audit_name(kit, job):
    record = finish(job).record
    polled = [event.data["reads"] for event in record.events if event.kind == "polled"]
    assert [[read["audit_trace"] for read in reads] for reads in polled] == [["showJobResult"]] * 4
    ids = [read["request_ids"] for reads in polled for read in reads]
    assert len({tuple(one) for one in ids}) == 4
    assert all(ids)
    read_back = {read["operation"]: read for read in record.last("verified").data["reads"]}
    assert (read_back["ListDdmUsers"]["audit_trace"], read_back["ListDdmUsers"]["pages"]) == ("listUsers", 1)
    assert record.last("intent").data["audit_trace"] == "restoreMetaData"
    assert record.last("answered").data["request_id"]


def test_the_end_of_a_job_says_how_long_each_part_took(job):
    took = finish(job).record.last("completed").data["durations_s"]
    assert took["the service's job"] == 60
    assert took.keys() == {"submit to request", "request to answer", "the service's job", "in all"}


def test_the_look_for_the_reason_of_a_failure_is_on_the_record(open_kit):
    kit = open_kit(faults=["job-fails"])
    job = submit(kit, plan_for(kit))
    with pytest.raises(JobFailedError):
        finish(job)
    assert [read["operation"] for read in job.record.last("failed").data["reads"]] == ["ListTasks"]


def test_a_look_that_brings_nothing_new_is_not_written_down_again(kit, world, job):
    world.set_job(job.id, pinned_status="Running")
    looks = []

    def go_on(one):
        looks.append(one)
        if len(looks) == 4:
            world.set_job(job.id, pinned_status="")

    finish(job, listener=Ear(go_on))
    noted = [event.data["process"] for event in job.record.events if event.kind == "polled"]
    assert len(noted) < len(looks)
    assert noted.count("50%") == 1


def test_a_failed_job_raises_with_the_reason_that_only_the_task_list_has(open_kit):
    kit = open_kit(faults=["job-fails"])
    job = submit(kit, plan_for(kit))
    with pytest.raises(JobFailedError, match=r"DBS\.300322: Failed to save the metadata"):
        finish(job)
    assert job.status == "failed"
    assert "DBS.300322" in job.fail_reason
    assert "DBS.300322" in job.record.last("failed").data["fail_reason"]
    assert "verified" not in kinds(job.record)


def test_a_failed_job_leaves_the_target_free_for_another_restore(open_kit):
    kit = open_kit(faults=["job-fails"])
    with pytest.raises(JobFailedError):
        finish(submit(kit, plan_for(kit)))
    again = submit(kit, plan_for(kit, restore_time=kit.scenario.restore_time))
    assert finish(again).status == "completed"


def test_waiting_for_a_job_known_to_have_failed_raises_again_without_a_request(open_kit):
    kit = open_kit(faults=["job-fails"])
    job = submit(kit, plan_for(kit))
    with pytest.raises(JobFailedError):
        finish(job)
    seen = len(kit.simulator.requests)
    with pytest.raises(JobFailedError, match=r"DBS\.300322"):
        finish(job)
    assert len(kit.simulator.requests) == seen


@pytest.mark.parametrize("status", ["RollbackSuccess", "CancelSuccess"])
def test_a_job_that_was_taken_back_did_not_complete(world, job, status):
    world.set_job(job.id, pinned_status=status, fail_reason="rolled back")
    with pytest.raises(JobFailedError, match=f"ended as {status}"):
        finish(job)
    assert job.status == "failed"


def test_a_state_that_no_page_lists_counts_as_running(world, job, caplog):
    world.set_job(job.id, pinned_status="Pausing")
    ear = Ear(lambda one: world.set_job(one.id, pinned_status=""))
    finish(job, listener=ear)
    assert ear.jobs[0][0] == "Pausing"
    assert job.status == "completed"
    assert "Pausing" in caplog.text


def test_a_job_that_is_not_visible_at_first_is_waited_for(open_kit):
    kit = open_kit(faults=["job-late"])
    job = submit(kit, plan_for(kit))
    finish(job)
    looks = [one.status for one in kit.simulator.requests if one.operation == "ShowDdmJobResult"]
    assert looks[:3] == [404, 404, 200]
    assert "poll-failed" not in kinds(job.record)


def test_a_job_that_stalls_ends_the_waiting_and_not_the_restore(open_kit):
    kit = open_kit(faults=["job-stalls"])
    job = submit(kit, plan_for(kit))
    with pytest.raises(JobTimeoutError, match="it goes on in the cloud") as caught:
        finish(job, timeout_s=0.05)
    assert caught.value.job.id == job.id
    assert job.status == "running"
    with pytest.raises(JobTimeoutError):
        finish(job, timeout_s=0.01)
    assert effective(kit) == 1


def test_looks_that_fail_are_borne_counted_and_noted_once(kit, job):
    kit.simulator.inject("refused-busy@ShowDdmJobResult*3")
    ear = Ear()
    finish(job, listener=ear)
    assert ear.problems == [1, 2, 3]
    assert next(errors for _, _, errors in ear.jobs) == 3
    failed = [event for event in job.record.events if event.kind == "poll-failed"]
    assert len(failed) == 1
    assert "DBS.200019" in failed[0].data["reason"]
    assert job.status == "completed"


def test_a_service_that_is_down_for_a_while_is_waited_for(kit, job):
    kit.simulator.inject("html-502@ShowDdmJobResult*9")
    assert finish(job).status == "completed"


def test_ctrl_c_leaves_the_job_alone_and_waiting_can_go_on(kit, job):
    def press(one):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finish(job, listener=Ear(press))
    assert job.status == "running"
    assert finish(job).status == "completed"
    assert effective(kit) == 1


def test_another_kernel_takes_up_the_same_job_by_its_record(open_kit):
    first = open_kit()
    record_id = submit(first, plan_for(first)).record.id
    first.close()
    second = open_kit(operator="grace")
    job = second.resume(record_id)
    assert finish(job).status == "completed"
    assert job.verification.passed
    assert effective(second) == 1


def test_a_restore_that_ended_while_nobody_watched_is_noted_at_the_next_look(kit, job):
    kit.simulator.advance(timedelta(minutes=5))
    assert job.status == "running"
    assert job.refresh().status == "completed"
    assert kinds(job.record)[-2:] == ["completed", "verified"]


def test_a_failure_seen_by_a_single_look_has_its_reason_too(open_kit):
    kit = open_kit(faults=["job-fails"])
    job = submit(kit, plan_for(kit))
    kit.simulator.advance(timedelta(minutes=5))
    assert job.refresh().status == "failed"
    assert "DBS.300322" in job.fail_reason


def test_a_finished_restore_is_known_everywhere_without_asking(open_kit):
    kit, other = open_kit(), open_kit(operator="grace")
    job = submit(kit, plan_for(kit))
    elsewhere = other.resume(job.record)
    finish(job)
    seen = len(other.simulator.requests)
    assert finish(elsewhere).status == "completed"
    assert elsewhere.verification.passed
    assert len(other.simulator.requests) == seen


def test_two_who_follow_the_same_run_note_its_end_once(open_kit):
    kit, other = open_kit(), open_kit(operator="grace")
    job = submit(kit, plan_for(kit))
    elsewhere = other.resume(job.record)
    watchers = [threading.Thread(target=finish, args=(one,)) for one in (job, elsewhere)]
    for watcher in watchers:
        watcher.start()
    for watcher in watchers:
        watcher.join()
    assert kinds(job.record).count("completed") == 1
    assert elsewhere.status == "completed"


def test_the_end_of_a_settled_run_is_not_noted_again(kit, job):
    finish(job)
    before = kinds(job.record)
    context = kit._context
    note_end(context.store.get(job.record.id), kit._client.show_job(job.id), context)
    assert kinds(job.record) == before


def test_a_target_that_cannot_be_looked_at_does_not_undo_that_the_job_completed(kit, job):
    def end_the_token(one):
        if one.is_completed:
            kit.simulator.inject("token-expires")

    finish(job, listener=Ear(end_the_token))
    assert job.status == "completed"
    assert kinds(job.record)[-2:] == ["completed", "not-verified"]
    assert "401" in job.record.last("not-verified").data["reason"]
    assert job.verification is None


def test_an_error_about_the_job_names_the_run_that_keeps_it(open_kit):
    kit = open_kit(faults=["job-fails"])
    job = submit(kit, plan_for(kit))
    options = {"timeout_s": 5, "poll_s": 0.001, "listener": SilentListener()}
    with pytest.raises(JobFailedError) as caught:
        follow_run(job.record.id, kit._context, **options)
    assert caught.value.record == job.record.id


# Who listens, and where it is written --------------------------------------------------------------------------------


class Broken(SilentListener):
    """Fails at everything that it hears."""

    def __init__(self):
        self.heard = 0

    def on_job(self, job, errors):
        self.heard += 1
        raise BrokenPipeError

    def on_poll_error(self, error, count):
        raise UnicodeEncodeError("gbk", "x", 0, 1, "no such character")


@pytest.mark.parametrize("fault", [None, "html-502@ShowDdmJobResult*9"])
def test_a_listener_that_fails_goes_quiet_and_the_end_is_recorded(kit, job, fault):
    if fault:
        kit.simulator.inject(fault)
    broken = Broken()
    assert finish(job, listener=broken).status == "completed"
    assert kinds(job.record)[-2:] == ["completed", "verified"]
    assert broken.heard <= 1


def unwritable(kit, monkeypatch, *kinds_of_event):
    store = kit._context.store
    write = store._write

    def refuse(doing, work, **options):
        if doing in {f"write {kind!r}" for kind in kinds_of_event}:
            raise RecordError("The record store is full.")
        return write(doing, work, **options)

    monkeypatch.setattr(store, "_write", refuse)


def test_a_look_that_cannot_be_written_down_does_not_end_the_waiting(kit, job, monkeypatch):
    unwritable(kit, monkeypatch, "polled")
    assert finish(job).status == "completed"
    assert "polled" not in kinds(job.record)


def test_the_reason_of_a_failed_job_is_said_though_it_cannot_be_written_down(open_kit, monkeypatch):
    kit = open_kit(faults=["job-fails"])
    job = submit(kit, plan_for(kit))
    unwritable(kit, monkeypatch, "failed")
    with pytest.raises(JobFailedError, match=r"DBS\.300322.*could not be written to the record.*kit\.resume\('r-"):
        finish(job)


def test_a_job_that_completed_is_said_to_have_though_it_cannot_be_written_down(kit, job, monkeypatch):
    unwritable(kit, monkeypatch, "completed")
    with pytest.raises(RecordError, match=rf"Job {job.id} ended as Completed.*kit\.resume\('r-"):
        finish(job)


# One look ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [0, 5], ids=["running", "completed"])
def test_one_look_at_a_job_that_did_not_fail_reads_no_reason(kit, job, minutes):
    kit.simulator.advance(timedelta(minutes=minutes))
    seen = len(kit.simulator.requests)
    job.refresh()
    operations = [one.operation for one in kit.simulator.requests[seen:]]
    assert operations[0] == "ShowDdmJobResult"
    assert "ListTasks" not in operations
    assert job._job.fail_reason == ""


@pytest.mark.parametrize("missing", ["created_time", "end_time"])
def test_a_job_whose_times_are_not_told_ends_without_its_own_duration(kit, job, missing):
    kit.simulator.advance(timedelta(minutes=5))
    ended = kit._client.show_job(job.id).model_copy(update={missing: None})
    context = kit._context
    note_end(context.store.get(job.record.id), ended, context)
    took = kit.records.get(job.record.id).last("completed").data["durations_s"]
    assert "the service's job" not in took
    assert "in all" in took


@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), OSError(28, "full"), RuntimeError("a mistake")])
def test_a_listener_that_fails_is_called_once_and_the_end_is_recorded(job, caplog, error):
    def fail(_job):
        raise error

    ear = Ear(fail)
    assert finish(job, listener=ear).status == "completed"
    assert len(ear.jobs) == 1
    assert kinds(job.record)[-2:] == ["completed", "verified"]
    assert type(error).__name__ in caplog.text


def test_ctrl_c_in_a_listener_still_interrupts(job):
    def press(_job):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finish(job, listener=Ear(press))


@pytest.mark.parametrize("encoding", ["gbk", "cp1252", "latin-1"])
def test_a_wait_ends_on_any_encoding(job, monkeypatch, encoding):
    shown = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", shown)
    assert job.wait(poll_s=0.01).status == "completed"
    assert b"+ Completed" in shown.buffer.getvalue()
