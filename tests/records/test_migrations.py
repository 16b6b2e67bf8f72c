from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text, update

from ddmkit.errors import RecordError
from ddmkit.records import RecordStore, migrations
from ddmkit.records.tables import meta


def test_opening_again_changes_nothing(place, clock, header):
    with RecordStore.open(place, service="s", clock=clock) as store:
        run_id = store.begin(header())
    with RecordStore.open(place, clock=clock) as again:
        assert [run.id for run in again.list()] == [run_id]


def test_each_step_runs_once_and_is_noted(place, clock, monkeypatch):
    RecordStore.open(place, service="s", clock=clock).close()
    ran = []
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, lambda _: ran.append(2), lambda _: ran.append(3)))
    for _ in range(2):
        RecordStore.open(place, service="s", clock=clock).close()
    assert ran == [2, 3]


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
            assert migrations.schema_version(connection) == 1
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
