"""What the record says about a recovery: its plan, how each step stands, and the ids of what it made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from ddmkit.errors import RecordError
from ddmkit.models import RestoreRequest
from ddmkit.records.events import Event
from ddmkit.records.runs import RunData, RunState
from ddmkit.records.steps import is_given_up, split_by_step, states_of_steps, without_prefix
from ddmkit.recovery.plan import RecoveryPlan, recovery_plan_of
from ddmkit.recovery.steps import PROVE_NETWORK, PROVE_NODES, RESTORE, TARGET, StepState, next_steps, node_step
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.plan import RestorePlan
from ddmkit.sending.log import StepView

__all__ = ["RecoveryView"]


class RecoveryView:
    """A recovery as its record has it; read once, and never changed."""

    def __init__(self, run: RunData) -> None:
        if run.header.kind not in {"recovery", "drill"}:
            raise RecordError(f"Record {run.id} is of a {run.header.kind}, not of a recovery.")
        self.run = run

    @cached_property
    def plan(self) -> RecoveryPlan:
        """The plan; raises ``RecordError`` when the record holds none."""
        return recovery_plan_of(self.run)

    @cached_property
    def _by_step(self) -> Mapping[str, list[Event]]:
        """The events of every step, found in one pass: with many nodes, a pass for each step takes long."""
        return split_by_step(self.run.events)

    @cached_property
    def _known_states(self) -> Mapping[str, RunState]:
        return states_of_steps(self.run.events)

    @cached_property
    def _events_of(self) -> dict[str, tuple[Event, ...]]:
        return {}

    @cached_property
    def states(self) -> Mapping[str, StepState]:
        """How each planned step stands."""
        return {step.name: self.state_of(step.name) for step in self.plan.steps}

    @cached_property
    def all_states(self) -> Mapping[str, StepState]:
        """How each step stands, the planned ones in order, then those that were added: offers and deletions."""
        return {**self.states, **{name: self.state_of(name) for name in self._by_step if name not in self.states}}

    def state_of(self, step: str) -> StepState:
        """Return how a step stands, a planned one or one that was added."""
        return StepState(str(self._known_states.get(step, RunState.OPENED)))

    @property
    def ready_steps(self) -> tuple[str, ...]:
        """The steps that may start now, in order; none of a run that is given up."""
        return () if self.is_given_up else next_steps(self.plan.steps, self.states)

    @cached_property
    def is_given_up(self) -> bool:
        """Whether the run was given up, or is being given up; the record store refuses every other request then."""
        return is_given_up(self.run.events)

    @property
    def is_confirmed(self) -> bool:
        """Whether a person confirmed the plan, and the run was not closed before that."""
        kinds = [event.kind for event in self.run.events if event.kind in {"confirmed", "refused"}]
        return kinds[-1:] == ["confirmed"]

    @property
    def confirmed_at(self) -> datetime:
        """When a person confirmed it last."""
        times = [event.at for event in self.run.events if event.kind == "confirmed"]
        return times[-1] if times else self.run.created

    @property
    def accepted(self) -> frozenset[str]:
        """The ids of the warnings that a person accepted, when confirming or later."""
        named = (event.data.get("accepted") for event in self.run.events if event.kind in {"confirmed", "step-accepted"})
        return frozenset(str(one) for listed in named if isinstance(listed, list) for one in listed)

    def step(self, name: str) -> StepView:
        """Return what the record says about one step."""
        return StepView(self.run, name, self.events_of(name))

    def events_of(self, step: str) -> tuple[Event, ...]:
        """Return the events of one step, their kinds without prefix."""
        if step not in self._events_of:
            self._events_of[step] = without_prefix(self._by_step.get(step, ()))
        return self._events_of[step]

    def since(self, step: str) -> datetime | None:
        """Return when the newest event of a step was written."""
        events = self.events_of(step)
        return events[-1].at if events else None

    def made_by(self, step: str) -> str:
        """Return the id of the instance that a step made; empty while none is known.

        The job names the instance where the answer did not.
        """
        found = ""
        for event in self.events_of(step):
            job = event.data.get("job")
            named = job.get("instance_id") if isinstance(job, Mapping) else None
            found = str(event.data.get("instance_id") or named or found)
        return found

    @property
    def target_id(self) -> str:
        """The id of the target; empty while it is not created."""
        return self.plan.target.existing_id or self.made_by(TARGET)

    def node_id(self, source_node: str) -> str:
        """Return the id of the node that stands in for a source node; empty while it is not known."""
        node = self.plan.node(source_node)
        return "" if node is None else node.existing_id or self.made_by(node_step(source_node))

    @property
    def node_ids(self) -> dict[str, str]:
        """The ids of the nodes by the ids of their source nodes."""
        return {node.source_id: self.node_id(node.source_id) for node in self.plan.nodes}

    @property
    def request(self) -> RestoreRequest | None:
        """The metadata restore with the ids that this run's own steps made; ``None`` while one is missing."""
        node_ids, target_id = self.node_ids, self.target_id
        if not target_id or not node_ids or not all(node_ids.values()):
            return None
        return RestoreRequest(
            source_instance_id=self.plan.source_id,
            target_instance_id=target_id,
            data_nodes=tuple(node_ids.values()),
            backup_id=self.plan.backup_id,
            restore_time_ms=None if self.plan.backup_id is not None else self.plan.instant.ms,
        )

    @property
    def restore_plan(self) -> RestorePlan | None:
        """The plan of the metadata restore, as it was made before it was sent; ``None`` before that."""
        made = [event.data.get("restore_plan") for event in self.events_of(RESTORE)]
        found = [one for one in made if isinstance(one, Mapping)]
        return RestorePlan.from_record(found[-1]) if found else None

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """The checks as they stand now: those of the plan, and the proofs in place of those that were skipped."""
        newest: dict[str, CheckResult] = {check.id: check for check in self.plan.checks}
        for name in (PROVE_NODES, PROVE_NETWORK, RESTORE):
            for event in self.events_of(name):
                newest |= {check.id: check for check in read_checks(event.data)}
        return tuple(newest.values())

    @property
    def open_warnings(self) -> tuple[CheckResult, ...]:
        """The warnings for which steps wait."""
        waiting = {name for name, state in self.states.items() if state is StepState.WAITING}
        found: dict[str, CheckResult] = {}
        for name in waiting:
            found |= {check.id: check for event in self.events_of(name) for check in read_checks(event.data)}
        return tuple(check for check in found.values() if check.status == "warn" and check.id not in self.accepted)


def read_checks(data: Mapping[str, Any]) -> tuple[CheckResult, ...]:
    """Return the results of checks that an event holds."""
    listed = data.get("checks")
    return (
        tuple(CheckResult.model_validate(one) for one in listed if isinstance(one, Mapping))
        if isinstance(listed, list)
        else ()
    )
