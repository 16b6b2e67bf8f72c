"""What a person chose for a recovery, checked as far as that needs no request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ddmkit.errors import InputError
from ddmkit.recovery.instant import RecoveryInstant
from ddmkit.recovery.overrides import Overrides

__all__ = ["RecoveryChoice"]


class RecoveryChoice:
    """The source, the point, what is taken as it is, and what is to be different.

    Attributes:
        source_id: The DDM instance to recover.
        instant: The instant, when a point in time was chosen; ``None`` when a backup was.
        backup_id: The backup, when one was chosen.
        existing: The existing node to take for a source node, by the id of the source node; the others are recovered.
        target_id: The existing, empty target; empty when a new one is created.
        overrides: What is different from the source.
        throwaway: Whether everything may be deleted afterwards.
        incident: When the damage was done.
        time_zone: The zone in which times are shown beside UTC.
        inputs: The inputs as they were given, for the record.
    """

    def __init__(
        self,
        *,
        source_id: str,
        instant: RecoveryInstant | None,
        backup_id: str | None,
        existing: Mapping[str, str],
        target_id: str,
        overrides: Overrides,
        throwaway: bool = False,
        incident: datetime | None = None,
        time_zone: str = "UTC",
        inputs: Mapping[str, Any] | None = None,
    ) -> None:
        if (instant is None) == (backup_id is None):
            raise InputError(
                "give exactly one of the two.", field="restore_time, backup_id", fix="Give restore_time= or backup_id=."
            )
        self.source_id = source_id
        self.instant = instant
        self.backup_id = backup_id
        self.existing = dict(existing)
        self.target_id = target_id
        self.overrides = overrides
        self.throwaway = throwaway
        self.incident = incident
        self.time_zone = time_zone
        self.inputs = dict(inputs or {})
        self._require_distinct()

    def _require_distinct(self) -> None:
        taken: dict[str, str] = {}
        for source_node, node in self.existing.items():
            if node == source_node:
                raise InputError(
                    f"{source_node} is to stand in for itself.", field="nodes", fix="Give a node that was recovered from it."
                )
            if node in taken:
                raise InputError(
                    f"{node} is given for {taken[node]} and for {source_node}.",
                    field="nodes",
                    fix="Give another node for each source node.",
                )
            taken[node] = source_node
        if self.target_id and self.target_id == self.source_id:
            raise InputError("is the source itself.", field="target", fix="Give another instance, or 'new'.")

    def require_known_nodes(self, source_nodes: Mapping[str, str]) -> None:
        """Raise ``InputError`` for a node or an override of a node that the source did not have at that point.

        ``source_nodes`` are the names of the source's nodes by their ids.
        """
        known = ", ".join(f"{node_id} ({name})" if name else node_id for node_id, name in source_nodes.items())
        for source_node, node in self.existing.items():
            if source_node not in source_nodes:
                raise InputError(
                    f"{source_node} was no data node of the source at that point.", field="nodes", fix=f"It had: {known}."
                )
            if node in source_nodes:
                raise InputError(
                    f"{node} is a node of the source itself.", field="nodes", fix="Give a node that was recovered from it."
                )
        self.overrides.require_nodes(set(source_nodes) - set(self.existing), source_nodes)
