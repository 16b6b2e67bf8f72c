from __future__ import annotations

import socket
import ssl

import httpx
import pytest

from ddmkit.service.network_errors import describe_failure, was_sent
from ddmkit.service.protocol import probe
from ddmkit.service.proxies import ChosenProxy

URL = httpx.URL("https://ddm.example.test:8443")


def caused(error: httpx.TransportError, cause: BaseException) -> httpx.TransportError:
    error.__cause__ = cause
    return error


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("error", "words", "sent"),
    [
        (caused(httpx.ConnectError("x"), socket.gaierror(-2, "unknown")), "region cn-north-4", False),
        (
            caused(httpx.ConnectError("x"), ConnectionRefusedError(111, "refused")),
            "nothing listens at ddm.example.test:8443",
            False,
        ),
        (caused(httpx.ConnectError("x"), untrusted()), "ca_bundle", False),
        (caused(httpx.ConnectError("x"), OSError(113, "No route to host")), "No route to host", False),
        (httpx.ConnectTimeout("x"), "did not accept the connection", False),
        (httpx.PoolTimeout("x"), "no connection became free", False),
        (httpx.ProxyError("407"), "NO_PROXY", False),
        (httpx.ReadTimeout("x"), "did not answer in time", True),
        (httpx.WriteTimeout("x"), "did not answer in time", True),
        (httpx.ReadError("x"), "broke", True),
        (httpx.WriteError("x"), "broke", True),
        (httpx.RemoteProtocolError("illegal header line X-Subject-Token: canary"), "broke the connection", True),
        (httpx.LocalProtocolError("x"), "broke", True),
    ],
)
def test_each_failure_says_what_happened_and_whether_the_request_may_have_left(
    error: httpx.TransportError, words: str, sent: bool
) -> None:
    described = describe_failure(error, probe(), URL, "cn-north-4")
    assert words in str(described)
    assert "canary" not in str(described)
    assert "What to do:" in str(described)
    assert described.sent is was_sent(error) is sent


PROXY = ChosenProxy("http://user:canary@127.0.0.1:1", "https_proxy")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (caused(httpx.ConnectError("x"), ConnectionRefusedError(111, "refused")), "nothing listens there"),
        (caused(httpx.ConnectError("x"), socket.gaierror(-2, "unknown")), "host name is not known"),
        (caused(httpx.ConnectError("x"), OSError(113, "No route to host")), "No route to host"),
        (httpx.ConnectTimeout("x"), "did not accept the connection"),
        (httpx.ProxyError("407"), "did not open a connection to ddm.example.test:8443"),
    ],
)
def test_a_proxy_that_fails_is_named_with_its_variable(error: httpx.TransportError, reason: str) -> None:
    said = str(describe_failure(error, probe(), URL, "cn-north-4", PROXY))
    assert "the proxy 127.0.0.1:1 (named by https_proxy)" in said
    assert reason in said
    assert "nothing listens at ddm" not in said
    assert "canary" not in said


@pytest.mark.parametrize("error", [caused(httpx.ConnectError("x"), untrusted()), httpx.ReadTimeout("x")])
def test_a_failure_behind_a_proxy_names_both(error: httpx.TransportError) -> None:
    said = str(describe_failure(error, probe(), URL, "cn-north-4", PROXY))
    assert "ddm.example.test:8443" in said
    assert "through the proxy 127.0.0.1:1 (named by https_proxy)" in said
