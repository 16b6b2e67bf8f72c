"""The networks that exist in every world."""

from __future__ import annotations

import pytest

from ddmkit.simulator import World
from ddmkit.simulator.http.faults import NETWORK_FAULTS
from ddmkit.simulator.rules.networks import can_connect, subnet_of
from ddmkit.simulator.storage.schema import DataNode, Instance
from ddmkit.simulator.world.networks import network_columns

CONNECTS = {"sg-differs-ok": True, "sg-differs-denied": False, "sg-rule-deny-first": False}


@pytest.mark.parametrize("fault", NETWORK_FAULTS)
def test_every_network_fault_leads_to_a_network_that_exists(world: World, fault: str) -> None:
    columns = network_columns(world.seed, fault)
    node_id = world.add_data_node("moved", **columns)
    node = world.storage.one(DataNode, "id = ?", (node_id,))
    target = world.storage.one(Instance, "id = ?", (world.outline.target,))
    assert node is not None
    assert target is not None
    subnet = subnet_of(world.storage, node.subnet_id)
    assert subnet is not None
    assert subnet.vpc_id == target.vpc_id
    assert can_connect(world.storage, target, node) is CONNECTS.get(fault, True)


def test_a_scenario_without_faults_connects(world: World) -> None:
    target = world.storage.one(Instance, "id = ?", (world.outline.target,))
    assert target is not None
    for node_id in world.outline.data_nodes:
        node = world.storage.one(DataNode, "id = ?", (node_id,))
        assert node is not None
        assert can_connect(world.storage, target, node)
