"""Chooses the settings of a connection from arguments, environment and profile file, without a request.

Looking up the project, obtaining tokens and sending requests belong to ``ddmkit.service``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from ddmkit.config.companions import COMPANIONS, choose_companion
from ddmkit.config.credentials import Credentials, Unpicklable, arguments_level, choose_level, read_credentials
from ddmkit.config.endpoints import choose_endpoint, choose_iam_endpoint, choose_region, plain_segment
from ddmkit.config.paths import expand
from ddmkit.config.variables import Variables
from ddmkit.errors import InputError
from ddmkit.typed_times import find_time_zone

__all__ = ["Settings", "read_settings"]

# A shorter secret may be a part of an honest name.
_SHORTEST_SECRET = 8


@dataclass(frozen=True)
class Settings(Unpicklable):
    """The settings of a connection. An empty ``project_id`` is looked up by the region's name when first needed.

    ``time_zone`` is the zone in which times are shown. Typed times without an offset are read in it only when a person has
    named it (``names_time_zone``): UTC by default would be a guess.
    An empty endpoint of RDS, VPC or CTS is not known; ``endpoint`` is that of DDM.
    """

    endpoint: str
    credentials: Credentials = field(repr=False)
    project_id: str = ""
    region: str = ""
    iam_endpoint: str = ""
    credential_source: str = "arguments"
    time_zone: str = "UTC"
    ca_bundle: str = ""
    names_time_zone: bool = False
    rds_endpoint: str = ""
    vpc_endpoint: str = ""
    cts_endpoint: str = ""

    @property
    def identity_host(self) -> str:
        """The endpoint's host, by which a record store identifies a cloud (it identifies a simulator by its world's id)."""
        return urlsplit(self.endpoint).hostname or ""

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """All secrets in the credentials, the access key included; none of them is ever shown."""
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
    rds_endpoint: str | None = None,
    vpc_endpoint: str | None = None,
    cts_endpoint: str | None = None,
    environment: Mapping[str, str] | None = None,
    home: Path | None,
) -> Settings:
    """Return the settings for a connection.

    Credentials come from the first place that has any, and from that place alone: arguments (an explicit ``profile=``
    counts as one), ``DDMKIT_*``, the SDK's environment variables, the profile file. Endpoint, region and project id may
    come from different places. Empty text counts as not given. Source: ddm-api.md 8 and 12.

    Args:
        endpoint: The service's host or address; by default that of the region.
        region: A region such as ``cn-north-4``.
        project_id: The project; by default the one named like the region.
        token: A token of the identity service.
        access_key: An access key, with ``secret_key`` and, for temporary keys, ``security_token``.
        secret_key: The secret key of the access key.
        security_token: The security token of temporary keys.
        user: An IAM user, with ``password`` and ``domain``.
        password: The password of the user.
        domain: The account name that owns the user.
        iam_endpoint: The identity service's address.
        profile: A section of the SDK's profile file, or the path of such a file.
        time_zone: The IANA name of the zone for times; ``UTC`` by default.
        ca_bundle: A PEM file or folder with the certificates to trust.
        rds_endpoint: The address of RDS; ``choose_companion`` says what it is by default.
        vpc_endpoint: The address of VPC, likewise.
        cts_endpoint: The address of CTS, likewise.
        environment: The environment variables; those of this process by default.
        home: The home folder, or ``None`` if there is none.

    Raises:
        InputError: Something is missing, incomplete or malformed.

    """
    environment = Variables(os.environ if environment is None else environment)
    arguments = arguments_level(token, access_key, secret_key, security_token, user, password, domain)
    level = choose_level(arguments, profile, environment, home)
    credentials = read_credentials(level)
    chosen_region = choose_region(region, endpoint, environment)
    chosen_endpoint = choose_endpoint(endpoint, region, chosen_region, environment)
    beside = {
        f"{service}_endpoint": choose_companion(service, given, chosen_endpoint, (endpoint, region), environment)
        for service, given in zip(COMPANIONS, (rds_endpoint, vpc_endpoint, cts_endpoint), strict=True)
    }
    project = project_id or environment.get("DDMKIT_PROJECT_ID") or level.values.get("project_id", "")
    named_zone = time_zone or environment.get("DDMKIT_TIME_ZONE")
    settings = Settings(
        endpoint=chosen_endpoint,
        credentials=credentials,
        project_id=plain_segment(project, "project_id"),
        region=chosen_region,
        iam_endpoint=choose_iam_endpoint(
            iam_endpoint, level.values.get("iam_endpoint"), chosen_region, chosen_endpoint, environment
        ),
        credential_source=level.source,
        time_zone=find_time_zone(named_zone or "UTC").key,
        names_time_zone=bool(named_zone),
        ca_bundle=str(expand(ca_bundle, field="ca_bundle")) if ca_bundle else "",
        **beside,
    )
    _refuse_shown_secrets(settings)
    return settings


def _refuse_shown_secrets(settings: Settings) -> None:
    """Refuse a credential that stands where its value would be shown, such as a token given as the project's id."""
    shown = {"project_id": settings.project_id, "region": settings.region, "endpoint": settings.endpoint}
    shown |= {"iam_endpoint": settings.iam_endpoint, "ca_bundle": settings.ca_bundle}
    hidden = [secret.get_secret_value() for secret in settings.secrets]
    for name, text in shown.items():
        if text and any(len(value) >= _SHORTEST_SECRET and value.casefold() in text.casefold() for value in hidden):
            raise InputError("holds one of the credentials.", field=name, fix=f"Give the {name} itself there.")
