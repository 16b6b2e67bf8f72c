"""What to do after a restore or a recovery: a text for the teams whose applications use the instance, ready to be sent.

Names come from the service and from files, so each stands on one line and without control characters.
"""

from __future__ import annotations

from ddmkit.display.html import clean_line
from ddmkit.display.record_narrative import format_second, stays_away
from ddmkit.display.report.result import zone_of
from ddmkit.records.reader import RunReader, objects_in, text_in
from ddmkit.records.runs import RunData, RunState
from ddmkit.times import format_duration, format_utc

__all__ = ["write_notice"]

_ROWS = {
    "restore": "The rows are those of the data nodes, which were recovered beforehand.",
    "recovery": "The data nodes were recovered to that instant.",
}


def write_notice(run: RunData) -> str:
    """Return a text for the application team about a restore that completed; empty for any other run.

    It says what was restored, to which instant in UTC and in the plan's zone, the new address, what is lost, what to check.
    """
    if run.state is not RunState.COMPLETED:
        return ""
    reader, header = RunReader(run), run.header
    source = clean_line(header.source_name or header.source_id)
    target = clean_line(header.target_name or header.target_id)
    what = "The metadata of the DDM instance" if header.kind == "restore" else "The DDM instance"
    when = f" on {format_second(reader.ended)}" if reader.ended is not None else ""
    lines = [
        f"{what} {source} was restored{when}. Use the new instance {target} from now on.",
        "",
        f"Restored to: {_describe_point(reader)}. {_ROWS.get(header.kind, _ROWS['recovery'])}",
        f"New address: {_describe_address(reader, source)}",
        f"Lost: {_describe_loss(reader)}",
        *_list_differences(reader),
        "",
        "Please check:",
        *(f"{number}. {clean_line(one)}" for number, one in enumerate(_checks(target), 1)),
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


def _describe_loss(reader: RunReader) -> str:
    lost = "everything that was written after that instant"
    if reader.point is None or reader.incident is None or reader.incident <= reader.point:
        return f"{lost}."
    before = format_duration(reader.incident - reader.point)
    return f"{lost}, also what was written in the {before} up to the incident at {format_utc(reader.incident)}."


def _list_differences(reader: RunReader) -> list[str]:
    found = objects_in(reader.data("verified"), "findings")
    named = [clean_line(text_in(one, "subject")) for one in found if text_in(one, "verdict") == "differs"]
    return [f"Not as expected when it was read back: {', '.join(named)}"] if named else []


def _checks(target: str) -> list[str]:
    return [
        f"The application connects to {target} by the new address.",
        "Each account of the application can log in: no call shows whether passwords came back.",
        "In the tables that matter, the newest rows are from just before the instant above, and their number is plausible.",
        "What was done after that instant (orders, payments, messages, jobs) is repeated or corrected.",
    ]
