"""What the routes of RDS know about data nodes: which exist, to whom they belong, and what the active faults change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ddmkit.simulator.http.context import ServiceContext, no_instance
from ddmkit.simulator.rules.nodes.backups import NodeBackup, recovery_ranges
from ddmkit.simulator.rules.ranges import Range, intersect
from ddmkit.simulator.rules.restores import associated_nodes
from ddmkit.simulator.storage.schema import DataNode

__all__ = ["NodeState"]

FIVE_MINUTES_MS = 5 * 60_000
END = 10**15


class NodeState:
    """The data nodes of a world as RDS shows them."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context

    def nodes(self) -> list[DataNode]:
        """Return the instances that exist, in the order of their creation."""
        rows = self._context.storage.every(DataNode, "deleted IS NULL ORDER BY rowid")
        return self._context.with_network_faults(rows)

    def require(self, instance_id: str) -> DataNode:
        """Return an instance; raise ApiError when it does not exist."""
        found = self._context.storage.one(DataNode, "id = ? AND deleted IS NULL", (instance_id,))
        if found is None:
            raise no_instance()
        return self._context.with_network_faults([found])[0]

    def owners(self) -> dict[str, str]:
        """Map the ids of data nodes to the DDM instances that they belong to."""
        return associated_nodes(self._context.storage, self._context.now())

    def ranges(self, node: DataNode) -> list[Range]:
        """Return the recovery ranges of an instance, without what the active faults take away."""
        ranges = recovery_ranges(node, self._context.now())
        point = self._context.world.outline.restore_time
        kept: Iterable[Range] = [(0, END)]
        if self._context.faults.is_active("time-gap"):
            kept = intersect(kept, [(0, point - FIVE_MINUTES_MS), (point + FIVE_MINUTES_MS, END)])
        if self._context.faults.is_active("time-too-new"):
            kept = intersect(kept, [(0, point - FIVE_MINUTES_MS)])
        if self._context.faults.is_active("backup-failed"):
            kept = intersect(kept, [(point + FIVE_MINUTES_MS, END)])
        return intersect(ranges, kept)

    def with_failed_backups(self, backups: Sequence[NodeBackup]) -> list[NodeBackup]:
        """Return backups; the fault makes the full ones before the scenario's time fail."""
        if not self._context.faults.is_active("backup-failed"):
            return list(backups)
        last = self._context.world.outline.restore_time + FIVE_MINUTES_MS
        return [replace(one, status="FAILED") if one.kind == "auto" and one.end <= last else one for one in backups]
