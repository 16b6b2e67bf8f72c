"""The file of a world."""

from __future__ import annotations

import sqlite3
import stat
import sys
from contextlib import closing
from contextvars import copy_context
from datetime import timedelta
from pathlib import Path

import pytest

from ddmkit.simulator import Simulator, World
from ddmkit.simulator.storage.schema import Backup, Instance
from tests import forked
from tests.simulator.recovery import Hosts

OLD_WORLD = Path(__file__).parents[2] / "samples" / "simulator-world-v1.sql"  # made by the version before RDS was simulated
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


def test_a_world_of_the_first_format_is_migrated_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript(OLD_WORLD.read_text("utf-8"))
    old.close()
    for _ in range(2):  # the second time there is nothing left to migrate
        with Simulator(path) as simulator:
            assert simulator.world.storage.setting("format") == "ddmkit simulator world 2"
            hosts = Hosts(simulator)
            node = hosts.node(simulator.facts.data_nodes[0])
            assert (node["status"], node["type"], node["tags"]) == ("ACTIVE", "Single", [])
            assert hosts.vpc.get(f"{hosts.v1}/subnets/{node['subnet_id']}").json()["subnet"]["vpc_id"] == node["vpc_id"]
            assert hosts.traces() == []  # nobody wrote any at that time
            hosts.close()
    with Simulator(path) as simulator:
        hosts = Hosts(simulator)
        assert hosts.recover(hosts.sources()[0]).endswith("in01")
        job_id = hosts.restore(simulator.facts.target, list(simulator.facts.data_nodes)).json()["job_id"]
        simulator.advance(timedelta(minutes=5))
        assert hosts.ddm.get(f"{hosts.v3}/jobs/{job_id}").json()["job"]["status"] == "Completed"
        hosts.close()


def test_a_migrated_world_has_the_columns_and_indexes_of_a_new_one(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "old.sqlite") as old:
        old.executescript(OLD_WORLD.read_text("utf-8"))
    old.close()
    shapes = []
    for name in ("old.sqlite", "new.sqlite"):
        world = World(tmp_path / name)
        tables = [row[0] for row in world.storage.select("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        columns = {table: [row["name"] for row in world.storage.select(f"PRAGMA table_info({table})")] for table in tables}
        indexes = [row[0] for row in world.storage.select("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY 1")]
        shapes.append((columns, indexes))
        world.close()
    assert shapes[0] == shapes[1]


def test_a_world_of_a_later_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    world = World(path)
    world.storage.put_setting("format", "ddmkit simulator world 3")
    world.close()
    with pytest.raises(ValueError, match="of another format"):
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


def test_a_request_sees_what_others_wrote_before_it_and_its_transaction_what_they_wrote_since(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    with closing(World(path)) as first, closing(World(path)) as second:
        ours, theirs = first.storage, second.storage

        def answer() -> list[str | None]:
            ours.begin_request()
            seen = [ours.setting("note")]
            theirs.put_setting("note", "newer")
            with ours.writing():
                seen.append(ours.setting("note"))
            return seen

        assert ours.setting("note") is None
        theirs.put_setting("note", "new")
        assert copy_context().run(answer) == ["new", "newer"]
        theirs.put_setting("note", "newest")
        assert ours.setting("note") == "newest"
