"""What to do after a restore or a recovery: a text for the teams whose applications use the instance, ready to be sent.

Names come from the service and from files, so each stands on one line and without control characters.
"""

from __future__ import annotations

from datetime import datetime

from ddmkit.display.html import clean_line
from ddmkit.display.record_narrative import format_second, stays_away
from ddmkit.display.report.result import zone_of
from ddmkit.errors import DDMKitError
from ddmkit.records.reader import RunReader, objects_in, text_in
from ddmkit.records.runs import RunData, RunState
from ddmkit.restore.plan import plan_of
from ddmkit.times import format_duration, format_utc

__all__ = ["write_notice"]


def write_notice(run: RunData) -> str:
    """Return a text for the application team about a restore that completed; empty for any other run.

    It says what was restored, to which instant in UTC and in the plan's zone, the new address, what is lost, what to check.
    """
    if run.state is not RunState.COMPLETED:
        return ""
    reader, header = RunReader(run), run.header
    source = clean_line(header.source_name or header.source_id)
    target = clean_line(header.target_name or header.target_id)
    rows = _find_rows(run)
    instant = "the instant to which the data nodes were recovered" if rows is None else format_utc(rows)
    what = "The metadata of the DDM instance" if header.kind == "restore" else "The DDM instance"
    when = f" on {format_second(reader.ended)}" if reader.ended is not None else ""
    lines = [
        f"{what} {source} was restored{when}. Use the new instance {target} from now on.",
        "",
        f"Restored to: {_describe_point(reader)}. {_describe_rows(reader, rows)}",
        f"New address: {_describe_address(reader, source)}",
        f"Lost: everything that was written after {instant}{_describe_gap(reader, rows)}.",
        *_list_differences(reader),
        "",
        "Please check:",
        *(f"{number}. {clean_line(one)}" for number, one in enumerate(_checks(target, instant), 1)),
        "",
        "This did not come back:",
        *(f"- {clean_line(one)}" for one in stays_away(run)),
        "",
        f"Record of the restore: {clean_line(run.id)}",
    ]
    return "\n".join(lines)


def _describe_point(reader: RunReader) -> str:
    point = reader.point
    if point is None:
        return "the time is not on the record"
    zone = zone_of(reader)
    local = point.astimezone(zone)
    return format_utc(point) + (f" = {local:%Y-%m-%d %H:%M:%S} {zone.key} ({local:%z})" if zone.key != "UTC" else "")


def _describe_address(reader: RunReader, source: str) -> str:
    found = clean_line(reader.address) if reader.address else "not read; the console shows it"
    return f"{found}. The old address still leads to {source}, which was not changed."


def _find_rows(run: RunData) -> datetime | None:
    """Return the instant to which the rows belong: the point, or after a restore from a backup that of the data nodes."""
    reader = RunReader(run)
    if run.header.kind != "restore":
        return reader.point
    try:
        plan = plan_of(run)
    except DDMKitError:  # a record from somebody else's file may hold anything
        return None
    return plan.rows_as_of or (reader.point if plan.request.restore_time_ms is not None else None)


def _describe_rows(reader: RunReader, rows: datetime | None) -> str:
    if rows is None:
        return "The rows are those of the data nodes, recovered beforehand; the record does not show to which instant."
    where = "that instant" if rows == reader.point else f"{format_utc(rows)}, to which the data nodes were recovered"
    return f"The rows are those of {where}."


def _describe_gap(reader: RunReader, rows: datetime | None) -> str:
    if rows is None or reader.incident is None or reader.incident <= rows:
        return ""
    before = format_duration(reader.incident - rows)
    return f", also what was written in the {before} up to the incident at {format_utc(reader.incident)}"


def _list_differences(reader: RunReader) -> list[str]:
    found = objects_in(reader.data("verified"), "findings")
    named = [clean_line(text_in(one, "subject")) for one in found if text_in(one, "verdict") == "differs"]
    return [f"Not as expected when it was read back: {', '.join(named)}"] if named else []


def _checks(target: str, instant: str) -> list[str]:
    return [
        f"The application connects to {target} by the new address.",
        "Each account of the application can log in: no call shows whether passwords came back.",
        f"In the tables that matter, the newest rows are from just before {instant}, and their number is plausible.",
        f"What was done after {instant} (orders, payments, messages, jobs) is repeated or corrected.",
    ]
