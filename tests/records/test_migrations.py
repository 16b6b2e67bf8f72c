from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, delete, text, update
from sqlalchemy.exc import DBAPIError

from ddmkit.errors import RecordError
from ddmkit.records import RecordStore, migrations, verify_chain
from ddmkit.records.tables import meta, sends

SAMPLES = Path(__file__).parent.parent / "samples"


def test_opening_again_changes_nothing(place, clock, header):
    with RecordStore.open(place, service="s", clock=clock) as store:
        run_id = store.begin(header())
    with RecordStore.open(place, clock=clock) as again:
        assert [run.id for run in again.list()] == [run_id]


def test_each_step_runs_once_and_is_noted(place, clock, monkeypatch):
    RecordStore.open(place, service="s", clock=clock).close()
    ran = []
    more = (lambda _: ran.append("one"), lambda _: ran.append("two"))
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, *more))
    for _ in range(2):
        RecordStore.open(place, service="s", clock=clock).close()
    assert ran == ["one", "two"]


def test_a_step_that_fails_leaves_the_store_as_it_was(place, clock, monkeypatch, header):
    RecordStore.open(place, service="s", clock=clock).close()

    def fail(connection):
        connection.execute(text("CREATE TABLE half_done (a INTEGER)"))
        connection.execute(text("SELECT * FROM not_there"))

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, fail))
        with pytest.raises(RecordError, match="prepare the tables"):
            RecordStore.open(place, service="s", clock=clock)
    with RecordStore.open(place, service="s", clock=clock) as store:
        assert store.begin(header())
        with store._reader.connect() as connection:
            assert migrations.schema_version(connection) == len(migrations.MIGRATIONS)
            assert not migrations.inspect(connection).has_table("half_done")


def test_a_newer_store_asks_for_a_newer_ddmkit(store, place, clock):
    with store._writer.begin() as connection:
        connection.execute(update(meta).values(value="7"))
    with pytest.raises(RecordError, match=r"version 7.*Update ddmkit"):
        RecordStore.open(place, service="s", clock=clock)


def test_tables_of_others_in_the_same_database_are_no_obstacle(tmp_path, clock):
    engine = create_engine(f"sqlite:///{tmp_path / 'shared.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE events (a INTEGER)"))
    engine.dispose()
    with RecordStore.open(tmp_path / "shared.sqlite", service="s", clock=clock) as store:
        assert store.list() == ()


def test_a_store_of_the_first_version_stays_readable_and_goes_on(tmp_path, clock, header):
    path = tmp_path / "records.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript((SAMPLES / "records-store-v1.sql").read_text())
    with RecordStore.open(path, service="ddm.example.com", clock=clock) as store:
        run = store.list()[0]
        assert (run.state, run.job_id) == ("completed", "job-1")
        assert verify_chain(store.get(run.id)) == []
        run_id = store.begin(header("plan-2"))
        store.claim(run_id)
        assert store.settle(run_id, "freed").kind == "freed"


def test_only_the_sending_of_a_run_that_was_just_freed_can_be_forgotten(store, header):
    run_id = store.begin(header())
    store.claim(run_id)
    with pytest.raises(DBAPIError, match="append-only"), store._writer.begin() as connection:
        connection.execute(delete(sends))
    store.settle(run_id, "freed")
    store.claim(run_id)
    with pytest.raises(DBAPIError, match="append-only"), store._writer.begin() as connection:
        connection.execute(delete(sends))
