"""Routes of VPC: networks, security groups and their rules, ports and address groups. Source: VPC API v1 and v3."""

# ruff: noqa: ARG002 - FastAPI checks every path parameter, used or not

from __future__ import annotations

import ipaddress
import json
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query
from starlette.responses import Response

from ddmkit.simulator.http.context import ServiceContext, json_response
from ddmkit.simulator.http.parameters import Id, Text
from ddmkit.simulator.http.services.bodies import Marker, MarkerLimit
from ddmkit.simulator.http.services.rds_state import NodeState
from ddmkit.simulator.rules.editions import OTC
from ddmkit.simulator.rules.errors import ApiError
from ddmkit.simulator.rules.networks import address_group, group_ids, rules_of, subnet_of, vpc_of
from ddmkit.simulator.rules.nodes.phases import has_address
from ddmkit.simulator.storage.recovery_schema import SecurityRule, Subnet, Vpc
from ddmkit.simulator.storage.schema import Instance

__all__ = ["NetworkRoutes"]

T = TypeVar("T")
Several = Annotated[list[str] | None, Query(max_length=100, description="may be repeated")]
MADE = "2026-01-12T03:04:05Z"


class NetworkRoutes:
    """The routes of VPC."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._storage = context.storage
        self._state = NodeState(context)

    async def show_vpc(self, project_id: Id, vpc_id: Id) -> Response:
        """Show a VPC with its secondary address blocks (v3)."""
        vpc = self._require_vpc(vpc_id, "vpc3")
        row = {
            **_named(vpc, project_id),
            "extend_cidrs": json.loads(vpc.extended),
            "status": "ACTIVE",
            "cloud_resources": [],
            "tags": [],
        }
        return self._answer({"vpc": row})

    async def show_vpc_v1(self, project_id: Id, vpc_id: Id) -> Response:
        """Show a VPC (v1); the secondary address blocks are missing."""
        vpc = self._require_vpc(vpc_id, "vpc1")
        return json_response({"vpc": {**_named(vpc, project_id), "status": "OK", "routes": []}})

    async def show_subnet(self, project_id: Id, subnet_id: Id) -> Response:
        """Show a subnet."""
        subnet = subnet_of(self._storage, subnet_id)
        if subnet is None:
            raise ApiError(404, "VPC.0202", "Query resource by id fail.", "vpc1")
        return json_response({"subnet": self._subnet_row(subnet)})

    async def list_subnets(
        self, project_id: Id, vpc_id: Text = "", limit: MarkerLimit = 1000, marker: Marker = ""
    ) -> Response:
        """List the subnets of the project, or of a VPC."""
        used = {row.subnet_id for row in self._instances()} | {row.subnet_id for row in self._state.nodes()}
        stored = {row.id for row in self._storage.every(Subnet)}
        found = [subnet_of(self._storage, one) for one in sorted(used | stored)]
        rows = [row for row in found if row is not None and vpc_id in {"", row.vpc_id}]
        page, _ = _page(rows, limit, marker)
        return json_response({"subnets": [self._subnet_row(row) for row in page]})

    async def list_groups(
        self,
        project_id: Id,
        id: Several = None,  # noqa: A002 - the service's name
        name: Several = None,
        limit: MarkerLimit = 2000,
        marker: Marker = "",
    ) -> Response:
        """List the security groups."""
        rows = [_group_row(one, project_id) for one in group_ids(self._storage) if not id or one in id]
        page, info = _page([row for row in rows if not name or row["name"] in name], limit, marker)
        return self._answer({"security_groups": page, "page_info": info})

    async def show_group(self, project_id: Id, security_group_id: Id) -> Response:
        """Show a security group with its rules."""
        if security_group_id not in group_ids(self._storage):
            raise ApiError(404, "VPC.0602", "The security group does not exist.", "vpc3")
        rules = [self._rule_row(rule, project_id) for rule in rules_of(self._storage, security_group_id)]
        return self._answer({"security_group": {**_group_row(security_group_id, project_id), "security_group_rules": rules}})

    async def list_rules(
        self,
        project_id: Id,
        security_group_id: Several = None,
        direction: Text = "",
        protocol: Text = "",
        action: Text = "",
        limit: MarkerLimit = 2000,
        marker: Marker = "",
    ) -> Response:
        """List the rules of the security groups, of all or of those that are named."""
        groups = [one for one in group_ids(self._storage) if not security_group_id or one in security_group_id]
        rules = [self._rule_row(rule, project_id) for group in groups for rule in rules_of(self._storage, group)]
        wanted = {"direction": direction, "protocol": protocol, "action": action}
        chosen = [rule for rule in rules if all(value in {"", rule[name]} for name, value in wanted.items())]
        page, info = _page(chosen, limit, marker)
        return self._answer({"security_group_rules": page, "page_info": info})

    async def list_ports(
        self,
        project_id: Id,
        network_id: Text = "",
        device_id: Text = "",
        security_groups: Several = None,
        limit: MarkerLimit = 2000,
        marker: Marker = "",
    ) -> Response:
        """List the ports of DDM and RDS instances."""
        ports = [port for port in self._ports(project_id) if network_id in {"", port["network_id"]}]
        ports = [port for port in ports if device_id in {"", port["device_id"]}]
        wanted = set(security_groups or ())
        page, _ = _page([port for port in ports if wanted <= set(port["security_groups"])], limit, marker)
        return json_response({"ports": page})

    async def show_address_group(self, project_id: Id, address_group_id: Id) -> Response:
        """Show the addresses of an address group."""
        group = address_group(self._storage, address_group_id)
        if group is None:
            raise ApiError(404, "VPC.2202", "The address group does not exist.", "vpc3")
        addresses = json.loads(group.addresses)
        row = {
            "id": group.id,
            "name": group.name,
            "description": "",
            "ip_set": addresses,
            "ip_version": 4,
            "max_capacity": 20,
            "tenant_id": project_id,
            "enterprise_project_id": "0",
            "status": "NORMAL",
            "created_at": MADE,
            "updated_at": MADE,
        }
        return self._answer({"address_group": row})

    def _answer(self, content: dict[str, Any]) -> Response:
        return json_response({"request_id": uuid.uuid4().hex, **content})

    def _require_vpc(self, vpc_id: str, family: str) -> Vpc:
        vpc = vpc_of(self._storage, vpc_id)
        if vpc is None:
            raise ApiError(404, "VPC.0105", "The VPC does not exist.", family)
        return vpc

    def _instances(self) -> list[Instance]:
        return self._storage.every(Instance, "deleted IS NULL ORDER BY rowid")

    def _subnet_row(self, subnet: Subnet) -> dict[str, Any]:
        network = ipaddress.ip_network(subnet.cidr)
        taken = [row.id for row in self._instances() if row.subnet_id == subnet.id]
        taken += [row.id for row in self._state.nodes() if row.subnet_id == subnet.id]
        return {
            "id": subnet.id,
            "name": subnet.name,
            "description": "",
            "cidr": subnet.cidr,
            "gateway_ip": str(network.network_address + 1),
            "vpc_id": subnet.vpc_id,
            "status": "ACTIVE",
            "neutron_network_id": subnet.id,
            "neutron_subnet_id": str(uuid.uuid5(uuid.NAMESPACE_OID, subnet.id)),
            "ipv6_enable": False,
            "dhcp_enable": True,
            "availability_zone": "",
            "available_ip_address_count": network.num_addresses - 5 - len(taken),
            "created_at": MADE,
            "updated_at": MADE,
        }

    def _rule_row(self, rule: SecurityRule, project_id: str) -> dict[str, Any]:
        names = "id direction protocol ethertype multiport action priority"
        remote = "remote_group_id remote_ip_prefix remote_address_group_id"
        enabled = {} if self._context.world.edition == OTC else {"enabled": rule.enabled}
        return {
            **{name: getattr(rule, name) for name in f"{names} {remote}".split()},
            "security_group_id": rule.group_id,
            "description": "",
            "project_id": project_id,
            "created_at": MADE,
            "updated_at": MADE,
            **enabled,
        }

    def _ports(self, project_id: str) -> list[dict[str, Any]]:
        now = self._context.now()
        rows = [("DDM", row, row.access_ip) for row in self._instances() if row.status != "CREATING"]
        nodes = [("RDS", row, row.private_ip) for row in self._state.nodes() if has_address(row, now)]
        return sorted(
            (_port_row(kind, row, address, project_id) for kind, row, address in (*rows, *nodes)), key=lambda row: row["id"]
        )


def _page(rows: Sequence[T], limit: int, marker: str) -> tuple[list[T], dict[str, Any]]:
    """Return the page after a marker, the id of a row, and the counters of v3; without a next page there is no marker."""
    ids = [row["id"] if isinstance(row, dict) else row.id for row in rows]  # type: ignore[attr-defined]
    first = ids.index(marker) + 1 if marker in ids else 0
    page = list(rows[first : first + limit])
    shown = ids[first : first + limit]
    info: dict[str, Any] = {"current_count": len(page)}
    if first and shown:
        info["previous_marker"] = shown[0]
    if shown and first + limit < len(rows):
        info["next_marker"] = shown[-1]
    return page, info


def _named(vpc: Vpc, project_id: str) -> dict[str, Any]:
    return {
        "id": vpc.id,
        "name": vpc.name,
        "description": "",
        "cidr": vpc.cidr,
        "project_id": project_id,
        "enterprise_project_id": "0",
        "created_at": MADE,
        "updated_at": MADE,
    }


def _group_row(group_id: str, project_id: str) -> dict[str, Any]:
    return {
        "id": group_id,
        "name": f"sg-{group_id[:8]}",
        "description": "",
        "project_id": project_id,
        "enterprise_project_id": "0",
        "tags": [],
        "created_at": MADE,
        "updated_at": MADE,
    }


def _port_row(kind: str, row: Any, address: str, project_id: str) -> dict[str, Any]:
    digits = uuid.uuid5(uuid.NAMESPACE_OID, f"port {row.id}")
    return {
        "id": str(digits),
        "name": "",
        "network_id": row.subnet_id,
        "admin_state_up": True,
        "mac_address": "fa:16:3e:" + ":".join(digits.hex[place : place + 2] for place in (0, 2, 4)),
        "fixed_ips": [{"ip_address": address, "subnet_id": str(uuid.uuid5(uuid.NAMESPACE_OID, row.subnet_id))}],
        "device_id": row.id,
        "device_owner": f"network:{kind.lower()}",
        "tenant_id": project_id,
        "status": "ACTIVE",
        "security_groups": [row.security_group_id],
        "instance_id": row.id,
        "instance_type": kind,
    }
