"""Read the facts of a whole recovery from its events: the two times that matter, where the time went, each step.

As in ``reader``, any value may be missing or of another type: such a value reads as empty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ddmkit.records.events import Event
from ddmkit.records.reader import RunReader, object_in, objects_in, text_in, texts_in
from ddmkit.records.runs import JOB_KINDS, STATE_AFTER, RunData, RunState
from ddmkit.records.steps import events_of_step, state_of_step, states_of_steps
from ddmkit.times import Span

__all__ = [
    "PEOPLE",
    "SERVICE",
    "VERIFICATION",
    "RecordedStep",
    "RecoveryReader",
    "durations_of",
    "instances_left",
    "instances_still_billed",
    "instances_used",
    "may_be_billed",
    "spans_of",
]

PEOPLE, SERVICE, VERIFICATION = "people", "service", "verification"
_TARGET, _NODE, _DELETE = "target", "node:", "delete:"
_PROVING = frozenset({"prove-nodes", "prove-network"})
_NEVER_MADE = frozenset({RunState.OPENED, RunState.REFUSED, RunState.FREED, RunState.RELEASED})
_FOR_PEOPLE = frozenset({RunState.WAITING, RunState.STOPPED})
_ENDS = frozenset({"completed", "failed", "freed", "released", "gone"})


@dataclass(frozen=True)
class RecordedStep:
    """One step as the record has it; every text is empty and every time ``None`` where the record has nothing."""

    name: str
    title: str
    state: RunState
    begun: datetime | None
    ended: datetime | None
    intent: str
    answer: str
    proof: str
    made: str
    operator: str

    @property
    def took(self) -> timedelta | None:
        """How long the step took; ``None`` while it has not ended."""
        return None if self.begun is None or self.ended is None else max(timedelta(0), self.ended - self.begun)


class RecoveryReader:
    """Reads facts from the run of a whole recovery."""

    def __init__(self, run: RunData) -> None:
        self.run = run
        self.reader = RunReader(run)

    @property
    def steps(self) -> tuple[RecordedStep, ...]:
        """The planned steps in order, then those that were added, such as deletions."""
        titles = {text_in(step, "name"): text_in(step, "title") for step in objects_in(self.reader.plan, "steps")}
        names = dict.fromkeys([*titles, *states_of_steps(self.run.events)])
        return tuple(_read_step(self.run, name, titles.get(name, name)) for name in names if name)

    @property
    def proofs(self) -> list[Mapping[str, Any]]:
        """The newest results of the steps that prove where the nodes come from and that the target reaches them."""
        found: dict[str, Mapping[str, Any]] = {}
        for event in self.run.events:
            if event.kind == "step-proved" and text_in(event.data, "step") in _PROVING:
                found |= {text_in(check, "id"): check for check in objects_in(event.data, "checks")}
        return list(found.values())

    @property
    def working_at(self) -> datetime | None:
        """When the target was read back and all steps had completed; ``None`` before that."""
        found = self.reader.last("run-completed")
        return found.at if found is not None and self.reader.last("verified") is not None else None

    @property
    def to_working(self) -> timedelta | None:
        """The time from the incident to a working target."""
        incident, working = self.reader.incident, self.working_at
        return None if incident is None or working is None else working - incident

    @property
    def to_instant(self) -> timedelta | None:
        """The time from the restored instant to the incident: what was written between them is lost."""
        incident, point = self.reader.incident, self.reader.point
        return None if incident is None or point is None else incident - point

    @property
    def continued_by(self) -> dict[str, tuple[str, ...]]:
        """What others than the person who began the run have done, by their names: steps, or kinds of decision."""
        done: dict[str, dict[str, bool]] = {}
        for event in self.run.events:
            who = text_in(event.data, "operator")
            if who and who != self.run.header.operator:
                done.setdefault(who, {})[text_in(event.data, "step") or event.kind] = True
        return {who: tuple(what) for who, what in done.items()}

    @property
    def target_id(self) -> str:
        """The id of the target, which a new one gets late; empty while it is not known."""
        return text_in(self.reader.plan, "target", "existing_id") or _made(events_of_step(self.run.events, _TARGET))

    @property
    def intents(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """Every request that was sent, in order: the name of its step, and its data."""
        sent = (event for event in self.run.events if event.kind == "step-intent")
        return tuple((text_in(event.data, "step"), event.data) for event in sent)

    def where_time_went(self, since: datetime | None = None) -> dict[str, timedelta]:
        """Return how the time from ``since`` (by default the incident, or else the plan) to the end was spent.

        While a request is at work, the time is the service's. Otherwise it is people's before the run was opened and while
        the run waited or stood; the rest went into checks and proofs.
        """
        begin = min(since or self.reader.incident or self.run.created, self.run.created)
        cuts = [(begin, ""), *((event.at, event.kind) for event in self.run.events)]
        spent = dict.fromkeys((PEOPLE, SERVICE, VERIFICATION), timedelta(0))
        at_work: set[str] = set()
        state = None
        for (start, _), (end, _), event in zip(cuts, cuts[1:], self.run.events, strict=False):
            spent[_spender(at_work, state)] += max(timedelta(0), end - start)
            state = STATE_AFTER.get(event.kind, state or RunState.OPENED)
            _follow_work(at_work, event)
        return spent


def instances_left(run: RunData) -> dict[str, str]:
    """Return what stayed when a run was given up: the id of each instance, and in words which it is and why it stayed."""
    ended = RunReader(run).data("run-abandoned")
    left = {text_in(one, "id"): f"{text_in(one, 'name')} ({text_in(one, 'why')})" for one in objects_in(ended, "left")}
    return {one: words for one, words in left.items() if one}


def instances_used(run: RunData) -> frozenset[str]:
    """Return the ids of the instances that a run took as they were: its target and its data nodes."""
    plan = RunReader(run).plan
    request = object_in(plan, "request")
    taken = [text_in(one, "existing_id") for one in (object_in(plan, "target"), *objects_in(plan, "nodes"))]
    return frozenset([*taken, run.header.target_id, *texts_in(request, "data_nodes")]) - {""}


def instances_still_billed(run: RunData, used: Collection[str] = ()) -> int:
    """Return how many instances that a recovery created may still exist and be billed, though nobody uses them.

    None once the recovery has completed: its instances were handed over. Those of a drill count until they are deleted. Of a
    run that was given up those count that were kept or could not be deleted, except ``used``: the ids of what others use.
    """
    if not may_be_billed(run.header.kind, run.state):
        return 0
    if run.state is RunState.ABANDONED:
        return len(instances_left(run).keys() - set(used))
    states = states_of_steps(run.events)
    made = [name for name, one in states.items() if _creates(name) and one not in _NEVER_MADE and _was_sent(run, name)]
    deleted = [name for name, one in states.items() if name.startswith(_DELETE) and one is RunState.COMPLETED]
    return max(0, len(made) - len(deleted))


def may_be_billed(kind: str, state: RunState) -> bool:
    """Return whether a run of this kind may, in this state, have instances that nobody uses."""
    if state in {RunState.REFUSED, RunState.OPENED}:
        return False
    return kind == "drill" or (kind == "recovery" and state is not RunState.COMPLETED)


def _creates(name: str) -> bool:
    return name == _TARGET or name.startswith(_NODE)


def _was_sent(run: RunData, name: str) -> bool:
    return any(event.kind == "intent" for event in events_of_step(run.events, name))


def _spender(at_work: set[str], state: RunState | None) -> str:
    if at_work:
        return SERVICE
    return PEOPLE if state is None or state in _FOR_PEOPLE else VERIFICATION


def _follow_work(at_work: set[str], event: Event) -> None:
    step, kind = text_in(event.data, "step"), event.kind.removeprefix("step-")
    if kind == "intent":
        at_work.add(step)
    elif kind in _ENDS:
        at_work.discard(step)


def _read_step(run: RunData, name: str, title: str) -> RecordedStep:
    events = events_of_step(run.events, name)
    intent = next((event for event in reversed(events) if event.kind == "intent"), None)
    end = next((event for event in reversed(events) if event.kind in _ENDS), None)
    begin = intent or (events[0] if events else None)
    return RecordedStep(
        name=name,
        title=title,
        state=state_of_step(run.events, name),
        begun=None if begin is None else begin.at,
        ended=None if end is None else end.at,
        intent="" if intent is None else f"{text_in(intent.data, 'method')} {text_in(intent.data, 'call')}".strip(),
        answer=_describe_answer(events),
        proof=_describe_proof(events, end),
        made=_made(events),
        operator="" if intent is None else text_in(intent.data, "operator"),
    )


def _describe_answer(events: Sequence[Event]) -> str:
    found = next((event for event in reversed(events) if event.kind in JOB_KINDS | {"unknown", "freed"}), None)
    if found is None:
        return ""
    if found.kind != "answered":
        return {"adopted": "adopted", "unknown": "lost", "freed": "refused"}[found.kind]
    job = text_in(found.data, "job_id")
    return f"HTTP {text_in(found.data, 'status')}" + (f", job {job}" if job else "")


def _describe_proof(events: Sequence[Event], end: Event | None) -> str:
    """Return what a step rests on: the details of the checks that were proved, or how its job ended."""
    proved = next((event for event in reversed(events) if event.kind == "proved"), None)
    checks = objects_in(proved.data, "checks") if proved is not None else []
    ended = end.data if end is not None else {}
    job = object_in(ended, "job")
    how = (
        f"job {text_in(job, 'status')}"
        if job
        else text_in(ended, "note") or text_in(ended, "reason") or text_in(ended, "status")
    )
    counts = _count(text_in(check, "status") for check in checks)
    return "; ".join(part for part in (how, counts) if part)


def _count(statuses: Iterable[str]) -> str:
    listed = list(statuses)
    words = {"pass": "passed", "warn": "warned", "fail": "failed"}
    counted = [f"{listed.count(status)} {word}" for status, word in words.items() if status in listed]
    return f"checks: {', '.join(counted)}" if counted else ""


def _made(events: Sequence[Event]) -> str:
    found = ""
    for event in events:
        found = text_in(event.data, "instance_id") or text_in(event.data, "job", "instance_id") or found
    return found


def _step_spans(run: RunData) -> dict[str, Span]:
    """Return the begin and end of each step that has ended, by its title."""
    steps = RecoveryReader(run).steps
    return {one.title: Span(one.begun, max(one.begun, one.ended)) for one in steps if one.begun and one.ended}


def spans_of(run: RunData) -> dict[str, Span]:
    """Return the begin and end of each phase of a restore, or of each step of a recovery, by its name."""
    return RunReader(run).spans() if run.header.kind == "restore" else _step_spans(run)


def durations_of(run: RunData) -> dict[str, timedelta]:
    """Return the duration of each phase or step by its name, and that of the whole run; of a recovery who spent the time."""
    whole = RunReader(run).durations()
    if run.header.kind == "restore":
        return whole
    steps = {name: span.end - span.start for name, span in _step_spans(run).items()}
    spent = {f"spent by {who}": took for who, took in RecoveryReader(run).where_time_went().items()}
    return {**steps, **spent, **({"in all": whole["in all"]} if "in all" in whole else {})}
