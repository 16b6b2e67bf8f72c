"""Give a recovery up: list what it created, and delete it when a person has typed the count."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from ddmkit.errors import InputError, NotConfirmedError, NotReadyError
from ddmkit.models import Instance
from ddmkit.records.steps import DELETION, is_deletion
from ddmkit.recovery.abandon import AbandonItem, AbandonPlan, Made, Present, make_abandon_plan, why_not_abandoned
from ddmkit.recovery.run.change import delete_step
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.follow import follow_once, running_steps
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import RESTORE, TARGET, StepState, node_of
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.sending.claim import write_down_not_sent
from ddmkit.sending.log import StepLog
from ddmkit.sending.reports import told_as_busy
from ddmkit.sending.send import carry_out

__all__ = ["carry_out_abandon", "list_created"]

_ROUNDS = 360
_POLL_S = 10.0
# A new instance becomes visible late; after this time it was not made, as for a release.
_LISTED_WITHIN = timedelta(minutes=15)


def list_created(run_id: str, context: RecoveryContext, *, keep: Collection[str] = ()) -> AbandonPlan:
    """Return what a recovery created, as it is now, and what of it may be deleted; ``keep`` are the ids of what stays.

    Raises ``InputError`` for an imported run, and ``NotReadyError`` when the new instances may be in use, or while a step is
    on its way.
    """
    context.require_own(run_id)
    view = context.view(run_id)
    why = why_not_abandoned(view.state_of(RESTORE), throwaway=view.plan.throwaway, source_name=view.plan.source_name)
    if why:
        raise NotReadyError(f"The recovery is not given up: {why}")
    undecided = [name for name, state in view.all_states.items() if state in {StepState.SENDING, StepState.UNKNOWN}]
    if undecided:
        raise NotReadyError(
            f"The recovery is not given up while nobody knows what became of {', '.join(undecided)}: look for it with "
            f"kit.resume({run_id!r}), then adopt or release it."
        )
    listed = _present(view, context)
    _require_listed(view, listed, context)
    return make_abandon_plan(
        view.run.id,
        view.plan.source_name,
        _made(view),
        listed,
        now=context.restore.service_now(),
        keep=keep,
    )


def _require_listed(view: RecoveryView, listed: Collection[Present], context: RecoveryContext) -> None:
    """Refuse while an instance that was just requested is not listed yet: it would be billed, and on no list."""
    names, now = {one.name for one in listed} | {one.id for one in listed}, context.restore.service_now()
    late = [
        one.name
        for one in _made(view)
        if view.state_of(one.step) is StepState.RUNNING
        and not names & {one.name, one.instance_id}
        and now - one.sent_at < _LISTED_WITHIN
    ]
    if late:
        raise NotReadyError(
            f"The recovery is not given up yet: {', '.join(late)} was requested and is not listed so far. Look again in a "
            f"minute: kit.plan_abandon({view.run.id!r}). 15 minutes after the request it counts as not made."
        )


def _made(view: RecoveryView) -> Iterable[Made]:
    for step in view.plan.steps:
        kind = "target" if step.name == TARGET else "node" if node_of(step.name) else ""
        sent = [event for event in view.events_of(step.name) if event.kind == "intent"]
        if kind and sent:
            yield Made(
                step=step.name,
                kind="target" if kind == "target" else "node",
                name=step.creates,
                sent_at=view.step(step.name).first_sent_at,
                instance_id=view.made_by(step.name),
            )


def _present(view: RecoveryView, context: RecoveryContext) -> list[Present]:
    """Read both lists, and of every DDM instance which data nodes its schemas use."""
    instances, nodes = context.ddm.list_instances(), context.rds.list_instances()
    own = {one.instance_id for one in _made(view)}
    attached = {one.id for one in nodes if one.id in own and one.associated_with_ddm is not False}
    users = _users_of(attached, instances, context) if attached else {}
    held = {} if view.plan.throwaway else {one.id: _schemas_of(one, context) for one in instances if one.id in own}
    targets = [_present_target(one, held.get(one.id, ())) for one in instances]
    return [*targets, *(_present_node(one, users.get(one.id, ())) for one in nodes)]


def _users_of(node_ids: set[str], instances: Iterable[Instance], context: RecoveryContext) -> dict[str, tuple[str, ...]]:
    """Return the DDM instances whose schemas use these nodes."""
    found: dict[str, tuple[str, ...]] = {}
    for instance in instances:
        used = {node.id for schema in context.ddm.list_schemas(instance.id) for node in schema.used_rds}
        for node_id in used & node_ids:
            found[node_id] = (*found.get(node_id, ()), instance.id)
    return found


def _schemas_of(instance: Instance, context: RecoveryContext) -> tuple[str, ...]:
    return tuple(schema.name for schema in context.ddm.list_schemas(instance.id))


def _present_target(one: Instance, schemas: tuple[str, ...]) -> Present:
    return Present(id=one.id, name=one.name, kind="target", created=one.created, schemas=schemas)


def _present_node(one: NodeInstance, users: tuple[str, ...]) -> Present:
    return Present(
        id=one.id,
        name=one.name,
        kind="node",
        created=one.created,
        charge_mode=one.charge_mode,
        is_attached=one.associated_with_ddm,
        attached_to=users,
    )


def carry_out_abandon(todo: AbandonPlan, confirm: str, context: RecoveryContext) -> str:
    """Delete what the list says, the target first, each as a claimed step; return the id of the run.

    A deletion that is refused or unknown stops the rest.

    Raises:
        NotConfirmedError: The count was not typed.
        NotReadyError: The list has changed since it was shown, or a step is on its way.
        ServiceError: A deletion was refused; the rest stays.
        UnknownOutcomeError: The answer to a deletion was lost; the rest stays.
    """
    run_id = todo.record_id
    _require_confirmed(todo, confirm)
    write_down_not_sent(context.restore)
    again = list_created(run_id, context, keep=todo.keep)
    if [item.id for item in again.deletable] != [item.id for item in todo.deletable]:
        raise NotReadyError(
            f"Nothing was deleted: what can be deleted has changed since the list was shown. Look again: "
            f"kit.plan_abandon({run_id!r})."
        )
    deleted = [item.id for item in again.deletable]
    # Sent by an earlier attempt, which did not see the end. What they delete may have left the lists since.
    under_way = [name for name in running_steps(context.view(run_id)) if is_deletion(name)]
    for item in again.deletable:
        _delete(run_id, item, context)
    ended = {name.removeprefix(DELETION): _follow_to_end(run_id, name, context) for name in under_way}
    deleted += [one for one, state in ended.items() if state is StepState.COMPLETED and one not in deleted]
    _end_running(run_id, context)
    context.store.abandon(
        run_id,
        {
            "operator": context.operator,
            "deleted": deleted,
            "kept": [one for one in again.keep if one not in deleted],
            "left": [{"id": item.id, "name": item.name, "why": item.why_not} for item in again.items if item.why_not],
        },
    )
    return run_id


def _end_running(run_id: str, context: RecoveryContext) -> None:
    """End the steps whose work went on when the run was given up."""
    for name, state in context.view(run_id).states.items():
        if state is StepState.RUNNING:
            StepLog(context.store, run_id, name).settle("failed", {"reason": "the run was given up while this went on"})


def _require_confirmed(todo: AbandonPlan, confirm: str) -> None:
    wanted = todo.confirmation
    if wanted and confirm != wanted:
        raise NotConfirmedError(
            f"Nothing was deleted; still missing: confirm={wanted!r}, after a look at the list.",
            missing=[f"confirm={wanted!r}"],
        )


def _delete(run_id: str, item: AbandonItem, context: RecoveryContext) -> None:
    view = context.view(run_id)
    step = delete_step(view, item.kind, item.id, item.name, context)
    state = view.state_of(step.name)
    if state is StepState.COMPLETED:
        return
    if state is StepState.FAILED:
        raise NotReadyError(
            f"The job that was to delete {item.name} ({item.id}) failed; the rest stays. Delete it in the console."
        )
    if state is not StepState.RUNNING:
        is_again = any(event.kind == "intent" for event in view.events_of(step.name))
        with told_as_busy(run_id):
            carry_out(step, run_id, context.restore, operator=context.operator, again=is_again)
    _wait_until_gone(run_id, step.name, context)


def _wait_until_gone(run_id: str, name: str, context: RecoveryContext) -> None:
    """Follow a deletion until it has completed: the nodes are free only when the target is gone."""
    state = _follow_to_end(run_id, name, context)
    if state is not StepState.COMPLETED:
        raise InputError(
            f"the deletion {name} is {state}; the rest stays.",
            field="record",
            fix=f"Look at it: kit.resume({run_id!r}).",
        )


def _follow_to_end(run_id: str, name: str, context: RecoveryContext) -> StepState:
    """Follow a deletion that was sent, and return how it ended."""
    for _ in range(_ROUNDS):
        follow_once(run_id, context)
        view = context.view(run_id)
        if name not in running_steps(view):
            return view.state_of(name)
        context.sleep(_POLL_S)
    raise NotReadyError(f"The deletion {name} goes on; the rest stays until it has ended. Call kit.abandon again later.")
