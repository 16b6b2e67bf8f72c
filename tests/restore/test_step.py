"""The request of a restore as a step: alone, and as one of several steps of a recovery."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddmkit.errors import BusyError, InputError, NotReadyError, RecordError, UnknownOutcomeError
from ddmkit.records import ClaimConflict, RunHeader
from ddmkit.restore.plan import plan_of
from ddmkit.restore.step import RestoreStep, step_of
from ddmkit.sending.log import StepLog
from ddmkit.sending.reconcile import adopt, reconcile
from ddmkit.sending.release import release
from ddmkit.sending.send import carry_out
from tests.restore.steps import effective, plan_for, sent, submit


@pytest.fixture
def plan(kit):
    return plan_for(kit)


def begin(kit, plan, *, plan_id="recovery-1"):
    """Open the run of a recovery that has come to the restore of the metadata."""
    header = RunHeader(
        plan_id=plan_id,
        digest=f"digest of {plan_id}",
        project_id=plan.identity.project_id,
        source_id=plan.request.source_instance_id,
        target_id="new:orders",
        operator="ada",
        kind="recovery",
    )
    store = kit._context.store
    run_id = store.begin(header)
    store.append(run_id, "planned", {"steps": [{"name": "restore"}]})
    store.append(run_id, "planned", plan.for_record(), step="restore")
    return run_id


def restore_step(kit, plan):
    return RestoreStep(plan, kit._context, target_name=plan.target_name, name="restore")


@pytest.fixture
def run_id(kit, plan):
    return begin(kit, plan)


def kinds(kit, run_id):
    return [event.kind for event in kit.records.get(run_id).events]


def lose(kit, plan, run_id):
    kit.simulator.inject("server-error@RestoreMetadata")
    with pytest.raises(UnknownOutcomeError) as caught:
        carry_out(restore_step(kit, plan), run_id, kit._context, operator="ada")
    return str(caught.value)


def test_the_restore_of_a_recovery_is_sent_once_and_answered_with_its_job(kit, plan, run_id):
    carry_out(restore_step(kit, plan), run_id, kit._context, operator="ada")
    view = StepLog(kit._context.store, run_id, "restore").read()
    assert kinds(kit, run_id)[2:] == ["step-planned", "step-intent", "run-unknown", "step-answered", "run-running"]
    assert (view.state, view.job_id) == ("running", kit.simulator.effective_restores()[0]["job_id"])
    assert view.intent.data["claim_key"] == f"restore:{plan.request.target_instance_id}"
    with pytest.raises(ClaimConflict):
        carry_out(restore_step(kit, plan), run_id, kit._context, operator="ada")
    assert (sent(kit), effective(kit)) == (1, 1)


def test_a_restore_alone_and_that_of_a_recovery_exclude_each_other(kit, plan, run_id):
    carry_out(restore_step(kit, plan), run_id, kit._context, operator="ada")
    with pytest.raises(BusyError, match=rf"Another restore to .* is open: run {run_id}.*step='restore'"):
        submit(kit, plan)
    assert sent(kit) == 1


def test_a_recovery_waits_for_a_restore_alone(kit, plan, run_id):
    submit(kit, plan)
    with pytest.raises(ClaimConflict, match="is not free") as caught:
        carry_out(restore_step(kit, plan), run_id, kit._context, operator="ada")
    assert caught.value.run_id == kit.records.list(kind="restore")[0].id
    assert sent(kit) == 1


def test_a_lost_answer_of_a_recovery_names_the_step_in_the_ways_on(kit, plan, run_id):
    said = lose(kit, plan, run_id)
    assert f"kit.adopt('{run_id}', job_id, step='restore')" in said
    assert f"kit.release('{run_id}', reason=..., confirm='ddm-restore-target', step='restore')" in said
    assert kinds(kit, run_id)[-2:] == ["step-unknown", "step-looked"]


def test_a_job_that_appears_after_a_lost_answer_is_adopted_by_the_step(kit, plan, run_id, world):
    lose(kit, plan, run_id)
    job_id = world.add_job(kit.scenario.target, "RestoreMetadata")
    reconcile(restore_step(kit, plan), run_id, kit._context)
    assert (StepLog(kit._context.store, run_id, "restore").read().job_id, kit.records.get(run_id).state) == (
        job_id,
        "running",
    )


def test_a_person_adopts_or_releases_the_step(kit, plan, run_id):
    lose(kit, plan, run_id)
    step, given = restore_step(kit, plan), {"reason": "no trace", "confirm": "ddm-restore-target", "operator": "ada"}
    with pytest.raises(NotReadyError, match="Try again in two minutes"):
        release(step, run_id, kit._context, **given)
    kit.simulator.advance(timedelta(minutes=2))
    release(step, run_id, kit._context, **given)
    assert kinds(kit, run_id)[-2:] == ["step-released", "run-waiting"]
    with pytest.raises(InputError, match=rf"step restore of run {run_id} is released"):
        adopt(step, run_id, "a-job", kit._context, operator="ada")
    carry_out(step, run_id, kit._context, operator="ada", again=True)
    assert (kit.records.get(run_id).state, effective(kit)) == ("running", 1)


def test_a_job_of_the_source_is_left_to_a_person_while_a_recovery_of_it_is_open_too(kit, plan, run_id, world):
    lose(kit, plan, run_id)
    other = plan_for(kit, target=world.add_instance("second-target"))
    with pytest.raises(UnknownOutcomeError) as caught:
        kit.simulator.inject("server-error@RestoreMetadata")
        submit(kit, other)
    world.add_job(kit.scenario.source)
    with pytest.raises(UnknownOutcomeError, match=f"or be of {run_id}, whose answer was lost too"):
        kit.resume(caught.value.record)


def test_a_recovery_whose_other_step_is_unknown_is_no_rival(kit, plan, world):
    recovery, store = begin(kit, plan), kit._context.store
    store.claim(recovery, {}, step="node:rds-1", claim_key="node:rds-1")
    kit.simulator.inject("server-error@RestoreMetadata")
    with pytest.raises(UnknownOutcomeError) as caught:
        submit(kit, plan)
    job_id = world.add_job(kit.scenario.source)
    assert kit.resume(caught.value.record).id == job_id


def test_a_recovery_is_not_taken_for_a_restore(kit, plan, run_id):
    lose(kit, plan, run_id)
    before = kinds(kit, run_id)
    with pytest.raises(InputError, match="is a recovery, which has several steps"):
        step_of(kit.records.get(run_id).run, kit._context)
    assert kinds(kit, run_id) == before
    assert list(kit.open_restores()) == []


def test_the_plan_of_a_recovery_is_that_of_the_step_that_restores(kit, plan, run_id):
    assert plan_of(kit.records.get(run_id).run).digest == plan.digest
    bare = kit._context.store.begin(kit.records.get(run_id).header.model_copy(update={"plan_id": "recovery-9"}))
    with pytest.raises(RecordError, match="is a recovery that has not come to the restore"):
        plan_of(kit.records.get(bare).run)


def test_the_step_of_a_restore_alone_has_no_name_and_claims_by_its_run(kit, plan):
    step = step_of(submit(kit, plan).record.run, kit._context)
    assert (step.name, step.claim_key, step.title) == ("", "", "restore to ddm-restore-target")
    assert step.call == plan.call
