"""Doors that stay locked: plain http, unverified TLS, redirects, endless answers, foreign text as markup, readable files.

Each test knocks at one door from outside, over real sockets and real files where there are some.
"""

from __future__ import annotations

import ast
import contextlib
import gzip
import inspect
import itertools
import json
import os
import pkgutil
import re
import socket
import ssl
import stat
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import trustme
from pydantic import SecretStr
from typer.testing import CliRunner

import ddmkit
from ddmkit.cli.demo import run_demonstration
from ddmkit.cli.main import app
from ddmkit.config.credentials import PasswordCredentials, TokenCredentials
from ddmkit.config.settings import Settings
from ddmkit.errors import DDMKitError, InputError, RecordError, ServiceError, UnreachableError
from ddmkit.kit import Kit
from ddmkit.notebook_templates import find_templates, write_report
from ddmkit.records.files.export import export_json
from ddmkit.records.store import RecordStore
from ddmkit.service.client import Client
from ddmkit.service.protocol import restore_metadata
from ddmkit.service.transport import Bounded, Network, Tls
from ddmkit.simulator import Simulator
from ddmkit.simulator.http.operations import DDM, OPERATIONS
from tests import plain_http

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
TOKEN = "MIIS-a-token-that-must-stay-at-home"
PROJECT = "0123456789abcdef0123456789abcdef"


class Door:
    """A server on loopback that answers as told and remembers who knocked."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None], context: ssl.SSLContext | None = None) -> None:
        self.knocks: list[dict[str, str]] = []
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                door.knocks.append({name.lower(): value for name, value in self.headers.items()} | {":path": self.path})
                self.close_connection = True
                with contextlib.suppress(OSError):
                    answer(self)

            do_POST = do_GET  # noqa: N815  # the name that http.server calls

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A caller that hangs up on a certificate is what we want."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if context is not None:
            self.scheme = "https"
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    @property
    def endpoint(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def give(status: int, body: bytes = b"{}", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def open_door() -> Iterator[Callable[..., Door]]:
    doors: list[Door] = []

    def make(answer: Callable[[BaseHTTPRequestHandler], None], context: ssl.SSLContext | None = None) -> Door:
        doors.append(Door(answer, context))
        return doors[-1]

    yield make
    for door in doors:
        door.close()


def client_of(endpoint: str, **changes: Any) -> Client:
    given = {
        "credentials": TokenCredentials(SecretStr(TOKEN)),
        "project_id": PROJECT,
        "iam_endpoint": endpoint,
        "region": "r-1",
    }
    return Client(Settings(endpoint=endpoint, **{**given, **changes}), sleep=lambda _: None, timeout_s=5)


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith(("DDMKIT_", "HUAWEICLOUD_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return monkeypatch


# Plain http -----------------------------------------------------------------------------------------------------------

ELSEWHERE = (
    "http://ddm.cn-north-4.myhuaweicloud.com",
    "http://10.0.0.1",
    "http://0.0.0.0:8080",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "http://2130706433",
    "http://127.1",
    "http://[::ffff:10.0.0.1]",
    "http://user@127.0.0.1",
    "http://127.0.0.1@example.com",
    "HTTP://EXAMPLE.COM",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
)


@pytest.mark.parametrize("endpoint", ELSEWHERE)
def test_http_and_stranger_schemes_lead_to_this_machine_only(endpoint, no_environment):
    with pytest.raises(InputError):
        ddmkit.connect(endpoint=endpoint, project_id=PROJECT, token=TOKEN)
    with pytest.raises(InputError):
        ddmkit.connect(endpoint="https://ddm.example.com", iam_endpoint=endpoint, project_id=PROJECT, token=TOKEN)
    no_environment.setenv("DDMKIT_ENDPOINT", endpoint)
    with pytest.raises(InputError):
        ddmkit.connect(project_id=PROJECT, token=TOKEN)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"])
def test_http_to_this_very_machine_is_let_through(endpoint, no_environment):
    with ddmkit.connect(endpoint=endpoint, project_id=PROJECT, token=TOKEN) as kit, pytest.raises(UnreachableError):
        kit.instances()


def test_the_network_itself_refuses_plain_http_whoever_made_the_settings():
    with client_of("http://ddm.example.com") as client, pytest.raises(InputError, match="plain http"):
        client.list_instances()


# TLS ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def certificate(authority: trustme.CA, name: str, **options: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **options).configure_cert(context)
    return context


@pytest.fixture
def ca_bundle(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


def test_a_trusted_certificate_of_the_right_name_is_let_through(open_door, authority, ca_bundle):
    door = open_door(give(200, b'{"instances": [], "total_record": 0}'), certificate(authority, "127.0.0.1"))

    with client_of(door.endpoint, ca_bundle=ca_bundle) as client:
        assert client.list_instances() == ()


@pytest.mark.parametrize("flaw", ["unknown authority", "other name", "expired"])
def test_a_certificate_with_a_flaw_gets_no_request_at_all(flaw, open_door, authority, ca_bundle, monkeypatch):
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    name = "ddm.example.com" if flaw == "other name" else "127.0.0.1"
    options = {"not_after": datetime(2020, 1, 1, tzinfo=UTC)} if flaw == "expired" else {}
    door = open_door(give(200), certificate(authority, name, **options))
    trusted = "" if flaw == "unknown authority" else ca_bundle

    with client_of(door.endpoint, ca_bundle=trusted) as client, pytest.raises(UnreachableError, match="not trusted"):
        client.list_instances()

    assert door.knocks == []


def every_module() -> list[Any]:
    names = [found.name for found in pkgutil.walk_packages(ddmkit.__path__, "ddmkit.")]
    return [import_module(name) for name in names if not name.endswith("__main__")]


def public_callables() -> Iterator[tuple[str, Any]]:
    for module in every_module():
        for name in getattr(module, "__all__", ()):
            found = getattr(module, name)
            if inspect.isclass(found):
                # As they stand in the class: merely to look at some attributes of a widget is deprecated.
                members = ((key, getattr(value, "__func__", value)) for key, value in inspect.getmembers_static(found))
                yield from ((f"{module.__name__}.{name}.{key}", value) for key, value in members if inspect.isroutine(value))
            elif callable(found):
                yield f"{module.__name__}.{name}", found


def test_no_public_call_has_a_switch_that_turns_verification_off():
    switch = re.compile(r"verify|insecure|unsafe|no_?check|skip|trust(?!s)|ssl|tls", re.IGNORECASE)
    found = set()
    for name, call in public_callables():
        try:
            parameters = inspect.signature(call).parameters
        except (ValueError, TypeError):
            continue
        found |= {(name, parameter) for parameter in parameters if switch.search(parameter)}

    # The network is handed the trust that it verifies with, which itself has no switch; the other is a column of a world.
    assert found == {
        ("ddmkit.service.transport.Network.__init__", "tls"),
        ("ddmkit.simulator.storage.schema.DataNode.__init__", "ssl"),
    }


def test_no_line_of_the_program_weakens_tls():
    weak = {"CERT_NONE", "CERT_OPTIONAL", "_create_unverified_context", "check_hostname", "disable_warnings"}
    for path in sorted(Path(ddmkit.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = {node.attr} if isinstance(node, ast.Attribute) else {node.id} if isinstance(node, ast.Name) else set()
            assert not names & weak, path
            if isinstance(node, ast.keyword) and node.arg in {"verify", "check_hostname"}:
                assert not isinstance(node.value, ast.Constant), path


def test_the_trust_always_asks_for_certificate_and_name(ca_bundle):
    for tls in (Tls(), Tls(ca_bundle)):
        for scheme in ("https", "http"):
            context = tls.context(scheme)
            assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
            assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


# Redirects ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", ["read", "probe", "restore", "login"])
def test_no_redirect_is_followed(call, status, open_door):
    stranger = open_door(give(200))
    door = open_door(give(status, Location=f"{stranger.endpoint}/v1/{PROJECT}/instances"))
    user = PasswordCredentials("ada", SecretStr("her password"), "acme")
    request = ddmkit.models.RestoreRequest(source_instance_id="s", target_instance_id="t", data_nodes=("n",), backup_id="b")
    calls = {
        "read": lambda client: client.list_instances(),
        "restore": lambda client: client.restore_metadata(restore_metadata(PROJECT, request)),
        "login": lambda client: client.list_instances(),
    }

    with client_of(door.endpoint, **({"credentials": user} if call == "login" else {})) as client:
        if call == "probe":
            assert client.probe().status == status
        else:
            with pytest.raises(ServiceError, match="redirects"):
                calls[call](client)

    assert stranger.knocks == []
    assert len(door.knocks) == 1


# Endless answers ------------------------------------------------------------------------------------------------------


def pour(piece: bytes, times: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        for _ in range(times):
            handler.wfile.write(piece)

    return answer


def test_an_answer_without_an_end_is_given_up(open_door):
    door = open_door(pour(b" " * 1_000_000, 300))

    with client_of(door.endpoint) as client, pytest.raises(ServiceError, match="larger than"):
        client.list_instances()


def test_a_small_answer_that_unpacks_to_a_huge_one_is_given_up(open_door):
    bomb = gzip.compress(b" " * 200_000_000, 9)
    door = open_door(give(200, bomb, Content_Encoding="gzip"))

    with client_of(door.endpoint) as client, pytest.raises(ServiceError, match="larger than"):
        client.list_instances()


def test_an_answer_packed_twice_is_not_unpacked(open_door):
    bomb = gzip.compress(gzip.compress(b" " * 100_000_000, 9), 9)
    assert len(bomb) < 10_000
    door = open_door(give(200, bomb, Content_Encoding="gzip, gzip"))

    tracemalloc.start()
    try:
        with client_of(door.endpoint) as client, pytest.raises(ServiceError, match="compress"):
            client.list_instances()
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, identity", "compress"])
def test_only_the_compression_that_was_asked_for_is_taken(encoding, open_door):
    door = open_door(give(200, b'{"instances": [], "total_record": 0}', Content_Encoding=encoding))

    with client_of(door.endpoint) as client, pytest.raises(ServiceError, match="compress"):
        client.list_instances()


def drip(first: bytes, more: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer with a beginning, and then a little more every 20 ms until the other side has had enough."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        with contextlib.suppress(OSError):
            handler.wfile.write(first)
            while True:
                time.sleep(0.02)
                handler.wfile.write(more)

    return answer


@pytest.mark.parametrize("is_secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize(
    "dripping",
    [
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b" "),
    ],
    ids=["interim answers", "headers", "body"],
)
def test_an_answer_that_drips_is_given_up(open_door, tmp_path, dripping, is_secure):
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert("127.0.0.1").configure_cert(context)
    door = open_door(drip(*dripping), context if is_secure else None)
    network = Network(Tls(str(tmp_path / "ca.pem")), connections=1, patience_s=0.3)
    request = httpx.Request("GET", door.endpoint, extensions={"timeout": httpx.Timeout(5).as_dict()})

    started = time.monotonic()
    with contextlib.closing(network), pytest.raises(httpx.ReadTimeout):
        Bounded(network).handle_request(request)
    assert time.monotonic() - started < 3


def test_headers_without_an_end_are_given_up(open_door):
    door = open_door(lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-More: yes\r\n" * 2_000_000))

    with client_of(door.endpoint) as client, pytest.raises(UnreachableError):
        client.list_instances()


def test_a_count_without_an_end_is_not_followed(open_door):
    row = json.dumps({"instances": [{"id": "i-1"}], "total_record": 10**9}).encode()
    door = open_door(give(200, row))

    with client_of(door.endpoint) as client, pytest.raises(ServiceError, match="more than 200000 are not read"):
        client.list_instances()

    assert len(door.knocks) == 1


# The simulator's own doors --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(now=NOW) as simulator:
        yield simulator


def test_the_simulator_listens_on_loopback_only(simulator):
    assert simulator.endpoint.startswith("http://127.0.0.1:")
    assert {one.getsockname()[0] for one in simulator._server._sockets} == {"127.0.0.1"}
    ports = [one.getsockname()[1] for one in simulator._server._sockets]
    assert len(ports) == 4
    for address, port in itertools.product(own_addresses(), ports):
        with socket.socket() as caller:
            caller.settimeout(2)
            assert caller.connect_ex((address, port)) != 0


def own_addresses() -> list[str]:
    """The addresses under which others reach this machine; none where it stands alone."""
    found = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    return sorted(address for address in found if not address.startswith("127."))


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.family in DDM or one.name == "KeystoneListProjects"])
def test_the_simulator_wants_its_token_at_every_call(operation, simulator):
    facts = simulator.facts
    path = re.sub(r"\{project_id\}", facts.project_id, operation.path)
    path = re.sub(r"\{instance_id\}", facts.source, path)
    path = re.sub(r"\{\w+\}", "x", path)
    body = {
        "source": {"backup_id": facts.backup_id},
        "target": {"instance_id": facts.target, "data_nodes": list(facts.data_nodes)},
    }
    keys = [
        {},
        {"X-Auth-Token": ""},
        {"X-Auth-Token": facts.token[:-1]},
        {"X-Auth-Token": facts.token.lower()},
        {"Authorization": f"Bearer {facts.token}"},
        {"Authorization": f"SDK-HMAC-SHA256 Access={facts.access_key}, SignedHeaders=host, Signature=00"},
        {"Cookie": f"X-Auth-Token={facts.token}"},
    ]

    with plain_http.open_client(base_url=facts.endpoint) as stranger:
        statuses = {stranger.request(operation.method, path, headers=key, json=body).status_code for key in keys}
        in_address = stranger.request(operation.method, f"{path}?X-Auth-Token={facts.token}", json=body).status_code

    assert statuses | {in_address} == {401}
    assert simulator.effective_restores() == []


def test_the_simulator_gives_no_token_for_a_wrong_password(simulator):
    facts = simulator.facts
    with client_of(
        facts.endpoint,
        credentials=PasswordCredentials(facts.user, SecretStr(facts.password + "x"), facts.domain),
        project_id=facts.project_id,
    ) as client:
        with pytest.raises(ddmkit.AuthError):
            client.list_instances()
        assert client.known_secrets() == client.settings.secrets


def test_a_page_in_a_browser_cannot_start_a_restore(simulator):
    """A form of a stranger's page sends no JSON and has no token; a script of it gets no leave from us."""
    facts = simulator.facts
    path = f"/v3/{facts.project_id}/instances/{facts.source}/backups/metadata-recovery"
    with plain_http.open_client(base_url=facts.endpoint) as browser:
        form = browser.post(path, data={"source": "x"}, headers={"X-Auth-Token": facts.token})
        leave = browser.options(path, headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})

    assert form.status_code == 415
    assert not any(name.startswith("access-control") for name in (*form.headers, *leave.headers))


# Foreign text ---------------------------------------------------------------------------------------------------------

NASTY = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "\"' onmouseover='alert(4)",
    "'; DROP TABLE runs; --",
    "%s %(x)s {0} ${x} {{ x }} {% x %}",
    "javascript:alert(5)",
    "\x1b]0;gotcha\x07\x1b[2J",
    "line\nbreak\r\n\x00\x08",
    "\u202eexe.gnp\u202c \u2066x\u2069",
    "\N{DOLPHIN}\N{ZERO WIDTH JOINER}\N{SNOWMAN} \N{COMBINING ACUTE ACCENT}",
    "<!-- --><b>bold</b>&amp;&lt;",
    "]]></pre><script>alert(6)</script>",
    "[click](javascript:alert(7)) `x` | *x*",
)
ALL_NASTY = " ".join(NASTY)


DRAWING = "data:image/svg+xml,"


class Reader(HTMLParser):
    """Reads a page as a browser does, and keeps what could run or reach out."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.live: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "img" and values.get("src", "").startswith(DRAWING):
            drawn = Reader(unquote(values["src"].removeprefix(DRAWING)))
            self.live += drawn.live
            self.texts += [*drawn.texts, values.get("alt", "")]
        elif tag in {"script", "iframe", "object", "embed", "base", "form", "img", "image", "link", "foreignobject"}:
            self.live.append(f"<{tag} {values}>")
        self.live += [f"{name}={value}" for name, value in values.items() if name.startswith("on")]
        self.live += [f"{name}={value}" for name, value in values.items() if value.strip().lower().startswith("javascript:")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def misleading(text: str) -> list[str]:
    """Characters that steer a terminal, or reorder and hide what stands around them."""
    bad = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
    return sorted(set(bad.findall(text)))


class Nasty:
    """A whole restore in a world whose every name is an attack, and everything that was shown of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[str, str] = {}
        self.pages: dict[str, str] = {}
        self.charts: dict[str, str] = {}
        with ddmkit.demo(now=NOW, world=folder / "world.sqlite", records=folder / "records.sqlite") as kit:
            self._shape(kit)
            self._look(kit)
            self._restore(kit)
            self.secrets = kit.known_secrets()

    def _shape(self, kit: Kit) -> None:
        world, facts = kit.simulator.world, kit.scenario
        world.set_instance(facts.source, name=f"source {ALL_NASTY}", description=ALL_NASTY)
        world.set_instance(facts.target, name=f"target {ALL_NASTY}")
        for number, node in enumerate(facts.data_nodes):
            world.set_data_node(node, name=f"node {number} {ALL_NASTY}")
        for node in kit.related_nodes(facts.source, facts.backup_id):
            world.set_data_node(node.instance_id, name=f"{node.instance_name} {ALL_NASTY}")
        world.set_backup(facts.backup_id, name=ALL_NASTY, description=ALL_NASTY, instance_name=ALL_NASTY)
        earlier = NOW - timedelta(hours=3)
        job = world.add_job(facts.source, ALL_NASTY, outcome="Failed", fail_reason=ALL_NASTY, created=earlier)
        world.set_job(job, instance_name=ALL_NASTY)
        for number, name in enumerate(NASTY):
            world.add_instance(f"{name} {number}")
            world.add_backup(facts.source, name=name, backup_type=name)
        world.add_account(facts.source, ALL_NASTY)

    def _look(self, kit: Kit) -> None:
        facts = kit.scenario
        node = kit.related_nodes(facts.source, facts.backup_id)[0]
        self.keep("instances", kit.instances())
        self.keep("backups", kit.backups(facts.source))
        self.keep("nodes", kit.related_nodes(facts.source, facts.backup_id))
        self.keep("targets", kit.targets(facts.source))
        self.keep("candidates", kit.target_nodes(facts.source, facts.target, node, facts.backup_id))
        self.keep("jobs", kit.jobs())
        self.keep("timeline", kit.timeline(facts.source, point=facts.restore_time))

    def _restore(self, kit: Kit) -> None:
        facts = kit.scenario
        plan = kit.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, backup_id=facts.backup_id)
        self.keep("plan", plan)
        with pytest.raises(ddmkit.NotConfirmedError) as unconfirmed:
            kit.submit(plan, confirm="no", purpose=ALL_NASTY)
        self.keep("refused record", unconfirmed.value.record)
        self.texts["error"] = str(unconfirmed.value)
        again = kit.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, backup_id=facts.backup_id)
        job = kit.submit(again, confirm=again.target_name, accept=again.warnings, purpose=ALL_NASTY, ticket=ALL_NASTY)
        job.wait(poll_s=0)
        self.keep("job", job)
        self.keep("records", kit.records)
        self.keep("record", job.record)
        self.plan, self.record = again, job.record
        self.pages["report"] = job.record.to_html()
        self.texts["record to text"] = job.record.to_text()
        # Sites that show Markdown let some HTML through, so it is read as a page too.
        self.texts["ticket"] = self.pages["ticket"] = job.record.to_markdown()
        self.texts["post-mortem"] = self.pages["post-mortem"] = job.record.to_postmortem()
        self.exported = job.record.export(self.folder / "x.ddmrecord.json")

    def keep(self, name: str, shown: Any) -> None:
        bundle = shown._repr_mimebundle_()
        bundle = bundle[0] if isinstance(bundle, tuple) else bundle
        self.texts[name] = bundle.get("text/plain", repr(shown))
        self.texts[f"{name} repr"] = repr(shown) if name != "timeline" else ""
        for kind, content in bundle.items():
            if kind == "text/html":
                self.pages[name] = content
            elif kind != "text/plain":
                self.charts[f"{name} {kind}"] = content if isinstance(content, str) else json.dumps(content)


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Nasty:
    return Nasty(tmp_path_factory.mktemp("nasty"))


def test_markup_in_names_stays_text_on_every_page(nasty):
    assert {"instances", "backups", "targets", "candidates", "jobs", "plan", "job", "record", "report"} <= set(nasty.pages)
    for name, page in nasty.pages.items():
        reader = Reader(page)
        assert reader.live == [], name
        assert misleading(reader.text) == [], name
    assert "<script>alert(1)</script>" in Reader(nasty.pages["plan"]).text


def test_text_that_steers_terminals_or_eyes_is_spelled_out(nasty):
    assert {name: found for name, text in nasty.texts.items() if (found := misleading(text))} == {}
    assert "<U+202E>" in nasty.texts["plan"]
    assert "<U+001B>" in nasty.texts["plan"]


def test_the_command_line_steers_no_terminal(nasty):
    store = str(nasty.folder / "records.sqlite")
    for words in (["list"], ["show", nasty.record.id], ["verify", nasty.record.id]):
        told = CliRunner().invoke(app, ["records", *words, "--store", store])
        assert told.exit_code == 0, told.output
        assert misleading(told.output) == []


def test_a_notebook_of_it_becomes_a_report_in_which_nothing_runs(nasty, tmp_path):
    outputs = [
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": page, "text/plain": nasty.texts.get(name, "")}}
        for name, page in nasty.pages.items()
        if name not in {"report", "ticket", "post-mortem"}
    ]
    outputs += [
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {name.rpartition(" ")[2]: json.loads(chart), "text/plain": "a chart"},
        }
        for name, chart in nasty.charts.items()
        if name.endswith("+json")
    ]
    cell = {"cell_type": "code", "id": "a", "source": "show()", "metadata": {}, "execution_count": 1, "outputs": outputs}
    notebook = tmp_path / "x.ipynb"
    notebook.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}), "utf-8")

    report = write_report(notebook, tmp_path / "x.html").read_text("utf-8")

    # The page has scripts and styles of the notebook's own template; what the world's names say must be none of them.
    scripts = " ".join(re.findall(r"<script[^>]*>(.*?)</script>", report, re.DOTALL))
    assert not re.search(r"^\s*alert\(\d\)", scripts, re.MULTILINE)
    assert not [found for found in Reader(report).live if "alert(" in found]


def test_names_go_into_the_store_and_out_again_as_they_are(nasty):
    header, kept = nasty.record.header, ALL_NASTY.replace("\x00", "\\x00")  # which no PostgreSQL takes
    assert nasty.plan.target_name == f"target {ALL_NASTY}"
    assert (header.target_name, header.purpose, header.ticket) == (f"target {kept}", kept, kept)
    assert nasty.record.verify() == []
    assert ddmkit.read_record(nasty.exported).header == header


@pytest.mark.parametrize("text", [*NASTY, "' OR '1'='1", "%", "_", "\\"])
def test_text_is_bound_and_never_spelled_into_sql(text, nasty):
    with RecordStore.open(nasty.folder / "records.sqlite", clock=lambda: NOW) as store:
        assert store.list(target_id=text) == ()
        assert store.list(digest=text) == ()
        assert store.run_of_plan(text) is None
        with pytest.raises(InputError):
            store.list(state=text)
        with pytest.raises(RecordError):
            store.get(text)
        assert len(store.list()) == 2


def test_a_notebook_made_of_a_record_runs_nothing_that_stands_in_the_record(nasty, tmp_path):
    made = json.loads(nasty.record.to_notebook(tmp_path / "again.ipynb").read_text("utf-8"))
    ours = json.loads((find_templates() / "00_guided_restore.ipynb").read_text("utf-8"))

    changed = [cell for cell in made["cells"] if cell["source"] not in [own["source"] for own in ours["cells"]]]
    code = ["".join(cell["source"]) for cell in changed if cell["cell_type"] == "code"]

    assert len(code) == 1
    for statement in ast.parse(code[0]).body:
        assert isinstance(statement, ast.Assign)
        ast.literal_eval(statement.value)
    assert Reader("".join("".join(cell["source"]) for cell in changed if cell["cell_type"] == "markdown")).live == []


# Files ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A user whose system lets everyone read new files."""
    before = os.umask(0)
    yield
    os.umask(before)


def rights(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


@pytest.mark.usefixtures("warm_kernels")
def test_everything_a_demonstration_leaves_is_private(tmp_path, open_umask):
    place = tmp_path / "deep" / "demo"
    said: list[str] = []

    told = run_demonstration(place, scenario=None, say=said.append)

    assert told["state"] == "completed"
    files = {path.name: rights(path) for path in place.rglob("*") if path.is_file()}
    assert {"world.sqlite", "records.sqlite", "report.html", "00_guided_restore.ipynb"} <= set(files)
    assert set(files.values()) == {"0o600"}, files
    assert rights(place) == "0o700"
    assert Reader((place / "report.html").read_text("utf-8")).text


def test_the_default_store_and_its_folder_are_private(no_environment, tmp_path, open_umask):
    no_environment.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with ddmkit.connect(endpoint="https://ddm.example.com", project_id=PROJECT, token=TOKEN) as kit:
        kit.records.list()

    made = list((tmp_path / "data").rglob("*"))
    assert {rights(path) for path in made if path.is_dir()} == {"0o700"}
    assert {rights(path) for path in made if path.is_file()} == {"0o600"}


@pytest.mark.parametrize("kind", ["export", "report"])
def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_nothing_else(kind, nasty, tmp_path, monkeypatch):
    run = nasty.record.run
    place = tmp_path / "x"
    write = {"export": lambda: export_json(run, place), "report": lambda: write_report(notebook, place)}[kind]
    notebook = tmp_path / "n.ipynb"
    notebook.write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}', "utf-8")
    write()
    before = place.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DDMKitError, match="No space left"):
        write()

    assert place.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["n.ipynb", "x"]


# Records of strangers -------------------------------------------------------------------------------------------------


def test_a_record_file_is_data_only(tmp_path):
    for content in (
        b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.",  # a pickle that would run
        b"!!python/object/apply:os.system ['true']",
        b"__import__('os').system('true')",
        b'{"__class__": "os.system"}',
        b"[" * 200_000,
        b'{"format": "ddmkit.record", "version": 1e400}',
        b'{"format": "ddmkit.record", "version": 99}',
        b"\xff\xfe\x00",
        b"",
    ):
        (tmp_path / "x.json").write_bytes(content)
        with pytest.raises(RecordError):
            ddmkit.read_record(tmp_path / "x.json")


def test_a_record_file_that_is_too_large_is_not_even_read(tmp_path):
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(60_000_000_000)  # takes no room on the disk

    tracemalloc.start()
    try:
        with pytest.raises(RecordError, match="larger than 50 MB"):
            ddmkit.read_record(huge)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_pipes_and_devices_are_no_record_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")

    for place in (tmp_path / "pipe", tmp_path / "link", tmp_path):
        with pytest.raises(RecordError):
            ddmkit.read_record(place)


def test_an_export_does_not_follow_a_link_that_someone_laid(nasty, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine", "utf-8")
    (tmp_path / "x.json").symlink_to(precious)

    with pytest.raises(RecordError):
        nasty.record.export(tmp_path / "x.json")

    assert precious.read_text("utf-8") == "mine"
