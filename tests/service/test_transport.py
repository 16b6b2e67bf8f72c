from __future__ import annotations

import contextlib
import gzip
import json
import logging
import ssl

import httpcore
import httpx
import pytest
from pydantic import SecretStr

from ddmkit.config.credentials import TokenCredentials
from ddmkit.errors import AuthError, InputError, ServiceError
from ddmkit.service.auth import TokenAuth
from ddmkit.service.deadline import DeadlineBackend
from ddmkit.service.protocol import list_backups
from ddmkit.service.transport import Authenticated, Bounded, Logged, Network, ReadOnly, RetryReads, Tls, choose_pause


def get() -> httpx.Request:
    return httpx.Request("GET", "https://h/x", extensions={"call": list_backups("p")})


class Scripted(httpx.BaseTransport):
    """Gives or raises what it was given, in order; the last one for ever."""

    def __init__(self, *outcomes: httpx.Response | Exception) -> None:
        self.outcomes = list(outcomes)
        self.sent = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent += 1
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def coded(status: int, code: str = "", **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"error_code": code, "error_msg": "x"}, headers=headers)


@pytest.mark.parametrize(
    ("outcome", "again"),
    [
        (httpx.Response(200), False),
        (coded(400, "DBS.280001"), False),
        (coded(401, "APIGW.0301"), False),
        (coded(403), False),
        (coded(404), False),
        (coded(409, "DBS.200019"), False),
        (coded(302), False),
        (coded(429), True),
        (coded(500), True),
        (coded(500, "DBS.300002"), True),
        (coded(500, "DBS.280001"), False),
        (coded(502), True),
        (coded(503, "APIGW.0613"), True),
        (coded(504), True),
        (httpx.Response(502, html="<html>"), True),
        (httpx.ConnectError("x"), True),
        (httpx.ConnectTimeout("x"), True),
        (httpx.ReadTimeout("x"), True),
        (httpx.ReadError("x"), True),
        (httpx.RemoteProtocolError("x"), True),
        (httpx.ProxyError("x"), False),
        (httpx.UnsupportedProtocol("x"), False),
        (ServiceError("login", status=503), True),
        (ServiceError("login", status=400), False),
        (AuthError("login", status=401), False),
    ],
)
def test_reads_are_repeated_after_what_may_pass_only(outcome: httpx.Response | Exception, again: bool) -> None:
    inner, pauses = Scripted(outcome, httpx.Response(200)), []
    layer = RetryReads(inner, sleep=pauses.append, jitter=lambda: 1.0)
    with contextlib.suppress(httpx.TransportError, ServiceError):
        layer.handle_request(get())
    assert (inner.sent, pauses) == ((2, [0.25]) if again else (1, []))


def test_an_untrusted_certificate_is_not_tried_again() -> None:
    error = httpx.ConnectError("x")
    error.__cause__ = ssl.SSLCertVerificationError(1, "no")
    assert choose_pause(error, 1, 0.5) is None


def test_repeating_ends_with_the_last_outcome() -> None:
    inner, pauses = Scripted(coded(503)), []
    assert RetryReads(inner, sleep=pauses.append, jitter=lambda: 1.0).handle_request(get()).status_code == 503
    assert (inner.sent, pauses) == (4, [0.25, 0.5, 1.0])
    inner = Scripted(httpx.ReadError("x"))
    with pytest.raises(httpx.ReadError):
        RetryReads(inner, sleep=pauses.append).handle_request(get())


@pytest.mark.parametrize(
    ("headers", "pause"),
    [({"Retry-After": "7"}, 7.0), ({"Retry-After": "0"}, 0.0), ({"Retry-After": "3600"}, None), ({}, 0.25)],
)
def test_the_pause_that_the_service_asks_for_counts(headers: dict[str, str], pause: float | None) -> None:
    assert choose_pause(coded(429, "APIGW.0308", **headers), 1, 1.0) == pause


def test_a_throttling_text_counts_when_no_header_does() -> None:
    text = {"error_code": "APIGW.0308", "error_msg": "limit:200,time:5 minute"}
    assert choose_pause(httpx.Response(429, json=text), 1, 1.0) == 1.5


@pytest.mark.parametrize("outcome", [coded(503), coded(429), httpx.ConnectError("x"), httpx.ReadTimeout("x")])
def test_a_write_is_never_repeated(outcome: httpx.Response | Exception) -> None:
    inner = Scripted(outcome)
    with contextlib.suppress(httpx.TransportError):
        RetryReads(inner, sleep=lambda _: None).handle_request(httpx.Request("POST", "https://h/x"))
    assert inner.sent == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_guard_lets_nothing_through_that_could_change_something(method: str) -> None:
    inner = Scripted(httpx.Response(200))
    guard = ReadOnly(inner)
    with pytest.raises(InputError, match=f"{method} was not sent"):
        guard.handle_request(httpx.Request(method, "https://h/x"))
    assert (inner.sent, guard.handle_request(get()).status_code) == (0, 200)


def test_credentials_are_attached_below_the_retries() -> None:
    request = get()
    Authenticated(Scripted(httpx.Response(200)), TokenAuth(TokenCredentials(SecretStr("t")))).handle_request(request)
    assert request.headers["X-Auth-Token"] == "t"


def test_an_answer_that_is_too_large_is_given_up() -> None:
    large = httpx.Response(200, stream=httpx.ByteStream(b"x" * 2000), headers={"X-Request-Id": "r1"})
    with pytest.raises(ServiceError, match="larger than 1000 bytes") as caught:
        Bounded(Scripted(large), largest=1000).handle_request(get())
    assert (caught.value.started, caught.value.request_id) == (None, "r1")
    assert "list the backups" in str(caught.value)


def test_a_compressed_answer_is_bounded_by_its_real_size() -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    packed = httpx.Response(200, stream=httpx.ByteStream(bomb), headers={"Content-Encoding": "gzip"})
    with pytest.raises(ServiceError, match="larger than"):
        Bounded(Scripted(packed), largest=100_000).handle_request(get())


def test_a_compressed_answer_is_unpacked_once() -> None:
    body = gzip.compress(json.dumps({"a": 1}).encode())
    packed = httpx.Response(200, stream=httpx.ByteStream(body), headers={"Content-Encoding": "gzip"})
    assert Bounded(Scripted(packed)).handle_request(get()).json() == {"a": 1}


def test_damaged_compression_is_an_unusable_answer() -> None:
    damaged = httpx.Response(200, stream=httpx.ByteStream(b"no gzip"), headers={"Content-Encoding": "gzip"})
    with pytest.raises(ServiceError, match="compression is damaged"):
        Bounded(Scripted(damaged)).handle_request(get())


@pytest.mark.parametrize("packing", ["br", "deflate", "gzip, gzip", "zstd"])
def test_a_compression_that_was_not_asked_for_is_refused_unread(packing: str) -> None:
    class Unread(httpx.SyncByteStream):
        def __iter__(self):
            raise AssertionError("the answer was read")

    packed = httpx.Response(200, stream=Unread(), headers={"Content-Encoding": packing, "X-Request-Id": "r1"})
    with pytest.raises(ServiceError, match=r"list the backups.*compression that was not asked for") as caught:
        Bounded(Scripted(packed)).handle_request(get())
    assert (caught.value.started, caught.value.request_id) == (None, "r1")


def test_an_answer_of_just_the_largest_size_is_read_to_its_end() -> None:
    exact = httpx.Response(200, stream=httpx.ByteStream(b"x" * 1000))
    assert Bounded(Scripted(exact), largest=1000).handle_request(get()).content == b"x" * 1000


@pytest.mark.parametrize("status", [200, 503])
def test_an_answer_that_is_cut_within_its_compression_is_unusable_whatever_its_status(status: int) -> None:
    cut = gzip.compress(b"0123456789" * 1000)[:30] + b"\xff" * 30
    packed = httpx.Response(status, stream=httpx.ByteStream(cut), headers={"Content-Encoding": "GZIP"})
    with pytest.raises(ServiceError, match="compression is damaged") as caught:
        Bounded(Scripted(packed)).handle_request(get())
    assert caught.value.status == status


def test_the_log_says_operation_status_and_request_id(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ddmkit.service")
    Logged(Scripted(httpx.Response(404, headers={"X-Request-Id": "r1\n"}))).handle_request(get())
    with pytest.raises(httpx.ReadError):
        Logged(Scripted(httpx.ReadError("x"))).handle_request(get())
    assert "ListBackups: 404 in" in caplog.messages[0]
    assert caplog.messages[0].endswith("request id r1\\n")
    assert "ListBackups: no answer in" in caplog.messages[1]


@pytest.mark.parametrize("url", ["http://ddm.example.test/", "http://10.0.0.1/"])
def test_plain_http_leaves_this_machine_in_no_case(url: str) -> None:
    with pytest.raises(InputError, match="plain http"):
        Network(Tls(), connections=1).handle_request(httpx.Request("GET", url))


@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:1"])
def test_httpx_still_opens_connections_through_the_backend_that_ddmkit_puts_in(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    """Deadlines depend on a private attribute of httpx and httpcore: a release that moves it must fail here."""

    def note(self: DeadlineBackend, host: str, *_: object, **__: object) -> None:
        raise httpcore.ConnectError(f"ddmkit's backend was asked for {host}")

    monkeypatch.setattr(DeadlineBackend, "connect_tcp", note)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    asked = "127.0.0.1" if proxy else "ddm.example.test"
    with pytest.raises(httpx.ConnectError, match=f"ddmkit's backend was asked for {asked}"):
        Network(Tls(), connections=1).handle_request(httpx.Request("GET", "https://ddm.example.test/"))
    pool = httpx.HTTPTransport()._pool
    assert isinstance(pool._network_backend, httpcore.NetworkBackend), "httpx or httpcore moved _pool._network_backend"


def test_a_bundle_that_cannot_be_read_is_named(tmp_path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("empty.pem", "absent.pem"):
        with pytest.raises(InputError, match=name):
            Tls(str(tmp_path / name)).context("https")


def test_certificates_are_verified_for_every_scheme() -> None:
    for scheme in ("http", "https"):
        context = Tls().context(scheme)
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


def test_a_proxy_address_that_is_none_is_refused_without_quoting_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://user:canary@proxy")
    with pytest.raises(InputError) as caught:
        Network(Tls(), connections=1).handle_request(httpx.Request("GET", "https://ddm.example.test/"))
    assert "canary" not in str(caught.value)
