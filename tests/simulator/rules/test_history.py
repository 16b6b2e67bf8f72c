"""The state of an instance at an instant."""

from __future__ import annotations

from typing import Any

from ddmkit.simulator.rules.history import accounts_at, node_owners, nodes_at, schema_named, schemas_at


def test_a_dropped_schema_is_there_until_its_end(world: Any) -> None:
    incident = world.outline.incident
    before, after = (schemas_at(world.storage, world.outline.source, at) for at in (incident - 1, incident))
    assert {state.schema.name for state in before} - {state.schema.name for state in after} == {"orders"}


def test_a_schema_knows_its_physical_databases_by_node(world: Any) -> None:
    node = nodes_at(world.storage, world.outline.source, world.clock.now_ms())[0]
    state = schema_named(world.storage, world.outline.source, "Customers", world.clock.now_ms())
    assert state is not None
    assert state.databases_on(node.id) == {"customers_0000", "customers_0001"}


def test_nothing_was_there_before_the_instance(world: Any) -> None:
    assert schemas_at(world.storage, world.outline.source, 0) == []
    assert nodes_at(world.storage, world.outline.source, 0) == []
    assert accounts_at(world.storage, world.outline.source, 0) == []
    assert node_owners(world.storage, 0) == {}
