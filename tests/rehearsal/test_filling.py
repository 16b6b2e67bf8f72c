"""A blank world gets what a plan saw, and a cause for each result that it saw."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import ddmkit
from ddmkit.rehearsal.filling import fill_world
from ddmkit.rehearsal.world import rebuild_world
from ddmkit.restore.facts import Fact
from ddmkit.simulator import World

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    with ddmkit.demo(now=NOON, world=tmp_path_factory.mktemp("filling") / "seen.sqlite") as opened:
        yield opened


@pytest.fixture(scope="module")
def plan(kit):
    facts = kit.scenario
    return kit.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, backup_id=facts.backup_id)


@pytest.fixture(scope="module")
def again(plan, tmp_path_factory):
    """A kit on the world that is rebuilt from the plan alone."""
    path = tmp_path_factory.mktemp("filling") / "again.sqlite"
    rebuild_world(plan, path, title="again")
    with ddmkit.demo(now=NOON, world=path) as opened:
        yield opened


def test_the_source_its_backups_and_its_jobs_are_there_again(kit, again):
    source = kit.scenario.source

    def seen(one):
        return (
            [(row.id, row.name, row.vpc_id, row.engine_version) for row in one.instances() if row.id == source],
            [(row.id, row.created, row.status) for row in one.backups(source)],
            [(row.id, row.status) for row in one.jobs() if row.instance_id == source],
        )

    assert seen(again) == seen(kit)


def test_what_can_be_restored_to_what_is_the_same(kit, plan, again):
    facts = kit.scenario

    def seen(one):
        return (
            [(row.start_time, row.end_time) for row in one.restorable_ranges(facts.source)],
            {row.instance_id for row in one.related_nodes(facts.source, facts.backup_id)},
        )

    assert seen(again) == seen(kit)
    listed = {(row.instance_id, row.available) for row in plan.inventory.targets.value}
    assert {(row.instance_id, row.available) for row in again.targets(facts.source)} == listed


def test_a_plan_on_the_rebuilt_world_meets_the_same_checks(plan, again):
    facts = again.scenario
    second = again.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, backup_id=facts.backup_id)
    assert {one.id: one.status for one in second.checks} == {one.id: one.status for one in plan.checks}


def blank(path, plan):
    outline = World(path.with_name("any.sqlite"), "dropped-schema", NOON)
    taken = outline.outline
    outline.close()
    return World.blank(path, "filled", taken, plan.inventory.taken_at)


def names(world, table):
    return {row["name"] for row in world.storage.select(f"SELECT name FROM {table}")}


def test_an_inventory_without_facts_gives_invented_nodes_and_no_source(plan, tmp_path):
    empty = type(plan.inventory).model_construct(
        **{**dict(plan.inventory), **_unread(plan.inventory), "chosen_backup": None}
    )
    world = blank(tmp_path / "w.sqlite", plan)
    with world.storage.writing():
        fill_world(world, empty, plan.request)
    assert plan.request.source_instance_id not in {row["id"] for row in world.storage.select("SELECT id FROM instances")}
    assert set(plan.request.data_nodes) <= {row["id"] for row in world.storage.select("SELECT id FROM data_nodes")}
    world.close()


def _unread(inventory):
    """Return every fact of an inventory as one that could not be read."""
    return {name: type(fact)(problem="not published") for name, fact in inventory if isinstance(fact, Fact)}


def test_two_instances_of_one_name_are_both_there(plan, tmp_path):
    backups = plan.inventory.backups
    other = backups.value[0].model_copy(
        update={"id": "another-backup", "instance_id": "another-instance", "instance_name": plan.source_name}
    )
    facts = plan.inventory.model_copy(update={"backups": backups.model_copy(update={"value": (*backups.value, other)})})
    world = blank(tmp_path / "w.sqlite", plan)
    with world.storage.writing():
        fill_world(world, facts, plan.request)
    assert {plan.source_name, f"{plan.source_name} (2)"} <= names(world, "instances")
    world.close()


def test_schemas_found_on_the_target_afterwards_were_on_the_source_at_the_point(plan, tmp_path):
    (known, *_rest) = plan.inventory.source_schemas.value
    lost = known.model_copy(update={"name": "lost_and_restored"})
    world = blank(tmp_path / "w.sqlite", plan)
    with world.storage.writing():
        fill_world(world, plan.inventory, plan.request, schemas=(lost,))
    (row,) = world.storage.select("SELECT instance_id, deleted FROM schemas WHERE name = 'lost_and_restored'")
    assert row["instance_id"] == plan.request.source_instance_id
    assert row["deleted"] is not None
    world.close()
