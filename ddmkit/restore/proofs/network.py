"""Judge whether a target can reach its data nodes: same VPC, same subnet, and security groups that let the traffic pass.

A verdict passes only if the traffic is admitted under every reading of the facts, and fails only if it is refused under
every reading. Anything between is a warning that says what to compare. Source of the table: proofs.md 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ddmkit.restore.facts import Fact
from ddmkit.restore.proofs.facts import NetworkFacts, Place, Rule, Verdict, combine
from ddmkit.restore.proofs.rules import Block, End, Ruling, judge_traffic, normalise, parse_block

__all__ = ["judge_network", "judge_networks"]

_COMPARE = (
    "Compare them in the console: same VPC, same subnet, and rules that admit TCP {port} from the target to the data node."
)
_ANSWERS = {"allow": "allowed", "deny": "refused", "undecided": "cannot be told"}
_ONE_SUBNET = (
    "Create the target in the subnet of the data nodes, or recover the data nodes in the subnet of the target. "
    "The service requires one subnet, even where a route connects two."
)


def judge_networks(facts: NetworkFacts, node_ids: Iterable[str]) -> Verdict:
    """Return one verdict for the target and all the data nodes."""
    ids = tuple(dict.fromkeys(node_ids))
    found = {one: judge_network(facts, one) for one in ids}
    place = facts.target.value
    where = f"subnet {place.subnet_id} of VPC {place.vpc_id}" if place else ""
    count = "The data node is" if len(ids) == 1 else f"All {len(ids)} data nodes are"
    differing = any("groups differ" in verdict.detail for verdict in found.values())
    note = " The security groups differ; their rules admit the same traffic." if differing else ""
    return combine(found, f"{count} in the target's own {where}, and the rules admit the target.{note}")


def judge_network(facts: NetworkFacts, node_id: str) -> Verdict:
    """Return the verdict for the target and one data node."""
    read = facts.nodes.get(node_id, Fact[Place](problem="not asked for"))
    target, node, name = facts.target.value, read.value, _name(facts, node_id)
    if facts.target_again.value is not None and target is not None and _disagree(target, facts.target_again.value):
        again = facts.target_again.value
        return Verdict(
            status="fail",
            detail=f"Two calls of the service show the target in different networks: {_ids(target)}, and {_ids(again)}.",
            hint="Somebody may be changing the target at this moment. Wait until it is idle, then plan again.",
            evidence=(f"target: {_ids(target)}; again: {_ids(again)}",),
        )
    if target is None or node is None:
        which = "the target" if target is None else name
        problem = facts.target.problem if target is None else read.problem
        return _not_told(f"The network of {which} cannot be read ({problem}).", node)
    return _compare_ids(facts, target, node, name) or _compare_rules(facts, target, node, name)


def _name(facts: NetworkFacts, node_id: str) -> str:
    named = facts.names.get(node_id, "")
    return f"{named} ({node_id})" if named and named != node_id else node_id


def _not_told(detail: str, node: Place | None, evidence: tuple[str, ...] = ()) -> Verdict:
    port = node.port if node is not None and node.port is not None else "to the data node's port"
    return Verdict(status="warn", detail=detail, hint=_COMPARE.format(port=port), evidence=evidence)


def _ids(place: Place) -> str:
    groups = " ".join(place.security_group_ids) or "not shown"
    return f"VPC {place.vpc_id or 'not shown'}, subnet {place.subnet_id or 'not shown'}, security group {groups}"


def _disagree(one: Place, other: Place) -> bool:
    pairs = (
        (one.vpc_id, other.vpc_id),
        (one.subnet_id, other.subnet_id),
        (one.security_group_ids, other.security_group_ids),
    )
    return any(first and second and first != second for first, second in pairs)


def _compare_ids(facts: NetworkFacts, target: Place, node: Place, name: str) -> Verdict | None:
    """Return the verdict when the ids of VPC and subnet decide, or ``None`` when they are equal."""
    seen = (f"target: {_ids(target)}", f"{name}: {_ids(node)}")
    if target.vpc_id and node.vpc_id and target.vpc_id != node.vpc_id:
        return Verdict(
            status="fail",
            detail=f"{name} is in VPC {node.vpc_id}, the target in VPC {target.vpc_id}.",
            hint="Recover the data node in the target's VPC and subnet, or create the target in those of the data nodes.",
            evidence=seen,
        )
    if target.subnet_id and node.subnet_id and target.subnet_id != node.subnet_id:
        own, other = _describe_subnet(facts, target), _describe_subnet(facts, node)
        return Verdict(
            status="fail",
            detail=f"{name} is in {other}, the target in {own}.{_describe_blocks(facts, target, node)}",
            hint=_ONE_SUBNET,
            evidence=(*seen, f"target: {own}", f"{name}: {other}"),
        )
    if not (target.vpc_id and node.vpc_id and target.subnet_id and node.subnet_id):
        return _not_told(f"The service shows VPC and subnet of the target or of {name} only in part.", node, seen)
    return None


def _describe_subnet(facts: NetworkFacts, place: Place) -> str:
    found = facts.subnets.get(place.subnet_id)
    blocks = ", ".join(found.value.blocks) if found is not None and found.value is not None else ""
    return f"subnet {place.subnet_id}" + (f" ({blocks})" if blocks else "")


def _describe_blocks(facts: NetworkFacts, target: Place, node: Place) -> str:
    own, other = _block_of(facts, target), _block_of(facts, node)
    if own == "primary" and other == "extended":
        return (
            " The target is in the VPC's primary block and the data node in an extended one; the service refuses this too: "
            f"{_describe_vpc(facts, target.vpc_id)}."
        )
    return ""


def _block_of(facts: NetworkFacts, place: Place) -> Literal["primary", "extended", ""]:
    """Return in which block of its VPC a subnet lies; empty text when that cannot be read."""
    vpc, subnet = facts.vpcs.get(place.vpc_id), facts.subnets.get(place.subnet_id)
    if vpc is None or vpc.value is None or subnet is None or subnet.value is None:
        return ""
    inside = [block for text in subnet.value.blocks for block in parse_block(text)]
    if _holds((vpc.value.primary,), inside):
        return "primary"
    return "extended" if _holds(vpc.value.secondary or (), inside) else ""


def _describe_vpc(facts: NetworkFacts, vpc_id: str) -> str:
    vpc = facts.vpcs[vpc_id].value
    return f"primary {vpc.primary}, extended {', '.join(vpc.secondary or ())}" if vpc is not None else ""


def _holds(texts: Iterable[str], inside: Sequence[Block]) -> bool:
    outer = [block for text in texts for block in parse_block(text)]
    return any(
        one.version == block.version
        and int(block.network_address) <= int(one.network_address)
        and int(one.broadcast_address) <= int(block.broadcast_address)
        for one in inside
        for block in outer
    )


@dataclass(frozen=True)
class _Groups:
    """The rules of the groups at both ends, in the order in which the groups are bound."""

    target: tuple[tuple[Rule, ...], ...]
    node: tuple[tuple[Rule, ...], ...]


def _compare_rules(facts: NetworkFacts, target: Place, node: Place, name: str) -> Verdict:
    same = target.security_group_ids == node.security_group_ids
    own, other = " ".join(node.security_group_ids), " ".join(target.security_group_ids)
    bound = f"security group {own}" if same else f"security groups {other} (target) and {own} ({name})"
    seen = (f"{name}: same VPC {node.vpc_id}, same subnet {node.subnet_id}, {bound}",)
    if not target.security_group_ids or not node.security_group_ids:
        return _not_told(f"VPC and subnet are equal. A security group of the target or of {name} is not shown.", node, seen)
    groups = (*target.security_group_ids, *node.security_group_ids)
    unread = {one: facts.rules.get(one, Fact[tuple[Rule, ...]](problem="not asked for")) for one in groups}
    problems = {one: fact.problem for one, fact in unread.items() if fact.value is None}
    if problems:
        words = "; ".join(f"{one}: {problem.removesuffix('.')}" for one, problem in problems.items())
        equal = (
            "VPC, subnet and security group are equal" if same else "VPC and subnet are equal, the security groups differ"
        )
        return _not_told(f"{equal}. The rules of the groups cannot be read ({words}).", node, seen)
    rules = _Groups(
        tuple(facts.rules[one].value or () for one in target.security_group_ids),
        tuple(facts.rules[one].value or () for one in node.security_group_ids),
    )
    return _judge_rules(facts, _Case(target, node, name, same, rules, seen))


@dataclass(frozen=True)
class _Case:
    """A target and a data node in one subnet, with all their rules."""

    target: Place
    node: Place
    name: str
    same_groups: bool
    rules: _Groups
    seen: tuple[str, ...]


def _judge_rules(facts: NetworkFacts, case: _Case) -> Verdict:
    target, node = case.target, case.node
    version = _version(target, node)
    into = judge_traffic(
        case.rules.node, "ingress", _end_of(facts, target), node.port, facts.address_groups, version=version
    )
    out = judge_traffic(case.rules.target, "egress", _end_of(facts, node), node.port, facts.address_groups, version=version)
    port = f"TCP {node.port}" if node.port is not None else "TCP to the data node's port (not shown)"
    seen = (*case.seen, f"{case.name}: {_tell(into, 'into the node')}; {_tell(out, 'out of the target')}", *_equality(case))
    if into.answer == out.answer == "allow":
        note = "" if case.same_groups else " The groups differ; their rules are equivalent for this traffic."
        return Verdict(status="pass", detail=f"{case.name}: the rules admit {port} from the target.{note}", evidence=seen)
    if _only_over_ipv6(facts, case, version, into):
        return _not_told(
            f"{case.name}: only rules for IPv6 admit {port}. Whether the target connects over IPv6 is not shown.", node, seen
        )
    refused = [ruling for ruling in (into, out) if ruling.answer == "deny"]
    if refused:
        return _refuse(case, port, into, out, seen)
    reasons = "; ".join(dict.fromkeys((*into.reasons, *out.reasons)))
    return _not_told(f"{case.name}: whether the rules admit {port} cannot be told: {reasons}.", node, seen)


def _refuse(case: _Case, port: str, into: Ruling, out: Ruling, seen: tuple[str, ...]) -> Verdict:
    side = []
    if into.answer == "deny":
        side.append(f"the data node's security group does not admit {port} from the target{_deciding(into)}")
    if out.answer == "deny":
        side.append(f"the target's security group does not let {port} out to the data node{_deciding(out)}")
    groups = " ".join(case.node.security_group_ids)
    other = " ".join(case.target.security_group_ids)
    return Verdict(
        status="fail",
        detail=f"{case.name}: {'; and '.join(side)}.",
        hint=f"Add an inbound rule to {groups}: allow {port} from security group {other}. Let {other} send to that port.",
        evidence=seen,
    )


def _deciding(ruling: Ruling) -> str:
    return f" (rule {', '.join(ruling.rule_ids)})" if ruling.rule_ids else " (no rule matches)"


def _tell(ruling: Ruling, way: str) -> str:
    by = f" by rule {', '.join(ruling.rule_ids)}" if ruling.rule_ids else ", no rule matches"
    return f"{way}: {_ANSWERS[ruling.answer]}{by}"


def _equality(case: _Case) -> tuple[str, ...]:
    """Say that two different groups have equal rules. This alone admits nothing: "own group" means another group in each."""
    if case.same_groups:
        return ()
    own, other = ([normalise(group) for group in groups] for groups in (case.rules.target, case.rules.node))
    return ("the rules of the two groups are equal",) if own == other else ()


def _end_of(facts: NetworkFacts, place: Place) -> End:
    """Return an end with its own addresses if they are known, or else with the addresses of its subnet."""
    own = tuple(block for text in place.addresses for block in parse_block(text))
    if own:
        return End(place.security_group_ids, own)
    subnet = facts.subnets.get(place.subnet_id)
    texts = subnet.value.blocks if subnet is not None and subnet.value is not None else ()
    return End(place.security_group_ids, tuple(block for text in texts for block in parse_block(text)), exact=False)


def _versions(place: Place) -> set[int]:
    return {block.version for text in place.addresses for block in parse_block(text)}


def _version(target: Place, node: Place) -> Literal[4, 6]:
    """Return the version of IP of the connection: 6 if one end is known to have no other, else 4."""
    return 6 if {6} in (_versions(target), _versions(node)) else 4


def _only_over_ipv6(facts: NetworkFacts, case: _Case, version: int, into: Ruling) -> bool:
    """Return whether IPv4 is refused, rules for IPv6 would admit the traffic, and both ends may have IPv6 addresses."""
    known = _versions(case.target), _versions(case.node)
    if version != 4 or into.answer != "deny" or {4} in known:
        return False
    over = judge_traffic(
        case.rules.node, "ingress", _end_of(facts, case.target), case.node.port, facts.address_groups, version=6
    )
    return over.answer != "deny"
