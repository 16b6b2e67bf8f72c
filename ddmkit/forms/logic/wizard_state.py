"""The steps of a restore, how each stands, and the one place where what is enabled follows from that.

Nothing here knows a widget or the service: the form hands in what it has (``Standing``) and obeys what comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Controls",
    "Standing",
    "Step",
    "StepState",
    "derive_controls",
    "derive_states",
    "describe_still_to_do",
    "next_step",
    "previous_step",
]


class Step(StrEnum):
    """What a person goes through, in this order."""

    SOURCE = "Source"
    POINT = "Point in time"
    TARGET = "Target"
    CHECK = "Check"
    REVIEW = "Review"
    CONFIRM = "Confirm"
    WATCH = "Watch"
    RESULTS = "Results"


class StepState(StrEnum):
    """How a step stands, in words for the person in front of it.

    - ``to do``: something before it is missing, so it cannot be opened yet.
    - ``ready``: it is open and waits for you.
    - ``working``: the service is being asked, or its job runs; there is nothing to do but look.
    - ``done``: what it asks for is there, and the next step is open. You may go back and change it.
    - ``blocked``: what was found or given stands against going on; the step says what, and how to fix it.
    - ``failed``: its job has ended, and not well; the results say why.
    """

    TO_DO = "to do"
    READY = "ready"
    WORKING = "working"
    DONE = "done"
    BLOCKED = "blocked"
    FAILED = "failed"

    @property
    def symbol(self) -> str:
        """The mark beside the word."""
        return _SYMBOLS[self]


_SYMBOLS = {
    StepState.TO_DO: "○",
    StepState.READY: "▶",
    StepState.WORKING: "…",
    StepState.DONE: "✓",
    StepState.BLOCKED: "✗",
    StepState.FAILED: "✖",
}
_ORDER = tuple(Step)
_RUN_STATES = {
    "running": StepState.WORKING,
    "completed": StepState.DONE,
    "failed": StepState.FAILED,
    "unknown": StepState.BLOCKED,
    "not watched": StepState.BLOCKED,
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the form has so far. ``run`` is the restore's state once it was begun, else empty.

    ``blocked`` names the steps whose input stands against going on, ``working`` the one for which the service is asked.
    """

    has_source: bool = False
    has_point: bool = False
    has_target: bool = False
    is_checked: bool = False
    is_ready: bool = False
    is_accepted: bool = False
    is_reviewed: bool = False
    is_confirmed: bool = False
    blocked: frozenset[Step] = frozenset()
    working: Step | None = None
    run: str = ""


@dataclass(frozen=True)
class Controls:
    """What a person may press in one step."""

    can_open: frozenset[Step]
    can_go_back: bool
    can_go_on: bool
    can_submit: bool


def derive_states(standing: Standing) -> dict[Step, StepState]:
    """Return the state of every step: a step opens when all before it are done."""
    if standing.run:
        return _states_of_run(standing.run)
    done = _what_is_done(standing)
    states: dict[Step, StepState] = {}
    is_open = True
    for step in _ORDER:
        states[step] = _state_of(step, standing, done[step]) if is_open else StepState.TO_DO
        is_open = states[step] is StepState.DONE
    return states


def _what_is_done(standing: Standing) -> dict[Step, bool]:
    return {
        Step.SOURCE: standing.has_source,
        Step.POINT: standing.has_point,
        Step.TARGET: standing.has_target,
        Step.CHECK: standing.is_checked and standing.is_ready and standing.is_accepted,
        Step.REVIEW: standing.is_reviewed,
        # It is done by submitting, and then the run tells how things stand.
        Step.CONFIRM: False,
        Step.WATCH: False,
        Step.RESULTS: False,
    }


def _state_of(step: Step, standing: Standing, is_done: bool) -> StepState:  # noqa: FBT001  # one of two facts of a step
    if standing.working is step:
        return StepState.WORKING
    failed_checks = step is Step.CHECK and standing.is_checked and not standing.is_ready
    if failed_checks or step in standing.blocked:
        return StepState.BLOCKED
    return StepState.DONE if is_done else StepState.READY


def _states_of_run(run: str) -> dict[Step, StepState]:
    states = dict.fromkeys(_ORDER, StepState.DONE)
    states[Step.WATCH] = _RUN_STATES.get(run, StepState.BLOCKED)
    ended = run in {"completed", "failed"}
    states[Step.RESULTS] = StepState.READY if ended else StepState.TO_DO
    return states


def derive_controls(states: Mapping[Step, StepState], current: Step, standing: Standing) -> Controls:
    """Return what is enabled while ``current`` is on the page: the only place that decides it.

    Once a restore was begun the steps before it can still be opened; the form then shows what was sent, to be read.
    """
    reachable = {step for step in _ORDER if states[step] is not StepState.TO_DO}
    is_sent = bool(standing.run)
    is_free = standing.working is None
    after, before = next_step(current), previous_step(current)
    can_read_on = current is Step.REVIEW and states[current] is StepState.READY
    return Controls(
        can_open=frozenset(reachable),
        can_go_back=before in reachable and before is not current,
        can_go_on=(is_sent or (is_free and current is not Step.CONFIRM))
        and after is not current
        and (after in reachable or can_read_on),
        can_submit=is_free and not standing.run and states[Step.CONFIRM] is StepState.READY and standing.is_confirmed,
    )


def next_step(step: Step) -> Step:
    """Return the step after this one; the last gives itself."""
    return _ORDER[min(_ORDER.index(step) + 1, len(_ORDER) - 1)]


def previous_step(step: Step) -> Step:
    """Return the step before this one; the first gives itself."""
    return _ORDER[max(_ORDER.index(step) - 1, 0)]


def describe_still_to_do(states: Mapping[Step, StepState], current: Step, standing: Standing) -> str:
    """Describe what the step on the page still asks for, or nothing."""
    if current is Step.CONFIRM and standing.is_confirmed and not standing.run:
        return "Clicking sends the request immediately. There is no further confirmation."
    return _STILL_TO_DO.get((current, states[current]), "")


_STILL_TO_DO = {
    (Step.SOURCE, StepState.READY): "Choose the source.",
    (Step.POINT, StepState.READY): "Choose a backup or a point in time.",
    (Step.POINT, StepState.BLOCKED): "This time cannot be restored; see the message beside the field.",
    (Step.TARGET, StepState.READY): "Choose a target, and a data node for each of the source's.",
    (Step.TARGET, StepState.BLOCKED): "This target is unavailable; choose another.",
    (Step.CHECK, StepState.READY): "Tick each warning after you have verified it, or check again.",
    (Step.CHECK, StepState.BLOCKED): "A check failed: fix what it names, then check again.",
    (Step.CONFIRM, StepState.READY): "Type the target's name; then the button can be pressed.",
    (Step.WATCH, StepState.BLOCKED): "This needs your attention: see above.",
}
