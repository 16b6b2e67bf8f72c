"""Describe the environment of a restore for the record: the programs, the machine, and the user.

A record holds no secret: credentials are described by their kind, their user and the place they came from.
"""

from __future__ import annotations

import functools
import getpass
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import ddmkit
from ddmkit.cleaning import decoded
from ddmkit.config.credentials import KeyCredentials, PasswordCredentials
from ddmkit.config.settings import Settings

__all__ = ["describe_environment", "system_user"]

_LIBRARIES = ("httpx", "pydantic", "SQLAlchemy", "rfc8785", "pandas", "altair", "ipywidgets")


def describe_environment(settings: Settings) -> dict[str, Any]:
    """Return what a record keeps of the environment of a submit, as plain JSON."""
    return {
        "system_user": system_user(),
        "endpoint": settings.endpoint,
        "region": settings.region,
        "credentials": f"{_describe_credentials(settings)}, from {settings.credential_source}",
        "cloud_user": _describe_cloud_user(settings),
        "time_zone": settings.time_zone,
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "versions": {"ddmkit": ddmkit.__version__, **_library_versions()},
    }


def system_user() -> str:
    """Return the name of the machine's user that this process belongs to."""
    try:
        return decoded(getpass.getuser())
    except (OSError, KeyError, ImportError):  # a container without a user database
        return "unknown"


def _describe_credentials(settings: Settings) -> str:
    credentials = settings.credentials
    if isinstance(credentials, PasswordCredentials):
        return f"IAM user {credentials.user} of {credentials.domain}"
    if isinstance(credentials, KeyCredentials):
        return "an access key" if credentials.security_token is None else "a temporary access key"
    return "a token"


def _describe_cloud_user(settings: Settings) -> str:
    """Describe the cloud user; no documented call names the owner of a token or an access key."""
    credentials = settings.credentials
    if isinstance(credentials, PasswordCredentials):
        return f"{credentials.user} of {credentials.domain}"
    kind = "an access key" if isinstance(credentials, KeyCredentials) else "a token"
    return f"unknown: {kind} does not tell whose it is; the provider's audit log has the user of each call"


@functools.cache
def _library_versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # an extra that is not installed
            continue
    return found
