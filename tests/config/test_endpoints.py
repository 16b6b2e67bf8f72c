"""Which texts are an address of the service, and which hosts are this machine."""

from __future__ import annotations

import pytest

from ddmkit.config.endpoints import is_loopback, read_endpoint
from ddmkit.errors import InputError


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("ddm.example.test", "https://ddm.example.test"),
        (" https://DDM.Example.test/ ", "https://ddm.example.test"),
        ("ddm.example.test:8443", "https://ddm.example.test:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_an_endpoint_may_lack_its_scheme(text: str, endpoint: str) -> None:
    assert read_endpoint(text) == endpoint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http://ddm.example.test", "plain http to ddm.example.test"),
        ("http://10.0.0.1", "plain http"),
        ("http://127.0.0.1.example.test", "plain http"),
        ("http://localhost.example.test", "plain http"),
        ("http://0.0.0.0", "plain http"),
        ("https://h.test/v3", "has a path"),
        ("https://h.test/?a=b", "has a path or a query"),
        ("https://h.test#x", "has a path or a query"),
        ("https://user:canary@h.test", "holds a user or password"),
        ("canary@h.test", "holds a user or password"),
        ("ftp://h.test", "ftp://"),
        ("https://", "names no host"),
        ("https://h test", "names no host"),
        ("https://h\u00e4.test", "names no host"),
        ("https://h.test:99999", "not an address"),
        ("https://[::1", "not an address"),
        ("https://a..b", "names no host"),
    ],
)
def test_an_endpoint_that_is_more_or_less_than_a_host_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_endpoint(text)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.255.0.1", True), ("::1", True), ("LOCALHOST", True), ("10.0.0.1", False), ("127.1", False)],
)
def test_loopback_is_this_very_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
