"""Whether security groups let a DDM instance reach a data node, and the networks of a world."""

from __future__ import annotations

from typing import Any

import pytest

from ddmkit.simulator import World
from ddmkit.simulator.rules.networks import BLOCK, can_connect, group_ids, rules_of, subnet_of, vpc_of
from ddmkit.simulator.storage.recovery_schema import SecurityRule
from ddmkit.simulator.storage.schema import DataNode, Instance

HOME = {"vpc_id": "v", "vpc_name": "v", "subnet_id": "s"}
INSTANCE = Instance("d", "d", 0, 0, **HOME, security_group_id="ddm", access_ip="172.16.0.5")
NODE = DataNode("n", "n", 0, **HOME, security_group_id="node", private_ip="172.16.0.9")


def rule(number: int, **columns: Any) -> SecurityRule:
    return SecurityRule(**{"id": f"r{number}", "group_id": "node", "direction": "ingress", **columns})


ADMIT = rule(1, protocol="tcp", multiport="3306", priority=10, remote_group_id="ddm")
CASES: dict[str, tuple[list[SecurityRule], bool]] = {
    "nothing matches": ([rule(1, remote_group_id="node")], False),
    "the other group": ([ADMIT], True),
    "another port": ([rule(1, protocol="tcp", multiport="22,3307-3400", remote_group_id="ddm")], False),
    "a range of ports": ([rule(1, protocol="tcp", multiport="22,3000-4000", remote_group_id="ddm")], True),
    "another protocol": ([rule(1, protocol="udp", remote_group_id="ddm")], False),
    "the number of the protocol": ([rule(1, protocol="6", remote_group_id="ddm")], True),
    "the other side's addresses": ([rule(1, remote_ip_prefix="172.16.0.0/24")], True),
    "other addresses": ([rule(1, remote_ip_prefix="10.0.0.0/8")], False),
    "anywhere": ([rule(1)], True),
    "IPv6 only": ([rule(1, ethertype="IPv6")], False),
    "switched off": ([rule(1, enabled=False)], False),
    "deny goes first": ([ADMIT, rule(2, action="deny", priority=1)], False),
    "deny wins a tie": ([ADMIT, rule(2, action="deny", priority=10)], False),
    "deny goes last": ([ADMIT, rule(2, action="deny", priority=50)], True),
    "an unknown address group": ([rule(1, remote_address_group_id="none")], False),
}


@pytest.mark.parametrize("case", CASES)
def test_the_first_matching_rule_decides(world: World, case: str) -> None:
    rules, expected = CASES[case]
    world.storage.add(rules)
    assert can_connect(world.storage, INSTANCE, NODE) is expected


def test_the_way_out_of_the_ddm_group_counts_as_well(world: World) -> None:
    world.storage.add([ADMIT, rule(2, group_id="ddm", direction="egress", action="deny")])
    assert not can_connect(world.storage, INSTANCE, NODE)


def test_members_of_one_group_reach_each_other_only_by_its_own_rule(world: World) -> None:
    other = DataNode("n", "n", 0, **HOME, security_group_id="ddm", private_ip="172.16.0.9")
    assert can_connect(world.storage, INSTANCE, other)
    world.storage.add([rule(1, group_id="ddm", direction="egress")])
    assert not can_connect(world.storage, INSTANCE, other)


def test_a_network_that_is_only_used_has_the_usual_facts(world: World) -> None:
    world.add_data_node("elsewhere", vpc_id="v9", vpc_name="vpc-nine", subnet_id="s9", security_group_id="g9")
    vpc, subnet = vpc_of(world.storage, "v9"), subnet_of(world.storage, "s9")
    assert vpc is not None
    assert subnet is not None
    assert (vpc.name, vpc.cidr, vpc.extended, subnet.vpc_id) == ("vpc-nine", BLOCK, "[]", "v9")
    assert "g9" in group_ids(world.storage)
    assert {one.direction for one in rules_of(world.storage, "g9")} == {"ingress", "egress"}
    assert vpc_of(world.storage, "unknown") is None
    assert subnet_of(world.storage, "unknown") is None
