"""A job in a person's hands: a snapshot that is renewed when asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event

import ddmkit
from ddmkit.handles.record import Record

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def open_kit(tmp_path):
    opened = []

    def open_one():
        opened.append(ddmkit.demo(world=tmp_path / "world.sqlite", now=NOON))
        return opened[-1]

    yield open_one
    for kit in opened:
        kit.close()


def submit(kit):
    facts = kit.scenario
    chosen = {"source": facts.source, "target": facts.target, "data_nodes": facts.data_nodes}
    plan = kit.plan(**chosen, backup_id=facts.backup_id)
    return kit.submit(plan, confirm=plan.target_name, accept=plan.warnings)


@pytest.fixture
def statements():
    """Every SQL statement that any record store receives, in order."""
    seen = []

    def note(_connection, _cursor, statement, *_more):
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


JOB_ATTRIBUTES = ("id", "status", "progress", "fail_reason", "verification", "record")
RECORD_ATTRIBUTES = ("id", "state", "job_id", "header", "created", "events", "run", "imported", "fingerprint")


def test_reading_an_attribute_of_a_job_or_record_asks_neither_the_store_nor_the_service(open_kit, statements):
    kit = open_kit()
    job = submit(kit)
    for expected in ("running", "completed"):
        statements.clear()
        requests = len(kit.simulator.requests)
        assert job.status == expected
        for name in JOB_ATTRIBUTES:
            getattr(job, name)
        for name in RECORD_ATTRIBUTES:
            getattr(job.record, name)
        for shown in (repr(job), job.show().text, repr(job.record), job.record.to_html(), job.record.to_markdown()):
            assert job.record.id in shown
        assert statements == []
        assert len(kit.simulator.requests) == requests
        kit.simulator.advance(timedelta(minutes=5))
        job.refresh()
        assert any("ddmkit_events" in statement for statement in statements)


def test_a_job_and_its_record_show_what_another_process_wrote_only_after_a_refresh(open_kit):
    kit, other = open_kit(), open_kit()
    job = submit(kit)
    before = job.record
    kit.simulator.advance(timedelta(minutes=5))
    other.resume(job.record.id).wait(poll_s=0)
    assert (job.status, job.verification, job.record.state) == ("running", None, "running")
    assert job.refresh() is job
    assert (job.status, job.progress, job.record.state) == ("completed", 1.0, "completed")
    assert job.verification.passed
    assert before.state == "running"  # a record that was handed out does not change


def test_waiting_for_a_job_whose_end_another_process_wrote_returns_at_once(open_kit):
    kit, other = open_kit(), open_kit()
    job = submit(kit)
    kit.simulator.advance(timedelta(minutes=5))
    other.resume(job.record.id).wait(poll_s=0)
    requests = len(kit.simulator.requests)
    assert job.wait().status == "completed"
    assert len(kit.simulator.requests) == requests


def test_a_note_on_the_record_of_a_job_is_seen_on_the_job(open_kit):
    job = submit(open_kit())
    job.record.note("the shop was told")
    assert job.record.last("noted").data["text"] == "the shop was told"


def test_every_error_of_a_job_carries_the_record_itself(open_kit):
    kit = open_kit()
    job = submit(kit)
    with pytest.raises(ddmkit.JobTimeoutError) as caught:
        job.wait(timeout_s=0)
    assert (caught.value.job, caught.value.record.state) == (job, "running")
    kit.simulator.inject("token-expires")
    for act in (job.refresh, job.verify):
        with pytest.raises(ddmkit.AuthError) as refused:
            act()
        assert isinstance(refused.value.record, Record)
        assert refused.value.record.id == job.record.id


def test_an_error_of_a_job_carries_the_last_known_record_when_the_store_is_gone(open_kit, tmp_path):
    job = submit(open_kit())
    (tmp_path / "records.sqlite").rename(tmp_path / "away.sqlite")
    with pytest.raises(ddmkit.RecordError) as caught:
        job.refresh()
    assert caught.value.record is job.record
    assert job.status == "running"
