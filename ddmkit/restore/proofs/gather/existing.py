"""Judge every existing data node of the project at once: which of them were recovered from the source, to the right instant.

This only helps to choose. The checks of a plan judge what was chosen, with more reads and in more detail.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.facts import Executor, Fact
from ddmkit.restore.proofs.gather.origin import read_origin
from ddmkit.restore.proofs.gather.proofs import list_nodes
from ddmkit.restore.proofs.nodes import NodeVerdict, Wanted, judge_node
from ddmkit.restore.proofs.reading import node_facts
from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.times import to_ms

__all__ = ["judge_existing"]


def judge_existing(
    client: Executor, witnesses: Witnesses, source_ids: Iterable[str], wanted: Wanted, *, now: datetime
) -> tuple[NodeVerdict, ...]:
    """Return a verdict on each data node that is none of the source's; empty where data nodes cannot be listed.

    Only of nodes that were created after the wanted instant is the origin read: an older one cannot be a recovery to it.
    However many nodes there are, the audit trail is asked twice, and no task is read.

    Args:
        client: The client of DDM; its threads run the reads.
        witnesses: The services that are asked.
        source_ids: The source's data nodes.
        wanted: What the nodes must have been recovered to.
        now: The present.
    """
    listed, own = list_nodes(witnesses), set(source_ids)
    known = {one.id: Fact[NodeInstance](value=one) for one in listed.value or () if one.id}
    others = {one: fact for one, fact in known.items() if one not in own}
    young = {one: fact for one, fact in others.items() if _may_be_recovered(fact.value, wanted.earliest_ms)}
    sources = {one: fact for one, fact in known.items() if one in own}
    found = read_origin(client, witnesses, young, sources, listed=listed, now=now, reads_tasks=False)
    facts = {one: fact.map(node_facts) for one, fact in others.items()}
    proofs = found.model_copy(update={"nodes": facts, "tried": ()})
    return tuple(judge_node(proofs, one, wanted) for one in others)


def _may_be_recovered(node: NodeInstance | None, earliest_ms: int | None) -> bool:
    return node is None or node.created is None or earliest_ms is None or to_ms(node.created) >= earliest_ms
