"""Regions and endpoints of the service, and which texts can be a host or a path segment. Nothing here sends a request."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from ddmkit.errors import InputError

__all__ = [
    "REGIONS",
    "choose_endpoint",
    "choose_iam_endpoint",
    "choose_region",
    "configured_endpoint",
    "is_loopback",
    "is_plain_segment",
    "plain_segment",
    "read_endpoint",
    "region_of_host",
    "require_known_endpoint",
]

REGIONS: tuple[str, ...] = (
    "ae-ad-1",
    "ap-southeast-1",
    "ap-southeast-3",
    "cn-east-2",
    "cn-east-3",
    "cn-north-1",
    "cn-north-4",
    "cn-north-9",
    "cn-south-1",
    "cn-south-2",
    "cn-southwest-2",
    "eu-west-101",
    "la-north-2",
    "la-south-2",
    "my-kualalumpur-1",
    "ru-moscow-1",
    "sa-brazil-1",
)
"""The regions that offer DDM. Source: the official SDK 3.1.219, ``ddm_region``."""

# All other regions are at myhuaweicloud.com. Source: ddm-api.md 12.
_DOMAINS = MappingProxyType({"eu-west-101": "myhuaweicloud.eu"})
_DEFAULT_DOMAIN = "myhuaweicloud.com"
_PROVIDER_DOMAINS = frozenset({_DEFAULT_DOMAIN, *_DOMAINS.values()})


def read_endpoint(text: str, *, field_name: str = "endpoint") -> str:
    """Return an endpoint as ``scheme://host[:port]``; the default scheme is https, and http is for this machine only.

    Raises ``InputError`` for a path, a query, ``user:password@``, or an impossible host. Source: ddm-api.md 12.
    """
    fix = "Give a host such as ddm.cn-north-4.myhuaweicloud.com, with a port if necessary."
    given = text.strip()
    try:
        parts = urlsplit(given if "://" in given else f"https://{given}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise InputError("is not an address.", field=field_name, fix=fix) from None
    if "@" in parts.netloc:
        raise InputError("holds a user or password.", field=field_name, fix=f"Credentials have their own parameters. {fix}")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "?" in given or "#" in given:
        raise InputError("has a path or a query; give the host only.", field=field_name, fix=fix)
    if not host or not _is_host(host):
        raise InputError("names no host that can exist.", field=field_name, fix=fix)
    if parts.scheme not in {"http", "https"}:
        raise InputError(f"{parts.scheme}:// is not supported by the service.", field=field_name, fix="Use https://.")
    if parts.scheme == "http" and not is_loopback(host):
        raise InputError(
            f"plain http to {host} would expose the credentials to the network.",
            field=field_name,
            fix="Use https://; http is for this machine only (127.0.0.1, ::1, localhost).",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine: 127.0.0.0/8, ``::1`` or ``localhost``."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return False
        return True
    labels = host.split(".")
    return len(host) < 254 and all(
        label and label.isascii() and label.replace("-", "").replace("_", "").isalnum() for label in labels
    )


def choose_region(region: str | None, endpoint: str | None, environment: Mapping[str, str]) -> str:
    """Return the region: the argument, that of the endpoint argument, ``DDMKIT_REGION``, that of ``DDMKIT_ENDPOINT``.

    The first of these that names a region wins; the result is empty when none does.
    """
    candidates = (
        region,
        _region_in(endpoint),
        environment.get("DDMKIT_REGION"),
        _region_in(environment.get("DDMKIT_ENDPOINT")) if not endpoint else "",
    )
    chosen = next((candidate.strip() for candidate in candidates if candidate and candidate.strip()), "")
    return plain_segment(chosen, "region")


def _region_in(endpoint: str | None) -> str:
    return region_of_host(urlsplit(read_endpoint(endpoint)).hostname or "") if endpoint else ""


def region_of_host(host: str) -> str:
    """Return the region whose DDM endpoint has this host; empty if there is none."""
    return next((name for name in REGIONS if host == f"ddm.{name}.{_DOMAINS.get(name, _DEFAULT_DOMAIN)}"), "")


def configured_endpoint(environment: Mapping[str, str]) -> str:
    """Return the endpoint that this machine's environment names, directly or by region; empty if it names none."""
    try:
        return choose_endpoint(None, None, choose_region(None, None, environment), environment)
    except InputError:
        return ""


def require_known_endpoint(text: str, environment: Mapping[str, str], *, field_name: str) -> str:
    """Return an endpoint that a notebook names, if it belongs to a region, to this machine or to its configuration.

    Raises ``InputError`` for any other endpoint: people share notebooks, and this machine's credentials must not go to an
    address only because a notebook names that address.
    """
    endpoint = read_endpoint(text, field_name=field_name)
    host = urlsplit(endpoint).hostname or ""
    if is_loopback(host) or region_of_host(host) or endpoint == configured_endpoint(environment):
        return endpoint
    raise InputError(
        f"{endpoint} belongs to no region and is not configured on this machine, so no credentials are sent there.",
        field=field_name,
        fix=f"If this is your service, configure it on this machine: DDMKIT_ENDPOINT={endpoint}",
    )


def choose_endpoint(endpoint: str | None, asked_region: str | None, region: str, environment: Mapping[str, str]) -> str:
    """Return the service's endpoint: the given one, or that of the region; raise ``InputError`` if there is neither."""
    # A region given as an argument wins over an endpoint that happens to be in the environment.
    own = endpoint or ("" if asked_region else environment.get("DDMKIT_ENDPOINT"))
    if own:
        return read_endpoint(own)
    if not region:
        raise InputError(
            "neither an endpoint nor a region is given.",
            field="endpoint",
            fix="Give region= (such as cn-north-4) or endpoint=, or set DDMKIT_REGION or DDMKIT_ENDPOINT.",
        )
    override = f"HUAWEICLOUD_SDK_REGION_DDM_{region.upper().replace('-', '_')}"
    if environment.get(override):
        # The SDK accepts a list for failover. ddmkit uses the first, because a job lives in one service only.
        return read_endpoint(environment[override].split(",")[0], field_name=override)
    if region not in REGIONS:
        raise InputError(
            f"{region!r} is not known.", field="region", fix=f"Give endpoint=, or one of the regions {', '.join(REGIONS)}."
        )
    return f"https://ddm.{region}.{_DOMAINS.get(region, _DEFAULT_DOMAIN)}"


def choose_iam_endpoint(
    given: str | None, profiled: str | None, region: str, endpoint: str, environment: Mapping[str, str]
) -> str:
    """Return the identity service's endpoint: the given one, or the one that belongs to an endpoint of the provider.

    For any other endpoint the result is empty: a guess could send the password to a stranger.
    """
    named = (
        (given, "iam_endpoint"),
        (environment.get("DDMKIT_IAM_ENDPOINT"), "DDMKIT_IAM_ENDPOINT"),
        (environment.get("HUAWEICLOUD_SDK_IAM_ENDPOINT"), "HUAWEICLOUD_SDK_IAM_ENDPOINT"),
        (profiled, "iam_endpoint"),
    )
    for text, name in named:
        if text:
            return read_endpoint(text, field_name=name)
    host = urlsplit(endpoint).hostname or ""
    if is_loopback(host):
        return endpoint
    domain = next((name for name in _PROVIDER_DOMAINS if host.endswith(f".{name}")), "")
    if not domain:
        return ""  # a host in the domain of a stranger's endpoint belongs to the stranger too
    if region in REGIONS:
        return f"https://iam.{region}.{_DOMAINS.get(region, _DEFAULT_DOMAIN)}"
    return f"https://iam.{host.removeprefix('ddm.')}" if host.startswith("ddm.") else f"https://iam.{domain}"


def is_plain_segment(text: str) -> bool:
    """Return whether a text, such as the id of a project, can stand unquoted in a path and in a header."""
    return all("!" <= character <= "~" and character not in "/?#%\\" for character in text)


def plain_segment(value: Any, field_name: str) -> str:
    """Return a value as such a text without surrounding blanks; raise ``InputError`` for any other value."""
    text = str(value or "").strip()
    if not is_plain_segment(text):
        raise InputError("holds an impossible character.", field=field_name, fix="Copy the value again from the console.")
    return text
