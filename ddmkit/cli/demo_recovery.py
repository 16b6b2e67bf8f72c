"""The command ``ddmkit demo --recovery``: a whole recovery on a new simulated world, from planning to a verified target.

Nothing is accepted by hand: every proof has to pass. The command itself types the name of the source, which a person would
type after reading the plan.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ddmkit.config.paths import expand
from ddmkit.errors import DDMKitError
from ddmkit.factory import demo
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.kit import Kit

__all__ = ["run_recovery_demonstration"]

_SCENARIO = "whole-incident"


def run_recovery_demonstration(
    place: Path, *, scenario: str | None, edition: str | None = None, say: Callable[[str], None]
) -> dict[str, Any]:
    """Recover the source of a new world in a folder; return the result and the paths of its files.

    Raises ``DDMKitError`` when a person would have to vouch for something, or when the recovery did not complete.
    """
    place = expand(place).absolute()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    world = place / "world.sqlite"
    if world.exists():
        raise DDMKitError(f"{place} already holds a world. Choose an empty folder, or none: the default is a new one.")
    started = time.monotonic()
    with demo(scenario=scenario or _SCENARIO, world=world, edition=edition) as kit:
        run = _recover(kit, say)
        return _write_results(run, place, time.monotonic() - started, say)


def _recover(kit: Kit, say: Callable[[str], None]) -> RecoveryRun:
    facts = kit.scenario
    recovery = kit.plan_recovery(source=facts.source, restore_time=facts.restore_time, incident=facts.incident)
    say(recovery.show().text)
    failed = [check.id for check in recovery.checks if check.status == "fail"]
    if failed:
        raise DDMKitError(f"This scenario cannot be recovered as a whole: see the failed checks above: {', '.join(failed)}.")
    if recovery.warnings:
        raise DDMKitError(
            f"A person would have to vouch for {', '.join(recovery.warnings)}; a demonstration accepts nothing."
        )
    run = kit.recover(
        recovery,
        confirm=recovery.source_name,
        node_password=_new_password,
        purpose="demonstration on the simulator",
    )
    run.wait(timeout_s=300, poll_s=1, say=say)
    say("")
    say(run.show().text)
    return run


def _new_password() -> str:
    """Return a password by the service's rules, for nodes that live as long as this demonstration."""
    return f"Aa1-{secrets.token_hex(12)}"


def _write_results(run: RecoveryRun, place: Path, took_s: float, say: Callable[[str], None]) -> dict[str, Any]:
    record = run.record
    found = run.verification
    report = record.export_page(place / "report.html")
    exported = record.export(place / f"{record.id}.ddmrecord.json")
    say("")
    say(f"Recovered in {took_s:.0f} s; applications connect to {run.address}.")
    for name, path in (("report", report), ("record", exported)):
        say(f"{name + ':':<10}{path}")
    return {
        "state": run.status,
        "record_id": record.id,
        "address": run.address,
        "verified": found is not None and found.passed,
        "accepted": [],
        "took_s": round(took_s, 1),
        "steps": [one.model_dump(mode="json") for one in run.steps],
        "report": str(report),
        "record": str(exported),
    }
