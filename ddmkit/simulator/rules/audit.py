"""Writes and selects audit traces, the witness of who asked for what. Source: CTS API, "Querying Traces".

A trace is readable some time after the call, for seven days. Passwords are masked in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.storage.recovery_schema import Trace
from ddmkit.simulator.storage.storage import Storage

__all__ = ["KEPT_MS", "MASK", "Witnessed", "masked", "trace_id", "visible_traces", "write_trace"]

KEPT_MS = 7 * 86_400_000
MASK = "********"
_SECRET = ("password", "admin_user_password")


@dataclass(frozen=True)
class Witnessed:
    """What a trace tells about a call."""

    service: str
    name: str
    resource_type: str
    resource_id: str
    resource_name: str
    code: str
    request: Mapping[str, Any] | str = ""
    response: Mapping[str, Any] | str = ""


def write_trace(storage: Storage, seed: Seed, seen: Witnessed, now: int, delay_ms: int) -> None:
    """Store the trace of a call; it is readable after the delay."""
    number = storage.count("SELECT max(rowid) FROM traces") + 1
    rating = "normal" if seen.code.startswith("2") else "warning"
    trace = Trace(
        id=trace_id(seed, number),
        name=seen.name,
        time=now,
        record_time=now + delay_ms,
        service=seen.service,
        resource_type=seen.resource_type,
        resource_id=seen.resource_id,
        resource_name=seen.resource_name,
        code=seen.code,
        request=_text(seen.request),
        response=_text(seen.response),
        rating=rating,
    )
    storage.add([trace])


def trace_id(seed: Seed, number: object) -> str:
    """Return the id of a trace."""
    return seed.uuid("trace", number)


def visible_traces(storage: Storage, now: int) -> list[Trace]:
    """Return the traces that can be read now, newest first."""
    kept = storage.every(Trace, "time > ? ORDER BY time DESC, id", (now - KEPT_MS,))
    return [trace for trace in kept if trace.record_time <= now]


def masked(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body with its secrets masked."""
    return {name: MASK if name in _SECRET and value else value for name, value in body.items()}


def _text(content: Mapping[str, Any] | str) -> str:
    return content if isinstance(content, str) else json.dumps(masked(content), separators=(",", ":"))
