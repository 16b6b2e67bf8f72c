"""Networks, security groups, ports and address groups."""

from __future__ import annotations

import ipaddress

from tests.simulator.recovery import Hosts


def test_the_older_version_hides_the_secondary_blocks(hosts: Hosts) -> None:
    vpc_id = hosts.node(hosts.sources()[0])["vpc_id"]
    new = hosts.vpc.get(f"{hosts.v3}/vpc/vpcs/{vpc_id}").json()["vpc"]
    old = hosts.vpc.get(f"{hosts.v1}/vpcs/{vpc_id}").json()["vpc"]
    assert (new["status"], new["extend_cidrs"]) == ("ACTIVE", ["10.77.0.0/16"])
    assert (old["status"], old["cidr"]) == ("OK", new["cidr"])
    assert "extend_cidrs" not in old


def test_every_address_lies_in_its_subnet_and_every_subnet_in_its_vpc(hosts: Hosts) -> None:
    subnets = {row["id"]: row for row in hosts.vpc.get(f"{hosts.v1}/subnets").json()["subnets"]}
    ports = hosts.vpc.get(f"{hosts.v1}/ports").json()["ports"]
    assert {port["instance_type"] for port in ports} == {"DDM", "RDS"}
    for port in ports:
        network = ipaddress.ip_network(subnets[port["network_id"]]["cidr"])
        assert ipaddress.ip_address(port["fixed_ips"][0]["ip_address"]) in network
    for subnet in subnets.values():
        vpc = hosts.vpc.get(f"{hosts.v3}/vpc/vpcs/{subnet['vpc_id']}").json()["vpc"]
        blocks = [ipaddress.ip_network(block) for block in (vpc["cidr"], *vpc["extend_cidrs"])]
        assert sum(ipaddress.ip_network(subnet["cidr"]).subnet_of(block) for block in blocks) == 1
        assert subnet["neutron_subnet_id"] != subnet["neutron_network_id"] == subnet["id"]


def test_pages_follow_markers_to_the_end(hosts: Hosts) -> None:
    path = f"{hosts.v3}/vpc/security-group-rules"
    whole = hosts.vpc.get(path).json()["security_group_rules"]
    assert len(whole) > 4
    found, query = [], {"limit": 2}
    while True:
        page = hosts.vpc.get(path, params=query).json()
        found += page["security_group_rules"]
        assert page["page_info"]["current_count"] == len(page["security_group_rules"])
        if "next_marker" not in page["page_info"]:
            break
        query = {"limit": 2, "marker": page["page_info"]["next_marker"]}
    assert found == whole


def test_rules_are_filtered_by_several_groups_and_direction(hosts: Hosts) -> None:
    groups = [row["id"] for row in hosts.vpc.get(f"{hosts.v3}/vpc/security-groups").json()["security_groups"]]
    query = {"security_group_id": groups[:2], "direction": "ingress"}
    rules = hosts.vpc.get(f"{hosts.v3}/vpc/security-group-rules", params=query).json()["security_group_rules"]
    assert {rule["security_group_id"] for rule in rules} == set(groups[:2])
    assert {rule["direction"] for rule in rules} == {"ingress"}
    shown = hosts.vpc.get(f"{hosts.v3}/vpc/security-groups/{groups[0]}").json()["security_group"]
    assert {rule["id"] for rule in shown["security_group_rules"]} >= {
        rule["id"] for rule in rules if rule["security_group_id"] == groups[0]
    }
    named = hosts.vpc.get(f"{hosts.v3}/vpc/security-groups", params={"id": groups[0]}).json()["security_groups"]
    assert [row["id"] for row in named] == groups[:1]


def test_what_is_unknown_is_answered_in_the_form_of_its_version(hosts: Hosts) -> None:
    old = hosts.vpc.get(f"{hosts.v1}/subnets/none")
    assert (old.status_code, set(old.json())) == (404, {"code", "message"})
    for path in ("vpcs", "security-groups", "address-groups"):
        new = hosts.vpc.get(f"{hosts.v3}/vpc/{path}/none")
        assert (new.status_code, set(new.json())) == (404, {"error_code", "error_msg", "request_id"})
    wrong = hosts.vpc.get(f"{hosts.v1}/subnets", params={"limit": "many"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "VPC.0002")


def test_a_port_appears_with_the_address_of_a_new_node(hosts: Hosts) -> None:
    node = hosts.create(hosts.body(hosts.sources()[0])).json()["instance"]["id"]
    assert hosts.vpc.get(f"{hosts.v1}/ports", params={"device_id": node}).json()["ports"] == []
    other = hosts.recover(hosts.sources()[1])
    (port,) = hosts.vpc.get(f"{hosts.v1}/ports", params={"device_id": other}).json()["ports"]
    group = hosts.node(other)["security_group_id"]
    assert port["security_groups"] == [group]
    found = hosts.vpc.get(f"{hosts.v1}/ports", params={"security_groups": group}).json()["ports"]
    assert other in {row["device_id"] for row in found}
