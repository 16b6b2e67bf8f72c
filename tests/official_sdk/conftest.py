"""Fixtures: the official SDK's client for a simulator, and a recorder of the requests that a client sends."""

from __future__ import annotations

import http.client
import importlib
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from ddmkit.simulator import Simulator
from ddmkit.simulator.server import ScenarioFacts

PASSED_ON = {"content-type", "date", "x-request-id", "x-simulator-world", "x-simulator-now"}


class Official:
    """The official SDK: its models and its clients."""

    def __init__(self) -> None:
        self.models = importlib.import_module("huaweicloudsdkddm.v1")
        self.exceptions = importlib.import_module("huaweicloudsdkcore.exceptions.exceptions")
        self._auth = importlib.import_module("huaweicloudsdkcore.auth.credentials")
        self._region = importlib.import_module("huaweicloudsdkcore.region.region").Region
        self._clients: list[Any] = []

    def credentials(self, facts: ScenarioFacts, *, temporary: bool = False, **changes: Any) -> Any:
        access, secret = facts.access_key, facts.secret_key
        if temporary:
            access, secret = facts.temporary_access_key, facts.temporary_secret_key
        project = changes.get("project_id", facts.project_id)
        credentials = self._auth.BasicCredentials(
            changes.get("access_key", access), changes.get("secret_key", secret), project
        )
        return credentials.with_security_token(facts.security_token) if temporary else credentials

    def client(self, endpoint: str, credentials: Any, *, iam_endpoint: str = "", region: str = "") -> Any:
        builder = self.models.DdmClient.new_builder()
        if iam_endpoint:
            credentials = credentials.with_iam_endpoint(iam_endpoint)
            builder = builder.with_region(self._region(region, endpoint))
        else:
            builder = builder.with_endpoint(endpoint)
        client = builder.with_credentials(credentials).build()
        self._clients.append(client)
        return client

    def sign(self, credentials: Any, method: str, path: str, query: list[tuple[str, str]], **rest: Any) -> str:
        """Return the Authorization header of the SDK's own signer; it signs all of ``headers``."""
        request = importlib.import_module("huaweicloudsdkcore.sdk_request").SdkRequest(
            method, resource_path=path, query_params=query, header_params=dict(rest["headers"]), body=rest["body"]
        )
        signer = importlib.import_module("huaweicloudsdkcore.signer.signer").Signer(credentials)
        return str(signer.sign(request).header_params["Authorization"])

    def forget_projects(self) -> None:
        self._auth.Credentials._CACHE.clear()

    def close(self) -> None:
        for client in self._clients:
            client.get_http_client().close()
            client.get_http_client().executor.shutdown()


@dataclass(frozen=True)
class Recorded:
    """A received request: path and query as in the request line, header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass
class Recorder:
    """A proxy between a client and a simulator that forwards and stores every request."""

    behind: Simulator
    requests: list[Recorded] = field(default_factory=list)
    endpoint: str = ""

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"recorder": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def during(self, action: Callable[[], Any]) -> list[Recorded]:
        """Return the requests that an action causes."""
        before = len(self.requests)
        action()
        return self.requests[before:]


class _Handler(BaseHTTPRequestHandler):
    recorder: ClassVar[Recorder]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers, content = self._pass_on(body)
        path, _, query = self.path.partition("?")
        seen = {name.lower(): value for name, value in self.headers.items()}
        self.recorder.requests.append(Recorded(self.command, path, query, seen, body, status))
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - the server looks methods up by this name

    def _pass_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.recorder.behind.endpoint.removeprefix("http://"), timeout=10)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, [pair for pair in answer.getheaders() if pair[0].lower() in PASSED_ON], content
        finally:
            connection.close()

    def log_message(self, *arguments: object) -> None:
        """Log nothing."""


@pytest.fixture
def official(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Official]:
    """Return the official SDK without access to the real home folder, where it stores an application id, and to proxies."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", raising=False)
    sdk = Official()
    sdk.forget_projects()
    yield sdk
    sdk.close()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Return a simulator with a clock stopped at the current time, so that a restore ends after a few reads."""
    with Simulator(now=datetime.now(UTC).replace(microsecond=0)) as running:
        yield running


@pytest.fixture
def facts(simulator: Simulator) -> ScenarioFacts:
    """Return the facts of the simulator."""
    return simulator.facts


@pytest.fixture
def sdk_client(official: Official, simulator: Simulator, facts: ScenarioFacts) -> Any:
    """Return the official client with the scenario's permanent keys."""
    return official.client(simulator.endpoint, official.credentials(facts))


@pytest.fixture(scope="module")
def recorders() -> Iterator[tuple[Recorder, Recorder]]:
    """Return two recorders for two identical worlds, because each client changes its world."""
    now = datetime.now(UTC).replace(microsecond=0)
    with ExitStack() as stack:
        worlds = [stack.enter_context(Simulator(now=now)) for _ in range(2)]
        ours, theirs = (stack.enter_context(Recorder(world)) for world in worlds)
        yield ours, theirs
