"""The scenario with a whole fleet: a source, an empty target and recovered nodes for each row."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from ddmkit.simulator import World
from ddmkit.simulator.storage.schema import DataNode
from ddmkit.simulator.world.fleet import size_in


@pytest.mark.parametrize(("name", "size"), [("fleet", 50), ("fleet:1", 1), ("fleet:500", 500), ("fleet:1000", 1000)])
def test_the_name_carries_the_size(name: str, size: int) -> None:
    assert size_in(name) == size


@pytest.mark.parametrize("name", ["fleet:0", "fleet:1001", "fleet:many", "fleet:-1", "fleet:1.5"])
def test_a_size_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="names no size"):
        World(tmp_path / "world.sqlite", name)


def test_each_row_has_a_source_a_target_and_nodes_of_its_own(tmp_path: Path) -> None:
    with closing(World(tmp_path / "world.sqlite", "fleet:5")) as world:
        rows = world.outline.rows
        assert [row["row"] for row in rows] == [f"shop-{number:03d}" for number in range(1, 6)]
        assert len({row["source"] for row in rows} | {row["target"] for row in rows}) == 10
        nodes = [node for row in rows for node in row["data_nodes"]]
        assert len(set(nodes)) == 10
        recovered = {node.id: node.recovered_at for node in world.storage.every(DataNode, "recovered_at IS NOT NULL")}
        assert {recovered[node] for node in nodes} == {rows[0]["restore_time"]}
        assert world.outline.target == rows[0]["target"]


def test_a_world_keeps_its_size(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    World(path, "fleet:3").close()
    with closing(World(path)) as again:
        assert (again.scenario, len(again.outline.rows)) == ("fleet:3", 3)
    with pytest.raises(ValueError, match="holds the scenario 'fleet:3', not 'fleet:4'"):
        World(path, "fleet:4")
