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

__all__ = [
    "ALL_OPERATIONS",
    "CLOUD",
    "DDM",
    "OPERATIONS",
    "SERVICES",
    "Operation",
    "find_operation",
    "published_methods",
    "published_operations",
]

# Services with a host of their own. IAM shares DDM's. The same path means different things on different hosts.
SERVICES = ("ddm", "rds", "vpc", "cts")
DDM = frozenset({"v1", "v3"})
# Families of calls of the services above: a project in the path, a token or a signature.
CLOUD = DDM | {"rds", "vpc1", "vpc3", "cts"}
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
    """A call. `family` decides the error format; `rows` is the name of the paged list, empty for other calls.

    The names of DDM's and IAM's calls are those of the documentation. The others have the name of their service in front,
    because names repeat between services: `RDS.ListInstances`.
    """

    name: str
    method: str
    path: str
    family: str
    rows: str = ""
    editions: frozenset[str] = EVERY_EDITION
    success: int = 200

    @property
    def service(self) -> str:
        """The service on whose host the call is."""
        service, dot, _ = self.name.partition(".")
        return service.lower() if dot else "ddm"


# The calls on DDM's host.
OPERATIONS: tuple[Operation, ...] = (
    Operation("RestoreMetadata", "POST", ONE3 + "/backups/metadata-recovery", "v3", success=202),
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
    Operation("CreateDdmInstance", "POST", V3 + "/instances", "v1", success=202),
    Operation("DeleteDdmInstance", "DELETE", ONE3, "v3", success=202),
    Operation("ListDdmEngines", "GET", V3 + "/engines", "v3", "engine_groups"),
    Operation("ListDdmFlavors", "GET", V3 + "/flavors", "v3"),
    Operation("SyncDnInformation", "POST", ONE3 + "/data-nodes/sync", "v1"),
    Operation("ResetAdministrator", "PUT", ONE3 + "/admin-user", "v3", success=202),
    Operation("SetReadOnlyStatus", "PUT", ONE3 + "/readonly-status", "v3", editions=NEW, success=202),
    Operation("ShowLogicalProcesses", "GET", ONE3 + "/logical-processes", "v3", "logical_processes", NOT_OTC),
    Operation("ListApiVersion", "GET", "/", "root"),
    Operation("KeystoneShowVersion", "GET", "/v3", "iam"),
    Operation("KeystoneCreateUserTokenByPassword", "POST", "/v3/auth/tokens", "iam", success=201),
    Operation("KeystoneValidateToken", "GET", "/v3/auth/tokens", "iam"),
    Operation("KeystoneListAuthProjects", "GET", "/v3/auth/projects", "iam"),
    Operation("KeystoneListAuthDomains", "GET", "/v3/auth/domains", "iam"),
    Operation("KeystoneShowCatalog", "GET", "/v3/auth/catalog", "iam"),
    Operation("KeystoneListProjects", "GET", "/v3/projects", "iam"),
)
# The Open Telekom Cloud documents neither the tasks of an instance nor simplified instances nor the read-only switch.
_RDS_OPERATIONS: tuple[Operation, ...] = (
    Operation("RDS.ListInstances", "GET", V3 + "/instances", "rds", "instances"),
    Operation("RDS.CreateInstance", "POST", V3 + "/instances", "rds", success=202),
    Operation("RDS.DeleteInstance", "DELETE", ONE3, "rds", success=202),
    Operation("RDS.ListSimplifiedInstances", "POST", V3 + "/simplified-instances", "rds", "instances", NOT_OTC),
    Operation("RDS.ListRestoreTimes", "GET", ONE3 + "/restore-time", "rds"),
    Operation("RDS.ListBackups", "GET", V3 + "/backups", "rds", "backups"),
    Operation("RDS.ShowBackupPolicy", "GET", ONE3 + "/backups/policy", "rds"),
    Operation("RDS.ListJobInfo", "GET", V3 + "/jobs", "rds"),
    Operation("RDS.ListTasks", "GET", V3 + "/tasklist", "rds", "tasks", NOT_OTC),
    Operation("RDS.ListJobInfoDetail", "GET", ONE3 + "/tasklist/detail", "rds", editions=NOT_OTC),
    Operation("RDS.ShowQuotas", "GET", V3 + "/quotas", "rds"),
    Operation("RDS.ListFlavors", "GET", V3 + "/flavors/{database_name}", "rds"),
    Operation("RDS.ListStorageTypes", "GET", V3 + "/storage-type/{database_name}", "rds"),
    Operation("RDS.ListDatastores", "GET", V3 + "/datastores/{database_name}", "rds"),
    Operation("RDS.SetReadOnlySwitch", "PUT", ONE3 + "/readonly-status", "rds", editions=NOT_OTC),
)
_NETWORK_OPERATIONS: tuple[Operation, ...] = (
    Operation("VPC.ShowVpc", "GET", V3 + "/vpc/vpcs/{vpc_id}", "vpc3"),
    Operation("VPC.ShowVpcV1", "GET", V1 + "/vpcs/{vpc_id}", "vpc1"),
    Operation("VPC.ShowSubnet", "GET", V1 + "/subnets/{subnet_id}", "vpc1"),
    Operation("VPC.ListSubnets", "GET", V1 + "/subnets", "vpc1", "subnets"),
    Operation("VPC.ListSecurityGroups", "GET", V3 + "/vpc/security-groups", "vpc3", "security_groups"),
    Operation("VPC.ShowSecurityGroup", "GET", V3 + "/vpc/security-groups/{security_group_id}", "vpc3"),
    Operation("VPC.ListSecurityGroupRules", "GET", V3 + "/vpc/security-group-rules", "vpc3", "security_group_rules"),
    Operation("VPC.ListPorts", "GET", V1 + "/ports", "vpc1", "ports"),
    Operation("VPC.ShowAddressGroup", "GET", V3 + "/vpc/address-groups/{address_group_id}", "vpc3"),
    Operation("CTS.ListTraces", "GET", V3 + "/traces", "cts", "traces"),
    Operation("CTS.ListOperations", "GET", V3 + "/operations", "cts", "operations"),
    Operation("CTS.ListTrackers", "GET", V3 + "/trackers", "cts", "trackers"),
)
ALL_OPERATIONS: tuple[Operation, ...] = (*OPERATIONS, *_RDS_OPERATIONS, *_NETWORK_OPERATIONS)


@cache
def published_operations(edition: str, service: str = "ddm") -> tuple[Operation, ...]:
    """Return the operations that an edition publishes on the host of a service."""
    return tuple(one for one in ALL_OPERATIONS if one.service == service and edition in one.editions)


def find_operation(method: str, path: str, edition: str = HUAWEI, service: str = "ddm") -> tuple[Operation | None, str]:
    """Find the operation of a method and a raw path; return it with the project id of the path, or None and ""."""
    for operation in published_operations(edition, service):
        match = _pattern(operation).fullmatch(path)
        if match and operation.method == method:
            return operation, unquote(match.groupdict().get("project_id", ""))
    return None, ""


def published_methods(path: str, edition: str = HUAWEI, service: str = "ddm") -> list[str]:
    """Return the methods under which an edition publishes a raw path."""
    return [operation.method for operation in published_operations(edition, service) if _pattern(operation).fullmatch(path)]


@cache
def _pattern(operation: Operation) -> re.Pattern[str]:
    path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path)
    return re.compile(path + "/?" if operation.family == "iam" else path)  # examples of IAM's documentation link to `/v3/`
