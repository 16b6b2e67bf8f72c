"""Record a person's decision that a step started nothing, or that the service does not know any more what it had started.

Whether a step may be released is measured by the service's own clock, from the headers of its answers. The service's clock
is the only one that sender and releaser share: their machines' clocks may be wrong, a file has no clock, and a database may
be moved to another server.
"""

from __future__ import annotations

from datetime import timedelta

from ddmkit.errors import NotConfirmedError, NotReadyError
from ddmkit.records.runs import RunState
from ddmkit.sending.context import SendingContext
from ddmkit.sending.log import StepLog, StepView
from ddmkit.sending.reconcile import require_undecided
from ddmkit.sending.step import Step
from ddmkit.service.deadline import DEADLINE
from ddmkit.times import format_duration, format_utc

__all__ = ["release"]

# By then the sender has given up, and a job that was started is visible. Before that, finding no job proves nothing.
_SOON = 2 * DEADLINE
# Requests of older versions had no total deadline: many dead addresses or a slow login could take this long.
_WITHOUT_DEADLINE = timedelta(minutes=10)


def release(step: Step, run_id: str, context: SendingContext, *, reason: str, confirm: str, operator: str) -> None:
    """Record a person's decision that a step started nothing, or that its job is gone; its claim is free again.

    The service is read again first.

    Args:
        step: The step.
        run_id: The run of the step.
        context: The store and the clock.
        reason: How the person knows.
        confirm: The exact name that the step asks for.
        operator: The name of the person.

    Raises:
        NotReadyError: The request may still be on its way, or has left a trace, or that cannot be read.
        NotConfirmedError: The reason or the exact name is missing.
        InputError: The step has ended, or was never sent.
    """
    log = StepLog(context.store, run_id, step.name)
    view = log.read()
    is_gone = view.state is RunState.RUNNING
    if not is_gone:
        require_undecided(view, "release")
    missing = [] if reason.strip() else ["reason=..., how you know that nothing was started or that the job is gone"]
    missing += [] if confirm == step.confirm_name else [f"confirm={step.confirm_name!r}, the target's name"]
    if missing:
        raise NotConfirmedError(f"Nothing was released; still missing: {'; '.join(missing)}.", missing=missing)
    gone = step.require_gone(view) if is_gone else None
    _require_time_has_passed(step, view)
    nothing = step.prove_nothing_started(view, is_gone=is_gone)
    facts = {"reason": reason, "operator": operator, "evidence": list(nothing.sentences), "reads": list(nothing.reads)}
    if gone is None:
        log.settle("released", facts, of_intent=view.intent.seq)
        return
    made = {name: one for name, one in (("job_id", view.job_id), ("instance_id", view.instance_id)) if one}
    facts["evidence"] = [*gone.sentences, *nothing.sentences]
    facts["reads"] = [*gone.reads, *nothing.reads]
    log.settle("gone", {**facts, **made}, of_intent=view.intent.seq)


def _require_time_has_passed(step: Step, view: StepView) -> None:
    """Refuse while the newest request may still be on its way, by the service's clock as read now."""
    if step.service.probe().service_date is None:
        raise NotReadyError(
            "Nothing was released: the service did not say what time it is, so nobody can tell whether the request is still "
            "on its way. Try again, and look at proxies on the way if that stays so."
        )
    after = step.release_after if view.intent.data.get("deadline_s") is not None else _WITHOUT_DEADLINE
    if step.service.service_now() - view.sent_at < after:
        minutes = "two minutes" if after == _SOON else format_duration(after)
        raise NotReadyError(
            f"Nothing was released: {view.run.header.owner} began to send this {format_utc(view.sent_at)}, and may still be "
            f"waiting for the answer; {step.a_thing} may appear late, too. Try again in {minutes}."
        )
