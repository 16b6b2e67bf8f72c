"""A whole recovery on the page of its record: the two times that matter, where the time went, each step with its proof."""

from __future__ import annotations

from datetime import timedelta

from ddmkit.display.html import Fragment, Html, clean_line, join, tag
from ddmkit.display.record_narrative import format_elapsed, format_second
from ddmkit.display.status import tone_of_run
from ddmkit.display.table import Cell, CellKind, page_table
from ddmkit.records.recovery_reader import RecordedStep, RecoveryReader, instances_left, instances_still_billed
from ddmkit.records.runs import RunData
from ddmkit.times import format_duration

__all__ = ["list_recovery_facts", "show_recorded_steps"]

_STATES = {"opened": "not begun", "freed": "refused"}


def list_recovery_facts(run: RunData) -> list[tuple[str, str]]:
    """Return the facts of a recovery that come first: both times, where the time went, who went on, what is still billed."""
    reader = RecoveryReader(run)
    others = [f"{clean_line(who)} ({', '.join(map(clean_line, what))})" for who, what in reader.continued_by.items()]
    facts = [
        ("Incident to working", _describe_working(reader)),
        ("Incident to restored instant", _describe_instant(reader)),
        ("Where the time went", _describe_spent(reader)),
        ("Continued by", "; ".join(others)),
        ("Still billed", _describe_billed(run)),
    ]
    return [(name, text) for name, text in facts if text]


def _describe_billed(run: RunData) -> str:
    billed, left = instances_still_billed(run), instances_left(run)
    if not billed:
        return ""
    if left:
        named = ", ".join(map(clean_line, left.values()))
        return f"{billed} stayed when it was given up: {named}; unless something uses them or they were deleted since"
    return f"{billed} of the instances that it created, not handed over and not deleted"


def _describe_working(reader: RecoveryReader) -> str:
    took, working = reader.to_working, reader.working_at
    if working is None:
        return "not working yet"
    if took is None:
        return f"the time of the incident is not known; working since {format_second(working)}"
    return f"{format_duration(took)}; working since {format_second(working)}"


def _describe_instant(reader: RecoveryReader) -> str:
    before = reader.to_instant
    if before is None:
        return "the time of the incident is not known" if reader.reader.point else ""
    if before <= timedelta(0):
        return "the restored instant does NOT lie before the incident"
    return f"{format_duration(before)}: what was written between them is lost"


def _describe_spent(reader: RecoveryReader) -> str:
    spent = reader.where_time_went()
    since = "the incident" if reader.reader.incident else "the plan"
    return ", ".join(f"{who} {format_elapsed(took)}" for who, took in spent.items()) + f" (since {since})"


def show_recorded_steps(run: RunData) -> Fragment:
    """Show each step: how it ended, what was sent, what was answered, what proves it, and how long it took."""
    steps = [step for step in RecoveryReader(run).steps if step.title]
    if not steps:
        return Fragment(Html(""), "")
    title, headers = "Steps", ("step", "state", "took", "sent and answered", "proof")
    html = join([tag("h2", title), page_table(title, headers, list(map(_cells, steps)), unbroken=3)])
    return Fragment(html, "\n".join([f"{title}:", *(clean_line(_describe_step(step)) for step in steps)]))


def _cells(step: RecordedStep) -> list[Cell]:
    state = _state_of(step)
    return [
        Cell(step.title, more=clean_line(step.name)),
        Cell(state, CellKind.STATUS, tone_of_run(state)),
        Cell(format_elapsed(step.took) if step.took is not None else ""),
        Cell(step.intent, more=clean_line(step.answer)),
        Cell(step.proof, more=f"made: {clean_line(step.made)}" if step.made else ""),
    ]


def _describe_step(step: RecordedStep) -> str:
    parts = [
        ("sent", step.intent),
        ("answered", step.answer),
        ("proof", step.proof),
        ("took", format_elapsed(step.took) if step.took is not None else ""),
        ("made", step.made),
    ]
    return f"  {_state_of(step)}: {step.title} [{step.name}]" + "".join(f"; {name}: {text}" for name, text in parts if text)


def _state_of(step: RecordedStep) -> str:
    return _STATES.get(str(step.state), str(step.state))
