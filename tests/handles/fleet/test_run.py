"""A fleet from its table to its end on the simulator: waves, gates, stops, other operators, and what is never done twice."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

import ddmkit
from ddmkit.errors import InputError, NotConfirmedError, NotReadyError, RecordError
from ddmkit.fleet.plan import fleet_plan_of
from ddmkit.handles.fleet.run import FleetRun
from ddmkit.records.fleets.rules import ItemState
from ddmkit.records.fleets.store import FleetStore


@pytest.fixture
def world(monkeypatch):
    """Return a function that starts a simulator with a fleet, whose jobs end at once."""
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "100")
    kits = []

    def start(size, **options):
        kits.append(ddmkit.demo(scenario="fleet", size=size, operator="ada", **options))
        return kits[-1]

    yield start
    for kit in kits:
        kit.close()


def submit(kit, **settings):
    fleet = kit.plan_fleet(list(kit.scenario.rows), **{"gate": "none", **settings})
    return kit.submit_fleet(fleet, confirm=fleet.confirmation, accept=accept_all(fleet))


def accept_all(fleet):
    return {item.row: item.warnings for item in fleet.items}


def states(run):
    return {row.row: row.state for row in run.rows}


def test_a_fleet_goes_wave_by_wave_to_a_verified_end(world):
    kit = world(4)
    fleet = kit.plan_fleet(list(kit.scenario.rows), waves=[1, 2, "rest"])
    assert (fleet.ready, fleet.waves, fleet.confirmation) == (True, (1, 2, 1), "restore 4")
    assert "To approve exactly this, type: restore 4" in fleet.show().text
    assert list(fleet.frame()["row"]) == ["shop-001", "shop-002", "shop-003", "shop-004"]
    run = kit.submit_fleet(fleet, confirm="restore 4", accept=accept_all(fleet), ticket="OPS-7")
    assert kit.simulator.effective_restores() == []
    run.work()
    assert (run.status, run.counts) == ("waiting", {"waiting": 3, "completed": 1})
    assert "wave 2 waits for its gate: look at wave 1, then go on: run.go_on() opens it. Untouched: 3." in run.show().text
    run.go_on().work()
    assert run.counts == {"waiting": 1, "completed": 3}
    run.go_on().work()
    assert (run.status, run.counts) == ("completed", {"completed": 4})
    assert {row.reason for row in run.rows} == {"verified: the target holds what it should"}
    assert len(kit.simulator.effective_restores()) == 4
    assert all(row.reason for row in run.rows)


def test_the_record_of_the_fleet_names_the_records_of_its_items(world, tmp_path):
    kit = world(2)
    run = submit(kit).work()
    record = run.record
    assert (record.state, record.run.header.kind) == ("completed", "fleet")
    named = [event.data for event in record.run.events if event.kind == "fleet-item"]
    assert [one["row"] for one in named] == ["shop-001", "shop-002"]
    for one in named:
        assert one["record_sha256"] in {event.sha256 for event in kit.records.get(one["record"]).run.events}
    path = record.export(tmp_path / "fleet.ddmrecord.json")
    read = ddmkit.read_record(path)
    assert read.verify() == []
    assert fleet_plan_of(read.run).digest == run.digest


def test_nothing_is_sent_without_the_typed_count_and_each_rows_warnings(world):
    kit = world(2)
    fleet = kit.plan_fleet(list(kit.scenario.rows))
    for confirm, accept in (
        ("", {}),
        ("restore 3", {}),
        ("Restore 2", {}),
        ("restore 2", {"shop-009": ["x"]}),
        ("restore 2", {"shop-001": ["x"]}),
    ):
        with pytest.raises(NotConfirmedError, match="Nothing was sent"):
            kit.submit_fleet(fleet, confirm=confirm, accept=accept)
    assert len(kit.records) == 0


def test_a_fleet_with_a_failed_check_is_not_submitted(world):
    kit = world(3)
    rows = list(kit.scenario.rows)
    rows[1] = {**rows[1], "target": rows[1]["source"]}
    fleet = kit.plan_fleet(rows)
    assert [item.row for item in fleet.not_ready] == ["shop-002"]
    first = next(iter(fleet.checks))
    assert (first.status, first.rows, first.which) == ("fail", 1, "shop-002")
    with pytest.raises(NotReadyError, match=r"1 of 3 rows are not ready; nothing was sent:\n- row shop-002: "):
        kit.submit_fleet(fleet, confirm="restore 3", accept=accept_all(fleet))


def test_bad_input_is_refused_before_any_request(world):
    kit = world(2)
    rows = list(kit.scenario.rows)
    kit.instances()
    before = len(kit.simulator.requests)
    for wrong, settings in (
        ([{**rows[0], "restore_time": None}], {}),
        ([{**rows[0], "data_nodes": "no-id"}], {}),
        ([rows[0], rows[0]], {}),
        ([{**rows[0], "secret_key": "x"}], {}),
        (rows, {"cap": 0}),
        (rows, {"stop_after": 0}),
        (rows, {"waves": [1]}),
        (rows, {"gate": "maybe"}),
        ([{"row": "r", "source": rows[0]["source"], "restore_time": 1, "backup_id": "b"}], {}),
    ):
        with pytest.raises(InputError):
            kit.plan_fleet(wrong, **settings)
    assert len(kit.simulator.requests) == before


def test_the_first_bad_row_of_the_first_wave_pauses_and_another_operator_goes_on(world, monkeypatch):
    kit = world(4, faults=["job-fails*1"])
    run = submit(kit, waves=[1, "rest"])
    run.work()
    assert run.status == "waiting"
    assert run.counts == {"waiting": 3, "failed": 1}
    shown = run.show().text
    assert "Paused by the program: 1 bad item: shop-001 (failed). In flight: none. Untouched: 3." in shown
    assert all(row.reason for row in run.rows)
    bob = connect_beside(kit, "bob")
    again = bob.resume_fleet(run.id).go_on()
    again.work()
    assert again.counts == {"completed": 3, "failed": 1}
    assert again.status == "stopped"
    told = [event.data for event in again.record.run.events if event.kind == "fleet-continued"]
    assert [(one["operator"], one["acknowledged"]) for one in told] == [("bob", ["shop-001"])]
    bob.close()


def connect_beside(kit, operator):
    """Return a colleague's kit: another connection to the same service, with the same record store."""
    facts = kit.scenario
    beside = ddmkit.connect(
        endpoint=facts.endpoint,
        project_id=facts.project_id,
        token=facts.token,
        records=kit.records.location,
        operator=operator,
        **{name: getattr(facts, name) for name in ("rds_endpoint", "vpc_endpoint", "cts_endpoint", "iam_endpoint")},
    )
    beside._sleep = kit._sleep  # the pauses of the simulator, not those of a cloud
    return beside


def test_a_pause_of_a_colleague_keeps_the_rest_untouched_and_going_on_does_nothing_twice(world):
    kit = world(4)
    run = submit(kit, waves=["rest"], cap=1)
    bob = connect_beside(kit, "bob")
    theirs = bob.resume_fleet(run.id)
    ended = threading.Event()
    original = kit.simulator.effective_restores

    def pause_after_the_first():
        while not original() and not ended.wait(0.01):
            pass
        theirs.pause(reason="wrong weekend")

    with ThreadPoolExecutor(1) as pool:
        pausing = pool.submit(pause_after_the_first)
        run.work()
        ended.set()
        pausing.result()
    counts = run.counts
    assert run.status == "waiting"
    assert counts["completed"] + counts["waiting"] == 4
    assert counts["completed"] == len(kit.simulator.effective_restores())
    assert "Paused by bob: wrong weekend." in run.show().text
    theirs.go_on().work()
    assert run.counts == {"completed": 4}
    assert set(Counter(one["target"] for one in kit.simulator.effective_restores()).values()) == {1}
    bob.close()


def test_workers_that_were_stopped_do_not_go_on_beside_those_of_a_new_start(world, monkeypatch):
    """The first worker is in its pause while a person stops it and starts again; it notices only after that."""
    kit = world(4)
    run = submit(kit, waves=["rest"])
    is_pausing, stopped, stopping, takes = threading.Event(), threading.Event(), threading.Event(), []
    take = FleetStore.take

    def note_take(self, *given, **options):
        takes.append(threading.current_thread().name[:3])
        return take(self, *given, **options)

    def pause(_seconds):
        if threading.current_thread().name.startswith("old"):
            is_pausing.set()
            assert stopped.wait(60)
        elif not stopped.is_set():
            stopped.set()
            first.result(60)
        else:
            time.sleep(0.05)  # nothing waits for it; without it the job would be asked for hundreds of times

    monkeypatch.setattr(FleetStore, "take", note_take)
    context = replace(run._context, restore=replace(run._context.restore, sleep=pause))
    run = FleetRun(run.id, context, remote=run._remote)
    with ThreadPoolExecutor(1) as desk, ThreadPoolExecutor(1, "old") as old, ThreadPoolExecutor(1, "new") as new:
        first = desk.submit(run.work, old, workers=1, stopping=stopping)
        assert is_pausing.wait(60)
        stopping.set()
        run.work(new, workers=1)
    assert takes.count("old") == 1
    assert run.counts == {"completed": 4}
    assert len(kit.simulator.effective_restores()) == 4


def test_workers_that_are_stopped_before_they_begin_take_nothing(world):
    kit = world(1)
    run = submit(kit)
    stopping = threading.Event()
    stopping.set()
    run.work(stopping=stopping)
    assert run.counts == {"waiting": 1}
    assert run.work().counts == {"completed": 1}


def test_a_row_that_changed_after_the_approval_is_blocked_and_nothing_is_sent(world):
    kit = world(2)
    run = submit(kit, waves=["rest"])
    kit.simulator.world.add_account(kit.scenario.rows[0]["target"], "shop_rw")
    run.work()
    assert states(run) == {"shop-001": "blocked", "shop-002": "completed"}
    reason = run.rows[0].reason
    assert "target-empty: The target holds 1 account (shop_rw)" in reason
    assert run.status == "stopped"
    assert len(kit.simulator.effective_restores()) == 1


def test_two_fleets_with_one_target_in_common_send_it_once(world):
    kit = world(2)
    rows = list(kit.scenario.rows)
    first, second = kit.plan_fleet(rows, gate="none"), kit.plan_fleet(rows[::-1], gate="none", waves=["rest"])
    runs = [kit.submit_fleet(one, confirm="restore 2", accept=accept_all(one)) for one in (first, second)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda run: run.work(), runs))
    assert set(Counter(one["target"] for one in kit.simulator.effective_restores()).values()) == {1}
    ends = Counter(row.state for run in runs for row in run.rows)
    assert ends["completed"] == len(kit.simulator.effective_restores()) == 2
    assert set(ends) <= {"completed", "blocked", "waiting"}


def test_held_and_skipped_rows_are_left_alone(world):
    kit = world(3)
    run = submit(kit, waves=["rest"])
    run.hold("shop-001", reason="its owner asked")
    run.skip("shop-002", reason="not needed")
    run.cap = 2
    assert run.cap == 2
    run.work()
    assert states(run) == {"shop-001": "held", "shop-002": "skipped", "shop-003": "completed"}
    assert run.rows[0].reason == "its owner asked (ada)"
    run.go_on("shop-001").work()
    assert states(run)["shop-001"] == "completed"
    with pytest.raises(RecordError, match="cannot be skipped any more"):
        run.skip("shop-001", reason="too late")
    with pytest.raises(InputError, match="reason: is empty"):
        run.pause(reason=" ")
    with pytest.raises(InputError, match="cap"):
        run.cap = 0


def test_a_lost_answer_is_looked_for_and_never_sent_again(world):
    kit = world(2, faults=["lost-answer*1"])
    run = submit(kit, waves=["rest"]).work()
    assert run.counts == {"completed": 2}
    assert len(kit.simulator.effective_restores()) == 2
    assert sum(one.operation == "RestoreMetadata" for one in kit.simulator.requests) == 2


def test_a_row_that_failed_is_approved_again_in_a_new_fleet(world):
    kit = world(2)
    run = submit(kit, waves=["rest"])
    item = run._read().items[0]
    store = kit._context.store
    taken = store.fleets.take(run.id, ("ada", "desk", 1), "lease")
    store.fleets.settle(taken.item, ItemState.FAILED, "it was refused")
    assert store.fleets.read(run.id).item(item.row).state is ItemState.FAILED
    fleet = kit.plan_fleet([row for row in kit.scenario.rows if row["row"] == item.row], gate="none")
    again = kit.submit_fleet(fleet, confirm="restore 1", accept=accept_all(fleet)).work()
    assert again.counts == {"completed": 1}


def test_a_worker_of_another_digest_or_version_is_refused(world, monkeypatch):
    kit = world(1)
    run = submit(kit)
    with pytest.raises(InputError, match="digest: the fleet on the record is"):
        run.work_alone("another")
    monkeypatch.setattr(ddmkit, "__version__", "9.9.9")
    with pytest.raises(InputError, match="version: the fleet was opened by ddmkit"):
        kit.resume_fleet(run.id)


def test_a_kit_that_only_reads_plans_and_shows_but_does_not_work(world):
    kit = world(1)
    run = submit(kit)
    facts = kit.scenario
    with ddmkit.connect(
        endpoint=facts.endpoint, project_id=facts.project_id, token=facts.token, records=kit.records.location, read_only=True
    ) as reading:
        assert reading.resume_fleet(run.id).status == "running"
        with pytest.raises(InputError, match="this kit only reads"):
            reading.resume_fleet(run.id).work()


def test_wrong_credentials_pause_the_fleet_with_everything_on_the_record(world):
    kit = world(2, faults=["token-expires"])
    kit.simulator.clear_faults()
    run = submit(kit, waves=["rest"])
    kit.simulator.inject("token-expires")
    run.work()
    assert run.counts == {"waiting": 2}
    assert run.status == "waiting"
    assert kit.simulator.effective_restores() == []


class Killed(BaseException):
    """A worker that dies."""


def test_taking_over_a_request_that_may_have_left_means_looking_and_never_sending(world, monkeypatch):
    """The worker dies between its claim and the request; the others only look, and a person decides."""
    kit = world(2, now="2026-05-20T10:00:00Z")
    run = submit(kit, waves=["rest"], stop_after=1, cap=1)

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("ddmkit.sending.send.send_claimed", die)
        run.work(workers=1)
    fleets = kit._context.store.fleets
    (left,) = [item for item in fleets.read(run.id).items if item.claimed]
    assert kit.records.get(left.run_id).state == "sending"
    fleets.let_go(left)  # its lease is over
    bob = connect_beside(kit, "bob")
    theirs = bob.resume_fleet(run.id)
    theirs.work(workers=1)
    assert theirs.counts == {"waiting": 1, "unknown": 1}
    assert theirs.status == "waiting"
    assert kit.simulator.effective_restores() == []
    bob.close()
    kit.simulator.advance(timedelta(minutes=10))
    row = next(one for one in kit.scenario.rows if one["row"] == left.row)
    name = kit.records.get(left.run_id).run.header.target_name
    kit.release(left.run_id, reason="the task list is empty", confirm=name)
    run.go_on().work(workers=1)
    assert run.counts == {"completed": 1, "failed": 1}
    assert "approve it again in a new fleet" in {one.row: one.reason for one in run.rows}[left.row]
    fleet = kit.plan_fleet([row], gate="none")
    assert kit.submit_fleet(fleet, confirm="restore 1", accept=accept_all(fleet)).work().counts == {"completed": 1}
    assert len(kit.simulator.effective_restores()) == 2


def test_a_time_without_an_offset_keeps_the_zone_it_was_planned_in(world):
    kit = world(1)
    (row,) = kit.scenario.rows
    instant = datetime.fromtimestamp(row["restore_time"] / 1000, ZoneInfo("Asia/Shanghai"))
    typed = {**row, "restore_time": f"{instant:%Y-%m-%dT%H:%M:%S}"}
    with pytest.raises(InputError):
        kit.plan_fleet([typed])
    fleet = kit.plan_fleet([typed], time_zone="Asia/Shanghai")
    assert fleet.items[0].digest == kit.plan_fleet([row]).items[0].digest
    run = kit.submit_fleet(fleet, confirm="restore 1", accept=accept_all(fleet))
    assert run.work().counts == {"completed": 1}


def test_a_copied_record_store_on_another_machine_is_warned_of_before_anything_is_sent(world, monkeypatch, caplog):
    kit = world(1)
    run = submit(kit)
    assert run.notice == ""
    monkeypatch.setattr("ddmkit.handles.fleet.run.socket.gethostname", lambda: "another-machine")
    again = kit.resume_fleet(run.id)
    assert again.notice in again.show().text
    again.work()
    assert caplog.messages[0] == again.notice
    assert "this is another-machine" in again.notice
