"""Limits concurrent requests: one until the first success, then a bounded number, fewer after a 429, none after a 401.

More than five wrong signatures in a row lock an access key, so ddmkit sends requests one by one until one was accepted.
``Workers`` runs calls in a thread pool in which the caller works too, so nested calls cannot deadlock.
"""

from __future__ import annotations

import contextvars
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

import httpx

from ddmkit.errors import AuthError, InputError

__all__ = ["RateLimited", "Throttle", "Workers", "is_cancelled"]

T = TypeVar("T")


@dataclass
class _Batch:
    """Calls of one batch: when the service rejects the credentials of one, the calls not sent yet are cancelled."""

    rejected: bool = False


_BATCH: contextvars.ContextVar[_Batch | None] = contextvars.ContextVar("ddmkit_batch", default=None)


def is_cancelled(error: BaseException) -> bool:
    """Return whether a request was not sent because the service rejected the credentials of another one of the batch."""
    return isinstance(error, AuthError) and error.status == 0


class Throttle:
    """Bounds the concurrent requests: a 429 halves the limit, and successes raise it again slowly."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = most
        self._in_flight = 0
        self._since_change = 0
        self.refusals = 0
        """How often the service asked for fewer requests (429)."""
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """The number of concurrent requests that is allowed now."""
        return self._limit

    def enter(self) -> None:
        """Wait until one more request is allowed."""
        with self._changed:
            while self._in_flight >= self._limit:
                self._changed.wait()
            self._in_flight += 1

    def leave(self) -> None:
        """Note that a request has ended."""
        with self._changed:
            self._in_flight -= 1
            self._changed.notify()

    def note(self, status: int) -> None:
        """Adapt the limit to the status of an answer."""
        with self._changed:
            if status == 429:
                self.refusals += 1
                self._limit, self._since_change = max(1, self._limit // 2), 0
            elif self._limit < self._most:
                self._since_change += 1
                if self._since_change >= 4 * self._limit:
                    self._limit, self._since_change = self._limit + 1, 0
                    self._changed.notify()


class RateLimited(httpx.BaseTransport):
    """The layer that passes requests one at a time until one succeeds, then as many as the throttle allows."""

    def __init__(self, inner: httpx.BaseTransport, throttle: Throttle) -> None:
        self._inner = inner
        self._throttle = throttle
        self._first_lock = threading.Lock()
        self._has_succeeded = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request as soon as the limit allows."""
        if not self._has_succeeded:
            with self._first_lock:
                if not self._has_succeeded:
                    return self._send(request)
        return self._send(request)

    def _send(self, request: httpx.Request) -> httpx.Response:
        batch = _BATCH.get()
        self._throttle.enter()
        try:
            _refuse_after_rejection(batch)
            response = self._inner.handle_request(request)
            # Before leaving the throttle, so that the next request sees the rejection.
            self._note(response.status_code, batch)
        except AuthError:
            _reject(batch)
            raise
        finally:
            self._throttle.leave()
        return response

    def _note(self, status: int, batch: _Batch | None) -> None:
        self._throttle.note(status)
        if status == 401:
            _reject(batch)
        elif 200 <= status < 300:
            self._has_succeeded = True

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()


def _refuse_after_rejection(batch: _Batch | None) -> None:
    if batch is not None and batch.rejected:
        raise AuthError("Not sent: another request of the same batch was rejected.", started=False)


def _reject(batch: _Batch | None) -> None:
    if batch is not None:
        batch.rejected = True


class Workers:
    """A thread pool, started when first needed, that runs the calls of a batch together with the calling thread."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._is_closed = False

    def run(self, calls: Sequence[Callable[[], T]], *, stops: Callable[[Exception], bool]) -> list[T | Exception | None]:
        """Run the calls and return their outcomes in order: a value, the error raised, or ``None`` for a cancelled call.

        An error for which ``stops`` returns ``True`` cancels the calls that have not started.
        """
        token = _BATCH.set(_BATCH.get() or _Batch())
        try:
            return self._run(_Queue(calls, stops))
        finally:
            _BATCH.reset(token)

    def _run(self, queue: _Queue[T]) -> list[T | Exception | None]:
        extra = min(len(queue.outcomes), self._size) - 1
        helpers = [self._submit(queue.work) for _ in range(extra)]
        try:
            queue.work()
            for helper in helpers:
                if not helper.cancel():
                    helper.result()
        except BaseException:  # Ctrl-C must not leave the rest of the queue running
            queue.cancel()
            raise
        return queue.outcomes

    def _submit(self, work: Callable[[], None]) -> Future[None]:
        with self._lock:
            if self._is_closed:
                raise InputError("this connection is closed.", field="client", fix="Connect again.")
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._size, thread_name_prefix="ddmkit-read")
            return self._pool.submit(contextvars.copy_context().run, work)

    def close(self, *, wait: bool = True) -> None:
        """End the threads after their current calls, and wait for that unless told not to; queued calls are cancelled."""
        with self._lock:
            self._is_closed = True
        if self._pool is not None:
            self._pool.shutdown(wait=wait, cancel_futures=True)


class _Queue(Generic[T]):
    """The calls of one batch; each free thread takes the next one."""

    def __init__(self, calls: Sequence[Callable[[], T]], stops: Callable[[Exception], bool]) -> None:
        self.outcomes: list[T | Exception | None] = [None] * len(calls)
        self._waiting = deque(enumerate(calls))
        self._stops = stops

    def work(self) -> None:
        while True:
            try:
                index, call = self._waiting.popleft()
            except IndexError:
                return
            try:
                self.outcomes[index] = call()
            except Exception as error:  # noqa: BLE001  # an outcome: the caller of the batch raises it
                self.outcomes[index] = error
                if self._stops(error):
                    self.cancel()

    def cancel(self) -> None:
        self._waiting.clear()
