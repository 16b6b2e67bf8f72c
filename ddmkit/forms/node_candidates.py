"""Reads what the service offers for the place of each source data node: side by side, because there may be many.

Where the service does not show the source's data nodes (it is deleted, or the point lies too far back), the backup names
them or a person does; the candidates are then the data nodes that the project has now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ddmkit.errors import AuthError, DDMKitError, NotFoundError, ServiceError
from ddmkit.forms.logic.node_matching import NodePlace
from ddmkit.models import DataNode, TargetNode
from ddmkit.times import format_utc

__all__ = ["NodeOffer", "read_offer", "read_places"]

_AT_ONCE = 8
_MOST_READERS = 5


@dataclass(frozen=True)
class NodeOffer:
    """What can be chosen for the source's data nodes.

    ``problem`` says in a sentence why the service does not show them; the places then come from the backup, and without a
    backup there are none: ``known`` are the data nodes of the project to choose from.
    """

    places: tuple[NodePlace, ...] = ()
    known: tuple[TargetNode, ...] = ()
    problem: str = ""


def read_offer(kit: Any, source_id: str, target_id: str, point: datetime, backup_id: str) -> NodeOffer:
    """Return what can be chosen; raises what the first look at the candidates raised, and ``AuthError``."""
    try:
        nodes = list(kit.related_nodes(source_id, point))
        problem = "" if nodes else f"The service names no data nodes of the source at {format_utc(point)}."
    except AuthError:
        raise
    except DDMKitError as error:
        nodes, problem = [], _explain(error)
    if nodes:
        return NodeOffer(tuple(read_places(kit, source_id, target_id, nodes, point)))
    named = _read_named(kit, source_id, backup_id)
    known = read_project_nodes(kit, source_id, target_id)
    return NodeOffer(tuple(NodePlace(node, known) for node in named if known), known, problem)


def read_places(kit: Any, source_id: str, target_id: str, nodes: Sequence[DataNode], point: datetime) -> list[NodePlace]:
    """Return a place for each source data node with its candidates; raises what the first look raised.

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


def read_project_nodes(kit: Any, source_id: str, target_id: str) -> tuple[TargetNode, ...]:
    """Return the data nodes of the project as the service lists them for an instance that it can look at now.

    Every list of candidates holds all data nodes of the project. The source itself is asked about first, then a few others.
    """
    for instance_id in _readers(kit, source_id):
        try:
            used = [node.id for schema in kit.schemas(instance_id) for node in schema.used_rds]
            ends = [one.end_time for one in kit.restorable_ranges(instance_id)] if used else []
            if ends:
                return tuple(kit.target_nodes(instance_id, target_id, used[0], max(ends)))
        except AuthError:
            raise
        except DDMKitError:
            continue  # this instance tells nothing; another may
    return ()


def _readers(kit: Any, source_id: str) -> Iterator[str]:
    yield source_id
    others = [one.id for one in kit.instances() if one.id != source_id]
    yield from others[:_MOST_READERS]


def _read_named(kit: Any, source_id: str, backup_id: str) -> list[DataNode]:
    if not backup_id:
        return []
    try:
        return list(kit.backup_nodes(source_id, backup_id))
    except AuthError:
        raise
    except DDMKitError:
        return []


def _explain(error: DDMKitError) -> str:
    """Describe in a sentence why the source's data nodes cannot be read, with the code that support asks for."""
    if not isinstance(error, ServiceError):
        return str(error)
    code = error.code or f"HTTP {error.status}"
    if isinstance(error, NotFoundError):
        return f"The source's data nodes cannot be read, because the source no longer exists ({code})."
    if error.code == "DBS.280001":
        return f"The source's data nodes at that time cannot be read: the service does not look back that far ({code})."
    return f"The source's data nodes at that time cannot be read: {error.cause or 'the service gave an error'} ({code})."
