"""The result of a record: one headline, then the facts that a reader asks for first; and the same in five lines.

Events may come from anybody's file, so values may be missing or of another type: every value is read as text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ddmkit.display.record_narrative import format_elapsed, format_second
from ddmkit.display.report.recovery import list_recovery_facts
from ddmkit.display.status import Tone
from ddmkit.errors import InputError
from ddmkit.records.files.file_format import summary_of
from ddmkit.records.files.integrity import Problem, verify_chain
from ddmkit.records.reader import RunReader, objects_in, text_in
from ddmkit.records.recovery_reader import RecoveryReader
from ddmkit.records.runs import RunData, RunState
from ddmkit.times import format_duration, format_utc
from ddmkit.typed_times import find_time_zone

__all__ = ["describe_headline", "list_facts", "summarize_run", "zone_of"]

_Facts = list[tuple[str, str]]

_IMPORTED = (
    "imported from a file. It can be shown, rehearsed and followed, but it decides nothing about the restores of this store."
)
_TONES = {
    RunState.FAILED: Tone.BAD,
    RunState.UNKNOWN: Tone.WARNING,
    RunState.SENDING: Tone.WARNING,
    RunState.RUNNING: Tone.BUSY,
    RunState.STOPPED: Tone.BAD,
    RunState.WAITING: Tone.WARNING,
}
# Whether the target holds what was expected; None when it was not read back.
_COMPLETED_TONES = {True: Tone.GOOD, False: Tone.BAD, None: Tone.WARNING}


def describe_headline(run: RunData, problems: Sequence[Problem] | None = None) -> tuple[str, Tone]:
    """Return how the restore ended, in one sentence, with its tone; of an edited record first that it was edited."""
    result, edits = summary_of(run).result, verify_chain(run) if problems is None else problems
    if edits:
        return f"EDITED: {edits[0].what}. What the record says cannot be trusted. It says: {result}", Tone.BAD
    if run.state is RunState.COMPLETED:
        return result, _COMPLETED_TONES[RunReader(run).passed]
    return result, _TONES.get(run.state, Tone.QUIET)


def list_facts(run: RunData, problems: Sequence[Problem] | None = None, *, imported: bool = False) -> _Facts:
    """Return what was restored, from which point, into which target, verified or not, when, by whom; each with its name.

    ``problems`` show that the record was edited, where the caller has verified more than the run itself. ``imported`` says
    that the store has the record from a file.
    """
    reader, header = RunReader(run), run.header
    source, target = _describe_named(header.source_name, header.source_id), header.target_id
    is_restore = header.kind == "restore"
    if not is_restore:
        target = RecoveryReader(run).target_id or "no id known"
    facts = [
        *([] if is_restore else list_recovery_facts(run)),
        ("Restored" if is_restore else "Recovered", f"Metadata of {source}" if is_restore else source),
        ("Into", _describe_named(header.target_name, target)),
        ("From", summary_of(run).restored_from or "a point that the record does not name"),
        ("Incident", _describe_incident(reader)),
        ("Verified", _describe_verification(reader)),
        ("Address", reader.address and f"Applications connect to {reader.address}."),
        ("When", _describe_when(reader)),
        ("By", _describe_who(reader)),
        ("Purpose", header.purpose),
        ("Ticket", header.ticket),
        ("Warnings accepted", _describe_accepted(reader)),
        ("Service", _describe_where(reader)),
        ("Proof", _describe_proof(run, verify_chain(run) if problems is None else problems)),
        ("Origin", _IMPORTED if imported else ""),
    ]
    return [(name, text) for name, text in facts if text]


def summarize_run(run: RunData, problems: Sequence[Problem] | None = None, *, imported: bool = False) -> _Facts:
    """Return five lines, each with its heading: result, what, who and when, warnings, proof; a sixth when ``imported``.

    The parameters are those of ``list_facts``.
    """
    reader, summary = RunReader(run), summary_of(run)
    address = f" Applications connect to {reader.address}." if reader.address else ""
    point = summary.restored_from or "a point that the record does not name"
    from_what = point if point.startswith("as of") else f"from {point}"
    what = "Metadata of" if run.header.kind == "restore" else "Whole recovery of"
    incident = f" Incident: {_describe_incident(reader)}" if reader.incident else ""
    why = [f"{name}: {text}" for name, text in (("Purpose", run.header.purpose), ("Ticket", run.header.ticket)) if text]
    return [
        ("Result", summary.result + address),
        ("What", f"{what} {summary.what}, {from_what}.{incident} {_describe_where(reader)}"),
        *([] if run.header.kind == "restore" else list_recovery_facts(run)),
        ("Who, when", ". ".join([_describe_who(reader), _describe_when(reader), *why]) + "."),
        ("Warnings accepted", _describe_accepted(reader)),
        ("Proof", _describe_proof(run, verify_chain(run) if problems is None else problems)),
        *([("Origin", _IMPORTED)] if imported else []),
    ]


def _describe_named(name: str, identity: str) -> str:
    return f"{name} ({identity})" if name and name != identity else identity


def _describe_incident(reader: RunReader) -> str:
    incident, point = reader.incident, reader.point
    if incident is None:
        return ""
    text = format_utc(incident)
    if point is None:
        return f"{text}."
    if point < incident:
        return f"{text}, {format_duration(incident - point)} after the point."
    return f"{text}: the point does NOT lie before it."


def _describe_verification(reader: RunReader) -> str:
    """Return whether the target was compared with what was expected; empty while no restore has completed."""
    if reader.last("verified") is None:
        return "no: the target was not read back" if reader.run.state is RunState.COMPLETED else ""
    findings = objects_in(reader.data("verified"), "findings")
    counts = Counter(text_in(finding, "verdict") for finding in findings)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) or "nothing was compared"
    different = [text_in(finding, "subject") for finding in findings if text_in(finding, "verdict") == "differs"]
    if different:
        return f"yes, and it differs in: {', '.join(different)} ({counted})"
    return f"yes: {counted}" if reader.passed else f"yes, and it is not as expected: {counted}"


def _describe_where(reader: RunReader) -> str:
    if reader.is_of_simulator:
        return "On a simulator: nothing of it happened in a cloud."
    return f"On {reader.run.service}, project {reader.run.header.project_id}."


def _describe_who(reader: RunReader) -> str:
    header = reader.run.header
    credentials = f", with {reader.credentials}" if reader.credentials else ""
    # The name of an IAM user is part of the credentials' description.
    credentials += "" if reader.cloud_user else "; cloud user not known"
    return f"{header.operator} (system user {reader.system_user or 'not known'} on {header.host}){credentials}"


def _describe_when(reader: RunReader) -> str:
    run, zone = reader.run, zone_of(reader)
    local = "" if zone.key == "UTC" else f" ({run.created.astimezone(zone):%H:%M %z} {zone.key})"
    ended, took = "not ended", ""
    if reader.ended:
        ended, took = f"ended {format_second(reader.ended)}", f", after {format_elapsed(reader.ended - run.created)}"
    return f"Begun {format_second(run.created)}{local}, {ended}{took}"


def zone_of(reader: RunReader) -> ZoneInfo:
    """Return the zone that the plan's times were read in; UTC where this machine does not know that zone."""
    try:
        return find_time_zone(reader.zone)
    except InputError:
        return ZoneInfo("UTC")


def _describe_accepted(reader: RunReader) -> str:
    if not reader.last("confirmed"):
        return f"nobody has confirmed this {reader.run.header.kind}."
    titles = {text_in(check, "id"): text_in(check, "title") for check in reader.checks}
    accepted = [f"{name} ({titles[name]})" if titles.get(name) else name for name in reader.accepted]
    by = f"; by {reader.accepted_by}" if accepted and reader.accepted_by else ""
    return f"{', '.join(accepted) or 'none'}{by}."


def _describe_proof(run: RunData, problems: Sequence[Problem]) -> str:
    if problems:
        return f"EDITED: {problems[0].what}."
    hashes = f"{len(run.events)} events, all fit their hashes; the last is {run.events[-1].sha256}"
    job = f"; job {run.job_id}" if run.job_id else ""
    return f"record {run.id}: {hashes}; plan digest {run.header.digest}{job}."
