"""Reads the official SDK's profile file, ``~/.huaweicloud/credentials``, without its traps.

The SDK interpolates ``%`` in values and knows the section under two names; here values are taken as they stand and both
names are accepted. Errors never quote the file: its lines are secrets. Source: reference 8.2.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ddmkit.errors import InputError

__all__ = ["Profile", "read_profile"]

_SECTIONS = ("basic", "basiccredentials")
_KEYS = {"ak": "access_key", "sk": "secret_key", "security_token": "security_token"}
_BESIDE = ("project_id", "iam_endpoint")


@dataclass(frozen=True, repr=False)
class Profile:
    """What one section of the file holds, by our parameter names, and how the file spells them."""

    source: str
    values: Mapping[str, str]
    names: Mapping[str, str]


def read_profile(profile: str, environment: Mapping[str, str], home: Path) -> Profile | None:
    """Give the profile's values, or ``None`` when none was asked for and none is there.

    ``profile`` names a section, or the path of a file; empty looks for ``[basic]``, then ``[basiccredentials]``, in
    ``HUAWEICLOUD_SDK_CREDENTIALS_FILE`` or ``~/.huaweicloud/credentials``. Raises ``InputError`` when what was asked for
    by name is missing, or the file cannot be read.
    """
    named_file = environment.get("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "")
    is_path = _looks_like_path(profile)
    path = Path(profile if is_path else named_file or home / ".huaweicloud" / "credentials")
    if str(path).startswith("~"):
        path = home / str(path)[1:].lstrip("/\\")
    shown = str(path) if is_path or named_file else "~/.huaweicloud/credentials"
    parser = _parse_file(path, shown, asked_for=bool(profile or named_file))
    sections = _SECTIONS if is_path or not profile else (profile,)
    section = next((name for name in sections if parser is not None and parser.has_section(name)), None)
    if parser is None or section is None:
        if profile:
            wanted = " or ".join(f"[{name}]" for name in sections)
            raise InputError(
                f"{shown} has no section {wanted}.", field="profile", fix="Name a section of it, or another file."
            )
        return None
    found = dict(parser.items(section))
    values = {ours: found[theirs] for theirs, ours in _KEYS.items() if found.get(theirs)}
    if not values and not profile:
        return None
    values |= {name: found[name] for name in _BESIDE if found.get(name)}
    return Profile(
        f"profile {shown} [{section}]", values, {ours: f"{theirs} in [{section}]" for theirs, ours in _KEYS.items()}
    )


def _looks_like_path(profile: str) -> bool:
    return (
        any(mark in profile for mark in ("/", "\\")) or profile.startswith("~") or Path(profile).suffix in {".ini", ".cfg"}
    )


def _parse_file(path: Path, shown: str, *, asked_for: bool) -> configparser.RawConfigParser | None:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"), source=shown)
    except FileNotFoundError:
        if asked_for:
            raise InputError(f"{shown} does not exist.", field="profile", fix="Name a file that does.") from None
        return None
    except (OSError, ValueError, configparser.Error) as error:
        # The parser's own message quotes lines of the file.
        raise InputError(
            f"{shown} cannot be read as a profile ({type(error).__name__}).",
            field="profile",
            fix="It is an INI file with a section [basic] that holds ak and sk.",
        ) from None
    return parser
