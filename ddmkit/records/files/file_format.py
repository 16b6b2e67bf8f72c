"""The format of a record file (``x.ddmrecord.json``) as models; its JSON Schema is generated from them.

Version 1 is a restore. Version 2 is a run of another kind, which its header names; everything else is the same.

A file contains the run with its chained events, a summary for people who open the file without ddmkit, a seal, and possibly
a signature. The seal is the count of events, the hash of the last one, and a hash over the whole content, so that a removed
end and a changed summary are detected. A change of these models is a new version; old files must stay readable.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ddmkit.errors import RecordError
from ddmkit.records.events import Event, Moment, canonical_json, sha256_of
from ddmkit.records.reader import RunReader, text_in
from ddmkit.records.runs import RUN_ID, RunData, RunHeader, RunState
from ddmkit.times import format_utc

__all__ = [
    "FORMAT",
    "MOST_EVENTS",
    "VERSION",
    "RecordFile",
    "Seal",
    "Signature",
    "Summary",
    "file_of",
    "file_schema",
    "file_text",
    "seal_of",
    "signed_bytes",
    "summary_facts",
    "summary_of",
]

FORMAT = "ddmkit.record"
VERSION = 2
"""The newest version. A restore is written as version 1, so that older versions of ddmkit can read it."""
MOST_EVENTS = 20_000
"""A file with more events is refused, even when it is small."""

Line = Annotated[str, Field(strict=True)]
Hash = Annotated[str, Field(strict=True, pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Summary(_Part):
    """Who, what, when and with which result, for people who open the file without ddmkit.

    Only the seal covers the sentences, so that another version may word them differently. The verification compares the
    fields of ``summary_facts`` with the events.
    """

    result: Annotated[Line, Field(description="How it ended, in a sentence.")]
    state: Annotated[Line, Field(description=f"One of: {', '.join(RunState)}.")]
    what: Annotated[Line, Field(description="From which instance to which.")]
    restored_from: Annotated[Line, Field(description="The backup or the point in time.")]
    who: Annotated[Line, Field(description="Operator as given, the machine's user and host, the service's credentials.")]
    when: Annotated[Line, Field(description="Begin and end, in UTC.")]
    accepted_warnings: tuple[Line, ...]
    accepted_by: Line
    purpose: Line
    ticket: Line
    job_id: Line


class Seal(_Part):
    """The proof that nothing was removed or changed: the count of events, the last event's hash, the hash of all content."""

    events: Annotated[int, Field(strict=True, ge=1)]
    head_sha256: Annotated[Hash, Field(description="The hash of the last event.")]
    sha256: Annotated[Hash, Field(description="Of the canonical JSON (RFC 8785) of the file without seal and signature.")]


class Signature(_Part):
    """An Ed25519 signature over the canonical JSON (RFC 8785) of the whole file without ``signature.value``."""

    algorithm: Literal["Ed25519"]
    public_key: Annotated[Hash, Field(description="The 32 bytes of the public key, in hexadecimal.")]
    fingerprint: Annotated[
        str, Field(strict=True, pattern=r"^SHA256:[A-Za-z0-9+/]{43}$", description="As ssh-keygen -l prints it.")
    ]
    value: Annotated[str, Field(strict=True, pattern=r"^[0-9a-f]{128}$", description="The 64 bytes, in hexadecimal.")]


class RecordFile(_Part):
    """The content of a record file, in the order of the file."""

    format: Literal["ddmkit.record"]
    # Literal[1] would accept true.
    version: Annotated[int, Field(strict=True, ge=1, le=VERSION)]
    id: Annotated[str, Field(strict=True, pattern=f"^{RUN_ID.pattern}$")]
    service: Annotated[
        str,
        Field(
            strict=True,
            max_length=200,
            pattern=r"^[a-z0-9._:%-]*$",
            description="The endpoint's host, or the id of a simulator's world.",
        ),
    ]
    created: Moment
    summary: Summary
    header: RunHeader
    events: Annotated[tuple[Event, ...], Field(min_length=1, max_length=MOST_EVENTS)]
    seal: Seal
    signature: Signature | None = None

    @property
    def run(self) -> RunData:
        """The run in the file."""
        return RunData(**{name: getattr(self, name) for name in RunData.model_fields})


def file_of(run: RunData) -> RecordFile:
    """Return the unsigned file of a run; raise ``RecordError`` when the run was edited or damaged."""
    if not run.events:
        raise RecordError(f"Record {run.id} has no events, so there is nothing to share: it was edited or damaged.")
    kept: dict[str, Any] = {name: getattr(run, name) for name in RunData.model_fields}
    try:
        blank = Seal(events=len(run.events), head_sha256=run.events[-1].sha256, sha256="0" * 64)
        version = 1 if run.header.kind == "restore" else VERSION
        unsealed = RecordFile(format="ddmkit.record", version=version, summary=summary_of(run), seal=blank, **kept)
    except ValidationError as error:
        where = ".".join(map(str, error.errors(include_url=False, include_input=False)[0]["loc"]))
        raise RecordError(f"The record cannot be written to a file: its {where} is not as ddmkit writes it.") from None
    return unsealed.model_copy(update={"seal": seal_of(unsealed)})


def file_text(file: RecordFile, *, ascii_only: bool = False) -> str:
    """Return the text of a file, indented; the same content gives the same text."""
    return json.dumps(file.model_dump(mode="json"), indent=1, ensure_ascii=ascii_only, allow_nan=False) + "\n"


def seal_of(file: RecordFile) -> Seal:
    """Compute the seal that belongs to a file's content."""
    content = file.model_dump(mode="json", exclude={"seal", "signature"})
    return Seal(events=len(file.events), head_sha256=file.events[-1].sha256, sha256=sha256_of(content))


def signed_bytes(file: RecordFile) -> bytes:
    """Return the bytes that are signed: the whole file except the signature's value."""
    return canonical_json(file.model_dump(mode="json", exclude={"signature": {"value"}})).encode("utf-8")


def summary_of(run: RunData) -> Summary:
    """Summarise a run from its header and events."""
    reader, header = RunReader(run), run.header
    ended = reader.ended
    source = _describe_named(header.source_name, header.source_id)
    target = _describe_named(header.target_name, header.target_id)
    return Summary(
        result=_describe_result(reader),
        what=f"{source} to {target}",
        restored_from=_describe_point(reader),
        who=_describe_who(reader),
        when=format_utc(run.created) + (f" to {format_utc(ended)}" if ended else ", not ended"),
        **summary_facts(run),
    )


def summary_facts(run: RunData) -> dict[str, Any]:
    """Return the fields of a summary that repeat a value of the run, without words of ddmkit."""
    reader, header = RunReader(run), run.header
    return {
        "state": str(run.state),
        "accepted_warnings": tuple(reader.accepted),
        "accepted_by": reader.accepted_by,
        "purpose": header.purpose,
        "ticket": header.ticket,
        "job_id": run.job_id,
    }


_RESULTS = {
    RunState.OPENED: "The submit began; nothing was sent.",
    RunState.REFUSED: "Refused: nothing was sent.",
    RunState.SENDING: "The request may have been sent; no answer is on the record.",
    RunState.RUNNING: "Started; the end is not on the record.",
    RunState.FAILED: "Failed.",
    RunState.UNKNOWN: "Unknown: the answer was lost; a restore may or may not run.",
    RunState.FREED: "Refused by the service: nothing was started.",
    RunState.RELEASED: "Released: a person declared that nothing was started.",
    RunState.STOPPED: "Stopped: a step failed or was refused, and nothing new was sent.",
    RunState.WAITING: "Waiting: a person is needed before the next step.",
    RunState.ABANDONED: "Abandoned: a person gave it up.",
}
_READ_BACK = {
    True: "Completed; the target holds what was expected.",
    False: "Completed, but the target differs from what was expected.",
    None: "Completed; the target was not read back.",
}


def _describe_result(reader: RunReader) -> str:
    state = reader.run.state
    if state is RunState.COMPLETED and reader.run.header.kind != "restore":
        return _READ_BACK[reader.passed] if reader.passed is not None else "Completed: all planned steps have completed."
    if state is RunState.COMPLETED:
        return _READ_BACK[reader.passed]
    if state is RunState.RELEASED and reader.data("gone"):
        return f"Closed: the service no longer knows the job. {text_in(reader.data('gone'), 'reason')}".strip()
    reason = text_in(reader.data(str(state)), "fail_reason") or text_in(reader.data(str(state)), "reason")
    return f"{_RESULTS[state]} {reason}".strip()


def _describe_point(reader: RunReader) -> str:
    backup = reader.backup
    name = _describe_named(text_in(backup, "name"), text_in(backup, "id")) if backup else ""
    instant = format_utc(reader.point) if reader.point else ""
    if reader.by_time:
        return f"as of {instant or 'a time that is not known'}" + (f", expected from backup {name}" if name else "")
    chosen = name or text_in(reader.plan, "request", "backup_id")
    return f"backup {chosen}" + (f", made {instant}" if instant else "") if chosen else ""


def _describe_who(reader: RunReader) -> str:
    header = reader.run.header
    process = f"{reader.system_user or 'system user not known'} on {header.host}, process {header.pid}"
    cloud = f"; credentials: {reader.credentials}" if reader.credentials else ""
    return f"{header.operator} ({process}){cloud}"


def _describe_named(name: str, identity: str) -> str:
    return f"{name} ({identity})" if name and name != identity else identity


def file_schema() -> dict[str, Any]:
    """Return the published JSON Schema of a record file."""
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ddmkit:record:{VERSION}",
        "title": "A record of one restore of DDM metadata, or of one recovery, as ddmkit exports it",
    }
    return {**RecordFile.model_json_schema(), **about}
