"""Worlds: opened, kept, changed."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ddmkit.simulator import ScenarioOutline, World
from ddmkit.simulator.rules.history import accounts_at, nodes_at, schema_named, schemas_at
from ddmkit.simulator.storage.clock import from_ms
from ddmkit.simulator.storage.schema import Backup, DataNode, Instance, Job


def test_a_world_keeps_its_id_scenario_and_clock(tmp_path: Path) -> None:
    first = World(tmp_path / "w", "lost-data-node", from_ms(1_779_269_400_000))
    first.advance(timedelta(hours=2))
    known = (first.id, first.scenario, first.clock.now_ms(), first.outline)
    first.close()
    again = World(tmp_path / "w", now=from_ms(0))
    assert (again.id, again.scenario, again.clock.now_ms(), again.outline) == known
    again.close()


def test_another_scenario_for_an_existing_world_is_refused(tmp_path: Path) -> None:
    World(tmp_path / "w", "dropped-schema").close()
    with pytest.raises(ValueError, match="'dropped-schema', not 'old-backup'"):
        World(tmp_path / "w", "old-backup")


def test_a_blank_world_holds_nothing_but_its_outline_and_its_clock(tmp_path: Path) -> None:
    outline = ScenarioOutline("by hand", "source", "target", ("node",), "backup", 7, None)
    world = World.blank(tmp_path / "w", "by hand", outline, from_ms(1_779_269_400_000))
    assert [world.storage.every(table) for table in (Instance, DataNode, Backup, Job)] == [[], [], [], []]
    assert (world.scenario, world.outline, world.clock.now_ms()) == ("by hand", outline, 1_779_269_400_000)
    assert world.instance(world.add_instance("first")) is not None
    world.close()
    with pytest.raises(FileExistsError, match="already exists"):
        World.blank(tmp_path / "w", "by hand", outline, from_ms(0))


def test_an_unknown_scenario_leaves_no_world(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="There is no scenario 'flood'"):
        World(tmp_path / "w", "flood")
    World(tmp_path / "w").close()


def test_worlds_of_a_scenario_are_equal_except_for_their_id(tmp_path: Path) -> None:
    now = from_ms(1_779_269_400_000)
    one, two = World(tmp_path / "1", now=now), World(tmp_path / "2", now=now)
    assert one.id != two.id
    for table in (Instance, DataNode, Backup, Job):
        assert one.storage.every(table) == two.storage.every(table)
    one.close()
    two.close()


def test_instances_backups_and_jobs_come_by_the_thousand_in_well_under_a_second(world: World) -> None:
    began = time.process_time()
    instance = world.add_instance("crowded")
    assert len(set(world.add_backups(5_000, instance))) == 5_000
    assert len(set(world.add_jobs(1_000, instance, duration_ms=5))) == 1_000
    assert len(set(world.add_instances(1_000))) == 1_000
    assert len(set(world.add_data_nodes(1_000, version="5.7.44"))) == 1_000
    assert time.process_time() - began < 3


def test_a_changed_instance_contains_what_was_added(world: World) -> None:
    now = world.clock.now_ms()
    instance = world.add_instance("shop", status="ERROR", created=from_ms(now - 1000))
    node = world.add_data_node("shop-node", keep_days=3, gaps=[[1, 2]])
    world.attach(instance, node)
    world.add_schema(instance, "shop", shards=4)
    world.add_account(instance, "keeper", ["SELECT", "DROP"], databases=["shop"])
    assert [row.id for row in nodes_at(world.storage, instance, now)] == [node]
    assert [shard.physical_db_name for shard in schemas_at(world.storage, instance, now)[0].shards][-1] == "shop_0003"
    assert accounts_at(world.storage, instance, now)[0].databases == '["shop"]'


def test_dropping_a_schema_leaves_a_backup_that_still_holds_it(world: World) -> None:
    source = world.outline.source
    backup = world.storage.one(Backup, "id = ?", (world.drop_schema(source, "BILLING"),))
    assert backup is not None
    assert backup.backup_type == "metadata"
    assert schema_named(world.storage, source, "billing", world.clock.now_ms()) is None
    assert schema_named(world.storage, source, "billing", backup.created) is not None


def test_a_dropped_account_is_gone_from_then_on(world: World) -> None:
    source = world.outline.source
    before = world.clock.now_ms()
    first = accounts_at(world.storage, source, before)[0]
    world.advance(timedelta(seconds=1))
    world.drop_account(source, first.name)
    assert first.name not in {account.name for account in accounts_at(world.storage, source, world.clock.now_ms())}
    assert first.name in {account.name for account in accounts_at(world.storage, source, before)}
    with pytest.raises(KeyError):
        world.drop_account(source, first.name)


def test_deleting_an_instance_frees_its_nodes_and_leaves_a_backup(world: World) -> None:
    source = world.outline.source
    backup = world.storage.one(Backup, "id = ?", (world.delete_instance(source),))
    assert backup is not None
    assert world.instance(source) is None
    assert nodes_at(world.storage, source, world.clock.now_ms()) == []
    assert len(nodes_at(world.storage, source, backup.created)) == 2


def test_a_recovered_node_knows_where_its_data_is_from(world: World) -> None:
    origin = nodes_at(world.storage, world.outline.source, world.clock.now_ms())[0]
    moment: datetime = from_ms(world.outline.restore_time)
    node = world.storage.one(DataNode, "id = ?", (world.recover_node(origin.id, moment),))
    assert node is not None
    assert (node.recovered_from, node.recovered_at) == (origin.id, world.outline.restore_time)


def test_what_does_not_exist_cannot_be_changed(world: World) -> None:
    with pytest.raises(KeyError):
        world.add_backup("nobody")
    with pytest.raises(KeyError):
        world.drop_schema(world.outline.source, "nothing")
    with pytest.raises(ValueError, match="has no colour"):
        world.set_instance(world.outline.source, colour="red")


def test_nodes_can_be_taken_away_and_jobs_changed(world: World) -> None:
    node = nodes_at(world.storage, world.outline.source, world.clock.now_ms())[0]
    world.detach(node.id)
    world.set_data_node(node.id, status="abnormal")
    world.set_backup(world.outline.backup_id, status="deleted")
    job = world.add_job(world.outline.source)
    world.set_job(job, pinned_status="Switching")
    assert node.id not in {row.id for row in nodes_at(world.storage, world.outline.source, world.clock.now_ms())}
    assert world.storage.count("SELECT count(*) FROM jobs WHERE pinned_status = 'Switching'") == 1


def test_a_backup_whose_retention_has_ended_is_gone(world: World) -> None:
    kept, gone = world.add_backups(2, world.outline.source)
    world.remove_backup(gone)
    assert world.storage.one(Backup, "id = ?", (gone,)) is None
    assert world.storage.one(Backup, "id = ?", (kept,)) is not None
