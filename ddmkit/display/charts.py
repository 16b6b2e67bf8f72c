"""Timelines of restorable ranges, backups and jobs: as charts, and always as text too.

This module turns models into rows and words; ``altair_charts`` turns rows into charts and is loaded only when a chart is
needed. Times in a chart are epoch milliseconds, the axis is in UTC, and a chart says what it leaves out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ddmkit.display.column_specs import describe_backup_type, job_tone
from ddmkit.display.html import clean_line
from ddmkit.display.status import describe_status
from ddmkit.models import Backup, Job, RestorableRange
from ddmkit.times import (
    Span,
    find_gaps,
    format_ago,
    format_duration,
    format_instant,
    format_nearest,
    format_utc,
    is_within,
    merge_spans,
    to_ms,
)
from ddmkit.typed_times import find_time_zone

if TYPE_CHECKING:
    import altair as alt

__all__ = ["jobs_chart", "jobs_text", "timeline_chart", "timeline_text"]

_MOST_MARKS = 5_000
_MOST_JOBS = 100
_MOST_LINES = 20
_LETTERS_OF_ID = 13
# The narrowest gaps, as shares of the chart's width, that have room for "gap 1 d 5 h" and for "gap".
_LABEL_SHARE = 0.11
_WORD_SHARE = 0.035
_EMPTY_SPAN = timedelta(days=7)
_RANGES_ROW = "can be restored to"


def timeline_chart(
    ranges: Iterable[RestorableRange],
    backups: Iterable[Backup],
    now: datetime,
    *,
    point: datetime | None = None,
    incident: datetime | None = None,
    zone: str = "UTC",
    title: str = "Restorable ranges and backups",
) -> alt.LayerChart:
    """Draw restorable ranges with their gaps, backups by type, now, the chosen point and the incident over one time axis.

    Of more than 5,000 ranges, gaps or backups, 5,000 evenly chosen ones are drawn, and the chart says so.

    Args:
        ranges: The ranges that can be restored to.
        backups: The backups, in any order.
        now: The present.
        point: The chosen point in time.
        incident: When the damage was done.
        zone: The IANA name of the zone for local times in tooltips and text.
        title: The title of the chart.

    Returns:
        A chart whose ``description`` has the same in words, for screen readers and for pages that draw nothing.

    """
    from ddmkit.display import altair_charts as drawing  # noqa: PLC0415  # slow to load, and only charts need it

    ranges, backups = tuple(ranges), tuple(backups)
    moments = _moments(now, point, incident)
    spans = [one.span for one in ranges if one.start_time <= one.end_time]
    domain = _domain([*moments.values(), *(end for span in spans for end in span), *(one.created for one in backups)], now)
    drawn_spans, drawn_backups = _thin(merge_spans(spans)), _thin(sorted(backups, key=lambda one: one.created))
    notes = [_note("ranges", drawn_spans, merge_spans(spans)), _note("backups", drawn_backups, backups)]
    return drawing.draw_timeline(
        bars=[*_span_rows(drawn_spans, zone, "range"), *_gap_rows(spans, domain, zone)],
        marks=[_backup_row(one, now, zone) for one in drawn_backups],
        rules=[_moment_row(name, instant, now, domain) for name, instant in moments.items()],
        domain=_domain_ms(domain),
        title=clean_line(title),
        notes=[note for note in notes if note],
        description=timeline_text(ranges, backups, now, point=point, incident=incident, zone=zone),
    )


def timeline_text(
    ranges: Iterable[RestorableRange],
    backups: Iterable[Backup],
    now: datetime,
    *,
    point: datetime | None = None,
    incident: datetime | None = None,
    zone: str = "UTC",
) -> str:
    """Return a timeline in words: ranges and gaps, backups by type, and where the point lies."""
    spans = merge_spans(one.span for one in ranges if one.start_time <= one.end_time)
    where = find_time_zone(zone)
    lines = [*_range_lines(spans), *_backup_lines(tuple(backups), now)]
    if incident is not None:
        lines.append(f"Incident: {format_instant(incident, where, now)}")
    if point is not None:
        lines += [f"Chosen point: {format_instant(point, where, now)}", f"  {_describe_place(point, spans)}"]
    return "\n".join([*lines, f"Now: {format_utc(now)}"])


def jobs_chart(
    jobs: Iterable[Job], now: datetime | None = None, *, zone: str = "UTC", title: str = "Jobs over time"
) -> alt.LayerChart:
    """Draw the newest 100 jobs as bars from start to end; a running job reaches to ``now`` or to the newest known time."""
    from ddmkit.display import altair_charts as drawing  # noqa: PLC0415  # slow to load, and only charts need it

    known = _newest_first(jobs)
    present = now or max((end or start for _, start, end in known), default=None)
    shown = known[:_MOST_JOBS]
    rows = [_job_row(job, start, end or present or start, zone) for job, start, end in shown]
    edges = [edge for _, start, end in shown for edge in (start, end or present or start)]
    domain = _domain_ms(_domain(edges, present)) if present else None
    middle = sum(domain) / 2 if domain else 0
    shared = Counter(row["short"] for row in rows)
    names = [row["short"] if shared[row["short"]] == 1 else row["row"] for row in rows]
    rows = [{**row, "row": name, "late": row["start"] > middle} for row, name in zip(rows, names, strict=True)]
    note = f"{len(shown)} of {len(known):,} jobs, the newest" if len(shown) < len(known) else ""
    return drawing.draw_jobs(
        rows,
        domain=domain,
        title=clean_line(title),
        notes=[note] if note else [],
        description=jobs_text([job for job, _, _ in known]),
    )


def jobs_text(jobs: Sequence[Job]) -> str:
    """Return how jobs went in words: how many are in which state, and why the failed ones failed."""
    if not jobs:
        return "Jobs: none"
    states = Counter(describe_status(job.status, job_tone(job)) for job in jobs)
    failed = [job for job in jobs if job.is_failed]
    lines = [f"Jobs: {len(jobs):,}: " + ", ".join(f"{count:,} {state}" for state, count in states.most_common())]
    for job in failed[:_MOST_LINES]:
        reason = clean_line(job.fail_reason) or "no reason given"
        lines.append(f"  {clean_line(job.name)} {clean_line(job.id)}: {reason}")
    return "\n".join([*lines, *_describe_cut("failed jobs", failed)])


def _moments(now: datetime, point: datetime | None, incident: datetime | None) -> dict[str, datetime]:
    named = {"now": now, "incident": incident, "chosen point": point}
    return {name: instant for name, instant in named.items() if instant is not None}


def _domain(instants: Sequence[datetime], now: datetime) -> Span:
    first, last = min(instants, default=now), max(instants, default=now)
    if last - first < timedelta(minutes=1):
        first = last - _EMPTY_SPAN
    margin = (last - first) / 50
    return Span(first - margin, last + margin)


def _domain_ms(domain: Span) -> tuple[int, int]:
    return to_ms(domain.start), to_ms(domain.end)


def _thin(rows: Sequence[Any]) -> Sequence[Any]:
    if len(rows) <= _MOST_MARKS:
        return rows
    step = (len(rows) - 1) / (_MOST_MARKS - 1)
    return [rows[round(index * step)] for index in range(_MOST_MARKS)]


def _note(name: str, drawn: Sequence[Any], known: Sequence[Any]) -> str:
    return f"{len(drawn):,} of {len(known):,} {name} drawn, evenly thinned" if len(drawn) < len(known) else ""


def _span_rows(spans: Iterable[Span], zone: str, kind: str) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "row": _RANGES_ROW,
            "start": to_ms(span.start),
            "end": to_ms(span.end),
            "length": format_duration(span.end - span.start),
            "utc": f"{format_utc(span.start)} to {format_utc(span.end)}",
            "local": f"{_describe_local(span.start, zone)} to {_describe_local(span.end, zone)}",
        }
        for span in spans
    ]


def _gap_rows(spans: Sequence[Span], domain: Span, zone: str) -> list[dict[str, Any]]:
    gaps = _thin(find_gaps(spans))
    rows = _span_rows(gaps, zone, "gap, cannot be restored to")
    for gap, row in zip(gaps, rows, strict=True):
        share = (gap.end - gap.start) / (domain.end - domain.start)
        label = f"gap {row['length']}" if share >= _LABEL_SHARE else "gap" if share >= _WORD_SHARE else ""
        row |= {"middle": (row["start"] + row["end"]) // 2, "label": label}
    return rows


def _backup_row(backup: Backup, now: datetime, zone: str) -> dict[str, Any]:
    return {
        "row": f"backup: {clean_line(backup.backup_type) or 'type not given'}",
        "type": clean_line(backup.backup_type),
        "at": to_ms(backup.created),
        "name": clean_line(backup.name),
        "id": clean_line(backup.id),
        "status": describe_status(backup.status),
        "usable": backup.is_usable,
        "utc": f"{format_utc(backup.created)}, {format_ago(backup.created, now)}",
        "local": _describe_local(backup.created, zone),
    }


def _moment_row(name: str, instant: datetime, now: datetime, domain: Span) -> dict[str, Any]:
    ago = "" if instant == now else f", {format_ago(instant, now)}"
    is_late = instant - domain.start > (domain.end - domain.start) / 2
    return {"row": name, "at": to_ms(instant), "label": f"{format_utc(instant)}{ago}", "late": is_late}


def _newest_first(jobs: Iterable[Job]) -> list[tuple[Job, datetime, datetime | None]]:
    started = [(job, job.created_time, job.end_time if job.is_finished else None) for job in jobs]
    known = [(job, start, end) for job, start, end in started if start is not None]
    return sorted(known, key=lambda one: one[1], reverse=True)


def _job_row(job: Job, start: datetime, end: datetime, zone: str) -> dict[str, Any]:
    tone = job_tone(job)
    return {
        "row": f"{clean_line(job.name)} {clean_line(job.id)}",
        "short": f"{clean_line(job.name)} {_short_id(job.id)}",
        "id": clean_line(job.id),
        "start": to_ms(start),
        "end": to_ms(max(start, end)),
        "tone": tone.name.lower(),
        "status": describe_status(job.status, tone),
        # In words too: on an axis of days, jobs of minutes lie in one place.
        "words": f"{describe_status(job.status, tone)}, {format_duration(max(start, end) - start)}, {start:%d %b %H:%M}",
        "took": format_duration(max(start, end) - start),
        "instance": clean_line(job.instance_name),
        "reason": clean_line(job.fail_reason),
        "utc": f"{format_utc(start)} to {format_utc(max(start, end))}",
        "local": _describe_local(start, zone),
    }


def _short_id(identity: str) -> str:
    """Return the beginning of a long id; the tooltip has the whole."""
    shown = clean_line(identity)
    return shown if len(shown) <= _LETTERS_OF_ID else f"{shown[: _LETTERS_OF_ID - 1]}…"


def _describe_local(instant: datetime, zone: str) -> str:
    return f"{instant.astimezone(find_time_zone(zone)):%Y-%m-%d %H:%M:%S %z} {zone}"


def _range_lines(spans: Sequence[Span]) -> list[str]:
    if not spans:
        return ["Restorable ranges: none"]
    lines = [f"Restorable ranges: {len(spans):,}"]
    shown = spans[-_MOST_LINES:]
    for before, span in zip([None, *shown], shown, strict=False):
        if before is not None:
            lines.append(f"  gap of {format_duration(span.start - before.end)}, cannot be restored to")
        lines.append(f"  {format_utc(span.start)} to {format_utc(span.end)}, {format_duration(span.end - span.start)}")
    return [*lines, *_describe_cut("ranges, the newest", spans)]


def _backup_lines(backups: Sequence[Backup], now: datetime) -> list[str]:
    if not backups:
        return ["Backups: none"]
    types = Counter(backup.backup_type for backup in backups)
    counted = ", ".join(f"{count:,} {clean_line(describe_backup_type(kind))}" for kind, count in sorted(types.items()))
    newest = max(backups, key=lambda one: one.created)
    parts = [format_utc(newest.created), format_ago(newest.created, now), clean_line(newest.status), clean_line(newest.id)]
    return [f"Backups: {len(backups):,}: {counted}", f"  newest: {', '.join(parts)}"]


def _describe_place(point: datetime, spans: Sequence[Span]) -> str:
    if is_within(point, spans):
        return "lies in a restorable range"
    named = format_nearest(point, spans)
    nearest = f"; nearest legal instants: {named}" if named else ""
    return f"lies in no restorable range{nearest}"


def _describe_cut(name: str, rows: Sequence[Any]) -> list[str]:
    return [f"  {_MOST_LINES} of {len(rows):,} {name}"] if len(rows) > _MOST_LINES else []
