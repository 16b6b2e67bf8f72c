"""The web server in its thread."""

from __future__ import annotations

import gc
import socket
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

from ddmkit.simulator.http.uvicorn_thread import WebServer
from tests import forked, plain_http


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": type(scope["simulator.transport"]).__name__[:5].encode()})


def test_an_application_can_reach_the_transport() -> None:
    server = WebServer(hello, 0)
    assert len(plain_http.get(f"http://127.0.0.1:{server.port}").text) == 5
    server.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_answers_over_a_kept_connection_do_not_wait_for_acknowledgements() -> None:
    server = WebServer(hello, 0)
    with plain_http.open_client() as client:
        client.get(f"http://127.0.0.1:{server.port}")
        began = time.perf_counter()
        for _ in range(20):
            client.get(f"http://127.0.0.1:{server.port}")
        assert (time.perf_counter() - began) / 20 < 0.03
    server.close()


def test_a_server_that_is_closed_at_once_leaves_nothing() -> None:
    for _ in range(5):
        WebServer(hello, 0).close()


def test_a_connection_that_comes_while_the_server_closes_is_closed_too() -> None:
    with warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always", ResourceWarning)
        for _ in range(40):
            server = WebServer(hello, 0)
            clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
            server.close()
            for client in clients:
                client.close()
        gc.collect()
    assert [str(one.message) for one in left_open] == []


def test_a_port_in_use_is_an_error() -> None:
    server = WebServer(hello, 0)
    with pytest.raises(OSError, match="in use"):
        WebServer(hello, server.port)
    server.close()


WITHOUT_DESCRIPTORS = """
import os, resource, socket, time
from ddmkit.simulator import Simulator

with Simulator() as simulator:
    place = ("127.0.0.1", int(simulator.endpoint.rsplit(":", 1)[1]))
    few = len(os.listdir("/proc/self/fd")) + 12
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, few))
    held = []
    try:
        while True:
            held.append(socket.create_connection(place, timeout=5))
    except OSError as problem:
        print(problem.strerror)
    began = time.process_time()
    time.sleep(2)
    print(f"{time.process_time() - began:.3f}")
    for connection in held[1:]:
        connection.close()
    held[0].sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
    print(held[0].recv(100).split(b"\\r\\n")[0].decode())
"""


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts the open files as Linux shows them")
def test_without_free_file_descriptors_the_server_waits_quietly_and_continues_later() -> None:
    ended = forked.run([sys.executable, "-c", WITHOUT_DESCRIPTORS], capture_output=True, text=True, timeout=120, check=True)
    reason, busy_s, answer = ended.stdout.splitlines()
    assert reason == "Too many open files"
    assert float(busy_s) < 0.5
    assert answer == "HTTP/1.1 200 OK"
    said = ended.stderr.splitlines()
    assert len(said) == 1
    assert "cannot accept another connection: Too many open files" in said[0]
