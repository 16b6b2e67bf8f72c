"""Detect edits of a run or a record file, by its hashes, seal and signature. Works offline, on values only.

The hash chain shows that an event was changed. The seal of a file shows that its end was cut off or its summary changed.
Both show accidents only, because a forger can compute new hashes. A signature shows a forgery, when it is checked with a key
or fingerprint that reached the reader another way. No sentence of a file is compared with the wording of this version.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ddmkit.errors import RecordError
from ddmkit.records.events import Event, event_sha256
from ddmkit.records.files.file_format import RecordFile, seal_of, summary_facts
from ddmkit.records.files.file_signature import fingerprint_of, signature_fits
from ddmkit.records.runs import RunData, header_sha256

__all__ = ["Problem", "Trust", "Verdict", "judge_chain", "judge_file", "verify_chain", "verify_content", "verify_file"]


class Problem(NamedTuple):
    """What is wrong, and at which event (0 for the run as a whole)."""

    seq: int
    what: str


class Trust(StrEnum):
    """How far a record can be trusted: the three results of a verification."""

    SIGNED = "intact and signed by a key you trust"
    UNPROVEN = "intact, but not signed by a key you trust"
    EDITED = "edited"


class Verdict(NamedTuple):
    """The result of a verification.

    ``problems`` lists what is wrong: an edit, or a signature that was asked for and is missing. ``cautions`` are sentences
    on what the verification cannot show; a record that was not edited may have some.
    """

    result: Trust
    problems: list[Problem]
    cautions: list[str]


def judge_chain(run: RunData) -> Verdict:
    """Verify a run of a store, which no signature covers: it is edited or unproven."""
    problems = verify_chain(run)
    return Verdict(Trust.EDITED if problems else Trust.UNPROVEN, problems, [] if problems else [_IN_STORE])


def judge_file(file: RecordFile, *, fingerprint: str = "", require_signature: bool = False) -> Verdict:
    """Verify a record file: its events, seal and signature.

    ``fingerprint`` names the key that must have signed the file; ``require_signature`` accepts any key. Raises
    ``RecordError`` for a signed file when the extra ``sign`` is not installed.
    """
    edits = verify_content(file) or _signature_edits(file)
    if edits:
        return Verdict(Trust.EDITED, edits, [])
    signed_by = file.signature.fingerprint if file.signature is not None else ""
    if fingerprint and signed_by == fingerprint:
        return Verdict(Trust.SIGNED, [], [])
    missing = _missing_signature(signed_by, fingerprint, require_signature=require_signature)
    caution = _SIGNED_BY_STRANGER.format(signed_by) if signed_by else _UNSIGNED
    return Verdict(Trust.UNPROVEN, [Problem(0, what) for what in missing], [caution])


_UNSIGNED = (
    "The record is not signed. Its hashes show accidental changes, but not a forgery: whoever forges a record computes new "
    "hashes. Ask the sender for a signed file and for the key's fingerprint."
)
_SIGNED_BY_STRANGER = (
    "The signature was made with the key {}. Anybody can make a key: compare this fingerprint with one that reached you "
    "another way, with --fingerprint or --key."
)
_IN_STORE = (
    "A record in a store is not signed. Its hashes show accidental changes, but not a forgery by someone who can write to "
    "the store."
)


def verify_chain(run: RunData) -> list[Problem]:
    """Verify the hash chain of a run, and return the problems in the order of the events; an empty list means intact."""
    if not run.events:
        return [Problem(0, "the run has no events, and every run begins with one")]
    problems = []
    before = header_sha256(run)
    for number, event in enumerate(run.events, 1):
        problems += [Problem(number, what) for what in _event_problems(event, number, before)]
        before = event.sha256
    return problems


def verify_file(file: RecordFile, *, fingerprint: str = "") -> list[Problem]:
    """Verify a record file, and return the problems; an empty list means intact.

    With ``fingerprint`` the file must be signed with that key. Raises ``RecordError`` for a signed file when the extra
    ``sign`` is not installed.
    """
    return judge_file(file, fingerprint=fingerprint).problems


def verify_content(file: RecordFile) -> list[Problem]:
    """Verify a record file except its signature; this needs no extra, so the result is the same on every machine."""
    return verify_chain(file.run) or _seal_problems(file)


def _seal_problems(file: RecordFile) -> list[Problem]:
    right, last = seal_of(file), len(file.events)
    if right.events != file.seal.events:
        return [Problem(last, f"the seal counts {file.seal.events} events and the file holds {last}: its end was cut off")]
    if right.head_sha256 != file.seal.head_sha256:
        return [Problem(last, f"event {last} is not the one that the seal names as the last: its end was exchanged")]
    problems = []
    differing = [name for name, value in summary_facts(file.run).items() if getattr(file.summary, name) != value]
    if differing:
        problems.append(Problem(0, f"the summary does not say what the events say ({', '.join(differing)}): it was changed"))
    if right.sha256 != file.seal.sha256:
        problems.append(Problem(0, "the content does not have the hash in the seal: one of the two was changed"))
    return problems


def _signature_edits(file: RecordFile) -> list[Problem]:
    signature = file.signature
    if signature is None:
        return []
    if signature.fingerprint != fingerprint_of(signature.public_key):
        return [Problem(0, "the signature names a fingerprint that is not its key's")]
    if not signature_fits(file):
        return [Problem(0, "the signature was not made over this content with the key that it names")]
    return []


def _missing_signature(signed_by: str, fingerprint: str, *, require_signature: bool) -> list[str]:
    if fingerprint and signed_by:
        return [f"the file is signed with another key ({signed_by}) than {fingerprint}"]
    if fingerprint:
        return [f"the file is not signed, though the key {fingerprint} was asked for"]
    return ["the file is not signed, though a signature is required"] if require_signature and not signed_by else []


def _event_problems(event: Event, number: int, before: str) -> list[str]:
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
