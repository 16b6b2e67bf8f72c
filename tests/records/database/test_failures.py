"""A failure of a database says what to do, and shows no secret."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import event

from ddmkit.errors import RecordError
from ddmkit.records import RecordStore
from tests.records.database.servers import as_owner

PASSWORD = "can/ary pass%word"
QUOTED = "can%2Fary%20pass%25word"


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


def test_a_store_that_lacks_a_table_is_called_damaged(tmp_path, clock):
    path = tmp_path / "records.sqlite"
    RecordStore.open(path, service="s", clock=clock).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE ddmkit_events")
    with pytest.raises(RecordError, match=r"no such table: ddmkit_events\. It is no record store, or a damaged one"):
        RecordStore.open(path, service="s", clock=clock).list()


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


def test_a_lock_that_another_holds_for_too_long_is_told_as_such(new_database, clock, header):
    place = new_database()
    with RecordStore.open(place, service="s", clock=clock, patience_s=0.2) as store, psycopg.connect(place) as other:
        run_id = store.begin(header())
        other.execute("LOCK TABLE ddmkit_events")
        with pytest.raises(RecordError, match=r"(lock|statement) timeout.*(Another process|try again later)") as refused:
            store.append(run_id, "noted", {})
        assert "may or may not" not in str(refused.value)
