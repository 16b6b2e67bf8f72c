"""Where the service is and who we are to it: endpoint, region, project, and where the credentials come from.

``read_settings`` decides, without a request, from arguments, environment and the official SDK's profile file; the only
thing it reads is that file (the SDK's regions file is YAML and is left out: use ``endpoint=`` instead). Secrets live in
``SecretStr`` and settings refuse to be pickled. Looking a project up, obtaining tokens and talking are the service floor's.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Never
from urllib.parse import urlsplit

from pydantic import SecretStr

from ddmkit.errors import InputError
from ddmkit.profiles import read_profile
from ddmkit.times import time_zone_named

__all__ = [
    "REGIONS",
    "Credentials",
    "KeyCredentials",
    "PasswordCredentials",
    "Settings",
    "TokenCredentials",
    "is_loopback",
    "is_plain_segment",
    "read_endpoint",
    "read_settings",
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

# Everything is at myhuaweicloud.com but this one. Source: reference chapter 12.
_DOMAINS = MappingProxyType({"eu-west-101": "myhuaweicloud.eu"})
_DEFAULT_DOMAIN = "myhuaweicloud.com"


class _Unpicklable:
    """A pickled ``SecretStr`` is clear text, so nothing that holds one may be pickled."""

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(f"{type(self).__name__} holds secrets and cannot be pickled or copied.")


@dataclass(frozen=True)
class TokenCredentials(_Unpicklable):
    """A token of the identity service, scoped to one project; it lives 24 hours and cannot be renewed from itself."""

    token: SecretStr


@dataclass(frozen=True)
class KeyCredentials(_Unpicklable):
    """An access key with its secret key, and the security token where they are temporary."""

    access_key: SecretStr
    secret_key: SecretStr
    security_token: SecretStr | None = None


@dataclass(frozen=True)
class PasswordCredentials(_Unpicklable):
    """An IAM user with password, and the domain (account name) that owns the user; tokens are obtained and renewed."""

    user: str
    password: SecretStr
    domain: str


Credentials = TokenCredentials | KeyCredentials | PasswordCredentials


@dataclass(frozen=True)
class Settings(_Unpicklable):
    """Everything a connection needs to know. ``project_id`` may be empty: it is then looked up by the region's name."""

    endpoint: str
    credentials: Credentials = field(repr=False)
    project_id: str = ""
    region: str = ""
    iam_endpoint: str = ""
    credential_source: str = "arguments"
    time_zone: str = "UTC"
    ca_bundle: str = ""

    @property
    def identity_host(self) -> str:
        """The endpoint's host: what a record store knows a cloud by (a simulator has its world's id instead)."""
        return urlsplit(self.endpoint).hostname or ""

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """Everything in the credentials that must never be shown, the access key included."""
        values = (
            getattr(self.credentials, name)
            for name in ("token", "access_key", "secret_key", "security_token", "password")
            if hasattr(self.credentials, name)
        )
        return tuple(value for value in values if value is not None)


@dataclass(frozen=True)
class _Level:
    """What one place of credentials holds: its name in words, and its values by our parameter names."""

    source: str
    values: Mapping[str, str]
    names: Mapping[str, str]

    def spell(self, name: str) -> str:
        return self.names.get(name, name)


_CREDENTIAL_NAMES = ("token", "access_key", "secret_key", "security_token", "user", "password", "domain")
_OWN_NAMES = MappingProxyType({name: f"DDMKIT_{name.upper()}" for name in _CREDENTIAL_NAMES})
# Source: reference 8.1, the official SDK's environment variables.
_SDK_NAMES = MappingProxyType(
    {
        "access_key": "HUAWEICLOUD_SDK_AK",
        "secret_key": "HUAWEICLOUD_SDK_SK",
        "security_token": "HUAWEICLOUD_SDK_SECURITY_TOKEN",
        "project_id": "HUAWEICLOUD_SDK_PROJECT_ID",
    }
)
_WAYS = (
    "Give token=, or access_key= and secret_key=, or user=, password= and domain=; or set them as DDMKIT_TOKEN, "
    "DDMKIT_ACCESS_KEY ..., HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or in the profile ~/.huaweicloud/credentials. "
    "Without an account, ddmkit.demo() brings a simulator."
)


def read_settings(  # noqa: PLR0913  # the keyword-only options of connect(), which are a contract
    *,
    endpoint: str | None = None,
    region: str | None = None,
    project_id: str | None = None,
    token: str | SecretStr | None = None,
    access_key: str | SecretStr | None = None,
    secret_key: str | SecretStr | None = None,
    security_token: str | SecretStr | None = None,
    user: str | None = None,
    password: str | SecretStr | None = None,
    domain: str | None = None,
    iam_endpoint: str | None = None,
    profile: str | None = None,
    time_zone: str | None = None,
    ca_bundle: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str],
    home: Path,
) -> Settings:
    """Give the settings for a connection; raise ``InputError`` when something is missing, half-given or malformed.

    Credentials come from the first level that has any, and from it alone: arguments (``profile=`` named explicitly is one
    of them), ``DDMKIT_*``, the SDK's environment names, the profile file. Endpoint, region and project id may each come
    from their own place. Text that is empty counts as not given. Source: reference chapters 8 and 12.
    """
    arguments = _arguments_level(token, access_key, secret_key, security_token, user, password, domain)
    level = _choose_level(arguments, profile, environment, home)
    credentials = _read_credentials(level)
    chosen_region = _choose_region(region, endpoint, environment)
    chosen_endpoint = _choose_endpoint(endpoint, region, chosen_region, environment)
    project = project_id or environment.get("DDMKIT_PROJECT_ID") or level.values.get("project_id", "")
    return Settings(
        endpoint=chosen_endpoint,
        credentials=credentials,
        project_id=_plain_segment(project, "project_id"),
        region=chosen_region,
        iam_endpoint=_choose_iam_endpoint(iam_endpoint, level, chosen_region, chosen_endpoint, environment),
        credential_source=level.source,
        time_zone=time_zone_named(time_zone or environment.get("DDMKIT_TIME_ZONE") or "UTC").key,
        ca_bundle=str(ca_bundle or ""),
    )


def read_endpoint(text: str, *, field_name: str = "endpoint") -> str:
    """Give an endpoint as ``scheme://host[:port]``; https when no scheme is given, http only to this very machine.

    Raises ``InputError`` for a path, a query, ``user:password@``, or a host that cannot be one. Source: reference 12.
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
    """Tell whether a host is this very machine: 127.0.0.0/8, ``::1`` or ``localhost``."""
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


def _arguments_level(*values: str | SecretStr | None) -> _Level:
    given = {}
    for name, value in zip(_CREDENTIAL_NAMES, values, strict=True):
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text is not None and not isinstance(text, str):
            raise InputError(f"is not text but {type(value).__name__}.", field=name, fix="Give it as text.")
        if text:
            given[name] = text
    return _Level("arguments", given, {})


def _choose_level(arguments: _Level, profile: str | None, environment: Mapping[str, str], home: Path) -> _Level:
    if arguments.values:
        if profile:
            raise InputError(
                "is given beside credentials.", field="profile", fix="Give one of the two: levels are never mixed."
            )
        return arguments
    if not profile:
        for source, names in (("environment DDMKIT_*", _OWN_NAMES), ("environment HUAWEICLOUD_SDK_*", _SDK_NAMES)):
            values = {name: environment[spelled] for name, spelled in names.items() if environment.get(spelled)}
            if any(name in values for name in _CREDENTIAL_NAMES):
                return _Level(source, values, names)
    found = read_profile(profile or "", environment, home)
    if found is None:
        raise InputError("no credentials were found anywhere.", field="credentials", fix=_WAYS)
    return _Level(found.source, found.values, found.names)


def _read_credentials(level: _Level) -> Credentials:
    groups = (("token",), ("access_key", "secret_key"), ("user", "password", "domain"))
    started = [names for names in groups if any(name in level.values for name in names)]
    if not started:
        started = [("access_key", "secret_key")]
    if len(started) > 1:
        both = " and ".join(level.spell(next(name for name in names if name in level.values)) for names in started)
        raise InputError(
            f"{both} are both given ({level.source}).", field="credentials", fix="Give one kind of credentials."
        )
    missing = [level.spell(name) for name in started[0] if name not in level.values]
    if missing:
        raise InputError(
            f"{' and '.join(missing)} missing ({level.source}); credentials of several places are never mixed.",
            field="credentials",
            fix="Give the missing part in the same place, or remove the other part there.",
        )
    if "security_token" in level.values and "access_key" not in level.values:
        raise InputError(
            f"{level.spell('security_token')} belongs to an access key ({level.source}).",
            field="credentials",
            fix="Give access key and secret key with it.",
        )
    return _make_credentials(level)


def _make_credentials(level: _Level) -> Credentials:
    values = level.values
    if "token" in values:
        return TokenCredentials(_secret(level, "token"))
    if "access_key" in values:
        temporary = _secret(level, "security_token") if "security_token" in values else None
        return KeyCredentials(_secret(level, "access_key"), _secret(level, "secret_key"), temporary)
    if not values["password"].isprintable():
        raise InputError(
            "holds a control character such as a line end.", field=level.spell("password"), fix="Paste it again."
        )
    return PasswordCredentials(values["user"], SecretStr(values["password"]), values["domain"])


def _secret(level: _Level, name: str) -> SecretStr:
    """Give a key or token, refusing what would be answered by a bare 401: blanks, line ends, non-ASCII (reference 14)."""
    if not all("!" <= character <= "~" for character in level.values[name]):
        raise InputError(
            f"holds a blank, a line end or another character that no key or token has ({level.source}).",
            field=level.spell(name),
            fix="Paste it again without surrounding blanks; the service would answer 401 to it.",
        )
    return SecretStr(level.values[name])


def _choose_region(region: str | None, endpoint: str | None, environment: Mapping[str, str]) -> str:
    """Give the region; one given outright counts more than one read from an endpoint's name, arguments more than both."""
    candidates = (
        region,
        _region_in(endpoint),
        environment.get("DDMKIT_REGION"),
        _region_in(environment.get("DDMKIT_ENDPOINT")) if not endpoint else "",
    )
    chosen = next((candidate.strip() for candidate in candidates if candidate and candidate.strip()), "")
    return _plain_segment(chosen, "region")


def _region_in(endpoint: str | None) -> str:
    host = urlsplit(read_endpoint(endpoint)).hostname or "" if endpoint else ""
    return next((name for name in REGIONS if host == f"ddm.{name}.{_DOMAINS.get(name, _DEFAULT_DOMAIN)}"), "")


def _choose_endpoint(endpoint: str | None, asked_region: str | None, region: str, environment: Mapping[str, str]) -> str:
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


def _choose_iam_endpoint(
    given: str | None, level: _Level, region: str, endpoint: str, environment: Mapping[str, str]
) -> str:
    """Give the identity service's endpoint, or nothing where guessing would send credentials to a stranger."""
    named = (
        (given, "iam_endpoint"),
        (environment.get("DDMKIT_IAM_ENDPOINT"), "DDMKIT_IAM_ENDPOINT"),
        (environment.get("HUAWEICLOUD_SDK_IAM_ENDPOINT"), "HUAWEICLOUD_SDK_IAM_ENDPOINT"),
        (level.values.get("iam_endpoint"), "iam_endpoint"),
    )
    for text, name in named:
        if text:
            return read_endpoint(text, field_name=name)
    host = urlsplit(endpoint).hostname or ""
    if is_loopback(host):
        return endpoint
    if host.endswith((".myhuaweicloud.com", ".myhuaweicloud.eu")) and region in REGIONS:
        return f"https://iam.{region}.{_DOMAINS.get(region, _DEFAULT_DOMAIN)}"
    if host.startswith("ddm."):
        return f"https://iam.{host.removeprefix('ddm.')}"
    return f"https://iam.{_DEFAULT_DOMAIN}" if host.endswith(f".{_DEFAULT_DOMAIN}") else ""


def is_plain_segment(text: str) -> bool:
    """Tell whether a text can stand in a path and in a header as it is, as ids of projects and regions do."""
    return all("!" <= character <= "~" and character not in "/?#%\\" for character in text)


def _plain_segment(value: Any, field_name: str) -> str:
    text = str(value or "").strip()
    if not is_plain_segment(text):
        raise InputError("holds a character that it cannot have.", field=field_name, fix="Copy it again from the console.")
    return text
