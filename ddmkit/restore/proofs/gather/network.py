"""Read the network of a target and its data nodes: VPCs, subnets, rules of the security groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ddmkit.models import Instance
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.recovery_models.vpc import SecurityGroup
from ddmkit.restore.facts import Executor, Fact, try_in_parallel
from ddmkit.restore.proofs.facts import NetworkFacts, Place, Rule, Tried
from ddmkit.restore.proofs.reading import (
    node_facts,
    place_of_detail,
    place_of_instance,
    rule_facts,
    subnet_facts,
    vpc_facts,
)
from ddmkit.restore.proofs.witnesses import NO_ADDRESS, Networks, Witnesses

__all__ = ["read_network"]

Rules = dict[str, Fact[tuple[Rule, ...]]]
Answers = Mapping[tuple[str, str], Fact[Any]]
Calls = dict[tuple[str, str], Callable[[], Any]]

_NOT_ASKED: Fact[Any] = Fact(problem="not asked for")


def read_network(
    client: Executor,
    witnesses: Witnesses,
    nodes: Mapping[str, Fact[NodeInstance]],
    target: Fact[Instance],
    *,
    target_id: str,
    planned: Iterable[Place] | None = None,
) -> NetworkFacts:
    """Return the network.

    Args:
        client: The client of DDM; its threads run the reads.
        witnesses: The clients of the other services.
        nodes: The data nodes by id.
        target: The target as the older call shows it.
        target_id: The target's id; empty if it does not exist yet.
        planned: Where something will be created. Then each VPC and security group is shown alone: a group that does not
            exist looks in the list of rules like one without rules.
    """
    places = {node_id: fact.map(lambda node: node_facts(node).place) for node_id, fact in nodes.items()}
    own = target.map(place_of_instance)
    known = [*(fact.value for fact in (own, *places.values()) if fact.value is not None), *(planned or ())]
    groups = _distinct(one for place in known for one in place.security_group_ids)
    ddm, vpc = witnesses.ddm, witnesses.vpc
    calls: Calls = {("detail", ""): partial(ddm.show_detail, target_id)} if ddm is not None and target_id else {}
    if vpc is not None:
        calls |= _network_calls(vpc, known, groups, one_by_one=planned is not None)
    first = try_in_parallel(client, calls)
    rules = _rules_of(groups, first)
    second = try_in_parallel(client, _calls_after_the_rules(vpc, rules, first)) if vpc is not None else {}
    rules |= _rules_of_shown(second)
    return NetworkFacts(
        target=own,
        target_again=first.get(("detail", ""), _NOT_ASKED).map(place_of_detail),
        nodes=places,
        names={node_id: fact.value.name for node_id, fact in nodes.items() if fact.value is not None},
        vpcs={one: fact.map(vpc_facts) for one, fact in _kind(first, "vpc").items()},
        subnets={one: fact.map(subnet_facts) for one, fact in _kind(first, "subnet").items()},
        rules=rules,
        address_groups={one: fact.map(lambda group: group.ip_set) for one, fact in _kind(second, "addresses").items()},
        tried=(*_tried(vpc, first, rules), *_tried_before(target if target_id else None, nodes)),
    )


def _distinct(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in ids if one))


def _kind(read: Answers, kind: str) -> dict[str, Fact[Any]]:
    return {key: fact for (name, key), fact in read.items() if name == kind}


def _network_calls(vpc: Networks, places: Iterable[Place], groups: tuple[str, ...], *, one_by_one: bool) -> Calls:
    subnets = _distinct(place.subnet_id for place in places)
    calls: Calls = {("subnet", one): partial(vpc.show_subnet, one) for one in subnets}
    if len(subnets) > 1 or one_by_one:  # in one subnet it does not matter in which block of the VPC the subnet lies
        calls |= {("vpc", one): partial(vpc.show_vpc, one) for one in _distinct(place.vpc_id for place in places)}
    if one_by_one:
        return calls | {("group", one): partial(vpc.show_security_group, one) for one in groups}
    return calls | ({("rules", ""): partial(vpc.list_security_group_rules, groups)} if groups else {})


def _rules_of(groups: tuple[str, ...], first: Answers) -> Rules:
    """Return the rules of each group, from their list or from the groups that were shown alone."""
    listed = first.get(("rules", ""))
    if listed is None:
        return _rules_of_shown(first)
    alone = groups[0] if len(groups) == 1 else ""
    rules = listed.map(lambda rows: tuple(rule_facts(row, alone) for row in rows))
    return {one: rules.map(partial(_only_of, one)) for one in groups}


def _only_of(group_id: str, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.group_id == group_id)


def _rules_of_shown(read: Answers) -> Rules:
    def rules_in(group: SecurityGroup) -> tuple[Rule, ...]:
        return tuple(rule_facts(rule, group.id) for rule in group.security_group_rules)

    return {one: fact.map(rules_in) for one, fact in _kind(read, "group").items()}


def _calls_after_the_rules(vpc: Networks, rules: Rules, shown: Answers) -> Calls:
    """Read what rules name. A group without any in the list is shown alone: one that is hidden looks the same."""
    named = _distinct(rule.remote_address_group_id for fact in rules.values() for rule in fact.value or ())
    calls: Calls = {("addresses", one): partial(vpc.show_address_group, one) for one in named}
    bare = (one for one, fact in rules.items() if fact.value == () and ("group", one) not in shown)
    return calls | {("group", one): partial(vpc.show_security_group, one) for one in bare}


def _tried(vpc: Networks | None, first: Answers, rules: Rules) -> tuple[Tried, ...]:
    """Return the reads that gave nothing: what was read is in the evidence."""
    if vpc is None:
        return (Tried(what="networks and rules (VPC)", answer=NO_ADDRESS),)
    reads = {f"{kind} {one} (VPC)": fact for kind in ("subnet", "vpc") for one, fact in _kind(first, kind).items()}
    reads |= {f"rules of {one} (VPC)": fact for one, fact in rules.items()}
    return tuple(Tried(what=what, answer=fact.problem) for what, fact in reads.items() if fact.value is None)


def _tried_before(target: Fact[Instance] | None, nodes: Mapping[str, Fact[NodeInstance]]) -> tuple[Tried, ...]:
    found = [] if target is None or target.is_read else [Tried(what="target (DDM)", answer=target.problem)]
    problems = dict.fromkeys(fact.problem for fact in nodes.values() if not fact.is_read and not fact.missing)
    return (*found, *(Tried(what="list of data nodes (RDS)", answer=one) for one in problems))
