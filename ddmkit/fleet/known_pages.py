"""Where the targets and data nodes of a fleet stand in the service's lists of candidates.

For each source the service lists every instance of the project, and every data node for each of the source's. In a fleet of
hundreds these are many pages for each item, which needs a few of their rows. So the pages on which those rows were seen are
read first; the whole list only if they are not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from ddmkit.models import TargetInstance, TargetNode
from ddmkit.service import protocol
from ddmkit.service.calls import PAGE_LIMIT, Call
from ddmkit.service.client import Client

if TYPE_CHECKING:
    from ddmkit.fleet.table import FleetRow

__all__ = ["CandidateReader", "KnownPages"]

Candidate = TypeVar("Candidate", TargetInstance, TargetNode)
_MOST_PAGES = 3
_REMARK = "only the pages with the rows of the fleet were read"


class KnownPages:
    """The targets and data nodes that belong to a source, and on which pages they were seen. Threads may share it."""

    def __init__(self) -> None:
        self._wanted: dict[tuple[str, str], frozenset[str]] = {}
        self._offsets: dict[str, int] = {}

    def want(self, row: FleetRow) -> None:
        """Note which target and which data nodes a row names."""
        for kind, ids in (("target", (row.target,)), ("nodes", row.node_ids)):
            self._wanted[kind, row.source] = self.wanted(kind, row.source).union(map(str, ids))

    def wanted(self, kind: str, source_id: str) -> frozenset[str]:
        """Return the ids of the ``target`` or the ``nodes`` of a source; none where that is not known."""
        return self._wanted.get((kind, source_id), frozenset())

    def offsets(self, ids: Iterable[str]) -> tuple[int, ...]:
        """Return where the pages with these ids begin; nothing when one was not seen yet, or there are many pages."""
        found = {self._offsets.get(one, -1) for one in ids}
        return tuple(sorted(found)) if len(found) <= _MOST_PAGES and -1 not in found else ()

    def learn(self, ids: Iterable[str]) -> None:
        """Note where each row of a whole list stands."""
        self._offsets.update((one, number - number % PAGE_LIMIT) for number, one in enumerate(ids))


class CandidateReader(Client):
    """A client that reads, of the candidates for a source, the pages with the rows that the fleet names."""

    pages: KnownPages

    def list_target_instances(self, source_id: str) -> tuple[TargetInstance, ...]:
        """Return at least the targets that the fleet has for a source."""
        call = protocol.list_target_instances(self._project(), source_id)
        known = self._read_known(TargetInstance, call, self.pages.wanted("target", source_id))
        return known or self._learn(super().list_target_instances(source_id))

    def list_target_nodes(
        self, source_id: str, target_id: str, source_node_id: str, restore_time: datetime
    ) -> tuple[TargetNode, ...]:
        """Return at least the data nodes that the fleet has for a source."""
        call = protocol.list_target_nodes(self._project(), source_id, target_id, source_node_id, restore_time)
        known = self._read_known(TargetNode, call, self.pages.wanted("nodes", source_id))
        return known or self._learn(super().list_target_nodes(source_id, target_id, source_node_id, restore_time))

    def _learn(self, rows: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        self.pages.learn(row.instance_id for row in rows)
        return rows

    def _read_known(self, model: type[Candidate], call: Call, wanted: frozenset[str]) -> tuple[Candidate, ...]:
        """Return the rows of the pages with the wanted ids; nothing when one of them is not there any more."""
        fetched = [self._fetch_page(model, None, call, offset) for offset in self.pages.offsets(wanted)]
        rows = {row.instance_id: row for one in fetched for row in one.page.rows}
        if not rows or not wanted <= rows.keys():
            return ()
        self._note(call, len(rows), [one.request_id for one in fetched], _REMARK, is_expected=True)
        return tuple(rows.values())
