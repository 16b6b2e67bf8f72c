"""What RDS, VPC and the audit trail add to a rebuilt world: networks with their rules, and how each data node came to be.

A rehearsal of a whole recovery plans on it and carries everything out: the source's nodes have their sizes and networks,
nodes that were taken hold what they were proved to hold, and the audit trail has the traces that proved it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ddmkit.errors import RecordError
from ddmkit.models import Account, Schema
from ddmkit.recovery.plan import PlannedNode, RecoveryPlan
from ddmkit.recovery_models.requests import NodeRestoreRequest
from ddmkit.restore.proofs.facts import Evidence, NetworkFacts, NodeFacts, NodeProofs, Rule
from ddmkit.simulator import ScenarioOutline, World
from ddmkit.simulator.storage.recovery_schema import AddressGroup, NodeJob, SecurityRule, Subnet, Vpc
from ddmkit.simulator.storage.schema import DataNode, TableRow
from ddmkit.times import from_ms, to_ms

__all__ = ["AskedRecovery", "add_witnesses", "rebuild_recovery", "sources_of"]

_GB = 1_000_000_000
_USUAL_BLOCK = "172.16.0.0/12"
_CREATED_AFTER_MS = 60_000
_TOOK_MS = 14 * 60_000
_TRACE = re.compile(r"trace ([0-9a-f-]{32,36})")


@dataclass(frozen=True)
class AskedRecovery:
    """The instances of a recovery that existed when it was planned."""

    source_instance_id: str
    target_instance_id: str
    data_nodes: tuple[str, ...]


Fill = Callable[..., None]


def rebuild_recovery(
    plan: RecoveryPlan, path: Path, fill: Fill, *, title: str, schemas: Sequence[Schema], accounts: Sequence[Account]
) -> None:
    """Create the world that a recovery was planned in.

    Args:
        plan: The plan with the facts.
        path: The new file.
        fill: Adds DDM's side of the facts.
        title: The title of the world.
        schemas: What was found on the target afterwards.
        accounts: As ``schemas``.

    Raises:
        FileExistsError: The path is taken.
        RecordError: The record is of a version that kept no facts.
    """
    if plan.facts is None:
        raise RecordError("The record keeps no facts of the services, so its world cannot be rebuilt.")
    facts = plan.facts.source_side
    taken = tuple(node.existing_id for node in plan.nodes if node.action == "take")
    asked = AskedRecovery(plan.source_id, plan.target.existing_id, taken)
    world = World.blank(path, title, _outline(plan, title, taken), facts.taken_at)
    try:
        with world.storage.writing():
            fill(world, facts, asked, schemas, accounts)
            _set_source_nodes(world, plan.nodes, plan.facts.proofs)
            _set_source(world, plan)
            add_witnesses(world, plan.facts.proofs, plan.facts.network)
    finally:
        world.close()


def _outline(plan: RecoveryPlan, title: str, taken: tuple[str, ...]) -> ScenarioOutline:
    return ScenarioOutline(
        description=title,
        source=plan.source_id,
        target=plan.target.existing_id,
        data_nodes=taken,
        backup_id=plan.backup_id or "",
        restore_time=plan.instant.ms,
        incident=None if plan.incident is None else to_ms(plan.incident),
    )


def _set_source(world: World, plan: RecoveryPlan) -> None:
    request = plan.target.request
    if request is not None and world.instance(plan.source_id) is not None:
        world.set_instance(plan.source_id, flavor_ref=request.flavor_ref, time_zone=request.time_zone or "UTC")


def _set_source_nodes(world: World, nodes: Sequence[PlannedNode], proofs: NodeProofs) -> None:
    zone = next((node.request.time_zone for node in nodes if node.request is not None), "UTC")  # of a record without it
    for node in nodes:
        seen = proofs.sources.get(node.source_id)
        facts = seen.value if seen is not None else None
        columns = {**(_columns_seen(facts) if facts else {}), **(_columns_copied(node.request) if node.request else {})}
        for node_id, own in ((node.source_id, columns), (node.existing_id, {})):
            if _node(world, node_id) is not None:
                world.set_data_node(node_id, **{"time_zone": zone, **own})


def _columns_seen(facts: NodeFacts) -> dict[str, Any]:
    """Return the columns of a node as RDS showed it."""
    place = facts.place
    known = {
        "name": facts.name,
        "version": facts.version,
        "time_zone": facts.time_zone,
        "vpc_id": place.vpc_id,
        "subnet_id": place.subnet_id,
        "security_group_id": next(iter(place.security_group_ids), ""),
        "private_ip": next(iter(place.addresses), ""),
        "port": place.port,
        "volume_bytes": None if facts.volume_gb is None else facts.volume_gb * _GB,
        "tags": json.dumps([{"key": key, "value": value} for key, value in facts.tags]),
    }
    return {name: value for name, value in known.items() if value not in {None, ""}}


def _columns_copied(request: NodeRestoreRequest) -> dict[str, Any]:
    """Return the columns of a source node that its recovery copies."""
    ha, backups = request.ha, request.backup_strategy
    known = {
        "flavor_ref": request.flavor_ref,
        "volume_type": request.volume.type,
        "zones": ",".join(request.zones),
        "time_zone": request.time_zone,
        "enterprise_project_id": request.enterprise_project_id,
        "disk_encryption_id": request.disk_encryption_id,
        "configuration_id": request.configuration_id,
        "ha_mode": "Ha" if ha is not None else "Single",
        "replication_mode": ha.replication_mode if ha is not None else "",
        "backup_window": backups.start_time if backups is not None else None,
        "keep_days": backups.keep_days if backups is not None else None,
    }
    return {name: value for name, value in known.items() if value is not None}


def add_witnesses(world: World, proofs: NodeProofs | None, network: NetworkFacts | None) -> None:
    """Add the networks, and the traces of how the nodes came to be; without facts, nothing is added."""
    if network is not None:
        rows = _network_rows(network)
        world.storage.add(rows)
        for node_id, place in network.nodes.items():
            if place.value is not None and _node(world, node_id) is not None:
                world.set_data_node(node_id, **_columns_seen(NodeFacts(id=node_id, place=place.value)))
    if proofs is not None:
        for node_id, fact in proofs.nodes.items():
            if fact.value is not None and _node(world, node_id) is not None:
                _add_origin(world, fact.value, [one for one in proofs.evidence if one.node_id == node_id])


def _network_rows(network: NetworkFacts) -> list[TableRow]:
    vpcs, subnets = {key: fact.value for key, fact in network.vpcs.items()}, network.subnets.items()
    known = [Vpc(key, key, one.primary or _USUAL_BLOCK, json.dumps(one.secondary or ())) for key, one in vpcs.items() if one]
    places = [Subnet(key, fact.value.vpc_id, key, ",".join(fact.value.blocks[:1])) for key, fact in subnets if fact.value]
    rules = {rule.id or str(number): rule for number, rule in enumerate(_rules(network))}
    groups = [
        AddressGroup(key, key, json.dumps(fact.value))
        for key, fact in network.address_groups.items()
        if fact.value is not None
    ]
    return [*known, *places, *(_rule_row(key, rule) for key, rule in rules.items()), *groups]


def _rules(network: NetworkFacts) -> list[Rule]:
    return [rule for fact in network.rules.values() for rule in fact.value or ()]


def _rule_row(key: str, rule: Rule) -> SecurityRule:
    return SecurityRule(
        id=key,
        group_id=rule.group_id,
        direction=rule.direction,
        protocol=rule.protocol or None,
        multiport=rule.ports or None,
        action=rule.action or "allow",
        priority=1 if rule.priority is None else rule.priority,
        remote_group_id=rule.remote_group_id or None,
        remote_ip_prefix=rule.remote_prefix or None,
        remote_address_group_id=rule.remote_address_group_id or None,
        ethertype=rule.ethertype or "IPv4",
        enabled=rule.enabled,
    )


def _add_origin(world: World, node: NodeFacts, evidence: Sequence[Evidence]) -> None:
    """Let a node hold what it was proved to hold, and add the trace that proves it; weak words prove nothing."""
    born = {} if node.created_ms is None else {"created": node.created_ms}
    world.set_data_node(node.id, **_columns_seen(node), **born)
    proof = next((one for one in evidence if one.is_proof and one.restore_time_ms is not None), None)
    if proof is None or proof.restore_time_ms is None:
        return
    created = node.created_ms or proof.restore_time_ms + _CREATED_AFTER_MS
    world.set_data_node(node.id, recovered_from=proof.source_id, recovered_at=proof.restore_time_ms, created=created)
    kinds = {one.kind for one in evidence if one.is_proof}
    if "task-detail" in kinds:
        world.storage.add([_job_of(node, proof.source_id, proof.restore_time_ms, created)])
    if kinds != {"task-detail"}:
        _add_trace(world, node, proof, created)


def _add_trace(world: World, node: NodeFacts, proof: Evidence, created: int) -> None:
    point = {"instance_id": proof.source_id, "type": proof.restore_type, "restore_time": proof.restore_time_ms}
    answer = {"instance": {"id": node.id, "name": node.name, "status": "BUILD"}, "job_id": ""}
    named = _TRACE.match(proof.where)
    world.add_trace(
        **({"id": named[1]} if named else {}),
        time=from_ms(created),
        resource_id=node.id,
        resource_name=node.name,
        request=json.dumps({"name": node.name, "restore_point": point}),
        response=json.dumps(answer),
    )


def _job_of(node: NodeFacts, source_id: str, restore_time_ms: int, created: int) -> NodeJob:
    """Return the job of a recovery, which names source and instant for a month."""
    details = {
        "sourceInstanceId": source_id,
        "targetInstanceId": node.id,
        "backupId": "",
        "restoreTime": restore_time_ms,
        "type": "timestamp",
        "dbNames": "",
    }
    return NodeJob(
        id=f"rebuilt-{node.id}",
        name="CreateMysqlSingleInstance",
        kind="restore",
        instance_id=node.id,
        instance_name=node.name,
        created=created,
        duration_ms=_TOOK_MS,
        visible_at=created,
        settled=True,
        details=json.dumps(details),
    )


def sources_of(proofs: NodeProofs | None) -> dict[str, str]:
    """Return from which node each data node was proved to be recovered, by its id."""
    found = proofs.evidence if proofs is not None else ()
    return {one.node_id: one.source_id for one in found if one.is_proof and one.source_id}


def _node(world: World, node_id: str) -> DataNode | None:
    return world.storage.one(DataNode, "id = ?", (node_id,))
