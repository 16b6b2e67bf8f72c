"""Read how data nodes came to be: our own records, the audit trail, the task list, and tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ddmkit.recovery_models.cts import Trace
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.facts import Fact
from ddmkit.restore.inventory import read_in_parallel
from ddmkit.restore.proofs.facts import Evidence, InPlaceRestore, NodeFacts, NodeProofs, OwnRestore, Tried
from ddmkit.restore.proofs.own_records import evidence_of_records
from ddmkit.restore.proofs.reading import evidence_of_tags, evidence_of_tasks, node_facts
from ddmkit.restore.proofs.traces import CREATION, IN_PLACE, jobs_to_look_up, read_traces, window_of
from ddmkit.service.cloud.clients import CloudClients
from ddmkit.times import from_ms, to_ms

__all__ = ["read_origin"]

_TASKS_BEFORE = timedelta(minutes=15)


def read_origin(
    services: CloudClients,
    nodes: Mapping[str, Fact[NodeInstance]],
    sources: Mapping[str, Fact[NodeInstance]],
    own: Iterable[OwnRestore],
    *,
    now: datetime,
) -> NodeProofs:
    """Return what can be found out about the origin of data nodes, and which reads were tried.

    Args:
        services: The clients.
        nodes: The data nodes by id.
        sources: The source's nodes by id.
        own: What our own records tell.
        now: The present.
    """
    facts = {node_id: _facts_of(fact) for node_id, fact in nodes.items()}
    known = tuple(fact.value for fact in facts.values() if fact.value is not None)
    statements = list(evidence_of_records(own, nodes))
    unproved = [node for node in known if node.id not in {one.node_id for one in statements}]
    # Of nodes with a proof as well: the trail is an independent witness, and may contradict what was asked for.
    traced = _read_trail(services, known, now) if known else _Trail()
    tasks = _read_tasks(services, unproved, nodes)
    for node in known:
        statements += evidence_of_tags(node)
    return NodeProofs(
        nodes=facts,
        sources={node_id: _facts_of(fact) for node_id, fact in sources.items()},
        evidence=(*statements, *traced.evidence, *tasks.evidence),
        in_place=traced.in_place,
        remarks=traced.remarks,
        tried=(*traced.tried, *tasks.tried),
    )


class _Trail:
    """What was read in one place."""

    def __init__(
        self,
        evidence: Sequence[Evidence] = (),
        in_place: Sequence[InPlaceRestore] = (),
        remarks: Mapping[str, tuple[str, ...]] | None = None,
        tried: Sequence[Tried] = (),
    ) -> None:
        self.evidence, self.in_place = tuple(evidence), tuple(in_place)
        self.remarks, self.tried = dict(remarks or {}), tuple(tried)


def _facts_of(fact: Fact[NodeInstance]) -> Fact[NodeFacts]:
    if fact.value is None:
        return Fact[NodeFacts](problem=fact.problem or "not listed", missing=fact.missing)
    return Fact[NodeFacts](value=node_facts(fact.value))


def _read_trail(services: CloudClients, nodes: Sequence[NodeFacts], now: datetime) -> _Trail:
    """Read the audit trail once for all nodes: from the oldest window to now."""
    now_ms = to_ms(now)
    windows = [window for window in (window_of(node, now_ms) for node in nodes) if window is not None]
    if not windows:
        readings = {node.id: read_traces(node, (), now_ms) for node in nodes}
        return _Trail(remarks={node_id: (one.remark,) for node_id, one in readings.items() if one.remark})
    start = from_ms(min(window.start_ms for window in windows))
    calls: dict[str, Callable[[], Any]] = {
        name: partial(_list_traces, services, start, now, name) for name in (CREATION, IN_PLACE)
    }
    listed = read_in_parallel(services.ddm, calls)
    traces: list[Trace] = [trace for fact in listed.values() for trace in fact.value or ()]
    jobs = _look_up_jobs(services, jobs_to_look_up(nodes, traces, now_ms))
    readings = {node.id: read_traces(node, traces, now_ms, jobs) for node in nodes}
    is_read = listed[CREATION].value is not None
    return _Trail(
        [one for reading in readings.values() for one in reading.evidence],
        [one for reading in readings.values() for one in reading.in_place],
        {node_id: (one.remark,) for node_id, one in readings.items() if one.remark and is_read},
        [Tried(what=f"audit trail, {name}", answer=_answer(fact)) for name, fact in listed.items()],
    )


def _list_traces(services: CloudClients, start: datetime, end: datetime, name: str) -> Sequence[Trace]:
    # Only here the client of CTS is looked up: without an address of CTS this read fails, and not the whole plan.
    return services.cts.list_traces(start, end, trace_name=name)


def _answer(fact: Fact[Any]) -> str:
    return fact.problem or f"{len(fact.value or ())} entries"


def _look_up_jobs(services: CloudClients, job_ids: Iterable[str]) -> dict[str, str]:
    calls = {job_id: partial(services.rds.show_job, job_id) for job_id in job_ids}
    found = read_in_parallel(services.ddm, calls)
    return {job_id: fact.value.instance_id for job_id, fact in found.items() if fact.value is not None}


def _read_tasks(services: CloudClients, nodes: Sequence[NodeFacts], instances: Mapping[str, Fact[NodeInstance]]) -> _Trail:
    """Ask for the parameters of each node's tasks: described for SQL Server only, so silence means nothing."""
    calls: dict[str, Callable[[], Any]] = {}
    for node in nodes:
        instance = instances[node.id].value
        if instance is not None and instance.created is not None:
            calls[node.id] = partial(services.rds.list_task_details, node.id, instance.created - _TASKS_BEFORE)
    listed = read_in_parallel(services.ddm, calls)
    evidence = [one for node_id, fact in listed.items() for one in evidence_of_tasks(node_id, fact.value or ())]
    return _Trail(
        evidence, tried=[Tried(what=f"tasks of {node_id}", answer=_answer(fact)) for node_id, fact in listed.items()]
    )
