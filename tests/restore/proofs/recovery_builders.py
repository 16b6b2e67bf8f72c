"""The facts of a recovery to which nothing objects, and small makers of what a test wants different."""

from __future__ import annotations

from typing import Any

from ddmkit.models import RestorableRange
from ddmkit.recovery_models.ddm import TargetFlavor
from ddmkit.recovery_models.rds import (
    BackupPolicy,
    NodeBackup,
    NodeFlavor,
    NodeInstance,
    Quota,
    RestorableTime,
    SimplifiedInstance,
)
from ddmkit.recovery_models.requests import NodeRestoreRequest, TargetCreateRequest
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.proofs.facts import SubnetFacts
from ddmkit.restore.proofs.preconditions import PRECONDITIONS
from ddmkit.restore.proofs.recovery_facts import RecoveryFacts, SourceNodeFacts
from ddmkit.times import from_ms
from tests.restore.proofs.builders import DAY, HOUR, SUBNET, VPC, T, read

NOW = T + 2 * HOUR


def instance(**changes: Any) -> NodeInstance:
    values = {"id": "old-a", "name": "orders-1", "status": "ACTIVE", "type": "Ha", "flavor_ref": "rds.mysql.n1.large.2.ha"}
    more = {"datastore": {"type": "MySQL", "version": "8.0"}, "volume": {"type": "CLOUDSSD", "size": 100}}
    return NodeInstance.model_validate({**values, **more, **changes})


def asked(**changes: Any) -> NodeRestoreRequest:
    values: dict[str, Any] = {
        "name": "orders-1-7f3a9c",
        "flavor_ref": "rds.mysql.n1.large.2.ha",
        "volume": {"type": "CLOUDSSD", "size": 100},
        "ha": {"replication_mode": "async"},
        "zones": ("az-a", "az-b"),
        "region": "cn-north-4",
        "vpc_id": VPC,
        "subnet_id": SUBNET,
        "security_group_id": "sg-1",
        "time_zone": "UTC",
        "backup_strategy": {"start_time": "19:00-20:00", "keep_days": 7},
        "restore_point": {"instance_id": "old-a", "restore_time": T},
    }
    return NodeRestoreRequest.model_validate({**values, **changes})


def create(**changes: Any) -> TargetCreateRequest:
    values: dict[str, Any] = {"name": "ddm-restored-7f3a", "flavor_ref": "ddm.xlarge.4", "node_num": 2}
    places = {"available_zones": ("az-a",), "vpc_id": VPC, "subnet_id": SUBNET, "security_group_id": "sg-1"}
    return TargetCreateRequest.model_validate({**values, **places, "engine_version": "3.1.7.0", **changes})


def times(*spans: tuple[int, int]) -> Any:
    return read(tuple(RestorableTime.model_validate({"start_time": start, "end_time": end}) for start, end in spans))


def backup(end_ms: int, **changes: Any) -> NodeBackup:
    values = {"id": "br-1", "type": "auto", "status": "COMPLETED", "end_time": end_ms}
    return NodeBackup.model_validate({**values, **changes})


def source_node(node_id: str = "old-a", **changes: Any) -> SourceNodeFacts:
    values: dict[str, Any] = {
        "node_id": node_id,
        "name": f"rds-{node_id}",
        "instance": read(instance(id=node_id)),
        "activity": read(SimplifiedInstance(id=node_id)),
        "ranges": times((T - 3 * DAY, T + HOUR)),
        "backups": read((backup(T - DAY), backup(T + HOUR, type="incremental"))),
        "policy": read(BackupPolicy(keep_days=7)),
        "request": asked(name=f"{node_id}-7f3a9c"),
    }
    return SourceNodeFacts(**{**values, **changes})


def flavour(spec_code: str = "rds.mysql.n1.large.2.ha", **changes: Any) -> NodeFlavor:
    zones = {"az-a": "normal", "az-b": "normal"}
    values = {
        "spec_code": spec_code,
        "instance_mode": "ha",
        "vcpus": "2",
        "ram": 4,
        "az_status": zones,
        "version_name": ["8.0"],
    }
    return NodeFlavor.model_validate({**values, **changes})


def target_flavour(spec_code: str = "ddm.xlarge.4", status: str = "normal") -> TargetFlavor:
    return TargetFlavor.model_validate({"spec_code": spec_code, "az_infos": [{"code": "az-a", "status": status}]})


def facts(*nodes: SourceNodeFacts, **changes: Any) -> RecoveryFacts:
    values: dict[str, Any] = {
        "restore_time_ms": T,
        "now_ms": NOW,
        "nodes": nodes or (source_node(), source_node("old-b")),
        "target": create(),
        "ddm_ranges": read((RestorableRange(start_time=from_ms(T - DAY), end_time=from_ms(T + HOUR)),)),
        "quotas": read((Quota(type="instance", quota=50, used=7),)),
        "flavours": {"8.0": read((flavour(),))},
        "target_flavours": read((target_flavour(),)),
        "subnets": {SUBNET: read(SubnetFacts(id=SUBNET, vpc_id=VPC, free_addresses=200))},
        "security_groups": {"sg-1": read(())},
        "names": read(("orders-1", "ddm-orders")),
    }
    return RecoveryFacts(**{**values, **changes})


def look(check_id: str, found: RecoveryFacts) -> CheckResult:
    """Run one precondition."""
    return next(one for one in PRECONDITIONS if one.id == check_id).run(found)
