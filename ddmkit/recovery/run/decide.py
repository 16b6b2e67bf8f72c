"""What a person decides about a run: accept a warning, send a step again, say what a lost answer has started."""

from __future__ import annotations

from collections.abc import Iterable

from ddmkit.errors import InputError, NotConfirmedError
from ddmkit.recovery.run.advance import send_step
from ddmkit.recovery.run.change import deletion_of, offer_step_of
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.metadata import restore_step_of
from ddmkit.recovery.run.requests.node import recover_node
from ddmkit.recovery.run.requests.target import create_target
from ddmkit.recovery.run.start import confirm_again, require_confirmed_lately
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import PROVE_NETWORK, PROVE_NODES, RESTORE, TARGET, VERIFY, StepState, node_of
from ddmkit.sending.claim import write_down_not_sent
from ddmkit.sending.log import StepLog
from ddmkit.sending.reconcile import adopt, reconcile
from ddmkit.sending.release import release
from ddmkit.sending.step import Step

__all__ = ["accept_warnings", "adopt_step", "look_again", "may_be_sent_again", "release_step", "send_again", "step_to_send"]

_READING = frozenset({PROVE_NODES, PROVE_NETWORK, VERIFY})
_AGAIN = frozenset({StepState.FREED, StepState.RELEASED})


def step_to_send(view: RecoveryView, name: str, context: RecoveryContext) -> Step:
    """Return a step that was sent, to look for its outcome; raise ``InputError`` for one that sends nothing."""
    node = view.plan.node(node_of(name)) if node_of(name) else None
    if node is not None:
        return recover_node(view.plan, node, context.rds, None)
    if name == TARGET:
        return create_target(view.plan, context.ddm)
    if name == RESTORE:
        return restore_step_of(view, context)
    found = deletion_of(view, name, context) or offer_step_of(view, name, context)
    if found is None:
        sent = ", ".join(step.name for step in view.plan.steps if step.sends)
        raise InputError(f"{name!r} is no step that sends something.", field="step", fix=f"Such steps are: {sent}.")
    return found


def look_again(run_id: str, context: RecoveryContext) -> None:
    """Look for the outcome of every request whose answer was lost; sends nothing.

    Raises ``UnknownOutcomeError`` for the first that nobody can tell.
    """
    write_down_not_sent(context.restore)
    view = context.view(run_id)
    for name, state in view.all_states.items():
        if state in {StepState.SENDING, StepState.UNKNOWN}:
            context.require_own(run_id)
            reconcile(step_to_send(view, name, context), run_id, context.restore)


def accept_warnings(run_id: str, ids: Iterable[str], context: RecoveryContext, *, confirm: str = "") -> None:
    """Record that a person accepts warnings by name, and let the steps that waited for them begin again.

    ``confirm`` is the name of the source, to confirm a run again whose confirmation is older than a day. Raises
    ``InputError`` for an id for which nothing waits.
    """
    context.require_own(run_id)
    if confirm:
        confirm_again(run_id, confirm, context)
    view, wanted = context.view(run_id), tuple(dict.fromkeys([ids] if isinstance(ids, str) else ids))
    waiting = {check.id for check in view.open_warnings}
    unknown = [one for one in wanted if one not in waiting]
    if unknown:
        raise InputError(
            f"nothing waits for {', '.join(unknown)}.",
            field="accept",
            fix=f"Waiting: {', '.join(sorted(waiting)) or 'nothing'}.",
        )
    for name, state in view.states.items():
        asked = _asked_by(view, name) if state is StepState.WAITING else frozenset()
        own = [one for one in wanted if one in asked]
        if own:
            log = StepLog(context.store, run_id, name)
            log.append("accepted", {"operator": context.operator, "accepted": own})


def _asked_by(view: RecoveryView, name: str) -> frozenset[str]:
    """Return the ids of the warnings that a waiting step asks about."""
    last = next((event for event in reversed(view.events_of(name)) if event.kind == "waiting"), None)
    listed = last.data.get("checks") if last is not None else None
    return frozenset(map(str, listed)) if isinstance(listed, list) else frozenset()


def send_again(run_id: str, name: str, confirm: str, context: RecoveryContext) -> None:
    """Send a step once more that was refused or released, with the same name; or prove again what failed.

    Raises:
        NotConfirmedError: The name of the source is missing.
        InputError: The step is not one that may be sent again.
    """
    context.require_own(run_id)
    view = context.view(run_id)
    if confirm != view.plan.source_name:
        raise NotConfirmedError(
            f"Nothing was sent; still missing: confirm={view.plan.source_name!r}, the name of the source.",
            missing=[f"confirm={view.plan.source_name!r}"],
        )
    if view.plan.step(name) is None:
        names = ", ".join(step.name for step in view.plan.steps)
        raise InputError(f"{name!r} is no step of this recovery.", field="step", fix=f"Its steps are: {names}.")
    state = view.state_of(name)
    if not may_be_sent_again(view, name):
        raise InputError(
            f"step {name} is {state}: it is not sent again.",
            field="step",
            fix="A step is sent again after it was refused or released. If the run is to end here, give it up, then make a "
            f"new plan: kit.plan_abandon({run_id!r}, keep=[...]) keeps what a new plan can take.",
        )
    require_confirmed_lately(run_id, context)
    send_step(run_id, name, context)


def may_be_sent_again(view: RecoveryView, name: str) -> bool:
    """Return whether a person may send a step again, or have a failed proof made again; never in a run that is given up."""
    if view.is_given_up:
        return False
    state = view.state_of(name)
    return state in _AGAIN or (state is StepState.FAILED and (name in _READING or not _was_sent(view, name)))


def _was_sent(view: RecoveryView, name: str) -> bool:
    return any(event.kind == "intent" for event in view.events_of(name))


def adopt_step(run_id: str, name: str, identity: str, context: RecoveryContext) -> None:
    """Record a person's decision that this was what a step has started."""
    context.require_own(run_id)
    adopt(step_to_send(context.view(run_id), name, context), run_id, identity, context.restore, operator=context.operator)


def release_step(run_id: str, name: str, *, reason: str, confirm: str, context: RecoveryContext) -> None:
    """Record a person's decision that a step started nothing."""
    context.require_own(run_id)
    write_down_not_sent(context.restore)
    step = step_to_send(context.view(run_id), name, context)
    release(step, run_id, context.restore, reason=reason, confirm=confirm, operator=context.operator)
