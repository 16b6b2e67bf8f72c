"""Records: each submit of a plan is kept as a run with its events, in a store that a team can share.

``events``, ``event_kinds`` and ``runs`` define what a record is. ``store`` keeps records and decides races by the rules in
``transaction``; ``transfer`` imports and moves records. ``reader`` reads facts from a run. ``files`` exports, signs and
verifies records as files. Nothing here knows the service or decides about a restore.
"""

from __future__ import annotations

from ddmkit.records.events import Event, canonical_json
from ddmkit.records.files.export import export_json, open_record_file, read_record_file
from ddmkit.records.files.file_format import RecordFile, file_of, file_schema
from ddmkit.records.files.integrity import Problem, verify_chain, verify_content, verify_file
from ddmkit.records.runs import Claim, Owner, RunData, RunHeader, RunState, RunSummary, state_of
from ddmkit.records.store import RecordStore
from ddmkit.records.transaction import ClaimConflict
from ddmkit.secrecy.scan import find_secrets

__all__ = [
    "Claim",
    "ClaimConflict",
    "Event",
    "Owner",
    "Problem",
    "RecordFile",
    "RecordStore",
    "RunData",
    "RunHeader",
    "RunState",
    "RunSummary",
    "canonical_json",
    "export_json",
    "file_of",
    "file_schema",
    "find_secrets",
    "open_record_file",
    "read_record_file",
    "state_of",
    "verify_chain",
    "verify_content",
    "verify_file",
]
