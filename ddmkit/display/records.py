"""A record for people: what was restored, by whom, how it went, step by step; as one page of HTML and as plain text.

Everything shown stands in the record: nothing is looked up, so that a file from a colleague reads the same anywhere. The
page carries the record itself, so that it can be verified like a record file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import ddmkit
from ddmkit.display.checks import show_checks
from ddmkit.display.html import Fragment, Html, clean_line, join, tag, text_block
from ddmkit.display.page import build_page
from ddmkit.display.record_gantt import show_course
from ddmkit.display.record_narrative import describe_event, describe_scenario, next_steps, stays_away, sum_up
from ddmkit.display.status import Tone, describe_status, status_html
from ddmkit.records.files.file_format import RecordFile, file_text
from ddmkit.records.files.integrity import Problem, verify_content
from ddmkit.records.files.page_format import PAGE_BLOCK, PAGE_HASH, UNSEALED, seal_page
from ddmkit.records.reader import RunReader, object_in, objects_in, text_in, texts_in
from ddmkit.records.runs import RunData

__all__ = ["describe_event", "record_page", "show_record", "show_verification"]

_Data = Mapping[str, Any]


def show_record(run: RunData, problems: Sequence[Problem] | None = None, *, imported: bool = False) -> Fragment:
    """Return a record as a piece of a notebook's page, and as text: the summary first, the request last.

    ``problems`` are what shows that it was edited, where more than the run itself was verified. ``imported`` says that the
    store has the record from a file.
    """
    shown = [
        _show_summary(run, problems, imported=imported),
        _show_list("What to do next", next_steps(run), kind="ol"),
        _show_list("Did not come back", stays_away(run)),
        show_course(run),
        _show_story(run),
        *_show_findings(run),
        _show_list("The plan in words", texts_in(RunReader(run).plan, "words")),
        *_show_checks(run),
        *_show_request(run),
        _show_inputs(run),
        _show_reads(run),
        _show_environment(run),
    ]
    parts = [part for part in shown if part.text]
    return Fragment(join([part.html for part in parts]), "\n\n".join(part.text for part in parts))


def record_page(file: RecordFile, *, imported: bool = False) -> Html:
    """Return a record file as one self-contained page that prints well; the same for the same file and version."""
    run, header = file.run, file.header
    route = f"{header.source_name or header.source_id} to {header.target_name or header.target_id}"
    title = f"Restore of {route}: {run.state}"
    # ASCII only, so that nothing in it has to be shown as something else.
    carried = tag("pre", Html(_escape(file_text(file, ascii_only=True))), id=PAGE_BLOCK)
    hint = "This page carries its record. To make sure that neither was edited: ddmkit records verify, with this very file."
    seal = tag("p", "Hash of this page: ", tag("code", UNSEALED, id=PAGE_HASH, data_version=ddmkit.__version__))
    inner = tag("details", tag("summary", "The record itself, as it was exported"), tag("p", hint), seal, carried)
    foot = f"Made by ddmkit {ddmkit.__version__} from the record alone. Seal: {file.seal.sha256}"
    signed = f"; signed by {file.signature.fingerprint}" if file.signature is not None else ""
    shown = show_record(run, verify_content(file), imported=imported)
    return Html(seal_page(build_page(title, shown, inner, foot=foot + signed)))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def show_verification(findings: Sequence[_Data], *, passed: bool, address: str = "") -> Fragment:
    """Return what was found on the target beside what was expected, every finding on a line of its own."""
    title = "The target holds what was expected" if passed else "The target differs from what was expected"
    if address:
        title += f"; applications connect to {address}"
    told = [[str(one.get(part, "")) for part in ("subject", "verdict", "expected", "found")] for one in findings]
    rows = [[subject, status_html(verdict, _verdict_tone(verdict)), *seen] for subject, verdict, *seen in told]
    table = _table(title, ("what", "verdict", "expected", "found"), rows, short=2) if rows else "nothing was compared"
    # A region that scrolls on a narrow page of a notebook must be reachable by keyboard and have a name.
    frame = {"style": "overflow-x:auto;max-width:100%", "tabindex": "0", "role": "region", "aria_label": title}
    html = join([tag("div", title, style="font-weight:bold;padding:0.2em 0"), tag("div", table, **frame)])
    lines = [
        f"{describe_status(verdict, _verdict_tone(verdict))}: {subject}: {found}"
        + (f" (expected: {expected})" if expected else "")
        for subject, verdict, expected, found in told
    ]
    return Fragment(html, _describe_part(title, lines or ["nothing was compared"]))


def _verdict_tone(verdict: str) -> Tone:
    return _VERDICT_TONES.get(verdict, Tone.WARNING)


_VERDICT_TONES = {"as expected": Tone.GOOD, "differs": Tone.BAD, "cannot be known": Tone.QUIET}


def _show_summary(run: RunData, problems: Sequence[Problem] | None, *, imported: bool) -> Fragment:
    lines = sum_up(run, problems, imported=imported)
    term = "font-weight:bold;padding-right:0.4em"
    html = tag(
        "section",
        *(tag("p", tag("span", f"{name}:", style=term), said, style="margin:0.25em 0") for name, said in lines),
        aria_label="summary",
        style="color:inherit;overflow-wrap:anywhere",
    )
    return Fragment(html, _describe_part(f"Record {run.id}: {run.state}", [f"{name}: {said}" for name, said in lines]))


def _show_list(title: str, lines: Sequence[str], kind: str = "ul") -> Fragment:
    if not lines:
        return Fragment(Html(""), "")
    items = tag(kind, *(tag("li", line, style="overflow-wrap:anywhere") for line in lines))
    return Fragment(join([tag("h2", title), items]), _describe_part(title, [f"- {line}" for line in lines]))


def _show_story(run: RunData) -> Fragment:
    rows = describe_scenario(run)
    html = _wide_table("What happened", rows, headers=("no.", "when", "what"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)] if rows else [0, 0]
    lines = [f"{number:>{widths[0]}}  {when:<{widths[1]}}  {what}" for number, when, what in rows]
    return Fragment(html, _describe_part("What happened", lines))


def _describe_part(title: str, lines: Sequence[str]) -> str:
    """Set lines below a title, whole: a record is evidence, so nothing of it is cut."""
    return "\n".join([f"{title}:", *(f"  {clean_line(line)}" for line in lines)])


def _show_checks(run: RunData) -> list[Fragment]:
    """Show the checks as they stood last before the request."""
    checks = RunReader(run).checks
    if not checks:
        return []
    shown = show_checks([SimpleNamespace(**{name: text_in(check, name) for name in _CHECK}) for check in checks])
    title = "Checks before the request"
    return [Fragment(join([tag("h2", title), shown.html]), f"{title}:\n{shown.text}")]


_CHECK = ("id", "title", "status", "detail", "hint", "rule")


def _show_request(run: RunData) -> list[Fragment]:
    intent = RunReader(run).data("intent")
    if "body" not in intent:
        return []
    where = f"{text_in(intent, 'method')} {text_in(intent, 'path')}".strip()
    body = json.dumps(intent["body"], indent=1, ensure_ascii=False)
    title = "The request, exactly"
    return [Fragment(join([tag("h2", title), text_block(where, body)]), f"{title}:\n{where}\n{body}")]


def _show_findings(run: RunData) -> list[Fragment]:
    found = RunReader(run).last("verified")
    if found is None:
        return []
    address = text_in(found.data, "address")
    return [show_verification(objects_in(found.data, "findings"), passed=found.data.get("passed") is True, address=address)]


def _show_inputs(run: RunData) -> Fragment:
    inputs = object_in(RunReader(run).plan, "inputs")
    return _show_pairs("Asked for, as given", {name: _describe_value(value) for name, value in inputs.items()})


def _show_reads(run: RunData) -> Fragment:
    """Show how completely the facts were read: calls, rows and pages by the call's name, and its name in the audit log."""
    reads = objects_in(RunReader(run).inventory, "reads")
    said = {}
    for name in dict.fromkeys(text_in(one, "operation") for one in reads):
        own = [one for one in reads if text_in(one, "operation") == name]
        calls, rows, pages = len(own), _total(own, "rows"), _total(own, "pages")
        trace = text_in(own[0], "audit_trace")
        said[name] = f"{_count(rows, 'row')}, {_count(pages, 'page')}, {_count(calls, 'call')}"
        said[name] += f"; audit log: {trace}" if trace else ""
    return _show_pairs("Read for the plan, each list to its end", said)


def _total(reads: Sequence[_Data], name: str) -> int:
    return sum(count for one in reads if isinstance(count := one.get(name), int))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _show_environment(run: RunData) -> Fragment:
    known = RunReader(run).environment
    said = {name: _describe_value(value) for name, value in known.items()}
    return _show_pairs("Made with", {"service": run.service, "project": run.header.project_id, **said})


def _describe_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {inner}" for name, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _show_pairs(title: str, pairs: Mapping[str, str]) -> Fragment:
    if not pairs:
        return Fragment(Html(""), "")
    html = _wide_table(title, list(pairs.items()))
    return Fragment(html, _describe_part(title, [f"{name}: {said}" for name, said in pairs.items()]))


_LINE = "border:none;border-bottom:1px solid rgba(128,128,128,0.45);text-align:left;vertical-align:top"
_LONGEST_UNBROKEN = 40
_CELL = f"padding:0.25em 1em 0.25em 0;{_LINE}"
_SHORT, _LONG = f"{_CELL};white-space:nowrap", f"{_CELL};overflow-wrap:anywhere"


def _wide_table(title: str, rows: Sequence[Sequence[str]], headers: Sequence[str] = ()) -> Html:
    """Build a table with its heading, whose last column takes all the room there is and shows its text whole."""
    short = max((len(row) for row in rows), default=1) - 1
    return join([tag("h2", title), _table(title, headers, rows, short=short)])


def _table(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]], *, short: int) -> Html:
    """Build a table that shows every text whole; the first ``short`` columns do not wrap, the others share the room.

    Each cell carries its header, for pages too narrow to set them beside each other.
    """
    head = tag("thead", tag("tr", *(tag("th", name, scope="col", style=_SHORT) for name in headers))) if headers else ""
    body = tag("tbody", *(tag("tr", *_table_cells(row, headers, short)) for row in rows))
    style = "border-collapse:collapse;table-layout:auto;width:100%;margin:0.5em 0;color:inherit;font-size:0.95em"
    return tag("table", head, body, style=style, aria_label=title)


def _is_short(cell: str) -> bool:
    return len(re.sub(r"<[^>]*>", "", cell)) <= _LONGEST_UNBROKEN


def _table_cells(row: Sequence[str], headers: Sequence[str], short: int) -> list[Html]:
    labels = [*headers, *[None] * len(row)]
    styles = [_SHORT if place < short and _is_short(cell) else _LONG for place, cell in enumerate(row)]
    first = tag("th", row[0], scope="row", style=f"font-weight:normal;{styles[0]}")
    others = zip(row[1:], styles[1:], labels[1:], strict=False)
    return [first, *(tag("td", cell, style=style, data_label=label) for cell, style, label in others)]
