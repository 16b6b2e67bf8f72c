"""What the record of a recovery proves by itself: which node came from which source and which instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ddmkit.records.runs import RunData
from ddmkit.recovery.steps import node_of
from ddmkit.restore.proofs.facts import OwnRestore
from ddmkit.restore.proofs.own_records import own_restores

if TYPE_CHECKING:
    from ddmkit.records.store import RecordStore

__all__ = ["own_restores_in", "own_restores_of"]


def own_restores_of(node_ids: Iterable[str], store: RecordStore) -> tuple[OwnRestore, ...]:
    """Return what the records of a store tell about data nodes of its service.

    Imported records, and those of another service, such as a simulator with the same ids, prove nothing and are left out.
    """
    wanted = set(node_ids)
    runs = store.naming(wanted, "recovery", "drill")  # not all: a fleet of recoveries asks for each of its items
    found = (own_restores_in(store.get(one.id), imported=False) for one in runs)
    return tuple(one for restores in found for one in restores if one.node_id in wanted)


def own_restores_in(run: RunData, *, imported: bool) -> tuple[OwnRestore, ...]:
    """Return the recoveries of data nodes that a run tells of; an imported run is marked, and proves nothing."""
    return own_restores(_statements(run), run.id, imported=imported)


def _statements(run: RunData) -> Iterator[Mapping[str, Any]]:
    """Yield the exact request, the answer and the job of each node's step."""
    for event in run.events:
        step = str(event.data.get("step", ""))
        if not node_of(step):
            continue
        if event.kind == "step-intent":
            yield {"step": step, "request": {"body": event.data.get("body")}}
        elif event.kind in {"step-answered", "step-adopted"}:
            yield {"step": step, "answer": event.data}
        elif event.kind == "step-completed" and isinstance(event.data.get("job"), Mapping):
            yield {"step": step, "job": event.data["job"]}
