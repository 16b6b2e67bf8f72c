"""Facts as literals: one healthy recovery of two nodes, and small makers of whatever a test wants to be different."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ddmkit.recovery.build import make_recovery_plan, settle_instant
from ddmkit.recovery.choice import RecoveryChoice
from ddmkit.recovery.instant import cut_to_second
from ddmkit.recovery.inventory import RecoveryInventory
from ddmkit.recovery.overrides import read_overrides
from ddmkit.recovery_models.ddm import Engine, InstanceDetail, TargetFlavor
from ddmkit.recovery_models.rds import (
    BackupPolicy,
    NodeBackup,
    NodeFlavor,
    NodeInstance,
    Quota,
    RestorableTime,
    SimplifiedInstance,
)
from ddmkit.restore.plan import ServiceIdentity
from ddmkit.restore.proofs.facts import NetworkFacts, Place, Rule, SubnetFacts, VpcFacts
from ddmkit.restore.proofs.recovery_facts import SourceNodeFacts
from tests.restore.builders import NOW, SOURCE, inventory, inventory_at, read, source

IDENTITY = ServiceIdentity(service="ddm.example.com", project_id="project-1")
POINT = NOW - timedelta(hours=3)
NODES = ("old-a", "old-b")
NETWORK = {"vpc_id": "vpc-1", "subnet_id": "subnet-1", "security_group_id": "group-1"}


def node_instance(node_id: str = "old-a", **changes: Any) -> NodeInstance:
    values: dict[str, Any] = {
        "id": node_id,
        "name": f"rds-{node_id}",
        "status": "ACTIVE",
        "type": "Ha",
        "datastore": {"type": "MySQL", "version": "8.0", "complete_version": "8.0.28.1"},
        "flavor_ref": "rds.mysql.n1.large.2.ha",
        "volume": {"type": "CLOUDSSD", "size": 100},
        "ha": {"replication_mode": "async"},
        "nodes": [
            {"role": "slave", "availability_zone": "zone-b"},
            {"role": "master", "availability_zone": "zone-a"},
        ],
        "port": 3306,
        "region": "cn-north-4",
        **NETWORK,
        "time_zone": "UTC+08:00",
        "created": "2025-01-01T00:00:00+0000",
        "backup_strategy": {"start_time": "19:00-20:00", "keep_days": 7},
        "enable_ssl": False,
        "enterprise_project_id": "0",
        "charge_info": {"charge_mode": "postPaid"},
        "associated_with_ddm": True,
        "read_only_by_user": False,
    }
    return NodeInstance.model_validate({**values, **changes})


def source_node(node_id: str = "old-a", **changes: Any) -> SourceNodeFacts:
    values: dict[str, Any] = {
        "node_id": node_id,
        "name": f"rds-{node_id}",
        "instance": read(node_instance(node_id)),
        "ranges": read((RestorableTime(start_time=NOW - timedelta(days=7), end_time=NOW - timedelta(minutes=5)),)),
        "policy": read(BackupPolicy(keep_days=7, start_time="19:00-20:00")),
        "backups": read(
            (
                NodeBackup(
                    id="full-1",
                    instance_id=node_id,
                    type="auto",
                    status="COMPLETED",
                    end_time=NOW - timedelta(days=1),
                    size=1000,
                ),
            )
        ),
        "activity": read(SimplifiedInstance(id=node_id, instance_status="normal")),
    }
    return SourceNodeFacts(**{**values, **changes})


def self_rule(group: str = "group-1") -> Rule:
    return Rule(id="rule-1", group_id=group, direction="ingress", remote_group_id=group, action="allow", priority=1)


def network(**changes: Any) -> NetworkFacts:
    values: dict[str, Any] = {
        "vpcs": {"vpc-1": read(VpcFacts(id="vpc-1", primary="10.0.0.0/16", secondary=()))},
        "subnets": {
            "subnet-1": read(SubnetFacts(id="subnet-1", vpc_id="vpc-1", blocks=("10.0.1.0/24",), free_addresses=200))
        },
        "rules": {
            "group-1": read(
                (self_rule(), Rule(id="rule-2", group_id="group-1", direction="egress", action="allow", priority=1))
            )
        },
    }
    return NetworkFacts(**{**values, **changes})


def place(**changes: Any) -> Place:
    values = {"vpc_id": "vpc-1", "subnet_id": "subnet-1", "security_group_ids": ("group-1",), "port": 3306}
    return Place(**{**values, **changes})


def facts(nodes: tuple[str, ...] = NODES, *, backup: bool = False, **changes: Any) -> RecoveryInventory:
    """Return the facts of a recovery to which nothing objects, but for what is changed."""
    known = source(flavor_ref="ddm.xlarge.4", node_count=2, **NETWORK)
    side = inventory(source=read(known)) if backup else inventory_at(POINT, source=read(known))
    values: dict[str, Any] = {
        "source_side": side,
        "detail": read(
            InstanceDetail(
                id=SOURCE,
                time_zone="UTC+08:00",
                enterprise_project_id="0",
                groups=[{"nodes": [{"az_code": "zone-a"}, {"az_code": "zone-b"}, {"az_code": "zone-a"}]}],
            )
        ),
        "nodes": tuple(source_node(node_id) for node_id in nodes),
        "names": read(("orders-prod", "rds-old-a", "rds-old-b")),
        "quotas": read((Quota(type="instance", quota=50, used=7),)),
        "flavours": {
            "8.0": read(
                (
                    NodeFlavor(
                        spec_code="rds.mysql.n1.large.2.ha",
                        instance_mode="ha",
                        version_name=("8.0",),
                        az_status={"zone-a": "normal", "zone-b": "normal"},
                    ),
                )
            )
        },
        "engines": read(tuple(Engine(id=f"e-{one}", version=one) for one in ("3.0.8.5", "3.1.5.0", "3.1.7.0"))),
        "target_flavours": read(
            (
                target_flavor("ddm.xlarge.4"),
                target_flavor("ddm.large.4"),
                target_flavor("ddm.huge.4", zone_b="sellout"),
            )
        ),
        "network": network(),
        "region": "cn-north-4",
    }
    return RecoveryInventory(**{**values, **changes})


def target_flavor(spec_code: str, *, zone_b: str = "normal") -> TargetFlavor:
    zones = [{"code": "zone-a", "status": "normal"}, {"code": "zone-b", "status": zone_b}]
    return TargetFlavor(id=f"id-of-{spec_code}", spec_code=spec_code, az_infos=zones)


def choice(*, like: Any = None, **changes: Any) -> RecoveryChoice:
    values: dict[str, Any] = {
        "source_id": SOURCE,
        "instant": None if changes.get("backup_id") else cut_to_second(POINT),
        "backup_id": None,
        "existing": {},
        "target_id": "",
    }
    values.update(changes)
    return RecoveryChoice(**values, overrides=read_overrides(like, creates_target=not values["target_id"]))


def plan(chosen: RecoveryChoice | None = None, known: RecoveryInventory | None = None, **changes: Any) -> Any:
    chosen, known = chosen or choice(), known or facts()
    instant = settle_instant(chosen, known)
    values = {"identity": IDENTITY, "plan_id": "p-1", "suffix": "7f3a9c", "now": NOW, **changes}
    return make_recovery_plan(chosen, known, instant, **values)
