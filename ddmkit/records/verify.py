"""Whether a run or a record file was edited: held against its hashes, seal and signature. Works offline, on values alone.

A chain shows that something inside was changed; the seal of a file shows that its end was cut off or its summary changed;
only a signature, looked at with a key or fingerprint that came another way, shows that not all of it was made anew.
"""

from __future__ import annotations

from typing import NamedTuple

from ddmkit.errors import RecordError
from ddmkit.records.events import Event, event_sha256
from ddmkit.records.file_form import RecordFile, seal_of, summary_of
from ddmkit.records.runs import RunData, header_sha256
from ddmkit.records.signing import fingerprint_of, signature_fits

__all__ = ["Problem", "verify_chain", "verify_content", "verify_file"]


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


def verify_file(file: RecordFile, *, fingerprint: str = "") -> list[Problem]:
    """Give what does not fit in a record file, events first; an empty list when it is as it was exported.

    With ``fingerprint`` it has to be signed with that very key. Raises ``RecordError`` for a signed file when the extra
    ``sign`` is not installed.
    """
    problems = verify_chain(file.run)
    if problems:
        return problems  # whatever else differs follows from that
    return [*_seal_misfits(file), *_signature_misfits(file, fingerprint)]


def verify_content(file: RecordFile) -> list[Problem]:
    """Give what does not fit in a record file, its signature left aside: needs no extra, so it ends the same anywhere."""
    return verify_chain(file.run) or _seal_misfits(file)


def _seal_misfits(file: RecordFile) -> list[Problem]:
    right, last = seal_of(file), len(file.events)
    if right.events != file.seal.events:
        return [Problem(last, f"the seal counts {file.seal.events} events and the file holds {last}: its end was cut off")]
    if right.head_sha256 != file.seal.head_sha256:
        return [Problem(last, f"event {last} is not the one that the seal names as the last: its end was exchanged")]
    problems = []
    if file.summary != summary_of(file.run):
        problems.append(Problem(0, "the summary does not say what the events say: it was changed"))
    if right.sha256 != file.seal.sha256:
        problems.append(Problem(0, "the content does not have the hash in the seal: one of the two was changed"))
    return problems


def _signature_misfits(file: RecordFile, fingerprint: str) -> list[Problem]:
    signature = file.signature
    if signature is None:
        return [Problem(0, f"the file is not signed, though the key {fingerprint} was asked for")] if fingerprint else []
    if signature.fingerprint != fingerprint_of(signature.public_key):
        return [Problem(0, "the signature names a fingerprint that is not its key's")]
    if not signature_fits(file):
        return [Problem(0, "the signature was not made over this content with the key that it names")]
    if fingerprint and signature.fingerprint != fingerprint:
        return [Problem(0, f"the file is signed with another key ({signature.fingerprint}) than {fingerprint}")]
    return []


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
