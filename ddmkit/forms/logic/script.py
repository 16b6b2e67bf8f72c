"""The same restore or recovery as Python code, to copy into a notebook or a runbook; it contains no credentials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ddmkit.config.settings import Settings
from ddmkit.display.html import Html, tag, text_block
from ddmkit.recovery.plan import RecoveryPlan
from ddmkit.restore.plan import RestorePlan
from ddmkit.times import to_ms

__all__ = ["fold_script", "write_recovery_script", "write_script"]


def write_script(plan: RestorePlan, settings: Settings, *, accept: Sequence[str] = (), world: Path | None = None) -> str:
    """Return Python code that makes this plan and submits it.

    Args:
        plan: The plan to reproduce.
        settings: Where the endpoint comes from.
        accept: The ids of the accepted warnings.
        world: The file of the simulator's world; ``None`` for a real service.
    """
    request = plan.request
    opened = _write_opening(settings, plan.identity.project_id, world)
    if request.backup_id is not None:
        point = f"backup_id={request.backup_id!r}"
    else:
        point = f"restore_time={request.restore_time_ms!r}"
    incident = "" if plan.incident is None else f"    incident={to_ms(plan.incident)},\n"
    nodes = "".join(f"        {node_id!r},\n" for node_id in request.data_nodes)
    return (
        "import ddmkit\n\n"
        f"{opened}\n"
        "plan = kit.plan(\n"
        f"    source={request.source_instance_id!r},\n"
        f"    target={request.target_instance_id!r},\n"
        f"    data_nodes=[\n{nodes}    ],\n"
        f"    {point},\n{incident}"
        ")\n"
        f"print(plan)  # the digest must be {plan.digest}\n"
        f"job = kit.submit(plan, confirm={plan.target_name!r}, accept={sorted(accept)!r})\n"
        "job.wait()\n"
    )


def write_recovery_script(
    plan: RecoveryPlan, settings: Settings, *, accept: Sequence[str] = (), world: Path | None = None
) -> str:
    """Return Python code that makes this plan of a whole recovery and carries it out; it asks for the node password.

    Args:
        plan: The plan to reproduce.
        settings: Where the endpoint comes from.
        accept: The ids of the accepted warnings.
        world: The file of the simulator's world; ``None`` for a real service.
    """
    point = f"restore_time={plan.instant.ms!r}" if plan.backup_id is None else f"backup_id={plan.backup_id!r}"
    taken = {node.source_id: node.existing_id for node in plan.nodes if node.action == "take"}
    given = {
        "nodes": taken,
        "target": plan.target.existing_id,
        "like": plan.inputs.get("like"),
        "throwaway": plan.throwaway,
        "incident": to_ms(plan.incident) if plan.incident is not None else None,
    }
    more = "".join(f"    {name}={value!r},\n" for name, value in given.items() if value)
    password = "" if len(taken) == len(plan.nodes) else ', node_password=getpass("Node password: ")'
    return (
        ("from getpass import getpass\n\n" if password else "")
        + "import ddmkit\n\n"
        + f"{_write_opening(settings, plan.identity.project_id, world)}\n"
        + f"plan = kit.plan_recovery(\n    source={plan.source_id!r},\n    {point},\n{more})\n"
        + f"print(plan)  # the digest must be {plan.digest}; {plan.new_instances} new instances are billed\n"
        + f"run = kit.recover(plan, confirm={plan.source_name!r}, accept={sorted(accept)!r}{password})\n"
        + "run.wait()\n"
    )


def fold_script(script: str) -> Html:
    """Return Python code as HTML, folded behind its title."""
    return tag("details", tag("summary", "The same in Python, to copy"), text_block(script))


def _write_opening(settings: Settings, project_id: str, world: Path | None) -> str:
    if world is not None:
        return f"kit = ddmkit.demo(world={str(world)!r})"
    return f"kit = ddmkit.connect(endpoint={settings.endpoint!r}, project_id={project_id!r})"
