"""The file of a store is private, and a typo creates none."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from ddmkit.errors import RecordError
from ddmkit.records import RecordStore
from ddmkit.records import address as address_module
from ddmkit.records.address import StoreAddress, default_path
from ddmkit.records.database import require_new_store_is_meant


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


def test_what_is_no_file_is_named_and_not_opened(tmp_path, clock):
    os.mkfifo(tmp_path / "pipe.sqlite")
    for place in (tmp_path, tmp_path / "pipe.sqlite", "/dev/null", "/dev/full"):
        with pytest.raises(RecordError, match="is a folder, a pipe or a device, and not a file"):
            RecordStore.open(place, service="s", clock=clock)


def test_a_folder_or_a_file_in_the_way_is_refused(tmp_path, clock):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "records.sqlite"):
        with pytest.raises(RecordError):
            RecordStore.open(path, service="s", clock=clock)


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
