"""Networks, rules and ports are read as both editions of the network service print them."""

from __future__ import annotations

import pytest

from ddmkit.recovery_models.vpc import AddressGroup, Port, SecurityGroup, SecurityGroupRule, Subnet, Vpc

RULE = {
    "id": "f626eb24-d8bd-4d26-ae0b-c16bb65730cb", "security_group_id": "0552091e-b83a-49dd-88a7-4a5c86fd9ec3", "direction": "ingress",
    "protocol": "tcp", "ethertype": "IPv4", "multiport": "3306", "action": "allow", "priority": 1, "remote_ip_prefix": "10.10.0.0/16",
    "remote_group_id": None, "remote_address_group_id": None, "enabled": True,
}  # fmt: skip


def test_the_documented_rule_keeps_its_fields() -> None:
    rule = SecurityGroupRule.model_validate(RULE)
    assert (rule.protocol, rule.multiport, rule.action, rule.priority) == ("tcp", "3306", "allow", 1)
    assert (rule.remote_ip_prefix, rule.remote_group_id, rule.enabled) == ("10.10.0.0/16", "", True)


@pytest.mark.parametrize(("first", "last", "ports"), [(3306, 3306, "3306"), (1, "30", "1-30"), (None, None, "")])
def test_the_older_edition_has_ranges_and_always_allows(first: object, last: object, ports: str) -> None:
    row = {"id": "r", "direction": "ingress", "protocol": None, "port_range_min": first, "port_range_max": last}
    rule = SecurityGroupRule.model_validate(row)
    assert (rule.multiport, rule.action, rule.priority, rule.protocol, rule.enabled) == (ports, "allow", 1, "", True)


def test_what_the_newer_edition_does_not_say_is_not_guessed() -> None:
    rule = SecurityGroupRule.model_validate({"id": "r", "priority": "x", "multiport": 3306, "enabled": "false"})
    assert (rule.action, rule.priority, rule.multiport, rule.enabled) == ("", None, "3306", False)


def test_secondary_blocks_are_unknown_unless_the_answer_names_them() -> None:
    assert Vpc.model_validate({"id": "v", "cidr": "10.0.0.0/8"}).extend_cidrs is None
    assert Vpc.model_validate({"id": "v", "extend_cidrs": []}).extend_cidrs == ()
    assert Vpc.model_validate({"id ": "v", "extend_cidrs": ["172.16.0.0/16 "]}).extend_cidrs == ("172.16.0.0/16",)


def test_a_subnet_keeps_both_its_ids_and_its_free_addresses() -> None:
    row = {
        "id": "n",
        "neutron_network_id": "n",
        "neutron_subnet_id": "s",
        "cidr": "10.1.0.0/24",
        "available_ip_address_count": "240",
    }
    subnet = Subnet.model_validate(row)
    assert (subnet.neutron_network_id, subnet.neutron_subnet_id, subnet.available_ip_address_count) == ("n", "s", 240)


def test_a_port_shows_its_addresses_and_all_its_groups() -> None:
    row = {
        "id": "p",
        "fixed_ips": [{"ip_address": "10.1.0.9", "subnet_id": "s"}, {}],
        "security_groups": ["a", "b"],
        "instance_type": "RDS",
    }
    port = Port.model_validate(row)
    assert (port.addresses, port.security_groups, port.instance_type) == (("10.1.0.9",), ("a", "b"), "RDS")


def test_groups_keep_their_rules_and_addresses() -> None:
    group = SecurityGroup.model_validate({"id": "g", "security_group_rules": [RULE, None]})
    assert [rule.id for rule in group.security_group_rules] == [RULE["id"]]
    assert AddressGroup.model_validate({"id": "a", "ip_set": ["10.0.0.1", "10.0.1.0/24"], "ip_version": 4}).ip_set == (
        "10.0.0.1",
        "10.0.1.0/24",
    )
