"""The queries of a record store: they turn rows into runs, events and claims. Nothing here writes.

A query that every transaction needs is built once, with parameters: to build it, and SQLAlchemy's key for its SQL, takes
longer than to run it.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    String,
    TableClause,
    bindparam,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)

from ddmkit.errors import RecordError
from ddmkit.records.events import Event, canonical_json
from ddmkit.records.runs import (
    JOB_KINDS,
    STATE_AFTER,
    Claim,
    Owner,
    RunData,
    RunHeader,
    RunState,
    RunSummary,
    kinds_leading_to,
)
from ddmkit.records.steps import OWNING_KINDS, STEP_STATE_AFTER, full_kind, ids_made
from ddmkit.records.tables import claims, events, imports, jobs, runs, sends
from ddmkit.times import from_ms

__all__ = [
    "IS_LOCAL",
    "STEP_KINDS",
    "EveryRun",
    "count_runs",
    "find_run",
    "find_summaries",
    "has_event",
    "holder_of",
    "holds_text",
    "ids_starting_with",
    "imported_ids",
    "in_states",
    "is_imported",
    "last_event",
    "last_intent",
    "owned_ids_of_service",
    "read_header",
    "read_newer",
    "read_run",
    "run_of_job",
    "run_of_plan",
    "run_that_sent",
    "standing_in_store",
    "state_in_store",
    "step_events",
]


STEP_KINDS = frozenset({*STEP_STATE_AFTER, "planned", "run-abandoned"})
"""The kinds of event that decide the states of a run's steps."""


_OF_RUN = bindparam("of_run", type_=String)


def _one_of(kinds: Iterable[str]) -> list[BindParameter[str]]:
    """Return parameters with these values: SQLAlchemy writes a plain list into the SQL anew each time."""
    return [literal(kind) for kind in sorted(kinds)]


def _equal(rows: TableClause, *names: str) -> list[ColumnElement[bool]]:
    """Return the conditions that these columns equal the parameters of the same names."""
    return [rows.c[name] == bindparam(name, type_=String) for name in names]


def _of_last_event(column: str, *conditions: ColumnElement[bool]) -> ScalarSelect[Any]:
    """Select one field of a run's last event that meets the conditions, as part of a query over runs."""
    query = select(events.c[column]).where(events.c.run_id == runs.c.id, *conditions)
    return query.order_by(events.c.seq.desc()).limit(1).correlate(runs).scalar_subquery()


_STATE_KIND = _of_last_event("kind", events.c.kind.in_(_one_of(STATE_AFTER)))
_JOB_DATA = _of_last_event("data", events.c.kind.in_(_one_of(JOB_KINDS)))
_IS_IMPORTED = exists(select(imports.c.run_id).where(imports.c.run_id == runs.c.id))
IS_LOCAL = ~_IS_IMPORTED
"""The condition that a run was submitted in or moved to this store; only such a run decides about other runs."""


_SUMMARIES = select(
    runs,
    _STATE_KIND.label("state_kind"),
    _JOB_DATA.label("job_data"),
    _of_last_event("at").label("updated"),
    _IS_IMPORTED.label("imported"),
)
_EVENTS = select(events).where(events.c.run_id == _OF_RUN).order_by(events.c.seq)
_EVENTS_SINCE = _EVENTS.where(events.c.seq >= bindparam("since", type_=BigInteger))
_STEP_EVENTS = _EVENTS.where(events.c.kind.in_(_one_of(STEP_KINDS)))
_LAST_EVENT = select(events).where(events.c.run_id == _OF_RUN).order_by(events.c.seq.desc()).limit(1)
_LAST_OF_KIND = _LAST_EVENT.where(*_equal(events, "kind"))
_HEADER = select(runs).where(runs.c.id == _OF_RUN)
_LOCKED_HEADER = _HEADER.with_for_update()
_STATE = select(_STATE_KIND).where(runs.c.id == _OF_RUN)
_STANDING = select(_STATE_KIND.label("state_kind"), _JOB_DATA.label("job_data")).where(runs.c.id == _OF_RUN)
_CLAIM = select(claims).where(*_equal(claims, "service", "project_id", "claim_key"))
_SENT_BY = select(sends.c.run_id).where(*_equal(sends, "plan_id", "step"))
_OWNER_OF_JOB = select(jobs.c.run_id).where(*_equal(jobs, "service", "job_id"))
_IMPORT = select(imports.c.run_id).where(imports.c.run_id == _OF_RUN)


def in_states(*states: RunState) -> ColumnElement[bool]:
    """Return the condition that a run is in one of these states."""
    return _STATE_KIND.in_(_one_of(kinds_leading_to(states)))


def has_event(kind: str) -> ColumnElement[bool]:
    """Return the condition that a run holds an event of this kind."""
    return exists(select(events.c.seq).where(events.c.run_id == runs.c.id, events.c.kind == kind))


def holds_text(texts: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that the data of one event of a run holds one of the texts; it may hold in other cases too."""
    written = (canonical_json(text)[1:-1] for text in texts)
    said = (events.c.data.contains(one, autoescape=True) for one in written)
    return exists(select(events.c.seq).where(events.c.run_id == runs.c.id, or_(false(), *said)))


def find_summaries(
    connection: Connection, *conditions: ColumnElement[bool], limit: int | None = None
) -> tuple[RunSummary, ...]:
    """Return the runs that meet the conditions, newest first; at most ``limit`` when it is given."""
    rows = connection.execute(_SUMMARIES.where(*conditions).order_by(runs.c.number.desc()).limit(limit))
    return tuple(_summary(row) for row in rows)


def count_runs(connection: Connection) -> int:
    """Return the number of runs of all services."""
    return int(connection.scalar(select(func.count()).select_from(runs)) or 0)


def read_run(connection: Connection, run_id: str) -> RunData | None:
    """Return a run with all its events, or ``None`` when no run has this id."""
    run = read_header(connection, run_id)
    if run is None:
        return None
    rows = connection.execute(_EVENTS, {"of_run": run_id})
    return run.model_copy(update={"events": tuple(_event(row) for row in rows)})


def read_newer(connection: Connection, run: RunData) -> RunData:
    """Return a run as it is now, by the events since it was read; the same object when there are none.

    Events are only ever added. Where the last known event is not there as it was, the whole run is read.
    """
    known = run.events[-1:]
    since = known[0].seq if known else 0
    rows = connection.execute(_EVENTS_SINCE, {"of_run": run.id, "since": since})
    found = tuple(_event(row) for row in rows)
    if not known or found[:1] != known:
        return find_run(connection, run.id)
    return run if len(found) == 1 else run.model_copy(update={"events": (*run.events, *found[1:])})


def run_of_plan(connection: Connection, plan_id: str) -> RunSummary | None:
    """Return the run of a plan, or ``None`` when the plan has no run."""
    return next(iter(find_summaries(connection, runs.c.plan_id == plan_id)), None)


def read_header(connection: Connection, run_id: str, *, lock: bool = False) -> RunData | None:
    """Return a run without its events, or ``None`` when no run has this id.

    With ``lock`` no other transaction writes to the run until this one ends.
    """
    row = connection.execute(_LOCKED_HEADER if lock else _HEADER, {"of_run": run_id}).one_or_none()
    return None if row is None else RunData(**_identity(row), events=())


def step_events(connection: Connection, run_id: str) -> tuple[Event, ...]:
    """Return the events of a run that decide the states of its steps: its plans, the changes of its steps, and its end."""
    return tuple(_event(row) for row in connection.execute(_STEP_EVENTS, {"of_run": run_id}))


def last_intent(connection: Connection, run_id: str, step: str) -> Event | None:
    """Return the newest intent of a run's step, or ``None`` when it was never sent."""
    kind = full_kind("intent", step)
    query = select(events).where(events.c.run_id == run_id, events.c.kind == kind).order_by(events.c.seq.desc())
    found = (_event(row) for row in connection.execute(query))
    return next((event for event in found if not step or event.data.get("step") == step), None)


def last_event(connection: Connection, run_id: str, kind: str | None = None) -> Event | None:
    """Return the last event of a run, or its last of one kind."""
    query = _LAST_EVENT if kind is None else _LAST_OF_KIND
    row = connection.execute(query, {"of_run": run_id, **({} if kind is None else {"kind": kind})}).one_or_none()
    return None if row is None else _event(row)


def standing_in_store(connection: Connection, run_id: str) -> tuple[RunState, str]:
    """Return the state of a run, and the id of the last job that it was answered with or adopted, without its events.

    The id is empty when there is none.
    """
    row = connection.execute(_STANDING, {"of_run": run_id}).one_or_none()
    if row is None:
        return RunState.OPENED, ""
    return _state(row.state_kind), "" if row.job_data is None else _job_id(row.job_data)


def state_in_store(connection: Connection, run_id: str) -> RunState:
    """Return the state of a run without reading all its events."""
    return _state(connection.scalar(_STATE, {"of_run": run_id}))


def holder_of(connection: Connection, service: str, project_id: str, claim_key: str) -> Claim | None:
    """Return who holds a claim key, or ``None`` when it is free."""
    row = connection.execute(_CLAIM, {"service": service, "project_id": project_id, "claim_key": claim_key}).one_or_none()
    return None if row is None else Claim(row.run_id, Owner(row.operator, row.host, row.pid), from_ms(row.at), row.step)


def run_that_sent(connection: Connection, plan_id: str, step: str = "") -> str | None:
    """Return the id of the run that sent a step of a plan, or ``None`` when it was not sent."""
    run_id = connection.scalar(_SENT_BY, {"plan_id": plan_id, "step": step})
    return None if run_id is None else str(run_id)


def owned_ids_of_service(connection: Connection, service: str) -> set[str]:
    """Return the ids of all jobs and instances of this service that a local run was answered with or adopted."""
    query = select(events).join(runs, runs.c.id == events.c.run_id)
    found = connection.execute(query.where(events.c.kind.in_(sorted(OWNING_KINDS)), runs.c.service == service, IS_LOCAL))
    return {one for row in found for one in ids_made(_event(row).data)}


def run_of_job(connection: Connection, service: str, job_id: str) -> str | None:
    """Return the id of the run that a job of this service belongs to, or ``None``."""
    run_id = connection.scalar(_OWNER_OF_JOB, {"service": service, "job_id": job_id})
    return None if run_id is None else str(run_id)


def is_imported(connection: Connection, run_id: str) -> bool:
    """Return whether a run of the store came from a file."""
    return connection.scalar(_IMPORT, {"of_run": run_id}) is not None


def imported_ids(connection: Connection) -> frozenset[str]:
    """Return the ids of all runs that came from a file."""
    return frozenset(map(str, connection.scalars(select(imports.c.run_id))))


def ids_starting_with(connection: Connection, prefix: str, limit: int) -> list[str]:
    """Return up to ``limit`` ids of runs that begin with the prefix, newest first."""
    query = select(runs.c.id).where(func.substr(runs.c.id, 1, len(prefix)) == prefix)
    return [str(found) for found in connection.scalars(query.order_by(runs.c.number.desc()).limit(limit))]


def find_run(connection: Connection, run_id: str) -> RunData:
    """Return a run with all its events, by its id or the beginning of it.

    Raises ``RecordError`` when no run, or more than one, has such an id; the message names similar ids.
    """
    run = read_run(connection, run_id)
    if run is not None:
        return run
    matches = ids_starting_with(connection, run_id, limit=6) if run_id else []
    if len(matches) > 1:
        raise RecordError(f"Several records begin with {run_id!r}: {', '.join(matches[:5])}. Write more of the id.")
    found = read_run(connection, matches[0]) if matches else None
    if found is None:
        raise RecordError(f"There is no record {run_id[:80]!r}. {_describe_similar(connection, run_id)}")
    return found


def _describe_similar(connection: Connection, run_id: str) -> str:
    newest = ids_starting_with(connection, "", limit=500)
    similar = difflib.get_close_matches(run_id, newest, n=3, cutoff=0.6) or newest[:3]
    return f"Similar or newest ids: {', '.join(similar)}." if similar else "The store is empty."


class EveryRun(Collection[RunData]):
    """All runs, oldest first. Each run is read when the iteration reaches it: a store may not fit into memory."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ids = list(map(str, connection.scalars(select(runs.c.id).order_by(runs.c.number))))

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, run: object) -> bool:
        return isinstance(run, RunData) and run.id in self._ids

    def __iter__(self) -> Iterator[RunData]:
        found = (read_run(self._connection, run_id) for run_id in self._ids)
        return (run for run in found if run is not None)


def _identity(row: Row[Any]) -> dict[str, Any]:
    try:
        values = row._mapping  # noqa: SLF001  # public in SQLAlchemy, and fast for thousands of rows
        header = RunHeader.model_validate({name: values[name] for name in RunHeader.model_fields})
        return {"id": values["id"], "service": values["service"], "created": from_ms(values["created"]), "header": header}
    except (ValueError, TypeError, OverflowError):
        raise _unreadable(f"run {row.id!s:.80}") from None


def _summary(row: Row[Any]) -> RunSummary:
    state = _state(row.state_kind)
    job_id = "" if row.job_data is None else _job_id(row.job_data)
    updated = row.created if row.updated is None else row.updated
    known = _identity(row)
    return RunSummary(**known, updated=from_ms(updated), state=state, job_id=job_id, imported=bool(row.imported))


def _state(kind: object) -> RunState:
    return STATE_AFTER.get(str(kind), RunState.OPENED)


def _event(row: Row[Any]) -> Event:
    """Return the event of a row: the same object for the same row, because a run is read many times while it goes on."""
    written = (row.seq, row.at, row.kind, row.data, row.prev_sha256, row.sha256)
    try:
        known = _known_events(row.run_id)
        event = known.get(written)
        return event if event is not None else known.setdefault(written, _make_event(*written))
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise _unreadable(f"event {row.seq} of run {row.run_id!s:.80}") from None


@lru_cache(maxsize=2)  # no more runs than that: all events of a store may not fit into memory
def _known_events(_run_id: str) -> dict[tuple[Any, ...], Event]:
    return {}


def _make_event(seq: int, at: int, kind: str, data: str, prev_sha256: str, sha256: str) -> Event:
    return Event(seq=seq, at=from_ms(at), kind=kind, data=json.loads(data), prev_sha256=prev_sha256, sha256=sha256)


def _job_id(data: str) -> str:
    try:
        return str(json.loads(data).get("job_id", ""))
    except (ValueError, AttributeError, RecursionError):
        raise _unreadable("an answer of the service") from None


def _unreadable(what: str) -> RecordError:
    return RecordError(
        f"The record store holds {what} in a form that ddmkit never writes: it was edited or damaged. "
        "Restore the store from a copy; exported records stay readable."
    )
