"""End a step that rests on checks: passed, failed, or waiting for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ddmkit.errors import NotReadyError
from ddmkit.records.runs import RunState
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.restore.checks.result import CheckResult
from ddmkit.sending.log import StepLog

__all__ = ["checks_allow", "conclude"]


def checks_allow(
    run_id: str,
    step: str,
    checks: Iterable[CheckResult],
    context: RecoveryContext,
    *,
    facts: Mapping[str, Any] | None = None,
) -> bool:
    """Record the results of a step's checks, and return whether the step may go on.

    A failed check fails the step. A warning that nobody has accepted lets it wait. A step that a person sends again stays as
    it is when a check fails: ``NotReadyError`` is raised then.
    """
    found = tuple(checks)
    log = StepLog(context.store, run_id, step)
    log.append("proved", {"checks": [check.model_dump(mode="json") for check in found], **(facts or {})})
    failed = [check for check in found if check.status == "fail"]
    if failed and log.read().state not in {RunState.OPENED, RunState.FAILED}:
        raise NotReadyError(f"Nothing was sent. {_describe(failed)}", checks=found)
    if failed:
        log.settle("failed", {"reason": _describe(failed), "checks": [check.id for check in failed]})
        return False
    accepted = context.view(run_id).accepted
    open_warnings = [check for check in found if check.status == "warn" and check.id not in accepted]
    if open_warnings:
        log.append("waiting", {"reason": _describe(open_warnings), "checks": [check.id for check in open_warnings]})
        return False
    return True


def conclude(run_id: str, step: str, checks: Sequence[CheckResult], context: RecoveryContext, **facts: Any) -> None:
    """Record the results of a proof and end its step: completed when nothing objects."""
    if checks_allow(run_id, step, checks, context, facts=facts):
        StepLog(context.store, run_id, step).settle("completed", {"checks": {check.id: check.status for check in checks}})


def _describe(checks: Sequence[CheckResult]) -> str:
    return " ".join(f"{check.detail} {check.hint} ({check.id})" for check in checks)
