"""The requests of the network service without I/O; all are reads. Source of paths and parameters: rds-api.md 7."""

from __future__ import annotations

from collections.abc import Sequence

from ddmkit.service.calls import Call, PageShape, fill_path, require_id

__all__ = [
    "list_ports",
    "list_security_group_rules",
    "list_security_group_rules_v1",
    "show_address_group",
    "show_security_group",
    "show_subnet",
    "show_vpc",
    "show_vpc_v1",
]

_ROWS = 2000


def show_vpc(project_id: str, vpc_id: str) -> Call:
    """Show a VPC with its secondary blocks. Source: API page ShowVpc (v3)."""
    path = fill_path("/v3/{project_id}/vpc/vpcs/{vpc_id}", project_id=project_id, vpc_id=vpc_id)
    return Call("ShowVpc", "show the VPC", "GET", path, service="VPC")


def show_vpc_v1(project_id: str, vpc_id: str) -> Call:
    """Show a VPC by the older call, which does not name secondary blocks. Source: API page ShowVpc (v1)."""
    path = fill_path("/v1/{project_id}/vpcs/{vpc_id}", project_id=project_id, vpc_id=vpc_id)
    return Call("ShowVpc", "show the VPC", "GET", path, service="VPC")


def show_subnet(project_id: str, subnet_id: str) -> Call:
    """Show a subnet by the id that RDS and DDM use. Source: API page ShowSubnet (v1)."""
    path = fill_path("/v1/{project_id}/subnets/{subnet_id}", project_id=project_id, subnet_id=subnet_id)
    return Call("ShowSubnet", "show the subnet", "GET", path, service="VPC")


def show_security_group(project_id: str, group_id: str) -> Call:
    """Show a security group with its rules. Source: API page ShowSecurityGroup (v3)."""
    path = fill_path("/v3/{project_id}/vpc/security-groups/{group_id}", project_id=project_id, group_id=group_id)
    return Call("ShowSecurityGroup", "show the security group", "GET", path, service="VPC")


def list_security_group_rules(project_id: str, group_ids: Sequence[str]) -> Call:
    """List the rules of some security groups. Source: API page ListSecurityGroupRules (v3)."""
    path = fill_path("/v3/{project_id}/vpc/security-group-rules", project_id=project_id)
    query = tuple(("security_group_id", require_id(one, "security_group_id")) for one in group_ids)
    shape, title = PageShape("security_group_rules", limit=_ROWS), "list the rules of the security groups"
    return Call("ListSecurityGroupRules", title, "GET", path, query, page=shape, service="VPC")


def list_security_group_rules_v1(project_id: str, group_id: str) -> Call:
    """List the rules of one security group by the older call. Source: API page ListSecurityGroupRules (v1)."""
    path = fill_path("/v1/{project_id}/security-group-rules", project_id=project_id)
    query = (("security_group_id", require_id(group_id, "security_group_id")),)
    shape, title = PageShape("security_group_rules", limit=_ROWS), "list the rules of the security group"
    return Call("ListSecurityGroupRules", title, "GET", path, query, page=shape, service="VPC")


def list_ports(project_id: str, subnet_id: str) -> Call:
    """List the ports of a subnet; those of managed services may be hidden. Source: API page ListPorts (v1)."""
    path = fill_path("/v1/{project_id}/ports", project_id=project_id)
    query = (("network_id", require_id(subnet_id, "subnet_id")),)
    shape = PageShape("ports", limit=_ROWS)
    return Call("ListPorts", "list the ports of the subnet", "GET", path, query, page=shape, service="VPC")


def show_address_group(project_id: str, group_id: str) -> Call:
    """Show the addresses that a rule means. Source: API page ShowAddressGroup (v3)."""
    path = fill_path("/v3/{project_id}/vpc/address-groups/{group_id}", project_id=project_id, group_id=group_id)
    return Call("ShowAddressGroup", "show the address group", "GET", path, service="VPC")
