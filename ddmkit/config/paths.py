"""Expands ``~`` in paths that people name; no other module does."""

from __future__ import annotations

import os
from pathlib import Path

from ddmkit.errors import InputError

__all__ = ["expand", "find_home"]


def find_home() -> Path | None:
    """Return the user's home folder, or ``None`` if neither the environment nor the user database names one."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def expand(path: str | os.PathLike[str], *, field: str = "path") -> Path:
    """Return a path in which a leading ``~`` or ``~user`` is replaced by the home folder.

    Raises ``InputError`` when there is no such home folder, and for what cannot be a path.
    """
    try:
        os.fsencode(path)
        place = Path(os.fsdecode(path)).expanduser()
    except (TypeError, UnicodeError):
        place = None
    except RuntimeError:
        raise InputError(
            f"{os.fspath(path)} names a home folder, but this machine knows none for that user.",
            field=field,
            fix="Write the whole path, or set HOME.",
        ) from None
    if place is None or "\0" in str(place):
        raise InputError(f"{repr(path)[:60]} is not a path.", field=field, fix="Give the path of a file as text.")
    return place
