"""The same restore as Python code, to copy into a notebook or a runbook; it contains no credentials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ddmkit.config.settings import Settings
from ddmkit.restore.plan import RestorePlan
from ddmkit.times import to_ms

__all__ = ["write_script"]


def write_script(plan: RestorePlan, settings: Settings, *, accept: Sequence[str] = (), world: Path | None = None) -> str:
    """Return Python code that makes this plan and submits it.

    Args:
        plan: The plan to reproduce.
        settings: Where the endpoint comes from.
        accept: The ids of the accepted warnings.
        world: The file of the simulator's world; ``None`` for a real service.
    """
    request = plan.request
    if world is not None:
        opened = f"kit = ddmkit.demo(world={str(world)!r})"
    else:
        opened = f"kit = ddmkit.connect(endpoint={settings.endpoint!r}, project_id={plan.identity.project_id!r})"
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
