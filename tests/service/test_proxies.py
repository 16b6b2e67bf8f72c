from __future__ import annotations

import pytest

from ddmkit.service.proxies import choose_proxy

PROXY = {"HTTPS_PROXY": "http://proxy.example:3128"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_never_goes_through_a_proxy(host: str) -> None:
    assert choose_proxy("https", host, 8443, {**PROXY, "ALL_PROXY": "http://other:1"}) is None


@pytest.mark.parametrize(
    ("environment", "chosen"),
    [
        ({}, None),
        (PROXY, "http://proxy.example:3128"),
        ({**PROXY, "https_proxy": "http://lower.example:1"}, "http://lower.example:1"),
        ({"all_proxy": "proxy.example:3128"}, "http://proxy.example:3128"),
        ({"HTTP_PROXY": "http://other:1"}, None),
    ],
)
def test_other_hosts_go_where_the_environment_says(environment: dict[str, str], chosen: str | None) -> None:
    found = choose_proxy("https", "ddm.example.test", None, environment)
    assert (found and found.address) == chosen


@pytest.mark.parametrize(
    ("rule", "exempt"),
    [
        ("*", True),
        ("ddm.example.test", True),
        (".example.test", True),
        ("example.test", True),
        ("*.example.test", True),
        ("other.test, DDM.example.test ", True),
        ("ddm.example.test:443", True),
        ("ddm.example.test:8443", False),
        ("ple.test", False),
        ("10.0.0.0/8", False),
        ("", False),
    ],
)
def test_no_proxy_exempts_hosts_domains_and_ports(rule: str, exempt: bool) -> None:
    assert (choose_proxy("https", "ddm.example.test", None, {**PROXY, "NO_PROXY": rule}) is None) is exempt


def test_no_proxy_exempts_networks() -> None:
    assert choose_proxy("https", "10.1.2.3", None, {**PROXY, "NO_PROXY": "10.0.0.0/8"}) is None
    assert choose_proxy("https", "11.1.2.3", None, {**PROXY, "NO_PROXY": "10.0.0.0/8"}).address == PROXY["HTTPS_PROXY"]
