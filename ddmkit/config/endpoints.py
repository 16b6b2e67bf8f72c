"""Where the service is: regions, endpoints, and which texts can be a host or a part of a path. Nothing is asked or sent."""

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

# Everything is at myhuaweicloud.com but this one. Source: ddm-api.md 12.
_DOMAINS = MappingProxyType({"eu-west-101": "myhuaweicloud.eu"})
_DEFAULT_DOMAIN = "myhuaweicloud.com"
_PROVIDER_DOMAINS = frozenset({_DEFAULT_DOMAIN, *_DOMAINS.values()})


def read_endpoint(text: str, *, field_name: str = "endpoint") -> str:
    """Return an endpoint as ``scheme://host[:port]``; https when no scheme is given, http only to this very machine.

    Raises ``InputError`` for a path, a query, ``user:password@``, or a host that cannot be one. Source: ddm-api.md 12.
    """
    fix = "Give a host such as ddm.cn-north-4.myhuaweicloud.com, with a port if need be."
    given = text.strip()
    try:
        parts = urlsplit(given if "://" in given else f"https://{given}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise InputError("is not an address.", field=field_name, fix=fix) from None
    if "@" in parts.netloc:
        raise InputError(
            "holds a user or password.", field=field_name, fix=f"Credentials have parameters of their own. {fix}"
        )
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "?" in given or "#" in given:
        raise InputError("has a path or a query; only the host is wanted.", field=field_name, fix=fix)
    if not host or not _is_host(host):
        raise InputError("names no host that can exist.", field=field_name, fix=fix)
    if parts.scheme not in {"http", "https"}:
        raise InputError(f"{parts.scheme}:// is no way to talk to the service.", field=field_name, fix="Use https://.")
    if parts.scheme == "http" and not is_loopback(host):
        raise InputError(
            f"plain http to {host} would show the credentials to the network.",
            field=field_name,
            fix="Use https://; http is only for this very machine (127.0.0.1, ::1, localhost).",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")


def is_loopback(host: str) -> bool:
    """Return whether a host is this very machine: 127.0.0.0/8, ``::1`` or ``localhost``."""
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
    """Return the region; one given outright counts more than one read from an endpoint's name, arguments more than both."""
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
    """Return the region whose DDM endpoint has this host, or an empty text."""
    return next((name for name in REGIONS if host == f"ddm.{name}.{_DOMAINS.get(name, _DEFAULT_DOMAIN)}"), "")


def configured_endpoint(environment: Mapping[str, str]) -> str:
    """Return the endpoint that the environment of this machine names, itself or by its region; empty when it names none."""
    try:
        return choose_endpoint(None, None, choose_region(None, None, environment), environment)
    except InputError:
        return ""


def require_known_endpoint(text: str, environment: Mapping[str, str], *, field_name: str) -> str:
    """Return an endpoint that a notebook names, if it is a region's, the configured one, or this very machine.

    Raises ``InputError`` for any other: notebooks are passed on, and the credentials of this machine must not follow an
    address only because a notebook names it.
    """
    endpoint = read_endpoint(text, field_name=field_name)
    host = urlsplit(endpoint).hostname or ""
    if is_loopback(host) or region_of_host(host) or endpoint == configured_endpoint(environment):
        return endpoint
    raise InputError(
        f"{endpoint} is no region's endpoint, and is not configured on this machine, so no credentials are sent to it.",
        field=field_name,
        fix=f"If it is your service, set it on this machine: DDMKIT_ENDPOINT={endpoint}",
    )


def choose_endpoint(endpoint: str | None, asked_region: str | None, region: str, environment: Mapping[str, str]) -> str:
    """Return the service's endpoint: the one named, or the region's; raise ``InputError`` when neither leads to one."""
    # A region asked for by argument counts more than an endpoint that happens to be in the environment.
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
        # The SDK accepts a list to fail over along; one job, one service: we take the first.
        return read_endpoint(environment[override].split(",")[0], field_name=override)
    if region not in REGIONS:
        raise InputError(
            f"{region!r} is not known.", field="region", fix=f"Give endpoint=, or one of: {', '.join(REGIONS)}."
        )
    return f"https://ddm.{region}.{_DOMAINS.get(region, _DEFAULT_DOMAIN)}"


def choose_iam_endpoint(
    given: str | None, profiled: str | None, region: str, endpoint: str, environment: Mapping[str, str]
) -> str:
    """Return the identity service's endpoint: the one given, or the one beside an endpoint in the provider's own domains.

    Beside any other endpoint it is empty, because guessing it would send the password to a stranger.
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
        return ""  # a host beside a stranger's endpoint is the stranger's, too
    if region in REGIONS:
        return f"https://iam.{region}.{_DOMAINS.get(region, _DEFAULT_DOMAIN)}"
    return f"https://iam.{host.removeprefix('ddm.')}" if host.startswith("ddm.") else f"https://iam.{domain}"


def is_plain_segment(text: str) -> bool:
    """Return whether a text can stand in a path and in a header as it is, as ids of projects and regions do."""
    return all("!" <= character <= "~" and character not in "/?#%\\" for character in text)


def plain_segment(value: Any, field_name: str) -> str:
    """Return such a text without the blanks around it; raise ``InputError`` for any other."""
    text = str(value or "").strip()
    if not is_plain_segment(text):
        raise InputError("holds a character that it cannot have.", field=field_name, fix="Copy it again from the console.")
    return text
