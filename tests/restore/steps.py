"""What a person does with a kit, in one word each, and what tests want to know about the simulator behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ddmkit.service.jobs import SilentListener

UNPROVED = ("cts-denied", "vpc-denied", "refused-busy@RDS.ListJobInfoDetail*")
"""Faults with which nothing proves where data nodes come from and how they are connected: a person accepts two warnings."""


def choices(kit: Any, **changes: Any) -> dict[str, Any]:
    """Return the arguments of a restore that succeeds in the kit's scenario, but for what is changed."""
    facts = kit.scenario
    point = {} if "restore_time" in changes else {"backup_id": facts.backup_id}
    return {"source": facts.source, "target": facts.target, "data_nodes": list(facts.data_nodes), **point, **changes}


def plan_for(kit: Any, **changes: Any) -> Any:
    return kit.plan(**choices(kit, **changes))


def status_of(plan: Any, check_id: str) -> str:
    return next(check.status for check in plan.checks if check.id == check_id)


def submit(kit: Any, plan: Any, **changes: Any) -> Any:
    """Submit a plan as someone does who has read it: the target's name typed, every warning accepted."""
    return kit.submit(plan, **{"confirm": plan.target_name, "accept": plan.warnings, **changes})


def finish(job: Any, **options: Any) -> Any:
    return job.wait(**{"timeout_s": 10, "poll_s": 0.001, "listener": SilentListener(), **options})


def kinds(record: Any) -> list[str]:
    return [event.kind for event in record.events]


def sent(kit: Any) -> int:
    """Count the restore requests that this kit's simulator was sent, effective or not."""
    return sum(request.operation == "RestoreMetadata" for request in kit.simulator.requests)


def effective(kit: Any) -> int:
    """Count the restores that were really started in the world."""
    return len(kit.simulator.effective_restores())


def just_before_sending(kit: Any, action: Callable[[], Any]) -> None:
    """Let something happen after the last look and the claim, right before the restore request leaves."""
    store = kit._context.store
    claim = store.claim

    def claim_then_act(*arguments: Any, **options: Any) -> Any:
        event = claim(*arguments, **options)
        store.claim = claim
        action()
        return event

    store.claim = claim_then_act
