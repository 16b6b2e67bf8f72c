"""The facts that a plan of a recovery rests on: frozen, each a value or the reason why it could not be read."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from ddmkit.recovery_models.ddm import Engine, InstanceDetail, TargetFlavor
from ddmkit.recovery_models.rds import NodeFlavor, NodeInstance, Quota
from ddmkit.recovery_models.requests import NodeRestoreRequest, TargetCreateRequest
from ddmkit.restore.facts import Fact, Frozen
from ddmkit.restore.inventory import Inventory
from ddmkit.restore.proofs.facts import NetworkFacts, NodeProofs
from ddmkit.restore.proofs.recovery_facts import RecoveryFacts, SourceNodeFacts
from ddmkit.times import to_ms

__all__ = ["RecordedFacts", "RecoveryInventory"]


class RecordedFacts(Frozen):
    """What the record keeps of the facts, so that a rehearsal can build the world again: as DDM, RDS and VPC showed it.

    ``source_side`` is DDM's side of the source, ``proofs`` where the nodes come from, ``network`` where everything stands.
    """

    source_side: Inventory
    proofs: NodeProofs = NodeProofs()
    network: NetworkFacts = NetworkFacts()


class RecoveryInventory(Frozen):
    """All facts of one plan.

    ``source_side`` is DDM's side of the source. ``existing`` are the nodes that are taken, by the id of the source node.
    ``names`` are the names that RDS and DDM instances have now, ``flavours`` those of RDS by version.
    """

    source_side: Inventory
    detail: Fact[InstanceDetail] = Fact(problem="not asked for")
    nodes: tuple[SourceNodeFacts, ...] = ()
    existing: dict[str, Fact[NodeInstance]] = Field(default_factory=dict)
    names: Fact[tuple[str, ...]] = Fact(problem="not asked for")
    quotas: Fact[tuple[Quota, ...]] = Fact(problem="not asked for")
    flavours: dict[str, Fact[tuple[NodeFlavor, ...]]] = Field(default_factory=dict)
    engines: Fact[tuple[Engine, ...]] = Fact(problem="not asked for")
    target_flavours: Fact[tuple[TargetFlavor, ...]] = Fact(problem="not asked for")
    network: NetworkFacts = NetworkFacts()
    proofs: NodeProofs = NodeProofs()
    region: str = ""

    @property
    def recorded(self) -> RecordedFacts:
        """The facts that the record keeps."""
        return RecordedFacts(source_side=self.source_side, proofs=self.proofs, network=self.network)

    def for_preconditions(
        self, restore_time_ms: int, requests: Mapping[str, NodeRestoreRequest], target: TargetCreateRequest | None
    ) -> RecoveryFacts:
        """Return the facts in the form of the preconditions; ``requests`` are by the id of the source node."""
        return RecoveryFacts(
            restore_time_ms=restore_time_ms,
            now_ms=to_ms(self.source_side.taken_at),
            nodes=tuple(
                node.model_copy(update={"request": requests.get(node.node_id), "taken": self.existing.get(node.node_id)})
                for node in self.nodes
            ),
            target=target,
            ddm_ranges=self.source_side.ranges,
            quotas=self.quotas,
            flavours=self.flavours,
            target_flavours=self.target_flavours,
            subnets=self.network.subnets,
            security_groups=self.network.rules,
            names=self.names,
        )
