"""The steps of a recovery as a graph: which step waits for which, and which may start now.

::

    recover node 1 --+
    recover node 2 --+--> prove the nodes --> restore metadata --> refresh data nodes --> verify
    create target ---+--> prove the network --+

The first request for a node goes alone. The others follow once it is accepted, four at a time. The target is created after
all nodes were accepted, so that a refusal (quota, zone, balance) costs as little as possible. Nothing here reads a clock or
a record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = [
    "AT_ONCE",
    "PROVE_NETWORK",
    "PROVE_NODES",
    "REFRESH",
    "RESTORE",
    "TARGET",
    "VERIFY",
    "PlannedStep",
    "StepState",
    "next_steps",
    "node_of",
    "node_step",
    "order_steps",
]

AT_ONCE = 4
"""How many requests for new nodes may be on their way at the same time."""

TARGET, RESTORE, REFRESH, VERIFY = "target", "restore", "refresh", "verify"
PROVE_NODES, PROVE_NETWORK = "prove-nodes", "prove-network"
_NODE = "node:"


class StepState(StrEnum):
    """How one step stands, in the words of ``records.steps``.

    - ``opened``: not begun.
    - ``sending``: its request may have been sent, and no answer is on the record yet.
    - ``unknown``: its request was sent and its answer was lost.
    - ``running``: the service accepted the request; the work goes on.
    - ``completed``: the work ended well, the proof passed, or nothing had to be done.
    - ``failed``: the service refused the request, or the work or the proof failed.
    - ``waiting``: a person has to decide, for example about a warning.
    - ``freed``: surely nothing was started; a person may send it again.
    - ``released``: a person declared that nothing was started; a person may send it again.
    """

    OPENED = "opened"
    SENDING = "sending"
    UNKNOWN = "unknown"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    WAITING = "waiting"
    FREED = "freed"
    RELEASED = "released"

    @property
    def is_done(self) -> bool:
        """Whether the steps after this one may start."""
        return self is StepState.COMPLETED

    @property
    def is_accepted(self) -> bool:
        """Whether the service accepted the step's request, or nothing had to be sent."""
        return self.is_done or self is StepState.RUNNING

    @property
    def stops(self) -> bool:
        """Whether no new request may be sent while a step is in this state."""
        return self in {StepState.FAILED, StepState.FREED, StepState.RELEASED, StepState.UNKNOWN, StepState.WAITING}


class PlannedStep(BaseModel):
    """One step of a plan.

    ``after`` names the steps that must have ended well before, ``after_accepted`` those whose request must have been
    accepted. ``call`` is the request as it is shown, with placeholders for ids that are not known yet; empty for a step that
    only reads. ``creates`` is the name of the instance that the step makes.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    claim_key: str = ""
    after: tuple[str, ...] = ()
    after_accepted: tuple[str, ...] = ()
    call: dict[str, Any] = {}
    creates: str = ""

    @property
    def sends(self) -> bool:
        """Whether the step sends a request that changes something."""
        return bool(self.claim_key)


def node_step(source_node_id: str) -> str:
    """Return the name of the step that recovers a source node."""
    return f"{_NODE}{source_node_id}"


def node_of(step_name: str) -> str:
    """Return the id of the source node that a step recovers; empty for any other step."""
    return step_name.removeprefix(_NODE) if step_name.startswith(_NODE) else ""


def order_steps(
    nodes: Sequence[PlannedStep], target: PlannedStep | None, restore: PlannedStep, refresh: PlannedStep
) -> tuple[PlannedStep, ...]:
    """Return all steps of a recovery in order, each with the steps that it waits for.

    Args:
        nodes: A step for each node that is recovered; empty when all nodes are taken as they are.
        target: The step that creates the target; ``None`` when an existing one is taken.
        restore: The metadata restore.
        refresh: The refresh of the data nodes' addresses, which is skipped when it is not needed.
    """
    names = tuple(step.name for step in nodes)
    first = names[:1]
    ordered = [step.model_copy(update={"after_accepted": () if step.name in first else first}) for step in nodes]
    if target is not None:
        ordered.append(target.model_copy(update={"after_accepted": names}))
    created = (*names, *([target.name] if target is not None else []))
    return (
        *ordered,
        PlannedStep(name=PROVE_NODES, title="Prove that every node holds the chosen instant", after=names),
        PlannedStep(name=PROVE_NETWORK, title="Prove that target and nodes share a network", after=created),
        restore.model_copy(update={"after": (PROVE_NODES, PROVE_NETWORK)}),
        refresh.model_copy(update={"after": (restore.name,)}),
        PlannedStep(name=VERIFY, title="Read the target back and compare", after=(refresh.name,)),
    )


def next_steps(steps: Iterable[PlannedStep], states: Mapping[str, StepState]) -> tuple[str, ...]:
    """Return the names of the steps that may start now, in order.

    Steps that only read may start whenever the steps before them have ended well. A step that sends something waits while
    any step failed, is unknown, or waits for a person: after a failure nothing new is sent.

    Args:
        steps: The steps of the plan.
        states: How each step stands; a step that is missing has not begun.
    """
    ordered = tuple(steps)
    state_of = {step.name: states.get(step.name, StepState.OPENED) for step in ordered}
    is_stopped = any(state.stops for state in state_of.values())
    open_nodes = sum(node_of(name) != "" and state is StepState.SENDING for name, state in state_of.items())
    ready = []
    for step in ordered:
        if state_of[step.name] is not StepState.OPENED or not _may_start(step, state_of):
            continue
        if step.sends and is_stopped:
            continue
        if node_of(step.name):
            if open_nodes >= AT_ONCE:
                continue
            open_nodes += 1
        ready.append(step.name)
    return tuple(ready)


def _may_start(step: PlannedStep, states: Mapping[str, StepState]) -> bool:
    is_done = all(states[name].is_done for name in step.after)
    return is_done and all(states[name].is_accepted for name in step.after_accepted)
