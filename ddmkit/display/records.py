"""A record for people: what was restored, by whom, how it went, step by step; as one page of HTML and as plain text.

Everything shown stands in the record: nothing is looked up, so that a file from a colleague reads the same anywhere.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from ddmkit.display.checks import show_checks
from ddmkit.display.grids import Cell, CellKind, build_table
from ddmkit.display.markup import Fragment, Html, clean_line, join, tag, text_block
from ddmkit.display.pages import build_page
from ddmkit.display.status import Tone, say_status
from ddmkit.records.events import Event
from ddmkit.records.runs import RunData
from ddmkit.records.verify import verify_chain
from ddmkit.times import say_duration, say_utc

__all__ = ["record_page", "say_event", "show_record", "show_verification"]

_Data = Mapping[str, Any]


def show_record(run: RunData) -> Fragment:
    """Give a record as a piece of a notebook's page, and as text."""
    parts = [_show_summary(run), _show_story(run), *_show_checks(run), *_show_request(run), *_show_findings(run)]
    text = "\n\n".join(part.text for part in parts)
    return Fragment(join([part.html for part in parts]), text)


def record_page(run: RunData) -> Html:
    """Give a record as one self-contained page that prints well."""
    return build_page(f"Record {run.id}: {run.state}", show_record(run), foot="Made by ddmkit from the record alone.")


def show_verification(findings: Sequence[_Data], *, passed: bool, address: str = "") -> Fragment:
    """Give what was found on the target beside what was expected, every finding on a line of its own."""
    title = "The target holds what was expected" if passed else "The target differs from what was expected"
    if address:
        title += f"; applications connect to {address}"
    told = [[str(one.get(part, "")) for part in ("subject", "verdict", "expected", "found")] for one in findings]
    rows = [
        [Cell(subject), Cell(verdict, CellKind.STATUS, tone=_verdict_tone(verdict)), Cell(expected), Cell(found)]
        for subject, verdict, expected, found in told
    ]
    table = build_table(title, ["what", "verdict", "expected", "found"], rows, empty="nothing was compared")
    lines = [
        f"{say_status(verdict, _verdict_tone(verdict))}: {subject}: {found}"
        + (f" (expected: {expected})" if expected else "")
        for subject, verdict, expected, found in told
    ]
    return Fragment(table.html, _say_part(title, lines or ["nothing was compared"]))


def _verdict_tone(verdict: str) -> Tone:
    return _VERDICT_TONES.get(verdict, Tone.WARNING)


_VERDICT_TONES = {"as expected": Tone.GOOD, "differs": Tone.BAD, "cannot be known": Tone.QUIET}


def _show_summary(run: RunData) -> Fragment:
    header = run.header
    problems = verify_chain(run)
    facts = [
        ("State", str(run.state)),
        ("Source", _name(header.source_name, header.source_id)),
        ("Target", _name(header.target_name, header.target_id)),
        ("Submitted", f"{say_utc(run.created)} by {header.owner}"),
        ("Purpose", header.purpose),
        ("Ticket", header.ticket),
        ("Job", run.job_id),
        ("Took", _say_took(run)),
        ("Service", f"{run.service}, project {header.project_id}"),
        ("Plan", f"digest {header.digest}, id {header.plan_id}"),
        ("Unedited", f"no: {problems[0].what}" if problems else f"yes, {len(run.events)} events fit their hashes"),
    ]
    known = [(name, said) for name, said in facts if said]
    table = build_table(f"Record {run.id}", ["", ""], [[Cell(name), Cell(said)] for name, said in known])
    return Fragment(table.html, _say_part(f"Record {run.id}", [f"{name + ':':<11}{said}" for name, said in known]))


def _say_took(run: RunData) -> str:
    sent = next((event.at for event in run.events if event.kind == "intent"), None)
    ended = next((event.at for event in reversed(run.events) if event.kind in {"completed", "failed"}), None)
    return say_duration(ended - sent) if sent and ended else ""


def _show_story(run: RunData) -> Fragment:
    rows = [
        [Cell(str(event.seq), CellKind.NUMBER), Cell(say_utc(event.at), CellKind.TIME), Cell(say_event(event))]
        for event in run.events
    ]
    table = build_table("What happened", ["no.", "when", "what"], rows)
    lines = [f"{event.seq:>3}  {say_utc(event.at)}  {say_event(event)}" for event in run.events]
    return Fragment(table.html, _say_part("What happened", lines))


def _say_part(title: str, lines: Sequence[str]) -> str:
    """Set lines below a title, whole: a record is evidence, so nothing of it is cut."""
    return "\n".join([f"{title}:", *(f"  {clean_line(line)}" for line in lines)])


def say_event(event: Event) -> str:
    """Say in one sentence what happened; a kind without words of its own shows its data."""
    say = _SENTENCES.get(event.kind)
    if say is None:
        return f"{event.kind}: {json.dumps(event.data, ensure_ascii=False)[:300]}" if event.data else event.kind
    return say(event.data)


def _say_checks(data: _Data) -> str:
    counts = Counter(str(check.get("status")) for check in data.get("checks", ()))
    return ", ".join(f"{counts[status]} {status}" for status in ("fail", "warn", "pass", "skip") if counts[status])


def _say_confirmed(data: _Data) -> str:
    accepted = ", ".join(map(str, data.get("accepted", ()))) or "no warnings to accept"
    return f"{data.get('operator', '')} confirmed by the target's name, {data.get('target', '')}; accepted: {accepted}"


def _say_answered(data: _Data) -> str:
    answer = f"HTTP {data.get('status', '')}, request {data.get('request_id', '')}"
    return f"the service accepted: job {data.get('job_id', '')} ({answer})"


def _say_polled(data: _Data) -> str:
    errors = data.get("poll_errors", 0)
    share = f", {data['process']}" if data.get("process") else ""
    return f"job {data.get('status', '')}{share}" + (f" ({errors} looks failed so far)" if errors else "")


def _say_verified(data: _Data) -> str:
    findings = data.get("findings", ())
    different = [str(one.get("subject")) for one in findings if one.get("verdict") == "differs"]
    where = f"; applications connect to {data['address']}" if data.get("address") else ""
    verdict = f"differs in: {', '.join(different)}" if different else f"as expected in {len(findings)} points"
    return f"target read back: {verdict}{where}"


_SENTENCES: dict[str, Callable[[_Data], str]] = {
    "opened": lambda data: f"submitting began, by {data.get('operator', '')} on {data.get('host', '')}",
    "planned": lambda data: f"plan {data.get('digest', '')} looked at: {_say_checks(data)}",
    "confirmed": _say_confirmed,
    "checked": lambda data: f"checked again: {_say_checks(data)}",
    "refused": lambda data: f"refused, nothing was sent: {data.get('reason', '')}",
    "intent": lambda data: f"the request leaves: {data.get('method', '')} {data.get('call', '')}",
    "answered": _say_answered,
    "unknown": lambda data: f"the answer was lost: {data.get('reason', '')}",
    "looked": lambda data: f"looked for the job: {data.get('seen', '')}",
    "adopted": lambda data: f"job {data.get('job_id', '')} taken for it, by {data.get('by', '')}",
    "freed": lambda data: f"the service turned it down, nothing was started: {data.get('reason', '')}",
    "explained": lambda data: f"likely cause: {data.get('cause', '')}",
    "polled": _say_polled,
    "poll-failed": lambda data: f"a look at the job failed: {data.get('reason', '')}",
    "completed": lambda data: f"job {data.get('job_id', '')} completed",
    "failed": lambda data: f"job {data.get('job_id', '')} failed: {data.get('fail_reason') or 'no reason given'}",
    "released": lambda data: f"released by {data.get('operator', '')}, nothing was started: {data.get('reason', '')}",
    "verified": _say_verified,
}


def _show_checks(run: RunData) -> list[Fragment]:
    """Show the checks as they stood last before the request."""
    known = [event for event in run.events if event.kind in {"planned", "checked"} and event.data.get("checks")]
    if not known:
        return []
    shown = show_checks([SimpleNamespace(**{**_EMPTY_CHECK, **check}) for check in known[-1].data["checks"]])
    title = "Checks before the request"
    return [Fragment(join([tag("h2", title), shown.html]), f"{title}:\n{shown.text}")]


_EMPTY_CHECK = {"id": "", "title": "", "status": "", "detail": "", "hint": "", "rule": ""}


def _show_request(run: RunData) -> list[Fragment]:
    intent = next((event.data for event in run.events if event.kind == "intent"), None)
    if intent is None or "body" not in intent:
        return []
    body = json.dumps(intent["body"], indent=1, ensure_ascii=False)
    title = "The request, exactly"
    return [Fragment(join([tag("h2", title), text_block(body)]), f"{title}:\n{body}")]


def _show_findings(run: RunData) -> list[Fragment]:
    found = next((event.data for event in reversed(run.events) if event.kind == "verified"), None)
    if found is None:
        return []
    passed, address = bool(found.get("passed")), str(found.get("address", ""))
    return [show_verification(found.get("findings", ()), passed=passed, address=address)]


def _name(name: str, identity: str) -> str:
    return f"{name} ({identity})" if name else identity
