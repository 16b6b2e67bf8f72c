"""The server in its thread."""

from __future__ import annotations

import socket
import time
from typing import Any

import httpx
import pytest

from ddmkit.simulator.web import WebServer


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": type(scope["simulator.transport"]).__name__[:5].encode()})


def test_an_application_can_reach_the_transport() -> None:
    server = WebServer(hello, 0)
    assert len(httpx.get(f"http://127.0.0.1:{server.port}", trust_env=False).text) == 5
    server.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_answers_over_a_kept_connection_do_not_wait_for_acknowledgements() -> None:
    server = WebServer(hello, 0)
    with httpx.Client(trust_env=False) as client:
        client.get(f"http://127.0.0.1:{server.port}")
        began = time.perf_counter()
        for _ in range(20):
            client.get(f"http://127.0.0.1:{server.port}")
        assert (time.perf_counter() - began) / 20 < 0.03
    server.close()


def test_a_server_that_is_closed_at_once_leaves_nothing() -> None:
    for _ in range(5):
        WebServer(hello, 0).close()


def test_a_port_in_use_is_an_error() -> None:
    server = WebServer(hello, 0)
    with pytest.raises(OSError, match="in use"):
        WebServer(hello, server.port)
    server.close()
