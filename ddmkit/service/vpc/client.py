"""The client of the network service: one method per call, reads only; lists are complete or an error."""

from __future__ import annotations

from collections.abc import Sequence

from ddmkit.errors import ServiceError
from ddmkit.recovery_models.vpc import AddressGroup, Port, SecurityGroup, SecurityGroupRule, Subnet, Vpc
from ddmkit.service.error_codes.explain import is_unpublished
from ddmkit.service.lists.marked import last_row_marker, page_info_marker
from ddmkit.service.lists.reader import Reader
from ddmkit.service.vpc import protocol

__all__ = ["VpcClient"]


class VpcClient(Reader):
    """The client of the network service. Errors are those of ``Client``."""

    def show_vpc(self, vpc_id: str) -> Vpc:
        """Show a VPC; where only the older call exists, its secondary blocks are unknown."""
        try:
            return self._show(Vpc, protocol.show_vpc(self._project(), vpc_id), "vpc")
        except ServiceError as error:
            if not is_unpublished(error):
                raise
        return self._show(Vpc, protocol.show_vpc_v1(self._project(), vpc_id), "vpc")

    def show_subnet(self, subnet_id: str) -> Subnet:
        """Show a subnet by the id that RDS and DDM use."""
        return self._show(Subnet, protocol.show_subnet(self._project(), subnet_id), "subnet")

    def show_security_group(self, group_id: str) -> SecurityGroup:
        """Show a security group with its rules."""
        return self._show(SecurityGroup, protocol.show_security_group(self._project(), group_id), "security_group")

    def list_security_group_rules(self, group_ids: Sequence[str]) -> tuple[SecurityGroupRule, ...]:
        """List the rules of some security groups; where only the older call exists, group by group."""
        if not group_ids:
            return ()
        try:
            call = protocol.list_security_group_rules(self._project(), group_ids)
            return self._list_marked(SecurityGroupRule, call, page_info_marker)
        except ServiceError as error:
            if not is_unpublished(error):
                raise
        calls = [protocol.list_security_group_rules_v1(self._project(), group_id) for group_id in group_ids]
        return tuple(row for call in calls for row in self._list_marked(SecurityGroupRule, call, last_row_marker))

    def list_ports(self, subnet_id: str) -> tuple[Port, ...]:
        """List the ports of a subnet. The ports of managed services may be hidden from the tenant."""
        return self._list_marked(Port, protocol.list_ports(self._project(), subnet_id), last_row_marker)

    def show_address_group(self, group_id: str) -> AddressGroup:
        """Show the addresses of an address group."""
        return self._show(AddressGroup, protocol.show_address_group(self._project(), group_id), "address_group")
