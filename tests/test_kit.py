"""The kit's front, as people write against it."""

import asyncio
import json
from datetime import timedelta

import pytest

import ddmkit
from tests.kit.conftest import NOON, plan_of


@pytest.fixture
def kit(tmp_path):
    with ddmkit.demo(world=tmp_path / "world.sqlite", now=NOON) as opened:
        yield opened


def test_the_front_in_one_go(kit, tmp_path):
    facts = kit.scenario
    source, target = facts.source, facts.target
    assert kit.now() == NOON
    assert kit.settings.credential_source == "simulator"
    assert source in {instance.id for instance in kit.instances()}
    backups = kit.backups(source)
    assert [backup.created for backup in backups] == sorted((backup.created for backup in backups), reverse=True)
    assert backups.frame()["created"].dtype == "datetime64[us, UTC]"
    assert len(kit.restorable_ranges(source)) == 2
    nodes = kit.related_nodes(source, facts.backup_id)
    assert {candidate.available for candidate in kit.targets(source)} == {True, False}
    assert facts.data_nodes[0] in {row.instance_id for row in kit.target_nodes(source, target, nodes[0], facts.restore_time)}
    assert kit.timeline(source, point=facts.backup_id).to_dict()["description"]

    plan = plan_of(kit)
    assert plan.ready
    assert {check.status for check in plan.checks} <= {"pass", "warn", "skip"}
    assert json.loads(plan.request.body_json()) == plan.request.body()
    job = kit.submit(plan, confirm="ddm-restore-target", accept=plan.warnings, purpose="rehearsal", ticket="INC-7")
    assert (job.status, job.fail_reason) == ("running", "")
    finished = job.wait(timeout_s=60, poll_s=0)
    assert finished is job
    assert (job.status, job.progress) == ("completed", 1.0)
    assert job.verification.passed
    assert job.id in {one.id for one in kit.jobs(since=timedelta(hours=1))}

    again = kit.resume(job.record)
    assert (again.id, again.status) == (job.id, "completed")
    record = job.record
    assert (record.state, record.job_id) == ("completed", job.id)
    assert record.verify() == []
    assert "INC-7" in record.to_html()
    exported = record.export(tmp_path / "x.ddmrecord.json")
    assert ddmkit.read_record(exported).id == record.id
    assert [row.id for row in kit.records.list()] == [record.id]
    assert kit.records.get(record.id).state == "completed"
    assert list(kit.records.frame()["state"]) == ["completed"]


NOT_TEXT = (5, None, 1.5, True, object(), b"x")


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        (lambda kit, given: plan_of(kit, data_nodes=given), NOT_TEXT),
        (lambda kit, given: kit.submit(given, confirm="x"), (*NOT_TEXT, "x", {})),
        (lambda kit, given: kit.submit(plan_of(kit), accept=given), (*NOT_TEXT, [5], [None])),
        (lambda kit, given: kit.submit(plan_of(kit), purpose=given), (*NOT_TEXT, [])),
        (lambda kit, given: kit.submit(plan_of(kit), ticket=given), (*NOT_TEXT, {})),
        (lambda kit, given: kit.resume(given), (*NOT_TEXT, [])),
        (lambda kit, given: kit.plan_again(given), (*NOT_TEXT, [])),
        (lambda kit, given: kit.records.get(given), (*NOT_TEXT, [])),
        (lambda kit, given: kit.adopt(given, "j"), NOT_TEXT),
        (lambda kit, given: kit.release(given, reason="x", confirm="y"), NOT_TEXT),
        (lambda kit, given: kit.jobs(given), (timedelta.max, None, object())),
        (lambda kit, given: kit.export_schema_metadata(kit.scenario.source, given), (5, None, [], "\ud800", "a\0b")),
        (lambda kit, given: kit.records.import_files(given), (5, None, [], "\ud800", "a\0b")),
        (lambda _kit, given: ddmkit.read_record(given), (5, None, [], "\ud800", "a\0b")),
        (lambda kit, given: kit.records.move_to(given), (5, None, [], "", "\ud800")),
    ],
)
def test_what_is_of_the_wrong_kind_is_refused_in_a_sentence_and_nothing_is_sent(kit, entry, wrong):
    for given in wrong:
        with pytest.raises((ddmkit.InputError, ddmkit.RecordError)) as caught:
            entry(kit, given)
        assert str(caught.value).endswith(".")
    assert len(kit.records.list()) == 0
    assert not [one for one in kit.simulator.requests if one.method == "POST"]


def test_a_long_text_in_place_of_an_id_is_not_repeated_whole(kit):
    with pytest.raises(ddmkit.RecordError) as caught:
        kit.records.get("x" * 5000)
    assert len(str(caught.value)) < 300


def test_a_kit_that_only_reads_makes_plans_and_sends_no_restore(kit, tmp_path):
    facts = kit.scenario
    given = {"endpoint": facts.endpoint, "project_id": facts.project_id, "records": tmp_path / "r.sqlite"}
    with ddmkit.connect(token=facts.token, read_only=True, **given) as reader:
        assert "read-only" in repr(reader)
        plan = plan_of(reader, facts)
        assert plan.ready
        with pytest.raises(ddmkit.InputError, match=r"only reads: nothing was sent\. Connect without read_only=True"):
            reader.submit(plan, confirm=plan.target_name, accept=plan.warnings)
        assert len(reader.records.list()) == 0
        with pytest.raises(ddmkit.InputError, match="only reads"):
            reader._client.restore_metadata(plan.call)
    assert {request.method for request in kit.simulator.requests} == {"GET"}
    assert kit.simulator.effective_restores() == []


def test_async_code_calls_a_kit_in_threads(kit):
    async def read():
        return await asyncio.gather(*(asyncio.to_thread(kit.backups, kit.scenario.source) for _ in range(3)))

    first, *others = asyncio.run(read())
    assert len(first) > 0
    assert others == [first, first]


@pytest.mark.parametrize(
    "ask",
    [
        lambda kit, typed: kit.jobs(since=typed),
        lambda kit, typed: kit.timeline(kit.scenario.source, incident=typed),
        lambda kit, typed: kit.timeline(kit.scenario.source, point=typed),
        lambda kit, typed: kit.related_nodes(kit.scenario.source, typed),
        lambda kit, typed: plan_of(kit, backup_id=None, restore_time=typed),
        lambda kit, typed: plan_of(kit, incident=typed),
    ],
)
def test_a_time_without_an_offset_is_read_in_a_zone_that_somebody_named_and_never_in_utc_by_default(kit, tmp_path, ask):
    with pytest.raises(ddmkit.InputError, match="does not say in which zone"):
        ask(kit, "2026-05-20 12:45:00")
    with ddmkit.demo(now=NOON, world=tmp_path / "berlin.sqlite", time_zone="Europe/Berlin") as named:
        ask(named, "2026-05-20 12:45:00")
