"""The routes of RDS, VPC and CTS: the classes of each service, and the method of each operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from starlette.responses import Response

from ddmkit.simulator.http.services.cts_routes import AuditRoutes
from ddmkit.simulator.http.services.rds_lists import NodeListRoutes
from ddmkit.simulator.http.services.rds_routes import NodeRoutes
from ddmkit.simulator.http.services.vpc_routes import NetworkRoutes

__all__ = ["TABLES"]

Handler = Callable[..., Awaitable[Response]]
Table = tuple[tuple[type, ...], Mapping[str, Handler]]

_RDS: dict[str, Handler] = {
    "RDS.ListInstances": NodeListRoutes.list_instances,
    "RDS.ListSimplifiedInstances": NodeListRoutes.list_simplified,
    "RDS.ListRestoreTimes": NodeListRoutes.list_restore_times,
    "RDS.ListBackups": NodeListRoutes.list_backups,
    "RDS.ShowBackupPolicy": NodeListRoutes.show_backup_policy,
    "RDS.ShowQuotas": NodeListRoutes.show_quotas,
    "RDS.ListFlavors": NodeListRoutes.list_flavors,
    "RDS.ListStorageTypes": NodeListRoutes.list_storage_types,
    "RDS.ListDatastores": NodeListRoutes.list_datastores,
    "RDS.CreateInstance": NodeRoutes.create_instance,
    "RDS.DeleteInstance": NodeRoutes.delete_instance,
    "RDS.SetReadOnlySwitch": NodeRoutes.set_read_only,
    "RDS.ListJobInfo": NodeRoutes.show_job,
    "RDS.ListTasks": NodeRoutes.list_tasks,
    "RDS.ListJobInfoDetail": NodeRoutes.list_task_details,
}
_VPC: dict[str, Handler] = {
    "VPC.ShowVpc": NetworkRoutes.show_vpc,
    "VPC.ShowVpcV1": NetworkRoutes.show_vpc_v1,
    "VPC.ShowSubnet": NetworkRoutes.show_subnet,
    "VPC.ListSubnets": NetworkRoutes.list_subnets,
    "VPC.ListSecurityGroups": NetworkRoutes.list_groups,
    "VPC.ShowSecurityGroup": NetworkRoutes.show_group,
    "VPC.ListSecurityGroupRules": NetworkRoutes.list_rules,
    "VPC.ListPorts": NetworkRoutes.list_ports,
    "VPC.ShowAddressGroup": NetworkRoutes.show_address_group,
}
_CTS: dict[str, Handler] = {
    "CTS.ListTraces": AuditRoutes.list_traces,
    "CTS.ListOperations": AuditRoutes.list_operations,
    "CTS.ListTrackers": AuditRoutes.list_trackers,
}
TABLES: Mapping[str, Table] = MappingProxyType(
    {"rds": ((NodeListRoutes, NodeRoutes), _RDS), "vpc": ((NetworkRoutes,), _VPC), "cts": ((AuditRoutes,), _CTS)}
)
