"""Read the network of a target and its data nodes: VPCs, subnets, rules of the security groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.recovery_models.vpc import AddressGroup, SecurityGroup
from ddmkit.restore.facts import Fact
from ddmkit.restore.inventory import read_in_parallel
from ddmkit.restore.proofs.facts import NetworkFacts, Place, Rule, Tried
from ddmkit.restore.proofs.reading import (
    node_facts,
    place_of_detail,
    place_of_instance,
    rule_facts,
    subnet_facts,
    vpc_facts,
)
from ddmkit.service.cloud.clients import CloudClients

__all__ = ["read_network", "read_target_place"]


def read_target_place(services: CloudClients, target_id: str) -> tuple[Fact[Place], Fact[Place]]:
    """Return where a target stands, by the older call and by the newer one."""
    if not target_id:
        return Fact(problem="it does not exist yet"), Fact(problem="it does not exist yet")
    facts = read_in_parallel(
        services.ddm,
        {
            "place": lambda: place_of_instance(services.ddm.show_instance(target_id)),
            "again": lambda: place_of_detail(services.ddm.show_detail(target_id)),
        },
    )
    return facts["place"], facts["again"]


def read_network(
    services: CloudClients,
    nodes: Mapping[str, Fact[NodeInstance]],
    target: tuple[Fact[Place], Fact[Place]],
    planned: Iterable[Place] = (),
) -> tuple[NetworkFacts, dict[str, Fact[str]]]:
    """Return the network, and the names of the security groups.

    Args:
        services: The clients.
        nodes: The data nodes by id.
        target: Where the target stands, by two calls.
        planned: Where something will be created.
    """
    places = {node_id: _place_of(fact) for node_id, fact in nodes.items()}
    known = [*(fact.value for fact in (*places.values(), *target) if fact.value is not None), *planned]
    groups = _distinct(group for place in known for group in place.security_group_ids)
    calls: dict[tuple[str, str], Callable[[], Any]] = {}
    for vpc_id in _distinct(place.vpc_id for place in known):
        calls["vpc", vpc_id] = partial(_read_vpc, services, vpc_id)
    for subnet_id in _distinct(place.subnet_id for place in known):
        calls["subnet", subnet_id] = partial(_read_subnet, services, subnet_id)
    for group_id in groups:
        calls["group", group_id] = partial(_read_group, services, group_id)
    facts = read_in_parallel(services.ddm, calls)
    shown: dict[str, Fact[SecurityGroup]] = {group_id: facts["group", group_id] for group_id in groups}
    rules = {group_id: _rules_of(group_id, fact) for group_id, fact in shown.items()}
    found = NetworkFacts(
        target=target[0],
        target_again=target[1],
        nodes=places,
        names={node_id: fact.value.name for node_id, fact in nodes.items() if fact.value is not None},
        vpcs={key: fact for (kind, key), fact in facts.items() if kind == "vpc"},
        subnets={key: fact for (kind, key), fact in facts.items() if kind == "subnet"},
        rules=rules,
        address_groups=_read_address_groups(services, rules),
        tried=tuple(Tried(what=f"{kind} {key}", answer=fact.problem or "read") for (kind, key), fact in facts.items()),
    )
    return found, {group_id: _name_of(fact) for group_id, fact in shown.items()}


def _distinct(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in ids if one))


def _place_of(fact: Fact[NodeInstance]) -> Fact[Place]:
    if fact.value is None:
        return Fact[Place](problem=fact.problem or "not listed", missing=fact.missing)
    return Fact[Place](value=node_facts(fact.value).place)


def _read_vpc(services: CloudClients, vpc_id: str) -> Any:
    return vpc_facts(services.vpc.show_vpc(vpc_id))


def _read_subnet(services: CloudClients, subnet_id: str) -> Any:
    return subnet_facts(services.vpc.show_subnet(subnet_id))


def _read_group(services: CloudClients, group_id: str) -> SecurityGroup:
    # Only here the client of VPC is looked up: without an address of VPC this read fails, and not the whole plan.
    return services.vpc.show_security_group(group_id)


def _read_addresses(services: CloudClients, group_id: str) -> AddressGroup:
    return services.vpc.show_address_group(group_id)


def _rules_of(group_id: str, fact: Fact[SecurityGroup]) -> Fact[tuple[Rule, ...]]:
    if fact.value is None:
        return Fact(problem=fact.problem, missing=fact.missing, unpublished=fact.unpublished)
    return Fact(value=tuple(rule_facts(rule, group_id) for rule in fact.value.security_group_rules))


def _name_of(fact: Fact[SecurityGroup]) -> Fact[str]:
    if fact.value is None:
        return Fact(problem=fact.problem, missing=fact.missing, unpublished=fact.unpublished)
    return Fact(value=fact.value.name or fact.value.id)


def _read_address_groups(
    services: CloudClients, rules: Mapping[str, Fact[tuple[Rule, ...]]]
) -> dict[str, Fact[tuple[str, ...]]]:
    named = _distinct(rule.remote_address_group_id for fact in rules.values() for rule in fact.value or ())
    calls = {group_id: partial(_read_addresses, services, group_id) for group_id in named}
    return {
        group_id: Fact(value=fact.value.ip_set) if fact.value is not None else Fact(problem=fact.problem)
        for group_id, fact in read_in_parallel(services.ddm, calls).items()
    }
