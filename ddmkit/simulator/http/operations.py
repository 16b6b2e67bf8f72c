"""The calls that the simulator supports, by the service's own names, and the editions that publish each call.

Sources: the paths and the "Querying ..." and "Restoring ..." pages of Huawei Cloud's DDM API reference and of the Open
Telekom Cloud's (docs.otc.t-systems.com, Distributed Database Middleware, API Reference, state of April 2026); the client
modules of the official Python SDK, releases 3.1.176 to 3.1.219; the identity service's API reference of either cloud.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from ddmkit.simulator.rules.editions import EARLY, EVERY_EDITION, HUAWEI

__all__ = ["DDM", "OPERATIONS", "Operation", "find_operation", "published_methods", "published_operations"]

DDM = frozenset({"v1", "v3"})
V1 = "/v1/{project_id}"
V3 = "/v3/{project_id}"
ONE1 = V1 + "/instances/{instance_id}"
ONE3 = V3 + "/instances/{instance_id}"
# The Open Telekom Cloud documents the administrator's password, but no list of accounts, neither in v1 nor in v3.
NOT_OTC = frozenset({HUAWEI, EARLY})
# The Python SDK has ShowDdmDetail since 3.1.180, ListDdms since 3.1.186, ListDdmUsers since 3.1.191. The Open Telekom Cloud
# documents none of the three.
NEW = frozenset({HUAWEI})


@dataclass(frozen=True)
class Operation:
    """A call. `family` decides the error format; `rows` is the name of the paged list, empty for other calls."""

    name: str
    method: str
    path: str
    family: str
    rows: str = ""
    editions: frozenset[str] = EVERY_EDITION


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
    Operation("ListDdms", "GET", V3 + "/instances", "v3", "instances", NEW),
    Operation("ShowInstance", "GET", ONE1, "v1"),
    Operation("ShowDdmDetail", "GET", ONE3, "v3", editions=NEW),
    Operation("ListNodes", "GET", ONE1 + "/nodes", "v1", "nodes"),
    Operation("ListDatabases", "GET", ONE1 + "/databases", "v1", "databases"),
    Operation("ShowDatabase", "GET", ONE1 + "/databases/{ddm_dbname}", "v1"),
    Operation("ShowInstanceDatabase", "GET", ONE3 + "/databases/{database_name}", "v3"),
    Operation("ListUsers", "GET", ONE1 + "/users", "v1", "users", NOT_OTC),
    Operation("ListDdmUsers", "GET", ONE3 + "/users", "v3", "users", NEW),
    Operation("DownloadSchemaMetadata", "GET", ONE3 + "/schema-metadata", "v3"),
    Operation("ListApiVersion", "GET", "/", "root"),
    Operation("KeystoneShowVersion", "GET", "/v3", "iam"),
    Operation("KeystoneCreateUserTokenByPassword", "POST", "/v3/auth/tokens", "iam"),
    Operation("KeystoneValidateToken", "GET", "/v3/auth/tokens", "iam"),
    Operation("KeystoneListAuthProjects", "GET", "/v3/auth/projects", "iam"),
    Operation("KeystoneListAuthDomains", "GET", "/v3/auth/domains", "iam"),
    Operation("KeystoneShowCatalog", "GET", "/v3/auth/catalog", "iam"),
    Operation("KeystoneListProjects", "GET", "/v3/projects", "iam"),
)


def published_operations(edition: str) -> list[Operation]:
    """Return the operations that an edition publishes."""
    return [operation for operation in OPERATIONS if edition in operation.editions]


def find_operation(method: str, path: str, edition: str = HUAWEI) -> tuple[Operation | None, str]:
    """Find the operation of a method and a raw path; return it with the project id of the path, or None and ""."""
    for operation in published_operations(edition):
        match = _pattern(operation).fullmatch(path)
        if match and operation.method == method:
            return operation, unquote(match.groupdict().get("project_id", ""))
    return None, ""


def published_methods(path: str, edition: str = HUAWEI) -> list[str]:
    """Return the methods under which an edition publishes a raw path."""
    return [operation.method for operation in published_operations(edition) if _pattern(operation).fullmatch(path)]


@cache
def _pattern(operation: Operation) -> re.Pattern[str]:
    path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path)
    return re.compile(path + "/?" if operation.family == "iam" else path)  # examples of IAM's documentation link to `/v3/`
