"""Giving up: what this run created and nothing else, the target first, after the count was typed."""

from __future__ import annotations

from datetime import timedelta

import pytest

import ddmkit
from ddmkit.records.steps import DELETION, is_deletion
from ddmkit.recovery.run import abandoning
from ddmkit.recovery.run.change import delete_step
from ddmkit.recovery.run.follow import running_steps
from ddmkit.sending.send import carry_out
from tests.recovery.run.conftest import requests_to


def billed(kit, run):
    """Return how many instances of a run the list of records calls still billed."""
    return next(row for row in kit.records.list() if row.id == run.id).still_billed


def test_a_drill_is_deleted_again_and_nothing_else(world, plan_on, begin):
    kit = world()
    before = {one.id for one in kit.instances()} | {one.id for one in kit._cloud.rds.list_instances()}
    run = begin(kit, plan_on(kit, throwaway=True)).wait(poll_s=1, say=None)
    assert run.record.header.kind == "drill"
    todo = kit.plan_abandon(run.record)
    assert todo.confirmation == "delete 3"
    assert "type: delete 3" in todo.show().text
    for wrong in ("", "delete", "delete 2"):
        with pytest.raises(ddmkit.NotConfirmedError, match="delete 3"):
            kit.abandon(todo, confirm=wrong)
    kit.abandon(todo, confirm="delete 3")
    sent = [one for one in kit.simulator.requests if one.method == "DELETE"]
    assert [one.service for one in sent] == ["ddm", "rds", "rds"]
    assert sent[0].query == {"delete_dn_data": "false"}
    after = {one.id for one in kit.instances()} | {one.id for one in kit._cloud.rds.list_instances()}
    assert after == before
    record = kit.records.get(run.id)
    assert record.state == "abandoned"
    assert kit.plan_abandon(record).deletable == ()


def test_a_run_that_stopped_before_the_metadata_is_given_up(world, plan_on, begin):
    kit = world("ddm-create-failed")
    run = begin(kit)
    with pytest.raises(ddmkit.JobFailedError):
        run.wait(poll_s=1, say=None)
    todo = kit.plan_abandon(run.record)
    kit.abandon(todo, confirm=todo.confirmation)
    assert kit.records.get(run.id).state == "abandoned"
    kit.simulator.clear_faults()
    assert begin(kit, plan_on(kit)).wait(poll_s=1, say=None).status == "completed"


def test_a_refused_deletion_stops_the_rest(world, plan_on, begin):
    kit = world()
    run = begin(kit, plan_on(kit, throwaway=True)).wait(poll_s=1, say=None)
    kit.simulator.inject("delete-refused-restoring*1")
    todo = kit.plan_abandon(run.record)
    with pytest.raises(ddmkit.ServiceError):
        kit.abandon(todo, confirm=todo.confirmation)
    left = kit.plan_abandon(run.record)
    assert left.confirmation == "delete 2"
    kit.abandon(left, confirm="delete 2")
    assert kit.records.get(run.id).state == "abandoned"


@pytest.mark.parametrize("sent_before_the_end", [1, 2, 3])
def test_a_kernel_that_ended_during_a_deletion_leaves_a_run_that_can_be_given_up(
    world, plan_on, begin, monkeypatch, sent_before_the_end
):
    """What it was deleting has left the lists when a person tries again: only the rest is deleted then."""
    kit = world()
    run = begin(kit, plan_on(kit, throwaway=True)).wait(poll_s=1, say=None)
    todo = kit.plan_abandon(run.record)
    names = [item.id for item in todo.deletable]
    follow = abandoning.follow_once

    def follow_until_the_end(run_id, context):
        if running_deletions(kit, run) == [names[sent_before_the_end - 1]]:
            raise KeyboardInterrupt
        follow(run_id, context)

    with monkeypatch.context() as patch:
        patch.setattr(abandoning, "follow_once", follow_until_the_end)
        with pytest.raises(KeyboardInterrupt):
            kit.abandon(todo, confirm="delete 3")
    kit.simulator.advance(timedelta(hours=1))
    left = kit.plan_abandon(run.record)
    assert [item.id for item in left.deletable] == names[sent_before_the_end:]
    kit.abandon(left, confirm=left.confirmation)
    record = kit.records.get(run.id)
    assert record.state == "abandoned"
    assert set(record.last("run-abandoned").data["deleted"]) == set(names[sent_before_the_end - 1 :])
    assert len([one for one in kit.simulator.requests if one.method == "DELETE"]) == 3


def running_deletions(kit, run):
    """Return the ids of what is being deleted, by the record."""
    steps = running_steps(run._context.view(run.id))
    return [name.removeprefix(DELETION) for name in steps if is_deletion(name)]


def test_nothing_is_deleted_that_was_restored_to_after_the_list_was_read(world, begin):
    kit = world()
    run = begin(kit).wait(poll_s=1, say=None)
    step = delete_step(run._view, "target", run._view.target_id, "new", run._context)
    with pytest.raises(ddmkit.InputError, match="may be in use"):
        carry_out(step, run.id, run._context.restore, operator="ada")
    assert requests_to(kit, "DeleteInstance") == []


def test_after_a_metadata_restore_that_failed_a_new_plan_takes_the_nodes_that_were_kept(world, plan_on, begin):
    kit = world("job-fails")
    run = begin(kit)
    with pytest.raises(ddmkit.JobFailedError, match="keep=") as stopped:
        run.wait(poll_s=1, say=None)
    assert "send_again" not in str(stopped.value)
    nodes = {one.step.removeprefix("node:"): one.made for one in run.steps if one.step.startswith("node:")}
    todo = kit.plan_abandon(run.record, keep=nodes.values())
    assert todo.confirmation == "delete 1"
    kit.abandon(todo, confirm="delete 1")
    assert kit.records.get(run.id).last("run-abandoned").data["kept"] == sorted(nodes.values())
    assert billed(kit, run) == 2
    kit.simulator.clear_faults()
    again = begin(kit, plan_on(kit, nodes=nodes))
    assert billed(kit, run) == 2  # nothing uses them so far
    again.wait(poll_s=1, say=None)
    assert again.status == "completed"
    assert again._view.node_ids == nodes
    assert billed(kit, run) is None


def test_what_was_kept_is_counted_as_billed_until_it_is_deleted_too(world, begin):
    kit = world("job-fails")
    run = begin(kit)
    with pytest.raises(ddmkit.JobFailedError):
        run.wait(poll_s=1, say=None)
    (one, _) = (step.made for step in run.steps if step.step.startswith("node:"))
    kit.abandon(kit.plan_abandon(run.record, keep=[one]), confirm="delete 2")
    assert billed(kit, run) == 1
    shown = kit.records.get(run.id)._repr_mimebundle_()["text/plain"]
    assert f"1 stayed when it was given up: {kit.plan_abandon(run.id).deletable[0].name} (you keep it)" in shown
    assert "1 instance that it created may still be billed" in shown
    kit.abandon(kit.plan_abandon(run.id), confirm="delete 1")
    assert billed(kit, run) is None
    assert "billed" not in kit.records.list(state="abandoned").table().text


def test_a_run_is_not_given_up_while_what_it_requested_is_not_listed_yet(world, begin, monkeypatch):
    kit = world()
    run = begin(kit)
    listed = run._context.rds.list_instances
    made = {one.made for one in run.steps if one.step.startswith("node:")}
    monkeypatch.setattr(
        type(run._context.rds),
        "list_instances",
        lambda *_, **given: tuple(one for one in listed(**given) if one.id not in made),
    )
    with pytest.raises(ddmkit.NotReadyError, match="is not listed so far"):
        kit.plan_abandon(run.record)


def test_a_list_that_has_changed_since_it_was_shown_is_not_carried_out(world, plan_on, begin):
    kit = world()
    run = begin(kit, plan_on(kit, throwaway=True)).wait(poll_s=1, say=None)
    shown = kit.plan_abandon(run.record)
    fewer = shown.model_copy(update={"items": shown.items[1:]})
    kept = shown.model_copy(update={"keep": (shown.items[-1].id,)})
    for todo in (fewer, kept):
        with pytest.raises(ddmkit.NotReadyError, match="has changed since the list was shown"):
            kit.abandon(todo, confirm=todo.confirmation)
    assert [one for one in kit.simulator.requests if one.method == "DELETE"] == []
