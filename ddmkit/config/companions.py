"""The addresses of the services that a recovery needs beside DDM: RDS, VPC and CTS. Nothing here sends a request."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from ddmkit.config.endpoints import configured_endpoint, read_endpoint, region_of_host

__all__ = ["COMPANIONS", "choose_companion", "companion_host"]

COMPANIONS: tuple[str, ...] = ("rds", "vpc", "cts")
"""The services beside DDM, as their hosts name them."""

# All other hosts are at myhuaweicloud.com. Source: the official SDK 3.1.219, the region files of the three services.
_OTHER_DOMAINS: Mapping[tuple[str, str], str] = MappingProxyType(
    {("rds", "eu-west-101"): "myhuaweicloud.eu", ("cts", "eu-west-101"): "myhuaweicloud.eu"}
)


def companion_host(service: str, region: str) -> str:
    """Return the host of a service in a region."""
    return f"{service}.{region}.{_OTHER_DOMAINS.get((service, region), 'myhuaweicloud.com')}"


def choose_companion(
    service: str, given: str | None, endpoint: str, asked: tuple[str | None, str | None], environment: Mapping[str, str]
) -> str:
    """Return the endpoint of a service beside DDM; empty if it is not known.

    The first of these decides: the argument; ``DDMKIT_RDS_ENDPOINT`` and so on; the SDK's own variable for the region; the
    region's own host, if DDM's endpoint is the region's own. An address in the environment belongs to the DDM endpoint in
    the environment: it is not used for a region or another endpoint that an argument names.

    Args:
        service: ``rds``, ``vpc`` or ``cts``.
        given: The argument.
        endpoint: DDM's endpoint, as chosen.
        asked: The arguments ``endpoint`` and ``region`` of the connection.
        environment: The environment variables.

    Raises:
        InputError: The address is impossible, or would expose credentials.

    """
    if given:
        return read_endpoint(given, field_name=f"{service}_endpoint")
    variable = f"DDMKIT_{service.upper()}_ENDPOINT"
    if environment.get(variable) and _belongs_to_environment(endpoint, asked, environment):
        return read_endpoint(environment[variable], field_name=variable)
    region = region_of_host(urlsplit(endpoint).hostname or "")
    if not region:
        return ""
    override = f"HUAWEICLOUD_SDK_REGION_{service.upper()}_{region.upper().replace('-', '_')}"
    if environment.get(override):
        return read_endpoint(environment[override].split(",")[0], field_name=override)
    return f"https://{companion_host(service, region)}"


def _belongs_to_environment(endpoint: str, asked: tuple[str | None, str | None], environment: Mapping[str, str]) -> bool:
    asked_endpoint, asked_region = asked
    if asked_region:
        return False
    return not asked_endpoint or configured_endpoint(environment) in {"", endpoint}
