"""Connections to SQLite and PostgreSQL, with what a store needs of them."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import text

from ddmkit.errors import RecordError
from ddmkit.records import RecordStore
from tests.records.database.servers import setting
from tests.records.silence import SilentAtCommit


def read_only(path):
    return f"sqlite:///file:{path}?mode=ro&uri=true"


def test_a_read_only_store_reads_and_refuses_to_begin_and_to_claim(tmp_path, clock, header):
    path = tmp_path / "records.sqlite"
    with RecordStore.open(path, service="s", clock=clock) as store:
        run_id = store.begin(header())
    with RecordStore.open(read_only(path), service="s", clock=clock) as store:
        assert store.get(run_id).state == "opened"
        for write in (
            lambda: store.begin(header("plan-2")),
            lambda: store.claim(run_id),
            lambda: store.settle(run_id, "refused"),
        ):
            with pytest.raises(RecordError, match="read but not written"):
                write()


def test_a_read_only_store_that_is_missing_is_not_made(tmp_path, clock):
    with pytest.raises(RecordError, match="unable to open"):
        RecordStore.open(read_only(tmp_path / "missing.sqlite"), service="s", clock=clock)
    assert list(tmp_path.iterdir()) == []


def test_each_write_reaches_the_disk_before_it_counts(file_store):
    with file_store._writer.connect() as connection:
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_fork_may_go_on_with_the_store_it_was_given(store, header):
    run_id = store.begin(header())
    child = os.fork()
    if child == 0:
        try:
            store.append(run_id, "noted", {"by": "child"})
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    store.append(run_id, "noted", {"by": "parent"})
    assert [event.data.get("by") for event in store.get(run_id).events] == [None, "child", "parent"]


def test_the_drivers_own_options_pass_through_the_address(new_database, clock, header):
    with RecordStore.open(f"{new_database()}&prepare_threshold=0&application_name=drill", service="s", clock=clock) as store:
        store.begin(header())
        assert setting(store, "application_name") == "drill"


@pytest.fixture
def silent(new_database):
    with SilentAtCommit(new_database()) as silent:
        yield silent


def test_a_server_that_stops_answering_at_commit_is_given_up_and_the_doubt_is_told(silent, clock, header):
    with RecordStore.open(silent.address, service="s", clock=clock, patience_s=1) as store:
        run_id = store.begin(header())
        silent.begin()
        with pytest.raises(RecordError, match=r"did not answer for 1 s.*may or may not have been written"):
            store.claim(run_id)
    silent.end()
    with RecordStore.open(silent.direct, service="s", clock=clock) as store:
        assert len(store.get(run_id).events) in {1, 2}
