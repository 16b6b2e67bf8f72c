"""What a page says when it stops before submitting: which words of a person are missing, and what stands in the way."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ddmkit.display.html import Fragment
from ddmkit.errors import InputError
from ddmkit.guide.layout import describe_lines
from ddmkit.handles.records import RecordRow
from ddmkit.records.runs import UNSETTLED, RunState
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.plan import RestorePlan

__all__ = ["REACHED", "describe_not_ready", "describe_stopped", "may_submit", "word_missing"]

REACHED = UNSETTLED | {RunState.COMPLETED, RunState.FAILED}
"""The states of a restore whose request has reached the service, or may have."""


def may_submit(plan: RestorePlan, earlier: RecordRow | None) -> bool:
    """Describe whether a page may hand its plan over, given the newest restore of the same digest that reached the service.

    An open one is taken up by the engine, whatever its checks say now: it is this very restore that they meet. A completed
    one is not repeated: a page copied from last month still holds its person's word, whatever has become of the target.
    """
    if earlier is not None and earlier.state in UNSETTLED:
        return True
    return plan.ready and not _is_done(earlier)


def _is_done(earlier: RecordRow | None) -> bool:
    return earlier is not None and earlier.state == RunState.COMPLETED


def word_missing(plan: RestorePlan, *, confirm: str, digest: str, accept: Sequence[str]) -> list[str]:
    """Return the parameters that a person has still to say for this very plan, as lines to fill in.

    Raises ``InputError`` when ``accept`` names something that is no check.
    """
    known = {check.id for check in plan.checks}
    for index, name in enumerate(accept):
        if name not in known:
            raise InputError(
                f"{name!r} is no check.",
                field=f"accept[{index}]",
                fix=f"Warnings of this plan: {', '.join(plan.warnings) or 'none'}.",
            )
    wanted = {"confirm": (confirm, plan.target_name), "digest": (digest, plan.digest)}
    missing = [
        f"{name} = {right!r}" + (f"  (it is {given!r})" if given else "")
        for name, (given, right) in wanted.items()
        if given != right
    ]
    if not set(plan.warnings) <= set(accept):
        missing.append(f"accept = {json.dumps(list(plan.warnings))}  (each warning, if you have verified it)")
    return missing


def describe_stopped(plan: RestorePlan, missing: Sequence[str], earlier: RecordRow | None) -> Fragment:
    """Describe that nothing was submitted, why, and what to do."""
    tried = [] if earlier is None else [_describe_earlier(earlier)]
    if not plan.ready:
        why = f"Nothing was submitted: the plan is not ready ({', '.join(plan.failed)}). See the checks above."
        return describe_lines(why, *tried)
    if _is_done(earlier):
        why = "Nothing was submitted: a page does not repeat a restore that was completed."
        return describe_lines(why, *tried, "If you mean to do it once more, use the form of 00_guided_restore.ipynb.")
    if not missing:
        return describe_lines("Nothing was submitted.", *tried)
    return describe_lines(
        "Nothing was submitted. To restore, read the plan above, set these parameters at the top, and run again:",
        *missing,
        *tried,
    )


def describe_not_ready(checks: Sequence[CheckResult]) -> Fragment:
    """Describe which checks failed and how to fix each."""
    failed = [check for check in checks if check.status == "fail"]
    head = "Not ready: 1 check failed." if len(failed) == 1 else f"Not ready: {len(failed)} checks failed."
    said = [f"- {check.title} ({check.id}): {check.detail} {check.hint}".rstrip() for check in failed]
    return describe_lines(f"{head} Nothing was sent. Fix this, then run again:", *said)


def _describe_earlier(row: RecordRow) -> str:
    return (
        f"This very restore was submitted before: record {row.id}, {row.state}, by {row.operator}. "
        f'03_job_results.ipynb shows it with record = "{row.id}".'
    )
