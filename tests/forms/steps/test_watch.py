"""Watching one restore, by itself."""

from datetime import timedelta

import pytest

import ddmkit
from ddmkit.errors import UnknownOutcomeError
from ddmkit.forms import JobProgress


@pytest.fixture
def submit(kit):
    def begin():
        facts = kit.scenario
        plan = kit.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, backup_id=facts.backup_id)
        return kit.submit(plan, confirm=plan.target_name, accept=plan.warnings)

    return begin


@pytest.fixture
def lose(kit, submit):
    """Submit with the answer lost and the tasks not readable, so that the outcome stays unknown."""

    def begin():
        object.__setattr__(kit._context, "grace", timedelta(seconds=0))
        kit.simulator.inject("lost-answer")
        kit.simulator.inject("server-error@ListTasks*")
        with pytest.raises(UnknownOutcomeError) as caught:
            submit()
        kit.simulator.clear_faults()
        return caught.value

    return begin


def watch_of(kit, job=None, **options):
    watch = JobProgress(kit, job, poll_s=0, **options)
    assert watch.wait(30)
    return watch


def test_a_job_is_followed_in_the_background_to_its_end(kit, submit):
    watch = watch_of(kit, submit())
    assert (watch.state, watch.value.status, watch.bar.value) == ("completed", "completed", 1.0)
    assert "100%" in watch.details.value
    assert "Completed" in watch.summary().text


def test_a_record_is_taken_up_where_another_kernel_left_it(kit, submit):
    assert watch_of(kit, submit().record).state == "completed"
    assert watch_of(kit, "r-nobody").message.text


def test_a_failed_job_shows_its_reason(kit, submit):
    kit.simulator.inject("job-fails")
    watch = watch_of(kit, submit())
    assert watch.state == "failed"
    assert watch.value.fail_reason in watch.message.text


def test_looks_that_fail_are_counted_while_the_watch_goes_on(kit, submit):
    job = submit()
    kit.simulator.inject("server-error@ShowDdmJobResult*9")
    watch = watch_of(kit, job)
    assert watch.state == "completed"
    assert "status checks failed" in watch.details.value


def test_closing_stops_looking_and_leaves_the_job_alone(kit, submit):
    kit.simulator.inject("job-stalls")
    job = submit()
    watch = JobProgress(kit, job, poll_s=0)
    watch.close()
    assert watch.wait(30)
    assert job.status == "running"


def test_an_unknown_outcome_offers_to_look_again(kit, lose):
    watch = JobProgress(kit)
    watch.show_unknown(lose())
    assert watch.state == "unknown"
    assert "may run" in watch.message.text
    assert "kit." not in watch.message.text  # the page has buttons for what those calls do
    assert watch.unknown_outcome.widget.layout.display is None
    watch.again.click()
    assert watch.wait(30)
    assert watch.state == "completed"


def test_an_unknown_outcome_is_settled_by_naming_the_job(kit, lose):
    watch = JobProgress(kit, poll_s=0)
    watch.show_unknown(lose())
    newest = next(job for job in kit.jobs() if job.instance_id == kit.scenario.target)
    watch.unknown_outcome.job_field.input.value = newest.id
    watch.unknown_outcome.adopt.click()
    assert watch.wait(30)
    assert (watch.state, watch.job.id) == ("completed", newest.id)


def test_a_wrong_decision_is_refused_and_the_way_stays_open(kit, lose):
    watch = JobProgress(kit, poll_s=0)
    watch.show_unknown(lose())
    watch.unknown_outcome.release.click()
    assert watch.wait(30)
    assert "still missing" in watch.unknown_outcome.message.text
    watch.unknown_outcome.job_field.input.value = "nobody"
    watch.unknown_outcome.adopt.click()
    assert watch.wait(30)
    assert watch.state == "unknown"
    assert not watch.unknown_outcome.adopt.disabled


def test_closing_the_kit_ends_watching_quietly_and_says_how_to_go_on(kit, submit):
    kit.simulator.inject("job-stalls")
    job = submit()
    watch = JobProgress(kit, job, poll_s=0)
    while not watch.details.value:  # until it has seen the job
        assert not watch.wait(0.05)
    kit.close()
    assert watch.wait(0)
    assert "Watching has ended, because the kit was closed" in watch.message.text
    assert f"kit.resume('{job.record.id}')" in watch.summary().text
    assert watch.again.layout.display == "none"


def test_a_kit_is_not_kept_waiting_by_a_watch_that_pauses_for_long(kit, submit):
    kit.simulator.inject("job-stalls")
    connected = ddmkit.connect(
        endpoint=kit.settings.endpoint,
        project_id=kit.scenario.project_id,
        token=kit.scenario.token,
        records=kit.simulator.world_path.parent / "records.sqlite",
    )
    watch = JobProgress(connected, submit(), poll_s=3600)
    while not watch.details.value:
        assert not watch.wait(0.05)
    connected.close()
    assert watch.wait(0)
    assert "the kit was closed" in watch.message.text
