"""Models of the network service (VPC): networks, rules of security groups, and ports, read tolerantly.

Source: rds-api.md 7.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator

from ddmkit.models import Word
from ddmkit.recovery_models.loose import LooseFlag, LooseModel, LooseNumber, LooseText, Objects, Texts, strip_keys

__all__ = ["AddressGroup", "FixedIp", "Port", "SecurityGroup", "SecurityGroupRule", "Subnet", "Vpc"]


def _true_if_missing(value: Any) -> bool:
    return str(value).strip().casefold() not in {"false", "0"}


class Vpc(LooseModel):
    """A VPC. ``extend_cidrs`` are its secondary blocks; ``None`` when the answer does not name them (v1 never does)."""

    id: LooseText
    name: LooseText = ""
    cidr: LooseText = ""
    extend_cidrs: Texts | None = None
    status: Word = ""
    enterprise_project_id: LooseText = ""


class Subnet(LooseModel):
    """A subnet. ``id`` is what RDS and DDM call ``subnet_id``. Source: API page ShowSubnet (v1)."""

    id: LooseText
    name: LooseText = ""
    cidr: LooseText = ""
    gateway_ip: LooseText = ""
    vpc_id: LooseText = ""
    status: Word = ""
    neutron_network_id: LooseText = ""
    neutron_subnet_id: LooseText = ""
    availability_zone: Word = ""
    ipv6_enable: LooseFlag = None
    available_ip_address_count: LooseNumber = None


class SecurityGroupRule(LooseModel):
    """A rule of a security group, as both editions of the service show it. Source: API page ListSecurityGroupRules.

    An empty ``protocol`` or ``multiport`` means all. An empty ``action`` and a ``priority`` of ``None`` mean that the answer
    does not say. The older edition knows neither: its rules are ``allow`` with priority 1, and its range of ports becomes
    ``multiport``. ``enabled`` is true when it is missing.
    """

    id: LooseText
    security_group_id: LooseText = ""
    direction: Word = ""
    protocol: Word = ""
    ethertype: Word = ""
    multiport: LooseText = ""
    action: Word = ""
    priority: LooseNumber = None
    remote_group_id: LooseText = ""
    remote_ip_prefix: LooseText = ""
    remote_address_group_id: LooseText = ""
    enabled: Annotated[bool, BeforeValidator(_true_if_missing)] = True

    @model_validator(mode="before")
    @classmethod
    def _read_older_edition(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        named = strip_keys(data)
        if "port_range_min" not in named and "port_range_max" not in named:
            return named
        first, last = named.get("port_range_min"), named.get("port_range_max")
        ends = [str(end).strip() for end in (first, last) if end is not None]
        ports = ends[0] if len(set(ends)) == 1 else "-".join(ends)
        return {"action": "allow", "priority": 1, "multiport": ports, **named}


class SecurityGroup(LooseModel):
    """A security group with its rules. Source: API page ShowSecurityGroup."""

    id: LooseText
    name: LooseText = ""
    enterprise_project_id: LooseText = ""
    security_group_rules: Annotated[tuple[SecurityGroupRule, ...], Objects] = ()


class AddressGroup(LooseModel):
    """A group of addresses that a rule may name. Source: API page ShowAddressGroup."""

    id: LooseText
    name: LooseText = ""
    ip_version: LooseNumber = None
    ip_set: Texts = ()


class FixedIp(LooseModel):
    """An address of a port."""

    ip_address: LooseText = ""
    subnet_id: LooseText = ""


class Port(LooseModel):
    """A network port. ``security_groups`` are all groups bound to it. Source: API page ListPorts (v1)."""

    id: LooseText
    name: LooseText = ""
    network_id: LooseText = ""
    device_id: LooseText = ""
    device_owner: LooseText = ""
    instance_id: LooseText = ""
    instance_type: Word = ""
    status: Word = ""
    fixed_ips: Annotated[tuple[FixedIp, ...], Objects] = ()
    security_groups: Texts = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the port."""
        return tuple(fixed.ip_address for fixed in self.fixed_ips if fixed.ip_address)
