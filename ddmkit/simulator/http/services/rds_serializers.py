"""Converts data nodes, jobs and backups to the JSON objects of RDS, with its names, letter case, types and time formats."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from ddmkit.simulator.http.auth import REGION
from ddmkit.simulator.rules.nodes.backups import NodeBackup
from ddmkit.simulator.rules.nodes.jobs import NodeJobState
from ddmkit.simulator.rules.nodes.phases import has_address, rds_status
from ddmkit.simulator.rules.nodes.rules import NodeRequest, major_minor, size_gb
from ddmkit.simulator.storage.clock import from_ms, wire_time
from ddmkit.simulator.storage.recovery_schema import NodeJob
from ddmkit.simulator.storage.schema import DataNode

__all__ = ["backup_row", "created_answer", "instance_row", "job_answer", "simplified_row", "task_detail", "task_row"]

_ENGINES = {"mysql": "MySQL", "postgresql": "PostgreSQL"}
_SIMPLE_STATUS = {
    "BUILD": "creating",
    "CREATE FAIL": "createfail",
    "FAILED": "abnormal",
    "STORAGE FULL": "data_disk_full",
    "SHUTDOWN": "shutdown",
}
_EAST = timedelta(hours=8)


def instance_row(node: DataNode, now: int, *, associated: bool, with_tags: bool) -> dict[str, Any]:
    """Return an instance as a row of the list. Source: RDS API, "Querying DB Instances".

    Nothing tells whether and to which instant it was recovered.
    """
    status = rds_status(node, now)
    row = {
        **{name: getattr(node, name) for name in ("id", "name", "port", "vpc_id", "subnet_id", "security_group_id")},
        **{name: getattr(node, name) for name in ("flavor_ref", "time_zone", "maintenance_window")},
        **{name: getattr(node, name) for name in ("enterprise_project_id", "disk_encryption_id")},
        "alias": "",
        "status": status,
        "type": node.ha_mode,
        "datastore": {
            "type": _ENGINES.get(node.engine_name, node.engine_name),
            "version": major_minor(node.version),
            "complete_version": node.version,
        },
        "cpu": str(node.cpu),
        "mem": str(node.mem),
        "volume": {"type": node.volume_type, "size": size_gb(node)},
        "nodes": _nodes(node, status),
        "related_instance": [],
        "private_ips": [node.private_ip] if has_address(node, now) else [],
        "public_ips": [],
        "private_dns_names": [],
        "region": REGION,
        "created": wire_time(node.created),
        "updated": "" if status == "BUILD" else wire_time(node.quiet_at or node.ready_at or node.created + 300_000),
        "backup_strategy": {"start_time": node.backup_window, "keep_days": node.keep_days},
        "enable_ssl": node.ssl,
        "db_user_name": "root",
        "switch_strategy": "reliability" if node.ha_mode == "Ha" else "",
        "charge_info": {"charge_mode": node.charge_mode},
        "associated_with_ddm": associated,
        "read_only_by_user": node.read_only,
    }
    if node.ha_mode == "Ha":
        row["ha"] = {"replication_mode": node.replication_mode}
    return {**row, "tags": json.loads(node.tags)} if with_tags else row


def simplified_row(node: DataNode, now: int, actions: list[str]) -> dict[str, Any]:
    """Return an instance in brief. Source: RDS API, ListSimplifiedInstances."""
    status = rds_status(node, now)
    return {
        "id": node.id,
        "name": node.name,
        "engine_name": node.engine_name,
        "engine_version": major_minor(node.version),
        "instance_status": _SIMPLE_STATUS.get(status, "normal"),
        "frozen": status == "FROZEN",
        "type": node.ha_mode,
        "pay_model": "1" if node.charge_mode == "prePaid" else "0",
        "spec_code": node.flavor_ref,
        "availability_zone_ids": node.zones.split(","),
        "read_only_instances": [],
        "current_actions": actions,
        "volume_type": node.volume_type,
        "volume_size": size_gb(node),
        "enterprise_project_id": node.enterprise_project_id,
    }


def created_answer(
    node: DataNode, request: NodeRequest, *, with_id: bool, echo_point: bool, echo_password: bool
) -> dict[str, Any]:
    """Return the instance in the answer to its creation. Source: RDS API, "Restoring Data to a New DB Instance"."""
    answer: dict[str, Any] = {
        "id": node.id,
        "name": node.name,
        "status": "BUILD",
        "datastore": {"type": "MySQL", "version": node.version},
        "port": str(node.port),
        "backup_strategy": {"start_time": node.backup_window, "keep_days": str(node.keep_days)},
        "flavor_ref": node.flavor_ref,
        "volume": {"type": node.volume_type, "size": str(size_gb(node))},
        "region": REGION,
        "availability_zone": node.zones,
        "vpc_id": node.vpc_id,
        "subnet_id": node.subnet_id,
        "security_group_id": node.security_group_id,
        "enterprise_project_id": node.enterprise_project_id,
        "charge_info": {"charge_mode": node.charge_mode},
    }
    if node.ha_mode == "Ha":
        answer["ha"] = {"mode": "Ha", "replication_mode": node.replication_mode}
    if not with_id:
        del answer["id"], answer["status"]
    if echo_point and "restore_point" in request.body:
        answer["restore_point"] = request.body["restore_point"]
    if echo_password:
        answer["password"] = request.password
    return answer


def job_answer(job: NodeJob, state: NodeJobState, node: DataNode | None) -> dict[str, Any]:
    """Return a job. Source: RDS API, "Querying a Task". Offsets differ within one answer, as in the sample there."""
    answer: dict[str, Any] = {
        "id": job.id,
        "name": job.name,
        "status": state.status,
        "created": _east_time(job.created),
        "process": _process(job, state),
        "instance": {"id": job.instance_id, "name": job.instance_name},
        "entities": _entities(node) if node is not None and state.status == "Completed" else {},
    }
    if state.end is not None:
        answer["ended"] = wire_time(state.end)
    if state.status == "Failed":
        answer["fail_reason"] = job.fail_reason
    return {"job": answer}


def task_row(job: NodeJob, state: NodeJobState, status: str) -> dict[str, Any]:
    """Return a job as a row of the task list. Source: SDK, ListTasks. There is no restore point."""
    return {
        "id": job.id,
        "name": job.name,
        "instance_id": job.instance_id,
        "instance_name": job.instance_name,
        "instance_status": status,
        "order_id": "",
        "process": _process(job, state),
        "fail_reason": job.fail_reason if state.status == "Failed" else "",
        "create_time": job.created,
        "end_time": state.end,
        "status": state.status,
    }


def task_detail(job: NodeJob, state: NodeJobState) -> dict[str, Any]:
    """Return a job with its parameters as JSON text. Source: RDS API, "Querying Tasks" (rds_13_0004)."""
    return {
        "id": job.id,
        "name": job.name,
        "status": state.status,
        "created": _east_time(job.created),
        "ended": "" if state.end is None else wire_time(state.end),
        "process": _process(job, state),
        "task_detail": job.details,
        "instance": {"id": job.instance_id, "name": job.instance_name},
        "entities": {},
        "fail_reason": job.fail_reason if state.status == "Failed" else "",
    }


def backup_row(node: DataNode, backup: NodeBackup, *, associated: bool) -> dict[str, Any]:
    """Return a backup. Source: RDS API, "Obtaining Details About Backups". The size is in KB."""
    return {
        "id": backup.id,
        "instance_id": node.id,
        "name": f"{node.name}-{backup.kind}-{from_ms(backup.end):%Y%m%d%H%M%S}",
        "type": backup.kind,
        "status": backup.status,
        "begin_time": wire_time(backup.begin),
        "end_time": wire_time(backup.end),
        "size": 2_803 if backup.kind == "incremental" else size_gb(node) * 104_857,
        "datastore": {"type": "MySQL", "version": major_minor(node.version)},
        "databases": [],
        "associated_with_ddm": associated,
        "min_data_volume_capacity_for_restore": size_gb(node),
    }


def _nodes(node: DataNode, status: str) -> list[dict[str, Any]]:
    roles = ("master", "slave")
    return [
        {
            "id": hashlib.sha256(f"{node.id} {number}".encode()).hexdigest()[:32] + "no01",
            "name": f"{node.name}_node{number}",
            "role": roles[min(number, 1)],
            "status": "ACTIVE" if status == "BACKING UP" else status,
            "availability_zone": zone,
        }
        for number, zone in enumerate(node.zones.split(","))
    ]


def _entities(node: DataNode) -> dict[str, Any]:
    return {
        "instance": {
            "endpoint": f"{node.private_ip}:{node.port}",
            "type": node.ha_mode,
            "datastore": {"type": "mysql", "version": major_minor(node.version)},
        },
        "resource_ids": [f"{node.id}.vm", f"{node.id}.volume"],
    }


def _process(job: NodeJob, state: NodeJobState) -> str:
    """Return the progress in one of the forms that the documentation shows: nothing, a number, a percentage."""
    if state.status == "Completed":
        return "100%" if job.id < "8" else ""
    forms = ("", f"{state.percent}", f"{state.percent}%")
    return forms[0 if state.percent < 20 else 1 + state.percent // 20 % 2]


def _east_time(instant: int) -> str:
    moved = from_ms(instant) + _EAST
    return moved.isoformat(timespec="seconds").replace("+00:00", "+0800")
