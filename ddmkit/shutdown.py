"""Stop background work before a kit closes its connections.

Without this order, a background thread in the middle of a request would find its connection closed, and could open a new
one that nobody closes.
"""

from __future__ import annotations

import threading
import time
import weakref
from typing import Protocol

__all__ = ["BackgroundWork", "Shutdown"]

_PATIENCE_S = 5.0


class BackgroundWork(Protocol):
    """An object that sends requests in background threads."""

    def stop(self) -> None:
        """Request shutdown; does not block."""

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the background work to end; return whether it has ended."""


class Shutdown:
    """The shutdown of one kit: stops the registered background work, then waits for it."""

    def __init__(self) -> None:
        self._works: weakref.WeakSet[BackgroundWork] = weakref.WeakSet()
        self._begun = threading.Event()

    @property
    def has_begun(self) -> bool:
        """Whether the shutdown has begun. It is never undone."""
        return self._begun.is_set()

    def register(self, work: BackgroundWork) -> None:
        """Register (weakly) for shutdown."""
        self._works.add(work)

    def pause(self, seconds: float) -> None:
        """Sleep, but no longer than until the shutdown begins."""
        self._begun.wait(seconds)

    def begin(self, patience_s: float = _PATIENCE_S) -> None:
        """Stop everything that is registered, and wait up to ``patience_s`` seconds for all of it together."""
        self._begun.set()
        works, deadline = list(self._works), time.monotonic() + patience_s
        for work in works:
            work.stop()
        for work in works:
            work.wait(max(0.0, deadline - time.monotonic()))
