"""Send what may start now, and nothing else: at most once each, in the order of the plan.

Facts are read again before each claim. The first request for a node goes alone; the others follow four at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from ddmkit.errors import DDMKitError, RecordError
from ddmkit.records.runs import ClaimConflict
from ddmkit.recovery.run.before_claim import check_before_node, check_before_target
from ddmkit.recovery.run.conclude import checks_allow
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.metadata import send_restore
from ddmkit.recovery.run.prove import prove_network, prove_nodes
from ddmkit.recovery.run.refresh import refresh_nodes
from ddmkit.recovery.run.requests.node import recover_node
from ddmkit.recovery.run.requests.target import create_target
from ddmkit.recovery.run.start import require_confirmed_lately
from ddmkit.recovery.run.verify import verify
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import (
    PROVE_NETWORK,
    PROVE_NODES,
    REFRESH,
    RESTORE,
    TARGET,
    VERIFY,
    StepState,
    node_of,
)
from ddmkit.sending.claim import write_down_not_sent
from ddmkit.sending.log import StepLog
from ddmkit.sending.reports import add_to_message, told_as_busy
from ddmkit.sending.send import carry_out

__all__ = ["NO_PASSWORD", "advance", "drop_password", "send_step"]

NO_PASSWORD = "node-password"  # noqa: S105  # the name of what is missing, not a password
"""What a step for a node waits for when no password is known."""

_READS = {PROVE_NODES: prove_nodes, PROVE_NETWORK: prove_network, REFRESH: refresh_nodes, VERIFY: verify}


def advance(run_id: str, context: RecoveryContext) -> RecoveryView:
    """Carry out every step that may start now, until none may; return what the record says then.

    Raises:
        NotConfirmedError: The run was confirmed more than a day ago.
        ServiceError: The service refused a request; the step has failed, and nothing new is sent.
        UnknownOutcomeError: An answer was lost, and no single trace fits.
        RecordError: The record cannot be read or written.
    """
    context.require_own(run_id)
    write_down_not_sent(context.restore)
    tried: set[str] = set()
    while True:
        view = context.view(run_id)
        if _take_up_password(view, context):
            view = context.view(run_id)
        drop_password(view, context)
        ready = [name for name in view.ready_steps if name not in tried]
        if not ready:
            return view
        require_confirmed_lately(run_id, context)
        nodes = [name for name in ready if node_of(name)]
        chosen = nodes or ready[:1]
        tried |= {name for name in chosen if not node_of(name)}
        _carry_out_all(run_id, chosen, context)
        if nodes:
            view = context.view(run_id)
            if all(view.state_of(name) is StepState.OPENED for name in nodes):
                return view  # another kernel holds what they claim


def _take_up_password(view: RecoveryView, context: RecoveryContext) -> bool:
    """Let nodes that waited for the password start, now that it is known; return whether there were any."""
    waiting = [name for name, state in view.states.items() if state is StepState.WAITING and node_of(name)]
    if not waiting or context.password.get() is None:
        return False
    for name in waiting:
        StepLog(context.store, view.run.id, name).append(
            "accepted", {"operator": context.operator, "given": NO_PASSWORD, "accepted": []}
        )
    return True


def drop_password(view: RecoveryView, context: RecoveryContext) -> None:
    """Forget the password once no node is to be requested any more."""
    undone = {StepState.OPENED, StepState.SENDING, StepState.UNKNOWN, StepState.WAITING}
    if not any(node_of(name) and state in undone for name, state in view.states.items()):
        context.password.drop()


def _carry_out_all(run_id: str, names: Sequence[str], context: RecoveryContext) -> None:
    """Carry out steps at the same time; when some fail, all are finished first, and the first error is raised."""
    if len(names) == 1:
        send_step(run_id, names[0], context)
        return
    with ThreadPoolExecutor(len(names)) as pool:
        running = [pool.submit(send_step, run_id, name, context) for name in names]
        errors = [one.exception() for one in running]
    known = [error for error in errors if error is not None]
    if known:
        raise next((error for error in known if not isinstance(error, DDMKitError)), known[0])


def send_step(run_id: str, name: str, context: RecoveryContext) -> None:
    """Carry out one step; a step that another kernel claimed first is left to that kernel."""
    try:
        if node_of(name):
            _send_node(run_id, name, context)
        elif name == TARGET:
            _send_target(run_id, context)
        elif name == RESTORE:
            send_restore(run_id, context)
        else:
            _READS[name](run_id, context)
    except ClaimConflict as conflict:
        if conflict.run_id != run_id:
            with told_as_busy(run_id):
                raise
    except DDMKitError as error:
        error.record = error.record or run_id
        _say_how_to_go_on(error, run_id, name, context)
        raise


def _say_how_to_go_on(error: DDMKitError, run_id: str, name: str, context: RecoveryContext) -> None:
    """Name the way on in the error of a step that the service refused: this run goes on, no new plan is needed."""
    with suppress(RecordError):  # a store that fails now must not replace the refusal
        view = context.view(run_id)
        if view.state_of(name) is StepState.FREED:
            again = f"kit.send_again({run_id!r}, step={name!r}, confirm={view.plan.source_name!r})"
            give_up = f"kit.plan_abandon({run_id!r})"
            way_on = f"once the cause has ended, send the step again with {again}; or give it up: {give_up}."
            add_to_message(error, f"This recovery goes on: {way_on}")


def _send_node(run_id: str, name: str, context: RecoveryContext) -> None:
    view = context.view(run_id)
    node = view.plan.node(node_of(name))
    assert node is not None  # noqa: S101  # a step of the plan is of a node of the plan
    password = context.password.get()
    if password is None:
        reason = "The password of the new nodes is not known here: kit.resume(record, node_password=...)."
        StepLog(context.store, run_id, name).append("waiting", {"reason": reason, "missing": NO_PASSWORD})
        return
    if not checks_allow(run_id, name, check_before_node(view, node, context), context):
        return
    step = recover_node(view.plan, node, context.rds, password)
    carry_out(step, run_id, context.restore, operator=context.operator, again=_was_sent(view, name))


def _send_target(run_id: str, context: RecoveryContext) -> None:
    view = context.view(run_id)
    if not checks_allow(run_id, TARGET, check_before_target(view, context), context):
        return
    step = create_target(view.plan, context.ddm)
    carry_out(step, run_id, context.restore, operator=context.operator, again=_was_sent(view, TARGET))


def _was_sent(view: RecoveryView, name: str) -> bool:
    """Return whether a step was sent before: it begins once more only after a person said so."""
    return any(event.kind == "intent" for event in view.events_of(name))
