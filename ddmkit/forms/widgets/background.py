"""Work in the background, so that the kernel stays free: one task after the other, in a daemon thread.

The thread ends when no task is left, and never prints. Its work sets values of widgets that are already shown.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["FORM_LOCK", "Runner", "TaskQueue", "Worker", "run_at_once"]

FORM_LOCK = threading.RLock()
"""Lock held while UI state changes, never during requests.

A choice and everything drawn from it happen while the lock is held once. Otherwise background work that began before a click
could overwrite what the click has just chosen or drawn. Requests run without the lock, so no click waits for the service.
"""

Part = TypeVar("Part")
Runner = Callable[[Callable[[], None]], None]
"""Runs a function: at once, or in the background."""


def run_at_once(work: Callable[[], None]) -> None:
    """Run the function now, in the caller's thread."""
    work()


class Worker:
    """Runs functions one at a time, in a thread that exists only while there is work."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    @property
    def is_busy(self) -> bool:
        """Whether work is running or waiting."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def start(self, work: Callable[[], None]) -> None:
        """Add work to the queue; after ``close`` the work is dropped."""
        with self._lock:
            if self._is_closed:
                return
            self._waiting.append(work)
            if self._thread is None or not self._thread.is_alive():  # dead if an earlier task raised, which is a bug
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all work is done; return whether it is."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)
        return not self.is_busy

    def close(self) -> int:
        """Drop the waiting work and accept no more; return how many tasks were dropped. The running task ends by itself."""
        with self._lock:
            self._is_closed = True
            dropped = len(self._waiting)
            self._waiting.clear()
            return dropped

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
    """A queue of tasks that knows for which part of a form the newest task was started.

    ``active_part`` is that part, or ``None`` when no task is left. ``on_change`` is called when a task is added or
    has ended.
    """

    def __init__(self, name: str, on_change: Callable[[], None]) -> None:
        self._worker = Worker(name)
        self._on_change = on_change
        self._lock = threading.Lock()
        self._pending = 0
        self.active_part: Part | None = None

    def start(self, work: Callable[[], None], part: Part) -> None:
        """Add a task to the queue."""
        with self._lock:
            self._pending += 1
            self.active_part = part
        self._on_change()
        self._worker.start(lambda: self._run(work))

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all tasks are done; return whether they are."""
        return self._worker.wait(timeout_s)

    def close(self) -> None:
        """Drop the waiting tasks and accept no more; the running task ends by itself."""
        self._remove(self._worker.close())

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            self._remove(1)
            self._on_change()

    def _remove(self, count: int) -> None:
        with self._lock:
            self._pending -= count
            if not self._pending:
                self.active_part = None
