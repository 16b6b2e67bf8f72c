"""Chooses the proxy for a host by ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``; loopback never uses a proxy.

Pure: callers pass the environment. As in other programs, a lower-case variable wins over its upper-case spelling.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from ddmkit.config.endpoints import is_loopback
from ddmkit.config.variables import without_quotes

__all__ = ["ChosenProxy", "choose_proxy"]


@dataclass(frozen=True)
class ChosenProxy:
    """A proxy and the environment variable that names it. The address may hold a password and is never shown."""

    address: str = field(repr=False)
    variable: str

    @property
    def shown(self) -> str:
        """Host and port of the proxy, and the variable that names it."""
        host = self.address.partition("://")[2].rpartition("@")[2].partition("/")[0]
        return f"{host} (named by {self.variable})"


def choose_proxy(scheme: str, host: str, port: int | None, environment: Mapping[str, str]) -> ChosenProxy | None:
    """Return the proxy for a host, or ``None`` for a direct connection."""
    if is_loopback(host) or _is_exempt(host, port, _value(environment, _spelled(environment, "no_proxy"))):
        return None
    for name in (f"{scheme}_proxy", "all_proxy"):
        variable = _spelled(environment, name)
        named = _value(environment, variable)
        if named:
            return ChosenProxy(named if "://" in named else f"http://{named}", variable)
    return None


def _spelled(environment: Mapping[str, str], name: str) -> str:
    return name if environment.get(name) else name.upper()


def _value(environment: Mapping[str, str], name: str) -> str:
    return without_quotes(environment.get(name, ""))


def _is_exempt(host: str, port: int | None, no_proxy: str) -> bool:
    rules = [rule.strip().casefold() for rule in no_proxy.split(",") if rule.strip()]
    return any(_matches(rule, host.casefold(), port) for rule in rules)


def _matches(rule: str, host: str, port: int | None) -> bool:
    """Return whether an entry of ``NO_PROXY`` covers the host: ``*``, a domain, an address, a network; maybe with a port."""
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
