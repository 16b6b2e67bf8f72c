"""A record for people: what was restored, by whom and how it went, step by step; as one HTML page and as plain text.

Everything shown comes from the record, so that a file from a colleague reads the same everywhere. A page carries its record,
so that the page can be verified like a record file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import ddmkit
from ddmkit.display.checks import ShownCheck, checks_text, describe_verdict, sort_checks
from ddmkit.display.html import Fragment, Html, clean_line, join, scroll_region, tag, text_block, whole_times
from ddmkit.display.page import build_page
from ddmkit.display.record_narrative import describe_steps, next_steps, stays_away
from ddmkit.display.report.course import show_course
from ddmkit.display.report.recovery import show_recorded_steps
from ddmkit.display.report.result import describe_headline, list_facts
from ddmkit.display.status import Tone, describe_count, describe_status, tone_of
from ddmkit.display.stylesheet import style
from ddmkit.display.table import Cell, CellKind, page_table
from ddmkit.records.files.file_format import RecordFile, file_text
from ddmkit.records.files.integrity import Problem, verify_content
from ddmkit.records.files.page_format import PAGE_BLOCK, PAGE_HASH, UNSEALED, seal_page
from ddmkit.records.reader import RunReader, object_in, objects_in, text_in, texts_in
from ddmkit.records.recovery_reader import RecoveryReader
from ddmkit.records.runs import RunData

__all__ = ["record_page", "show_record", "show_verification"]

_Data = Mapping[str, Any]

_VERDICT_TONES = {"as expected": Tone.GOOD, "differs": Tone.BAD, "cannot be known": Tone.QUIET}
_CHECK_ATTRIBUTES = ("id", "title", "status", "detail", "hint", "rule")
_NOTHING = Fragment(Html(""), "")
_NOT_PRINTED = "The record itself is in the file of this page. It is data for that command, so it is not printed."


def show_record(run: RunData, problems: Sequence[Problem] | None = None, *, imported: bool = False) -> Fragment:
    """Return a record for a notebook, and as text: the summary first, the technical details last.

    ``problems`` show that the record was edited, where the caller has verified more than the run itself. ``imported`` says
    that the store has the record from a file.
    """
    return _join(_parts(run, problems, imported=imported))


def _join(parts: Iterable[Fragment]) -> Fragment:
    known = [part for part in parts if part.text]
    return Fragment(join([part.html for part in known]), "\n\n".join(part.text for part in known))


def _parts(run: RunData, problems: Sequence[Problem] | None, *, imported: bool) -> list[Fragment]:
    """Return the parts of a report in their order: the result, what follows from it, the plan, the checks, the evidence."""
    reader = RunReader(run)
    return [
        _show_result(run, problems, imported=imported),
        _NOTHING if run.header.kind == "restore" else show_recorded_steps(run),
        _show_list("What to do next", next_steps(run), kind="ol"),
        _show_list("Did not come back", stays_away(run)),
        _show_findings(reader),
        _show_list("The plan in words", texts_in(reader.plan, "words")),
        _NOTHING if run.header.kind == "restore" else _show_proofs(run),
        _show_checks(reader),
        show_course(run),
        _show_steps(run),
        _show_request(reader) if run.header.kind == "restore" else _show_requests(run),
        _show_values("Asked for, as given", object_in(reader.plan, "inputs")),
        _show_values("Read for the plan, each list to its end", _describe_reads(reader)),
        _show_values("Made with", {"service": run.service, "project": run.header.project_id, **reader.environment}),
    ]


def record_page(file: RecordFile, *, imported: bool = False) -> Html:
    """Return a record file as one self-contained page that prints well; the same page for the same file and version."""
    run, header = file.run, file.header
    route = f"{header.source_name or header.source_id} to {header.target_name or header.target_id}"
    title = f"{header.kind.capitalize()} of {route}: {run.state}"
    # ASCII only, so that no character of the record has to be replaced on the page.
    carried = tag("pre", join([file_text(file, ascii_only=True)]), id=PAGE_BLOCK)
    hint = (
        "This page carries its record. To check that nobody edited the page or the record: ddmkit records verify <this file>"
    )
    seal = tag("p", "Hash of this page: ", tag("code", UNSEALED, id=PAGE_HASH, data_version=ddmkit.__version__))
    inner = tag("details", tag("summary", "The record itself, as it was exported"), carried, class_="data")
    proof = tag("section", tag("h2", "To verify this page"), tag("p", hint), seal, tag("p", _NOT_PRINTED, class_="on-paper"))
    foot = f"Made by ddmkit {ddmkit.__version__} from the record alone. Seal: {file.seal.sha256}"
    signed = f"; signed by {file.signature.fingerprint}" if file.signature is not None else ""
    parts = _parts(run, verify_content(file), imported=imported)
    return Html(seal_page(build_page(title, _join(parts), proof, inner, foot=foot + signed)))


def show_verification(findings: Sequence[_Data], *, passed: bool, address: str = "") -> Fragment:
    """Return what was found on the target beside what was expected, each finding on a line of its own.

    Args:
        findings: Objects with ``subject``, ``verdict``, ``expected`` and ``found``, as a record holds them.
        passed: Whether the target holds what was expected.
        address: Where applications connect to now; empty when it is not known.

    """
    title = "The target holds what was expected" if passed else "The target differs from what was expected"
    if address:
        title += f"; applications connect to {address}"
    rows, lines = [], []
    for finding in findings:
        subject, verdict, expected, found = (
            str(finding.get(key, "")) for key in ("subject", "verdict", "expected", "found")
        )
        tone = _VERDICT_TONES.get(verdict, Tone.WARNING)
        rows.append([Cell(subject), Cell(verdict, CellKind.STATUS, tone), Cell(expected), Cell(found)])
        lines.append(
            f"{describe_status(verdict, tone)}: {subject}: {found}" + (f" (expected: {expected})" if expected else "")
        )
    headers = ("what", "verdict", "expected", "found")
    table = page_table(title, headers, rows, unbroken=2) if rows else "nothing was compared"
    html = join([tag("div", title, style=style("title")), scroll_region(title, table)])
    return Fragment(html, _part_text(title, lines or ["nothing was compared"]))


def _show_result(run: RunData, problems: Sequence[Problem] | None, *, imported: bool) -> Fragment:
    headline, tone = describe_headline(run, problems)
    facts = list_facts(run, problems, imported=imported)
    table = page_table("Result", (), [[Cell(name), Cell(text)] for name, text in facts], unbroken=1)
    html = tag(
        "section",
        tag("p", f"{tone.symbol} {headline}", style=style("headline")),
        table,
        aria_label="result",
        class_="result",
        style=style("result", border_left=f"6px solid {tone.colour}"),
    )
    lines = [f"Result: {tone.symbol} {headline}", *(f"{name}: {text}" for name, text in facts)]
    return Fragment(html, _part_text(f"Record {run.id}: {run.state}", lines))


def _show_part(title: str, html: Html, lines: Iterable[str]) -> Fragment:
    return Fragment(join([tag("h2", title), html]), _part_text(title, lines))


def _part_text(title: str, lines: Iterable[str]) -> str:
    """Return whole lines below a title: a record is evidence, so nothing of it is cut."""
    return "\n".join([f"{title}:", *(f"  {clean_line(line)}" for line in lines)])


def _show_list(title: str, lines: Sequence[str], kind: str = "ul") -> Fragment:
    if not lines:
        return _NOTHING
    items = tag(kind, *(tag("li", whole_times(line), style=style("breakable")) for line in lines))
    return _show_part(title, items, [f"- {line}" for line in lines])


def _show_steps(run: RunData) -> Fragment:
    title, rows = "What happened", describe_steps(run)
    table = page_table(title, ("no.", "when", "what"), [list(map(Cell, row)) for row in rows], unbroken=2)
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return _show_part(title, table, [f"{number:>{widths[0]}}  {when:<{widths[1]}}  {what}" for number, when, what in rows])


def _show_checks(reader: RunReader) -> Fragment:
    """Show the last results of the checks before the request."""
    if not reader.checks:
        return _NOTHING
    checks = [SimpleNamespace(**{name: text_in(check, name) for name in _CHECK_ATTRIBUTES}) for check in reader.checks]
    title = "Checks before the request"
    verdict = tag("p", describe_verdict(checks), style=style("title"))
    rows = [
        [
            Cell(check.title, more=clean_line(check.id)),
            Cell(check.status, CellKind.STATUS, tone_of(check.status)),
            Cell(check.detail, more="\n".join(map(clean_line, _explain_check(check)))),
        ]
        for check in sort_checks(checks)
    ]
    table = page_table(title, ("check", "verdict", "what was seen"), rows, unbroken=2)
    return Fragment(join([tag("h2", title), verdict, table]), f"{title}:\n{checks_text(checks)}")


def _show_proofs(run: RunData) -> Fragment:
    """Show the proofs of a recovery as its steps found them last, each with its evidence."""
    proofs = RecoveryReader(run).proofs
    if not proofs:
        return _NOTHING
    title, rows, lines = "Proofs", [], []
    for proof in proofs:
        name, status, detail = (text_in(proof, key) for key in ("title", "status", "detail"))
        evidence = [clean_line(line) for line in texts_in(proof, "evidence")]
        seen = Cell(detail, more="\n".join(evidence))
        rows.append(
            [Cell(name, more=clean_line(text_in(proof, "id"))), Cell(status, CellKind.STATUS, tone_of(status)), seen]
        )
        lines += [f"{describe_status(status, tone_of(status))}: {name}: {detail}", *(f"  {line}" for line in evidence)]
    return _show_part(title, page_table(title, ("proof", "verdict", "what was seen"), rows, unbroken=2), lines)


def _explain_check(check: ShownCheck) -> list[str]:
    to_do = [f"To do: {check.hint}"] if check.hint and check.status != "pass" else []
    return [*to_do, *([f"Rule: {check.rule}"] if check.rule else [])]


def _show_request(reader: RunReader) -> Fragment:
    intent = reader.data("intent")
    if "body" not in intent:
        return _NOTHING
    address = f"{text_in(intent, 'method')} {text_in(intent, 'path')}".strip()
    body = json.dumps(intent["body"], indent=1, ensure_ascii=False)
    title = "The request, exactly"
    return Fragment(join([tag("h2", title), text_block(address, body)]), f"{title}:\n{address}\n{body}")


def _show_requests(run: RunData) -> Fragment:
    """Show every request of a recovery that was sent, in order; passwords are on no record."""
    shown = []
    for step, intent in RecoveryReader(run).intents:
        address = f"{text_in(intent, 'method')} {text_in(intent, 'path')} [{step}]".strip()
        body = json.dumps(intent["body"], indent=1, ensure_ascii=False) if intent.get("body") is not None else ""
        shown.append((address, body))
    if not shown:
        return _NOTHING
    title = "The requests, exactly"
    lines = [line for address, body in shown for line in (address, *body.splitlines())]
    html = join(text_block(address, *([body] if body else [])) for address, body in shown)
    return _show_part(title, html, lines)


def _show_findings(reader: RunReader) -> Fragment:
    if reader.last("verified") is None:
        return _NOTHING
    findings = objects_in(reader.data("verified"), "findings")
    return show_verification(findings, passed=reader.passed is True, address=reader.address)


def _describe_reads(reader: RunReader) -> dict[str, str]:
    """Return how completely the facts were read: rows, pages and calls of each operation, and its name in the audit log."""
    reads = objects_in(reader.inventory, "reads")
    described = {}
    for name in dict.fromkeys(text_in(read, "operation") for read in reads):
        own = [read for read in reads if text_in(read, "operation") == name]
        counts = {"row": _total(own, "rows"), "page": _total(own, "pages"), "call": len(own)}
        trace = text_in(own[0], "audit_trace")
        described[name] = ", ".join(describe_count(count, noun) for noun, count in counts.items())
        described[name] += f"; audit log: {trace}" if trace else ""
    return described


def _total(reads: Sequence[_Data], name: str) -> int:
    return sum(count for read in reads if isinstance(count := read.get(name), int))


def _show_values(title: str, values: _Data) -> Fragment:
    pairs = {name.replace("_", " "): _format_value(value) for name, value in values.items()}
    if not pairs:
        return _NOTHING
    table = page_table(title, (), [[Cell(name), Cell(text)] for name, text in pairs.items()], unbroken=1)
    return _show_part(title, table, [f"{name}: {text}" for name, text in pairs.items()])


def _format_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
