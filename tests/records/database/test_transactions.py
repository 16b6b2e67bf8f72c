"""A transaction has the settings that it needs, and leaves nothing behind, even when it is interrupted."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from ddmkit.errors import RecordError
from ddmkit.records import RecordStore
from ddmkit.records.database import in_transaction
from tests.records.database.servers import as_owner, setting


@pytest.fixture
def team(new_database, clock):
    """A store on PostgreSQL whose server is set as somebody else likes it."""
    place = new_database()
    name = urlsplit(place).path[1:]  # a plain word
    as_owner(
        place,
        f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'",
        f"ALTER DATABASE {name} SET synchronous_commit = 'off'",
        f"ALTER DATABASE {name} SET client_encoding = 'LATIN1'",
        f"ALTER DATABASE {name} SET statement_timeout = 0",
    )
    with RecordStore.open(place, service="s", clock=clock, patience_s=7) as store:
        yield store


def test_what_the_store_needs_holds_whatever_the_server_is_set_to(team):
    for name, value in (
        ("transaction_isolation", "read committed"),
        ("synchronous_commit", "on"),
        ("client_encoding", "UTF8"),
        ("statement_timeout", "7s"),
        ("lock_timeout", "7s"),
    ):
        assert setting(team, name) == value, name
    assert setting(team, "transaction_isolation", writing=False) == "read committed"


def test_a_stronger_durability_than_needed_is_kept(team):
    name = setting(team, "search_path") and in_transaction(
        team._reader, lambda one: one.scalar(text("SELECT current_database()"))
    )
    in_transaction(
        team._reader, lambda one: one.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = 'remote_apply'")
    )
    assert setting(team, "synchronous_commit") == "remote_apply"


def test_nothing_is_left_in_a_session_that_a_pooler_hands_to_others(team, header):
    """Of one session, many transactions: no setting and no prepared statement outlives any of them."""
    run_id = team.begin(header())
    connection = team._writer.connect()
    for _ in range(20):
        with connection.begin():
            connection.execute(text("SELECT count(*) FROM ddmkit_events WHERE run_id = :id"), {"id": run_id}).scalar()
    with connection.begin():
        assert connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0
    raw = connection.connection.dbapi_connection
    raw.rollback()
    raw.autocommit = True
    left = raw.execute("SELECT name FROM pg_settings WHERE source = 'session'").fetchall()
    connection.invalidate()
    connection.close()
    assert left == []


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "EUC_CN"])
def test_a_database_that_cannot_hold_every_character_is_refused_when_it_is_opened(postgres, clock, encoding):
    as_owner(
        postgres.get_uri(),
        f"DROP DATABASE IF EXISTS in_{encoding}",
        f"CREATE DATABASE in_{encoding} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    )
    with pytest.raises(RecordError, match=f"is encoded in {encoding}.*Use another database"):
        RecordStore.open(postgres.get_uri(f"in_{encoding.lower()}"), service="s", clock=clock)


def interrupt_at(moment):
    """Raise KeyboardInterrupt at the so-manieth line that is run from now on, in this thread; give the count of lines."""
    passed = [0]

    def watch(frame, kind, argument):
        if not frame.f_code.co_filename.endswith(
            ("contextlib.py", "engines.py", "transactions.py", "store.py", "base.py", "util.py")
        ):
            return watch  # a weak reference's callback swallows what is raised in it
        passed[0] += 1
        if passed[0] == moment:
            sys.settrace(None)
            raise KeyboardInterrupt
        return watch

    sys.settrace(watch)
    return passed


def test_a_write_that_is_interrupted_at_any_moment_holds_nothing_while_its_traceback_is_kept(file_store, header, tmp_path):
    run_id = file_store.begin(header())
    before = sys.gettrace()
    held, moment, kept = [], 1, None
    while True:
        passed = interrupt_at(moment)
        try:
            file_store.append(run_id, "noted", {"text": "x"})
        except KeyboardInterrupt as interruption:
            kept = interruption
        else:
            break
        finally:
            sys.settrace(before)
        with closing(sqlite3.connect(tmp_path / "records.sqlite", timeout=0, isolation_level=None)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                held.append((moment, kept))
        # Every line at first, where the connection is made and the transaction begins; then often enough.
        moment += 7
    assert passed[0] > 500
    assert held == []
    assert file_store.append(run_id, "noted", {}).kind == "noted"


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8, 13, 21, 34, 55])
def test_a_write_that_is_interrupted_while_sqlite_works_holds_nothing(file_store, header, tmp_path, steps):
    run_id = file_store.begin(header())
    for _ in range(30):
        file_store.append(run_id, "noted", {"text": "x" * 2000})

    once = iter([True])

    def interrupt():
        return next(once, False)

    def read(connection):
        rows = connection.execute(text("SELECT data FROM ddmkit_events"))
        rows.fetchone()
        connection.connection.dbapi_connection.set_progress_handler(interrupt, steps)
        return rows.fetchall() or connection.execute(text("SELECT count(*) FROM ddmkit_events, ddmkit_events AS more")).all()

    try:
        file_store._write("read in a write", read)
    except (KeyboardInterrupt, RecordError) as interruption:
        kept = interruption
    with closing(sqlite3.connect(tmp_path / "records.sqlite", timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
    assert kept.__traceback__


def test_a_write_to_postgresql_that_is_interrupted_lets_others_write_while_its_traceback_is_kept(
    new_database, clock, header
):
    place = new_database()
    with RecordStore.open(place, service="s", clock=clock) as store:
        run_id = store.begin(header())

        def interrupt(connection):
            connection.execute(text("LOCK TABLE ddmkit_events")).close()
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt) as kept:
            store._write("be interrupted", interrupt)
        with RecordStore.open(place, service="s", clock=clock, patience_s=2) as other:
            assert other.append(run_id, "noted", {}).seq == 2
        assert kept.value.__traceback__
