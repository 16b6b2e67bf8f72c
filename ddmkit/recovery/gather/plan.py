"""Read all facts of one plan. A read waits for another one only if its parameters come from there; eight run at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from ddmkit.models import Backup, DataNode, Instance
from ddmkit.recovery.choice import RecoveryChoice
from ddmkit.recovery.inventory import RecoveryInventory
from ddmkit.recovery.offer import choose_engine
from ddmkit.recovery_models.rds import NodeBackup, NodeInstance
from ddmkit.restore.facts import Fact, run_together
from ddmkit.restore.inventory import Inventory, Read, known_nodes, read_in_parallel
from ddmkit.restore.proofs.facts import NetworkFacts, NodeProofs, Place
from ddmkit.restore.proofs.gather.network import read_network
from ddmkit.restore.proofs.gather.origin import read_origin
from ddmkit.restore.proofs.gather.proofs import find_nodes
from ddmkit.restore.proofs.recovery_facts import SourceNodeFacts
from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.service.cloud.clients import CloudClients

__all__ = ["gather_recovery"]

_UNREAD: Fact[Any] = Fact(problem="not asked for")
_NO_TARGET: Fact[Instance] = Fact(problem="it does not exist yet")
Calls = dict[Any, Callable[[], Any]]


def gather_recovery(
    services: CloudClients,
    choice: RecoveryChoice,
    *,
    now: datetime,
    witnesses: Witnesses,
    signs_requests: bool = False,
) -> RecoveryInventory:
    """Return the facts; what cannot be read becomes a fact with the reason.

    Args:
        services: The clients.
        choice: What a person chose.
        now: The present.
        witnesses: The services that are asked for proofs, and our own records.
        signs_requests: Whether requests are signed with an access key, so that the clock matters.

    Raises:
        AuthError: DDM does not accept the credentials.
    """
    with services.ddm.collect_reads() as notes:
        (known, of_nodes, network, proofs), around = run_together(
            services.ddm,
            lambda: _read_nodes(services, choice, witnesses, now),
            lambda: _read_around(services, choice),
        )
    facts = {**around, **known.facts}
    source_side = Inventory(
        taken_at=now,
        point=known.point,
        chosen_backup=known.chosen,
        clock_skew=services.ddm.last_skew,
        signs_requests=signs_requests,
        incident=choice.incident,
        reads=tuple(map(Read.of, notes)),
        **{name: facts[name] for name in _SOURCE_SIDE if name in facts},
    )
    return RecoveryInventory(
        source_side=source_side,
        detail=facts["detail"],
        nodes=_source_nodes(known, of_nodes),
        existing={source: known.found[node] for source, node in choice.existing.items()},
        names=_names(facts["nodes"], facts["instances"]),
        quotas=facts["quotas"],
        flavours={key: fact for (kind, key), fact in of_nodes.items() if kind == "flavours"},
        engines=facts.get("engines", _UNREAD),
        target_flavours=facts.get("target_flavours", _UNREAD),
        network=network,
        proofs=proofs,
        region=services.ddm.settings.region,
    )


@dataclass(frozen=True)
class _Known:
    """What the reads of single nodes wait for: the point, the source's nodes at it, and each node as RDS shows it."""

    facts: Mapping[str, Fact[Any]]
    point: datetime | None
    chosen: Backup | None
    nodes: Sequence[DataNode]
    found: Mapping[str, Fact[NodeInstance]]


_SOURCE_SIDE = (
    "source",
    "source_schemas",
    "source_accounts",
    "backups",
    "backup_detail",
    "related",
    "ranges",
    "targets",
    "target",
    "target_schemas",
    "target_accounts",
)


def _read_around(services: CloudClients, choice: RecoveryChoice) -> dict[str, Fact[Any]]:
    """Read what no read of a node waits for; the flavours of a new target follow its engine."""
    ddm, source, target = services.ddm, choice.source_id, choice.target_id
    calls: Calls = {
        "source": partial(ddm.show_instance, source),
        "detail": partial(ddm.show_detail, source),
        "source_schemas": partial(ddm.list_schemas, source),
        "source_accounts": partial(ddm.list_accounts, source),
        "ranges": partial(ddm.list_restorable_ranges, source),
        "instances": ddm.list_instances,
        "quotas": services.rds.list_quotas,
    }
    if choice.instant is not None:
        calls["backups"] = partial(ddm.list_backups, source)
    if target:
        calls["targets"] = partial(ddm.list_target_instances, source)
        calls["target_schemas"] = partial(ddm.list_schemas, target)
        calls["target_accounts"] = partial(ddm.list_accounts, target)
    else:
        calls["engines"] = ddm.list_engines
    facts = read_in_parallel(ddm, calls)
    engine = _engine(choice, facts)
    return {**facts, **read_in_parallel(ddm, {"target_flavours": partial(ddm.list_flavors, engine)} if engine else {})}


def _read_nodes(services: CloudClients, choice: RecoveryChoice, witnesses: Witnesses, now: datetime) -> tuple[Any, ...]:
    """Read what is known of all nodes together, then everything about each; this is the longest chain of a plan."""
    known = _begin(services, choice, witnesses)
    return known, *run_together(
        services.ddm,
        lambda: read_in_parallel(services.ddm, _calls_of_nodes(services, choice, known, known.point or now)),
        lambda: _read_network(services, choice, known, witnesses),
        lambda: _read_origin(services, choice, known, witnesses, now),
    )


def _begin(services: CloudClients, choice: RecoveryChoice, witnesses: Witnesses) -> _Known:
    """Read the lists of nodes. With a backup, the source's nodes can be read only once its time is known."""
    ddm, source = services.ddm, choice.source_id
    calls: Calls = {"nodes": services.rds.list_instances}
    if choice.instant is not None:
        calls["related"] = partial(ddm.show_related_nodes, source, choice.instant.moment)
    else:
        calls["backups"] = partial(ddm.list_backups, source)
    if choice.target_id:
        calls["target"] = partial(ddm.show_instance, choice.target_id)
    facts = {"related": _UNREAD, "backup_detail": _UNREAD, **read_in_parallel(ddm, calls)}
    point, chosen = _settle(choice, facts)
    if choice.backup_id is not None:
        calls = {"backup_detail": partial(ddm.show_backup, source, choice.backup_id)}
        if point is not None:
            calls["related"] = partial(ddm.show_related_nodes, source, point)
        facts |= read_in_parallel(ddm, calls)
    nodes = known_nodes(facts["related"], facts["backup_detail"]) or ()
    ids = dict.fromkeys((*(node.instance_id for node in nodes), *choice.existing.values()))
    return _Known(facts, point, chosen, nodes, find_nodes(ddm, witnesses, ids, facts["nodes"]))


def _settle(choice: RecoveryChoice, facts: Mapping[str, Fact[Any]]) -> tuple[datetime | None, Backup | None]:
    """Return the instant, and the backup if one was chosen."""
    if choice.instant is not None:
        return choice.instant.moment, None
    chosen = next((one for one in facts["backups"].value or () if one.id == choice.backup_id), None)
    return (None if chosen is None else chosen.created), chosen


def _calls_of_nodes(services: CloudClients, choice: RecoveryChoice, known: _Known, point: datetime) -> Calls:
    """Everything about each node that is recovered, and what is sold for their versions."""
    rds = services.rds
    recovered = [node.instance_id for node in known.nodes if node.instance_id not in choice.existing]
    calls: Calls = {("activity", ""): partial(rds.list_simplified_instances, recovered)} if recovered else {}
    for node_id in recovered:
        calls["ranges", node_id] = partial(rds.list_restore_times, node_id, point)
        calls["policy", node_id] = partial(rds.show_backup_policy, node_id)
        calls["backups", node_id] = partial(_list_full_backups, services, node_id, point)
    instances = (known.found[node_id].value for node_id in recovered)
    versions = (one.datastore.version for one in instances if one is not None)
    for version in dict.fromkeys(".".join(one.split(".")[:2]) for one in versions if one):
        calls["flavours", version] = partial(rds.list_flavors, version)
    return calls


def _list_full_backups(services: CloudClients, node_id: str, point: datetime) -> tuple[NodeBackup, ...]:
    """Return the automated full backups of a node, and the manual ones where no automated one ended before the instant.

    The list of all backups has one for every five minutes of the retention: thousands of rows that no check needs.
    """
    automated = services.rds.list_backups(node_id, "auto")
    if any(one.is_completed and one.end_time is not None and one.end_time <= point for one in automated):
        return automated
    return (*automated, *services.rds.list_backups(node_id, "manual"))


def _engine(choice: RecoveryChoice, facts: Mapping[str, Fact[Any]]) -> str:
    source, engines = facts["source"].value, facts.get("engines", _UNREAD).value
    chosen = choice.overrides.target.get("engine_version")
    if isinstance(chosen, str) and chosen:
        return chosen
    return choose_engine(source.engine_version, engines) if source is not None and engines else ""


def _source_nodes(known: _Known, read: Mapping[Any, Fact[Any]]) -> tuple[SourceNodeFacts, ...]:
    activity = read.get(("activity", ""), _UNREAD)
    busy = {one.id: one for one in activity.value or ()}
    return tuple(
        SourceNodeFacts(
            node_id=node.instance_id,
            name=node.instance_name,
            instance=known.found[node.instance_id],
            activity=Fact(value=busy[node.instance_id])
            if node.instance_id in busy
            else Fact(problem=activity.problem or "RDS does not show it"),
            **{name: read.get((name, node.instance_id), _UNREAD) for name in ("ranges", "policy", "backups")},
        )
        for node in known.nodes
    )


def _names(nodes: Fact[tuple[NodeInstance, ...]], instances: Fact[Any]) -> Fact[tuple[str, ...]]:
    if nodes.value is None or instances.value is None:
        return Fact(problem=nodes.problem or instances.problem)
    return Fact(value=tuple(one.name for one in (*nodes.value, *instances.value) if one.name))


def _read_network(services: CloudClients, choice: RecoveryChoice, known: _Known, witnesses: Witnesses) -> NetworkFacts:
    """Read the network of what exists, and of where something will be created."""
    planned = []
    for node in known.nodes:
        source = known.found[node.instance_id].value
        if source is not None and node.instance_id not in choice.existing:
            planned.append(_planned_place(source, choice.overrides.for_node(node.instance_id)))
    own = choice.overrides.target
    if {"vpc_id", "subnet_id", "security_group_id"} & set(own):
        planned.append(_moved(planned[0] if planned else Place(), own))
    existing = {node: known.found[node] for node in choice.existing.values()}
    target = known.facts["target"] if choice.target_id else _NO_TARGET
    return read_network(services.ddm, witnesses, existing, target, target_id=choice.target_id, planned=planned)


def _planned_place(source: NodeInstance, chosen: Mapping[str, Any]) -> Place:
    group = (source.security_group_id,) if source.security_group_id else ()
    return _moved(Place(vpc_id=source.vpc_id, subnet_id=source.subnet_id, security_group_ids=group), chosen)


def _moved(place: Place, chosen: Mapping[str, Any]) -> Place:
    update: dict[str, Any] = {name: str(chosen[name]) for name in ("vpc_id", "subnet_id") if name in chosen}
    if "security_group_id" in chosen:
        update["security_group_ids"] = (str(chosen["security_group_id"]),)
    return place.model_copy(update=update)


def _read_origin(
    services: CloudClients, choice: RecoveryChoice, known: _Known, witnesses: Witnesses, now: datetime
) -> NodeProofs:
    existing = {node: known.found[node] for node in choice.existing.values()}
    sources = {node.instance_id: known.found[node.instance_id] for node in known.nodes}
    return read_origin(services.ddm, witnesses, existing, sources, listed=known.facts["nodes"], now=now)
