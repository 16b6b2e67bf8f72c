"""A tiny real HTTP server on loopback, answering as a test says, and clients that talk to it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from ddmkit.config.credentials import TokenCredentials
from ddmkit.config.settings import Settings
from ddmkit.service.client import Client

PROJECT = "0123456789abcdef0123456789abcdef"
TOKEN = "canary-TOKEN/very+secret=="


@dataclass
class Asked:
    """One request as the server saw it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.target).query).items()}


@dataclass
class Reply:
    """What to answer: an object becomes JSON; ``cut`` closes the connection instead, after what is given."""

    body: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False

    def to_bytes(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


Answer = Callable[[Asked], Reply]


class Loopback:
    """A server in a thread; ``answer`` may be replaced at any time."""

    def __init__(self, answer: Answer | None = None, wrap: Callable[[object], object] | None = None) -> None:
        self.answer: Answer = answer or (lambda _: Reply({}))
        self.asked: list[Asked] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        # A client that gives up mid-answer is what some tests are about.
        self.server.handle_error = lambda request, address: None
        if wrap is not None:
            self.server.socket = wrap(self.server.socket)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Without this, small answers wait for the kernel's delayed acknowledgement.
            disable_nagle_algorithm = True

            def log_message(self, *args: object) -> None:
                """Describe nothing."""

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                loopback.asked.append(asked)
                reply = loopback.answer(asked)
                if reply.cut:
                    self.close_connection = True
                    return
                payload = reply.to_bytes()
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815  # the names that http.server calls

        return Handler


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = Loopback()
    yield server
    server.close()


@pytest.fixture
def make_server() -> Iterator[Callable[..., Loopback]]:
    servers: list[Loopback] = []

    def make(answer: Answer | None = None, wrap: Callable[[object], object] | None = None) -> Loopback:
        servers.append(Loopback(answer, wrap))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def silent_port() -> int:
    """A port of this machine at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def make_client(loopback: Loopback, pauses: list[float]) -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def make(
        *,
        credentials: object = None,
        endpoint: str = "",
        iam_endpoint: str = "",
        ca_bundle: str = "",
        project_id: str = PROJECT,
        **options: object,
    ) -> Client:
        settings = Settings(
            endpoint=endpoint or loopback.endpoint,
            credentials=credentials or TokenCredentials(SecretStr(TOKEN)),
            project_id=project_id,
            region="cn-north-4",
            iam_endpoint=iam_endpoint or loopback.endpoint,
            ca_bundle=ca_bundle,
        )
        clients.append(Client(settings, sleep=pauses.append, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client()


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def token() -> str:
    return TOKEN
