"""The scenario `fleet`: one mistake that hit many instances, each with an empty target and recovered data nodes.

The name of the scenario may carry the number of instances, as in `fleet:500`.
"""

from __future__ import annotations

from typing import Any

from ddmkit.simulator.storage.schema import DataNode, Instance
from ddmkit.simulator.world.builder import WorldBuilder

__all__ = ["DEFAULT_SIZE", "MOST", "add_fleet", "size_in"]

DEFAULT_SIZE = 50
MOST = 1_000


def size_in(scenario: str) -> int:
    """Return the number of instances that the name of the scenario asks for; raise ValueError for one that cannot be."""
    size = scenario.partition(":")[2] or str(DEFAULT_SIZE)
    if not size.isascii() or not size.isdigit() or not 1 <= int(size) <= MOST:
        raise ValueError(f"The scenario {scenario!r} names no size from 1 to {MOST}; write it as fleet:{DEFAULT_SIZE}.")
    return int(size)


def add_fleet(builder: WorldBuilder, size: int, incident: int) -> list[dict[str, Any]]:
    """Add the instances, and return one row for each restore, in the columns of a table of a fleet."""
    return [_row(builder, number, incident) for number in range(1, size + 1)]


def _row(builder: WorldBuilder, number: int, incident: int) -> dict[str, Any]:
    name, point = f"shop-{number:03d}", incident - 31_000
    source, nodes = _source(builder, name, incident)
    backup = builder.event_backup(source, incident - 92_000, "deleting schema orders")
    target = builder.instance(f"ddm-{name}-restored", created=builder.ago(minutes=55), updated=builder.ago(minutes=49))
    recovered = [builder.recovered(node, point) for node in nodes]
    return {
        "row": name,
        "source": source.id,
        "target": target.id,
        "data_nodes": [node.id for node in recovered],
        "restore_time": point,
        "backup_id": backup.id,
    }


def _source(builder: WorldBuilder, name: str, incident: int) -> tuple[Instance, list[DataNode]]:
    source = builder.instance(f"ddm-{name}", created=builder.ago(days=88, hours=5))
    nodes = [builder.data_node(f"rds-{name}-{number}", users=[source]) for number in (1, 2)]
    builder.schema(source, "orders", nodes, 4, deleted=incident)
    builder.schema(source, "customers", nodes, 2)
    builder.schema(source, "billing", nodes, 2)
    builder.schema(source, "reference_data", nodes, 1)
    builder.account(source, "shop_rw", ("INSERT", "UPDATE", "DELETE", "SELECT"), databases=["orders", "customers"])
    return source, nodes
