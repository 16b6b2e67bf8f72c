"""The floor that remembers: each submitting of a plan as a run with its events, in a store that others can share.

``events`` and ``runs`` say what a record is, ``store`` keeps it and decides races, ``export`` makes a file of it,
``verify`` tells whether one was edited, ``page`` lets people read it. Nothing here knows the service or decides a restore.
"""

from __future__ import annotations

from ddmkit.records.changes import ClaimConflict
from ddmkit.records.events import Event, canonical_json
from ddmkit.records.export import export_json, read_record_file
from ddmkit.records.runs import Claim, Owner, RunData, RunHeader, RunState, RunSummary, state_of
from ddmkit.records.scan import find_secrets
from ddmkit.records.store import RecordStore
from ddmkit.records.verify import Problem, verify_chain

__all__ = [
    "Claim",
    "ClaimConflict",
    "Event",
    "Owner",
    "Problem",
    "RecordStore",
    "RunData",
    "RunHeader",
    "RunState",
    "RunSummary",
    "canonical_json",
    "export_json",
    "find_secrets",
    "read_record_file",
    "state_of",
    "verify_chain",
]
