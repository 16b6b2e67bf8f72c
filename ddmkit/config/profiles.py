"""Reads the official SDK's profile file, ``~/.huaweicloud/credentials``.

The SDK interpolates ``%`` in values; this module does not, because keys may contain it. The SDK has two names for the
section; this module accepts both. Errors never quote the file, because its lines are secrets. Source: ddm-api.md 8.2.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ddmkit.config.paths import expand
from ddmkit.config.variables import is_placeholder, without_quotes
from ddmkit.errors import InputError

__all__ = ["Profile", "read_profile"]

_SECTIONS = ("basic", "basiccredentials")
_KEYS = {"ak": "access_key", "sk": "secret_key", "security_token": "security_token"}
_BESIDE = ("project_id", "iam_endpoint")
_FILE_VARIABLE = "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
_DEFAULT_FILE = "~/.huaweicloud/credentials"


@dataclass(frozen=True, repr=False)
class Profile:
    """The values of one section of the file by ddmkit's parameter names, and the names that the file uses."""

    source: str
    values: Mapping[str, str]
    names: Mapping[str, str]


def read_profile(profile: str, environment: Mapping[str, str], home: Path | None) -> Profile | None:
    """Return the values of the profile, or ``None`` if no profile was named and none exists.

    Args:
        profile: The name of a section or the path of a file. When empty, the section is ``[basic]`` or
            ``[basiccredentials]`` in ``HUAWEICLOUD_SDK_CREDENTIALS_FILE`` or ``~/.huaweicloud/credentials``.
        environment: The environment variables.
        home: The home folder, or ``None`` if there is none.

    Raises:
        InputError: The named profile is missing or holds no credentials, a value is impossible, or the file is unreadable.

    """
    path, shown, asked_for = _choose_file(profile, environment.get(_FILE_VARIABLE, ""), home)
    if path is None:
        return None
    parser = _parse_file(path, shown, asked_for)
    sections = (profile,) if profile and not _looks_like_path(profile) else _SECTIONS
    section = next((name for name in sections if parser is not None and parser.has_section(name)), None)
    if parser is None or section is None:
        if asked_for:
            raise _unusable(shown, asked_for, f"has no section {' or '.join(f'[{name}]' for name in sections)}")
        return None
    found = {name: value.strip() for name, value in parser.items(section)}
    values = {ours: found[theirs] for theirs, ours in _KEYS.items() if found.get(theirs)}
    if not values:
        if asked_for:
            raise _unusable(shown, asked_for, f"holds neither ak nor sk in [{section}]")
        return None
    values |= {name: found[name] for name in _BESIDE if found.get(name)}
    names = {ours: f"{theirs} in [{section}]" for theirs, ours in _KEYS.items()}
    for name, value in values.items():
        _refuse_quotes_and_placeholder(value, f"{names.get(name, f'{name} in [{section}]')} of {shown}")
    return Profile(f"profile {shown} [{section}]", values, names)


def _choose_file(profile: str, named_file: str, home: Path | None) -> tuple[Path | None, str, str]:
    """Return the file to read, how to show it, and what asked for it by name, if anything did."""
    if _looks_like_path(profile):
        place, asked_for = profile, "profile"
    else:
        place, asked_for = named_file, "profile" if profile else _FILE_VARIABLE if named_file else ""
    if not place:
        if home is None and asked_for:
            place = _DEFAULT_FILE  # names a home folder that does not exist, and is refused for that reason
        else:
            return None if home is None else home / ".huaweicloud" / "credentials", _DEFAULT_FILE, asked_for
    path = home / place[2:] if home is not None and place.startswith(("~/", "~\\")) else expand(place, field=asked_for)
    return path, str(path), asked_for


def _refuse_quotes_and_placeholder(value: str, name: str) -> None:
    """Refuse values in quotes and placeholders: the service would answer 401 without a reason."""
    if value != without_quotes(value):
        raise InputError("is in quotes, but an INI file has no quotes.", field=name, fix="Remove the quotes.")
    if is_placeholder(value):
        raise InputError("is a placeholder.", field=name, fix="Write the value itself there.")


def _unusable(shown: str, asked_for: str, problem: str) -> InputError:
    return InputError(f"{shown} {problem}.", field=asked_for, fix="Name a section of this file, or another file.")


def _looks_like_path(profile: str) -> bool:
    return (
        any(mark in profile for mark in ("/", "\\")) or profile.startswith("~") or Path(profile).suffix in {".ini", ".cfg"}
    )


def _parse_file(path: Path, shown: str, asked_for: str) -> configparser.RawConfigParser | None:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"), source=shown)
    except FileNotFoundError:
        if asked_for:
            raise InputError(f"{shown} does not exist.", field=asked_for, fix="Name a file that exists.") from None
        return None
    except (OSError, ValueError, configparser.Error) as error:
        # The parser's own message quotes lines of the file.
        raise InputError(
            f"{shown} cannot be read as a profile ({type(error).__name__}).",
            field=asked_for or "profile",
            fix="The profile must be an INI file with a section [basic] that holds ak and sk.",
        ) from None
    return parser
