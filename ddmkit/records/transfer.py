"""Records that come from elsewhere: imported from files, or received from a store that is moved here.

Everything is a piece of one transaction that the caller begins and ends. A run keeps its ids, times and hashes; what is here
already is recognised and never changed. A file may be a stranger's, so an imported run is marked and gets no rights: it
holds no target, owns no job and uses up no plan. A moved run keeps its rights.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from ddmkit.errors import RecordError
from ddmkit.records import queries
from ddmkit.records.events import Event, canonical_json
from ddmkit.records.runs import JOB_KINDS, RUN_ID, RunData, RunState
from ddmkit.records.tables import claims, events, imports, meta, runs, sends
from ddmkit.records.transaction import note_job
from ddmkit.times import to_ms

__all__ = ["import_run", "lock_place", "note_moved", "receive_run", "refuse_moved"]

_MOVED = "moved_to"
_MOST_NAMED = 5


def import_run(connection: Connection, run: RunData, at: datetime) -> int:
    """Write a run that was read from a file, mark it as imported, and return how many of its events are new here.

    A run that was submitted or moved here is never changed by a file. Raises ``RecordError`` when the file says more about
    such a run than the store does, when the two went on differently, or when the id or plan is another run's here.
    """
    here = _find_same(connection, run)
    fresh = run.events[len(here.events) if here else 0 :]
    if here is None:
        _write_header(connection, run)
        connection.execute(insert(imports).values(run_id=run.id, at=to_ms(at)))
    elif fresh and not queries.is_imported(connection, run.id):
        raise RecordError(
            f"Record {run.id} was not imported: it was submitted in this store and is {here.state} here. No file changes "
            f"such a record. The file adds {_describe_events(fresh)}, which would make it {run.state}. Nothing was changed. To "
            f"find out what became of the restore itself: kit.resume({run.id!r})"
        )
    _write_events(connection, run, fresh)
    return len(fresh)


def receive_run(connection: Connection, run: RunData) -> int:
    """Write a run of a store that is moved here, with all its rights, and return how many of its events are new here.

    Raises ``RecordError`` when its id or plan is another run's here, when the two went on differently, or when its target
    has another open restore here.
    """
    here = _find_same(connection, run)
    imported = here is not None and queries.is_imported(connection, run.id)
    if here is None:
        _write_header(connection, run)
    elif imported and len(here.events) > len(run.events):
        raise RecordError(
            f"Record {run.id} was not moved: the other store has imported a copy of it that goes on with "
            f"{_describe_events(here.events[len(run.events) :])}. Nothing was changed; move to a new store."
        )
    connection.execute(delete(imports).where(imports.c.run_id == run.id))
    fresh = run.events[len(here.events) if here else 0 :]
    _write_events(connection, run, fresh)
    if fresh or imported:
        _keep_promises(connection, run)
    return len(fresh)


def _find_same(connection: Connection, run: RunData) -> RunData | None:
    """Return the run as it is here, ``None`` when it is not; raise ``RecordError`` when another run is in its place."""
    if not RUN_ID.fullmatch(run.id):
        raise RecordError(f"A record was not accepted: its id has another form than {RUN_ID.pattern}. Nothing was changed.")
    here = queries.read_run(connection, run.id)
    if here is None:
        other = queries.run_of_plan(connection, run.header.plan_id)
        if other is not None:
            raise RecordError(
                f"Record {run.id} was not accepted: its plan {run.header.plan_id} belongs to record {other.id} here. "
                "A plan has one record; nothing was changed."
            )
        return None
    difference = _describe_difference(here, run)
    if difference:
        raise RecordError(
            f"Record {run.id} was not accepted: the store holds one of that id which went on differently: {difference}. "
            f"Nothing was changed; compare the two: ddmkit records show {run.id}"
        )
    return here


def _describe_difference(here: RunData, run: RunData) -> str:
    """Describe where two runs of one id differ; empty when one of them is the beginning of the other."""
    if (here.service, here.created, here.header) != (run.service, run.created, run.header):
        return "they are of different restores"
    pairs = zip(here.events, run.events, strict=False)
    both = next(((mine, other) for mine, other in pairs if mine != other), None)
    if both is None:
        return ""
    return f"event {both[0].seq} is {both[0].kind!r} in the store and {both[1].kind!r} in the other"


def _describe_events(added: Sequence[Event]) -> str:
    kinds = ", ".join(f"{event.seq} {event.kind}" for event in added[:_MOST_NAMED])
    more = f" and {len(added) - _MOST_NAMED} more" if len(added) > _MOST_NAMED else ""
    return f"the event{'s' if len(added) > 1 else ''} {kinds}{more}"


def _write_events(connection: Connection, run: RunData, fresh: Sequence[Event]) -> None:
    rows = [
        {**event.model_dump(), "run_id": run.id, "at": to_ms(event.at), "data": canonical_json(event.data)}
        for event in fresh
    ]
    if rows:
        connection.execute(insert(events), rows)


def _write_header(connection: Connection, run: RunData) -> None:
    row = {**run.header.model_dump(), "id": run.id, "service": run.service, "created": to_ms(run.created)}
    connection.execute(insert(runs).values(row))


def _keep_promises(connection: Connection, run: RunData) -> None:
    """Bring along that the plan was sent, and that its open restore holds the target."""
    was_sent = any(event.kind == "intent" for event in run.events) and run.state is not RunState.FREED
    if was_sent and queries.run_that_sent(connection, run.header.plan_id) is None:
        at = next(to_ms(event.at) for event in reversed(run.events) if event.kind == "intent")
        connection.execute(insert(sends).values(plan_id=run.header.plan_id, run_id=run.id, at=at))
    for event in run.events:
        if event.kind in JOB_KINDS:
            note_job(connection, run.service, str(event.data.get("job_id", "")), run.id)
    if run.state.is_settled:
        connection.execute(delete(claims).where(claims.c.run_id == run.id))
    else:
        _claim_target(connection, run)


def _claim_target(connection: Connection, run: RunData) -> None:
    key = {"service": run.service, "project_id": run.header.project_id, "target_id": run.header.target_id}
    holder = queries.holder_of(connection, *key.values())
    if holder is not None:
        if holder.run_id == run.id:
            return
        raise RecordError(
            f"Record {run.id} was not accepted: its restore to {run.header.target_name or run.header.target_id} is open, "
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
