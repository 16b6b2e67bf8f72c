"""Decides whether a host is reached through a proxy: ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, never for loopback.

Pure: the environment is handed in. Lower-case names count more than upper-case ones, as everywhere.
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
    """A proxy, and the environment variable that named it; the address may hold a password and is not shown."""

    address: str = field(repr=False)
    variable: str

    @property
    def shown(self) -> str:
        """Host and port of the proxy, with the variable that named it."""
        host = self.address.partition("://")[2].rpartition("@")[2].partition("/")[0]
        return f"{host} (named by {self.variable})"


def choose_proxy(scheme: str, host: str, port: int | None, environment: Mapping[str, str]) -> ChosenProxy | None:
    """Return the proxy for a host, or ``None`` to go directly."""
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
    """Return whether one entry names the host: ``*``, a domain with its subdomains, an address, a network, with a port."""
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
