"""What happens when the target of a restore is claimed already: follow the same restore, or name the owner of another."""

from __future__ import annotations

from contextlib import suppress
from typing import NoReturn

from ddmkit.errors import BusyError, RecordError
from ddmkit.records.runs import Claim, ClaimConflict
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.plan import RestorePlan
from ddmkit.sending.reports import add_unwritten
from ddmkit.times import format_ago, format_utc

__all__ = ["require_free_target", "yield_to_first"]


def yield_to_first(plan: RestorePlan, run_id: str, context: RestoreContext, conflict: ClaimConflict) -> str:
    """Return the id of the run that claimed first, when it makes the same restore; raise ``BusyError`` otherwise."""
    if conflict.run_id == run_id:
        return run_id  # another thread or kernel is sending this very plan
    other = context.store.get(conflict.run_id)
    if plan.digest != other.header.digest or other.state.is_settled:
        _refuse_second(plan, Claim(conflict.run_id, conflict.owner, conflict.at, conflict.step), run_id, context)
    with suppress(RecordError):
        context.store.settle(run_id, "refused", {"reason": f"The same restore is run {other.id}.", "run": other.id})
    return other.id


def require_free_target(plan: RestorePlan, run_id: str, context: RestoreContext) -> None:
    """Raise ``BusyError`` when a different restore to the target is open; the claim finds an equal one."""
    holder = context.store.holder(plan.identity.project_id, plan.request.target_instance_id)
    if holder is not None and context.store.get(holder.run_id).header.digest != plan.digest:
        _refuse_second(plan, holder, run_id, context)


def _refuse_second(plan: RestorePlan, first: Claim, run_id: str, context: RestoreContext) -> NoReturn:
    other = context.store.get(first.run_id)
    step = f", step={first.step!r}" if first.step else ""
    name = plan.target_name if first.step else other.header.target_name
    error = BusyError(
        f"Another restore to {plan.target_name} is open: run {other.id}, {other.state}, by {first.owner}, begun "
        f"{format_utc(first.at)} ({format_ago(first.at, context.now())}). Nothing was sent. Wait for it with "
        f"kit.resume({other.id!r}); if its owner is gone, that also finds out what became of it, and "
        f"kit.release({other.id!r}, reason=..., confirm={name!r}{step}) frees the target when nothing was "
        "started, or when the service does not know the job any more.",
        started=False,
    )
    try:
        context.store.settle(run_id, "refused", {"reason": str(error), "run": other.id})
    except RecordError as unwritten:
        add_unwritten(error, unwritten)
    error.record = run_id
    raise error
