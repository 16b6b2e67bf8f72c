from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import event, text

from ddmkit.errors import RecordError
from ddmkit.records import RecordStore
from ddmkit.records import database as database_module
from ddmkit.records.database import default_path, locate

PASSWORD = "can/ary pass%word"
QUOTED = "can%2Fary%20pass%25word"


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_without_an_address_records_are_in_the_users_data_folder(monkeypatch, tmp_path, clock):
    monkeypatch.setattr(database_module, "user_data_dir", lambda name, appauthor: str(tmp_path / "data" / name))
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


@pytest.mark.parametrize("place", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_records_are_not_kept_in_memory(place):
    with pytest.raises(RecordError, match="would be lost"):
        locate(place)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_is_spoken_through_psycopg_3(scheme):
    assert locate(f"{scheme}://host/db").drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    "place", [f"postgresql://ada:{QUOTED}@host/db", f"postgresql://ada@host/db?password={QUOTED}&sslpassword={QUOTED}"]
)
def test_an_address_is_shown_without_its_password(place):
    url = locate(place)
    assert set(url_secrets(url)) == {PASSWORD}
    assert "***" in show_url(url)
    for hidden in (PASSWORD, QUOTED, "canary", "pass%25word"):
        assert hidden not in show_url(url)


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
    with pytest.raises(RecordError, match=r"does not exist.*Check that the database is there"):
        RecordStore.open(postgres.get_uri("no_such_database"), service="s", clock=clock)


def test_a_file_that_is_no_database_is_refused(tmp_path, clock):
    (tmp_path / "letter.txt").write_text("Dear Ada, " * 500)
    with pytest.raises(RecordError, match="no record store"):
        RecordStore.open(tmp_path / "letter.txt", service="s", clock=clock)


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
