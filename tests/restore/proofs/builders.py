"""Facts of the proofs as literals: one healthy network and healthy nodes, and small makers of what a test wants different."""

from __future__ import annotations

from typing import Any

from ddmkit.restore.facts import Fact
from ddmkit.restore.proofs.facts import Evidence, NetworkFacts, NodeFacts, NodeProofs, Place, Rule, SubnetFacts, VpcFacts

VPC, SUBNET, GROUP = "vpc-1", "subnet-1", "sg-1"
T = 1_673_852_043_000  # 2023-01-16T06:54:03Z
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def read(value: Any) -> Fact[Any]:
    return Fact[Any](value=value)


def refused(problem: str = "403: these credentials may not do this") -> Fact[Any]:
    return Fact[Any](problem=problem)


def place(**changes: Any) -> Place:
    return Place(**{"vpc_id": VPC, "subnet_id": SUBNET, "security_group_ids": (GROUP,), "port": 3306, **changes})


def rule(rule_id: str, **changes: Any) -> Rule:
    values = {"id": rule_id, "group_id": GROUP, "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp"}
    return Rule(**{**values, "ports": "3306", "action": "allow", "priority": 1, **changes})


def out(rule_id: str = "out", **changes: Any) -> Rule:
    return rule(rule_id, **{"direction": "egress", "protocol": "", "ports": "", **changes})


def own(rule_id: str = "self", **changes: Any) -> Rule:
    return rule(rule_id, **{"protocol": "", "ports": "", "remote_group_id": changes.get("group_id", GROUP), **changes})


def network(
    target: Place | None = None,
    node: Place | None = None,
    rules: dict[str, Fact[tuple[Rule, ...]]] | None = None,
    **changes: Any,
) -> NetworkFacts:
    values = {
        "target": read(target or place(addresses=("10.0.1.4", "10.0.1.5"), port=5066)),
        "nodes": {"node-a": read(node or place(addresses=("10.0.1.20",)))},
        "names": {"node-a": "rds-a"},
        "vpcs": {VPC: read(VpcFacts(id=VPC, primary="10.0.0.0/16", secondary=("172.16.0.0/16",)))},
        "subnets": {
            SUBNET: read(SubnetFacts(id=SUBNET, vpc_id=VPC, blocks=("10.0.1.0/24",))),
            "subnet-2": read(SubnetFacts(id="subnet-2", vpc_id=VPC, blocks=("172.16.1.0/24",))),
            "subnet-3": read(SubnetFacts(id="subnet-3", vpc_id=VPC, blocks=("10.0.3.0/24",))),
        },
        "rules": rules or {GROUP: read((own(), out()))},
    }
    return NetworkFacts(**{**values, **changes})


def node(node_id: str = "new-a", **changes: Any) -> NodeFacts:
    values = {"id": node_id, "name": f"rds-{node_id}", "status": "ACTIVE", "created_ms": T + 2 * HOUR, "version": "8.0.28"}
    return NodeFacts(**{**values, "volume_gb": 100, **changes})


def said(node_id: str = "new-a", source_id: str = "old-a", **changes: Any) -> Evidence:
    values = {"kind": "audit-trace", "node_id": node_id, "source_id": source_id, "restore_time_ms": T, "where": "trace t-1"}
    return Evidence(**{**values, **changes})


def proofs(*evidence: Evidence, **changes: Any) -> NodeProofs:
    values = {
        "nodes": {one: read(node(one)) for one in ("new-a", "new-b")},
        "sources": {one: read(node(one, created_ms=T - 90 * DAY)) for one in ("old-a", "old-b")},
        "evidence": evidence or (said(), said("new-b", "old-b")),
    }
    return NodeProofs(**{**values, **changes})
