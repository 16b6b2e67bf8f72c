"""Find in the audit trail how a data node came to be. Source of the steps: proofs.md 4.

A trace with a restore point is a strong statement, independent of ddmkit. A trace without one, no trace, or a trail that
cannot be read say nothing: they never refute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ddmkit.recovery_models.cts import Trace
from ddmkit.recovery_models.loose import parse_json_text
from ddmkit.restore.proofs.facts import Evidence, InPlaceRestore, NodeFacts
from ddmkit.restore.proofs.instants import is_instant_ms, show_ms
from ddmkit.times import to_ms

__all__ = [
    "BEFORE_MS",
    "CREATION",
    "IN_PLACE",
    "KEPT_MS",
    "TraceReading",
    "Window",
    "jobs_to_look_up",
    "read_traces",
    "window_of",
]

CREATION, IN_PLACE = "createInstance", "instanceRestore"
"""The names of the traces. Creation, recovery to a new node and creation of a replica share the first one."""

KEPT_MS = int(timedelta(days=7) / timedelta(milliseconds=1))
"""How long the audit trail can be read back, in milliseconds."""

BEFORE_MS = int(timedelta(minutes=15) / timedelta(milliseconds=1))
"""How long before a data node was created its request may have been sent."""

_AFTER_MS = int(timedelta(minutes=5) / timedelta(milliseconds=1))


@dataclass(frozen=True)
class Window:
    """The time in which the request for a data node must have been sent, both ends included, in epoch milliseconds."""

    start_ms: int
    end_ms: int

    def __contains__(self, instant_ms: int) -> bool:
        return self.start_ms <= instant_ms <= self.end_ms


@dataclass(frozen=True)
class TraceReading:
    """What the audit trail says about one data node; ``remark`` says why there is no evidence."""

    evidence: tuple[Evidence, ...] = ()
    in_place: tuple[InPlaceRestore, ...] = ()
    remark: str = ""


def window_of(node: NodeFacts, now_ms: int) -> Window | None:
    """Return when to look for the request that made a data node; ``None`` when the trail no longer reaches back to it."""
    created = node.created_ms
    if created is None or created < now_ms - KEPT_MS:
        return None
    return Window(max(created - BEFORE_MS, now_ms - KEPT_MS), created + _AFTER_MS)


def jobs_to_look_up(nodes: Iterable[NodeFacts], traces: Iterable[Trace], now_ms: int) -> tuple[str, ...]:
    """Return the ids of the jobs that say which node a trace belongs to, where the trace itself does not say."""
    windows = [window for window in (window_of(node, now_ms) for node in nodes) if window is not None]
    unclear = [one for one in traces if _is_creation(one) and not one.instance_ids and one.job_id]
    near = [one for one in unclear if any(_is_within(one, window) for window in windows)]
    return tuple(dict.fromkeys(one.job_id for one in near))


def read_traces(
    node: NodeFacts, traces: Sequence[Trace], now_ms: int, jobs: Mapping[str, str] | None = None
) -> TraceReading:
    """Return what the traces say about one data node.

    Args:
        node: The data node.
        traces: All traces that were read, in any order; those of other nodes and services are left out here.
        now_ms: The present.
        jobs: The id of the instance that each known job made, by the id of the job.
    """
    in_place = tuple(one for one in (_read_in_place(node, trace) for trace in traces) if one is not None)
    window = window_of(node, now_ms)
    if window is None:
        return TraceReading(in_place=in_place, remark=_why_no_window(node))
    made = [one for one in traces if _is_creation(one) and _is_within(one, window)]
    own = [one for one in made if node.id in one.instance_ids or (jobs or {}).get(one.job_id) == node.id]
    by_name = "" if own else ", found by the name of the node alone"
    own = own or _find_by_name(node, made, jobs or {})
    if not own:
        return TraceReading(in_place=in_place, remark="audit trail: no trace of its creation")
    found = [evidence for evidence in (_read_creation(node, one, by_name) for one in own) if evidence is not None]
    remark = "" if found else _why_no_evidence(own[0])
    return TraceReading(tuple(found), in_place, remark)


def _why_no_window(node: NodeFacts) -> str:
    if node.created_ms is None:
        return "audit trail: the service does not show when the node was created"
    return f"audit trail: too old, created at {show_ms(node.created_ms)}; the trail can be read for 7 days"


def _is_of_rds(trace: Trace) -> bool:
    return trace.service_type.casefold() in {"", "rds"}


def _is_creation(trace: Trace) -> bool:
    return trace.trace_name.casefold() == CREATION.casefold() and _is_of_rds(trace) and trace.is_success


def _is_within(trace: Trace, window: Window) -> bool:
    told = trace.time or trace.record_time
    return told is None or to_ms(told) in window


def _find_by_name(node: NodeFacts, made: Sequence[Trace], jobs: Mapping[str, str]) -> list[Trace]:
    """Return the only trace with the name of the node, if neither the trace nor its job names an instance."""
    named = [one for one in made if node.name and one.resource_name == node.name]
    is_open = len(named) == 1 and not named[0].instance_ids and named[0].job_id not in jobs
    return named if is_open else []


def _read_creation(node: NodeFacts, trace: Trace, by_name: str) -> Evidence | None:
    point = trace.restore_point
    if point is None or not point.instance_id:
        return None
    is_backup = point.type.casefold() == "backup" or (bool(point.backup_id) and point.restore_time is None)
    if not is_backup and not is_instant_ms(point.restore_time):
        return None
    return Evidence(
        kind="audit-trace",
        node_id=node.id,
        source_id=point.instance_id,
        restore_type="backup" if is_backup else "timestamp",
        restore_time_ms=None if is_backup else point.restore_time,
        backup_id=point.backup_id,
        where=f"trace {trace.trace_id}{by_name}",
    )


def _why_no_evidence(trace: Trace) -> str:
    which = f"audit trail: trace {trace.trace_id} of its creation found"
    if trace.request_state != "read":
        return f"{which}, but its request is {trace.request_state}"
    point = trace.restore_point
    if point is None:
        return f"{which}, without a restore point: a plain new node, or an incomplete trace"
    return (
        f"{which}, but its restore point cannot be used (source {point.instance_id or 'missing'}, time {point.restore_time})"
    )


def _read_in_place(node: NodeFacts, trace: Trace) -> InPlaceRestore | None:
    """Return a successful restore onto the node, after its creation."""
    if not (trace.trace_name.casefold() == IN_PLACE.casefold() and _is_of_rds(trace) and trace.is_success):
        return None
    target = parse_json_text(trace.request.get("target"))
    named = target.get("instance_id") if isinstance(target, dict) else None
    told = trace.time or trace.record_time
    if (named or trace.resource_id) != node.id or told is None:
        return None
    if node.created_ms is not None and to_ms(told) <= node.created_ms:
        return None
    return InPlaceRestore(node_id=node.id, ms=to_ms(told), where=f"trace {trace.trace_id}")
