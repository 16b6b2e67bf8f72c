"""Ask RDS, VPC and the audit trail (CTS) for the proofs. Every read may fail: then it was tried, with this answer.

A missing permission, a call that this edition does not publish, or a service without a known address lowers a proof to a
warning and never stops a restore. All data nodes are looked at together: one list of nodes, two lists of traces, and one
read for each network, however many nodes there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from ddmkit.errors import DDMKitError
from ddmkit.models import Instance
from ddmkit.recovery_models.cts import Trace
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.facts import Fact
from ddmkit.restore.proofs.facts import Evidence, NetworkFacts, NodeFacts, NodeProofs, Place, Rule, Tried
from ddmkit.restore.proofs.own_records import evidence_of_records
from ddmkit.restore.proofs.reading import (
    evidence_of_tags,
    evidence_of_tasks,
    node_facts,
    place_of_detail,
    place_of_instance,
    rule_facts,
    subnet_facts,
    vpc_facts,
)
from ddmkit.restore.proofs.traces import CREATION, IN_PLACE, TraceReading, jobs_to_look_up, read_traces, window_of
from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.times import from_ms, to_ms

__all__ = ["Asked", "Executor", "gather_proofs", "list_nodes"]

K = TypeVar("K")
T = TypeVar("T")
Calls = Mapping[K, Callable[[], Any]]

_NO_ADDRESS = "its address is not known (rds_endpoint=, vpc_endpoint=, cts_endpoint=)"


class Executor(Protocol):
    """What runs reads in parallel: the client of DDM."""

    def gather(self, calls: Sequence[Callable[[], T]]) -> list[T | DDMKitError]:
        """Run reads and return their results in order; an error takes its result's place."""


@dataclass(frozen=True)
class Asked:
    """What the proofs are about, and what was read already: the list of data nodes, and the target."""

    node_ids: tuple[str, ...]
    source_ids: tuple[str, ...]
    target_id: str
    target: Fact[Instance]
    listed: Fact[tuple[NodeInstance, ...]]
    now: datetime


def list_nodes(witnesses: Witnesses) -> Fact[tuple[NodeInstance, ...]]:
    """Return all data nodes of the project; a fact with the reason when they cannot be listed."""
    rds = witnesses.rds
    if rds is None:
        return Fact(problem=f"RDS: {_NO_ADDRESS}")
    return _try(rds.list_instances)


def gather_proofs(client: Executor, witnesses: Witnesses, asked: Asked) -> tuple[NodeProofs, NetworkFacts]:
    """Read what shows where the data nodes come from, and whether the target can reach them.

    Args:
        client: The client of DDM; its threads run the reads.
        witnesses: The clients of the other services, and our own records.
        asked: The data nodes and the target.

    Raises:
        AuthError: DDM does not accept the credentials.
    """
    nodes = _find_nodes(client, witnesses, asked.node_ids, asked.listed)
    sources = _find_nodes(client, witnesses, asked.source_ids, asked.listed)
    seen = [fact.value for fact in nodes.values() if fact.value is not None]
    places = _places(asked.target, seen)
    first = _run(client, {**_trace_calls(witnesses, seen, asked.now), **_network_calls(witnesses, asked, places)})
    rules = _rules_by_group(first)
    second = _run(client, {**_job_calls(witnesses, seen, first, asked.now), **_group_calls(witnesses, rules)})
    proofs = _prove(client, witnesses, asked, _Found(nodes, sources, first, second))
    return proofs, _network_facts(witnesses, asked, nodes, first, second)


# Running reads --------------------------------------------------------------------------------------------------------


def _try(call: Callable[[], T]) -> Fact[T]:
    """Return a fact for a read; an error of the service is the reason in the fact, whatever it is."""
    try:
        return Fact[Any].of(call())
    except DDMKitError as error:
        return Fact[Any].of(error)


def _run(client: Executor, calls: Calls[K]) -> dict[K, Fact[Any]]:
    # Errors are caught here: a refusal by another service must not end the reads of this one.
    def trying(call: Callable[[], Any]) -> Callable[[], Fact[Any]]:
        return lambda: _try(call)

    answers = client.gather([trying(call) for call in calls.values()])
    return {name: one if isinstance(one, Fact) else Fact[Any].of(one) for name, one in zip(calls, answers, strict=True)}


def _short(fact: Fact[Any]) -> str:
    """Return the answer to a read for the list of those that were tried."""
    if fact.value is None:
        return fact.problem
    return f"{len(fact.value)} found" if isinstance(fact.value, tuple) else "read"


# Data nodes -----------------------------------------------------------------------------------------------------------


def _find_nodes(
    client: Executor, witnesses: Witnesses, ids: Sequence[str], listed: Fact[tuple[NodeInstance, ...]]
) -> dict[str, Fact[NodeFacts]]:
    """Return the facts about each node; one that is not in the list is asked for by its id, as Flexus nodes have to be."""
    rds = witnesses.rds
    if listed.value is None or rds is None:
        return {one: Fact[NodeFacts](problem=listed.problem, unpublished=listed.unpublished) for one in ids}
    by_id = {instance.id: instance for instance in listed.value}

    def ask(node_id: str) -> Callable[[], tuple[NodeInstance, ...]]:
        return lambda: rds.list_instances(instance_id=node_id)

    alone = _run(client, {one: ask(one) for one in ids if one not in by_id})
    found: dict[str, Fact[NodeFacts]] = {}
    for one in ids:
        instance = by_id.get(one) or next((row for row in alone[one].value or () if row.id == one), None)
        if instance is not None:
            found[one] = Fact[NodeFacts](value=node_facts(instance))
        elif alone[one].value is None:
            found[one] = Fact[NodeFacts](problem=alone[one].problem)
        else:
            found[one] = Fact[NodeFacts](problem="RDS does not list it in this project", missing=True)
    return found


def _trace_calls(witnesses: Witnesses, nodes: Sequence[NodeFacts], now: datetime) -> dict[Any, Callable[[], Any]]:
    """Read the traces of all nodes at once. The bounds of a query do not belong to it, so it is 1 ms wider."""
    cts, now_ms = witnesses.cts, to_ms(now)
    windows = [window for window in (window_of(node, now_ms) for node in nodes) if window is not None]
    if cts is None or not windows:
        return {}
    first = min(window.start_ms for window in windows)
    last = min(max(window.end_ms for window in windows), now_ms)
    start, end, present = from_ms(first - 1), from_ms(last + 1), from_ms(now_ms + 1)
    return {
        "made": lambda: cts.list_traces(start, end, trace_name=CREATION),
        "replaced": lambda: cts.list_traces(start, present, trace_name=IN_PLACE),
    }


def _job_calls(
    witnesses: Witnesses, nodes: Sequence[NodeFacts], first: Mapping[Any, Fact[Any]], now: datetime
) -> dict[Any, Callable[[], Any]]:
    rds, made = witnesses.rds, first.get("made", Fact[Any](problem="not asked for"))
    if rds is None or made.value is None:
        return {}

    def ask(job_id: str) -> Callable[[], Any]:
        return lambda: rds.show_job(job_id)

    return {("job", one): ask(one) for one in jobs_to_look_up(nodes, made.value, to_ms(now))}


@dataclass(frozen=True)
class _Found:
    """What was read about the data nodes, and the answers of both rounds of reads."""

    nodes: dict[str, Fact[NodeFacts]]
    sources: dict[str, Fact[NodeFacts]]
    first: dict[Any, Fact[Any]]
    second: dict[Any, Fact[Any]]

    @property
    def jobs(self) -> dict[str, str]:
        """The instance that each job made."""
        read = {name[1]: fact.value for name, fact in self.second.items() if name[0] == "job" and fact.value is not None}
        return {job_id: job.instance_id for job_id, job in read.items() if job.instance_id}


def _prove(client: Executor, witnesses: Witnesses, asked: Asked, found: _Found) -> NodeProofs:
    traces: list[Trace] = [one for name in ("made", "replaced") for one in _value(found.first, name)]
    read = {one: fact.value for one, fact in found.nodes.items() if fact.value is not None}
    told = {one: _read_traces(witnesses, found, node, traces, asked) for one, node in read.items()}
    own = _try(lambda: tuple(witnesses.own_restores(asked.node_ids)))
    evidence: list[Evidence] = [*evidence_of_records(own.value or (), asked.node_ids)]
    evidence += [one for reading in told.values() for one in reading.evidence]
    proved = {one.node_id for one in evidence}
    tasks = _run(client, _task_calls(witnesses, [node for one, node in read.items() if one not in proved], asked.now))
    evidence += [one for node_id, fact in tasks.items() for one in evidence_of_tasks(node_id, fact.value or ())]
    evidence += [one for node in read.values() for one in evidence_of_tags(node)]
    return NodeProofs(
        nodes=found.nodes,
        sources=found.sources,
        evidence=tuple(evidence),
        in_place=tuple(one for reading in told.values() for one in reading.in_place),
        remarks={one: (reading.remark,) for one, reading in told.items() if reading.remark},
        tried=(
            Tried(what="our own records", answer=_short(own)),
            Tried(what="list of data nodes (RDS)", answer=_short(asked.listed)),
            *_trace_reads(witnesses, found.first),
            *_task_reads(tasks),
        ),
    )


def _value(read: Mapping[Any, Fact[Any]], name: str) -> tuple[Any, ...]:
    return read[name].value or () if name in read else ()


def _read_traces(
    witnesses: Witnesses, found: _Found, node: NodeFacts, traces: Sequence[Trace], asked: Asked
) -> TraceReading:
    """Return what the trail says of a node; a trail that could not be read says nothing, and is told once for all nodes."""
    made = found.first.get("made")
    reading = read_traces(node, traces, to_ms(asked.now), found.jobs)
    unread = witnesses.cts is None or (made is not None and made.value is None)
    return TraceReading(reading.evidence, reading.in_place) if unread else reading


def _trace_reads(witnesses: Witnesses, first: Mapping[Any, Fact[Any]]) -> tuple[Tried, ...]:
    if witnesses.cts is None:
        return (Tried(what="audit trail (CTS)", answer=_NO_ADDRESS),)
    if "made" not in first:
        return (Tried(what="audit trail (CTS)", answer="not asked: no data node of the last 7 days"),)
    names = {"made": CREATION, "replaced": IN_PLACE}
    return tuple(Tried(what=f"audit trail (CTS), {names[one]}", answer=_short(first[one])) for one in names)


def _task_calls(witnesses: Witnesses, nodes: Iterable[NodeFacts], now: datetime) -> dict[str, Callable[[], Any]]:
    rds = witnesses.rds
    if rds is None:
        return {}

    def ask(node: NodeFacts) -> Callable[[], Any]:
        start = from_ms(node.created_ms) if node.created_ms is not None else now
        return lambda: rds.list_task_details(node.id, start, now)

    return {node.id: ask(node) for node in nodes if node.created_ms is not None}


def _task_reads(tasks: Mapping[str, Fact[Any]]) -> tuple[Tried, ...]:
    answers = dict.fromkeys(_short(fact) for fact in tasks.values())
    return tuple(Tried(what="parameters of tasks (RDS)", answer=one) for one in list(answers)[:3])


# Network --------------------------------------------------------------------------------------------------------------


def _places(target: Fact[Instance], nodes: Iterable[NodeFacts]) -> list[Place]:
    own = [place_of_instance(target.value)] if target.value is not None else []
    return [*own, *(node.place for node in nodes)]


def _network_calls(witnesses: Witnesses, asked: Asked, places: Sequence[Place]) -> dict[Any, Callable[[], Any]]:
    ddm, vpc = witnesses.ddm, witnesses.vpc
    calls: dict[Any, Callable[[], Any]] = {}
    if ddm is not None:
        calls["detail"] = lambda: ddm.show_detail(asked.target_id)
    if vpc is None:
        return calls

    def ask(read: Callable[[str], Any], one: str) -> Callable[[], Any]:
        return lambda: read(one)

    groups = list(dict.fromkeys(one for place in places for one in place.security_group_ids))
    subnets = dict.fromkeys(place.subnet_id for place in places if place.subnet_id)
    calls |= {("subnet", one): ask(vpc.show_subnet, one) for one in subnets}
    if len(subnets) > 1:  # in one subnet it does not matter in which block of the VPC the subnet lies
        calls |= {
            ("vpc", one): ask(vpc.show_vpc, one) for one in dict.fromkeys(place.vpc_id for place in places if place.vpc_id)
        }
    if groups:
        calls["rules", tuple(groups)] = lambda: vpc.list_security_group_rules(groups)
    return calls


def _rules_by_group(first: Mapping[Any, Fact[Any]]) -> dict[str, Fact[tuple[Rule, ...]]]:
    """Return the rules of each group; a group without any is asked for once more, because a hidden one looks the same."""
    asked = next((name[1] for name in first if isinstance(name, tuple) and name[0] == "rules"), ())
    if not asked:
        return {}
    read = first["rules", asked]
    if read.value is None:
        return {one: Fact[tuple[Rule, ...]](problem=read.problem, unpublished=read.unpublished) for one in asked}
    alone = asked[0] if len(asked) == 1 else ""
    rules = [rule_facts(one, alone) for one in read.value]
    return {one: Fact[tuple[Rule, ...]](value=tuple(rule for rule in rules if rule.group_id == one)) for one in asked}


def _group_calls(witnesses: Witnesses, rules: Mapping[str, Fact[tuple[Rule, ...]]]) -> dict[Any, Callable[[], Any]]:
    vpc = witnesses.vpc
    if vpc is None:
        return {}

    def ask(read: Callable[[str], Any], one: str) -> Callable[[], Any]:
        return lambda: read(one)

    named = dict.fromkeys(
        rule.remote_address_group_id for fact in rules.values() for rule in fact.value or () if rule.remote_address_group_id
    )
    empty = [one for one, fact in rules.items() if fact.value == ()]
    return {
        **{("addresses", one): ask(vpc.show_address_group, one) for one in named},
        **{("group", one): ask(vpc.show_security_group, one) for one in empty},
    }


def _network_facts(
    witnesses: Witnesses,
    asked: Asked,
    nodes: Mapping[str, Fact[NodeFacts]],
    first: Mapping[Any, Fact[Any]],
    second: Mapping[Any, Fact[Any]],
) -> NetworkFacts:
    rules = _rules_by_group(first)
    for one, fact in _kind(second, "group").items():
        rules[one] = _map(fact, lambda group: tuple(rule_facts(rule, group.id) for rule in group.security_group_rules))
    names = {one: fact.value.name for one, fact in nodes.items() if fact.value is not None}
    return NetworkFacts(
        target=_map(asked.target, place_of_instance),
        target_again=_map(first.get("detail", Fact[Any](problem="not asked for")), place_of_detail),
        nodes={one: _map(fact, lambda node: node.place) for one, fact in nodes.items()},
        names=names,
        vpcs={one: _map(fact, vpc_facts) for one, fact in _kind(first, "vpc").items()},
        subnets={one: _map(fact, subnet_facts) for one, fact in _kind(first, "subnet").items()},
        rules=rules,
        address_groups={one: _map(fact, lambda group: group.ip_set) for one, fact in _kind(second, "addresses").items()},
        tried=_network_reads(witnesses, asked, first, rules),
    )


def _map(fact: Fact[Any], read: Callable[[Any], T]) -> Fact[T]:
    if fact.value is None:
        return Fact(problem=fact.problem, missing=fact.missing, unpublished=fact.unpublished)
    return Fact(value=read(fact.value))


def _kind(read: Mapping[Any, Fact[Any]], kind: str) -> dict[str, Fact[Any]]:
    return {name[1]: fact for name, fact in read.items() if isinstance(name, tuple) and name[0] == kind}


def _network_reads(
    witnesses: Witnesses,
    asked: Asked,
    first: Mapping[Any, Fact[Any]],
    rules: Mapping[str, Fact[tuple[Rule, ...]]],
) -> tuple[Tried, ...]:
    """Return the reads that gave nothing: what was read is in the evidence."""
    if witnesses.vpc is None:
        reads = {"networks and rules (VPC)": Fact[Any](problem=_NO_ADDRESS)}
    else:
        reads = {f"{kind} {one} (VPC)": fact for kind in ("subnet", "vpc") for one, fact in _kind(first, kind).items()}
        reads |= {f"rules of {one} (VPC)": fact for one, fact in rules.items()}
    reads |= {"target (DDM)": asked.target, "list of data nodes (RDS)": asked.listed}
    return tuple(Tried(what=what, answer=fact.problem) for what, fact in reads.items() if fact.value is None)
