"""What the record says while a restore is watched: its events, its plan, and how long earlier restores took."""

from __future__ import annotations

import statistics
from datetime import timedelta

from ddmkit.display.html import Fragment, Html, clean_line, join, tag
from ddmkit.display.record_narrative import describe_steps
from ddmkit.errors import DDMKitError
from ddmkit.forms.logic.plan_facts import describe_what_happens
from ddmkit.handles.record import Record
from ddmkit.kit import Kit
from ddmkit.records.reader import RunReader
from ddmkit.restore.plan import plan_of
from ddmkit.times import format_duration

__all__ = ["describe_expected", "read_expected", "read_log", "read_plan"]

_JOB = "the service's job"
_MOST_EARLIER = 5
_UNKNOWN = "not known: no completed restore is on record, and the service promises no duration"


def read_plan(record: Record) -> Html:
    """Return the plan of a record in a few lines; empty if the record holds no plan that can be read."""
    try:
        return describe_what_happens(plan_of(record.run)).html
    except DDMKitError:
        return Html("")


def read_log(record: Record) -> Fragment:
    """Return every event of a record, newest first; status checks that only showed progress are one line."""
    lines = [(clean_line(when), clean_line(what)) for _, when, what in reversed(describe_steps(record.run))]
    items = (tag("li", tag("span", when, class_="ddmkit-when"), " ", what) for when, what in lines)
    title = f"Event log, newest first, {len(lines):,} {'entry' if len(lines) == 1 else 'entries'}"
    listed = tag("ul", *items, class_="ddmkit-log", tabindex="0", aria_label=title)
    text = "\n".join([f"{title}:", *(f"  {when}  {what}" for when, what in lines)])
    return Fragment(join([tag("b", title), listed]), text)


def read_expected(kit: Kit) -> str:
    """Describe how long the job will probably take, by the newest completed restores on record."""
    try:
        rows = [row for row in kit.records.list(state="completed") if not row.imported][:_MOST_EARLIER]
        durations = [RunReader(kit.records.get(row.id).run).durations().get(_JOB) for row in rows]
    except DDMKitError:
        return ""
    return describe_expected([one for one in durations if one is not None])


def describe_expected(earlier: list[timedelta]) -> str:
    """Describe the median of earlier durations, and their range."""
    if not earlier:
        return _UNKNOWN
    middle = timedelta(seconds=round(statistics.median(one.total_seconds() for one in earlier)))
    if len(earlier) == 1:
        return f"about {format_duration(middle)}, as the one completed restore on record took"
    least, most = format_duration(min(earlier)), format_duration(max(earlier))
    return f"about {format_duration(middle)}: the last {len(earlier)} completed restores took {least} to {most}"
