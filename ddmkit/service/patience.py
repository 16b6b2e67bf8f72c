"""Gives up on a host that keeps sending and never finishes: a limit on the whole answer, its headers included.

A read time-out alone starts anew with every byte. A host that drips headers, or sends one interim answer after the other,
would hold a restore's request, and the person who waits for it, for ever.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

__all__ = ["PatientBackend"]


class PatientBackend(httpcore.NetworkBackend):
    """Opens connections on which an answer may take so many seconds from the last byte of its request."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
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
        stream = self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return _PatientStream(stream, self._patience_s)


class _PatientStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, patience_s: float) -> None:
        self._inner = inner
        self._patience_s = patience_s
        self._ends = time.monotonic() + patience_s

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer drips in without an end")
        return self._inner.read(max_bytes, left if timeout is None else min(timeout, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)
        self._ends = time.monotonic() + self._patience_s

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _PatientStream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._patience_s)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
