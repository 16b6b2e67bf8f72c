"""Read the candidates that may replace each source data node, in parallel, because there may be many nodes.

The service may not show the source's data nodes (the source is deleted, or the point lies too far back). Then the backup or
a person names them, and the candidates are the data nodes that the project has now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from ddmkit.errors import AuthError, DDMKitError, NotFoundError, ServiceError
from ddmkit.forms.logic.node_matching import NodePlace, agree_on_instant
from ddmkit.kit import Kit
from ddmkit.models import DataNode, TargetNode
from ddmkit.restore.proofs.nodes import NodeVerdict
from ddmkit.times import format_utc

__all__ = ["NodeOptions", "read_node_options", "read_origins", "read_places"]

_THREADS = 8
_MOST_OTHER_INSTANCES = 5


@dataclass(frozen=True)
class NodeOptions:
    """What can be chosen for the source's data nodes.

    ``problem`` says in a sentence why the service does not show the source's data nodes. Then ``places`` come from the
    backup (empty without a backup), and ``known`` are the data nodes of the project.
    """

    places: tuple[NodePlace, ...] = ()
    known: tuple[TargetNode, ...] = ()
    problem: str = ""


def read_node_options(kit: Kit, source_id: str, target_id: str, point: datetime, backup_id: str) -> NodeOptions:
    """Return what can be chosen for the source's data nodes.

    Args:
        kit: The kit to read with.
        source_id: Id of the source instance.
        target_id: Id of the target instance.
        point: The instant to restore to.
        backup_id: Id of the chosen backup; empty for an instant.

    Raises:
        AuthError: The service refuses the credentials.
        DDMKitError: The candidates of the first data node cannot be read.
    """
    try:
        nodes = list(kit.related_nodes(source_id, point))
        problem = "" if nodes else f"The service names no data nodes of the source at {format_utc(point)}."
    except AuthError:
        raise
    except DDMKitError as error:
        nodes, problem = [], _explain(error)
    if nodes:
        origins = read_origins(kit, source_id, point, backup_id)
        places = read_places(kit, source_id, target_id, nodes, point)
        places = [replace(place, origins=origins) for place in places]
        return NodeOptions(tuple(agree_on_instant(places) if backup_id else places))
    nodes = _read_backup_nodes(kit, source_id, backup_id)
    known = read_project_nodes(kit, source_id, target_id)
    return NodeOptions(tuple(NodePlace(node, known) for node in nodes if known), known, problem)


def read_places(kit: Kit, source_id: str, target_id: str, nodes: Sequence[DataNode], point: datetime) -> list[NodePlace]:
    """Return a place for each source data node with its candidates; raises the error of the first request.

    The first request is sent alone: if the service refuses it, no other request follows.
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
    with ThreadPoolExecutor(_THREADS) as pool:
        return [first, *pool.map(read_other, nodes[1:])]


def read_origins(kit: Kit, source_id: str, point: datetime, backup_id: str) -> dict[str, NodeVerdict]:
    """Return what existing data nodes were recovered from, by their ids; empty where that cannot be read.

    It only helps to choose, so a read that fails stops nothing: the checks of the plan read it again, and say what failed.
    """
    try:
        return {one.node_id: one for one in kit.node_origins(source_id, backup_id or point)}
    except AuthError:
        raise
    except DDMKitError:
        return {}


def read_project_nodes(kit: Kit, source_id: str, target_id: str) -> tuple[TargetNode, ...]:
    """Return the data nodes of the project, read as the candidates of some instance that still exists.

    Every list of candidates contains all data nodes of the project. The source is tried first, then a few other instances.
    """
    for instance_id in _instances_to_try(kit, source_id):
        try:
            used = [node.id for schema in kit.schemas(instance_id) for node in schema.used_rds]
            ends = [one.end_time for one in kit.restorable_ranges(instance_id)] if used else []
            if ends:
                return tuple(kit.target_nodes(instance_id, target_id, used[0], max(ends)))
        except AuthError:
            raise
        except DDMKitError:
            continue  # another instance may be readable
    return ()


def _instances_to_try(kit: Kit, source_id: str) -> Iterator[str]:
    yield source_id
    others = [one.id for one in kit.instances() if one.id != source_id]
    yield from others[:_MOST_OTHER_INSTANCES]


def _read_backup_nodes(kit: Kit, source_id: str, backup_id: str) -> list[DataNode]:
    if not backup_id:
        return []
    try:
        return list(kit.backup_nodes(source_id, backup_id))
    except AuthError:
        raise
    except DDMKitError:
        return []


def _explain(error: DDMKitError) -> str:
    """Describe in a sentence why the source's data nodes cannot be read, with the error code for support."""
    if not isinstance(error, ServiceError):
        return str(error)
    code = error.code or f"HTTP {error.status}"
    if isinstance(error, NotFoundError):
        return f"The source's data nodes cannot be read, because the source no longer exists ({code})."
    if error.code == "DBS.280001":
        return (
            f"The source's data nodes at that time cannot be read: the time is too far in the past for the service ({code})."
        )
    return f"The source's data nodes at that time cannot be read: {error.cause or 'the service returned an error'} ({code})."
