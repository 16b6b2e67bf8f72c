"""Rows as they are written: all fields of a run, its events in order, and each job once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from ddmkit.records.events import chain_event
from ddmkit.records.rows import insert_claim, insert_events, insert_header, note_job
from ddmkit.records.runs import Owner, RunData, header_sha256
from ddmkit.records.tables import claims, events, jobs, runs
from ddmkit.times import to_ms

NOON = datetime(2025, 5, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def run(header):
    bare = RunData(id="r-1", service="ddm.example.com", created=NOON, header=header(ticket="OPS-7"), events=())
    first = chain_event(seq=1, at=NOON, kind="opened", data={"b": 1, "a": "ä"}, prev_sha256=header_sha256(bare))
    second = chain_event(seq=2, at=NOON, kind="noted", data={}, prev_sha256=first.sha256)
    return bare.model_copy(update={"events": (first, second)})


@pytest.fixture
def write(store):
    return lambda work: store._write("test", work)


def rows_of(store, table):
    return store._read("test", lambda connection: [dict(row) for row in connection.execute(select(table)).mappings()])


def test_a_run_and_its_events_are_read_back_as_they_were(store, write, run):
    def both(connection):
        insert_header(connection, run)
        insert_events(connection, run.id, run.events)
        insert_events(connection, run.id, ())

    write(both)
    assert store.get("r-1") == run
    (row,) = rows_of(store, runs)
    assert (row["created"], row["ticket"], row["kind"]) == (to_ms(NOON), "OPS-7", "restore")
    assert [one["data"] for one in rows_of(store, events)] == ['{"a":"ä","b":1}', "{}"]


def test_a_claim_names_the_key_the_step_and_the_owner(store, write, run):
    owner = Owner("bob", "desk-2", 7)
    write(lambda connection: insert_header(connection, run))
    write(lambda connection: insert_claim(connection, run, owner, NOON, "node:n1", "node-1"))
    (row,) = rows_of(store, claims)
    assert {name: row[name] for name in ("service", "project_id", "claim_key", "run_id", "step", "at")} == {
        "service": "ddm.example.com",
        "project_id": "project-1",
        "claim_key": "node:n1",
        "run_id": "r-1",
        "step": "node-1",
        "at": to_ms(NOON),
    }
    assert {name: row[name] for name in owner._fields} == owner._asdict()


@pytest.mark.parametrize(("job_id", "count"), [("j" * 200, 1), ("j" * 201, 0), ("", 0)])
def test_a_job_that_is_no_job_of_the_service_is_not_written(store, write, run, job_id, count):
    write(lambda connection: insert_header(connection, run))
    assert write(lambda connection: note_job(connection, "ddm.example.com", job_id, "r-1")) == "r-1"
    assert len(rows_of(store, jobs)) == count


def test_a_job_belongs_to_the_run_that_was_written_first(store, write, run):
    other = run.model_copy(update={"id": "r-2", "header": run.header.model_copy(update={"plan_id": "plan-2"})})
    for one in (run, other):
        write(lambda connection, one=one: insert_header(connection, one))
    for one in ("r-1", "r-2", "r-1"):
        assert write(lambda connection, one=one: note_job(connection, "s", "job-1", one)) == "r-1"
    assert write(lambda connection: note_job(connection, "another service", "job-1", "r-2")) == "r-2"
