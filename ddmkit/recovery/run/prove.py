"""The two proofs before the metadata restore: every node holds the instant, and the target can reach every node."""

from __future__ import annotations

from ddmkit.recovery.checks import check_network_of
from ddmkit.recovery.checks import prove_nodes as judge_origin
from ddmkit.recovery.evidence import own_restores_of
from ddmkit.recovery.gather.network import read_network, read_target_place
from ddmkit.recovery.gather.origin import read_origin
from ddmkit.recovery.plan import PlannedNode
from ddmkit.recovery.run.conclude import conclude
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import PROVE_NETWORK, PROVE_NODES
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.facts import Fact
from ddmkit.sending.reports import reads_for_record

__all__ = ["prove_network", "prove_nodes"]


def prove_nodes(run_id: str, context: RecoveryContext) -> None:
    """Prove that every node was recovered from its source node to the instant of the plan."""
    view = context.view(run_id)
    nodes = _nodes_with_ids(view)
    with context.rds.collect_reads() as reads:
        listed = {one.id: one for one in context.rds.list_instances()}
        proofs = read_origin(
            context.services,
            {node.existing_id: _fact(listed, node.existing_id) for node in nodes},
            {node.source_id: _fact(listed, node.source_id) for node in nodes},
            own_restores_of((node.existing_id for node in nodes), context.store),
            now=context.now(),
        )
    checks = judge_origin(proofs, nodes, view.plan.wanted)
    tried = [one.model_dump(mode="json") for one in proofs.tried]
    conclude(run_id, PROVE_NODES, checks, context, tried=tried, reads=reads_for_record(reads))


def _nodes_with_ids(view: RecoveryView) -> tuple[PlannedNode, ...]:
    return tuple(node.model_copy(update={"existing_id": view.node_id(node.source_id)}) for node in view.plan.nodes)


def _fact(listed: dict[str, NodeInstance], node_id: str) -> Fact[NodeInstance]:
    found = listed.get(node_id)
    return Fact(problem="RDS does not list it", missing=True) if found is None else Fact(value=found)


def prove_network(run_id: str, context: RecoveryContext) -> None:
    """Prove that the target reaches every node, by ids and rules as they are now."""
    view = context.view(run_id)
    nodes = _nodes_with_ids(view)
    with context.services.vpc.collect_reads() as reads:
        listed = {one.id: one for one in context.rds.list_instances()}
        instances = {node.existing_id: _fact(listed, node.existing_id) for node in nodes}
        network, _ = read_network(context.services, instances, read_target_place(context.services, view.target_id))
    checks = [check_network_of(node, node.existing_id, network) for node in nodes]
    conclude(run_id, PROVE_NETWORK, checks, context, reads=reads_for_record(reads))
