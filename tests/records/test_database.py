from __future__ import annotations

import os
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import event, text

from ddmkit.errors import RecordError
from ddmkit.records import RecordStore
from ddmkit.records import address as address_module
from ddmkit.records.address import StoreAddress
from ddmkit.records.database import default_path, in_transaction, require_new_store_is_meant
from tests.records.silence import SilentAtCommit

PASSWORD = "can/ary pass%word"
QUOTED = "can%2Fary%20pass%25word"


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_without_an_address_records_are_in_the_users_data_folder(monkeypatch, tmp_path, clock):
    monkeypatch.setattr(address_module, "user_data_dir", lambda name, appauthor: str(tmp_path / "data" / name))
    with RecordStore.open(service="s", clock=clock):
        assert default_path() == tmp_path / "data" / "ddmkit" / "records.sqlite"
        assert mode_of(default_path()) == 0o600
        assert mode_of(default_path().parent) == 0o700


@pytest.mark.parametrize(
    "write", [str, Path, lambda path: f"sqlite:///{path}", lambda path: f"sqlite:///file:{path}?uri=true"]
)
def test_a_new_file_is_private_however_it_is_written(tmp_path, clock, write, header):
    path = tmp_path / "team" / "a #1%20?.sqlite" if write in {str, Path} else tmp_path / "team" / "plain.sqlite"
    with RecordStore.open(write(path), service="s", clock=clock) as store, store._writer.begin() as connection:
        connection.execute(text("SELECT 1"))
        assert {mode_of(file) for file in path.parent.iterdir()} == {0o600}
        assert path.name in {file.name for file in path.parent.iterdir()}


def test_a_folder_that_was_there_keeps_its_rights(tmp_path, clock):
    tmp_path.chmod(0o750)
    RecordStore.open(tmp_path / "records.sqlite", service="s", clock=clock).close()
    assert mode_of(tmp_path) == 0o750


@pytest.mark.parametrize(
    "place",
    [
        f"postgresql://ada:{QUOTED}@127.0.0.1:1/db",
        f"postgresql://ada@127.0.0.1:1/db?password={QUOTED}",
        f"postgresql://ada:{QUOTED}@127.0.0.1:1/db?no_such_option=1",
        f"nosuchdb://ada:{QUOTED}@host/db",
        f"postgresql://ada:{QUOTED}@host:port/db",
    ],
)
def test_a_store_that_cannot_be_reached_is_told_without_its_password(place, clock):
    with pytest.raises(RecordError) as caught:
        RecordStore.open(place, service="s", clock=clock)
    told = str(caught.value) + repr(caught.value.__cause__)
    assert PASSWORD not in told
    assert QUOTED not in told


def test_a_wrong_password_or_database_is_told_with_a_next_step(postgres, clock):
    with pytest.raises(RecordError, match=r"does not exist.*Check that the database exists"):
        RecordStore.open(postgres.get_uri("no_such_database"), service="s", clock=clock)


def test_a_file_that_is_no_database_is_refused(tmp_path, clock):
    (tmp_path / "letter.txt").write_text("Dear Ada, " * 500)
    with pytest.raises(RecordError, match="no record store"):
        RecordStore.open(tmp_path / "letter.txt", service="s", clock=clock)


def test_what_is_no_file_is_named_and_not_opened(tmp_path, clock):
    os.mkfifo(tmp_path / "pipe.sqlite")
    for place in (tmp_path, tmp_path / "pipe.sqlite", "/dev/null", "/dev/full"):
        with pytest.raises(RecordError, match="is a folder, a pipe or a device, and not a file"):
            RecordStore.open(place, service="s", clock=clock)


def test_a_store_that_lacks_a_table_is_called_damaged(tmp_path, clock):
    path = tmp_path / "records.sqlite"
    RecordStore.open(path, service="s", clock=clock).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE ddmkit_events")
    with pytest.raises(RecordError, match=r"no such table: ddmkit_events\. It is no record store, or a damaged one"):
        RecordStore.open(path, service="s", clock=clock).list()


def test_a_folder_or_a_file_in_the_way_is_refused(tmp_path, clock):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "records.sqlite"):
        with pytest.raises(RecordError):
            RecordStore.open(path, service="s", clock=clock)


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


def test_a_full_store_refuses_the_claim_and_keeps_nothing_of_it(file_store, header):
    run_id = file_store.begin(header())
    # The limit holds per connection, and is never below what is used.
    event.listen(
        file_store._reader, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 1").close()
    )
    with pytest.raises(RecordError, match=r"full.*Make room"):
        file_store.claim(run_id, {"request": "x" * 100_000})
    assert file_store.get(run_id).state == "opened"
    assert file_store.holder("project-1", "target-1") is None


def test_a_store_that_another_process_holds_is_told_as_such(file_store, header, monkeypatch):
    def hurry(connection, _):
        connection.execute("PRAGMA busy_timeout = 20").close()

    event.listen(file_store._reader, "connect", hurry)
    with file_store._writer.begin(), pytest.raises(RecordError, match="Another process holds it"):
        file_store.begin(header())


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


# What a PostgreSQL server is set to -----------------------------------------------------------------------------------


def as_owner(place, *statements):
    with psycopg.connect(place, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def setting(store, name, *, writing=True):
    return in_transaction(
        store._writer if writing else store._reader, lambda connection: connection.scalar(text(f"SHOW {name}"))
    )


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


def test_the_drivers_own_options_pass_through_the_address(new_database, clock, header):
    with RecordStore.open(f"{new_database()}&prepare_threshold=0&application_name=drill", service="s", clock=clock) as store:
        store.begin(header())
        assert setting(store, "application_name") == "drill"


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "EUC_CN"])
def test_a_database_that_cannot_hold_every_character_is_refused_when_it_is_opened(postgres, clock, encoding):
    as_owner(
        postgres.get_uri(),
        f"DROP DATABASE IF EXISTS in_{encoding}",
        f"CREATE DATABASE in_{encoding} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    )
    with pytest.raises(RecordError, match=f"is encoded in {encoding}.*Use another database"):
        RecordStore.open(postgres.get_uri(f"in_{encoding.lower()}"), service="s", clock=clock)


def test_a_value_that_a_driver_cannot_take_is_a_record_error(store):
    for value in ("\ud800", object(), 2**80):
        with pytest.raises(RecordError, match="Could not look") as refused:
            store._read("look", lambda one, value=value: one.exec_driver_sql(*question(one, value)).all())
        assert refused.value.__context__ is None


def question(connection, value):
    return ("SELECT ?", (value,)) if connection.dialect.name == "sqlite" else ("SELECT %s::bigint", (value,))


def test_a_user_without_the_right_to_create_tables_is_told_which_right(new_database, clock):
    place = new_database()
    as_owner(
        place,
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "DROP ROLE IF EXISTS reader",
        "CREATE ROLE reader LOGIN",
    )
    with pytest.raises(RecordError, match=r"permission denied for schema public.*GRANT USAGE, CREATE ON SCHEMA public"):
        RecordStore.open(place.replace("postgres:@", "reader@"), service="s", clock=clock)


# A database that stops answering --------------------------------------------------------------------------------------


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


def test_a_lock_that_another_holds_for_too_long_is_told_as_such(new_database, clock, header):
    place = new_database()
    with RecordStore.open(place, service="s", clock=clock, patience_s=0.2) as store, psycopg.connect(place) as other:
        run_id = store.begin(header())
        other.execute("LOCK TABLE ddmkit_events")
        with pytest.raises(RecordError, match=r"(lock|statement) timeout.*(Another process|try again later)") as refused:
            store.append(run_id, "noted", {})
        assert "may or may not" not in str(refused.value)


# Interrupted ----------------------------------------------------------------------------------------------------------


def interrupt_at(moment):
    """Raise KeyboardInterrupt at the so-manieth line that is run from now on, in this thread; give the count of lines."""
    passed = [0]

    def watch(frame, kind, argument):
        if not frame.f_code.co_filename.endswith(("contextlib.py", "database.py", "store.py", "base.py", "util.py")):
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


# Rights ---------------------------------------------------------------------------------------------------------------


def test_a_file_that_every_user_can_write_to_is_refused(tmp_path, clock):
    path = tmp_path / "records.sqlite"
    RecordStore.open(path, service="s", clock=clock).close()
    path.chmod(0o666)
    with pytest.raises(RecordError, match=r"every user of this machine.*chmod o-w"):
        RecordStore.open(path, service="s", clock=clock)
    path.chmod(0o600)
    RecordStore.open(path, service="s", clock=clock).close()


def test_a_file_that_its_group_can_write_to_is_used_with_a_warning(tmp_path, clock):
    path = tmp_path / "records.sqlite"
    RecordStore.open(path, service="s", clock=clock).close()
    path.chmod(0o660)
    with pytest.warns(UserWarning, match="by its whole group"):
        RecordStore.open(path, service="s", clock=clock).close()


def test_a_store_that_is_deleted_is_missed_and_a_new_one_is_private_again(tmp_path, clock, header):
    path = tmp_path / "records.sqlite"
    before = os.umask(0)
    try:
        with RecordStore.open(path, service="s", clock=clock) as store:
            store.begin(header())
            path.unlink()
            with pytest.raises(RecordError, match="unable to open"):
                store.begin(header("plan-2"))
            assert not path.exists()
        with RecordStore.open(path, service="s", clock=clock) as store, closing(sqlite3.connect(path)) as reader:
            run_id = store.begin(header())
            reader.execute("BEGIN").close()
            reader.execute("SELECT 1 FROM ddmkit_runs").close()
            store.append(run_id, "noted", {})
            assert {mode_of(file) for file in tmp_path.iterdir()} == {0o600}
            assert len(list(tmp_path.iterdir())) == 3
    finally:
        os.umask(before)


# A store that is named and not there ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["records", "recrods.sqlit", "taem/records.sqlite", "records.sqlite.bak", "notes.txt"])
def test_a_name_that_does_not_look_like_a_new_store_is_refused(tmp_path, name):
    with pytest.raises(RecordError, match="There is no record store at"):
        require_new_store_is_meant(StoreAddress(tmp_path / name))


@pytest.mark.parametrize("name", ["records.sqlite", "records.db", "TEAM.SQLITE3"])
def test_a_name_of_a_new_store_in_a_folder_that_exists_is_taken(tmp_path, name):
    require_new_store_is_meant(StoreAddress(tmp_path / name))
    (tmp_path / "old-name").touch()
    require_new_store_is_meant(StoreAddress(tmp_path / "old-name"))
    require_new_store_is_meant(StoreAddress(None))
    require_new_store_is_meant(StoreAddress("postgresql://h/db"))
