"""The report of a drill for people: one page without script that prints well, and the same as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ddmkit.display.html import Fragment, Html, clean_line, join, tag, whole_times
from ddmkit.display.page import build_page
from ddmkit.display.status import Tone, tone_of
from ddmkit.display.stylesheet import style
from ddmkit.display.table import Cell, CellKind, page_table
from ddmkit.drills.report import DrillReport, ReportedFinding
from ddmkit.times import format_duration, format_utc

__all__ = ["report_page", "show_report"]

_TONES = {"passed": Tone.GOOD, "failed": Tone.BAD, "failure seen": Tone.GOOD, "failure not seen": Tone.BAD}
_FINDINGS = {"as expected": Tone.GOOD, "differs": Tone.BAD, "cannot be known": Tone.QUIET}


def report_page(report: DrillReport) -> Html:
    """Return the report as one self-contained page."""
    foot = f"Made by ddmkit {report.ddmkit}. SHA-256 of the report: {report.signature.sha256 or 'not computed'}"
    return build_page(_title(report), show_report(report), foot=foot)


def show_report(report: DrillReport) -> Fragment:
    """Return the report for a notebook, and as text. No part is left out: an empty one says why."""
    parts = [
        _show_result(report),
        _table(
            "Moments",
            "",
            ("moment", "when (UTC) or why not"),
            [(one.name, _when(one.at, one.why)) for one in report.moments],
        ),
        _show_goals(report),
        _lines("Negative drill", [report.failure_words]),
        _lines(
            "Deviations",
            [f"{one.what} Owner: {one.owner}, until {one.due:%Y-%m-%d}." for one in report.deviations] or ["None."],
        ),
        _show_findings("Expected against found", report.findings_words, report.findings),
        _show_findings("Cannot be known", report.cannot_words, report.cannot_be_known),
        _show_checks(report),
        _show_clean_up(report),
        _table("Earlier drills of this source", "None is on record.", *_history(report)),
        _show_evidence(report),
    ]
    return Fragment(join(part.html for part in parts), "\n\n".join(part.text for part in parts))


def _title(report: DrillReport) -> str:
    return f"Drill of {report.source_name or report.source_id}: {report.verdict}"


def _when(at: object, why: str) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at is not None else why


def _seconds(seconds: float | None) -> str:
    return "not reached" if seconds is None else format_duration(timedelta(seconds=seconds))


def _show_result(report: DrillReport) -> Fragment:
    tone = _TONES[report.verdict]
    facts = [
        ("Source", f"{report.source_name or 'no name'} ({report.source_id})"),
        ("Scope", report.scope),
        ("Where", f"{report.where}: {report.service}, project {report.project_id}"),
        ("Point", f"{_when(report.rpo.instant, 'not known')}{' UTC' if report.rpo.instant else ''}. {report.rpo.why}"),
        ("Incident", format_utc(report.rpo.incident)),
        ("Recovery time", report.rto.words),
        ("Recovery point", report.rpo.words),
        ("Backups", report.rpo.gap_words),
        ("Clean-up", report.clean_up.words),
        ("Purpose", report.purpose),
        ("Planned by", report.planner),
        ("Approved by", f"{report.approver}; typed: {report.confirmation}"),
        ("Made", format_utc(report.made_at)),
        ("Next due", f"{report.next_due:%Y-%m-%d}"),
    ]
    large = tag("p", report.statement, style=style("headline", font_size="1.7em"))
    html = tag(
        "section",
        large,
        tag("p", f"{tone.symbol} {report.headline}", style=style("headline")),
        page_table("Result", (), [[Cell(name), Cell(text)] for name, text in facts], unbroken=1),
        aria_label="result",
        class_="result",
        style=style("result", border_left=f"6px solid {tone.colour}"),
    )
    lines = [report.statement, f"{tone.symbol} {report.headline}", *(f"{name}: {text}" for name, text in facts)]
    return Fragment(html, _text(_title(report), lines))


def _show_goals(report: DrillReport) -> Fragment:
    rto, rpo, split = report.rto, report.rpo, report.rto.split
    spent = [split.people_s, split.service_s, split.verification_s] if split is not None else [None] * 3
    gap = None if rpo.gap_start is None or rpo.gap_end is None else (rpo.gap_end - rpo.gap_start).total_seconds()
    met = {True: "met", False: "not met", None: "not known"}
    rows = [
        ("Recovery time, whole", _seconds(rto.total_s), _seconds(rto.goal_s), met[rto.met]),
        *(
            (f"Recovery time, {who}", _seconds(took), "no goal", "not judged")
            for who, took in zip(("people", "service", "verification"), spent, strict=True)
        ),
        (
            "Lost writes",
            "not known" if rpo.loss_s is None else _seconds(abs(rpo.loss_s)),
            _seconds(rpo.goal_s),
            met[rpo.met],
        ),
        (
            "Longest time without a backup",
            "not known" if gap is None else _seconds(gap),
            _seconds(rpo.goal_s),
            met[rpo.gap_met],
        ),
    ]
    return _table("Goals", "", ("what", "measured", "goal", "verdict"), rows)


def _show_findings(title: str, words: str, findings: Sequence[ReportedFinding]) -> Fragment:
    headers = ("what", "verdict", "expected", "found")
    rows = [
        [Cell(one.subject), _status(one.verdict, _FINDINGS.get(one.verdict)), Cell(one.expected), Cell(one.found)]
        for one in findings
    ]
    lines = [f"{one.subject}: {one.verdict}; expected: {one.expected or 'nothing'}; found: {one.found}" for one in findings]
    return _cells(title, words, headers, rows, lines)


def _show_checks(report: DrillReport) -> Fragment:
    rows, lines = [], []
    for one in report.checks:
        accepted = " (accepted)" if one.accepted else ""
        evidence = "\n".join(map(clean_line, one.evidence))
        rows.append(
            [
                Cell(one.title, more=clean_line(one.id)),
                _status(f"{one.status}{accepted}", tone_of(one.status)),
                Cell(one.detail, more=evidence),
            ]
        )
        lines += [f"{one.status}{accepted}: {one.title}: {one.detail}", *(f"  {line}" for line in one.evidence)]
    return _cells("Checks and their evidence", report.checks_words, ("check", "verdict", "what was seen"), rows, lines)


def _show_clean_up(report: DrillReport) -> Fragment:
    headers = ("name", "what", "billing", "hours", "what became of it", "id")
    rows = [
        (one.name, one.what, one.billing, "not known" if one.hours is None else f"{one.hours:.2f}", one.fate, one.id)
        for one in report.clean_up.created
    ]
    return _table("Created and cleaned up", report.clean_up.words, headers, rows)


def _history(report: DrillReport) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    headers = ("when", "where", "verdict", "fault", "recovery time", "lost writes", "record")
    return headers, [
        (
            format_utc(one.at),
            one.where,
            one.verdict,
            one.fault or "none",
            _seconds(one.rto_s),
            "not known" if one.rpo_s is None else _seconds(abs(one.rpo_s)),
            one.record,
        )
        for one in report.history
    ]


def _show_evidence(report: DrillReport) -> Fragment:
    held, signature = report.evidence, report.signature
    lines = [
        f"Record {held.record} ({held.state}): {held.events} events; the last hash before this report: {held.last_sha256}.",
        f"Digest of the plan: {held.plan_digest}.",
        f"SHA-256 of this report: {signature.sha256 or 'not computed'}. {signature.words or 'Not signed.'}",
        held.audit_words,
        *held.audit_names,
    ]
    return _lines("Evidence", lines)


def _status(word: str, tone: Tone | None) -> Cell:
    return Cell(word, CellKind.STATUS, tone or Tone.WARNING)


def _table(title: str, words: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Fragment:
    lines = ["; ".join(f"{name}: {text}" for name, text in zip(headers, row, strict=True) if text) for row in rows]
    return _cells(title, words, headers, [list(map(Cell, row)) for row in rows], lines)


def _cells(title: str, words: str, headers: Sequence[str], rows: Sequence[Sequence[Cell]], lines: Sequence[str]) -> Fragment:
    above = [tag("p", words)] if words and (not rows or words != "None is on record.") else []
    table = [page_table(title, headers, rows, unbroken=2)] if rows else []
    html = tag("section", tag("h2", title), *above, *table)
    return Fragment(html, _text(title, [*([words] if above else []), *lines]))


def _lines(title: str, lines: Sequence[str]) -> Fragment:
    items = tag("ul", *(tag("li", whole_times(line), style=style("breakable")) for line in lines))
    return Fragment(tag("section", tag("h2", title), items), _text(title, [f"- {line}" for line in lines]))


def _text(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{clean_line(title)}:", *(f"  {clean_line(line)}" for line in lines)])
