"""A step on the record: what happened to it, and how more is written down.

The mechanism does not know whether it serves the one request of a restore or a step of a recovery: the store gives the
events their kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ddmkit.errors import InputError
from ddmkit.records.events import Event
from ddmkit.records.runs import UNDECIDED, Owner, RunData, RunState
from ddmkit.records.steps import MAKING_KINDS, events_of_step, state_after
from ddmkit.times import parse_service_time

if TYPE_CHECKING:
    from ddmkit.records.store import RecordStore

__all__ = ["StepLog", "StepView"]


@dataclass(frozen=True)
class StepView:
    """What the record says about one step; ``own`` are its events, where the caller has found them already."""

    run: RunData
    step: str
    own: tuple[Event, ...] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def state(self) -> RunState:
        """How the step stands."""
        return state_after(self.events, is_step=bool(self.step))

    @property
    def is_undecided(self) -> bool:
        """Whether the request may have been sent, and nobody knows its outcome yet."""
        return self.state in UNDECIDED

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events of the step, with their kinds without prefix."""
        return self.own if self.own is not None else events_of_step(self.run.events, self.step)

    @property
    def intent(self) -> Event:
        """The newest intent: a request that was refused may have been sent a second time."""
        intent = next((event for event in reversed(self.events) if event.kind == "intent"), None)
        if intent is None:
            raise InputError(f"{self} was never sent.", field="record", fix="Make a new plan.")
        return intent

    @property
    def sent_at(self) -> datetime:
        """When the newest request was claimed, by the service's clock where the record has it."""
        return _time_of(self.intent)

    @property
    def first_sent_at(self) -> datetime:
        """When the step was claimed for the first time: an earlier request may have had an effect after all."""
        return next((_time_of(event) for event in self.events if event.kind == "intent"), self.sent_at)

    @property
    def job_id(self) -> str:
        """The job that the newest answer or adoption names; empty while none is known."""
        return self._made("job_id")

    @property
    def instance_id(self) -> str:
        """The instance that the step made; empty while none is known."""
        return self._made("instance_id")

    def _made(self, name: str) -> str:
        known = (str(event.data.get(name) or "") for event in reversed(self.events) if event.kind in MAKING_KINDS)
        return next((one for one in known if one), "")

    def __str__(self) -> str:
        """Name the step within its run, for messages."""
        return f"step {self.step} of run {self.run.id}" if self.step else f"run {self.run.id}"


def _time_of(intent: Event) -> datetime:
    return parse_service_time(intent.data.get("service_time")) or intent.at


@dataclass(frozen=True)
class StepLog:
    """Reads and writes the events of one step of a run."""

    store: RecordStore
    run_id: str
    step: str

    def read(self) -> StepView:
        """Return what the record says now."""
        return StepView(self.store.get(self.run_id), self.step)

    def claim(self, facts: Mapping[str, Any], *, owner: Owner, claim_key: str, again: bool) -> Event:
        """Claim the sending and write the intent; see ``RecordStore.claim``."""
        return self.store.claim(self.run_id, facts, owner=owner, step=self.step, claim_key=claim_key, again=again)

    def append(self, kind: str, facts: Mapping[str, Any], *, of_intent: int | None = None) -> Event:
        """Append an event; see ``RecordStore.append``."""
        return self.store.append(self.run_id, kind, facts, of_intent=of_intent, step=self.step)

    def settle(self, kind: str, facts: Mapping[str, Any], *, of_intent: int | None = None) -> Event:
        """Close the step and free its claim; see ``RecordStore.settle``."""
        return self.store.settle(self.run_id, kind, facts, of_intent=of_intent, step=self.step)
