"""Everything that a connection needs to know, decided without a request from arguments, environment and profile file.

Looking a project up, obtaining tokens and talking are the service floor's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from ddmkit.config.credentials import Credentials, Unpicklable, arguments_level, choose_level, read_credentials
from ddmkit.config.endpoints import choose_endpoint, choose_iam_endpoint, choose_region, plain_segment
from ddmkit.config.paths import expand
from ddmkit.config.variables import Variables
from ddmkit.typed_times import find_time_zone

__all__ = ["Settings", "read_settings"]


@dataclass(frozen=True)
class Settings(Unpicklable):
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
    home: Path | None,
) -> Settings:
    """Return the settings for a connection; raise ``InputError`` when something is missing, half-given or malformed.

    Credentials come from the first level that has any, and from it alone: arguments (``profile=`` named explicitly is one
    of them), ``DDMKIT_*``, the SDK's environment names, the profile file. Endpoint, region and project id may each come
    from their own place. Text that is empty counts as not given; ``home`` is ``None`` where there is no home folder.
    Source: ddm-api.md 8 and 12.
    """
    environment = Variables(environment)
    arguments = arguments_level(token, access_key, secret_key, security_token, user, password, domain)
    level = choose_level(arguments, profile, environment, home)
    credentials = read_credentials(level)
    chosen_region = choose_region(region, endpoint, environment)
    chosen_endpoint = choose_endpoint(endpoint, region, chosen_region, environment)
    project = project_id or environment.get("DDMKIT_PROJECT_ID") or level.values.get("project_id", "")
    return Settings(
        endpoint=chosen_endpoint,
        credentials=credentials,
        project_id=plain_segment(project, "project_id"),
        region=chosen_region,
        iam_endpoint=choose_iam_endpoint(
            iam_endpoint, level.values.get("iam_endpoint"), chosen_region, chosen_endpoint, environment
        ),
        credential_source=level.source,
        time_zone=find_time_zone(time_zone or environment.get("DDMKIT_TIME_ZONE") or "UTC").key,
        ca_bundle=str(expand(ca_bundle, field="ca_bundle")) if ca_bundle else "",
    )
