"""Paces requests: the first of a connection alone, then a bounded number side by side, fewer after a 429, none after a 401.

More than five wrong signatures in a row lock an access key, so fan-out waits until one request was accepted. ``Workers``
runs calls side by side without ever waiting for a free thread: whoever asks works along, so nesting cannot deadlock.
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

__all__ = ["RateLimited", "Throttle", "Workers", "is_withheld"]

T = TypeVar("T")


@dataclass
class _Batch:
    """Calls that were asked for together: one rejected for its credentials stops those not sent yet."""

    rejected: bool = False


_BATCH: contextvars.ContextVar[_Batch | None] = contextvars.ContextVar("ddmkit_batch", default=None)


def is_withheld(error: BaseException) -> bool:
    """Return whether the error stands for a request that was not sent because another of its batch was rejected."""
    return isinstance(error, AuthError) and error.status == 0


class Throttle:
    """Bounds the requests in flight: halves its limit after a 429 and wins it back slowly."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = most
        self._in_flight = 0
        self._calm = 0
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """How many requests may be in flight at the moment."""
        return self._limit

    def enter(self) -> None:
        """Wait for a place."""
        with self._changed:
            while self._in_flight >= self._limit:
                self._changed.wait()
            self._in_flight += 1

    def leave(self) -> None:
        """Return the place back."""
        with self._changed:
            self._in_flight -= 1
            self._changed.notify()

    def note(self, status: int) -> None:
        """Learn from an answer's status."""
        with self._changed:
            if status == 429:
                self._limit, self._calm = max(1, self._limit // 2), 0
            elif self._limit < self._most:
                self._calm += 1
                if self._calm >= 4 * self._limit:
                    self._limit, self._calm = self._limit + 1, 0
                    self._changed.notify()


class RateLimited(httpx.BaseTransport):
    """The layer that lets requests through one at a time until one was accepted, then as many as the throttle allows."""

    def __init__(self, inner: httpx.BaseTransport, throttle: Throttle) -> None:
        self._inner = inner
        self._throttle = throttle
        self._opening = threading.Lock()
        self._opened = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request in its turn."""
        if not self._opened:
            with self._opening:
                if not self._opened:
                    return self._send(request)
        return self._send(request)

    def _send(self, request: httpx.Request) -> httpx.Response:
        batch = _BATCH.get()
        self._throttle.enter()
        try:
            _refuse_after_rejection(batch)
            response = self._inner.handle_request(request)
            # Before the turn passes on: whoever waits for it must see the rejection.
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
            self._opened = True

    def close(self) -> None:
        """Close what is below."""
        self._inner.close()


def _refuse_after_rejection(batch: _Batch | None) -> None:
    if batch is not None and batch.rejected:
        raise AuthError("Not sent: another request of the same batch was rejected.", started=False)


def _reject(batch: _Batch | None) -> None:
    if batch is not None:
        batch.rejected = True


class Workers:
    """A bounded crew of threads, started when first needed, that runs calls side by side."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._is_closed = False

    def run(self, calls: Sequence[Callable[[], T]], *, stops: Callable[[Exception], bool]) -> list[T | Exception | None]:
        """Return the outcomes in order: a value, the error raised, or ``None`` for calls given up after one that ``stops``."""
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
            queue.give_up()
            raise
        return queue.outcomes

    def _submit(self, work: Callable[[], None]) -> Future[None]:
        with self._lock:
            if self._is_closed:
                raise InputError("this connection is closed.", field="client", fix="Connect again.")
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._size, thread_name_prefix="ddmkit-read")
            return self._pool.submit(contextvars.copy_context().run, work)

    def close(self) -> None:
        """End the threads when what they do is done; calls still queued are given up."""
        with self._lock:
            self._is_closed = True
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)


class _Queue(Generic[T]):
    """The calls of one batch, taken one by one by whoever is free."""

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
            except Exception as error:  # noqa: BLE001  # handed to whoever asked for the batch, who raises it
                self.outcomes[index] = error
                if self._stops(error):
                    self.give_up()

    def give_up(self) -> None:
        self._waiting.clear()
