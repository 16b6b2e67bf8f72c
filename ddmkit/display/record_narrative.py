"""What a record says in sentences: five lines that sum it up, one for each event, and what is to be done next.

Events may come from anybody's file: every value is read as text, wherever it is missing or of another shape.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from ddmkit.errors import InputError
from ddmkit.records.events import Event
from ddmkit.records.files.file_format import summary_of
from ddmkit.records.files.integrity import Problem, verify_chain
from ddmkit.records.reader import RunReader, objects_in, text_in, texts_in, time_in
from ddmkit.records.runs import RunData, RunState
from ddmkit.restore.plan import STAYS_AWAY
from ddmkit.times import find_time_zone, format_duration, format_utc

__all__ = [
    "IMPORTED",
    "describe_event",
    "describe_scenario",
    "describe_took",
    "next_steps",
    "stays_away",
    "sum_up",
    "zone_of",
]

_Data = Mapping[str, Any]


def sum_up(run: RunData, problems: Sequence[Problem] | None = None, *, imported: bool = False) -> list[tuple[str, str]]:
    """Return five lines, each with its heading: result, what, who and when, warnings, proof; a sixth when ``imported``.

    ``problems`` are what shows that the record was edited, where more than the run itself was verified.
    """
    told, summary = RunReader(run), summary_of(run)
    address = f" Applications connect to {told.address}." if told.address else ""
    point = summary.restored_from or "what is not on the record"
    from_what = point if point.startswith("as of") else f"from {point}"
    return [
        ("Result", summary.result + address),
        ("What", f"Metadata of {summary.what}, {from_what}.{_describe_incident(told)} {_describe_where(told)}"),
        ("Who, when", _describe_who_and_when(told)),
        ("Warnings accepted", _describe_accepted(told)),
        ("Proof", _describe_proof(run, verify_chain(run) if problems is None else problems)),
        *([("Origin", IMPORTED)] if imported else []),
    ]


def _describe_incident(told: RunReader) -> str:
    incident, point = told.incident, told.point
    if incident is None:
        return ""
    said = f" Incident: {format_utc(incident)}"
    if point is None:
        return f"{said}."
    if point < incident:
        return f"{said}, {format_duration(incident - point)} after the point."
    return f"{said}: the point does NOT lie before it."


IMPORTED = (
    "imported from a file. It can be shown, rehearsed and followed, but it decides nothing about the restores of this store."
)


def _describe_where(told: RunReader) -> str:
    if told.is_of_simulator:
        return "On a simulator: nothing of it happened in a cloud."
    return f"On {told.run.service}, project {told.run.header.project_id}."


def _describe_who_and_when(told: RunReader) -> str:
    run, header, zone = told.run, told.run.header, zone_of(told)
    credentials = f", with {told.credentials}" if told.credentials else ""
    # An IAM user is named among the credentials.
    credentials += "" if told.cloud_user else "; cloud user not known"
    who = f"{header.operator} (system user {told.system_user or 'not known'} on {header.host}){credentials}"
    local = "" if zone.key == "UTC" else f" ({run.created.astimezone(zone):%H:%M %z} {zone.key})"
    ended = (
        f"ended {_describe_second(told.ended)}, after {describe_took(told.ended - run.created)}"
        if told.ended
        else "not ended"
    )
    why = [f"{name}: {said}" for name, said in (("Purpose", header.purpose), ("Ticket", header.ticket)) if said]
    return ". ".join([who, f"Begun {_describe_second(run.created)}{local}, {ended}", *why]) + "."


def _describe_second(instant: datetime) -> str:
    return format_utc(instant.replace(microsecond=0))


def describe_took(took: timedelta) -> str:
    """Describe how long something took; below a second in milliseconds."""
    return format_duration(took) if took >= timedelta(seconds=1) else f"{took // timedelta(milliseconds=1)} ms"


def zone_of(told: RunReader) -> ZoneInfo:
    """Return the zone that the plan's times were read in; UTC where this machine does not know it."""
    try:
        return find_time_zone(told.zone)
    except InputError:
        return ZoneInfo("UTC")


def _describe_accepted(told: RunReader) -> str:
    if not told.last("confirmed"):
        return "nobody has confirmed this restore."
    by = f"; by {told.accepted_by}" if told.accepted_by else ""
    titles = {text_in(check, "id"): text_in(check, "title") for check in told.checks}
    said = [f"{name} ({titles[name]})" if titles.get(name) else name for name in told.accepted]
    return f"{', '.join(said) or 'none'}{by}."


def _describe_proof(run: RunData, problems: Sequence[Problem]) -> str:
    if problems:
        return f"EDITED: {problems[0].what}."
    hashes = f"{len(run.events)} events, all fit their hashes; the last is {run.events[-1].sha256}"
    job = f"; job {run.job_id}" if run.job_id else ""
    return f"record {run.id}: {hashes}; plan digest {run.header.digest}{job}."


def next_steps(run: RunData) -> list[str]:
    """Describe what a person has to do now, in order."""
    told = RunReader(run)
    if run.state is RunState.COMPLETED:
        return _after_completion(told)
    target = run.header.target_name or run.header.target_id
    if run.state is RunState.RELEASED and told.data("gone"):
        return ["The service does not know the job any more. Look at what the target holds, then make a new plan."]
    advice = {
        RunState.OPENED: "Submitting was broken off before anything was sent. Make a new plan.",
        RunState.REFUSED: "Fix what the reason names, then make a new plan. Nothing was sent.",
        RunState.FREED: "The service started nothing. Fix what its reason names, then plan and submit again.",
        RunState.RELEASED: "A person declared that nothing was started. Make a new plan.",
        RunState.FAILED: "Read the reason above. Look at the target, which may be half filled: use a new one when in doubt. "
        "Then make a new plan; it will warn of this try.",
        RunState.RUNNING: f"The job may have ended meanwhile. To follow it: kit.resume({run.id!r}).wait()",
    }.get(run.state)
    return [advice] if advice else _while_unknown(run.id, target)


def _while_unknown(run_id: str, target: str) -> list[str]:
    return [
        f"Do not submit again. Look for the job: kit.resume({run_id!r}).",
        f"Look at the task list of {target} in the console, and in the audit log for the trace restoreMetaData.",
        f"If a job is it: kit.adopt({run_id!r}, job_id).",
        f"If surely nothing was started: kit.release({run_id!r}, reason=..., confirm={target!r}).",
    ]


def _after_completion(told: RunReader) -> list[str]:
    header = told.run.header
    target = header.target_name or header.target_id
    different = [
        text_in(one, "subject")
        for one in objects_in(told.data("verified"), "findings")
        if text_in(one, "verdict") == "differs"
    ]
    steps = [f"Look first at what differs on the target: {', '.join(different)}."] if different else []
    if told.passed is None:
        steps.append(f"The target was not read back: kit.resume({told.run.id!r}).verify()")
    sync = f"POST /v3/{header.project_id}/instances/{header.target_id}/data-nodes/sync (SyncDnInformation, no body)"
    place = told.address or f"the address of {target}, as the console shows it"
    return [
        *steps,
        f"Let applications connect to {place}. The old address still leads to the source, which was not changed.",
        "Try a log-in with each application's account: no call shows whether passwords came back.",
        f"If a data node's address, port, security group or replicas have changed since, synchronise: console, or {sync}.",
        "Look after what did not come back by itself.",
    ]


def stays_away(run: RunData) -> tuple[str, ...]:
    """Describe what a completed restore did not bring back; nothing for a run that did not complete."""
    return STAYS_AWAY if run.state is RunState.COMPLETED else ()


def describe_scenario(run: RunData) -> list[tuple[str, str, str]]:
    """Return the steps of a run in order, each with its number and time; looks at the job that only showed progress as one."""
    rows = []
    for _, group in groupby(run.events, lambda event: _is_progress(event) or event.seq):
        events = list(group)
        first, last = events[0], events[-1]
        if len(events) < _MANY:
            rows += [(str(one.seq), _describe_second(one.at), describe_event(one)) for one in events]
            continue
        when = f"{first.at:%Y-%m-%d %H:%M:%S} to {last.at:%H:%M:%S} UTC"
        parts = [text_in(one.data, "process") for one in (first, last)]
        said = f"job {text_in(last.data, 'status')}, {' to '.join(part or '?' for part in parts)} ({len(events)} looks)"
        rows.append((f"{first.seq}-{last.seq}", when, said))
    return rows


# Fewer are told one by one.
_MANY = 3


def _is_progress(event: Event) -> str:
    """Return the state that a look at a running job showed; empty for everything else."""
    is_plain = event.kind == "polled" and text_in(event.data, "poll_errors") in {"", "0"}
    return text_in(event.data, "status") if is_plain and text_in(event.data, "process") else ""


def describe_event(event: Event) -> str:
    """Describe in one sentence what happened; a kind without words of its own shows its data."""
    say = _SENTENCES.get(event.kind.removeprefix("late-"))
    if say is not None and event.kind.startswith("late-"):
        return f"came too late to change anything: {say(event.data)}"
    if say is None:
        return f"{event.kind}: {json.dumps(event.data, ensure_ascii=False)[:300]}" if event.data else event.kind
    return say(event.data)


def _describe_checks(data: _Data) -> str:
    counts = Counter(text_in(check, "status") for check in objects_in(data, "checks"))
    words = {"fail": "failed", "warn": "warned", "pass": "passed", "skip": "skipped"}
    return ", ".join(f"{counts[status]} {word}" for status, word in words.items() if counts[status])


def _describe_planned(data: _Data) -> str:
    incident = time_in(data, "inventory", "incident")
    said = f"; incident given as {format_utc(incident)}" if incident else ""
    return f"plan {text_in(data, 'digest')} looked at: {_describe_checks(data)}{said}"


def _describe_opened(data: _Data) -> str:
    credentials = f", with {text_in(data, 'credentials')}" if text_in(data, "credentials") else ""
    return f"submitting began, by {text_in(data, 'operator')} on {text_in(data, 'host')}{credentials}"


def _describe_confirmed(data: _Data) -> str:
    accepted = ", ".join(texts_in(data, "accepted")) or "no warnings to accept"
    return f"{text_in(data, 'operator')} confirmed by the target's name, {text_in(data, 'target')}; accepted: {accepted}"


def _describe_answered(data: _Data) -> str:
    answer = f"HTTP {text_in(data, 'status')}, request {text_in(data, 'request_id')}"
    return f"the service accepted: job {text_in(data, 'job_id')} ({answer})"


def _describe_intent(data: _Data) -> str:
    trace = f"; audit log: {text_in(data, 'audit_trace')}" if text_in(data, "audit_trace") else ""
    return f"the request leaves: {text_in(data, 'method')} {text_in(data, 'call')}{trace}"


def _describe_polled(data: _Data) -> str:
    share = f", {text_in(data, 'process')}" if text_in(data, "process") else ""
    errors = text_in(data, "poll_errors")
    return f"job {text_in(data, 'status')}{share}" + (
        f" ({errors} status checks failed so far)" if errors not in {"", "0"} else ""
    )


def _describe_verified(data: _Data) -> str:
    findings = objects_in(data, "findings")
    different = [text_in(one, "subject") for one in findings if text_in(one, "verdict") == "differs"]
    counts = Counter(text_in(one, "verdict") for one in findings)
    where = f"; applications connect to {text_in(data, 'address')}" if text_in(data, "address") else ""
    verdicts = [f"differs in: {', '.join(different)}"] if different else []
    verdicts += [f"{count} {verdict}" for verdict, count in counts.items() if verdict != "differs"]
    return f"target read back: {', '.join(verdicts) or 'nothing was compared'}{where}"


def _describe_failed(data: _Data) -> str:
    return f"job {text_in(data, 'job_id')} failed: {text_in(data, 'fail_reason') or 'no reason given'}"


def _describe_released(data: _Data) -> str:
    return f"released by {text_in(data, 'operator')}, nothing was started: {text_in(data, 'reason')}"


_SENTENCES: dict[str, Callable[[_Data], str]] = {
    "opened": _describe_opened,
    "planned": _describe_planned,
    "confirmed": _describe_confirmed,
    "checked": lambda data: f"checked again: {_describe_checks(data)}",
    "refused": lambda data: f"refused, nothing was sent: {text_in(data, 'reason')}",
    "intent": _describe_intent,
    "answered": _describe_answered,
    "unknown": lambda data: f"the answer was lost: {text_in(data, 'reason')}",
    "looked": lambda data: f"looked for the job: {text_in(data, 'seen')}",
    "adopted": lambda data: f"job {text_in(data, 'job_id')} taken for it, by {text_in(data, 'by')}",
    "freed": lambda data: f"the service turned it down, nothing was started: {text_in(data, 'reason')}",
    "explained": lambda data: f"likely cause: {text_in(data, 'cause')}",
    "polled": _describe_polled,
    "poll-failed": lambda data: f"a look at the job failed: {text_in(data, 'reason')}",
    "completed": lambda data: f"job {text_in(data, 'job_id')} completed",
    "failed": _describe_failed,
    "released": _describe_released,
    "gone": lambda data: (
        f"closed by {text_in(data, 'operator')}, job {text_in(data, 'job_id')} is not known to the service any more: "
        f"{text_in(data, 'reason')}"
    ),
    "verified": _describe_verified,
    "not-verified": lambda data: f"the target could not be read back: {text_in(data, 'reason')}",
    "noted": lambda data: f"{text_in(data, 'author')} noted: {text_in(data, 'text')}",
}
