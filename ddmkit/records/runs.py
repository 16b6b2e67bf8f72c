"""Runs: a run is one submit of one plan. Here are its states, the rules between them, and the models that a store returns.

The state of a run is not stored: it follows from the last event that changes a state. ``STATE_AFTER`` lists the kinds of
event that do; every other kind is evidence and changes no state. A run of several steps, such as a recovery, takes its state
from its markers (``run-...``), which the store writes when the states of the steps change it: see ``steps``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from ddmkit.errors import RecordError
from ddmkit.records.events import Event, Moment, PlainText, sha256_of

__all__ = [
    "CLOSING_KINDS",
    "JOB_KINDS",
    "RUN_ID",
    "STATE_AFTER",
    "UNDECIDED",
    "UNSETTLED",
    "Claim",
    "ClaimConflict",
    "ClaimRefused",
    "Owner",
    "RunData",
    "RunHeader",
    "RunKind",
    "RunState",
    "RunSummary",
    "header_sha256",
    "job_id_of",
    "kind_in_time",
    "kinds_leading_to",
    "may_settle",
    "state_of",
]


RUN_ID = re.compile(r"r-[0-9]{8}-[0-9]{6}-[0-9a-f]{6,32}")
"""The form of a run's id: the time of its opening and a random number. A file with another id is refused."""


class RunState(StrEnum):
    """The state of a run.

    - ``opened``: the submit has begun and nothing was sent; a run that stays in this state was interrupted before sending.
    - ``refused``: nothing was sent, because a check failed or a confirmation was missing.
    - ``sending``: the request may have been sent, and no answer is on the record yet. If the process is gone, treat the run
      as unknown.
    - ``running``: the service accepted the request, or a person named the job; the job's id is on the record.
    - ``completed``: the service's job ended well.
    - ``failed``: the service's job failed; its reason is on the record. A new plan is allowed.
    - ``unknown``: the request was sent and its answer was lost; a restore may run. Check, then adopt or release.
    - ``freed``: the service refused the request, and nothing was started. The plan may be sent again.
    - ``released``: a person checked and declared that nothing was started, or that the service no longer knows the job (the
      event ``gone``). A new plan is needed.
    - ``stopped``: a step of a recovery failed or was refused, and nothing new is sent. A person decides.
    - ``waiting``: a recovery needs a person before its next step.
    - ``abandoned``: a person gave a recovery up; what it had created was deleted, or is named on the record.
    """

    OPENED = "opened"
    REFUSED = "refused"
    SENDING = "sending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    FREED = "freed"
    RELEASED = "released"
    STOPPED = "stopped"
    WAITING = "waiting"
    ABANDONED = "abandoned"

    @property
    def is_settled(self) -> bool:
        """Whether the run is closed, so that a new restore to its target is possible."""
        return self not in UNSETTLED


UNDECIDED = frozenset({RunState.SENDING, RunState.UNKNOWN})
UNSETTLED = UNDECIDED | {RunState.RUNNING, RunState.STOPPED, RunState.WAITING}

STATE_AFTER: dict[str, RunState] = {
    "opened": RunState.OPENED,
    "refused": RunState.REFUSED,
    "intent": RunState.SENDING,
    "answered": RunState.RUNNING,
    "adopted": RunState.RUNNING,
    "unknown": RunState.UNKNOWN,
    "completed": RunState.COMPLETED,
    "failed": RunState.FAILED,
    "freed": RunState.FREED,
    "released": RunState.RELEASED,
    "gone": RunState.RELEASED,
    "run-unknown": RunState.UNKNOWN,
    "run-running": RunState.RUNNING,
    "run-stopped": RunState.STOPPED,
    "run-waiting": RunState.WAITING,
    "run-completed": RunState.COMPLETED,
    "run-abandoned": RunState.ABANDONED,
}
JOB_KINDS = frozenset({"answered", "adopted"})
CLOSING_KINDS = frozenset({"refused", "completed", "failed", "freed", "released", "gone"})


class Owner(NamedTuple):
    """Who submits, on which host and in which process."""

    operator: str
    host: str
    pid: int

    def __str__(self) -> str:
        return f"{self.operator}@{self.host} (process {self.pid})"


Name = Annotated[PlainText, Field(min_length=1, max_length=200)]
RunKind = Literal["restore", "recovery", "drill", "fleet"]


class RunHeader(BaseModel):
    """What is restored, from where to where, by whom and why; never changed after the run was opened.

    ``kind`` is left out of hashes and files for a ``restore``, so that those of older versions stay as they are. The
    ``target_id`` of a recovery to a new target is ``new:`` and the name of the target.
    """

    # A rejected value may be a secret that was typed into the wrong field.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    plan_id: Name
    digest: Name
    project_id: Name
    source_id: Name
    target_id: Name
    source_name: PlainText = ""
    target_name: PlainText = ""
    operator: PlainText = ""
    host: PlainText = ""
    pid: Annotated[int, Field(strict=True)] = 0
    purpose: PlainText = ""
    ticket: PlainText = ""
    kind: RunKind = "restore"

    @model_serializer(mode="wrap")
    def _leave_out_usual_kind(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = serialize(self)
        if fields.get("kind") == "restore":
            del fields["kind"]
        return fields

    @property
    def owner(self) -> Owner:
        """Who opened the run, on which host and in which process."""
        return Owner(self.operator, self.host, self.pid)


class Claim(NamedTuple):
    """Who may change something, such as the target of a restore: a run, its owner, since when, and its step."""

    run_id: str
    owner: Owner
    at: Moment
    step: str = ""


class ClaimConflict(RecordError):  # noqa: N818  # the name says what happened: another claim was first
    """A request was not claimed, because it was sent already, or because another request holds what it changes.

    ``.reason`` is ``"plan"`` or ``"target"``; ``.run_id``, ``.step``, ``.owner``, ``.host`` and ``.at`` describe the earlier
    claim. Nothing was written and nothing may be sent.
    """

    def __init__(self, message: str, *, reason: str, claim: Claim) -> None:
        self.reason = reason
        self.run_id = claim.run_id
        self.step = claim.step
        self.owner = claim.owner
        self.host = claim.owner.host
        self.at = claim.at
        super().__init__(message)


class ClaimRefused(RecordError):  # noqa: N818  # the name says what happened
    """An item was not claimed, so nothing is sent: its fleet is paused, the bound is reached, or the lease is lost."""


class _Run(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    service: str
    created: Moment
    header: RunHeader


class RunSummary(_Run):
    """One line of a list of runs.

    ``updated`` is the time of the last event, ``job_id`` is empty while there is no job, and ``imported`` means that the
    store has the run from a file, not from a submit or a move.
    """

    updated: Moment
    state: RunState
    job_id: str = ""
    imported: bool = False


class RunData(_Run):
    """A whole run: its header and all its events, oldest first."""

    events: tuple[Event, ...]

    @property
    def state(self) -> RunState:
        """How the run stands after its last event."""
        return state_of(self.events)

    @property
    def job_id(self) -> str:
        """The service's job, or nothing while none is known."""
        return job_id_of(self.events)

    @property
    def summary(self) -> RunSummary:
        """The run as one line of a list."""
        updated = self.events[-1].at if self.events else self.created
        kept: dict[str, Any] = {name: getattr(self, name) for name in _Run.model_fields}
        return RunSummary(**kept, updated=updated, state=self.state, job_id=self.job_id)


def state_of(events: Iterable[Event]) -> RunState:
    """Return the state after the events (oldest first): the last event that changes a state decides."""
    state = RunState.OPENED
    for event in events:
        state = STATE_AFTER.get(event.kind, state)
    return state


def job_id_of(events: Iterable[Event]) -> str:
    """Return the id of the job that was answered or adopted last; empty when there is none."""
    job_ids = [str(event.data.get("job_id", "")) for event in events if event.kind in JOB_KINDS]
    return job_ids[-1] if job_ids else ""


def kinds_leading_to(states: Iterable[RunState]) -> list[str]:
    """Return the kinds of event after which a run is in one of the states."""
    wanted = set(states)
    return sorted(kind for kind, state in STATE_AFTER.items() if state in wanted)


def may_settle(state: RunState, kind: str, *, is_step: bool = False) -> bool:
    """Return whether a run, or a step of a run, in this state may be closed by an event of this kind.

    ``refused`` needs a run that was never sent; every other end needs a request that may have been sent. ``released`` needs
    an unknown outcome, ``gone`` a known job. ``freed`` is the service's own statement that nothing was started, and is
    accepted even after a person has released the run. A step that sends nothing, such as a proof, completes or fails from
    its beginning, and may be tried again after a failure.
    """
    if is_step and kind in {"completed", "failed"} and state in {RunState.OPENED, RunState.FAILED}:
        return True
    if kind == "refused":
        return state in {RunState.OPENED, RunState.REFUSED, RunState.FREED}
    if kind == "released":
        return state in UNDECIDED
    if kind == "gone":
        return state is RunState.RUNNING
    return state in UNSETTLED or (kind == "freed" and state is RunState.RELEASED)


def kind_in_time(kind: str, state: RunState, *, same_job: bool) -> str:
    """Return the kind under which an event is written: ``late-...`` when it must not change the state any more.

    A lost answer does not undo a known job. An answer about a job whose end is on the record (``same_job``) does not open
    the run again. Such an event is kept as evidence.
    """
    ended = state in {RunState.COMPLETED, RunState.FAILED}
    is_late = (kind == "unknown" and (ended or state is RunState.RUNNING)) or (kind in JOB_KINDS and ended and same_job)
    return f"late-{kind}" if is_late else kind


def header_sha256(run: _Run) -> str:
    """Return the hash of a run's id, service, time and header, which the first event names as its predecessor."""
    return sha256_of(run.model_dump(mode="json", include=set(_Run.model_fields)))
