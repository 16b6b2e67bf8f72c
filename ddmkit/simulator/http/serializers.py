"""The world's rows as the service prints them: field by field, with its spellings, casings and types.

Pure functions from rows to JSON objects. Written from the service's documentation alone (ddm-api.md 3 to 6).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ddmkit.simulator.rules.history import SchemaState
from ddmkit.simulator.rules.jobs import JobState
from ddmkit.simulator.rules.ranges import Range
from ddmkit.simulator.rules.rules import is_frozen
from ddmkit.simulator.storage.clock import wire_time
from ddmkit.simulator.storage.schema import Account, Backup, DataNode, Instance, Job

__all__ = [
    "backup_detail",
    "backup_row",
    "candidate_row",
    "ddm_nodes",
    "export_schemas",
    "instance_detail_v1",
    "instance_detail_v3",
    "instance_row_v1",
    "instance_row_v3",
    "job_detail",
    "job_row",
    "range_row",
    "related_node_row",
    "schema_detail_v1",
    "schema_detail_v3",
    "schema_row",
    "small_status",
    "target_row",
    "user_row_v1",
    "user_row_v3",
]


def small_status(status: str) -> str:
    """Return an instance's status as the backup calls print it, in lower case. Source: ddm-api.md 4.4."""
    return {"RUNNING": "normal", "ERROR": "abnormal", "CREATEFAILED": "createfail"}.get(status, status.lower())


def backup_row(backup: Backup, instance_status: str) -> dict[str, Any]:
    """Return a backup as a row of the list. Source: API page ListBackups."""
    return {
        "id": backup.id,
        "name": backup.name,
        "description": backup.description,
        "status": backup.status,
        "instance_id": backup.instance_id,
        "instance_name": backup.instance_name,
        "instance_status": instance_status,
        "file_size": backup.file_size,
        "created": wire_time(backup.created),
        "updated": wire_time(backup.updated),
        "backup_type": backup.backup_type,
    }


def backup_detail(backup: Backup, nodes: Iterable[DataNode]) -> dict[str, Any]:
    """Return a backup with its data nodes. Source: API page ShowBackup."""
    return {
        "id": backup.id,
        "name": backup.name,
        "instance_id": backup.instance_id,
        "instance_name": backup.instance_name,
        "related_data_nodes": [{"instance_id": node.id, "instance_name": node.name} for node in nodes],
    }


def range_row(span: Range) -> dict[str, Any]:
    """Return a restorable range. Source: API page ShowAvalibleTime."""
    return {"start_time": wire_time(span[0]), "end_time": wire_time(span[1])}


def target_row(instance: Instance, objection: str) -> dict[str, Any]:
    """Return an instance as a possible target. Source: API page ShowAvalibleDdms."""
    return {
        "instance_id": instance.id,
        "instance_name": instance.name,
        "status": small_status(instance.status),
        "available": not objection,
        "unavailable_reason": objection,
        "vpc_name": instance.vpc_name,
    }


def related_node_row(node: DataNode) -> dict[str, Any]:
    """Return a data node of the source. Source: API page ShowRelatedDns."""
    return {
        "instance_id": node.id,
        "instance_name": node.name,
        "instance_status": node.status if node.deleted is None else "deleted",
        "engine_name": node.engine_name,
        "version": node.version,
        "data_volume_size": node.volume_bytes,
    }


def candidate_row(node: DataNode, objection: str) -> dict[str, Any]:
    """Return a data node as a candidate. Source: API page ShowAvalibleRds."""
    return {
        "instance_id": node.id,
        "instance_name": node.name,
        "engine_name": node.engine_name,
        "status": node.status,
        "available": not objection,
        "unavailable_reason": objection,
        "vpc_name": node.vpc_name,
        "private_ip": node.private_ip,
    }


def job_detail(job: Job, state: JobState) -> dict[str, Any]:
    """Return a job by itself. Source: API page ShowDdmJobResult. It has no reason of a failure."""
    return {
        "job": {
            "id": job.id,
            "name": job.name,
            "status": state.status,
            "created_time": wire_time(job.created),
            "end_time": wire_time(state.end),
            "process": state.process,
            "instance": {"id": job.instance_id, "name": job.instance_name},
        }
    }


def job_row(job: Job, state: JobState) -> dict[str, Any]:
    """Return a job as a row of the list. Source: API page ListTasks."""
    return {
        "id": job.id,
        "name": job.name,
        "status": state.status,
        "created_time": wire_time(job.created),
        "end_time": wire_time(state.end),
        "process": state.process,
        "instance_id": job.instance_id,
        "instance_name": job.instance_name,
        "database_name": job.database_name,
        "operations": json.loads(job.operations),
        "fail_reason": state.fail_reason,
    }


def _instance_fields(instance: Instance, project_id: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": instance.id,
        "status": instance.status,
        "name": instance.name,
        "updated": wire_time(instance.updated),
        "available_zone": instance.available_zone,
        "vpc_id": instance.vpc_id,
        "subnet_id": instance.subnet_id,
        "security_group_id": instance.security_group_id,
        "node_count": instance.node_count,
        "access_ip": instance.access_ip,
        "access_port": instance.access_port,
        "core_count": instance.core_count,
        "ram_capacity": instance.ram_capacity,
        "node_status": instance.status,
        "enterprise_project_id": "0",
        "project_id": project_id,
        "engine_version": instance.engine_version,
        "enable_ssl": False,
        "flavor_ref": instance.flavor_ref,
    }
    return {**fields, "error_msg": instance.error_msg} if instance.error_msg else fields


def instance_row_v1(instance: Instance, project_id: str) -> dict[str, Any]:
    """Return an instance as a row of the v1 list. Source: API page ListInstances."""
    return {**_instance_fields(instance, project_id), "created": wire_time(instance.created)}


def instance_row_v3(instance: Instance, project_id: str) -> dict[str, Any]:
    """Return an instance as a row of the v3 list. Source: ddm-api.md 5.2. There is no `created`."""
    more = {
        "description": instance.description,
        "maintenance_time": "02:00-06:00",
        "admin_user_name": instance.admin_user_name,
        "tags": [],
    }
    return {**_instance_fields(instance, project_id), **more}


def instance_detail_v1(instance: Instance, project_id: str) -> dict[str, Any]:
    """Return an instance by itself in v1. Source: API page ShowInstance."""
    more = {"nodes": ddm_nodes(instance), "admin_user_name": instance.admin_user_name}
    return {**instance_row_v1(instance, project_id), **more}


def instance_detail_v3(instance: Instance, project_id: str) -> dict[str, Any]:
    """Return an instance by itself in v3. Source: ddm-api.md 5.4."""
    calm = instance.status == "RUNNING" or is_frozen(instance)
    return {
        "id": instance.id,
        "name": instance.name,
        "alias": instance.name,
        "project_id": project_id,
        "cluster_mode": "Cluster",
        "status": small_status(instance.status),
        "datastore_version": instance.engine_version,
        "datastore_type": "DDM",
        "create_at": wire_time(instance.created),
        "update_at": wire_time(instance.updated),
        "delete_at": "",
        "new_version_available": False,
        "rollback_version_available": False,
        "degrade_version_available": False,
        "port": instance.access_port,
        "time_zone": "UTC",
        "pay_model": "0",
        "is_frozen": is_frozen(instance),
        "actions": [] if calm else [{"action": instance.status}],
        "only_default_group": True,
        "groups": [],
        "extend_map": {},
        "admin_user_name": instance.admin_user_name,
        "enable_ssl": 0,
    }


def ddm_nodes(instance: Instance) -> list[dict[str, Any]]:
    """Return the nodes of an instance. Source: API page ListNodes."""
    return [
        {
            "status": "RUNNING" if instance.status == "RUNNING" else instance.status,
            "port": instance.access_port,
            "ip": instance.access_ip,
            "group_id": _derived(instance.id, "group") + "gr09",
            "node_id": _derived(instance.id, f"node {number}") + "no09",
        }
        for number in range(instance.node_count)
    ]


def schema_row(state: SchemaState, nodes: Mapping[str, DataNode]) -> dict[str, Any]:
    """Return a schema as a row of the list. Source: API page ListDatabases. `created` is in milliseconds."""
    schema = state.schema
    return {
        "name": schema.name,
        "shard_mode": schema.shard_mode,
        "shard_number": schema.shard_number,
        "shard_unit": schema.shard_unit,
        "status": schema.status,
        "created": schema.created,
        "used_rds": [{"id": node.id, "name": node.name, "status": node.status} for node in _nodes_of(state, nodes)],
    }


def schema_detail_v1(state: SchemaState, nodes: Mapping[str, DataNode], instance: Instance) -> dict[str, Any]:
    """Return a schema with its shards in v1. Source: API page ShowDatabase."""
    schema = state.schema
    shards = [
        {
            "dbslot": shard.shard_index,
            "name": shard.physical_db_name,
            "status": schema.status,
            "created": schema.created,
            "updated": schema.updated,
            "id": shard.data_node_id,
            "idName": nodes[shard.data_node_id].name if shard.data_node_id in nodes else "",
        }
        for shard in state.shards
    ]
    vips = [f"{instance.access_ip}:{instance.access_port}"]
    more = {"updated": schema.updated, "dataVips": vips, "databases": shards}
    return {"database": {**schema_row(state, nodes), **more}}


def schema_detail_v3(state: SchemaState, nodes: Mapping[str, DataNode]) -> dict[str, Any]:
    """Return a schema with its shards in v3. Source: ddm-api.md 6.3. Times are text here, milliseconds in v1."""
    schema = state.schema
    return {
        "shards": [
            {
                "data_node_id": shard.data_node_id,
                "physical_db_name": shard.physical_db_name,
                "status": schema.status,
                "shard_index": shard.shard_index,
            }
            for shard in state.shards
        ],
        "status": schema.status,
        "created": wire_time(schema.created),
        "updated": wire_time(schema.updated),
        "name": schema.name,
        "shard_mode": schema.shard_mode,
        "shard_number": schema.shard_number,
        "data_nodes": [_schema_node(node) for node in _nodes_of(state, nodes)],
    }


def user_row_v1(account: Account) -> dict[str, Any]:
    """Return an account in v1. Source: ddm-api.md 6.4.

    The unit of its times is not stated there; here it is milliseconds, as with the schemas.
    """
    return {
        "name": account.name,
        "status": account.status,
        "base_authority": json.loads(account.base_authority),
        "extend_authority": [],
        "description": account.description,
        "created": account.created,
        "password_last_changed": account.password_last_changed,
        "databases": [{"name": name, "description": ""} for name in json.loads(account.databases)],
    }


def user_row_v3(account: Account) -> dict[str, Any]:
    """Return an account in v3. Source: ddm-api.md 6.4."""
    return {
        "name": account.name,
        "status": account.status,
        "base_authority": json.loads(account.base_authority),
        "password_lifetime": account.password_lifetime,
        "password_last_changed": wire_time(account.password_last_changed),
        "created": wire_time(account.created),
        "expiration_time": "",
        "description": account.description,
        "databases": [{"name": name} for name in json.loads(account.databases)],
    }


def export_schemas(states: Sequence[SchemaState], nodes: Iterable[DataNode]) -> dict[str, Any]:
    """Return the schema metadata as gzip in base64, beside the data nodes. Source: API page DownloadSchemaMetadata."""
    content = [schema_detail_v3(state, {}) for state in states]
    packed = gzip.compress(json.dumps(content).encode(), mtime=0)
    return {
        "compressed_databases_info": base64.b64encode(packed).decode(),
        "data_nodes": [
            {
                "instance_id": node.id,
                "instance_name": node.name,
                "access_host": node.private_ip,
                "access_port": node.port,
                "engine": node.engine_name,
                "engine_version": _major(node.version),
            }
            for node in nodes
        ],
    }


def _schema_node(node: DataNode) -> dict[str, Any]:
    return {
        "id": node.id,
        "status": node.status,
        "name": node.name,
        "engine_name": node.engine_name,
        "engine_version": _major(node.version),
        "mem": node.mem,
        "cpu": node.cpu,
    }


def _nodes_of(state: SchemaState, nodes: Mapping[str, DataNode]) -> list[DataNode]:
    used = dict.fromkeys(shard.data_node_id for shard in state.shards)
    return [nodes[node_id] for node_id in used if node_id in nodes]


def _major(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _derived(*names: str) -> str:
    return hashlib.sha256("/".join(names).encode()).hexdigest()[:32]
