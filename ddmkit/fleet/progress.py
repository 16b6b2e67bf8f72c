"""How a fleet goes on, as one table with a reason in every line, and how long it will take. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from pydantic import BaseModel, ConfigDict

from ddmkit.records.fleets.rows import FleetSnapshot, StoredItem
from ddmkit.records.fleets.rules import ENDED, ItemState, count_states
from ddmkit.times import format_duration, from_ms

__all__ = ["ProgressRow", "describe_fleet", "describe_store", "estimate_rest", "progress_rows"]


class ProgressRow(BaseModel):
    """How one row stands.

    ``age`` is the time in this state, ``age_s`` the same in seconds, ``left`` the estimate of what is left of a running row.
    """

    model_config = ConfigDict(frozen=True)

    row: str
    wave: int
    state: str
    since: datetime
    age: str
    age_s: int
    left: str
    owner: str
    reason: str
    record: str


def progress_rows(fleet: FleetSnapshot) -> tuple[ProgressRow, ...]:
    """Return one line for each row, in the order of the table; the reason is never blank."""
    usual = usual_ms(fleet.items)
    return tuple(_progress(item, fleet, usual) for item in fleet.items)


def _progress(item: StoredItem, fleet: FleetSnapshot, usual: int | None) -> ProgressRow:
    left, age_s = "", max(0, fleet.now - item.since) // 1_000
    if item.state is ItemState.RUNNING and item.begun and usual is not None:
        left = format_duration(timedelta(milliseconds=max(0, item.begun + usual - fleet.now)))
    return ProgressRow(
        row=item.row,
        wave=item.wave + 1,
        state=str(item.state),
        since=from_ms(item.since),
        age=format_duration(timedelta(seconds=age_s)),
        age_s=age_s,
        left=left,
        owner=item.owner,
        reason=_reason(item, fleet),
        record=item.run_id,
    )


def _reason(item: StoredItem, fleet: FleetSnapshot) -> str:
    if item.state is not ItemState.WAITING:
        return item.reason or str(item.state)
    standing = fleet.standing
    if item.wave > standing.wave:
        return f"waits for wave {standing.wave + 1}"
    return standing.why_not_take() or item.reason or "may be taken"


def usual_ms(items: Sequence[StoredItem]) -> int | None:
    """Return how long an item takes from its request to its end, in milliseconds; ``None`` before one has completed."""
    took = [item.ended - item.begun for item in items if item.state is ItemState.COMPLETED and item.begun and item.ended]
    return round(median(took)) if took else None


def estimate_rest(fleet: FleetSnapshot) -> timedelta | None:
    """Return how long the rest takes by the durations that were measured; ``None`` before the first.

    Each wave takes as many rounds as its items need under the cap. Gates and pauses are not counted.
    """
    usual = usual_ms(fleet.items)
    if usual is None:
        return None
    rounds = 0
    for wave in range(fleet.standing.waves):
        left = sum(item.wave == wave and item.state in {ItemState.WAITING, ItemState.RUNNING} for item in fleet.items)
        rounds += -(-left // max(1, 1 if wave == 0 else fleet.settings.cap))
    return timedelta(milliseconds=rounds * usual)


def describe_fleet(fleet: FleetSnapshot, go_on: str = "run.go_on()") -> tuple[str, ...]:
    """Return in sentences how a fleet stands, and how a person lets it go on when it does not: by ``go_on``."""
    standing = fleet.standing
    counts = ", ".join(f"{count} {state}" for state, count in count_states(str(item.state) for item in fleet.items).items())
    lines = [f"{len(fleet.items)} rows: {counts}."]
    rest = estimate_rest(fleet)
    if rest is not None and not standing.is_done:
        lines.append(f"About {format_duration(rest)} of work left, by what was measured.")
    untouched = sum(item.state is ItemState.WAITING for item in fleet.items)
    if fleet.paused:
        in_flight = [item.row for item in fleet.items if item.claimed and item.state not in ENDED]
        flying = ", ".join(in_flight[:8]) or "none"
        by = f" by {fleet.paused_by}" if fleet.paused_by else ""
        lines.append(f"Paused{by}: {fleet.paused}. In flight: {flying}. Untouched: {untouched}.")
        lines.append(f"Look at the rows that are bad. Then go on with {go_on}, or plan a new fleet for what is left.")
    elif standing.closed_gate and not standing.running:
        lines.append(f"{standing.why_not_take()}: {go_on} opens it. Untouched: {untouched}.")
    elif standing.is_done:
        lines.append("Nothing is left to do.")
    return tuple(lines)


def describe_store(begun_on: str, here: str, *, is_file: bool) -> str:
    """Return the warning that a fleet's record store is perhaps a copy of one that is used elsewhere; empty if it is not.

    Nothing in a file says whether it was moved or copied. What is known is the machine on which the fleet was approved.
    """
    if not is_file or begun_on in {"", here}:
        return ""
    return (
        f"Approved on {begun_on}, and this is {here}: the record store is an SQLite file, which serves one machine. If the "
        f"file was copied, and somebody works on the fleet on {begun_on} too, a row may be sent twice. Work in one place "
        "only, or use PostgreSQL: DDMKIT_RECORDS=postgresql://..."
    )
