"""Whether a run was edited: its events held against the hashes that chain them. Works offline, on values alone.

A chain shows that something inside was changed; it cannot show that its end was cut off, or that all of it was made anew.
"""

from __future__ import annotations

from typing import NamedTuple

from ddmkit.errors import RecordError
from ddmkit.records.events import Event, event_sha256
from ddmkit.records.runs import RunData, header_sha256

__all__ = ["Problem", "verify_chain"]


class Problem(NamedTuple):
    """What does not fit: at which event (0 for the run as a whole), and how."""

    seq: int
    what: str


def verify_chain(run: RunData) -> list[Problem]:
    """Give what does not fit in a run, the first first; an empty list when nothing was edited."""
    if not run.events:
        return [Problem(0, "the run has no events, and every run begins with one")]
    problems = []
    before = header_sha256(run)
    for number, event in enumerate(run.events, 1):
        problems += [Problem(number, what) for what in _misfits(event, number, before)]
        before = event.sha256
    return problems


def _misfits(event: Event, number: int, before: str) -> list[str]:
    found = []
    if event.seq != number:
        found.append(f"event {event.seq} ({event.kind}) stands where event {number} belongs")
    if event.prev_sha256 != before:
        follows = "the header of the run" if number == 1 else f"event {number - 1}"
        found.append(f"event {event.seq} ({event.kind}) does not follow {follows}: one of the two was changed")
    if event.sha256 != _own_hash(event):
        found.append(f"event {event.seq} ({event.kind}) does not have its own hash: it was changed")
    return found


def _own_hash(event: Event) -> str:
    try:
        return event_sha256(event)
    except RecordError:
        return ""
