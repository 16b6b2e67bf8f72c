"""Write rows into the tables of a store: a run, its events, its claims and its jobs. The caller has checked that it may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from ddmkit.records import queries
from ddmkit.records.events import Event, canonical_json
from ddmkit.records.runs import Owner, RunData
from ddmkit.records.tables import claims, events, jobs, runs
from ddmkit.times import to_ms

__all__ = ["insert_claim", "insert_events", "insert_header", "note_job"]

_LONGEST_NAME = 200
_INSERT_EVENTS = insert(events)


def insert_header(connection: Connection, run: RunData) -> None:
    """Write a run without its events."""
    header = {**run.header.model_dump(), "kind": run.header.kind}
    row = {**header, "id": run.id, "service": run.service, "created": to_ms(run.created)}
    connection.execute(insert(runs).values(row))


def insert_events(connection: Connection, run_id: str, added: Sequence[Event]) -> None:
    """Write events of a run."""
    rows = [{**dict(event), "run_id": run_id, "at": to_ms(event.at), "data": canonical_json(event.data)} for event in added]
    if rows:
        connection.execute(_INSERT_EVENTS, rows)


def insert_claim(connection: Connection, run: RunData, owner: Owner, at: datetime, key: str, step: str) -> None:
    """Write that a run, or one of its steps, holds a claim key."""
    place = {"service": run.service, "project_id": run.header.project_id, "claim_key": key}
    connection.execute(insert(claims).values(**place, run_id=run.id, step=step, **owner._asdict(), at=to_ms(at)))


def note_job(connection: Connection, service: str, job_id: str, run_id: str) -> str:
    """Write that a job belongs to a run, unless it belongs to a run already; return the id of the run that it belongs to.

    The caller writes an answer whatever this returns, because the record keeps what happened. An id that does not fit into
    the table is not the id of a job of the service, and is not written here.
    """
    owner = queries.run_of_job(connection, service, job_id)
    if owner is None and 0 < len(job_id) <= _LONGEST_NAME:
        connection.execute(insert(jobs).values(service=service, job_id=job_id, run_id=run_id))
    return owner or run_id
