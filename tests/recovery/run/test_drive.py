"""A whole recovery on the simulator, from the plan to a verified target: one world for all looks at it."""

from __future__ import annotations

import json

import pytest

import ddmkit
from ddmkit.kit import Kit
from tests.recovery.run.conftest import NOW, PASSWORD


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Carry one recovery out, and keep its world open."""
    folder = tmp_path_factory.mktemp("whole")
    kit = ddmkit.demo(
        scenario="whole-incident",
        faults=["password-echoed"],
        now=NOW,
        world=folder / "world.sqlite",
        records=folder / "records.sqlite",
    )
    facts = kit.scenario
    recovery = kit.plan_recovery(source=facts.source, restore_time=facts.restore_time, incident=facts.incident)
    run = kit.recover(recovery, confirm=recovery.source_name, node_password=PASSWORD)
    told = []
    run.wait(poll_s=1, say=told.append)
    yield kit, recovery, run, told
    kit.close()


def test_every_step_completes_and_nothing_was_accepted(finished):
    _, recovery, run, told = finished
    assert recovery.warnings == ()
    assert run.status == "completed"
    assert [one.state for one in run.steps] == ["completed"] * len(recovery.steps)
    assert run.waits_for == ()
    assert len(told) >= len(recovery.steps)


def test_the_target_was_verified_and_has_an_address(finished):
    run = finished[2]
    assert run.verification.passed
    assert run.address.endswith(":5066")
    assert run.address in run.show().text


def test_each_node_and_the_target_were_requested_once_in_order(finished):
    kit, recovery, _, _ = finished
    sent = [one for one in kit.simulator.requests if one.method == "POST" and one.path.endswith("/instances")]
    assert [one.service for one in sent] == ["rds"] * len(recovery.nodes) + ["ddm"]
    assert len(kit.simulator.effective_restores()) == 1


def test_every_proof_passed_by_our_own_record(finished):
    run = finished[2]
    proofs = [check for check in run.checks if check.id.startswith("nodes-recovered:")]
    assert [check.status for check in proofs] == ["pass"] * 2
    assert all("own record" in check.detail for check in proofs)
    networks = [check for check in run.checks if check.id.startswith("same-network:")]
    assert [check.status for check in networks] == ["pass"] * 2


def test_what_was_recorded_as_the_request_is_what_the_plan_showed(finished):
    _, recovery, run, _ = finished
    intents = {event.data["step"]: event.data for event in run.record.events if event.kind == "step-intent"}
    for step in recovery.steps:
        if step.call and step.name not in {"restore", "refresh"}:
            sent = intents[step.name]
            shown = ("method", "path", "headers", "body")
            assert {name: sent.get(name) for name in shown} == {name: step.call.get(name) for name in shown}


def test_the_same_instant_is_in_every_request(finished):
    _, recovery, run, _ = finished
    text = json.dumps([event.data.get("body") for event in run.record.events if event.kind == "step-intent"])
    assert text.count(f'"restore_time": {recovery.instant.ms}') == len(recovery.nodes) + 1


def test_the_password_is_in_no_byte_although_the_service_repeated_it(finished, tmp_path):
    kit, _, run, told = finished
    exported = run.record.export(tmp_path / "r.json")
    page = run.record.export_page(tmp_path / "r.html")
    store = kit.simulator.world_path.parent.glob("records.sqlite*")
    for place in [exported, page, *store]:
        assert PASSWORD.encode() not in place.read_bytes()
    assert PASSWORD not in run.show().html + repr(run) + "".join(told)
    assert kit.known_secrets().count(PASSWORD) == 0  # it was dropped after the last node


def test_a_run_is_found_again_and_does_not_begin_twice(finished):
    kit, recovery, run, _ = finished
    before = len(kit.simulator.requests)
    again = kit.recover(recovery, confirm="whatever")
    assert again.id == run.id
    assert kit.resume(run.record).status == "completed"
    sent = kit.simulator.requests[before:]
    assert [one for one in sent if one.method in {"POST", "PUT", "DELETE"} and "simplified" not in one.path] == []


def test_offers_are_named_and_one_is_carried_out(finished):
    kit, recovery, run, _ = finished
    assert [offer.id for offer in run.offers] == ["administrator", "source-read-only"]
    with pytest.raises(ddmkit.NotConfirmedError):
        kit.follow_up(run.record, "source-read-only", confirm="another")
    with pytest.raises(ddmkit.InputError, match="not offered"):
        kit.follow_up(run.record, "lift-read-only", confirm=recovery.source_name)
    done = kit.follow_up(run.record, "source-read-only", confirm=recovery.source_name)
    for _ in range(20):
        done = kit.resume(run.record)
        if "lift-read-only" in {offer.id for offer in done.offers}:
            break
    assert "lift-read-only" in {offer.id for offer in done.offers}
    assert done.status == "completed"
    assert next(one.title for one in done.steps if one.step == "source-read-only") == "Make the source read-only"


def test_a_step_that_is_sent_again_does_not_show_why_it_was_refused_before(world, begin):
    kit = world()
    kit.simulator.inject("busy-source*1")
    with pytest.raises(ddmkit.BusyError) as refused:
        begin(kit)
    record = refused.value.record
    first = kit.resume(record).steps[0]
    assert (first.state, "busy" in first.reason) == ("failed", True)
    run = kit.send_again(record, step=first.step, confirm="ddm-orders-prod", node_password=PASSWORD)
    assert (run.steps[0].state, run.steps[0].reason) == ("running", "")


def test_a_recovery_whose_metadata_are_restored_is_not_given_up(finished):
    kit, _, run, _ = finished
    with pytest.raises(ddmkit.NotReadyError, match="may be in use"):
        kit.plan_abandon(run.record)


def test_an_imported_recovery_is_shown_and_never_advanced(finished, tmp_path):
    run = finished[2]
    exported = run.record.export(tmp_path / "r.json")
    with ddmkit.demo(
        scenario="whole-incident", now=NOW, world=tmp_path / "w.sqlite", records=tmp_path / "o.sqlite"
    ) as other:
        other.records.import_files(exported)
        record = other.records.get(run.id)
        assert record.state == "completed"
        for act in (
            lambda: other.accept(record, []),
            lambda: other.send_again(record, step="target", confirm="x"),
            lambda: other.plan_abandon(record),
        ):
            with pytest.raises(ddmkit.InputError):
                act()


def test_a_kit_that_only_reads_follows_a_run_and_neither_begins_nor_fails_a_step_of_it(world, begin):
    kit = world()
    run = begin(kit)
    with Kit(
        kit._settings, records=run._context.store.url_shown, now=kit.now, identity=kit.simulator.world_id, read_only=True
    ) as other:
        watched = other.resume(run.id)
        with pytest.raises(ddmkit.InputError, match=r"only reads: the next step, prove-nodes, is not begun here.*resume"):
            watched.wait(poll_s=1, say=None)
        assert watched.status == "running"
    assert run.wait(poll_s=1, say=None).status == "completed"
