"""The two proofs before the metadata restore: every node holds the instant, and the target can reach every node."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from ddmkit.recovery.checks import check_network_of
from ddmkit.recovery.checks import prove_nodes as judge_origin
from ddmkit.recovery.plan import PlannedNode
from ddmkit.recovery.run.conclude import conclude
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import PROVE_NETWORK, PROVE_NODES
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.facts import Fact, try_read
from ddmkit.restore.proofs.gather.network import read_network
from ddmkit.restore.proofs.gather.origin import read_origin
from ddmkit.restore.proofs.gather.proofs import find_nodes
from ddmkit.sending.reports import reads_for_record

__all__ = ["prove_network", "prove_nodes"]


def prove_nodes(run_id: str, context: RecoveryContext) -> None:
    """Prove that every node was recovered from its source node to the instant of the plan."""
    view = context.view(run_id)
    nodes = _nodes_with_ids(view)
    made, sources = [node.existing_id for node in nodes], [node.source_id for node in nodes]
    with context.rds.collect_reads() as reads:
        listed = _list_nodes(context)
        found = find_nodes(context.ddm, context.witnesses, (*made, *sources), listed)
        proofs = read_origin(
            context.ddm, context.witnesses, _only(made, found), _only(sources, found), listed=listed, now=context.now()
        )
    checks = judge_origin(proofs, nodes, view.plan.wanted)
    tried = [one.model_dump(mode="json") for one in proofs.tried]
    conclude(run_id, PROVE_NODES, checks, context, tried=tried, reads=reads_for_record(reads))


def _nodes_with_ids(view: RecoveryView) -> tuple[PlannedNode, ...]:
    return tuple(node.model_copy(update={"existing_id": view.node_id(node.source_id)}) for node in view.plan.nodes)


def _list_nodes(context: RecoveryContext) -> Fact[tuple[NodeInstance, ...]]:
    return Fact(value=context.rds.list_instances())  # an error is raised: without the list nothing can be proved


def _only(ids: Iterable[str], found: dict[str, Fact[NodeInstance]]) -> dict[str, Fact[NodeInstance]]:
    return {one: found[one] for one in ids}


def prove_network(run_id: str, context: RecoveryContext) -> None:
    """Prove that the target reaches every node, by ids and rules as they are now."""
    view = context.view(run_id)
    nodes, target_id = _nodes_with_ids(view), view.target_id
    with context.ddm.collect_reads() as reads:
        made = [node.existing_id for node in nodes]
        found = find_nodes(context.ddm, context.witnesses, made, _list_nodes(context))
        target = try_read(partial(context.ddm.show_instance, target_id))
        network = read_network(context.ddm, context.witnesses, found, target, target_id=target_id)
    checks = [check_network_of(node, node.existing_id, network) for node in nodes]
    conclude(run_id, PROVE_NETWORK, checks, context, reads=reads_for_record(reads))
