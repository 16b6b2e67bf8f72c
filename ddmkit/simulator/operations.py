"""The calls that the simulator answers, by the service's own names. Source: reference 2, 7.1 and 7.2.

Path and method lead to an operation; what an operation does is left to the routes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

__all__ = ["DDM", "OPERATIONS", "Operation", "find_operation", "methods_of"]

DDM = frozenset({"v1", "v3"})
V1 = "/v1/{project_id}"
V3 = "/v3/{project_id}"
ONE1 = V1 + "/instances/{instance_id}"
ONE3 = V3 + "/instances/{instance_id}"


@dataclass(frozen=True)
class Operation:
    """A call: `family` rules its envelope, `rows` is the name of its list, empty for calls that page nothing."""

    name: str
    method: str
    path: str
    family: str
    rows: str = ""


OPERATIONS: tuple[Operation, ...] = (
    Operation("RestoreMetadata", "POST", ONE3 + "/backups/metadata-recovery", "v3"),
    Operation("ListBackups", "GET", V3 + "/backups", "v3", "backups"),
    Operation("ShowAvalibleTime", "GET", ONE3 + "/backups/restorable-time-interval", "v3", "restorable_time_intervals"),
    Operation("ShowAvalibleDdms", "GET", ONE3 + "/backups/restorable-instances", "v3", "instances"),
    Operation("ShowRelatedDns", "GET", ONE3 + "/backups/related-dn", "v3", "related_data_nodes"),
    Operation("ShowAvalibleRds", "GET", ONE3 + "/backups/restorable-data-node", "v3", "target_data_nodes"),
    Operation("ShowBackup", "GET", ONE3 + "/backups/{backup_id}", "v3"),
    Operation("ShowDdmJobResult", "GET", V3 + "/jobs/{job_id}", "v3"),
    Operation("ListTasks", "GET", V3 + "/jobs", "v3", "jobs"),
    Operation("ListInstances", "GET", V1 + "/instances", "v1", "instances"),
    Operation("ListDdms", "GET", V3 + "/instances", "v3", "instances"),
    Operation("ShowInstance", "GET", ONE1, "v1"),
    Operation("ShowDdmDetail", "GET", ONE3, "v3"),
    Operation("ListNodes", "GET", ONE1 + "/nodes", "v1", "nodes"),
    Operation("ListDatabases", "GET", ONE1 + "/databases", "v1", "databases"),
    Operation("ShowDatabase", "GET", ONE1 + "/databases/{ddm_dbname}", "v1"),
    Operation("ShowInstanceDatabase", "GET", ONE3 + "/databases/{database_name}", "v3"),
    Operation("ListUsers", "GET", ONE1 + "/users", "v1", "users"),
    Operation("ListDdmUsers", "GET", ONE3 + "/users", "v3", "users"),
    Operation("DownloadSchemaMetadata", "GET", ONE3 + "/schema-metadata", "v3"),
    Operation("ListApiVersion", "GET", "/", "root"),
    Operation("KeystoneCreateUserTokenByPassword", "POST", "/v3/auth/tokens", "iam"),
    Operation("KeystoneListProjects", "GET", "/v3/projects", "iam"),
)


def find_operation(method: str, path: str) -> tuple[Operation | None, str]:
    """Give the operation of a method and raw path, and the project id in the path (empty without one)."""
    for operation in OPERATIONS:
        match = _pattern(operation).fullmatch(path)
        if match and operation.method == method:
            return operation, match.groupdict().get("project_id", "")
    return None, ""


def methods_of(path: str) -> list[str]:
    """Give the methods under which a raw path is published."""
    return [operation.method for operation in OPERATIONS if _pattern(operation).fullmatch(path)]


@cache
def _pattern(operation: Operation) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path))
