"""The limit: the same requests by bare httpx, 8 at once, none waiting for the answer of another, each answer parsed as JSON.

A program that knew all addresses before, and did nothing with the answers, would take this long on this machine now.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx

from tests.benchmarks.worlds import Service

__all__ = ["AT_ONCE", "Bare", "record_requests"]

AT_ONCE = 8


class Asked(NamedTuple):
    """One request as it was sent."""

    method: str
    url: str
    content: bytes


class Bare:
    """A pool of threads with one httpx client."""

    def __init__(self, service: Service) -> None:
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        headers = {"X-Auth-Token": service.token, "Accept-Encoding": "gzip"}
        self._client = httpx.Client(base_url=service.endpoint, headers=headers, limits=limits, trust_env=False, timeout=30)
        self._pool = ThreadPoolExecutor(AT_ONCE)

    def close(self) -> None:
        """Let go of connections and threads."""
        self._pool.shutdown()
        self._client.close()

    def read(self, asked: Sequence[Asked]) -> list[Any]:
        """Return the parsed answers."""
        return list(self._pool.map(self._read_one, asked))

    def _read_one(self, asked: Asked) -> Any:
        headers = {"Content-Type": "application/json"} if asked.content else {}
        answer = self._client.request(asked.method, asked.url, content=asked.content, headers=headers)
        return json.loads(answer.raise_for_status().content)


@contextmanager
def record_requests(*clients: Any) -> Iterator[list[Asked]]:
    """Record the requests that some clients send within the block, in the order in which they are sent."""
    asked: list[Asked] = []

    def noting(send: Callable[[httpx.Request], httpx.Response]) -> Callable[[httpx.Request], httpx.Response]:
        def note(request: httpx.Request) -> httpx.Response:
            asked.append(Asked(request.method, str(request.url), request.content))
            return send(request)

        return note

    networks = [client._network for client in clients]
    for network in networks:
        network.handle_request = noting(network.handle_request)
    try:
        yield asked
    finally:
        for network in networks:
            del network.handle_request
