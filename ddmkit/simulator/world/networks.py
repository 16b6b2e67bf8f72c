"""The networks of a world beside the usual one: security groups and subnets that the scenarios and the faults use.

Each exists in every world, so that a fault can move data nodes there at any time.
"""

from __future__ import annotations

from typing import Any

from ddmkit.simulator.rules.networks import BLOCK, EXTENDED_BLOCK
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.storage.recovery_schema import AddressGroup, SecurityRule, Subnet, Vpc
from ddmkit.simulator.storage.schema import TableRow

__all__ = ["HOME", "network_columns", "network_rows"]

HOME = "vpc-ddm-172"


def network_columns(seed: Seed, fault: str) -> dict[str, Any]:
    """Return the columns of a data node that a network fault changes."""
    if fault == "subnet-differs":
        return {"subnet_id": seed.uuid("subnet", "other"), "private_ip": "172.17.4.21"}
    if fault == "node-in-extended-network":
        return {"subnet_id": seed.uuid("subnet", "extended"), "network": "extended", "private_ip": "10.77.4.21"}
    return {"security_group_id": seed.uuid("security group", fault)}


def network_rows(seed: Seed) -> list[TableRow]:
    """Return the VPC of a scenario with its subnets, its groups and their rules."""
    vpc, home = seed.uuid("vpc", HOME), seed.uuid("security group", HOME)
    subnets = (("usual", seed.uuid("subnet", HOME), "172.16.0.0/16"), ("other", _subnet(seed, "other"), "172.17.0.0/16"))
    return [
        Vpc(vpc, HOME, BLOCK, f'["{EXTENDED_BLOCK}"]'),
        *(Subnet(subnet_id, vpc, f"subnet-{name}", cidr) for name, subnet_id, cidr in subnets),
        Subnet(_subnet(seed, "extended"), vpc, "subnet-extended", EXTENDED_BLOCK),
        AddressGroup(seed.uuid("address group", "applications"), "applications", '["172.16.200.0/24", "172.16.201.7"]'),
        *_home_rules(seed, home),
        *_fault_rules(seed, home),
    ]


def _home_rules(seed: Seed, home: str) -> list[SecurityRule]:
    """The DDM instances and their data nodes share a group that admits itself, and the applications to DDM's port."""
    applications = seed.uuid("address group", "applications")
    return [
        SecurityRule(seed.uuid("rule", "self"), home, "ingress", remote_group_id=home, priority=100),
        SecurityRule(
            seed.uuid("rule", "applications"), home, "ingress", "tcp", "5066", remote_address_group_id=applications
        ),
        SecurityRule(seed.uuid("rule", "out"), home, "egress", priority=100),
    ]


def _fault_rules(seed: Seed, home: str) -> list[SecurityRule]:
    rules: list[SecurityRule] = []
    for fault in ("sg-differs-ok", "sg-differs-denied", "sg-rule-deny-first"):
        group = seed.uuid("security group", fault)
        rules.append(SecurityRule(seed.uuid("rule", fault, "self"), group, "ingress", remote_group_id=group, priority=100))
        rules.append(SecurityRule(seed.uuid("rule", fault, "out"), group, "egress", priority=100))
        if fault != "sg-differs-denied":
            admitted = seed.uuid("rule", fault, "admit")
            rules.append(SecurityRule(admitted, group, "ingress", "tcp", "3306", priority=10, remote_group_id=home))
    denied = seed.uuid("security group", "sg-rule-deny-first")
    block = seed.uuid("rule", "sg-rule-deny-first", "deny")
    rules.append(SecurityRule(block, denied, "ingress", "tcp", "1-65535", "deny", 1, remote_ip_prefix="172.16.0.0/12"))
    return rules


def _subnet(seed: Seed, name: str) -> str:
    return seed.uuid("subnet", name)
