"""The requests of the network service have the documented path and query, and none changes anything."""

from __future__ import annotations

from typing import Any

import pytest

from ddmkit.errors import InputError
from ddmkit.service.vpc import protocol


@pytest.mark.parametrize(
    ("call", "target"),
    [
        (protocol.show_vpc("p", "v"), "/v3/p/vpc/vpcs/v"),
        (protocol.show_vpc_v1("p", "v"), "/v1/p/vpcs/v"),
        (protocol.show_subnet("p", "s"), "/v1/p/subnets/s"),
        (protocol.show_security_group("p", "g"), "/v3/p/vpc/security-groups/g"),
        (
            protocol.list_security_group_rules("p", ["a", "b"]),
            "/v3/p/vpc/security-group-rules?security_group_id=a&security_group_id=b",
        ),
        (protocol.list_security_group_rules_v1("p", "a"), "/v1/p/security-group-rules?security_group_id=a"),
        (protocol.list_ports("p", "s"), "/v1/p/ports?network_id=s"),
        (protocol.show_address_group("p", "a"), "/v3/p/vpc/address-groups/a"),
    ],
)
def test_a_call_has_the_documented_path_and_query(call: Any, target: str) -> None:
    assert (call.method, call.target, call.body, call.service, call.is_read) == ("GET", target, None, "VPC", True)


def test_rules_of_no_group_are_not_asked_for_by_an_empty_id() -> None:
    with pytest.raises(InputError):
        protocol.list_security_group_rules("p", [""])
