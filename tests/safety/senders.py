"""Kernels that can be stopped in the middle of sending a restore, let go on, or lost like a process that was killed."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ddmkit.errors import RecordError
from ddmkit.service.deadline import Attempt
from tests.safety.stage import sent, submit


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
        self.kit._context.store._write = self._die
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


class TooSlow:
    """Lets the time of one request be over.

    Before its first byte (``connecting``), between its headers and its body (``sending``), or once it has arrived (``the
    answer``).
    """

    def __init__(self, part: str, simulator: Any) -> None:
        self.part, self._simulator = part, simulator
        self.has_struck = self.has_left = False
        self._attempt: Attempt | None = None
        self._before = self._looks = self._looks_after = 0

    @contextmanager
    def on(self, kit: Any) -> Iterator[None]:
        """Let the kit's next requests be so slow."""
        kit._opened = replace(kit._opened, begin_attempt=self._begin)
        try:
            yield
        finally:
            self.has_left = self._attempt is not None and self._attempt.has_left
            kit._opened = replace(kit._opened, begin_attempt=Attempt)

    def _begin(self) -> Attempt:
        self._attempt = None
        self._before, self._looks, self._looks_after = sent(self._simulator), 0, 0
        self._attempt = Attempt(timedelta(seconds=60), counter=self._count)
        return self._attempt

    def _count(self) -> float:
        """Return the seconds since the attempt began: none, until what is to take so long has begun."""
        if self._attempt is None:
            return 0.0
        happens = {"connecting": self._is_connecting, "sending": self._is_sending, "the answer": self._has_arrived}
        if not happens[self.part]():
            return 0.0
        self.has_struck = True
        return 61.0

    def _is_connecting(self) -> bool:
        """The time is asked for first when a login may come, then when the name is looked up, and then when connecting."""
        self._looks += 1
        return self._looks > 2

    def _is_sending(self) -> bool:
        return self._attempt is not None and self._attempt.has_left

    def _has_arrived(self) -> bool:
        """Wait until the request has arrived, so that what it does has been done.

        After the headers have left, the time is asked for first when the body is written, and then when the answer is read.
        """
        self._looks_after += self._is_sending()
        if self._looks_after < 2:
            return False
        ends = time.monotonic() + 10
        while sent(self._simulator) == self._before and time.monotonic() < ends:
            time.sleep(0.002)
        return True


@contextmanager
def failing_store(kit: Any, *, after: int, is_kept: bool, heals: bool) -> Iterator[list[str]]:
    """Let a kit's store fail at the read or write after so many, and from then on unless it ``heals``; give what failed.

    A write that fails may have been ``is_kept``, as when the connection breaks while it is committed.
    """
    store, failures, calls = kit._context.store, [], [0]
    read, write = store._read, store._write

    def fails() -> bool:
        calls[0] += 1
        return calls[0] == after + 1 or (calls[0] > after and not heals)

    def fail(doing: str) -> None:
        failures.append(doing)
        raise RecordError(f"Could not {doing} in the record store: it does not answer.")

    def read_or_fail(doing: str, work: Any) -> Any:
        return fail(doing) if fails() else read(doing, work)

    def write_or_fail(doing: str, work: Any, **options: Any) -> Any:
        if not fails():
            return write(doing, work, **options)
        if is_kept:
            write(doing, work, **options)
        return fail(doing)

    store._read, store._write = read_or_fail, write_or_fail
    try:
        yield failures
    finally:
        del store._read, store._write
