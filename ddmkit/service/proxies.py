"""Decides whether a host is reached through a proxy: ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, never for loopback.

Pure: the environment is handed in. Lower-case names count more than upper-case ones, as everywhere.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from ddmkit.addresses import is_loopback

__all__ = ["choose_proxy"]


def choose_proxy(scheme: str, host: str, port: int | None, environment: Mapping[str, str]) -> str | None:
    """Give the address of the proxy for a host, or ``None`` to go directly."""
    if is_loopback(host) or _is_exempt(host, port, _named(environment, "no_proxy")):
        return None
    chosen = _named(environment, f"{scheme}_proxy") or _named(environment, "all_proxy")
    return f"http://{chosen}" if chosen and "://" not in chosen else chosen or None


def _named(environment: Mapping[str, str], name: str) -> str:
    return (environment.get(name) or environment.get(name.upper()) or "").strip()


def _is_exempt(host: str, port: int | None, no_proxy: str) -> bool:
    rules = [rule.strip().casefold() for rule in no_proxy.split(",") if rule.strip()]
    return any(_matches(rule, host.casefold(), port) for rule in rules)


def _matches(rule: str, host: str, port: int | None) -> bool:
    """Tell whether one entry names the host: ``*``, a domain with its subdomains, an address, a network, with a port."""
    if rule == "*":
        return True
    network = _network(rule)
    if network is not None:
        try:
            return ipaddress.ip_address(host) in network
        except ValueError:
            return False
    name, _, wanted_port = rule.partition(":")
    if wanted_port and wanted_port != str(port or 443):
        return False
    name = name.removeprefix("*").removeprefix(".")
    return host == name or host.endswith(f".{name}")


def _network(rule: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(rule, strict=False)
    except ValueError:
        return None
