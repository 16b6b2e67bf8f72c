"""Rows with default values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ddmkit.simulator.storage.clock import from_ms, to_ms
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.storage.schema import Shard
from ddmkit.simulator.world.builder import KEPT_DAYS, WorldBuilder

ANCHOR = to_ms(datetime(2026, 5, 20, 9, 30, tzinfo=UTC))


def builder_at(hour: int = 9) -> WorldBuilder:
    return WorldBuilder(Seed("drafts"), to_ms(datetime(2026, 5, 20, hour, 30, tzinfo=UTC)))


def test_shards_are_spread_evenly_in_blocks() -> None:
    builder = builder_at()
    user = builder.instance("shop")
    nodes = [builder.data_node(f"node-{number}", users=[user]) for number in range(3)]
    builder.schema(user, "shop", nodes, 6)
    shards = [row for row in builder.rows if isinstance(row, Shard)]
    assert [shard.data_node_id for shard in shards] == [node.id for node in nodes for _ in range(2)]
    assert shards[-1].physical_db_name == "shop_0005"


@pytest.mark.parametrize("hour", [0, 2, 9, 23])
def test_daily_backups_lie_in_the_nightly_hour_and_in_the_past(hour: int) -> None:
    builder = builder_at(hour)
    backups = builder.daily_backups(builder.instance("shop"))
    assert len(backups) == KEPT_DAYS
    assert {from_ms(backup.created).hour for backup in backups} == {2}
    assert all(backup.created < builder.anchor for backup in backups)


def test_the_newest_daily_backup_has_the_same_id_at_any_hour() -> None:
    newest = [builder.daily_backups(builder.instance("shop"))[0].id for builder in (builder_at(0), builder_at(23))]
    assert newest[0] == newest[1]


def test_an_instance_that_was_just_made_has_no_daily_backup() -> None:
    builder = builder_at()
    assert builder.daily_backups(builder.instance("young", created=builder.ago(minutes=5))) == []


def test_networks_of_one_name_are_equal() -> None:
    assert builder_at().network("a") == builder_at().network("a")
    assert builder_at().network("a")["subnet_id"] != builder_at().network("b")["subnet_id"]
