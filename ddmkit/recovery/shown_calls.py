"""The requests of a plan as they are shown: service, method, path, headers that matter, and body.

Ids that are not known yet are placeholders in angle brackets. The password of new nodes is never among them. A test compares
what is shown with what is sent.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ddmkit.models import RestoreRequest
from ddmkit.recovery_models.requests import NodeRestoreRequest, TargetCreateRequest

__all__ = ["create_node_shown", "create_target_shown", "delete_shown", "restore_shown", "sync_shown"]


def create_node_shown(project_id: str, request: NodeRestoreRequest, token: str) -> dict[str, Any]:
    """Return the request that recovers a node, with asterisks in place of the password."""
    return _shown("RDS", "POST", f"/v3/{project_id}/instances", request.body(), headers={"X-Client-Token": token})


def create_target_shown(project_id: str, request: TargetCreateRequest) -> dict[str, Any]:
    """Return the request that creates the target."""
    return _shown("DDM", "POST", f"/v3/{project_id}/instances", request.body())


def restore_shown(project_id: str, request: RestoreRequest) -> dict[str, Any]:
    """Return the metadata restore; the source's id is known, the others may be placeholders."""
    path = f"/v3/{project_id}/instances/{quote(request.source_instance_id, safe='')}/backups/metadata-recovery"
    return _shown("DDM", "POST", path, request.body())


def sync_shown(project_id: str, target_id: str) -> dict[str, Any]:
    """Return the refresh of the data nodes' facts on the target."""
    return _shown("DDM", "POST", f"/v3/{project_id}/instances/{target_id}/data-nodes/sync", None)


def delete_shown(project_id: str, kind: str, instance_id: str) -> dict[str, Any]:
    """Return the deletion of a target, which keeps the data of its nodes, or of a node."""
    if kind == "target":
        return _shown("DDM", "DELETE", f"/v3/{project_id}/instances/{instance_id}?delete_dn_data=false", None)
    return _shown("RDS", "DELETE", f"/v3/{project_id}/instances/{instance_id}", None)


def _shown(
    service: str, method: str, path: str, body: dict[str, Any] | None, *, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    shown: dict[str, Any] = {"service": service, "method": method, "path": path}
    return {**shown, **({"headers": headers} if headers else {}), **({"body": body} if body is not None else {})}
