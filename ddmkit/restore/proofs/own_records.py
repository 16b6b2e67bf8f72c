"""Our own recorded requests as evidence: we know what we asked for, and the service's job says that it was done.

A record that came from a file of somebody else proves nothing here. Source: proofs.md 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ddmkit.recovery_models.loose import parse_json_text
from ddmkit.restore.proofs.facts import Evidence, OwnRestore
from ddmkit.restore.proofs.instants import is_instant_ms

__all__ = ["evidence_of_records", "own_restores"]

NODE_STEP = "node:"
"""How the steps that recover a data node are called; the id of the source node follows."""


def evidence_of_records(restores: Iterable[OwnRestore], node_ids: Iterable[str]) -> tuple[Evidence, ...]:
    """Return the evidence that our own completed recoveries give about these data nodes."""
    wanted = set(node_ids)
    return tuple(
        Evidence(
            kind="echo" if one.echoed else "own-record",
            node_id=one.node_id,
            source_id=one.source_id,
            restore_time_ms=one.restore_time_ms,
            where=f"record {one.record_id}, job {one.job_id}",
        )
        for one in restores
        if one.node_id in wanted and one.completed and not one.imported
    )


def own_restores(events: Iterable[Mapping[str, Any]], record_id: str, *, imported: bool) -> tuple[OwnRestore, ...]:
    """Return the recoveries of data nodes that the events of one record tell of.

    An event counts by its data: ``step`` (``node:`` with the id of the source node), and any of ``request`` (with its
    ``body``), ``answer`` (of the service) and ``job`` (as last read). Events of one step belong together. A step without a
    node, a job or a restore point is left out.
    """
    steps: dict[str, dict[str, Any]] = {}
    for event in events:
        step = str(event.get("step") or "")
        if step.startswith(NODE_STEP):
            known = {name: event[name] for name in ("request", "answer", "job") if isinstance(event.get(name), Mapping)}
            steps.setdefault(step, {}).update(known)
    found = (_read_step(known, record_id, imported=imported) for known in steps.values())
    return tuple(one for one in found if one is not None)


def _read_step(known: Mapping[str, Any], record_id: str, *, imported: bool) -> OwnRestore | None:
    request, answer, job = (known.get(name) or {} for name in ("request", "answer", "job"))
    point = _point_in(parse_json_text(request.get("body", request)))
    made = answer.get("instance")
    node_id = job.get("instance_id") or _inner(job.get("instance"), "id") or answer.get("instance_id") or _inner(made, "id")
    job_id = answer.get("job_id") or job.get("id")
    if point is None or not node_id or not job_id:
        return None
    echo = _point_in(answer) or _point_in(made)
    return OwnRestore(
        node_id=str(node_id),
        source_id=point[0],
        restore_time_ms=point[1],
        job_id=str(job_id),
        completed=str(job.get("status") or "").strip().casefold() == "completed",
        record_id=record_id,
        imported=imported,
        echoed=echo == point,
    )


def _inner(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _point_in(body: Any) -> tuple[str, int] | None:
    """Return source and instant of a restore point that is one to an instant."""
    point = _inner(body, "restore_point")
    source, kind, instant = (_inner(point, name) for name in ("instance_id", "type", "restore_time"))
    is_whole = isinstance(instant, int) and not isinstance(instant, bool) and is_instant_ms(instant)
    return (str(source), int(instant)) if source and kind == "timestamp" and is_whole else None
