"""Go on with a run until it has ended or a person is needed: follow what was sent, send what may start, round by round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import takewhile

from pydantic import BaseModel, ConfigDict

from ddmkit.errors import AuthError, InputError, ServiceError, UnreachableError
from ddmkit.records.runs import RunState
from ddmkit.recovery.offers import OFFER_TITLES, OFFERS, Offer, make_offers
from ddmkit.recovery.run.advance import advance
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.decide import look_again, may_be_sent_again
from ddmkit.recovery.run.follow import follow_once, running_steps
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import PROVE_NETWORK, PROVE_NODES, RESTORE, TARGET, StepState, node_of

__all__ = ["StepStanding", "describe_steps", "drive", "offers_of", "what_stops"]

# Source: rds-api.md 3.
_CAUSES_OF_A_NODE = (
    "If that does not tell the cause: RDS cannot recover a node when the binary log was reset after the full backup, when "
    "the storage is full, or when the account is in arrears."
)
_SHOWN = {StepState.OPENED: "planned", StepState.FREED: "failed"}


class StepStanding(BaseModel):
    """How one step stands. ``reason`` says why it failed or waits, ``made`` is the id of the instance or the job.

    ``may_be_sent_again`` says whether ``kit.send_again`` would send it.
    """

    model_config = ConfigDict(frozen=True)

    step: str
    title: str
    state: str
    since: datetime | None = None
    proof: str = ""
    reason: str = ""
    made: str = ""
    may_be_sent_again: bool = False


def describe_steps(view: RecoveryView) -> tuple[StepStanding, ...]:
    """Return how every step stands, planned ones in order, then those that were added."""
    titles = OFFER_TITLES | {step.name: step.title for step in view.plan.steps}
    return tuple(_describe_step(view, name, titles.get(name, name)) for name in view.all_states)


def _describe_step(view: RecoveryView, name: str, title: str) -> StepStanding:
    state = view.state_of(name)
    reason = "" if state in {StepState.COMPLETED, StepState.OPENED} else _find_reason(view, name)
    return StepStanding(
        step=name,
        title=title,
        state=_SHOWN.get(state, str(state)),
        since=view.since(name),
        proof=_describe_proof(view, name),
        reason=reason,
        made=view.made_by(name) or view.step(name).job_id,
        may_be_sent_again=may_be_sent_again(view, name),
    )


def _find_reason(view: RecoveryView, name: str) -> str:
    """Return the newest reason since the step was last sent: what an earlier request was refused for is over."""
    since = takewhile(lambda event: event.kind != "intent", reversed(view.events_of(name)))
    return next((str(event.data["reason"]) for event in since if event.data.get("reason")), "")


def _describe_proof(view: RecoveryView, name: str) -> str:
    """Return what a step rests on, in a few words."""
    completed = next((event.data for event in reversed(view.events_of(name)) if event.kind == "completed"), None)
    if completed is None:
        return ""
    checks = completed.get("checks")
    if isinstance(checks, Mapping):
        statuses = list(checks.values())
        accepted = sum(status == "warn" for status in statuses)
        return f"{statuses.count('pass')} of {len(statuses)} passed" + (f", {accepted} accepted" if accepted else "")
    job = completed.get("job")
    if isinstance(job, Mapping):
        return f"job {job.get('id')} {job.get('status')}"
    return str(completed.get("note") or completed.get("status") or "")


def what_stops(view: RecoveryView) -> tuple[str, bool]:
    """Return why a run does not go on, and whether a person decides; empty when nothing stops it."""
    if view.run.state is RunState.ABANDONED:
        return "The recovery was given up: nothing more is sent for it.", False
    if view.is_given_up:
        finish = f"kit.plan_abandon({view.run.id!r})"
        return f"The recovery is being given up: a deletion was sent, and nothing else is. Finish that: {finish}.", False
    for name, state in view.states.items():
        step = _describe_step(view, name, name)
        if state is StepState.WAITING:
            ids = [check.id for check in view.open_warnings]
            how = f" Accept by name: kit.accept({view.run.id!r}, {ids!r})." if ids else ""
            return f"The recovery waits for a person at step {name}: {step.reason}{how}", True
        if state in {StepState.FAILED, StepState.FREED, StepState.RELEASED}:
            return f"The recovery stopped: step {name} {step.state}. {step.reason} {_describe_way_on(view, step)}", False
    return "", False


def _describe_way_on(view: RecoveryView, step: StepStanding) -> str:
    """Say what a person can do about a step that has ended and is not completed."""
    again = f"kit.send_again({view.run.id!r}, step={step.step!r}, confirm={view.plan.source_name!r})"
    if step.may_be_sent_again and step.step not in {PROVE_NODES, PROVE_NETWORK}:
        return f"Send it again: {again}."
    was_restored_to = view.state_of(RESTORE) is not StepState.OPENED  # a new plan needs an empty target
    names = [name for name in view.states if node_of(name) or (name == TARGET and not was_restored_to)]
    made = [view.made_by(name) for name in names if view.state_of(name) is StepState.COMPLETED]
    first = f"Once the cause is mended, prove it again: {again}. Or" if step.may_be_sent_again else "It is not sent again:"
    if node_of(step.step):
        first = f"{_CAUSES_OF_A_NODE} {first}"
    keep = f", keep={made!r}" if made else ""
    taken = " A new plan can take what is kept, with nodes= and target=: leave out what is wrong." if made else ""
    return f"{first} give this run up, then make a new plan: kit.plan_abandon({view.run.id!r}{keep}).{taken}"


def offers_of(view: RecoveryView) -> tuple[Offer, ...]:
    """Return what a person may do now."""
    plan = view.plan
    states = {name: view.state_of(name) for name in OFFERS}
    return make_offers(
        plan.identity.project_id,
        (plan.source_id, plan.source_name),
        (view.target_id, plan.target.name),
        states,
        is_restored=view.state_of(RESTORE) is StepState.COMPLETED,
    )


def drive(
    run_id: str,
    context: RecoveryContext,
    *,
    timeout_s: float,
    poll_s: float,
    say: Callable[[str], object],
    monotonic: Callable[[], float],
) -> bool:
    """Go on until the run has ended or a person is needed; return whether that came before the time was over.

    A list that cannot be read is read again in the next round. Raises ``InputError`` where nothing may be sent and a step is
    due: that step stays as it is, for a program that may send.
    """
    started, told = monotonic(), dict[str, str]()
    while True:
        look_again(run_id, context)
        view = context.view(run_id) if context.only_reads else advance(run_id, context)
        _tell(view, told, say)
        if not running_steps(view):
            if context.only_reads and view.ready_steps:
                raise InputError(
                    f"this kit only reads: the next step, {view.ready_steps[0]}, is not begun here.",
                    field="read_only",
                    fix=f"Go on with a kit without read_only=True: kit.resume({run_id!r}).",
                )
            if view.ready_steps:
                continue
            return True
        if monotonic() - started >= timeout_s:
            return False
        context.sleep(poll_s)
        try:
            follow_once(run_id, context)
        except AuthError:
            raise
        except (ServiceError, UnreachableError) as error:
            say(f"! not read, trying again: {error}")


def _tell(view: RecoveryView, told: dict[str, str], say: Callable[[str], object]) -> None:
    """Say each step whose state has changed."""
    for one in describe_steps(view):
        if one.state != told.get(one.step, "planned"):
            told[one.step] = one.state
            more = f" ({one.reason})" if one.reason else f" ({one.made})" if one.made else ""
            say(f"{one.since:%H:%M:%S} {one.step}: {one.state}{more}" if one.since else f"{one.step}: {one.state}{more}")
