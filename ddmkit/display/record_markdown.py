"""A record as Markdown: a short text for a ticket, and the draft of a post-mortem whose judgement people write."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ddmkit.display.html import apart, clean_line
from ddmkit.display.record_narrative import describe_steps, format_elapsed, next_steps, stays_away
from ddmkit.display.report.result import summarize_run
from ddmkit.records.files.integrity import Problem
from ddmkit.records.reader import RunReader, objects_in, text_in
from ddmkit.records.recovery_reader import durations_of
from ddmkit.records.runs import RunData

__all__ = ["record_markdown", "record_postmortem"]

_MARKS = re.compile(r"[$\\`*_\[\]|~#@!]")
# Marks with a meaning only at the start of a line: a list, a rule, an underline.
_AT_START = re.compile(r"^([0-9]*)([-+=.)])")
_OPEN = "_To be filled in._"
_TITLES = {
    "restore": "Restore of DDM metadata",
    "recovery": "Whole recovery",
    "drill": "Drill of a whole recovery",
    "fleet": "Recoveries together",
}


def record_markdown(run: RunData, problems: Sequence[Problem] | None = None, *, imported: bool = False) -> str:
    """Return a record as Markdown for a ticket: five lines of summary, what to do next, every step."""
    steps = [f"{number}. {escape(step)}" for number, step in enumerate(next_steps(run), 1)]
    missing = [f"- {escape(line)}" for line in stays_away(run)]
    parts = [
        [f"### {_TITLES[run.header.kind]}: {escape(run.state)} (record {escape(run.id)})"],
        _summary_lines(run, problems, imported=imported),
        ["**Next**", "", *steps],
        *([["**Did not come back**", "", *missing]] if missing else []),
        ["**What happened**", "", *_steps_table(run)],
    ]
    return _join_parts(parts)


def record_postmortem(run: RunData, problems: Sequence[Problem] | None = None, *, imported: bool = False) -> str:
    """Return the draft of a post-mortem: the record's facts are filled in, what people have to judge is left open."""
    parts = [
        [f"# Post-mortem: {run.header.kind} of {escape(_name(run))}, {run.created:%Y-%m-%d}"],
        [f"Written from record {escape(run.id)}. Times are in UTC. What the record cannot know is left open."],
        ["## Summary", "", *_summary_lines(run, problems, imported=imported)],
        ["## Impact", "", f"Who was affected, from when to when, how: {_OPEN}"],
        ["## Timeline", "", f"Before the {run.header.kind} (the mistake, its discovery): " + _OPEN, "", *_steps_table(run)],
        ["## Figures", "", *_table(["figure", "value"], _figures(run))],
        ["## What the target held afterwards", "", *_findings(run)],
        *([f"## {title}", "", _OPEN] for title in ("Root cause", "What went well", "What went wrong", "Where luck helped")),
        ["## Actions", "", *_table(["action", "owner", "due"], [["", "", ""]])],
    ]
    return _join_parts(parts)


def _join_parts(parts: Iterable[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def escape(value: object) -> str:
    """Return a value as Markdown that shows exactly its text, on one line."""
    words = html.escape(clean_line(value).strip(), quote=False)
    escaped = _MARKS.sub(lambda found: apart(found[0]) if found[0] in "$\\" else f"\\{found[0]}", words)
    return _AT_START.sub(r"\1\\\2", escaped)


def _name(run: RunData) -> str:
    header = run.header
    return f"{header.source_name or header.source_id} to {header.target_name or header.target_id}"


def _summary_lines(run: RunData, problems: Sequence[Problem] | None, *, imported: bool) -> list[str]:
    return [f"- **{heading}:** {escape(text)}" for heading, text in summarize_run(run, problems, imported=imported)]


def _steps_table(run: RunData) -> list[str]:
    return _table(["no.", "when", "what"], describe_steps(run))


def _figures(run: RunData) -> list[list[str]]:
    reader = RunReader(run)
    kinds = Counter(event.kind for event in run.events)
    checks = Counter(text_in(check, "status") for check in reader.checks)
    durations = [[name, format_elapsed(took)] for name, took in durations_of(run).items()]
    return [
        *durations,
        ["requests sent", str(kinds["intent"] + kinds["step-intent"])],
        ["changes of the job seen", str(kinds["polled"] + kinds["step-polled"])],
        ["failed status checks of the job", str(kinds["poll-failed"])],
        ["checks", ", ".join(f"{count} {status}" for status, count in sorted(checks.items())) or "none"],
        ["warnings accepted", str(len(reader.accepted))],
        ["data nodes", str(len(objects_in(reader.inventory, "related", "value", "related_data_nodes")) or "not known")],
    ]


def _findings(run: RunData) -> list[str]:
    found = objects_in(RunReader(run).data("verified"), "findings")
    if not found:
        return ["The target was not read back."]
    columns = ["subject", "verdict", "expected", "found"]
    return _table(columns, ([text_in(finding, column) for column in columns] for finding in found))


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [headers, ["---"] * len(headers), *([escape(cell) for cell in row] for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines]
