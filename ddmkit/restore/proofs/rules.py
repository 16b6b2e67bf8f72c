"""Security-group rules: brought into one shape, put into the service's order, and applied to one connection.

Order of evaluation: the groups in the order in which they are bound; within a group the lower priority number first; at
equal priority deny before allow; what no rule admits is denied. Answers to admitted traffic pass. Source: proofs.md 5.

A rule that cannot be read completely is not guessed at: the ruling is then ``undecided`` if it depends on that rule.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ddmkit.restore.facts import Fact
from ddmkit.restore.proofs.facts import Rule

__all__ = [
    "Block",
    "End",
    "NormalRule",
    "Ports",
    "Ruling",
    "judge_traffic",
    "normalise",
    "parse_block",
    "parse_ports",
    "rules_in_order",
]

Block = ipaddress.IPv4Network | ipaddress.IPv6Network
Ports = tuple[tuple[int, int], ...]
Action = Literal["allow", "deny"]
Answer = Literal["allow", "deny", "undecided"]

_PORT_RANGE = re.compile(r"\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?")
_ANY_PROTOCOL = frozenset({"", "*", "all", "any"})
_PROTOCOL_NAMES = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})


@dataclass(frozen=True)
class End:
    """The other end of a connection: its groups, and the blocks that its address lies in; empty if not known.

    ``exact``: every address in the blocks is in use. Otherwise the end has some of them, and which is not known.
    """

    group_ids: tuple[str, ...]
    blocks: tuple[Block, ...] = ()
    exact: bool = True


@dataclass(frozen=True)
class Ruling:
    """Whether a connection is admitted, the ids of the rules that decide, and why it is undecided."""

    answer: Answer
    rule_ids: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class NormalRule:
    """A rule in the shape in which two groups are compared. ``remote`` is ``SELF`` for the group's own id."""

    direction: str
    ethertype: str
    protocol: str
    ports: str
    remote: str
    action: str
    priority: int


def normalise(rules: Iterable[Rule]) -> frozenset[NormalRule]:
    """Return the enabled rules of one group in comparable form; ids and texts that mean the same are equal afterwards.

    An older rule has neither action nor priority: it allows, with priority 1. Source: proofs.md 5.
    """
    return frozenset(
        NormalRule(
            direction=rule.direction.casefold(),
            ethertype=_ethertype_of(rule) or "*",
            protocol=_protocol_of(rule) or "*",
            ports=_write_ports(rule.ports),
            remote=_describe_remote(rule),
            action=_action_of(rule) or f"unknown: {rule.action}",
            priority=_priority_of(rule) or 0,
        )
        for rule in rules
        if rule.enabled
    )


def rules_in_order(groups: Sequence[Sequence[Rule]], direction: str) -> list[Rule]:
    """Return the enabled rules of one direction in the order in which the service applies them."""
    own = ([one for one in group if one.enabled and one.direction.casefold() == direction] for group in groups)
    return [rule for group in own for rule in sorted(group, key=_rank)]


def _rank(rule: Rule) -> tuple[int, int]:
    # A rule of unknown action stands between: whatever it is, a deny of the same priority comes first.
    return _priority_of(rule) or 0, {"deny": 0, None: 1, "allow": 2}[_action_of(rule)]


def judge_traffic(
    groups: Sequence[Sequence[Rule]],
    direction: Literal["ingress", "egress"],
    other: End,
    port: int | None,
    address_groups: Mapping[str, Fact[tuple[str, ...]]],
    *,
    version: Literal[4, 6] = 4,
) -> Ruling:
    """Return whether the groups of one end admit TCP to a port in one direction, for every address of the other end.

    Args:
        groups: The rules of each group that is bound to this end, in the order in which the groups are bound.
        direction: ``ingress`` from the other end, or ``egress`` to the other end.
        other: The other end.
        port: The port; ``None`` if it is not known.
        address_groups: The addresses of each address group that a rule names.
        version: The version of IP that the connection uses.
    """
    ordered = [rule for rule in rules_in_order(groups, direction) if _ethertype_of(rule) in {"", f"ipv{version}"}]
    blocks = [block for block in other.blocks if block.version == version]
    asked = _Asked(other.group_ids, port, version, _resolve(ordered, address_groups))
    starts = _representatives(blocks, asked.blocks.values()) if blocks else [None]
    found = [_walk(ordered, asked, address) for address in starts]
    answers = {ruling.answer for ruling in found}
    ids = tuple(dict.fromkeys(one for ruling in found for one in ruling.rule_ids))
    reasons = tuple(dict.fromkeys(one for ruling in found for one in ruling.reasons))
    if answers == {"allow"}:
        return Ruling("allow", ids)
    if "deny" in answers and (other.exact or answers == {"deny"}):
        return Ruling("deny", tuple(dict.fromkeys(one for each in found if each.answer == "deny" for one in each.rule_ids)))
    if "deny" in answers:
        reasons = (
            *reasons,
            "the rules admit a part of the subnet only, and the service does not show which addresses are used",
        )
    return Ruling("undecided", ids, reasons)


@dataclass(frozen=True)
class _Asked:
    """One connection as the rules see it; ``blocks`` are those that each rule names, or ``None`` if unreadable."""

    group_ids: tuple[str, ...]
    port: int | None
    version: int
    blocks: Mapping[int, tuple[Block, ...] | None]


def _walk(ordered: Sequence[Rule], asked: _Asked, address: int | None) -> Ruling:
    """Return the ruling for one address, or for an address that is not known."""
    possible: set[str] = set()
    ids: list[str] = []
    reasons: list[str] = []
    before: list[frozenset[tuple[str, ...]]] = []
    for rule in ordered:
        depends_on, why = _match(rule, asked, address)
        # Where a rule matches only if an earlier one does, the earlier one decides.
        if depends_on is None or any(earlier <= depends_on for earlier in before):
            continue
        action = _action_of(rule)
        possible |= {action} if action else {"allow", "deny"}
        ids.append(rule.id)
        if action is None:
            reasons.append(f"rule {rule.id} has the unknown action {rule.action!r}")
        if not depends_on:
            break
        before.append(depends_on)
        reasons.append(why)
    else:
        possible.add("deny")
    if possible == {"allow"}:
        return Ruling("allow", tuple(ids))
    return Ruling("deny", tuple(ids)) if possible == {"deny"} else Ruling("undecided", tuple(ids), tuple(reasons))


def _match(rule: Rule, asked: _Asked, address: int | None) -> tuple[frozenset[tuple[str, ...]] | None, str]:
    """Return the open questions that decide whether a rule matches, and the first of them in words.

    Without a question it matches; ``None`` means that it does not match. Two rules can have the same question, for example
    about one address group that cannot be read.
    """
    remote = (rule.remote_group_id, rule.remote_address_group_id, rule.remote_prefix)
    told = {
        ("protocol",): (_protocol_of(rule) in {"", "tcp"}, ""),
        ("ports", rule.ports): _fits_port(rule, asked.port),
        ("remote", *remote): _fits_remote(rule, asked, address),
        ("priority", rule.id): (
            None if _priority_of(rule) is None else True,
            f"rule {rule.id} shows an action but no priority",
        ),
    }
    if any(fits is False for fits, _ in told.values()):
        return None, ""
    unknown = {question: why for question, (fits, why) in told.items() if fits is None}
    return frozenset(unknown), next(iter(unknown.values()), "")


def _fits_port(rule: Rule, port: int | None) -> tuple[bool | None, str]:
    ranges = parse_ports(rule.ports)
    if ranges is None:
        return None, f"the ports of rule {rule.id} cannot be read ({rule.ports!r})"
    if _is_all(ranges):
        return True, ""
    if port is None:
        return None, "the port of the data node is not known"
    return any(first <= port <= last for first, last in ranges), ""


def _fits_remote(rule: Rule, asked: _Asked, address: int | None) -> tuple[bool | None, str]:
    if rule.remote_group_id:
        if not asked.group_ids:
            return None, "the security group of the other end is not known"
        return rule.remote_group_id in asked.group_ids, ""
    blocks = asked.blocks[id(rule)]
    if blocks is None:
        named = rule.remote_address_group_id
        what = f"address group {named} of rule {rule.id}" if named else f"the address of rule {rule.id}"
        return None, f"{what} cannot be read"
    own = [block for block in blocks if block.version == asked.version]
    if any(not block.prefixlen for block in own):
        return True, ""
    if address is None:
        return (None, f"rule {rule.id} names addresses, and those of the other end are not known") if own else (False, "")
    return any(int(block.network_address) <= address <= int(block.broadcast_address) for block in own), ""


def _resolve(
    rules: Iterable[Rule], address_groups: Mapping[str, Fact[tuple[str, ...]]]
) -> dict[int, tuple[Block, ...] | None]:
    """Return the blocks that each rule names; rules without a remote end name all addresses."""
    everywhere = tuple(map(ipaddress.ip_network, sorted(_ANYWHERE)))
    found: dict[int, tuple[Block, ...] | None] = {}
    for rule in rules:
        if rule.remote_address_group_id:
            listed = address_groups.get(rule.remote_address_group_id)
            found[id(rule)] = None if listed is None or listed.value is None else _parse_all(listed.value)
        else:
            found[id(rule)] = _parse_all([rule.remote_prefix]) if rule.remote_prefix.strip() else everywhere
    return found


def _parse_all(texts: Iterable[str]) -> tuple[Block, ...] | None:
    blocks: list[Block] = []
    for text in texts:
        parsed = parse_block(text)
        if not parsed:
            return None
        blocks += parsed
    return tuple(blocks)


@functools.lru_cache(maxsize=1024)
def parse_block(text: str) -> tuple[Block, ...]:
    """Return an address, a block (``10.0.0.0/8``) or a range (``10.0.0.1-10.0.0.9``) as blocks; empty if unreadable."""
    bare = text.strip()
    try:
        if "-" in bare:
            first, last = (ipaddress.ip_address(part.strip()) for part in bare.split("-", 1))
            return tuple(ipaddress.summarize_address_range(first, last))
        return (ipaddress.ip_network(bare, strict=False),)
    except (ValueError, TypeError):
        return ()


def _representatives(blocks: Sequence[Block], named: Iterable[tuple[Block, ...] | None]) -> list[int]:
    """Return one address of every part of the blocks in which all named blocks either hold all or nothing."""
    spans = [(int(block.network_address), int(block.broadcast_address)) for block in blocks]
    version = blocks[0].version
    edges = set()
    for one in (block for group in named for block in group or () if block.version == version):
        edges |= {int(one.network_address), int(one.broadcast_address) + 1}
    starts = {first for first, _ in spans}
    return sorted(starts | {edge for edge in edges if any(first <= edge <= last for first, last in spans)})


def parse_ports(text: str) -> Ports | None:
    """Return the ranges of ports in order, those that touch joined; all ports for empty text, ``None`` if unreadable."""
    if text.strip().casefold() in {"", "*", "all", "any"}:
        return ((1, 65535),)
    ranges = []
    for part in text.split(","):
        match = _PORT_RANGE.fullmatch(part)
        if match is None:
            return None
        first, last = int(match[1]), int(match[2] or match[1])
        if not first <= last <= 65535:
            return None
        ranges.append((first, last))
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)


def _is_all(ranges: Ports) -> bool:
    return ranges[0][0] <= 1 and ranges[0][1] == 65535


def _write_ports(text: str) -> str:
    ranges = parse_ports(text)
    if ranges is None:
        return text
    if _is_all(ranges):
        return "*"
    return ",".join(f"{first}-{last}" for first, last in ranges)


def _describe_remote(rule: Rule) -> str:
    if rule.remote_group_id:
        return "SELF" if rule.remote_group_id == rule.group_id else f"group {rule.remote_group_id}"
    if rule.remote_address_group_id:
        return f"addresses {rule.remote_address_group_id}"
    blocks = parse_block(rule.remote_prefix)
    text = ",".join(map(str, blocks)) if blocks else rule.remote_prefix.strip()
    return "*" if text in _ANYWHERE or not text else text


def _action_of(rule: Rule) -> Action | None:
    word = rule.action.strip().casefold()
    if not word:
        return "allow" if rule.priority is None else None
    return "allow" if word == "allow" else "deny" if word == "deny" else None


def _priority_of(rule: Rule) -> int | None:
    if rule.priority is not None:
        return rule.priority
    return None if rule.action.strip() else 1


def _protocol_of(rule: Rule) -> str:
    word = rule.protocol.strip().casefold()
    return "" if word in _ANY_PROTOCOL else _PROTOCOL_NAMES.get(word, word)


def _ethertype_of(rule: Rule) -> str:
    word = rule.ethertype.strip().casefold()
    if word:
        return word
    blocks = parse_block(rule.remote_prefix)
    return f"ipv{blocks[0].version}" if blocks else ""
