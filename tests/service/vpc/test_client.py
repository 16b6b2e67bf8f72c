"""The client of the network service reads whole lists in both editions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ddmkit.errors import AuthError, ServiceError
from ddmkit.service.vpc.client import VpcClient

UNPUBLISHED = {"error_code": "APIGW.0101", "error_msg": "The API does not exist", "request_id": "r"}


@pytest.fixture
def vpc(make_client, loopback) -> Iterator[VpcClient]:
    with make_client().make_companion(VpcClient, loopback.endpoint) as client:
        yield client


def test_objects_are_read_from_their_places(vpc, loopback, reply) -> None:
    answers = {
        "vpcs": {"vpc": {"id": "v", "cidr": "10.0.0.0/8", "extend_cidrs": ["172.16.0.0/16"]}},
        "subnets": {"subnet": {"id": "s", "vpc_id": "v"}},
    }
    answers |= {
        "security-groups": {"security_group": {"id": "g", "security_group_rules": [{"id": "r"}]}},
        "address-groups": {"address_group": {"id": "a", "ip_set": ["1.2.3.4"]}},
    }
    loopback.answer = lambda asked: reply(answers[asked.path.split("/")[-2]])
    assert vpc.show_vpc("v").extend_cidrs == ("172.16.0.0/16",)
    assert vpc.show_subnet("s").vpc_id == "v"
    assert vpc.show_security_group("g").security_group_rules[0].id == "r"
    assert vpc.show_address_group("a").ip_set == ("1.2.3.4",)
    assert vpc.reads[-1].operation == "VPC ShowAddressGroup"


def test_where_only_the_older_call_exists_the_secondary_blocks_are_unknown(vpc, loopback, reply) -> None:
    loopback.answer = lambda asked: (
        reply({"vpc": {"id": "v", "cidr": "10.0.0.0/8"}}) if "/v1/" in asked.path else reply(UNPUBLISHED, 404)
    )
    assert vpc.show_vpc("v").extend_cidrs is None


def test_all_pages_of_the_rules_are_read(vpc, loopback, reply) -> None:
    pages = {None: (["a"], "a"), "a": (["b"], None)}

    def answer(asked):
        rows, marker = pages[asked.query.get("marker")]
        info = {"current_count": 1, **({"next_marker": marker} if marker else {})}
        return reply({"security_group_rules": [{"id": one} for one in rows], "page_info": info, "request_id": "x"})

    loopback.answer = answer
    assert [rule.id for rule in vpc.list_security_group_rules(["g", "h"])] == ["a", "b"]
    assert "security_group_id=g&security_group_id=h" in loopback.asked[0].target
    assert vpc.list_security_group_rules([]) == ()


def test_the_older_rules_are_read_group_by_group(vpc, loopback, reply) -> None:
    def answer(asked):
        if "/v3/" in asked.path:
            return reply(UNPUBLISHED, 404)
        rows = (
            []
            if "marker" in asked.query
            else [{"id": asked.query["security_group_id"], "port_range_min": 1, "port_range_max": 2}]
        )
        return reply({"security_group_rules": rows})

    loopback.answer = answer
    assert [(rule.id, rule.action) for rule in vpc.list_security_group_rules(["g", "h"])] == [("g", "allow"), ("h", "allow")]


def test_the_ports_are_read_until_a_page_is_empty(vpc, loopback, reply) -> None:
    loopback.answer = lambda asked: reply(
        {"ports": [] if "marker" in asked.query else [{"id": "p", "security_groups": ["g"]}]}
    )
    assert [port.security_groups for port in vpc.list_ports("s")] == [("g",)]


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"code": "VPC.0003", "message": "VPC does not exist."}, 404, ServiceError),
        ({"request_id": "r", "error_msg": "no", "error_code": "VPC.2701"}, 403, AuthError),
        ({"code": "VPC.2201", "message": "no"}, 403, AuthError),
    ],
)
def test_the_envelopes_of_both_editions_are_read(vpc, loopback, reply, body, status, kind) -> None:
    loopback.answer = lambda asked: reply(body, status)
    with pytest.raises(kind) as caught:
        vpc.show_subnet("s")
    assert caught.value.code.startswith("VPC.")
