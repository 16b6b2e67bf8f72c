"""Every row of the verdict table of ``same-network`` (proofs.md 5), and what lies between the rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from ddmkit.restore.proofs.facts import NetworkFacts, SubnetFacts
from ddmkit.restore.proofs.network import judge_network, judge_networks
from tests.restore.proofs.builders import GROUP, SUBNET, VPC, network, out, own, place, read, refused, rule


@dataclass(frozen=True)
class Row:
    name: str
    facts: NetworkFacts
    status: str
    shows: str


def two_groups(*node_rules: Any, target_rules: Any = None, **changes: Any) -> NetworkFacts:
    """A target in group sg-ddm and a data node in group sg-1, in one subnet."""
    target = place(security_group_ids=("sg-ddm",), addresses=("10.0.1.4", "10.0.1.5"))
    outward = (out("ddm-out", group_id="sg-ddm"),) if target_rules is None else target_rules
    return network(changes.pop("target", target), rules={GROUP: read(node_rules), "sg-ddm": read(outward)}, **changes)


WHOLE_SUBNET = rule("subnet", remote_prefix="10.0.1.0/24")
NO_ADDRESSES = {"target": place(security_group_ids=("sg-ddm",))}
ROWS = (
    Row("another VPC", network(node=place(vpc_id="vpc-2")), "fail", "VPC vpc-2, the target in VPC vpc-1"),
    Row("another subnet", network(node=place(subnet_id="subnet-3")), "fail", r"subnet subnet-3 \(10.0.3.0/24\), the target"),
    Row("primary and extended", network(node=place(subnet_id="subnet-2")), "fail", "extended one.*172.16.0.0/16"),
    Row("one group, own rule", network(), "pass", "admit TCP 3306 from the target"),
    Row("one group, rule for the subnet", network(rules={GROUP: read((WHOLE_SUBNET, out()))}), "pass", "admit TCP 3306"),
    Row("one group, no rule", network(rules={GROUP: read((out(),))}), "fail", "does not admit TCP 3306.*no rule matches"),
    Row("one group, nothing let out", network(rules={GROUP: read((own(),))}), "fail", "does not let TCP 3306 out"),
    Row("one group, rules refused", network(rules={GROUP: refused()}), "warn", "security group are equal.*403"),
    Row("groups differ, by group", two_groups(rule("g", remote_group_id="sg-ddm")), "pass", "groups differ.*equivalent"),
    Row(
        "groups differ, by each address",
        two_groups(rule("4", remote_prefix="10.0.1.4/32"), rule("5", remote_prefix="10.0.1.5")),
        "pass",
        "groups differ",
    ),
    Row("groups differ, by subnet", two_groups(WHOLE_SUBNET), "pass", "groups differ"),
    Row("groups differ, by subnet, addresses unknown", two_groups(WHOLE_SUBNET, **NO_ADDRESSES), "pass", "groups differ"),
    Row("groups differ, one address left out", two_groups(rule("4", remote_prefix="10.0.1.4")), "fail", "does not admit"),
    Row(
        "groups differ, equal rules that admit the subnet",
        two_groups(
            WHOLE_SUBNET,
            out(),
            target_rules=(rule("x", group_id="sg-ddm", remote_prefix="10.0.1.0/24"), out("y", group_id="sg-ddm")),
        ),
        "pass",
        "groups differ",
    ),
    Row(
        "groups differ, equal rules that each admit their own group",
        two_groups(own(), out(), target_rules=(own("x", group_id="sg-ddm"), out("y", group_id="sg-ddm"))),
        "fail",
        "no rule matches",
    ),
    Row("groups differ, no rule", two_groups(), "fail", "no rule matches"),
    Row("groups differ, not let out", two_groups(WHOLE_SUBNET, target_rules=()), "fail", "does not let TCP 3306 out"),
    Row(
        "groups differ, deny first",
        two_groups(WHOLE_SUBNET.model_copy(update={"priority": 2}), rule("no", action="deny", remote_prefix="10.0.1.5")),
        "fail",
        r"\(rule no\)",
    ),
    Row(
        "groups differ, deny at equal priority",
        two_groups(WHOLE_SUBNET, rule("no", action="deny", remote_prefix="10.0.1.5")),
        "fail",
        r"\(rule no\)",
    ),
    Row(
        "groups differ, deny comes too late",
        two_groups(WHOLE_SUBNET, rule("no", action="deny", priority=2)),
        "pass",
        "groups differ",
    ),
    Row("address group not read", two_groups(rule("ag", remote_address_group_id="ag-1")), "warn", "address group ag-1"),
    Row(
        "address group read",
        two_groups(
            rule("ag", remote_address_group_id="ag-1"),
            address_groups={"ag-1": read(("10.0.1.1-10.0.1.4", "10.0.1.5"))},
        ),
        "pass",
        "groups differ",
    ),
    Row(
        "address group read, without the target",
        two_groups(rule("ag", remote_address_group_id="ag-1"), address_groups={"ag-1": read(("10.0.1.4",))}),
        "fail",
        "does not admit",
    ),
    Row(
        "only IPv6, addresses unknown", two_groups(rule("6", ethertype="IPv6"), node=place(), **NO_ADDRESSES), "warn", "IPv6"
    ),
    Row("only IPv6, but the ends use IPv4", two_groups(rule("6", ethertype="IPv6")), "fail", "does not admit"),
    Row(
        "both ends have IPv6 only",
        two_groups(
            rule("6", ethertype="IPv6", remote_prefix="fd00::/64"),
            target_rules=(out("o", group_id="sg-ddm", ethertype="IPv6"),),
            target=place(security_group_ids=("sg-ddm",), addresses=("fd00::4",)),
            node=place(addresses=("fd00::20",)),
        ),
        "pass",
        "groups differ",
    ),
    Row(
        "groups differ, rules refused",
        network(place(security_group_ids=("sg-ddm",)), rules={GROUP: refused(), "sg-ddm": refused()}),
        "warn",
        "the security groups differ.*403",
    ),
    Row(
        "the target's network is not shown",
        network().model_copy(update={"target": refused()}),
        "warn",
        "network of the target cannot be read",
    ),
    Row(
        "the node's network is not shown",
        network().model_copy(update={"nodes": {"node-a": refused()}}),
        "warn",
        r"network of rds-a \(node-a\)",
    ),
    Row("no subnet shown", network(node=place(subnet_id="")), "warn", "only in part"),
    Row("no group shown", network(node=place(security_group_ids=())), "warn", "is not shown"),
    Row("two calls disagree", network(target_again=read(place(subnet_id="subnet-9"))), "fail", "Two calls"),
    Row("two calls agree", network(target_again=read(place(vpc_id="", security_group_ids=()))), "pass", "admit TCP 3306"),
    Row(
        "the port is not known",
        network(node=place(port=None), rules={GROUP: read((WHOLE_SUBNET, out()))}),
        "warn",
        "port of the data node is not known",
    ),
    Row("the port is not known and does not matter", network(node=place(port=None)), "pass", "not shown"),
    Row(
        "a part of the subnet, addresses unknown",
        two_groups(rule("half", remote_prefix="10.0.1.0/25"), **NO_ADDRESSES),
        "warn",
        "a part of the subnet only",
    ),
    Row("addresses and subnet unknown", two_groups(WHOLE_SUBNET, subnets={}, **NO_ADDRESSES), "warn", "are not known"),
    Row("a switched-off rule", network(rules={GROUP: read((own(enabled=False), out()))}), "fail", "no rule matches"),
    Row(
        "an older rule without action and priority",
        network(rules={GROUP: read((own(action="", priority=None), out()))}),
        "pass",
        "admit",
    ),
    Row("an action that nobody knows", network(rules={GROUP: read((own(action="log"), out()))}), "warn", "unknown action"),
    Row("an action without a priority", network(rules={GROUP: read((own(priority=None), out()))}), "warn", "no priority"),
    Row(
        "ports that cannot be read",
        network(rules={GROUP: read((rule("p", ports="3300+"), out()))}),
        "warn",
        "cannot be read",
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_observation_has_its_verdict(row):
    found = judge_network(row.facts, "node-a")
    assert found.status == row.status, found.detail
    assert re.search(row.shows, found.detail, re.DOTALL), found.detail
    assert found.hint or found.status == "pass"


def test_the_evidence_names_ids_and_rules():
    found = judge_network(network(), "node-a")
    assert found.evidence == (
        f"rds-a (node-a): same VPC {VPC}, same subnet {SUBNET}, security group {GROUP}",
        "rds-a (node-a): into the node: allowed by rule self; out of the target: allowed by rule out",
    )


def test_equal_rules_of_two_groups_are_told():
    rules = {
        GROUP: read((WHOLE_SUBNET, out())),
        "sg-ddm": read(
            (rule("x", group_id="sg-ddm", ports="3306-3306", remote_prefix="10.0.1.0/24"), out("y", group_id="sg-ddm"))
        ),
    }
    found = judge_network(network(place(security_group_ids=("sg-ddm",)), rules=rules), "node-a")
    assert "the rules of the two groups are equal" in found.evidence


def test_the_groups_of_a_port_apply_in_the_order_in_which_they_are_bound():
    rules = {"deny": read((rule("no", group_id="deny", action="deny"),)), GROUP: read((own(), out()))}
    facts = network(node=place(security_group_ids=("deny", GROUP), addresses=("10.0.1.20",)), rules=rules)
    assert judge_network(facts, "node-a").status == "fail"
    turned = network(node=place(security_group_ids=(GROUP, "deny"), addresses=("10.0.1.20",)), rules=rules)
    assert judge_network(turned, "node-a").status == "pass"


def test_an_unknown_secondary_block_is_no_extended_one():
    facts = network(node=place(subnet_id="subnet-2"), vpcs={VPC: refused()})
    found = judge_network(facts, "node-a")
    assert found.status == "fail"
    assert "extended" not in found.detail
    unplaced = network(node=place(subnet_id="subnet-9"), subnets={SUBNET: read(SubnetFacts(id=SUBNET))})
    assert judge_network(unplaced, "node-a").status == "fail"


def test_all_nodes_together_have_the_worst_verdict():
    facts = network().model_copy(
        update={"nodes": {"node-a": read(place(addresses=("10.0.1.20",))), "node-b": read(place(vpc_id="vpc-2"))}}
    )
    assert judge_networks(facts, ["node-a"]).status == "pass"
    found = judge_networks(facts, ["node-a", "node-b"])
    assert found.status == "fail"
    assert "node-b is in VPC vpc-2" in found.detail
    assert "rds-a" not in found.detail
    assert judge_networks(facts, ["node-c"]).status == "warn"


def test_a_pass_says_whether_the_groups_differ():
    assert "groups differ" in judge_networks(two_groups(WHOLE_SUBNET), ["node-a"]).detail
    assert "differ" not in judge_networks(network(), ["node-a"]).detail
