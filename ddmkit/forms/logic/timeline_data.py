"""What the page needs to draw a timeline, in few bytes, and what a message from the page may ask for.

Times are epoch milliseconds. Backups travel as columns: the first time, the steps to the next ones, one character each for
the type and for whether the backup can be used. Names and reasons are asked for when the pointer is on a place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from ddmkit.display.timeline.facts import TimelineFacts, row_name
from ddmkit.models import Backup
from ddmkit.times import Span, offset_changes, to_ms
from ddmkit.typed_times import find_time_zone

__all__ = ["GRAINS_MS", "MOST_MARKS", "Look", "columns_of", "drawn_backups", "read_look", "timeline_values"]

# How exact the instant under the pointer is: the largest of these that is not longer than a pixel, at least a second. All
# offsets from UTC are multiples of the largest one, so that round times are round in every zone.
GRAINS_MS = (1_000, 10_000, 60_000, 300_000, 900_000)
_EXACT_MS = 1  # the grain of the keyboard's cursor, which stands wherever it was moved to
MOST_MARKS = 5_000
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_KINDS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Look:
    """A place that the page shows or chooses: an instant with its grain, or the number of a mark."""

    at: int | None = None
    grain: int = 0
    mark: int | None = None


def read_look(said: Mapping[str, Any], domain: Sequence[int], marks: int) -> Look | None:
    """Return the place that a message names, or ``None`` if the page can not have shown such a place."""
    mark, at, grain = (_whole(said.get(name)) for name in ("mark", "at", "grain"))
    if mark is not None:
        return Look(mark=mark) if 0 <= mark < marks else None
    if at is None or grain is None or grain not in {_EXACT_MS, *GRAINS_MS}:
        return None
    return Look(at, grain) if domain[0] <= at <= domain[1] and at % grain == 0 else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def drawn_backups(facts: TimelineFacts) -> tuple[Backup, ...]:
    """Return the backups that are drawn: those inside the period, at most 5,000, the newest."""
    domain = facts.domain
    return tuple(one for one in facts.backups if domain.start <= one.created <= domain.end)[-MOST_MARKS:]


def timeline_values(facts: TimelineFacts, zone: str) -> dict[str, Any]:
    """Return what the page draws, by the names of the widget's traits."""
    domain, drawn = facts.domain, drawn_backups(facts)
    return {
        "domain": list(_in_ms(domain)),
        "window": list(_in_ms(facts.opening)),
        "ranges": [list(_in_ms(span)) for span in facts.spans],
        "marks": columns_of(drawn),
        "moments": _moments(facts),
        "presets": _presets(facts),
        "offsets": _offsets(domain, zone),
        "zone": zone,
        "note": _note(drawn, facts.backups),
    }


def columns_of(backups: Sequence[Backup]) -> dict[str, Any]:
    """Return backups as columns; the times are in seconds if all of them are whole seconds."""
    times = [to_ms(one.created) for one in backups]
    unit = 1 if any(one % 1000 for one in times) else 1000
    kinds = sorted({one.backup_type for one in backups})
    shown = [row_name(kind) for kind in kinds[: len(_KINDS) - 1]] + (["other types"] if len(kinds) >= len(_KINDS) else [])
    places = {kind: _KINDS[min(number, len(_KINDS) - 1)] for number, kind in enumerate(kinds)}
    return {
        "unit": unit,
        "first": times[0] // unit if times else 0,
        "steps": [(after - before) // unit for before, after in pairwise(times)],
        "kinds": "".join(places[one.backup_type] for one in backups),
        "names": shown,
        "usable": "".join("1" if one.is_usable else "0" for one in backups),
    }


def _in_ms(span: Span) -> tuple[int, int]:
    return to_ms(span.start), to_ms(span.end)


def _moments(facts: TimelineFacts) -> list[list[Any]]:
    named: list[tuple[str, str, datetime | None]] = [
        ("incident", "incident", facts.incident),
        ("latest", "latest restorable", facts.latest if facts.latest != facts.now else None),
        ("now", "now", facts.now.replace(microsecond=0)),
    ]
    return [[kind, name, to_ms(at)] for kind, name, at in named if at is not None]


def _presets(facts: TimelineFacts) -> list[list[Any]]:
    named = [("1 h", _HOUR), ("6 h", 6 * _HOUR), ("24 h", _DAY), ("7 d", 7 * _DAY)]
    parts = [(name, facts.last(length)) for name, length in named]
    parts.append(("all", facts.domain))
    if facts.around_incident is not None:
        parts.append(("around the incident", facts.around_incident))
    return [[name, *_in_ms(part)] for name, part in parts]


def _offsets(domain: Span, zone: str) -> list[list[int]]:
    return [[to_ms(at), offset // timedelta(minutes=1)] for at, offset in offset_changes(find_time_zone(zone), domain)]


def _note(drawn: Sequence[Backup], known: Sequence[Backup]) -> str:
    return f"{len(drawn):,} of {len(known):,} backups are drawn; the table has all." if len(drawn) < len(known) else ""
