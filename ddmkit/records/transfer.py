"""Records from other places: imported from files, or received from another store that moves here.

Each function works within a transaction that the caller begins and ends. A run keeps its ids, times and hashes; events that
are in the store already are never changed. A file may come from a stranger, so an imported run is marked and gets no rights:
it claims no target, owns no job and uses no plan. A moved run keeps its rights.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from ddmkit.errors import RecordError
from ddmkit.records import queries
from ddmkit.records.events import Event
from ddmkit.records.rows import insert_claim, insert_events, insert_header, note_job
from ddmkit.records.runs import RUN_ID, RunData, RunState
from ddmkit.records.steps import OWNING_KINDS, ids_made, last_intent, restore_key, state_of_step, states_of_steps
from ddmkit.records.tables import claims, fleet_items, fleets, imports, meta, sends
from ddmkit.times import to_ms

__all__ = ["fleet_rows", "import_run", "lock_place", "note_moved", "receive_fleets", "receive_run", "refuse_moved"]

_MOVED = "moved_to"
_MOST_NAMED = 5
# Every writer locks this row for sharing; a move locks it alone.
_SCHEMA_ROW = select(meta.c.value).where(meta.c.name == "schema_version")
_SHARED_ROW = _SCHEMA_ROW.with_for_update(read=True)
_MOVED_TO = select(meta.c.value).where(meta.c.name == _MOVED)


def import_run(connection: Connection, run: RunData, at: datetime) -> int:
    """Write a run that was read from a file, mark it as imported, and return how many of its events are new here.

    A file never changes a run that was submitted in or moved to this store. Raises ``RecordError`` when the file adds events
    to such a run, when file and store contradict each other, or when the id or plan belongs to another run here.
    """
    here = _find_same(connection, run)
    fresh = run.events[len(here.events) if here else 0 :]
    if here is None:
        insert_header(connection, run)
        connection.execute(insert(imports).values(run_id=run.id, at=to_ms(at)))
    elif fresh and not queries.is_imported(connection, run.id):
        raise RecordError(
            f"Record {run.id} was not imported: it was submitted in this store and is {here.state} here. A file never "
            f"changes such a record. The file adds {_describe_events(fresh)}, which would make the record {run.state}. "
            f"Nothing was changed. To find out how the restore itself stands: kit.resume({run.id!r})"
        )
    insert_events(connection, run.id, fresh)
    return len(fresh)


def receive_run(connection: Connection, run: RunData) -> int:
    """Write a run of another store that moves here, with all its rights; return how many of its events are new here.

    Raises ``RecordError`` when the id or plan belongs to another run here, when the two stores contradict each other, or
    when the target has another open restore here.
    """
    here = _find_same(connection, run)
    imported = here is not None and queries.is_imported(connection, run.id)
    if here is None:
        insert_header(connection, run)
    elif imported and len(here.events) > len(run.events):
        raise RecordError(
            f"Record {run.id} was not moved: the other store has an imported copy that adds "
            f"{_describe_events(here.events[len(run.events) :])}. Nothing was changed; move to a new store."
        )
    connection.execute(delete(imports).where(imports.c.run_id == run.id))
    fresh = run.events[len(here.events) if here else 0 :]
    insert_events(connection, run.id, fresh)
    if fresh or imported:
        _keep_rights(connection, run)
    return len(fresh)


def _find_same(connection: Connection, run: RunData) -> RunData | None:
    """Return the run as this store has it, or ``None``; raise ``RecordError`` when its id or plan is taken."""
    if not RUN_ID.fullmatch(run.id):
        raise RecordError(f"A record was not accepted: its id does not match {RUN_ID.pattern}. Nothing was changed.")
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
            f"Record {run.id} was not accepted: it contradicts the record of that id in the store: {difference}. "
            f"Nothing was changed; compare the two: ddmkit records show {run.id}"
        )
    return here


def _describe_difference(here: RunData, run: RunData) -> str:
    """Describe where two runs of one id differ; return nothing when one is the beginning of the other."""
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


def _keep_rights(connection: Connection, run: RunData) -> None:
    """Write what was sent, which jobs and instances are the run's own, and which claims it holds."""
    connection.execute(delete(claims).where(claims.c.run_id == run.id))
    for step in ("", *states_of_steps(run.events)):
        intent, state = last_intent(run.events, step), state_of_step(run.events, step)
        if intent is None:
            continue
        may_be_sent_again = state is RunState.FREED or (bool(step) and state is RunState.RELEASED)
        if not may_be_sent_again and queries.run_that_sent(connection, run.header.plan_id, step) is None:
            sent = {"plan_id": run.header.plan_id, "step": step, "run_id": run.id, "at": to_ms(intent.at)}
            connection.execute(insert(sends).values(sent))
        if not state.is_settled:
            key = str(intent.data.get("claim_key", "")) if step else restore_key(run.header.target_id)
            _claim(connection, run, key, step)
    for event in run.events:
        if event.kind in OWNING_KINDS:
            for one in ids_made(event.data):
                note_job(connection, run.service, one, run.id)
    held = next((str(event.data.get("claim_key", "")) for event in run.events if event.kind == "opened"), "")
    if held and run.state not in {RunState.COMPLETED, RunState.ABANDONED, RunState.REFUSED}:
        _claim(connection, run, held, "")


def _claim(connection: Connection, run: RunData, key: str, step: str) -> None:
    holder = queries.holder_of(connection, run.service, run.header.project_id, key)
    if holder is not None:
        header = run.header
        what = f"its step {step}" if step else f"its {header.kind} to {header.target_name or header.target_id}"
        raise RecordError(
            f"Record {run.id} was not accepted: {what} is open, and so is record {holder.run_id} of the same target here. "
            "Settle one of them first; nothing was changed."
        )
    insert_claim(connection, run, run.header.owner, run.created, key, step)


def fleet_rows(connection: Connection) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the state of all fleets and of their items."""
    found = [[row._asdict() for row in connection.execute(select(one))] for one in (fleets, fleet_items)]
    return found[0], found[1]


def receive_fleets(connection: Connection, known: Sequence[dict[str, Any]], items: Sequence[dict[str, Any]]) -> None:
    """Write the state of fleets of another store that moves here; a fleet that is here already stays as it is."""
    here = set(connection.scalars(select(fleets.c.run_id)))
    new = [row for row in known if row["run_id"] not in here]
    ids = {row["run_id"] for row in new}
    for table, rows in ((fleets, new), (fleet_items, [row for row in items if row["fleet_id"] in ids])):
        if rows:
            connection.execute(insert(table), rows)


def refuse_moved(connection: Connection) -> None:
    """Raise ``RecordError`` when the records of this store were moved; block a move until the transaction ends."""
    connection.execute(_SHARED_ROW)
    # A separate statement: after waiting for the lock it sees what was written in the meantime.
    where = connection.scalar(_MOVED_TO)
    if where is not None:
        raise RecordError(
            f"The records of this store were moved to {where}, so this store is read-only. Use that address: "
            "records= or DDMKIT_RECORDS."
        )


def lock_place(connection: Connection) -> None:
    """Block all other writers of this store until the transaction ends."""
    connection.execute(_SCHEMA_ROW.with_for_update())


def note_moved(connection: Connection, where: str) -> None:
    """Write the address that the records of this store were moved to."""
    connection.execute(insert(meta).values(name=_MOVED, value=where))
