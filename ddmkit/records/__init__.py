"""Records: each submit of a plan is kept as a run with its events, in a store that a team can share.

``events``, ``event_kinds`` and ``runs`` define what a record is. ``store`` keeps records and decides races by the rules in
``transaction``; ``transfer`` imports and moves records. ``reader`` reads facts from a run. ``files`` exports, signs and
verifies records as files. Nothing here knows the service or decides about a restore.

Each name is imported when it is first used: what only reads a record does not load the database library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ddmkit.records.events import Event, canonical_json
    from ddmkit.records.files.export import export_json, open_record_file, read_record_file
    from ddmkit.records.files.file_format import RecordFile, file_of, file_schema
    from ddmkit.records.files.integrity import Problem, verify_chain, verify_content, verify_file
    from ddmkit.records.runs import Claim, ClaimConflict, Owner, RunData, RunHeader, RunState, RunSummary, state_of
    from ddmkit.records.store import RecordStore
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

_MODULES = {
    "ddmkit.records.events": "Event canonical_json",
    "ddmkit.records.files.export": "export_json open_record_file read_record_file",
    "ddmkit.records.files.file_format": "RecordFile file_of file_schema",
    "ddmkit.records.files.integrity": "Problem verify_chain verify_content verify_file",
    "ddmkit.records.store": "RecordStore",
    "ddmkit.secrecy.scan": "find_secrets",
}
_USUAL = "ddmkit.records.runs"

if not TYPE_CHECKING:  # with __getattr__ in sight, a type checker would accept every misspelled name

    def __getattr__(name: str) -> object:
        """Import the module of a name when the name is first used (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module 'ddmkit.records' has no attribute {name!r}")
        module = next((module for module, names in _MODULES.items() if name in names.split()), _USUAL)
        value = getattr(importlib.import_module(module), name)
        globals()[name] = value
        return value
