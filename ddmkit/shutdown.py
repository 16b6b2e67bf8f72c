"""Closing a kit while something asks in the background: it is told to stop, waited for shortly, and only then cut off.

Without this a thread in the middle of a request would meet closed connections, and open new ones that nobody closes.
"""

from __future__ import annotations

import threading
import time
import weakref
from typing import Protocol

__all__ = ["Asker", "Closing"]

_PATIENCE_S = 5.0


class Asker(Protocol):
    """Something that asks the service in threads of its own."""

    def stop(self) -> None:
        """Begin nothing more and come to an end soon; returns at once."""

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is asked any more, and tell whether it is so."""


class Closing:
    """Knows who asks in the background, and has them stop before the connections go."""

    def __init__(self) -> None:
        self._askers: weakref.WeakSet[Asker] = weakref.WeakSet()
        self._begun = threading.Event()

    @property
    def has_begun(self) -> bool:
        """Whether closing has begun; it never ends."""
        return self._begun.is_set()

    def tell(self, asker: Asker) -> None:
        """Have it told when closing begins; that alone does not keep it alive."""
        self._askers.add(asker)

    def pause(self, seconds: float) -> None:
        """Sleep, but no longer than until closing begins."""
        self._begun.wait(seconds)

    def begin(self, patience_s: float = _PATIENCE_S) -> None:
        """Tell everyone to stop, and wait for them; whoever takes longer finds the connections closed."""
        self._begun.set()
        askers, deadline = list(self._askers), time.monotonic() + patience_s
        for asker in askers:
            asker.stop()
        for asker in askers:
            asker.wait(max(0.0, deadline - time.monotonic()))
