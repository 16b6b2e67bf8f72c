"""The three kinds of credentials, and the choice of the one place that they come from.

Secrets are ``SecretStr``, and objects that hold one refuse to be pickled. The only file read is the official SDK's profile
file. The SDK's regions file is not supported; use ``endpoint=`` instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Never

from pydantic import SecretStr

from ddmkit.config.profiles import read_profile
from ddmkit.config.variables import is_placeholder
from ddmkit.errors import InputError

__all__ = [
    "Credentials",
    "KeyCredentials",
    "Level",
    "PasswordCredentials",
    "TokenCredentials",
    "Unpicklable",
    "arguments_level",
    "choose_level",
    "read_credentials",
    "token_credentials",
]


class Unpicklable:
    """Base of objects that hold secrets: pickling is refused, because a pickled ``SecretStr`` is plain text."""

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(f"{type(self).__name__} holds secrets and cannot be pickled or copied.")


@dataclass(frozen=True)
class TokenCredentials(Unpicklable):
    """A token of the identity service for one project; it is valid for 24 hours and cannot renew itself."""

    token: SecretStr


@dataclass(frozen=True)
class KeyCredentials(Unpicklable):
    """An access key with its secret key, and the security token if the keys are temporary."""

    access_key: SecretStr
    secret_key: SecretStr
    security_token: SecretStr | None = None


@dataclass(frozen=True)
class PasswordCredentials(Unpicklable):
    """An IAM user, the password, and the domain (account name) that owns the user; ddmkit obtains and renews tokens."""

    user: str
    password: SecretStr
    domain: str


Credentials = TokenCredentials | KeyCredentials | PasswordCredentials


@dataclass(frozen=True)
class Level:
    """The values of one place of credentials, by ddmkit's parameter names; ``source`` names the place for people."""

    source: str
    values: Mapping[str, str]
    names: Mapping[str, str]

    def spell(self, name: str) -> str:
        """Return the name by which this place knows a parameter."""
        return self.names.get(name, name)


_CREDENTIAL_NAMES = ("token", "access_key", "secret_key", "security_token", "user", "password", "domain")
_OWN_NAMES = MappingProxyType({name: f"DDMKIT_{name.upper()}" for name in _CREDENTIAL_NAMES})
# Source: ddm-api.md 8.1, the official SDK's environment variables.
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


def arguments_level(*values: str | SecretStr | None) -> Level:
    """Return the level of the arguments: token, access key, secret key, security token, user, password, domain."""
    given = {}
    for name, value in zip(_CREDENTIAL_NAMES, values, strict=True):
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text is not None and not isinstance(text, str):
            raise InputError(f"is not text but {type(value).__name__}.", field=name, fix="Give it as text.")
        if text and is_placeholder(text):
            raise InputError("is a placeholder.", field=name, fix="Give the value itself.")
        if text:
            given[name] = text
    return Level("arguments", given, {})


def choose_level(arguments: Level, profile: str | None, environment: Mapping[str, str], home: Path | None) -> Level:
    """Return the first place that has credentials.

    Raises ``InputError`` when no place has any, or when a profile is given in addition to credentials.
    """
    if arguments.values:
        if profile:
            raise InputError(
                "is given in addition to credentials.",
                field="profile",
                fix="Give one of the two; ddmkit never mixes credentials of several places.",
            )
        return arguments
    if not profile:
        for source, names in (("environment DDMKIT_*", _OWN_NAMES), ("environment HUAWEICLOUD_SDK_*", _SDK_NAMES)):
            values = {name: environment[spelled] for name, spelled in names.items() if environment.get(spelled)}
            if any(name in values for name in _CREDENTIAL_NAMES):
                return Level(source, values, names)
    found = read_profile(profile or "", environment, home)
    if found is None:
        raise InputError("no credentials were found anywhere.", field="credentials", fix=_WAYS)
    return Level(found.source, found.values, found.names)


def read_credentials(level: Level) -> Credentials:
    """Return the credentials of one place.

    Raises ``InputError`` when the place holds incomplete credentials, two kinds of them, or an impossible value.
    """
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
            fix="Give the missing part in the same place, or remove the other part from there.",
        )
    if "security_token" in level.values and "access_key" not in level.values:
        raise InputError(
            f"{level.spell('security_token')} belongs to an access key ({level.source}).",
            field="credentials",
            fix="Give the access key and the secret key too.",
        )
    return _make_credentials(level)


def token_credentials(token: str | SecretStr) -> TokenCredentials:
    """Return a token as credentials; raise ``InputError`` for text that cannot be a token."""
    level = arguments_level(token, None, None, None, None, None, None)
    if "token" not in level.values:
        raise InputError("is empty.", field="token", fix="Give the token itself.")
    return TokenCredentials(_secret(level, "token"))


def _make_credentials(level: Level) -> Credentials:
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


def _secret(level: Level, name: str) -> SecretStr:
    """Return a key or token; refuse blanks, line ends and non-ASCII, which the service answers with 401 (ddm-api.md 14)."""
    if not all("!" <= character <= "~" for character in level.values[name]):
        raise InputError(
            f"holds a blank, a line end or another character that no key or token has ({level.source}).",
            field=level.spell(name),
            fix="Paste the value again without surrounding blanks; the service would answer 401.",
        )
    return SecretStr(level.values[name])
