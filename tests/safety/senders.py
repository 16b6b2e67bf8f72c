"""Kernels that can be stopped in the middle of sending a restore, let go on, or lost like a process that was killed."""

from __future__ import annotations

import queue
import threading
from typing import Any

from tests.safety.stage import submit


class Lost(BaseException):
    """Ends a kernel's thread the way SIGKILL ends a process: nobody may catch it, and nothing is written afterwards."""


class Sender:
    """Submits a plan in a thread of its own, and stops before the request leaves or when its answer has come.

    Only one thread plays at a time: whoever starts a sender, or lets it go on, waits until it has stopped or ended.
    """

    def __init__(self, kit: Any, plan: Any, *, stop: str) -> None:
        self.kit, self.plan, self.stop = kit, plan, stop
        self.outcome: Any = None
        self.is_stopped = False
        self._lost = False
        self._news: queue.Queue[str] = queue.Queue()
        self._go = threading.Event()
        self._send = kit._client.restore_metadata
        kit._client.restore_metadata = self._send_with_a_stop
        self._thread = threading.Thread(target=self._submit)
        self._thread.start()
        self._await_news()

    def go_on(self) -> Any:
        """Let it go on to its end; give what it ended with, a job or an error."""
        self._go.set()
        self._await_news()
        self._thread.join()
        self.kit.close()
        return self.outcome

    def lose(self) -> None:
        """Let its process be gone: it says and writes nothing any more."""
        self._lost = True
        self.kit._desk.store._write = self._die
        self.go_on()

    def close(self) -> None:
        """End it if it has not ended."""
        if self.is_stopped:
            self.lose()

    def _await_news(self) -> None:
        self.is_stopped = self._news.get(timeout=60) == "stopped"

    def _submit(self) -> None:
        try:
            self.outcome = submit(self.kit, self.plan)
        except BaseException as error:
            self.outcome = error
        self._news.put("ended")

    def _send_with_a_stop(self, request: Any, **options: Any) -> Any:
        if self.stop == "before":
            self._wait()
        try:
            return self._send(request, **options)
        finally:
            if self.stop == "after":
                self._wait()

    def _wait(self) -> None:
        self._news.put("stopped")
        if not self._go.wait(timeout=120) or self._lost:
            raise Lost

    def _die(self, *_: object) -> None:
        raise Lost
