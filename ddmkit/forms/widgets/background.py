"""Work that must not hold up the kernel: done one after the other in a daemon thread that ends when nothing is left.

The thread never prints; it calls what it was given, which sets values of widgets that are shown already.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["FORM_LOCK", "Runner", "TaskQueue", "Worker", "run_at_once"]

FORM_LOCK = threading.RLock()
"""Whose turn it is to change forms: a click that is being heard, or background work that has something to show.

A choice and all that is drawn from it are taken in one turn. Without that, work that began before a click could end by
choosing or drawing what the click has replaced. Background work does not ask the service in its turn, so that no click waits
for it.
"""

Part = TypeVar("Part")
Runner = Callable[[Callable[[], None]], None]
"""Has work done: at once, or in the background."""


def run_at_once(work: Callable[[], None]) -> None:
    """Do the work now, in the caller's thread."""
    work()


class Worker:
    """One line of work at a time; threads exist only while there is some."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    @property
    def is_busy(self) -> bool:
        """Something is being done or waits for its turn."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def start(self, work: Callable[[], None]) -> None:
        """Have the work done after what waits already; after ``close`` nothing is done any more."""
        with self._lock:
            if self._is_closed:
                return
            self._waiting.append(work)
            if self._thread is None or not self._thread.is_alive():  # dead when work ended in a mistake of ours
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all work is done, and tell whether it is."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)
        return not self.is_busy

    def close(self) -> int:
        """Take no more work and forget what waits, giving how much that was; what is being done ends by itself."""
        with self._lock:
            self._is_closed = True
            forgotten = len(self._waiting)
            self._waiting.clear()
            return forgotten

    def _work(self) -> None:
        while (work := self._next()) is not None:
            work()

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            if not self._waiting:
                self._thread = None
                return None
            return self._waiting.popleft()


class TaskQueue(Generic[Part]):
    """A line of work that knows which part of a form the newest of it was asked for; ``tell`` hears of every change."""

    def __init__(self, name: str, tell: Callable[[], None]) -> None:
        self._worker = Worker(name)
        self._tell = tell
        self._lock = threading.Lock()
        self._pending = 0
        self.about: Part | None = None

    def start(self, work: Callable[[], None], about: Part) -> None:
        """Have the work done after what waits already."""
        with self._lock:
            self._pending += 1
            self.about = about
        self._tell()
        self._worker.start(lambda: self._do(work))

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all work is done, and tell whether it is."""
        return self._worker.wait(timeout_s)

    def close(self) -> None:
        """Take no more work and forget what waits; what is being done ends by itself."""
        self._count_off(self._worker.close())

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            self._count_off(1)
            self._tell()

    def _count_off(self, done: int) -> None:
        with self._lock:
            self._pending -= done
            if not self._pending:
                self.about = None
