"""Records that come from elsewhere: taken in as they were written, and a store that is left for another one.

Everything is a piece of one transaction that the caller begins and ends. What is taken in keeps its ids, times and hashes;
what is here already is recognised and never changed.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from ddmkit.errors import RecordError
from ddmkit.records import queries
from ddmkit.records.changes import note_job
from ddmkit.records.events import canonical_json
from ddmkit.records.runs import JOB_KINDS, RunData, RunState
from ddmkit.records.tables import claims, events, meta, runs, sends
from ddmkit.times import to_ms

__all__ = ["lock_place", "note_moved", "refuse_moved", "take_in"]

_MOVED = "moved_to"


def take_in(connection: Connection, run: RunData, *, with_claims: bool) -> int:
    """Write a run as it was read elsewhere and give how many of its events are new here.

    Raises ``RecordError`` when its id or plan is another run's here, or the two went on differently.
    """
    here = queries.read_run(connection, run.id)
    if here is None:
        _refuse_plan_of_another(connection, run)
        _write_header(connection, run)
    elif not _is_same(here, run):
        raise RecordError(
            f"Record {run.id} was not taken in: the store holds one of that id which went on differently. Nothing was "
            f"changed; compare the two: ddmkit records show {run.id}"
        )
    known = len(here.events) if here else 0
    fresh = run.events[known:]
    if fresh:
        rows = [
            {**event.model_dump(), "run_id": run.id, "at": to_ms(event.at), "data": canonical_json(event.data)}
            for event in fresh
        ]
        connection.execute(insert(events), rows)
        for event in fresh:
            if event.kind in JOB_KINDS:
                note_job(connection, run.service, str(event.data.get("job_id", "")), run.id)
        _keep_promises(connection, run, with_claims=with_claims)
    return len(fresh)


def _refuse_plan_of_another(connection: Connection, run: RunData) -> None:
    other = queries.run_of_plan(connection, run.header.plan_id)
    if other is not None:
        raise RecordError(
            f"Record {run.id} was not taken in: its plan {run.header.plan_id} belongs to record {other.id} here. "
            "A plan has one record; nothing was changed."
        )


def _write_header(connection: Connection, run: RunData) -> None:
    row = {**run.header.model_dump(), "id": run.id, "service": run.service, "created": to_ms(run.created)}
    connection.execute(insert(runs).values(row))


def _is_same(here: RunData, run: RunData) -> bool:
    both = min(len(here.events), len(run.events))
    same_run = (here.id, here.service, here.created, here.header) == (run.id, run.service, run.created, run.header)
    return same_run and here.events[:both] == run.events[:both]


def _keep_promises(connection: Connection, run: RunData, *, with_claims: bool) -> None:
    """Let a plan that was sent elsewhere not be sent here, and a target that is in use there not be used here."""
    was_sent = any(event.kind == "intent" for event in run.events) and run.state is not RunState.FREED
    if was_sent and queries.run_that_sent(connection, run.header.plan_id) is None:
        at = next(to_ms(event.at) for event in reversed(run.events) if event.kind == "intent")
        connection.execute(insert(sends).values(plan_id=run.header.plan_id, run_id=run.id, at=at))
    if run.state.is_settled:
        connection.execute(delete(claims).where(claims.c.run_id == run.id))
    elif with_claims:
        _claim_target(connection, run)


def _claim_target(connection: Connection, run: RunData) -> None:
    key = {"service": run.service, "project_id": run.header.project_id, "target_id": run.header.target_id}
    holder = queries.holder_of(connection, *key.values())
    if holder is not None:
        if holder.run_id == run.id:
            return
        raise RecordError(
            f"Record {run.id} was not taken in: its restore to {run.header.target_name or run.header.target_id} is open, "
            f"and so is record {holder.run_id} of the same target here. Settle one of them first; nothing was changed."
        )
    connection.execute(insert(claims).values(**key, run_id=run.id, **run.header.owner._asdict(), at=to_ms(run.created)))


def refuse_moved(connection: Connection) -> None:
    """Raise ``RecordError`` when the records of this store were moved; hold a move back until the caller is done."""
    connection.execute(select(meta.c.value).where(meta.c.name == "schema_version").with_for_update(read=True))
    # A statement of its own: whoever waited for the lock has to see what was written meanwhile.
    where = connection.scalar(select(meta.c.value).where(meta.c.name == _MOVED))
    if where is not None:
        raise RecordError(
            f"The records of this store were moved to {where}, so nothing is written here any more. Open them there: "
            "records= or DDMKIT_RECORDS."
        )


def lock_place(connection: Connection) -> None:
    """Keep everybody else from writing to this store until the transaction ends."""
    connection.execute(select(meta.c.value).where(meta.c.name == "schema_version").with_for_update())


def note_moved(connection: Connection, where: str) -> None:
    """Write down where the records of this store went."""
    connection.execute(insert(meta).values(name=_MOVED, value=where))
