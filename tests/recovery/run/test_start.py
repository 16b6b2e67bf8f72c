"""Beginning a recovery: nothing is sent without the right words, and one recovery of a source at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

import ddmkit
from tests.recovery.run.conftest import PASSWORD


def created(kit):
    return [one for one in kit.simulator.requests if one.method == "POST" and one.path.endswith("/instances")]


def test_nothing_is_sent_without_the_words_of_a_person(world, plan_on, begin):
    kit = world()
    recovery = plan_on(kit)
    for changes, told in (
        ({"confirm": "orders"}, "typed exactly"),
        ({"accept": ["no-such-check"]}, "which is no check"),
    ):
        with pytest.raises(ddmkit.NotConfirmedError, match=told) as caught:
            begin(kit, plan_on(kit), **changes)
        assert caught.value.record.state == "refused"
    with pytest.raises(ddmkit.InputError, match="node_password"):
        begin(kit, recovery, node_password="short")
    kit.simulator.advance(timedelta(minutes=31))
    with pytest.raises(ddmkit.NotReadyError, match="expired"):
        begin(kit, recovery)
    assert created(kit) == []


def test_a_kit_that_only_reads_begins_nothing(world, plan_on, monkeypatch):
    kit = world()
    recovery = plan_on(kit)
    monkeypatch.setattr(kit._recoveries, "_read_only", True)
    with pytest.raises(ddmkit.InputError, match="only reads"):
        kit.recover(recovery, confirm=recovery.source_name, node_password=PASSWORD)


def test_a_second_recovery_of_the_same_source_waits_for_the_first(world, plan_on, begin):
    kit = world()
    run = begin(kit)
    facts = kit.scenario
    other = plan_on(kit, restore_time=facts.restore_time - timedelta(seconds=60))
    with pytest.raises(ddmkit.BusyError, match=f"Another recovery.*{run.id}"):
        begin(kit, other)
    same = plan_on(kit)
    assert begin(kit, same).id == run.id
    assert len(created(kit)) == 3


def test_a_check_that_fails_keeps_everything_from_being_sent(world, plan_on, begin):
    kit = world("time-gap")
    recovery = plan_on(kit)
    assert not recovery.ready
    with pytest.raises(ddmkit.NotReadyError, match="time-per-node"):
        begin(kit, recovery)
    assert created(kit) == []


def test_after_a_day_the_run_is_confirmed_again(world, plan_on, begin):
    kit = world()
    recovery = plan_on(kit)
    run = begin(kit, recovery, node_password=lambda: None)
    assert run.status == "waiting"
    kit.simulator.advance(timedelta(hours=25))
    held = kit.resume(run.record, node_password=PASSWORD)
    with pytest.raises(ddmkit.NotConfirmedError, match="confirmed 1 d 1 h ago"):
        held.wait(poll_s=1, say=None)
    with pytest.raises(ddmkit.NotConfirmedError):
        kit.accept(run.record, [], confirm="another")
    assert created(kit) == []
    kit.accept(run.record, [], confirm=recovery.source_name)
    with pytest.raises(ddmkit.DDMKitError):
        kit.accept(run.record, ["nothing-waits-for-this"])


def test_a_run_whose_program_ended_before_it_was_confirmed_sends_nothing_and_makes_way(world, plan_on, begin):
    kit = world()
    store = kit._context.store
    append = store.append

    def end(run_id, kind, facts, **options):
        if kind == "confirmed":
            raise KeyboardInterrupt
        return append(run_id, kind, facts, **options)

    store.append = end
    with pytest.raises(KeyboardInterrupt):
        begin(kit)
    store.append = append
    (left,) = kit.records.list(kind="recovery")
    assert (left.state, created(kit)) == ("opened", [])
    for go_on in (
        kit.resume(left.id, node_password=PASSWORD).wait,
        lambda: kit.accept(left.id, [], confirm=plan_on(kit).source_name),
    ):
        with pytest.raises(ddmkit.NotConfirmedError, match="ended before it was confirmed"):
            go_on()
    with pytest.raises(ddmkit.BusyError):
        begin(kit)
    kit.simulator.advance(timedelta(minutes=6))
    run = begin(kit)
    assert run.id != left.id
    assert kit.records.get(left.id).state == "refused"
    assert len(created(kit)) == 3  # two nodes and the target


def test_a_run_that_was_closed_meanwhile_cannot_be_confirmed_late(world, plan_on, begin):
    kit = world()
    store = kit._context.store
    append = store.append

    def lose_the_claim(run_id, kind, facts, **options):
        if kind == "confirmed":
            store.append = append
            assert store.close_unconfirmed(run_id, {"reason": "too slow"})
        return append(run_id, kind, facts, **options)

    store.append = lose_the_claim
    with pytest.raises(ddmkit.RecordError, match="closed before it was confirmed"):
        begin(kit)
    assert created(kit) == []
