"""Decide whether a page may submit a plan. If not, say which confirmations are missing or which checks failed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from ddmkit.display.html import Fragment
from ddmkit.errors import InputError
from ddmkit.guide.layout import describe_lines
from ddmkit.handles.records import RecordRow
from ddmkit.records.runs import UNSETTLED, RunState
from ddmkit.recovery.plan import RecoveryPlan
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.plan import RestorePlan

__all__ = [
    "describe_earlier",
    "describe_not_ready",
    "describe_stopped",
    "find_earlier",
    "may_submit",
    "missing_confirmation",
]

# States of a restore whose request has reached the service, or may have.
_REACHED = UNSETTLED | {RunState.COMPLETED, RunState.FAILED}


def find_earlier(rows: Iterable[RecordRow], plan: RestorePlan | RecoveryPlan) -> RecordRow | None:
    """Return the first row of records, newest first, with the plan's digest whose requests may have reached the service.

    An imported record does not count.
    """
    same = (row for row in rows if (row.service, row.digest) == (plan.identity.service, plan.digest))
    return next((row for row in same if row.state in _REACHED and not row.imported), None)


def may_submit(plan: RestorePlan, earlier: RecordRow | None) -> bool:
    """Return whether a page may submit its plan, given the newest restore with the same digest that reached the service.

    An open restore may always be submitted: the kit resumes it, and the checks now see that restore itself. A completed one
    may not: a page copied from last month still holds its confirmation, whatever has become of the target.
    """
    if earlier is not None and earlier.state in UNSETTLED:
        return True
    return plan.ready and not _is_done(earlier)


def _is_done(earlier: RecordRow | None) -> bool:
    return earlier is not None and earlier.state == RunState.COMPLETED


def missing_confirmation(
    plan: RestorePlan | RecoveryPlan, *, name: str, confirm: str, digest: str, accept: Sequence[str]
) -> list[str]:
    """Return the confirmations that are still missing for this plan, as lines to fill in.

    ``name`` is what ``confirm`` must be: the name of the target of a restore, or of the source of a recovery. Raises
    ``InputError`` when ``accept`` holds an id that no check has.
    """
    known = {check.id for check in plan.checks}
    for index, accepted in enumerate(accept):
        if accepted not in known:
            raise InputError(
                f"{accepted!r} is not a check.",
                field=f"accept[{index}]",
                fix=f"Warnings of this plan: {', '.join(plan.warnings) or 'none'}.",
            )
    required = {"confirm": (confirm, name), "digest": (digest, plan.digest)}
    missing = [
        f"{parameter} = {right!r}" + (f"  (it is {given!r})" if given else "")
        for parameter, (given, right) in required.items()
        if given != right
    ]
    if not set(plan.warnings) <= set(accept):
        missing.append(f"accept = {json.dumps(list(plan.warnings))}  (each warning, if you have verified it)")
    return missing


def describe_stopped(plan: RestorePlan, missing: Sequence[str], earlier: RecordRow | None) -> Fragment:
    """Say that nothing was submitted, why, and what to do."""
    before = [] if earlier is None else [describe_earlier(earlier)]
    if not plan.ready:
        reason = f"Nothing was submitted: the plan is not ready ({', '.join(plan.failed)}). See the checks above."
        return describe_lines(reason, *before)
    if _is_done(earlier):
        reason = "Nothing was submitted: a page does not repeat a restore that was completed."
        return describe_lines(reason, *before, "To restore once more on purpose, use the form in 00_guided_restore.ipynb.")
    if not missing:
        return describe_lines("Nothing was submitted.", *before)
    return describe_lines(
        "Nothing was submitted. To restore, read the plan above, set these parameters at the top, and run again:",
        *missing,
        *before,
    )


def describe_not_ready(checks: Sequence[CheckResult]) -> Fragment:
    """Describe which checks failed and how to fix each."""
    failed = [check for check in checks if check.status == "fail"]
    head = "Not ready: 1 check failed." if len(failed) == 1 else f"Not ready: {len(failed)} checks failed."
    lines = [f"- {check.title} ({check.id}): {check.detail} {check.hint}".rstrip() for check in failed]
    return describe_lines(f"{head} Nothing was sent. Fix this, then run again:", *lines)


def describe_earlier(row: RecordRow) -> str:
    """Say which restore or recovery of the same digest is on record."""
    what = "restore" if row.kind == "restore" else "recovery"
    return (
        f"The same {what} was submitted before: record {row.id}, {row.state}, by {row.operator}. "
        f'03_job_results.ipynb shows it with record = "{row.id}".'
    )
