"""Verify the records that the record of a fleet names: each by the hash of its last event when its row ended.

The record of a fleet thereby proves all of them: whoever signs it signs for every row. Works offline, on values only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ddmkit.records.files.integrity import Problem, verify_chain
from ddmkit.records.runs import RunData

__all__ = ["NamedRecord", "named_records", "verify_named"]


class NamedRecord(NamedTuple):
    """A record that a fleet names: its row, its id, and the hash of its last event when the row ended."""

    row: str
    record: str
    sha256: str


def named_records(fleet: RunData) -> tuple[NamedRecord, ...]:
    """Return the records that a fleet names, each as it was named last; rows for which nothing was sent have none."""
    found: dict[str, NamedRecord] = {}
    for event in fleet.events:
        data = event.data
        if event.kind == "fleet-item" and data.get("record"):
            row = str(data["row"])
            found[row] = NamedRecord(row, str(data["record"]), str(data["record_sha256"]))
    return tuple(found.values())


def verify_named(fleet: RunData, items: Iterable[RunData]) -> list[Problem]:
    """Verify the records of a fleet's rows against that of the fleet; an empty list means that all are there, intact."""
    given = {run.id: run for run in items}
    named = named_records(fleet)
    problems = []
    for row, record, sha256 in named:
        run = given.get(record)
        if run is None:
            problems.append(Problem(0, f"row {row}: its record {record} is not among the files"))
            continue
        edits = verify_chain(run)
        if edits:
            problems.append(Problem(0, f"row {row}: its record {record} is not as it was written: {edits[0].what}"))
        elif sha256 not in {event.sha256 for event in run.events}:
            problems.append(Problem(0, f"row {row}: its record {record} is another one than the fleet names"))
    strangers = sorted(set(given) - {one.record for one in named})
    return problems + [Problem(0, f"record {record} is not named by the fleet") for record in strangers]
