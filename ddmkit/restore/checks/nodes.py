"""Checks of the data nodes: known, distinct, as many as needed, available one for one, MySQL, and recovered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ddmkit.models import RestoreRequest, version_key
from ddmkit.restore.checks.result import RESTORING_METADATA, Check, Finding, fail, ok, warn
from ddmkit.restore.facts import Fact
from ddmkit.restore.inventory import Inventory
from ddmkit.restore.proofs.facts import NodeFacts, NodeProofs
from ddmkit.restore.proofs.nodes import Wanted, judge_nodes
from ddmkit.restore.proofs.time_zones import TIME_ZONES_DIFFER, describe_time_zones
from ddmkit.times import from_ms, to_ms

__all__ = ["NODE_CHECKS", "assign_nodes", "find_rows_instant", "wanted_of"]

# Some editions write the version beside the name.
_MYSQL = re.compile(r"(?:RDS for )?MySQL[ _-]?(?:[0-9][0-9.]*)?", re.IGNORECASE)


def check_nodes_known(inventory: Inventory, _request: RestoreRequest) -> Finding:
    """The source's data nodes at the point in time can be read."""
    if inventory.related.value is not None:
        nodes = inventory.related.value.related_data_nodes
        return ok(f"{_count_nodes(nodes)} then: {_name_some([node.instance_name or node.instance_id for node in nodes])}.")
    named = inventory.source_nodes
    if named is not None:
        return warn(
            f"The service does not look back that far ({inventory.related.problem}); the backup names "
            f"{_count_nodes(named)}: {_name_some([node.instance_name or node.instance_id for node in named])}.",
            "Their engine and state then cannot be read: compare them with your own notes.",
        )
    return warn(
        f"The source's data nodes at that point cannot be read ({inventory.related.problem}).",
        "Make sure from your own notes that you give one recovered node for each of them.",
    )


def _count_nodes(nodes: Sequence[object]) -> str:
    return "1 data node" if len(nodes) == 1 else f"{len(nodes)} data nodes"


def check_nodes_distinct(inventory: Inventory, request: RestoreRequest) -> Finding:
    """No data node is given twice, and none is one that the source still uses."""
    doubled = sorted(node for node, times in Counter(request.data_nodes).items() if times > 1)
    if doubled:
        return fail(f"Given more than once: {_name_some(doubled)}.", "Give one data node for each of the source's.")
    in_use = {node.id for schema in inventory.source_schemas.value or () for node in schema.used_rds}
    shared = sorted(in_use.intersection(request.data_nodes))
    if shared:
        return fail(
            f"Still used by the source: {_name_some(shared)}.",
            "Give the recovered copies, not the source's own data nodes: two instances on one node would damage its data.",
        )
    schemas = inventory.source_schemas
    if not schemas.is_read and not schemas.missing:
        return warn(
            f"All are different. Whether the source still uses one of them cannot be read ({schemas.problem}).",
            "Make sure that they are recovered copies, not data nodes of the source.",
        )
    return ok("All are different, and none is used by the source.")


def count_nodes(inventory: Inventory, request: RestoreRequest) -> Finding:
    """There are as many data nodes as the source had at the point in time."""
    given, known = len(request.data_nodes), inventory.source_nodes
    if known is None:
        return warn(
            f"Given: {_count_nodes(request.data_nodes)}; how many the source had then cannot be read.",
            "Count them from your own notes: one for each data node of the source.",
        )
    if given != len(known):
        return fail(
            f"Given: {_count_nodes(request.data_nodes)}; the source had {len(known)}.",
            f"Give exactly one for each of: {_name_some([node.instance_name or node.instance_id for node in known], 10)}.",
        )
    return ok(f"{given} given, {len(known)} needed.")


def check_nodes_available(inventory: Inventory, request: RestoreRequest) -> Finding:
    """Every source node has an available node of its own among those chosen."""
    unread = [listed for listed in inventory.candidates if listed.nodes.value is None]
    if unread or not inventory.candidates:
        why = unread[0].nodes.problem if unread else "the source's data nodes are not known"
        return warn(
            f"The candidates cannot be read for this point ({why}).",
            "Make sure yourself that each chosen node is healthy, writable, in the target's VPC, and of no DDM instance.",
        )
    refused = _describe_unavailable(inventory, request.data_nodes)
    if refused:
        return fail(
            f"Not available: {refused}.",
            "Choose others, or fix what the service names; in code, kit.target_nodes(...) lists them.",
        )
    chosen = set(request.data_nodes)
    options = {
        source_node_id: [
            node.instance_id for node in listed.nodes.value or () if node.available and node.instance_id in chosen
        ]
        for listed in inventory.candidates
        for source_node_id in listed.source_node_ids
    }
    assigned = assign_nodes(options)
    left = [node_id for node_id in options if node_id not in assigned]
    if left:
        return fail(
            f"No available node is left for {len(left)} of the source's data nodes: {_name_some(left)}.",
            "Each source node needs one of its own; in code, kit.target_nodes(source, target, node, point) lists them.",
        )
    return ok(f"Each of the {len(options)} source nodes has an available node of its own among those chosen.")


def _describe_unavailable(inventory: Inventory, chosen: Sequence[str]) -> str:
    rows = inventory.candidate_rows()
    problems = []
    for node_id in dict.fromkeys(chosen):
        row = rows.get(node_id)
        if row is None:
            problems.append(f"{node_id} (no candidate: unknown, or of another project)")
        elif not row.available:
            problems.append(f"{row.instance_name or node_id} ({row.unavailable_reason or 'no reason given'})")
    return _name_some(problems)


def assign_nodes(options: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Assign an option to as many keys as possible, no option twice: a maximum bipartite matching.

    The augmenting paths are searched breadth first, so that a thousand nodes need no deep recursion. A key without an option
    is absent from the result.
    """
    owner: dict[str, str] = {}
    for key in options:
        _augment(key, options, owner)
    return {key: option for option, key in owner.items()}


def _augment(start: str, options: Mapping[str, Sequence[str]], owner: dict[str, str]) -> None:
    came_from: dict[str, str] = {}
    queue = [start]
    for key in queue:
        for option in options[key]:
            if option in came_from:
                continue
            came_from[option] = key
            if option not in owner:
                _reassign(option, came_from, owner, start)
                return
            queue.append(owner[option])


def _reassign(free: str, came_from: Mapping[str, str], owner: dict[str, str], start: str) -> None:
    held = {key: option for option, key in owner.items()}
    option: str | None = free
    while option is not None:
        key = came_from[option]
        owner[option] = key
        option = None if key == start else held[key]


def check_nodes_engine(inventory: Inventory, request: RestoreRequest) -> Finding:
    """The data nodes are MySQL, of one time zone, and not older than the source's."""
    rows = inventory.candidate_rows()
    nodes = [rows[node_id] for node_id in request.data_nodes if node_id in rows]
    unread_engines = [node.instance_name or node.instance_id for node in nodes if not node.engine_name]
    strangers = [
        f"{node.instance_name} is {node.engine_name}"
        for node in nodes
        if node.engine_name and not _MYSQL.fullmatch(node.engine_name)
    ]
    strangers += [
        f"the source's {node.instance_name} is {node.engine_name}"
        for node in inventory.source_nodes or ()
        if node.engine_name and not _MYSQL.fullmatch(node.engine_name)
    ]
    if strangers:
        return fail(
            f"Only RDS for MySQL can be restored this way: {_name_some(strangers)}.", "Choose RDS for MySQL data nodes."
        )
    proofs = inventory.node_proofs or NodeProofs()
    zones = _describe_zones(proofs.nodes.get(one) for one in request.data_nodes)
    if zones:
        refusal = warn if _describe_zones(proofs.sources.values()) else fail  # the service took such nodes before
        return refusal(f"They differ in their time zone: {zones}.", f"{TIME_ZONES_DIFFER}: choose nodes that have the same.")
    older = _describe_older(inventory, request)
    if older:
        return warn(f"Lower version than the source's: {older}.", "Recover to nodes of the same or a later version.")
    if unread_engines or not nodes:
        why = next((listed.nodes.problem for listed in inventory.candidates if listed.nodes.problem), "")
        which = _name_some(unread_engines) or f"the chosen nodes ({why or 'they are in no list of candidates'})"
        return warn(f"The engine of {which} cannot be read.", "Make sure that all are RDS for MySQL.")
    return ok("All are MySQL; the service marks nodes with a lower version than the source's as unavailable.")


def _describe_zones(facts: Iterable[Fact[NodeFacts] | None]) -> str:
    known = [fact.value for fact in facts if fact is not None and fact.value is not None]
    return describe_time_zones((node.name or node.id, node.time_zone) for node in known)


def _describe_older(inventory: Inventory, request: RestoreRequest) -> str:
    rows = inventory.candidate_rows()
    needed = [version_key(node.version) for node in inventory.source_nodes or () if node.version]
    least = max((key for key in needed if key is not None), default=None)
    if least is None:
        return ""
    older = []
    for node in (rows[node_id] for node_id in request.data_nodes if node_id in rows):
        key = version_key(node.version) if node.version else None
        if key is not None and key < least:
            older.append(f"{node.instance_name} ({node.version})")
    return _name_some(older)


def check_nodes_recovered(inventory: Inventory, request: RestoreRequest) -> Finding:
    """Each data node was recovered from one of the source's, to exactly this instant."""
    proofs = inventory.node_proofs or NodeProofs()
    verdict = judge_nodes(proofs, request.data_nodes, wanted_of(inventory, request))
    return Finding(verdict.status, verdict.detail, verdict.hint, verdict.evidence)


def wanted_of(inventory: Inventory, request: RestoreRequest) -> Wanted:
    """Return from which data nodes and to which instant the given ones must have been recovered."""
    known, chosen = inventory.source_nodes, inventory.chosen_backup
    sources = None if known is None else tuple(node.instance_id for node in known)
    if request.restore_time_ms is not None:
        return Wanted(restore_time_ms=request.restore_time_ms, source_ids=sources)
    if chosen is None or inventory.backups.value is None:
        return Wanted(backup_ms=None if chosen is None else to_ms(chosen.created), source_ids=sources)
    own = (one for one in inventory.backups.value if one.instance_id == request.source_instance_id)
    later = tuple(sorted(to_ms(one.created) for one in own if one.created > chosen.created))
    return Wanted(backup_ms=to_ms(chosen.created), later_backups_ms=later, source_ids=sources)


def find_rows_instant(inventory: Inventory, request: RestoreRequest) -> datetime | None:
    """Return the one instant to which all data nodes were recovered; ``None`` where that is not proved, or they differ."""
    proofs = inventory.node_proofs or NodeProofs()
    nodes = judge_nodes(proofs, request.data_nodes, wanted_of(inventory, request)).nodes
    instants = {one.instant_ms if one.status == "pass" else None for one in nodes}
    only = instants.pop() if len(instants) == 1 else None
    return None if only is None else from_ms(only)


def _name_some(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown}, and {len(names) - most} more"


NODE_CHECKS = (
    Check("nodes-known", "Source data nodes at that time", "API pages ShowRelatedDns, ShowBackup", check_nodes_known),
    Check(
        "nodes-distinct",
        "Repeated or shared data nodes",
        "API page ShowAvalibleRds: a data node belongs to one DDM instance",
        check_nodes_distinct,
    ),
    Check("nodes-count", "Number of data nodes", "API page RestoreMetadata: data_nodes", count_nodes),
    Check(
        "nodes-available",
        "Availability of the data nodes",
        "API page ShowAvalibleRds: available, unavailable_reason",
        check_nodes_available,
    ),
    Check("nodes-engine", "Data node engine", f"{RESTORING_METADATA}: only RDS for MySQL", check_nodes_engine),
    Check(
        "nodes-recovered",
        "Recovery of the data nodes",
        f"{RESTORING_METADATA}: data nodes recovered to the same point in time first",
        check_nodes_recovered,
    ),
)
