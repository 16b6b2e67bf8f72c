"""The steps of a run, and how the state of the run follows from theirs.

A restore is a run of one request: its events have plain kinds (``intent``, ``answered``) and its step has no name. A run of
another kind has several steps. Their events have the same kinds with a prefix, such as ``step-intent``, and name their step
in ``data.step``. The rules between the states are those of a run (``runs``), for each step alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ddmkit.records.events import Event
from ddmkit.records.runs import JOB_KINDS, STATE_AFTER, UNDECIDED, RunState

__all__ = [
    "DELETION",
    "MAKING_KINDS",
    "OWNING_KINDS",
    "STEP_STATE_AFTER",
    "events_of_step",
    "full_kind",
    "ids_made",
    "is_deletion",
    "is_given_up",
    "last_intent",
    "names_of_planned_steps",
    "restore_key",
    "rival_key",
    "split_by_step",
    "state_after",
    "state_of_step",
    "state_of_steps",
    "states_of_steps",
    "without_prefix",
]

_PREFIX = "step-"
DELETION = "delete:"
"""How the name of a step begins that deletes an instance."""
# The states of a step, by its kind without prefix. ``waiting`` needs a person, and ``accepted`` is that person's word.
_STATES: Mapping[str, RunState] = {
    **{kind: state for kind, state in STATE_AFTER.items() if not kind.startswith("run-")},
    "waiting": RunState.WAITING,
    "accepted": RunState.OPENED,
}
STEP_STATE_AFTER: Mapping[str, RunState] = {f"{_PREFIX}{kind}": state for kind, state in _STATES.items()}
"""The state of a step after an event of each kind that changes it."""
MAKING_KINDS = JOB_KINDS | {"made"}
"""The kinds, without prefix, that name what a request started; ``made`` names what its answer did not."""
OWNING_KINDS = JOB_KINDS | {f"{_PREFIX}{kind}" for kind in MAKING_KINDS}
"""The kinds of event that name the job, or the instance, that a request started."""


def full_kind(kind: str, step: str) -> str:
    """Return the kind of an event as it is on the record: the same for a restore, with a prefix for a step of a run."""
    return f"{_PREFIX}{kind}" if step else kind


def is_deletion(step: str) -> bool:
    """Return whether a step deletes what its run has made: its name is ``delete:`` and the id of the instance."""
    return step.startswith(DELETION)


def is_given_up(events: Iterable[Event]) -> bool:
    """Return whether a run was given up, or is being given up: a deletion was sent. Then nothing else is sent for it."""
    intent = full_kind("intent", DELETION)
    return any(
        event.kind == "run-abandoned" or (event.kind == intent and is_deletion(str(event.data.get("step", ""))))
        for event in events
    )


def rival_key(key: str) -> str:
    """Return the claim key that nobody else may hold at the same time: a target is not deleted during a restore to it."""
    verb, _, instance_id = key.partition(":")
    rival = {"restore": "delete", "delete": "restore"}.get(verb)
    return f"{rival}:{instance_id}" if rival else ""


def restore_key(target_id: str) -> str:
    """Return the claim key of a restore: a target has one open restore, whichever kind of run makes it."""
    return f"restore:{target_id}"


def events_of_step(events: Iterable[Event], step: str) -> tuple[Event, ...]:
    """Return the events of one step, oldest first, with their kinds without prefix; those of a restore as they are."""
    if not step:
        return tuple(event for event in events if not event.kind.startswith(_PREFIX))
    return without_prefix(event for event in events if event.kind.startswith(_PREFIX) and event.data.get("step") == step)


def split_by_step(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Return the events of every step by its name, oldest first, in one pass, with their kinds as they are."""
    found: dict[str, list[Event]] = {}
    for event in events:
        step = event.data.get("step")
        if event.kind.startswith(_PREFIX) and isinstance(step, str) and step:
            found.setdefault(step, []).append(event)
    return found


def without_prefix(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the events of a step with their kinds without prefix."""
    return tuple(event.model_copy(update={"kind": event.kind.removeprefix(_PREFIX)}) for event in events)


def state_after(events: Iterable[Event], *, is_step: bool) -> RunState:
    """Return the state after the own events of a step, or of a restore, their kinds without prefix."""
    table = _STATES if is_step else STATE_AFTER
    known = [table[event.kind] for event in events if event.kind in table]
    return known[-1] if known else RunState.OPENED


def state_of_step(events: Iterable[Event], step: str) -> RunState:
    """Return the state of one step after the events of its run; ``opened`` while nothing has happened to it."""
    table = STEP_STATE_AFTER if step else STATE_AFTER
    own = (event for event in events if event.kind in table and (not step or event.data.get("step") == step))
    known = [table[event.kind] for event in own]
    return known[-1] if known else RunState.OPENED


def last_intent(events: Iterable[Event], step: str) -> Event | None:
    """Return the newest intent of a step, or ``None`` when it was never sent."""
    return next((event for event in reversed(events_of_step(events, step)) if event.kind == "intent"), None)


def ids_made(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of the job and of the instance that an answer or an adoption names; they belong to its run."""
    named = (data.get("job_id"), data.get("instance_id"))
    return tuple(one for one in named if isinstance(one, str) and one)


def names_of_planned_steps(events: Sequence[Event]) -> tuple[str, ...]:
    """Return the names of the steps in the newest plan of a run, in order; empty for a restore."""
    planned = next((event.data for event in reversed(events) if event.kind == "planned"), {})
    steps = planned.get("steps")
    named = [step.get("name") for step in steps if isinstance(step, Mapping)] if isinstance(steps, list) else []
    return tuple(name for name in named if isinstance(name, str) and name)


def states_of_steps(events: Sequence[Event]) -> dict[str, RunState]:
    """Return the state of each step by its name: the planned steps in order, then those that were added, as they began."""
    states = dict.fromkeys(names_of_planned_steps(events), RunState.OPENED)
    for event in events:
        if event.kind in STEP_STATE_AFTER:
            states[str(event.data.get("step", ""))] = STEP_STATE_AFTER[event.kind]
    return states


def state_of_steps(events: Sequence[Event]) -> RunState | None:
    """Return the state of a run by its steps, or ``None`` while none of them has begun.

    A request that may be on its way, or whose outcome is unknown, decides first; then one that runs. Only planned steps
    stop a run, let it wait and complete it: an offer after the end does not. A step that was refused stops the run, and a
    step that was released waits, because only a person sends it again.
    """
    states = states_of_steps(events)
    planned = {states[name] for name in names_of_planned_steps(events)}
    known = set(states.values())
    rules = (
        (known & UNDECIDED, RunState.UNKNOWN),
        (RunState.RUNNING in known, RunState.RUNNING),
        (any(event.kind == "run-abandoned" for event in events), RunState.ABANDONED),
        (planned & {RunState.FAILED, RunState.FREED}, RunState.STOPPED),
        (planned & {RunState.WAITING, RunState.RELEASED}, RunState.WAITING),
        (planned == {RunState.COMPLETED}, RunState.COMPLETED),
        (any(event.kind in STEP_STATE_AFTER for event in events), RunState.RUNNING),
    )
    return next((state for holds, state in rules if holds), None)
