"""Records of every scenario and every fault: they verify, and the simulator decides on them as it was decided before."""

from __future__ import annotations

import functools
import random
import re
from datetime import UTC, datetime, timedelta

import pytest

import ddmkit
from ddmkit.handles.records import Records
from ddmkit.records import RecordStore, file_of, verify_file
from ddmkit.records.files.export import read_record_text
from ddmkit.service.client import Client
from ddmkit.simulator import FAULTS, RECOVERY_FAULTS, SCENARIOS
from tests.nightly import sample, times, without

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    for name in ("DDMKIT_RECORDS", "DDMKIT_TIME_ZONE", "DDMKIT_DEMO_WORLD", "DDMKIT_DEMO_NOW"):
        monkeypatch.delenv(name, raising=False)
    live_at_once(monkeypatch)


def live_at_once(patch):
    patch.setattr("ddmkit.kit.Client", functools.partial(Client, sleep=lambda seconds: None))


@pytest.fixture
def open_kit(tmp_path):
    kits = []

    def make(**options):
        kits.append(ddmkit.demo(world=tmp_path / f"world-{len(kits)}.sqlite", now=NOW, operator="ada", **options))
        return kits[-1]

    yield make
    for kit in kits:
        kit.close()


def told(detail):
    """Return what a check says, without the ids of traces and without the reads that were tried."""
    return re.sub(r"trace [0-9a-f-]{36}|Tried: .*", "", detail)


class Silent:
    def on_job(self, job, errors): ...

    def on_poll_error(self, error, count): ...


def plan_of(kit, **changes):
    facts = kit.scenario
    point = {} if {"restore_time", "backup_id"} & set(changes) else {"backup_id": facts.backup_id}
    chosen = {"source": facts.source, "target": facts.target, "data_nodes": facts.data_nodes}
    return kit.plan(**{**chosen, **point, **changes})


def record_of(kit, *, finish=True, fault="", **changes):
    """Submit and follow, with a fault if one is asked for and whatever comes of it, and give the record."""
    plan = plan_of(kit, **changes)
    if fault:
        kit.simulator.inject(fault)
    try:
        job = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, ticket="INC-7")
        if finish:
            job.wait(timeout_s=0.3 if fault else 60, poll_s=0, listener=Silent())
    except ddmkit.DDMKitError:
        pass
    return kit.records.get(kit.records.list()[0].id)


def said(rows):
    return [(row.check, row.recorded, row.decided_again, row.in_rebuilt_world) for row in rows]


# Scenarios that have a target and a recovered node for each data node. A record of 64 nodes takes as long as all the others.
PREPARED = without([name for name in SCENARIOS if name not in {"whole-incident", "half-recovered"}], "many-nodes")


@pytest.fixture(scope="module", params=sample(PREPARED, one_in=2))
def exported(request, tmp_path_factory):
    """The record of a whole restore of each scenario, and the file that it was exported to."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        live_at_once(patch)
        with ddmkit.demo(request.param, world=folder / "world.sqlite", now=NOW, operator="ada") as kit:
            record = record_of(kit)
    return record, record.export(folder / "x.ddmrecord.json")


def test_the_record_of_every_scenario_verifies_and_is_decided_alike_when_replayed(exported):
    record, path = exported
    assert (record.state, record.verify()) == ("completed", [])
    read = ddmkit.read_record(path)
    assert (read.run, read.verify()) == (record.run, [])
    with ddmkit.replay(read) as replayed:
        assert said(replayed.differences) == []
        assert [row.check for row in replayed.checks if row.recorded_detail != row.rebuilt_detail] == []
        assert replayed.same


def test_a_round_trip_through_export_and_import_keeps_every_digest(exported, tmp_path):
    record, path = exported
    with RecordStore.open(tmp_path / "other.sqlite", clock=lambda: NOW) as store:
        shelf = Records(store)
        shelf.import_files(path)
        back = shelf.get(record.id)
        again = back.export(tmp_path / "again.ddmrecord.json")
    assert back.header.digest == record.header.digest
    assert [event.sha256 for event in back.events] == [event.sha256 for event in record.events]
    assert again.read_bytes() == path.read_bytes()


def test_each_changed_byte_of_every_scenarios_record_is_found_out_or_means_nothing(exported):
    _, path = exported
    content = path.read_bytes()
    file = read_record_text(content, "x")
    chance = random.Random(1)  # a sample that is the same each time
    unnoticed = []
    most = times(120, at_night=500)
    many = min(most, most * 30_000 // len(content))  # a long record takes longer to verify
    for position in chance.sample(range(len(content)), many):
        changed = bytearray(content)
        changed[position] = chance.choice([byte for byte in range(32, 127) if byte != content[position]])
        try:
            read = read_record_text(bytes(changed), "x")
        except ddmkit.RecordError:
            continue
        if not verify_file(read):
            unnoticed.append((position, read == file and content[position : position + 1].isspace()))
    assert all(means_nothing for _, means_nothing in unnoticed), unnoticed


# To rehearse the 64 nodes of `many-nodes` takes as long as all the others together.
@pytest.mark.parametrize(
    "scenario", sample((name for name in PREPARED if name not in {"old-backup", "busy-region", "many-nodes"}), one_in=2)
)
def test_a_restore_to_a_point_in_time_is_decided_alike_and_can_be_rehearsed(open_kit, scenario):
    kit = open_kit(scenario=scenario)
    record = record_of(kit, restore_time=kit.scenario.restore_time)
    with ddmkit.replay(record) as replayed:
        assert said(replayed.differences) == []
        job = replayed.rehearse(listener=Silent())
        assert (job.status, job.verification.passed) == ("completed", True)
        assert job.record.header.purpose == f"rehearsal of record {record.id}"
        compared = ddmkit.compare(record, job.record)
        assert {row.what for row in compared.inputs} == {"service", "project_id"}
        # An audit trail has its own ids in every world, and only lists what this world holds.
        assert [row for row in compared.checks if told(row.first) != told(row.second)] == []


def test_a_restore_from_a_backup_can_be_rehearsed_though_the_nodes_hold_a_later_instant(open_kit):
    kit = open_kit(scenario="dropped-schema")
    plan = plan_of(kit)
    job = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings).wait(poll_s=0, listener=Silent())
    with ddmkit.replay(job.record) as replayed:
        assert replayed.rehearse(listener=Silent()).verification.passed


@pytest.mark.parametrize("fault", sample((name for name in FAULTS if name not in RECOVERY_FAULTS), one_in=3))
def test_the_record_of_every_fault_verifies_and_can_be_shown_and_replayed(open_kit, fault):
    at_the_restore = fault in {"server-error", "html-502", "bad-json", "truncated-body"}
    kit = open_kit()
    record = record_of(kit, fault=f"{fault}@RestoreMetadata" if at_the_restore else fault)
    assert not kit.simulator._faults.is_active(fault) or fault == "skewed-clock", "it did not strike"
    assert record.verify() == []
    assert verify_file(file_of(record.run)) == []
    assert record.to_html()
    assert record.to_markdown()
    assert record.to_postmortem()
    with ddmkit.replay(record) as replayed:
        assert said(replayed.differences) == []


def test_a_fault_that_struck_the_look_is_the_only_difference_of_a_replay(open_kit):
    record = record_of(open_kit(faults=["server-error@ListTasks*"]))
    assert record.last("planned").data["inventory"]["jobs"]["problem"]
    with ddmkit.replay(record) as replayed:
        assert said(replayed.differences) == [("instances-idle", "warn", "warn", "pass")]
        assert not replayed.same
        assert "1 with another result" in repr(replayed)


def other_targets(kit):
    return [row for row in kit.targets(kit.scenario.source) if not row.available]


def test_refusals_are_decided_alike_each_for_its_reason(open_kit):
    kit = open_kit()
    facts = kit.scenario
    nodes = [
        row
        for row in kit.target_nodes(
            facts.source, facts.target, kit.related_nodes(facts.source, facts.backup_id)[0], facts.restore_time
        )
        if not row.available
    ]
    targets = other_targets(kit)
    assert len(targets) >= 4
    assert len(nodes) >= 5
    wishes = [{"target": row.instance_id} for row in targets]
    wishes += [{"data_nodes": [row.instance_id, facts.data_nodes[1]]} for row in nodes]
    wishes += [
        {"data_nodes": [facts.data_nodes[0]]},
        {"data_nodes": [facts.data_nodes[0]] * 2},
        {"data_nodes": ["f4e2949e9b9b4d60b42c89ed39bfe34cin01", facts.data_nodes[0]]},
        {"target": facts.source},
        {"restore_time": NOW + timedelta(hours=1)},
        {"restore_time": NOW - timedelta(days=20)},
        {"restore_time": NOW - timedelta(days=3, hours=2)},
        {"backup_id": "no-such-backup"},
        {"backup_id": next(one.id for one in kit.backups() if one.instance_id != facts.source)},
    ]
    for wish in wishes:
        record = record_of(kit, **wish)
        assert record.state == "refused", wish
        with ddmkit.replay(record) as replayed:
            assert said(replayed.differences) == [], wish


def test_what_was_refused_is_refused_in_its_rehearsal_too(open_kit):
    kit = open_kit()
    record = record_of(kit, data_nodes=[kit.scenario.data_nodes[0]])
    with ddmkit.replay(record) as replayed:
        assert replayed.same
        with pytest.raises(ddmkit.NotReadyError, match="nodes-count"):
            replayed.rehearse(listener=Silent())
        assert replayed.kit.simulator.effective_restores() == []


def test_a_running_job_is_part_of_the_rebuilt_world(open_kit):
    kit = open_kit()
    kit.simulator.world.add_job(kit.scenario.target, pinned_status="Running")
    record = record_of(kit)
    with ddmkit.replay(record) as replayed:
        assert said(replayed.differences) == []
        assert replayed.kit.jobs(timedelta(days=7))


def test_a_replay_talks_to_the_simulator_alone(open_kit):
    with ddmkit.replay(record_of(open_kit(), finish=False)) as replayed:
        assert replayed.kit.settings.endpoint == replayed.kit.simulator.endpoint
        assert [one.method for one in replayed.kit.simulator.requests if one.method != "GET"] == []
        assert set(replayed._repr_mimebundle_()) == {"text/plain", "text/html"}
        assert "differs" not in repr(replayed)


def test_a_world_can_be_kept_and_a_taken_path_is_refused(open_kit, tmp_path):
    record = record_of(open_kit(), finish=False)
    path = tmp_path / "kept.sqlite"
    ddmkit.replay(record, world=path).close()
    assert path.exists()
    with pytest.raises(ddmkit.RecordError, match="is there already"):
        ddmkit.replay(record, world=path)


def test_a_temporary_world_is_gone_afterwards(open_kit):
    with ddmkit.replay(record_of(open_kit(), finish=False)) as replayed:
        world = replayed.kit.simulator.world_path
        assert world.exists()
    assert not world.exists()


def test_a_record_without_a_plan_cannot_be_replayed(open_kit, tmp_path):
    record = record_of(open_kit(), finish=False)
    bare = type(record)(record.run.model_copy(update={"events": record.events[:1]}))
    with pytest.raises(ddmkit.RecordError, match="holds no plan"):
        ddmkit.replay(bare)


def test_planning_again_shows_what_changed_since_and_sends_nothing(open_kit):
    kit = open_kit()
    record = record_of(kit, finish=False)
    kit.simulator.advance(timedelta(hours=1))
    sent = len(kit.simulator.effective_restores())
    again = kit.plan_again(record)
    assert again.plan.digest == record.header.digest
    assert again.plan.id != record.header.plan_id
    assert {row.what for row in again.checks} >= {"target-empty", "nodes-available"}
    assert any(row.what.startswith("target_schemas[orders]") for row in again.facts)
    assert not again.same
    assert len(kit.simulator.effective_restores()) == sent
    assert "Checks that changed since" in repr(again)
    assert set(again._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_planning_again_at_once_shows_no_difference(open_kit):
    kit = open_kit()
    with pytest.raises(ddmkit.NotConfirmedError) as caught:
        kit.submit(plan_of(kit))
    again = kit.plan_again(caught.value.record.id)
    assert again.same
    assert again.plan.inputs == caught.value.record.last("planned").data["inputs"]


def test_planning_again_elsewhere_is_refused_and_points_to_the_simulator(open_kit):
    record = record_of(open_kit(), finish=False)
    with pytest.raises(ddmkit.InputError, match=r"ddmkit\.replay"):
        open_kit().plan_again(record)
