"""Make the plan of a recovery from the choice and the facts, without network and clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ddmkit.models import RestoreRequest
from ddmkit.recovery.checks import facts_that_matter, run_recovery_checks, wanted_of
from ddmkit.recovery.choice import RecoveryChoice
from ddmkit.recovery.instant import RecoveryInstant, at_or_after
from ddmkit.recovery.inventory import RecoveryInventory
from ddmkit.recovery.names import NewNames, make_names
from ddmkit.recovery.offer import choose_engine
from ddmkit.recovery.plan import PLAN_LIFE, PlannedNode, PlannedTarget, RecoveryPlan, digest_of_recovery
from ddmkit.recovery.requests import Draft, TargetOffer, draft_node, draft_target, token_for, zones_of
from ddmkit.recovery.shown_calls import create_node_shown, create_target_shown, restore_shown, sync_shown
from ddmkit.recovery.steps import REFRESH, RESTORE, TARGET, PlannedStep, node_step, order_steps
from ddmkit.recovery_models.requests import NodeRestoreRequest, TargetCreateRequest
from ddmkit.restore.plan import ServiceIdentity, short_digest

__all__ = ["make_recovery_plan", "settle_instant"]


def settle_instant(choice: RecoveryChoice, facts: RecoveryInventory) -> RecoveryInstant | None:
    """Return the instant of the nodes: the chosen one, or the first whole second at or after the chosen backup.

    ``None`` when the backup's time could not be read.
    """
    if choice.instant is not None:
        return choice.instant
    chosen = facts.source_side.chosen_backup
    return None if chosen is None else at_or_after(chosen.created)


def make_recovery_plan(
    choice: RecoveryChoice,
    facts: RecoveryInventory,
    instant: RecoveryInstant,
    *,
    identity: ServiceIdentity,
    plan_id: str,
    suffix: str,
    now: datetime,
) -> RecoveryPlan:
    """Return the plan, ready or not.

    Args:
        choice: What a person chose.
        facts: The facts, as they are now.
        instant: The instant of every node, from ``settle_instant``.
        identity: The service and the project.
        plan_id: A new, unique id.
        suffix: Random letters and digits for the names of what is created.
        now: The present.

    Raises:
        InputError: A source node or a value in ``like=`` cannot be right.
    """
    source_name = _source_name(choice, facts)
    names = _make_names(choice, facts, source_name, suffix)
    nodes, problems = _plan_nodes(choice, facts, instant, names, plan_id)
    target, missing = _plan_target(choice, facts, names.target)
    checks = run_recovery_checks(choice, facts, instant, nodes, target, {**problems, **missing})
    wanted = wanted_of(choice.backup_id, instant, facts.source_side)
    point = None if choice.backup_id is not None else instant.ms
    chosen: dict[str, Any] = {"backup_id": choice.backup_id, "throwaway": choice.throwaway, "nodes": nodes, "target": target}
    return RecoveryPlan(
        id=plan_id,
        suffix=suffix,
        digest=digest_of_recovery(identity, choice.source_id, restore_time_ms=point, **chosen),
        facts_digest=short_digest(facts_that_matter(facts, checks)),
        created=now,
        expires=now + PLAN_LIFE,
        identity=identity,
        source_id=choice.source_id,
        source_name=source_name,
        instant=instant,
        backup_ms=wanted.backup_ms,
        later_backups_ms=wanted.later_backups_ms,
        steps=_plan_steps(identity.project_id, choice, instant, nodes, target),
        checks=checks,
        time_zone=choice.time_zone,
        incident=choice.incident,
        inputs=choice.inputs,
        reads=tuple(read.model_dump(mode="json") for read in facts.source_side.reads),
        facts=facts.recorded,
        **chosen,
    )


def _make_names(choice: RecoveryChoice, facts: RecoveryInventory, source_name: str, suffix: str) -> NewNames:
    """Return the names of what is created; raise ``InputError`` for a node that the source did not have."""
    source_nodes = {node.node_id: node.name for node in facts.nodes}
    if source_nodes:
        choice.require_known_nodes(source_nodes)
    recovered = {node_id: name for node_id, name in source_nodes.items() if node_id not in choice.existing}
    return make_names(source_name, recovered, suffix=suffix, throwaway=choice.throwaway, taken=facts.names.value or ())


def _source_name(choice: RecoveryChoice, facts: RecoveryInventory) -> str:
    """Return the source's name; of a deleted source the name in its backups, or else its id."""
    if facts.source_side.source.value is not None and facts.source_side.source.value.name:
        return facts.source_side.source.value.name
    own = (one.instance_name for one in facts.source_side.backups.value or () if one.instance_id == choice.source_id)
    return next((name for name in own if name), choice.source_id)


def _plan_nodes(
    choice: RecoveryChoice, facts: RecoveryInventory, instant: RecoveryInstant, names: NewNames, plan_id: str
) -> tuple[tuple[PlannedNode, ...], dict[str, tuple[str, ...]]]:
    nodes: list[PlannedNode] = []
    problems: dict[str, tuple[str, ...]] = {}
    for node in facts.nodes:
        existing_id = choice.existing.get(node.node_id)
        if existing_id is not None:
            read = facts.existing.get(node.node_id)
            name = read.value.name if read is not None and read.value is not None else ""
            nodes.append(
                PlannedNode(
                    source_id=node.node_id, source_name=node.name, action="take", existing_id=existing_id, existing_name=name
                )
            )
            continue
        draft = Draft[NodeRestoreRequest](problems=(f"it cannot be read ({node.instance.problem})",))
        if node.instance.value is not None:
            draft = draft_node(
                node.instance.value,
                choice.overrides,
                name=names.nodes[node.node_id],
                restore_time_ms=instant.ms,
                plan_id=plan_id,
                region=facts.region,
            )
        if draft.problems:
            problems[node.node_id] = draft.problems
        nodes.append(
            PlannedNode(
                source_id=node.node_id,
                source_name=node.name,
                request=draft.request,
                token=token_for(plan_id, node_step(node.node_id)),
                notes=draft.notes,
            )
        )
    return tuple(nodes), problems


def _plan_target(
    choice: RecoveryChoice, facts: RecoveryInventory, name: str
) -> tuple[PlannedTarget, dict[str, tuple[str, ...]]]:
    if choice.target_id:
        read = facts.source_side.target.value
        return PlannedTarget(
            action="take", existing_id=choice.target_id, existing_name=read.name if read is not None else ""
        ), {}
    source = facts.source_side.source.value
    if source is None:
        return PlannedTarget(), {TARGET: (f"the source cannot be read ({facts.source_side.source.problem})",)}
    detail = facts.detail.value
    engine = choose_engine(source.engine_version, facts.engines.value or ())
    offer = TargetOffer(engine_version=engine, zones=zones_of(source, detail)) if engine else None
    draft: Draft[TargetCreateRequest] = draft_target(
        source, detail, _network_for_target(choice, facts), offer, choice.overrides, name=name
    )
    return PlannedTarget(request=draft.request, notes=draft.notes), {TARGET: draft.problems} if draft.problems else {}


def _network_for_target(choice: RecoveryChoice, facts: RecoveryInventory) -> Mapping[str, str]:
    """Return the network of the nodes: that of the first one, as it is taken or will be created."""
    for node in facts.nodes:
        taken = facts.existing.get(node.node_id)
        instance = taken.value if taken is not None else node.instance.value
        if instance is None:
            continue
        copied = {name: str(getattr(instance, name)) for name in ("vpc_id", "subnet_id", "security_group_id")}
        chosen = choice.overrides.for_node(node.node_id) if taken is None else {}
        return {name: str(chosen.get(name, value)) for name, value in copied.items()}
    return {}


def _plan_steps(
    project_id: str,
    choice: RecoveryChoice,
    instant: RecoveryInstant,
    nodes: tuple[PlannedNode, ...],
    target: PlannedTarget,
) -> tuple[PlannedStep, ...]:
    creating = [
        PlannedStep(
            name=node_step(node.source_id),
            title=f"Recover {node.source_name or node.source_id} to a new node",
            claim_key=f"node:{node.source_id}",
            call=create_node_shown(project_id, node.request, node.token) if node.request else {},
            creates=node.request.name if node.request else "",
        )
        for node in nodes
        if node.action == "recover"
    ]
    target_id = target.existing_id or f"<id of the new target {target.name}>"
    request = RestoreRequest(
        source_instance_id=choice.source_id,
        target_instance_id=target_id,
        data_nodes=tuple(node.existing_id or f"<id of the new node {node.new_name}>" for node in nodes) or ("<none>",),
        backup_id=choice.backup_id,
        restore_time_ms=None if choice.backup_id is not None else instant.ms,
    )
    create = PlannedStep(
        name=TARGET,
        title="Create the target",
        claim_key=f"create:{target.name}",
        call=create_target_shown(project_id, target.request) if target.request else {},
        creates=target.name,
    )
    return order_steps(
        creating,
        create if target.action == "create" else None,
        PlannedStep(
            name=RESTORE,
            title="Restore the metadata",
            claim_key=f"restore:{target_id}",
            call=restore_shown(project_id, request),
        ),
        PlannedStep(
            name=REFRESH,
            title="Refresh what the target knows of its data nodes, if that differs from RDS",
            claim_key=f"sync:{target_id}",
            call=sync_shown(project_id, target_id),
        ),
    )
