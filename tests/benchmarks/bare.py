"""The limit: the same requests by bare httpx, 8 at once, none waiting for the answer of another, each answer parsed as JSON.

A program that knew all addresses before, and did nothing with the answers, would take this long on this machine now.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

from tests.benchmarks.worlds import Service

__all__ = ["AT_ONCE", "Bare", "record_targets"]

AT_ONCE = 8


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

    def read(self, targets: Sequence[str]) -> list[Any]:
        """Return the parsed answers."""
        return list(self._pool.map(self._read_one, targets))

    def _read_one(self, target: str) -> Any:
        answer = self._client.get(target)
        return json.loads(answer.raise_for_status().content)


@contextmanager
def record_targets(kit: Any) -> Iterator[list[str]]:
    """Record the targets of the requests that a kit sends within the block, in the order in which they are sent."""
    network, targets = kit._client._network, []
    send = network.handle_request

    def note(request: httpx.Request) -> httpx.Response:
        targets.append(request.url.raw_path.decode("ascii"))
        return send(request)

    network.handle_request = note
    try:
        yield targets
    finally:
        del network.handle_request
