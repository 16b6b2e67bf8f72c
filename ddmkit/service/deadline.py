"""Deadlines: for each whole answer, and for everything that belongs to the one request that starts a restore.

A read time-out alone starts again with every byte. A host that sends its headers byte by byte, or one interim answer after
another, could block a restore for ever. So could a host name with many dead addresses.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpcore

__all__ = ["DEADLINE", "Attempt", "DeadlineBackend", "count_seconds"]

# From the claim of a restore to the end of its answer. Other people may release the run only after a longer time.
DEADLINE = timedelta(seconds=60)
# Reset the connection instead of closing it, so that the system stops delivering an abandoned request.
_ABORT = struct.pack("ii", 1, 0)
_COUNTER = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def count_seconds() -> float:
    """Return a number of seconds that only grows, even if the clock is set, and that includes the machine's sleep.

    ``time.monotonic`` stops during sleep on Linux and macOS; on Windows, which lacks the other counters, it does not.
    """
    return time.monotonic() if _COUNTER is None else time.clock_gettime(_COUNTER)


class Attempt:
    """One attempt to send one request: the time left for the attempt, and whether any byte of the request was sent.

    Name look-up, connecting, sending and the whole answer share the time. When the time is over, nothing more is sent.
    """

    def __init__(self, limit: timedelta = DEADLINE, *, counter: Callable[[], float] = count_seconds) -> None:
        self._counter = counter
        self._ends = counter() + limit.total_seconds()
        self.has_left = False

    def left_s(self) -> float:
        """Return the seconds that are left; 0 or less when the time is over."""
        return self._ends - self._counter()

    def before_sending(self) -> Attempt:
        """Return an attempt that shares the time, for requests before the request itself, such as a login."""
        return Attempt(timedelta(seconds=self.left_s()), counter=self._counter)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens connections on which an answer may take ``patience_s`` seconds from the last byte of its request.

    With an ``attempt``, everything on the connection ends with the attempt's time. ``is_secure`` says that the request
    travels within TLS, so that bytes sent before TLS (to a proxy) do not count as the request.
    """

    def __init__(self, patience_s: float, attempt: Attempt | None = None, *, is_secure: bool = False) -> None:
        self._patience_s = patience_s
        self._attempt = attempt
        self._is_secure = is_secure
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection to a host."""
        attempt = self._attempt
        if attempt is None:
            stream = self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
            return _DeadlineStream(stream, self._patience_s)
        stream = self._connect_in_time(attempt, host, port, timeout, local_address, socket_options)
        return _DeadlineStream(stream, self._patience_s, attempt, is_request=not self._is_secure)

    def _connect_in_time(
        self,
        attempt: Attempt,
        host: str,
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[Any] | None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectTimeout(f"{host} has no address")
        options = [*(socket_options or ()), *_give_up_within(attempt)]
        for address in _resolve(host, port, attempt):
            left = attempt.left_s()
            if left <= 0:
                raise httpcore.ConnectTimeout("the time for this request was over before a connection was made")
            try:
                return self._inner.connect_tcp(address, port, _least(timeout, left), local_address, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def _resolve(host: str, port: int, attempt: Attempt) -> list[str]:
    """Look up a host name in a thread, because the system's look-up has no time limit."""
    found: list[str] = []
    problems: list[OSError] = []

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))
        except OSError as error:
            problems.append(error)

    thread = threading.Thread(target=look_up, name="ddmkit-look-up", daemon=True)
    thread.start()
    thread.join(max(0.0, attempt.left_s()))
    if thread.is_alive():
        raise httpcore.ConnectTimeout(f"the name {host} was not resolved in time")
    for problem in problems:
        try:
            raise problem
        except OSError as error:  # handled here so that it becomes the context: the pool removes an error's cause only
            raise httpcore.ConnectError(str(error)) from error
    return found


def _give_up_within(attempt: Attempt) -> list[tuple[int, int, int]]:
    """Let the system stop delivering the request when the time is over, even if this process has ended by then."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    return [] if option is None else [(socket.IPPROTO_TCP, option, max(1, int(attempt.left_s() * 1000)))]


def _least(timeout: float | None, left: float) -> float:
    return left if timeout is None else min(timeout, left)


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(
        self,
        inner: httpcore.NetworkStream,
        patience_s: float,
        attempt: Attempt | None = None,
        *,
        is_request: bool = False,
    ) -> None:
        self._inner = inner
        self._patience_s = patience_s
        self._attempt = attempt
        self._is_request = is_request
        self._is_broken = False
        self._ends = time.monotonic() + patience_s

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._ends - time.monotonic()
        if self._attempt is not None:
            left = min(left, self._attempt.left_s())
        if left <= 0:
            self._is_broken = True
            raise httpcore.ReadTimeout("the answer did not end in time")
        try:
            return self._inner.read(max_bytes, _least(timeout, left))
        except BaseException:
            self._is_broken = True
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            self._inner.write(buffer, timeout if self._attempt is None else self._begin_to_send(self._attempt, timeout))
        except BaseException:
            self._is_broken = True
            raise
        self._ends = time.monotonic() + self._patience_s

    def _begin_to_send(self, attempt: Attempt, timeout: float | None) -> float:
        """Return the seconds that sending may take and note that the request leaves; raise if no time is left."""
        left = attempt.left_s()
        if left <= 0:
            over = "the time for this request was over"
            raise httpcore.WriteTimeout(over) if attempt.has_left else httpcore.ConnectTimeout(f"{over} before it was sent")
        attempt.has_left = attempt.has_left or self._is_request
        return _least(timeout, left)

    def close(self) -> None:
        if self._is_broken and self._attempt is not None:
            with suppress(OSError, AttributeError):
                self._inner.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        attempt = self._attempt
        if attempt is None:
            return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._patience_s)
        left = attempt.left_s()
        if left <= 0:
            raise httpcore.ConnectTimeout("the time for this request was over before TLS began")
        stream = self._inner.start_tls(ssl_context, server_hostname, _least(timeout, left))
        return _DeadlineStream(stream, self._patience_s, attempt, is_request=True)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
