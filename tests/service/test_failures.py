from __future__ import annotations

import socket
import ssl

import httpx
import pytest

from ddmkit.service.failures import describe_failure, was_sent
from ddmkit.service.protocol import probe

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
        (httpx.ConnectTimeout("x"), "did not take the connection", False),
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
