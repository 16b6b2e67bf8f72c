"""What the record of a recovery proves by itself: which node came from which source and which instant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ddmkit.records.runs import RunData
from ddmkit.recovery.steps import node_of
from ddmkit.restore.proofs.facts import OwnRestore
from ddmkit.restore.proofs.own_records import own_restores

__all__ = ["own_restores_in"]


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
