"""The requests of the data nodes' service without I/O. Source of paths and parameters: rds-api.md 2 to 5."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ddmkit.recovery_models.requests import NodeRestoreRequest
from ddmkit.service.calls import Call, PageShape, fill_path, require_id
from ddmkit.times import to_ms

__all__ = [
    "create_restore_instance",
    "delete_instance",
    "list_backups",
    "list_flavors",
    "list_instances",
    "list_restore_times",
    "list_simplified_instances",
    "list_storage_types",
    "list_task_details",
    "list_tasks",
    "list_versions",
    "show_backup_policy",
    "show_job",
    "show_quotas",
    "show_restore_instance",
]

_ENGINE = "MySQL"
_ROWS = 100  # the largest page of most lists; that of the tasks is smaller
_TASK_ROWS = 50


def list_instances(project_id: str, *, instance_id: str = "", name: str = "", tags: str = "", group_type: str = "") -> Call:
    """List the MySQL instances, by exact id or name, or by tags (``key=value``). Source: API page ListInstances."""
    shape = PageShape("instances", ("total_count",), ("id", "name"), limit=_ROWS)
    call = _get("ListInstances", "list the data nodes", "instances", project_id, page=shape)
    return call.asking(datastore_type=_ENGINE, id=instance_id, name=name, tags=tags, group_type=group_type)


def list_simplified_instances(project_id: str, instance_ids: Sequence[str]) -> Call:
    """Ask for the status and the running operations of instances. Source: API page ListSimplifiedInstances."""
    path = fill_path("/v3/{project_id}/simplified-instances", project_id=project_id)
    body = _compact({"instance_ids": list(instance_ids)})
    shape, title = PageShape("instances"), "show what runs on the data nodes"
    return Call("ListSimplifiedInstances", title, "POST", path, body=body, page=shape, service="RDS", asks=True)


def list_restore_times(project_id: str, instance_id: str, day: datetime | None = None) -> Call:
    """List the ranges that a node can be recovered to, or those of one day in UTC. Source: API page ListRestoreTimes."""
    shape = PageShape("restore_time", row_key=("start_time", "end_time"))
    date = "" if day is None else day.astimezone(UTC).strftime("%Y-%m-%d")
    call = _of_instance(
        "ListRestoreTimes", "list the restorable times of a data node", "/restore-time", project_id, instance_id
    )
    return replace(call, page=shape).asking(date=date)


def list_backups(project_id: str, instance_id: str, backup_type: str = "") -> Call:
    """List the backups of a node, of all types or of one. Source: API page ListBackups."""
    shape = PageShape("backups", ("total_count",), limit=_ROWS)
    call = _get("ListBackups", "list the backups of a data node", "backups", project_id, page=shape)
    return call.asking(instance_id=require_id(instance_id, "instance_id"), backup_type=backup_type)


def show_backup_policy(project_id: str, instance_id: str) -> Call:
    """Show the policy of automated backups. Source: API page ShowBackupPolicy."""
    title = "show the backup policy of a data node"
    return _of_instance("ShowBackupPolicy", title, "/backups/policy", project_id, instance_id)


def show_job(project_id: str, job_id: str) -> Call:
    """Show one job. Source: API page ListJobInfo (the id is in the query)."""
    return _get("ListJobInfo", "show the job of a data node", "jobs", project_id).asking(id=require_id(job_id, "job_id"))


def list_tasks(project_id: str, start: datetime, end: datetime, *, name: str = "", instance_id: str = "") -> Call:
    """List the tasks of a span of at most 30 days. Source: API page ListTasks."""
    shape = PageShape("tasks", ("total_count",), limit=_TASK_ROWS)
    call = _get("ListTasks", "list the tasks of the data nodes", "tasklist", project_id, page=shape)
    return call.asking(start_time=str(to_ms(start)), end_time=str(to_ms(end)), name=name, instance_id=instance_id)


def list_task_details(project_id: str, instance_id: str, start: datetime, end: datetime | None = None) -> Call:
    """List the tasks of a node with their parameters. Source: API page ListJobInfoDetail (described for SQL Server only)."""
    title = "show the tasks of a data node in detail"
    call = _of_instance("ListJobInfoDetail", title, "/tasklist/detail", project_id, instance_id)
    return call.asking(start_time=str(to_ms(start)), end_time="" if end is None else str(to_ms(end)))


def show_quotas(project_id: str) -> Call:
    """Show the quotas of the project. Source: API page ShowQuotas."""
    return _get("ShowQuotas", "show the quotas of the data nodes", "quotas", project_id)


def list_flavors(project_id: str, version: str = "", spec_code: str = "") -> Call:
    """List the flavours for MySQL, with the zones in which each is for sale. Source: API page ListFlavors."""
    call = _get("ListFlavors", "list the flavours of data nodes", f"flavors/{_ENGINE}", project_id)
    return replace(call, page=PageShape("flavors")).asking(version_name=version, spec_code=spec_code)


def list_storage_types(project_id: str, version: str, ha_mode: str = "") -> Call:
    """List the kinds of disks; ``ha_mode`` is ``single``, ``ha`` or ``replica``. Source: API page ListStorageTypes."""
    call = _get("ListStorageTypes", "list the kinds of disks of data nodes", f"storage-type/{_ENGINE}", project_id)
    return replace(call, page=PageShape("storage_type", row_key=("name",))).asking(version_name=version, ha_mode=ha_mode)


def list_versions(project_id: str) -> Call:
    """List the versions of MySQL that can be created. Source: API page ListDatastores."""
    call = _get("ListDatastores", "list the engine versions of data nodes", f"datastores/{_ENGINE}", project_id)
    return replace(call, page=PageShape("dataStores"))


def create_restore_instance(project_id: str, request: NodeRestoreRequest, token: str) -> Call:
    """Recover a node to a new instance. Source: API page CreateRestoreInstance.

    The same path without a restore point would create an empty, billed instance; the type of the request has no such form.
    ``token`` lets the service recognise the same request if a person sends it again; nothing relies on that, because it is
    documented for new, empty instances only (rds-api.md 3). Raises ``InputError`` for a request without a password.
    """
    shown = show_restore_instance(project_id, request, token)
    return replace(shown, body=request.wire_body(), secrets=(request.password,) if request.password is not None else ())


def show_restore_instance(project_id: str, request: NodeRestoreRequest, token: str) -> Call:
    """Return the same call as it is shown and recorded: asterisks stand for the password."""
    if not isinstance(request, NodeRestoreRequest):
        raise TypeError("a data node is created by a NodeRestoreRequest only: without a restore point it would be empty")
    path = fill_path("/v3/{project_id}/instances", project_id=project_id)
    body, title = request.body_json().encode(), "recover a data node to a new instance"
    headers = (("X-Client-Token", token),)
    return Call("CreateRestoreInstance", title, "POST", path, body=body, service="RDS", headers=headers)


def delete_instance(project_id: str, instance_id: str) -> Call:
    """Delete a node. Its automated backups vanish with it. Source: API page DeleteInstance."""
    path = _instance_path(project_id, instance_id)
    return Call("DeleteInstance", "delete the data node", "DELETE", path, service="RDS")


def _get(operation: str, title: str, last: str, project_id: str, page: PageShape | None = None) -> Call:
    path = fill_path("/v3/{project_id}/", project_id=project_id) + last
    return Call(operation, title, "GET", path, page=page, service="RDS")


def _of_instance(operation: str, title: str, last: str, project_id: str, instance_id: str) -> Call:
    return Call(operation, title, "GET", _instance_path(project_id, instance_id) + last, service="RDS")


def _instance_path(project_id: str, instance_id: str) -> str:
    return fill_path("/v3/{project_id}/instances/{instance_id}", project_id=project_id, instance_id=instance_id)


def _compact(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
