"""Places that a person names on this machine: ``~`` is expanded here, and only here."""

from __future__ import annotations

import os
from pathlib import Path

from ddmkit.errors import InputError

__all__ = ["expand", "find_home"]


def find_home() -> Path | None:
    """Return the user's home folder, or ``None`` where neither the environment nor the user database names one."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def expand(path: str | os.PathLike[str], *, field: str = "path") -> Path:
    """Return a path with ``~`` or ``~user`` at its beginning replaced by the home folder; any other as it is.

    Raises ``InputError`` when there is no such home folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise InputError(
            f"{os.fspath(path)} names a home folder, and this machine knows none for that user.",
            field=field,
            fix="Write the whole path, or set HOME.",
        ) from None
