"""VPCs, subnets, security groups and address groups of a world, and whether rules let a DDM instance reach a data node.

A world stores only what differs from the usual: every other VPC has one address block, every subnet lies in it, and every
security group admits its own members. Sources: VPC API, "Querying Security Group Rules"; VPC user manual, "Access Control".
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections.abc import Iterable, Sequence

from ddmkit.simulator.storage.recovery_schema import AddressGroup, SecurityRule, Subnet, Vpc
from ddmkit.simulator.storage.schema import DataNode, Instance
from ddmkit.simulator.storage.storage import Storage

__all__ = ["BLOCK", "EXTENDED_BLOCK", "address_group", "can_connect", "group_ids", "rules_of", "subnet_of", "vpc_of"]

BLOCK = "172.16.0.0/12"
EXTENDED_BLOCK = "10.77.0.0/16"
_USED = """SELECT {column} AS id, vpc_id, vpc_name FROM instances WHERE deleted IS NULL AND {column} = ?
    UNION SELECT {column} AS id, vpc_id, vpc_name FROM data_nodes WHERE deleted IS NULL AND {column} = ?"""


def vpc_of(storage: Storage, vpc_id: str) -> Vpc | None:
    """Find a VPC that is stored or used."""
    stored = storage.one(Vpc, "id = ?", (vpc_id,))
    rows = [] if stored else storage.select(_USED.format(column="vpc_id"), (vpc_id, vpc_id))
    return stored or (Vpc(vpc_id, rows[0]["vpc_name"], BLOCK) if rows else None)


def subnet_of(storage: Storage, subnet_id: str) -> Subnet | None:
    """Find a subnet that is stored or used."""
    stored = storage.one(Subnet, "id = ?", (subnet_id,))
    if stored:
        return stored
    rows = storage.select(_USED.format(column="subnet_id"), (subnet_id, subnet_id))
    return Subnet(subnet_id, rows[0]["vpc_id"], f"subnet-{rows[0]['vpc_name']}", "172.16.0.0/16") if rows else None


def group_ids(storage: Storage) -> list[str]:
    """Return the ids of all security groups that are used or have rules, in order."""
    statement = """SELECT security_group_id AS id FROM instances WHERE deleted IS NULL
        UNION SELECT security_group_id FROM data_nodes WHERE deleted IS NULL UNION SELECT group_id FROM security_rules"""
    return sorted(row["id"] for row in storage.select(statement) if row["id"])


def rules_of(storage: Storage, group_id: str) -> list[SecurityRule]:
    """Return the rules of a security group: the stored ones, or the usual two."""
    return storage.every(SecurityRule, "group_id = ? ORDER BY rowid", (group_id,)) or [
        SecurityRule(_rule_id(group_id, "ingress"), group_id, "ingress", remote_group_id=group_id, priority=100),
        SecurityRule(_rule_id(group_id, "egress"), group_id, "egress", priority=100),
    ]


def address_group(storage: Storage, group_id: str) -> AddressGroup | None:
    """Find an address group."""
    return storage.one(AddressGroup, "id = ?", (group_id,))


def can_connect(storage: Storage, instance: Instance, node: DataNode) -> bool:
    """Whether the security groups let a DDM instance open connections to a data node."""
    inward = _Traffic(storage, node.port, instance.security_group_id, instance.access_ip)
    outward = _Traffic(storage, node.port, node.security_group_id, node.private_ip)
    return inward.passes(rules_of(storage, node.security_group_id), "ingress") and outward.passes(
        rules_of(storage, instance.security_group_id), "egress"
    )


class _Traffic:
    """TCP connections to a port, with the group and the address of the other side."""

    def __init__(self, storage: Storage, port: int, group_id: str, address: str) -> None:
        self._storage = storage
        self._port = port
        self._group_id = group_id
        self._address = address

    def passes(self, rules: Iterable[SecurityRule], direction: str) -> bool:
        """Whether the first rule that matches allows it; the lower priority number goes first, then deny."""
        matching = [rule for rule in rules if rule.direction == direction and self._matches(rule)]
        ordered = sorted(matching, key=lambda rule: (rule.priority, rule.action != "deny"))
        return bool(ordered) and ordered[0].action == "allow"

    def _matches(self, rule: SecurityRule) -> bool:
        if not rule.enabled or rule.ethertype != "IPv4" or rule.protocol not in {None, "tcp", "6"}:
            return False
        return _has_port(rule.multiport, self._port) and self._is_remote(rule)

    def _is_remote(self, rule: SecurityRule) -> bool:
        if rule.remote_group_id is not None:
            return rule.remote_group_id == self._group_id
        if rule.remote_address_group_id is not None:
            group = address_group(self._storage, rule.remote_address_group_id)
            return group is not None and _is_within(self._address, json.loads(group.addresses))
        return rule.remote_ip_prefix is None or _is_within(self._address, [rule.remote_ip_prefix])


def _has_port(multiport: str | None, port: int) -> bool:
    if multiport is None:
        return True
    spans = [re.split("-", part) for part in multiport.split(",")]
    return any(int(span[0]) <= port <= int(span[-1]) for span in spans)


def _is_within(address: str, blocks: Sequence[str]) -> bool:
    return bool(address) and any(
        ipaddress.ip_address(address) in ipaddress.ip_network(block, strict=False) for block in blocks
    )


def _rule_id(group_id: str, direction: str) -> str:
    digits = hashlib.sha256(f"{group_id} {direction}".encode()).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
