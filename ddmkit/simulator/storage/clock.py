"""The clock of a world, kept in its file so that all processes that serve the world agree.

It either runs with the machine's clock, at a distance, or stands and is moved: one step at each look at unfinished work,
or by hand. Signatures, tokens and the Date header go by the machine's clock and are left to others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ddmkit.simulator.storage.storage import Storage

__all__ = ["STEP_MS", "WorldClock", "from_ms", "machine_ms", "to_ms", "wire_time"]

STEP_MS = 15_000


def machine_ms() -> int:
    """Return the machine's present in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def to_ms(instant: datetime) -> int:
    """Return an aware datetime in milliseconds; raise ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone; give an aware datetime such as datetime.now(UTC).")
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_ms(milliseconds: int) -> datetime:
    """Return milliseconds since the epoch as a datetime in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def wire_time(milliseconds: int | None) -> str:
    """Return an instant as the service prints it, empty for none: `2025-05-20T08:07:04+0000`. Source: ddm-api.md 1.3."""
    # isoformat is several times faster than strftime, and a page holds hundreds of times.
    return "" if milliseconds is None else from_ms(milliseconds).isoformat(timespec="seconds").replace("+00:00", "+0000")


class WorldClock:
    """What time it is in a world."""

    def __init__(self, storage: Storage, machine: Callable[[], int] = machine_ms) -> None:
        self._storage = storage
        self._machine = machine

    @staticmethod
    def set_up(storage: Storage, now_ms: int | None, machine: Callable[[], int] = machine_ms) -> int:
        """Start the clock of a new world, standing at `now_ms` or running from the present; give its first instant."""
        if now_ms is None:
            storage.put_setting("clock_offset_ms", 0)
            return machine()
        storage.put_setting("clock_stands_at_ms", now_ms)
        return now_ms

    @property
    def stands(self) -> bool:
        """Whether the clock stands."""
        return self._storage.setting("clock_stands_at_ms") is not None

    def now_ms(self) -> int:
        """Return the world's present."""
        standing = self._storage.setting("clock_stands_at_ms")
        if standing is not None:
            return int(standing)
        return self._machine() + int(self._storage.setting("clock_offset_ms") or 0)

    def advance_ms(self, milliseconds: int) -> None:
        """Move the clock."""
        name = "clock_stands_at_ms" if self.stands else "clock_offset_ms"
        with self._storage.writing():
            self._storage.put_setting(name, int(self._storage.setting(name) or 0) + milliseconds)

    def look(self) -> None:
        """Tell the clock that someone looked at unfinished work; a standing one moves a step."""
        if self.stands:
            self.advance_ms(STEP_MS)
