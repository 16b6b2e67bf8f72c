"""DDM's further requests without I/O. Source of paths and parameters: rds-api.md 9.

The deletion says in words that the data on the nodes stays. The older call is not here: its silence may mean the opposite.
"""

from __future__ import annotations

import json

from pydantic import SecretStr

from ddmkit.errors import InputError
from ddmkit.recovery_models.requests import TargetCreateRequest
from ddmkit.service.calls import PAGE_LIMIT, Call, PageShape, fill_path

__all__ = [
    "create_instance",
    "delete_instance",
    "list_engines",
    "list_flavors",
    "list_sessions",
    "set_administrator",
    "set_read_only",
    "show_detail",
    "sync_data_nodes",
]


def list_engines(project_id: str) -> Call:
    """List the engine versions for sale. Source: API page ListDdmEngines."""
    path = fill_path("/v3/{project_id}/engines", project_id=project_id)
    return Call("ListDdmEngines", "list the engine versions", "GET", path, page=PageShape("engine_groups"))


def list_flavors(project_id: str, engine_version: str, offset: int = 0) -> Call:
    """List the flavours for an engine version; each architecture has its own page. Source: API page ListDdmFlavors."""
    path = fill_path("/v3/{project_id}/flavors", project_id=project_id)
    query = (("engine_version", engine_version), ("limit", str(PAGE_LIMIT)), ("offset", str(offset)))
    return Call("ListDdmFlavors", "list the flavours", "GET", path, query)


def show_detail(project_id: str, instance_id: str) -> Call:
    """Show an instance by the newer call. Source: API page ShowDdmDetail (v3)."""
    return Call("ShowDdmDetail", "show the instance in detail", "GET", _instance_path(project_id, instance_id))


def list_sessions(project_id: str, instance_id: str) -> Call:
    """List the open sessions of an instance. Source: API page ShowLogicalProcesses."""
    path = _instance_path(project_id, instance_id) + "/logical-processes"
    shape = PageShape("logical_processes", ("total_count", "total"), limit=100)
    return Call("ShowLogicalProcesses", "count the sessions", "GET", path, page=shape)


def create_instance(project_id: str, request: TargetCreateRequest) -> Call:
    """Create an empty instance, on demand. Source: API page CreateDdmInstance (v3)."""
    path = fill_path("/v3/{project_id}/instances", project_id=project_id)
    return Call("CreateDdmInstance", "create the target instance", "POST", path, body=request.body_json().encode())


def delete_instance(project_id: str, instance_id: str) -> Call:
    """Delete an instance; the data on its nodes stays. Source: API page DeleteDdmInstance (v3)."""
    query = (("delete_dn_data", "false"),)
    return Call("DeleteDdmInstance", "delete the DDM instance", "DELETE", _instance_path(project_id, instance_id), query)


def sync_data_nodes(project_id: str, instance_id: str) -> Call:
    """Let an instance read the addresses and versions of its nodes again. Source: API page SyncDnInformation."""
    path = _instance_path(project_id, instance_id) + "/data-nodes/sync"
    return Call("SyncDnInformation", "refresh the data nodes", "POST", path)


def set_read_only(project_id: str, instance_id: str, *, read_only: bool) -> Call:
    """Forbid or allow writing on an instance. Source: API page SetReadOnlyStatus."""
    path = _instance_path(project_id, instance_id) + "/readonly-status"
    title = "make the instance read-only" if read_only else "lift the read-only state"
    return Call("SetReadOnlyStatus", title, "PUT", path, body=json.dumps({"readonly": read_only}).encode())


def set_administrator(project_id: str, instance_id: str, name: str, password: SecretStr) -> Call:
    """Create the administrator, or set the password of an existing one. Source: API page ResetAdministrator."""
    if not name.strip() or not password.get_secret_value():
        raise InputError("has no name or no password.", field="administrator", fix="Give both.")
    path = _instance_path(project_id, instance_id) + "/admin-user"
    body = json.dumps({"name": name, "password": password.get_secret_value()}, ensure_ascii=False, separators=(",", ":"))
    return Call("ResetAdministrator", "set the administrator", "PUT", path, body=body.encode(), secrets=(password,))


def _instance_path(project_id: str, instance_id: str) -> str:
    return fill_path("/v3/{project_id}/instances/{instance_id}", project_id=project_id, instance_id=instance_id)
