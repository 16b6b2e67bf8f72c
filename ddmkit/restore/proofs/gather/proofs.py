"""Find the data nodes, and gather both proofs of one metadata restore."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ddmkit.models import Instance
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.facts import Executor, Fact, run_together, try_in_parallel, try_read
from ddmkit.restore.proofs.facts import NetworkFacts, NodeProofs
from ddmkit.restore.proofs.gather.network import read_network
from ddmkit.restore.proofs.gather.origin import read_origin
from ddmkit.restore.proofs.witnesses import NO_ADDRESS, Witnesses

__all__ = ["Asked", "find_nodes", "gather_proofs", "list_nodes"]


@dataclass(frozen=True)
class Asked:
    """What the proofs are about, and what was read already: the list of data nodes, and the target."""

    node_ids: tuple[str, ...]
    source_ids: tuple[str, ...]
    target_id: str
    target: Fact[Instance]
    listed: Fact[tuple[NodeInstance, ...]]
    now: datetime


def list_nodes(witnesses: Witnesses) -> Fact[tuple[NodeInstance, ...]]:
    """Return all data nodes of the project; a fact with the reason when they cannot be listed."""
    rds = witnesses.rds
    return Fact(problem=f"RDS: {NO_ADDRESS}") if rds is None else try_read(rds.list_instances)


def find_nodes(
    client: Executor, witnesses: Witnesses, ids: Iterable[str], listed: Fact[tuple[NodeInstance, ...]]
) -> dict[str, Fact[NodeInstance]]:
    """Return each node; one that is not in the list is asked for by its id, as Flexus nodes have to be."""
    rds, wanted = witnesses.rds, dict.fromkeys(ids)
    if listed.value is None or rds is None:
        return {one: Fact[NodeInstance](problem=listed.problem, unpublished=listed.unpublished) for one in wanted}
    by_id = {instance.id: Fact[NodeInstance](value=instance) for instance in listed.value if instance.id in wanted}
    asked = try_in_parallel(
        client, {one: partial(rds.list_instances, instance_id=one) for one in wanted if one not in by_id}
    )
    return {one: by_id.get(one) or _pick(one, asked[one]) for one in wanted}


def _pick(node_id: str, asked: Fact[tuple[NodeInstance, ...]]) -> Fact[NodeInstance]:
    found = next((row for row in asked.value or () if row.id == node_id), None)
    if found is not None or asked.value is None:
        return Fact(value=found, problem=asked.problem)
    return Fact(problem="RDS does not list it in this project", missing=True)


def gather_proofs(client: Executor, witnesses: Witnesses, asked: Asked) -> tuple[NodeProofs, NetworkFacts]:
    """Read what shows where the data nodes come from, and whether the target can reach them.

    Args:
        client: The client of DDM; its threads run the reads.
        witnesses: The clients of the other services, and our own records.
        asked: The data nodes and the target.

    Raises:
        AuthError: DDM does not accept the credentials.
    """
    found = find_nodes(client, witnesses, dict.fromkeys((*asked.node_ids, *asked.source_ids)), asked.listed)
    nodes, sources = ({one: found[one] for one in ids} for ids in (asked.node_ids, asked.source_ids))
    origin, network = run_together(
        client,
        lambda: read_origin(client, witnesses, nodes, sources, listed=asked.listed, now=asked.now),
        lambda: read_network(client, witnesses, nodes, asked.target, target_id=asked.target_id),
    )
    return origin, network
