"""Converts rows of a world to the JSON objects of the service, with the service's names, letter case and types.

Written from the service's documentation alone (ddm-api.md 3 to 6).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ddmkit.simulator.rules.ddm_catalog import engine_id
from ddmkit.simulator.rules.history import SchemaState
from ddmkit.simulator.rules.jobs import JobState
from ddmkit.simulator.rules.ranges import Range
from ddmkit.simulator.rules.rules import is_frozen
from ddmkit.simulator.storage.clock import from_ms, wire_time
from ddmkit.simulator.storage.schema import Account, Backup, DataNode, Instance, Job, TableRow

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
    "process_rows",
    "range_row",
    "related_node_row",
    "schema_detail_v1",
    "schema_detail_v3",
    "schema_row",
    "target_row",
    "user_row_v1",
    "user_row_v3",
    "v3_status",
]


def v3_status(status: str) -> str:
    """Return the status of an instance in the lower-case form of the backup calls. Source: ddm-api.md 4.4."""
    return {"RUNNING": "normal", "ERROR": "abnormal", "CREATEFAILED": "createfail"}.get(status, status.lower())


def backup_row(backup: Backup, instance_status: str) -> dict[str, Any]:
    """Return a backup as a row of the list. Source: API page ListBackups."""
    return {
        **_pick(backup, "id name description status instance_id instance_name file_size backup_type"),
        "instance_status": instance_status,
        **_wire_times(created=backup.created, updated=backup.updated),
    }


def backup_detail(backup: Backup, nodes: Iterable[DataNode]) -> dict[str, Any]:
    """Return a backup with its data nodes. Source: API page ShowBackup."""
    related = [_reference(node) for node in nodes]
    return {**_pick(backup, "id name instance_id instance_name"), "related_data_nodes": related}


def range_row(span: Range) -> dict[str, Any]:
    """Return a restorable range. Source: API page ShowAvalibleTime."""
    return _wire_times(start_time=span[0], end_time=span[1])


def target_row(instance: Instance, unavailable_reason: str) -> dict[str, Any]:
    """Return an instance as a possible target. Source: API page ShowAvalibleDdms."""
    return {
        **_reference(instance),
        **_availability(unavailable_reason),
        "status": v3_status(instance.status),
        "vpc_name": instance.vpc_name,
    }


def related_node_row(node: DataNode) -> dict[str, Any]:
    """Return a data node of the source. Source: API page ShowRelatedDns."""
    return {
        **_reference(node),
        **_pick(node, "engine_name version"),
        "instance_status": node.status if node.deleted is None else "deleted",
        "data_volume_size": node.volume_bytes,
    }


def candidate_row(node: DataNode, unavailable_reason: str) -> dict[str, Any]:
    """Return a data node as a candidate. Source: API page ShowAvalibleRds."""
    return {
        **_reference(node),
        **_availability(unavailable_reason),
        **_pick(node, "engine_name status vpc_name private_ip"),
    }


def job_detail(job: Job, state: JobState) -> dict[str, Any]:
    """Return a single job. Source: API page ShowDdmJobResult. It does not contain the reason of a failure."""
    return {"job": {**_job_fields(job, state), "instance": {"id": job.instance_id, "name": job.instance_name}}}


def job_row(job: Job, state: JobState) -> dict[str, Any]:
    """Return a job as a row of the list. Source: API page ListTasks."""
    return {
        **_job_fields(job, state),
        **_pick(job, "instance_id instance_name database_name"),
        "operations": json.loads(job.operations),
        "fail_reason": state.fail_reason,
    }


def instance_row_v1(instance: Instance, project_id: str) -> dict[str, Any]:
    """Return an instance as a row of the v1 list. Source: API page ListInstances."""
    return {**_instance_fields(instance, project_id), "created": wire_time(instance.created)}


def instance_row_v3(instance: Instance, project_id: str) -> dict[str, Any]:
    """Return an instance as a row of the v3 list. Source: ddm-api.md 5.2. There is no `created`."""
    more = {"maintenance_time": "02:00-06:00", "tags": []}
    return {**_instance_fields(instance, project_id), **_pick(instance, "description admin_user_name"), **more}


def instance_detail_v1(instance: Instance, project_id: str) -> dict[str, Any]:
    """Return a single instance in v1. Source: API page ShowInstance."""
    more = {"nodes": ddm_nodes(instance), "admin_user_name": instance.admin_user_name}
    return {**instance_row_v1(instance, project_id), **more}


def instance_detail_v3(instance: Instance, project_id: str) -> dict[str, Any]:
    """Return a single instance in v3. Source: ddm-api.md 5.4."""
    has_no_action = instance.status == "RUNNING" or is_frozen(instance)
    return {
        **_pick(instance, "id name admin_user_name"),
        "alias": instance.name,
        "project_id": project_id,
        "cluster_mode": "Cluster",
        "status": v3_status(instance.status),
        "datastore_version": instance.engine_version,
        "datastore_type": "DDM",
        **_offset_times(create_at=instance.created, update_at=instance.updated, delete_at=None),
        "new_version_available": False,
        "rollback_version_available": False,
        "degrade_version_available": False,
        "port": instance.access_port,
        "time_zone": instance.time_zone,
        "pay_model": "0",
        "is_frozen": is_frozen(instance),
        "actions": [] if has_no_action else [{"action": instance.status}],
        "only_default_group": True,
        "groups": [_node_group(instance)],
        "extend_map": {
            **_pick(instance, "vpc_id subnet_id security_group_id enterprise_project_id"),
            "az_code": instance.available_zone,
            "engine_id": engine_id(instance.engine_version),
        },
        "enable_ssl": 0,
    }


def _node_group(instance: Instance) -> dict[str, Any]:
    nodes = [
        {
            "id": node["node_id"],
            "name": f"{instance.name}_node_{number}",
            "status": v3_status(instance.status),
            "az_code": instance.available_zone.split(",")[0],
            "subnet_id": instance.subnet_id,
        }
        for number, node in enumerate(ddm_nodes(instance), 1)
    ]
    return {
        "id": _derived(instance.id, "group") + "gr09",
        "name": "default_group",
        "role": "rw",
        "endpoint": f"{instance.access_ip}:{instance.access_port}",
        "node_count": instance.node_count,
        "nodes": nodes,
        "extend_map": {"subnet_id": instance.subnet_id, "ip_list": instance.access_ip},
    }


def process_rows(accounts: Iterable[Account]) -> list[dict[str, Any]]:
    """Return the sessions on an instance, two for each account. Source: SDK, ShowLogicalProcesses."""
    return [
        {
            "id": str(number),
            "user": account.name,
            "host": f"172.16.200.{number + 10}:{40_000 + number}",
            "db": next(iter(json.loads(account.databases)), ""),
            "command": "Sleep",
            "time": str(number * 7),
            "state": "",
            "info": "",
        }
        for number, account in enumerate((one for account in accounts for one in (account, account)), 1)
    ]


def ddm_nodes(instance: Instance) -> list[dict[str, Any]]:
    """Return the nodes of an instance. Source: API page ListNodes."""
    return [
        {
            "status": instance.status,
            "port": instance.access_port,
            "ip": instance.access_ip,
            "group_id": _derived(instance.id, "group") + "gr09",
            "node_id": _derived(instance.id, f"node {number}") + "no09",
        }
        for number in range(instance.node_count)
    ]


def schema_row(state: SchemaState, nodes: Mapping[str, DataNode]) -> dict[str, Any]:
    """Return a schema as a row of the list. Source: API page ListDatabases. `created` is in milliseconds."""
    used = [_pick(node, "id name status") for node in _nodes_of(state, nodes)]
    return {**_pick(state.schema, "name shard_mode shard_number shard_unit status created"), "used_rds": used}


def schema_detail_v1(state: SchemaState, nodes: Mapping[str, DataNode], instance: Instance) -> dict[str, Any]:
    """Return a schema with its shards in v1. Source: API page ShowDatabase."""
    schema = state.schema
    shards = [
        {
            **_pick(schema, "status created updated"),
            "dbslot": shard.shard_index,
            "name": shard.physical_db_name,
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
    names = "data_node_id physical_db_name shard_index"
    return {
        **_pick(schema, "name status shard_mode shard_number"),
        **_wire_times(created=schema.created, updated=schema.updated),
        "shards": [{**_pick(shard, names), "status": schema.status} for shard in state.shards],
        "data_nodes": [
            {**_pick(node, "id status name engine_name mem cpu"), "engine_version": _major_minor(node.version)}
            for node in _nodes_of(state, nodes)
        ],
    }


def user_row_v1(account: Account) -> dict[str, Any]:
    """Return an account in v1. Source: ddm-api.md 6.4.

    The source does not state the unit of the times; the simulator uses milliseconds, as for schemas.
    """
    return {
        **_pick(account, "name status description created password_last_changed"),
        "base_authority": json.loads(account.base_authority),
        "extend_authority": [],
        "databases": [{"name": name, "description": ""} for name in json.loads(account.databases)],
    }


def user_row_v3(account: Account) -> dict[str, Any]:
    """Return an account in v3. Source: ddm-api.md 6.4."""
    times = {"created": account.created, "password_last_changed": account.password_last_changed, "expiration_time": None}
    return {
        **_pick(account, "name status description password_lifetime"),
        **_wire_times(**times),
        "base_authority": json.loads(account.base_authority),
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
                **_reference(node),
                "access_host": node.private_ip,
                "access_port": node.port,
                "engine": node.engine_name,
                "engine_version": _major_minor(node.version),
            }
            for node in nodes
        ],
    }


def _pick(row: TableRow, columns: str) -> dict[str, Any]:
    """Return columns whose names in the table and in the JSON object are the same."""
    return {name: getattr(row, name) for name in columns.split()}


def _wire_times(**instants: int | None) -> dict[str, Any]:
    return {name: wire_time(instant) for name, instant in instants.items()}


def _offset_times(**instants: int | None) -> dict[str, Any]:
    """Format instants as the v3 detail does: milliseconds, and an offset with a colon."""
    texts = {name: "" if one is None else from_ms(one).isoformat(timespec="milliseconds") for name, one in instants.items()}
    return dict(texts)


def _reference(row: Instance | DataNode) -> dict[str, Any]:
    return {"instance_id": row.id, "instance_name": row.name}


def _availability(unavailable_reason: str) -> dict[str, Any]:
    return {"available": not unavailable_reason, "unavailable_reason": unavailable_reason}


def _job_fields(job: Job, state: JobState) -> dict[str, Any]:
    times = _wire_times(created_time=job.created, end_time=state.end)
    return {"id": job.id, "name": job.name, "status": state.status, **times, "process": state.process}


def _instance_fields(instance: Instance, project_id: str) -> dict[str, Any]:
    names = """id status name available_zone vpc_id subnet_id security_group_id node_count access_ip access_port core_count
        ram_capacity engine_version flavor_ref"""
    return {
        **_pick(instance, names + " error_msg" if instance.error_msg else names),
        "updated": wire_time(instance.updated),
        "node_status": instance.status,
        "enterprise_project_id": instance.enterprise_project_id,
        "project_id": project_id,
        "enable_ssl": False,
    }


def _nodes_of(state: SchemaState, nodes: Mapping[str, DataNode]) -> list[DataNode]:
    used = dict.fromkeys(shard.data_node_id for shard in state.shards)
    return [nodes[node_id] for node_id in used if node_id in nodes]


def _major_minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _derived(*names: str) -> str:
    return hashlib.sha256("/".join(names).encode()).hexdigest()[:32]
