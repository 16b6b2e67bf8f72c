"""Reads what the service offers for the place of each source data node: side by side, because there may be many."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from ddmkit.errors import DDMKitError
from ddmkit.forms.pairing import NodePlace
from ddmkit.models import DataNode

__all__ = ["read_places"]

_AT_ONCE = 8


def read_places(kit: Any, source_id: str, target_id: str, nodes: Sequence[DataNode], point: datetime) -> list[NodePlace]:
    """Give a place for each source data node with its candidates; raises what the first look raised.

    The first look goes alone: when it is refused, no others follow it.
    """

    def read(node: DataNode) -> NodePlace:
        return NodePlace(node, tuple(kit.target_nodes(source_id, target_id, node.instance_id, point)))

    def read_other(node: DataNode) -> NodePlace:
        try:
            return read(node)
        except DDMKitError as error:
            return NodePlace(node, problem=str(error))

    if not nodes:
        return []
    first = read(nodes[0])
    with ThreadPoolExecutor(_AT_ONCE) as crew:
        return [first, *crew.map(read_other, nodes[1:])]
