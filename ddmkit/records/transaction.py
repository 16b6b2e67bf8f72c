"""The changes of a record store, each within a transaction that the caller begins and ends.

These are the rules of the store: one run per plan, one sending per plan, one open restore per target, events in a chain.
Each change checks before it writes. When another process was faster, the unique keys of the tables refuse the change, and
the caller repeats the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from ddmkit.errors import RecordError
from ddmkit.records import queries
from ddmkit.records.events import Event, canonical_json, chain_event
from ddmkit.records.runs import (
    JOB_KINDS,
    STATE_AFTER,
    UNDECIDED,
    Claim,
    ClaimConflict,
    Owner,
    RunData,
    RunHeader,
    RunState,
    RunSummary,
    header_sha256,
    kind_in_time,
    may_settle,
)
from ddmkit.records.tables import claims, events, jobs, runs, sends
from ddmkit.times import format_utc, to_ms

__all__ = ["StoreTransaction", "insert_claim", "insert_events", "insert_header", "note_job"]

_LONGEST_NAME = 200
_REOPENING = JOB_KINDS | {"unknown"}
# Anybody who follows a job sees these ends. Every other end is decided in the store where the run was submitted.
_OBSERVED_ENDS = frozenset({"completed", "failed"})


class StoreTransaction:
    """Writes to a store within one transaction."""

    def __init__(
        self, connection: Connection, *, service: str, clock: Callable[[], datetime], random_hex: Callable[[int], str]
    ) -> None:
        self._connection = connection
        self._service = service
        self._clock = clock
        self._random_hex = random_hex

    def open_run(self, header: RunHeader, about: Mapping[str, Any]) -> str:
        """Write a run with its ``opened`` event and return its id; return the id of the plan's run when there is one."""
        known = queries.run_of_plan(self._connection, header.plan_id)
        if known is not None:
            self._refuse_imported(known.id)
            _refuse_another_plan(known, header, self._service)
            return known.id
        now = self._clock()
        run_id = f"r-{now.astimezone(UTC):%Y%m%d-%H%M%S}-{self._random_hex(3)}"
        insert_header(self._connection, RunData(id=run_id, service=self._service, created=now, header=header, events=()))
        self._write_event(self._locked(run_id), "opened", {**about, **header.owner._asdict()})
        return run_id

    def append(self, run_id: str, kind: str, data: Mapping[str, Any], *, of_intent: int | None = None) -> Event:
        """Write the next event of a run; an event that arrives late is kept as evidence and changes no state."""
        run = self._locked(run_id)
        self._refuse_other_intent(run_id, of_intent)
        state = queries.state_in_store(self._connection, run_id)
        if kind in _REOPENING:
            self._refuse_imported(run_id)
        if kind == "adopted":
            self._refuse_adoption(run_id, state, str(data["job_id"]))
        same_job = kind in JOB_KINDS and data["job_id"] == queries.job_id_in_store(self._connection, run_id)
        kind = kind_in_time(kind, state, same_job=same_job)
        if kind in JOB_KINDS:
            owner = note_job(self._connection, run.service, str(data["job_id"]), run_id)
            if kind == "adopted" and owner != run_id:
                raise _job_of_another(str(data["job_id"]), run_id)
        if kind in _REOPENING and self._holder(run) is None:
            # A run that was settled too early claims its target again, unless another restore has claimed it.
            self._claim_target(run, run.header.owner)
        return self._write_event(run, kind, data)

    def claim(self, run_id: str, data: Mapping[str, Any], owner: Owner | None) -> Event:
        """Write the sending of the run's plan, the claim on its target and the ``intent``; or raise ``ClaimConflict``."""
        run = self._locked(run_id)
        self._refuse_imported(run_id)
        _refuse_second_send(run, self._holder(run), queries.run_that_sent(self._connection, run.header.plan_id))
        now = to_ms(self._clock())
        self._connection.execute(insert(sends).values(plan_id=run.header.plan_id, run_id=run_id, at=now))
        self._claim_target(run, owner or run.header.owner)
        return self._write_event(run, "intent", data)

    def settle(self, run_id: str, kind: str, data: Mapping[str, Any], *, of_intent: int | None = None) -> Event:
        """Write the run's closing event and delete its claim; return the earlier event when the run has ended this way."""
        run = self._locked(run_id)
        if kind not in _OBSERVED_ENDS:
            self._refuse_imported(run_id)
        self._refuse_other_intent(run_id, of_intent)
        state = queries.state_in_store(self._connection, run_id)
        if not may_settle(state, kind):
            return self._closing_event(run, state, kind)
        self._connection.execute(delete(claims).where(claims.c.run_id == run_id))
        event = self._write_event(run, kind, data)
        if kind == "freed":
            # Nothing was started: the plan had no effect, and may be sent again until it expires.
            # The order matters: a trigger allows this deletion only right after the event "freed".
            self._connection.execute(delete(sends).where(sends.c.run_id == run_id))
        return event

    def _locked(self, run_id: str) -> RunData:
        """Return the run without its events, locked against other writers until the transaction ends."""
        self._connection.execute(select(runs.c.id).where(runs.c.id == run_id).with_for_update())
        run = queries.read_header(self._connection, run_id)
        if run is None:
            raise RecordError(
                f"There is no run {run_id!r} in this record store, so nothing was written to it. "
                "List its runs with: ddmkit records list"
            )
        return run

    def _refuse_imported(self, run_id: str) -> None:
        if queries.is_imported(self._connection, run_id):
            raise RecordError(
                f"Record {run_id} was imported from a file, so nothing is sent, adopted or released from it here. Nothing "
                "was written. Continue in the record store that the file came from, or make a new plan."
            )

    def _refuse_other_intent(self, run_id: str, of_intent: int | None) -> None:
        """Refuse a decision about a request when the plan has been sent again since."""
        if of_intent is None:
            return
        newest = queries.last_event(self._connection, run_id, "intent")
        if newest is None or newest.seq != of_intent:
            raise RecordError(
                f"The plan of run {run_id} was sent once more meanwhile, so nothing was written about the request before. "
                f"Check the run again: kit.resume({run_id!r})."
            )

    def _refuse_adoption(self, run_id: str, state: RunState, job_id: str) -> None:
        if state not in UNDECIDED:
            raise RecordError(f"Run {run_id} is {state}, so no job was adopted for it. Resume it: kit.resume({run_id!r}).")
        # Two adoptions at the same moment both pass this check; then the unique key of the table of jobs decides.
        if job_id in queries.job_ids_of_service(self._connection, self._service):
            raise _job_of_another(job_id, run_id)

    def _write_event(self, run: RunData, kind: str, data: Mapping[str, Any]) -> Event:
        last = queries.last_event(self._connection, run.id)
        event = chain_event(
            seq=last.seq + 1 if last else 1,
            at=self._clock(),
            kind=kind,
            data=data,
            prev_sha256=last.sha256 if last else header_sha256(run),
        )
        insert_events(self._connection, run.id, [event])
        return event

    def _holder(self, run: RunData) -> Claim | None:
        return queries.holder_of(self._connection, run.service, run.header.project_id, run.header.target_id)

    def _claim_target(self, run: RunData, owner: Owner) -> None:
        insert_claim(self._connection, run, owner, self._clock())

    def _closing_event(self, run: RunData, state: RunState, kind: str) -> Event:
        last = queries.last_event(self._connection, run.id, kind)
        if last is None or STATE_AFTER[kind] != state:
            raise RecordError(
                f"Run {run.id} is {state}, so it cannot end as {kind}. Look at its events: ddmkit records show {run.id}"
            )
        return last


def insert_header(connection: Connection, run: RunData) -> None:
    """Write a run without its events."""
    row = {**run.header.model_dump(), "id": run.id, "service": run.service, "created": to_ms(run.created)}
    connection.execute(insert(runs).values(row))


def insert_events(connection: Connection, run_id: str, added: Sequence[Event]) -> None:
    """Write events of a run."""
    rows = [
        {**event.model_dump(), "run_id": run_id, "at": to_ms(event.at), "data": canonical_json(event.data)}
        for event in added
    ]
    if rows:
        connection.execute(insert(events), rows)


def insert_claim(connection: Connection, run: RunData, owner: Owner, at: datetime) -> None:
    """Write that a run has the one open restore of its target."""
    key = {"service": run.service, "project_id": run.header.project_id, "target_id": run.header.target_id}
    connection.execute(insert(claims).values(**key, run_id=run.id, **owner._asdict(), at=to_ms(at)))


def note_job(connection: Connection, service: str, job_id: str, run_id: str) -> str:
    """Write that a job belongs to a run, unless it belongs to a run already; return the id of the run that it belongs to.

    The caller writes an answer whatever this returns, because the record keeps what happened. An id that does not fit into
    the table is not the id of a job of the service, and is not written here.
    """
    owner = queries.run_of_job(connection, service, job_id)
    if owner is None and 0 < len(job_id) <= _LONGEST_NAME:
        connection.execute(insert(jobs).values(service=service, job_id=job_id, run_id=run_id))
    return owner or run_id


def _job_of_another(job_id: str, run_id: str) -> RecordError:
    return RecordError(f"Job {job_id} belongs to a record already, so run {run_id} did not adopt it.")


def _refuse_second_send(run: RunData, holder: Claim | None, sent_by: str | None) -> None:
    if sent_by is not None:
        claim = holder if holder and holder.run_id == sent_by else Claim(sent_by, run.header.owner, run.created)
        raise ClaimConflict(
            f"Plan {run.header.plan_id} has been sent already, by {claim.owner} in run {sent_by}. "
            "A plan is sent once: follow that run, or make a new plan.",
            reason="plan",
            claim=claim,
        )
    if holder is not None:
        raise ClaimConflict(
            f"A restore to {run.header.target_name or run.header.target_id} is open: run {holder.run_id}, "
            f"held by {holder.owner} since {format_utc(holder.at)}. Resume that run, or release it when it is stale.",
            reason="target",
            claim=holder,
        )


def _refuse_another_plan(known: RunSummary, header: RunHeader, service: str) -> None:
    same = ("digest", "project_id", "source_id", "target_id")
    if known.service != service or any(getattr(known.header, name) != getattr(header, name) for name in same):
        raise RecordError(f"Plan {header.plan_id} belongs to run {known.id}, which is of another restore. Make a new plan.")
