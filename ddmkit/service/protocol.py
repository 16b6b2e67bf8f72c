"""The requests of DDM without I/O: path, query and body of each call.

For each call a function returns a frozen ``Call``. ``calls.py`` has what all services share. Nothing here opens a
connection, reads a clock or holds a credential. Source of paths and parameters: ddm-api.md 2 to 7.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from ddmkit.models import RestoreRequest
from ddmkit.service.calls import (
    AUDIT_TRACES,
    PAGE_LIMIT,
    Call,
    Page,
    PageShape,
    encode_query,
    fill_path,
    read_answer,
    read_model,
    read_page,
)
from ddmkit.times import to_ms

__all__ = [
    "AUDIT_TRACES",
    "PAGE_LIMIT",
    "Call",
    "Page",
    "PageShape",
    "encode_query",
    "export_schema_metadata",
    "list_accounts",
    "list_accounts_v1",
    "list_backups",
    "list_instances",
    "list_jobs",
    "list_projects",
    "list_restorable_ranges",
    "list_schemas",
    "list_target_instances",
    "list_target_nodes",
    "probe",
    "read_answer",
    "read_model",
    "read_page",
    "restore_metadata",
    "show_backup",
    "show_instance",
    "show_job",
    "show_related_nodes",
    "show_schema",
]


def list_instances(project_id: str) -> Call:
    """List the DDM instances of the project. Source: API page ListInstances (v1: it alone has ``created``)."""
    path = fill_path("/v1/{project_id}/instances", project_id=project_id)
    return Call("ListInstances", "list the instances", "GET", path, page=PageShape("instances", ("total_record", "total")))


def show_instance(project_id: str, instance_id: str) -> Call:
    """Show one instance, its network and its engine version. Source: API page ShowInstance."""
    path = fill_path("/v1/{project_id}/instances/{instance_id}", project_id=project_id, instance_id=instance_id)
    return Call("ShowInstance", "show the instance", "GET", path)


def list_backups(project_id: str, instance_id: str = "") -> Call:
    """List the metadata backups; only the SDK documents the filter, so callers filter again. Source: ListBackups."""
    path = fill_path("/v3/{project_id}/backups", project_id=project_id)
    query = (("instance_id", instance_id),) if instance_id else ()
    return Call("ListBackups", "list the backups", "GET", path, query, page=PageShape("backups"))


def show_backup(project_id: str, source_id: str, backup_id: str) -> Call:
    """Show which data nodes a backup refers to. Source: API page ShowBackup."""
    template = "/v3/{project_id}/instances/{source_id}/backups/{backup_id}"
    path = fill_path(template, project_id=project_id, source_id=source_id, backup_id=backup_id)
    return Call("ShowBackup", "show the backup", "GET", path)


def list_restorable_ranges(project_id: str, source_id: str) -> Call:
    """List the ranges that the source can be restored to. Source: API page ShowAvalibleTime."""
    shape = PageShape("restorable_time_intervals", row_key=("start_time", "end_time"))
    path = _source_path("restorable-time-interval", project_id, source_id)
    return Call("ShowAvalibleTime", "list the restorable ranges", "GET", path, page=shape)


def list_target_instances(project_id: str, source_id: str) -> Call:
    """List the possible target instances, and whether the service accepts each. Source: API page ShowAvalibleDdms."""
    shape = PageShape("instances", row_key=("instance_id",))
    path = _source_path("restorable-instances", project_id, source_id)
    return Call("ShowAvalibleDdms", "list the target instances", "GET", path, page=shape)


def show_related_nodes(project_id: str, source_id: str, restore_time: datetime) -> Call:
    """Show the source's data nodes at a point in time. Source: API page ShowRelatedDns."""
    shape = PageShape("related_data_nodes", row_key=("instance_id",))
    query = (("restore_time", str(to_ms(restore_time))),)
    path = _source_path("related-dn", project_id, source_id)
    return Call("ShowRelatedDns", "show the source's data nodes at that time", "GET", path, query, page=shape)


def list_target_nodes(project_id: str, source_id: str, target_id: str, source_node_id: str, restore_time: datetime) -> Call:
    """List the candidates that could replace one source data node on the target. Source: API page ShowAvalibleRds."""
    query = (
        ("target_instance_id", target_id),
        ("source_dn_instance_id", source_node_id),
        ("restore_time", str(to_ms(restore_time))),
    )
    shape = PageShape("target_data_nodes", row_key=("instance_id",))
    path = _source_path("restorable-data-node", project_id, source_id)
    return Call("ShowAvalibleRds", "list the candidates for a data node", "GET", path, query, page=shape)


def _source_path(last: str, project_id: str, source_id: str) -> str:
    return fill_path("/v3/{project_id}/instances/{source_id}/backups/", project_id=project_id, source_id=source_id) + last


def list_schemas(project_id: str, instance_id: str) -> Call:
    """List the schemas of an instance. Source: API page ListDatabases (there is no v3 list)."""
    path = fill_path("/v1/{project_id}/instances/{instance_id}/databases", project_id=project_id, instance_id=instance_id)
    return Call("ListDatabases", "list the schemas", "GET", path, page=PageShape("databases", row_key=("name",)))


def show_schema(project_id: str, instance_id: str, name: str) -> Call:
    """Show one schema with its shards. Source: API page ShowInstanceDatabase."""
    template = "/v3/{project_id}/instances/{instance_id}/databases/{name}"
    path = fill_path(template, project_id=project_id, instance_id=instance_id, name=name)
    return Call("ShowInstanceDatabase", "show the schema", "GET", path)


def list_accounts(project_id: str, instance_id: str) -> Call:
    """List the accounts of an instance. Source: API page ListDdmUsers."""
    path = fill_path("/v3/{project_id}/instances/{instance_id}/users", project_id=project_id, instance_id=instance_id)
    return Call("ListDdmUsers", "list the accounts", "GET", path, page=PageShape("users", row_key=("name",)))


def list_accounts_v1(project_id: str, instance_id: str) -> Call:
    """List the accounts by the older call, for editions without the newer one. Source: SDK, ListUsers (v1)."""
    path = fill_path("/v1/{project_id}/instances/{instance_id}/users", project_id=project_id, instance_id=instance_id)
    shape = PageShape("users", ("total_record", "total"), row_key=("name",))
    return Call("ListUsers", "list the accounts", "GET", path, page=shape)


def export_schema_metadata(project_id: str, instance_id: str) -> Call:
    """Export the shard distribution of all schemas. Source: API page DownloadSchemaMetadata."""
    template = "/v3/{project_id}/instances/{instance_id}/schema-metadata"
    path = fill_path(template, project_id=project_id, instance_id=instance_id)
    return Call("DownloadSchemaMetadata", "export the schema metadata", "GET", path)


def list_jobs(project_id: str, start: datetime, end: datetime) -> Call:
    """List the jobs created between two instants. Source: API page ListTasks (at most 30 days back)."""
    query = (("start_time", str(to_ms(start))), ("end_time", str(to_ms(end))))
    path = fill_path("/v3/{project_id}/jobs", project_id=project_id)
    return Call("ListTasks", "list the jobs", "GET", path, query, page=PageShape("jobs"))


def show_job(project_id: str, job_id: str) -> Call:
    """Show one job, without the reason of a failure. Source: API page ShowDdmJobResult."""
    return Call(
        "ShowDdmJobResult",
        "show the job",
        "GET",
        fill_path("/v3/{project_id}/jobs/{job_id}", project_id=project_id, job_id=job_id),
    )


def restore_metadata(project_id: str, request: RestoreRequest) -> Call:
    """Start a metadata restore, the only call that changes something. Source: API page RestoreMetadata."""
    path = _source_path("metadata-recovery", project_id, request.source_instance_id)
    return Call("RestoreMetadata", "start the restore", "POST", path, body=request.body_json().encode())


def list_projects(name: str) -> Call:
    """List the projects with a name, usually that of a region. Source: API page KeystoneListProjects (identity service)."""
    return Call("KeystoneListProjects", "look up the project id", "GET", "/v3/projects", (("name", name),))


def probe() -> Call:
    """Ask whether anything answers at the endpoint. Source: API page ListApiVersion."""
    return Call("ListApiVersion", "reach the endpoint", "GET", "/")


def login_body(user: str, password: SecretStr, domain: str, project: Mapping[str, Any]) -> bytes:
    """Return the body of the request for a token of one project. Source: ddm-api.md 7.1."""
    person = {"name": user, "password": password.get_secret_value(), "domain": {"name": domain}}
    identity = {"methods": ["password"], "password": {"user": person}}
    return json.dumps({"auth": {"identity": identity, "scope": {"project": dict(project)}}}).encode()
