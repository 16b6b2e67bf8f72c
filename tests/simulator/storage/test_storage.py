"""The file of a world."""

from __future__ import annotations

import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from ddmkit.simulator import World
from ddmkit.simulator.storage.schema import Backup, Instance
from tests import forked

OPEN = "import sys; from pathlib import Path; from ddmkit.simulator import World; print(World(Path(sys.argv[1])).id)"


def test_file_and_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "world.sqlite"
    World(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_simultaneous_processes_create_one_world(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN, str(tmp_path / "world.sqlite")]
    running = [forked.Popen(command, stdout=forked.PIPE, stderr=forked.DEVNULL) for _ in range(4)]
    ids = {process.communicate(timeout=60)[0].strip() for process in running}
    assert len(ids) == 1
    assert len(ids.pop()) == 32


@pytest.mark.parametrize("content", [b"not a database at all, only text that is long enough to be read as a header" * 20])
def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not the file of a simulator world"):
        World(path)
    assert path.read_bytes() == content


def test_another_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE things (name TEXT)")
    other.commit()
    other.close()
    with pytest.raises(ValueError, match="not the file of a simulator world"):
        World(path)


def test_a_failed_transaction_leaves_nothing(world: World) -> None:
    before = world.storage.count("SELECT count(*) FROM instances")
    with pytest.raises(sqlite3.IntegrityError):
        world.add_instances(2, name="twice")
    assert world.storage.count("SELECT count(*) FROM instances") == before


def test_unknown_columns_and_ids_are_named(world: World) -> None:
    with pytest.raises(ValueError, match="Backup has no colour"):
        world.storage.change(Backup, world.outline.backup_id, {"colour": "red"})
    with pytest.raises(KeyError):
        world.storage.change(Instance, "nobody", {"status": "ERROR"})
