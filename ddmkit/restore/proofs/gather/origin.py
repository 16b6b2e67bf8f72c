"""Read how data nodes came to be: our own records, the audit trail, the task list, and tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from ddmkit.recovery_models.cts import Trace
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.facts import Executor, Fact, try_in_parallel, try_read
from ddmkit.restore.proofs.facts import NodeFacts, NodeProofs, Tried
from ddmkit.restore.proofs.own_records import evidence_of_records
from ddmkit.restore.proofs.reading import evidence_of_tags, evidence_of_tasks, node_facts
from ddmkit.restore.proofs.traces import (
    BEFORE_MS,
    CREATION,
    IN_PLACE,
    TraceReading,
    jobs_to_look_up,
    read_traces,
    window_of,
)
from ddmkit.restore.proofs.witnesses import NO_ADDRESS, Witnesses
from ddmkit.times import from_ms, to_ms

__all__ = ["read_origin"]


def read_origin(
    client: Executor,
    witnesses: Witnesses,
    nodes: Mapping[str, Fact[NodeInstance]],
    sources: Mapping[str, Fact[NodeInstance]],
    *,
    listed: Fact[tuple[NodeInstance, ...]],
    now: datetime,
    reads_tasks: bool = True,
) -> NodeProofs:
    """Return what can be found out about the origin of data nodes, and which reads were tried; without nodes, nothing is.

    Args:
        client: The client of DDM; its threads run the reads.
        witnesses: The clients of the other services, and our own records.
        nodes: The data nodes by id.
        sources: The source's nodes by id.
        listed: The list of data nodes that was read.
        now: The present.
        reads_tasks: Whether the parameters of tasks are read too: one request for each node about which nothing is said.
    """
    facts = {node_id: fact.map(node_facts) for node_id, fact in nodes.items()}
    source_facts = {node_id: fact.map(node_facts) for node_id, fact in sources.items()}
    if not nodes:
        return NodeProofs(sources=source_facts)
    known = [fact.value for fact in facts.values() if fact.value is not None]
    own = try_read(lambda: tuple(witnesses.own_restores(nodes)))
    # Of nodes with a proof as well: the trail is an independent witness, and may contradict what was asked for.
    trail = _read_trail(client, witnesses, known, to_ms(now))
    evidence = [
        *evidence_of_records(own.value or (), nodes),
        *(one for said in trail.said.values() for one in said.evidence),
    ]
    proved = {one.node_id for one in evidence}
    asked = [node for node in known if reads_tasks and node.id not in proved]
    tasks = try_in_parallel(client, _task_calls(witnesses, asked))
    evidence += [one for node_id, fact in tasks.items() for one in evidence_of_tasks(node_id, fact.value or ())]
    evidence += [one for node in known for one in evidence_of_tags(node)]
    answers = dict.fromkeys(_short(fact) for fact in tasks.values())
    return NodeProofs(
        nodes=facts,
        sources=source_facts,
        evidence=tuple(evidence),
        in_place=tuple(one for said in trail.said.values() for one in said.in_place),
        remarks={node_id: (said.remark,) for node_id, said in trail.said.items() if said.remark and trail.is_told},
        tried=(
            Tried(what="our own records", answer=_short(own)),
            Tried(what="list of data nodes (RDS)", answer=_short(listed)),
            *trail.tried,
            *(Tried(what="parameters of tasks (RDS)", answer=one) for one in list(answers)[:3]),
        ),
    )


def _short(fact: Fact[Any]) -> str:
    """Return the answer to a read for the list of those that were tried."""
    if fact.value is None:
        return fact.problem
    return f"{len(fact.value)} found" if isinstance(fact.value, tuple) else "read"


@dataclass(frozen=True)
class _Trail:
    """What the audit trail says of each node. One that could not be read says nothing, and is told once for all nodes."""

    said: dict[str, TraceReading]
    tried: tuple[Tried, ...]
    is_told: bool = True


def _read_trail(client: Executor, witnesses: Witnesses, nodes: Sequence[NodeFacts], now_ms: int) -> _Trail:
    """Read the traces of all nodes at once. The bounds of a query do not belong to it, so it is 1 ms wider."""
    cts = witnesses.cts
    windows = [window for window in (window_of(node, now_ms) for node in nodes) if window is not None]
    if cts is None or not windows:
        why = NO_ADDRESS if cts is None else "not asked: no data node of the last 7 days"
        said = {node.id: read_traces(node, (), now_ms) for node in nodes}
        return _Trail(said, (Tried(what="audit trail (CTS)", answer=why),), is_told=cts is not None)
    start = from_ms(min(window.start_ms for window in windows) - 1)
    last = from_ms(min(max(window.end_ms for window in windows), now_ms) + 1)
    ends = {CREATION: last, IN_PLACE: from_ms(now_ms + 1)}
    read = try_in_parallel(client, {name: partial(cts.list_traces, start, ends[name], trace_name=name) for name in ends})
    traces: list[Trace] = [trace for fact in read.values() for trace in fact.value or ()]
    jobs = _look_up_jobs(client, witnesses, jobs_to_look_up(nodes, traces, now_ms))
    return _Trail(
        {node.id: read_traces(node, traces, now_ms, jobs) for node in nodes},
        tuple(Tried(what=f"audit trail (CTS), {name}", answer=_short(fact)) for name, fact in read.items()),
        is_told=read[CREATION].is_read,
    )


def _look_up_jobs(client: Executor, witnesses: Witnesses, job_ids: Iterable[str]) -> dict[str, str]:
    """Return the instance that each job made."""
    rds = witnesses.rds
    calls = {} if rds is None else {job_id: partial(rds.show_job, job_id) for job_id in job_ids}
    jobs = {job_id: fact.value for job_id, fact in try_in_parallel(client, calls).items() if fact.value is not None}
    return {job_id: job.instance_id for job_id, job in jobs.items() if job.instance_id}


def _task_calls(witnesses: Witnesses, nodes: Iterable[NodeFacts]) -> dict[str, Any]:
    """Ask for the parameters of each node's tasks: described for SQL Server only, so silence means nothing."""
    rds = witnesses.rds
    if rds is None:
        return {}
    created = {node.id: node.created_ms for node in nodes if node.created_ms is not None}
    return {node_id: partial(rds.list_task_details, node_id, from_ms(ms - BEFORE_MS)) for node_id, ms in created.items()}
