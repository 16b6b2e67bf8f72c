"""The facts that a plan of a recovery rests on: frozen, each a value or the reason why it could not be read."""

from __future__ import annotations

from pydantic import Field

from ddmkit.rds_models import BackupPolicy, NodeBackup, NodeFlavor, NodeInstance, Quota, RestorableTime
from ddmkit.recovery_models.ddm import Engine, InstanceDetail, TargetFlavor
from ddmkit.restore.inventory import Fact, Frozen, Inventory
from ddmkit.restore.proofs.facts import NetworkFacts, NodeProofs

__all__ = ["RecoveryFacts", "SourceNodeFacts"]


class SourceNodeFacts(Frozen):
    """One source node: as RDS lists it, the ranges that it can be recovered to, and its backups."""

    id: str
    name: str = ""
    instance: Fact[NodeInstance] = Fact(problem="not asked for")
    times: Fact[tuple[RestorableTime, ...]] = Fact(problem="not asked for")
    policy: Fact[BackupPolicy] = Fact(problem="not asked for")
    backups: Fact[tuple[NodeBackup, ...]] = Fact(problem="not asked for")
    actions: Fact[tuple[str, ...]] = Fact(problem="not asked for")


class RecoveryFacts(Frozen):
    """All facts of one plan.

    ``inventory`` is DDM's side of the source. ``existing`` are the nodes that are taken, by the id of the source node.
    ``names`` are the names that RDS and DDM instances have now. ``network`` holds the places as planned: of what does not
    exist yet, those that it will be created in.
    """

    inventory: Inventory
    detail: Fact[InstanceDetail] = Fact(problem="not asked for")
    nodes: tuple[SourceNodeFacts, ...] = ()
    existing: dict[str, Fact[NodeInstance]] = Field(default_factory=dict)
    names: Fact[tuple[str, ...]] = Fact(problem="not asked for")
    quotas: Fact[tuple[Quota, ...]] = Fact(problem="not asked for")
    flavors: Fact[tuple[NodeFlavor, ...]] = Fact(problem="not asked for")
    engines: Fact[tuple[Engine, ...]] = Fact(problem="not asked for")
    target_flavors: Fact[tuple[TargetFlavor, ...]] = Fact(problem="not asked for")
    network: NetworkFacts = NetworkFacts()
    proofs: NodeProofs = NodeProofs()
    region: str = ""
