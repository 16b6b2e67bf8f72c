"""Facts as literals: one healthy inventory, and small makers of whatever a test wants to be different about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ddmkit.models import (
    Account,
    Backup,
    BackupDetail,
    BackupNode,
    DataNode,
    Instance,
    Job,
    RelatedNodes,
    RestorableRange,
    RestoreRequest,
    Schema,
    TargetInstance,
    TargetNode,
    UsedNode,
)
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.inventory import Candidates, Fact, Inventory
from ddmkit.restore.preflight import CHECKS
from ddmkit.times import to_ms

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
MADE = NOW - timedelta(hours=2)
SOURCE, TARGET, BACKUP = "source-1", "target-1", "backup-1"
OLD_NODES, NEW_NODES = ("old-a", "old-b"), ("new-a", "new-b")


def read(value: Any) -> Fact[Any]:
    return Fact[Any](value=value)


def unread(problem: str = "HTTP 500", *, missing: bool = False) -> Fact[Any]:
    return Fact[Any](problem=problem, missing=missing)


def request(**changes: Any) -> RestoreRequest:
    values = {"source_instance_id": SOURCE, "target_instance_id": TARGET, "data_nodes": NEW_NODES, "backup_id": BACKUP}
    return RestoreRequest(**{**values, **changes})


def request_at(instant: datetime, **changes: Any) -> RestoreRequest:
    return request(**{"backup_id": None, "restore_time_ms": to_ms(instant), **changes})


def source(**changes: Any) -> Instance:
    return Instance(**{"id": SOURCE, "name": "orders-prod", "status": "RUNNING", "engine_version": "3.0.8.5", **changes})


def target(**changes: Any) -> Instance:
    values = {"id": TARGET, "name": "orders-new", "status": "RUNNING", "engine_version": "3.0.8.5"}
    return Instance(**{**values, "admin_user_name": "ddmadmin", **changes})


def target_row(**changes: Any) -> TargetInstance:
    values = {"instance_id": TARGET, "instance_name": "orders-new", "status": "normal", "vpc_name": "vpc-shop"}
    return TargetInstance(**{**values, "available": True, **changes})


def backup(**changes: Any) -> Backup:
    values = {"id": BACKUP, "name": "nightly", "status": "normal", "instance_id": SOURCE, "instance_name": "orders-prod"}
    return Backup(**{**values, "created": MADE, **changes})


def data_node(node_id: str, **changes: Any) -> DataNode:
    values = {"instance_id": node_id, "instance_name": f"rds-{node_id}", "engine_name": "mysql", "version": "8.0.28"}
    return DataNode(**{**values, **changes})


def candidate(node_id: str, **changes: Any) -> TargetNode:
    values = {"instance_id": node_id, "instance_name": f"rds-{node_id}", "engine_name": "mysql", "vpc_name": "vpc-shop"}
    return TargetNode(**{**values, "available": True, **changes})


def candidates(*rows: TargetNode, sources: tuple[str, ...] = OLD_NODES) -> tuple[Candidates, ...]:
    shown = rows or tuple(candidate(one) for one in NEW_NODES)
    return (Candidates(source_node_ids=sources, nodes=read(shown), listed=len(shown)),)


def related(*nodes: DataNode) -> Fact[Any]:
    return read(RelatedNodes(related_data_nodes=nodes or tuple(data_node(one) for one in OLD_NODES)))


def backup_detail(*node_ids: str) -> Fact[Any]:
    named = tuple(BackupNode(instance_id=one, instance_name=f"rds-{one}") for one in node_ids)
    return read(BackupDetail(id=BACKUP, instance_id=SOURCE, related_data_nodes=named))


def schema(name: str, *node_ids: str, **changes: Any) -> Schema:
    used = tuple(UsedNode(id=one) for one in node_ids)
    values = {"name": name, "status": "RUNNING", "shard_mode": "cluster", "shard_number": 8, "used_rds": used}
    return Schema(**{**values, **changes})


def account(name: str, **changes: Any) -> Account:
    return Account(name=name, **changes)


def job(job_id: str, instance_id: str, **changes: Any) -> Job:
    values = {"id": job_id, "name": "RestartInstance", "status": "Running", "instance_id": instance_id}
    return Job(**{**values, "created_time": NOW, **changes})


def restorable(start: datetime, end: datetime) -> RestorableRange:
    return RestorableRange(start_time=start, end_time=end)


def inventory(**changes: Any) -> Inventory:
    """Return the facts of a restore from a backup to which nothing objects, but for what is changed."""
    chosen = changes.get("chosen_backup", backup())
    values = {
        "taken_at": NOW,
        "point": chosen.created if chosen else None,
        "source": read(source()),
        "source_schemas": read((schema("customers", *OLD_NODES),)),
        "source_accounts": read((account("shop_rw"),)),
        "backups": read((chosen,) if chosen else ()),
        "chosen_backup": chosen,
        "backup_detail": backup_detail(*OLD_NODES),
        "ranges": read((restorable(NOW - timedelta(days=7), NOW - timedelta(minutes=2)),)),
        "related": related(),
        "targets": read((target_row(),)),
        "target": read(target()),
        "target_schemas": read(()),
        "target_accounts": read(()),
        "candidates": candidates(),
        "jobs": read(()),
        "clock_skew": timedelta(0),
    }
    return Inventory(**{**values, **changes})


def inventory_at(point: datetime, **changes: Any) -> Inventory:
    """Return the same facts for a point in time, with no backup chosen."""
    own = {"backups": read((backup(),)), "backup_detail": Fact[Any](problem="no backup was chosen")}
    return inventory(**{"chosen_backup": None, "point": point, **own, **changes})


def look(check_id: str, facts: Inventory, wanted: RestoreRequest | None = None) -> CheckResult:
    """Run one check of the preflight."""
    check = next(one for one in CHECKS if one.id == check_id)
    return check.run(facts, request() if wanted is None else wanted)
