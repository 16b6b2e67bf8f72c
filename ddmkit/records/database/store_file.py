"""The file of a store: where it is, that only its owner can read it, and that a typo creates no second store."""

from __future__ import annotations

import os
import stat
import warnings
from contextlib import suppress
from pathlib import Path

from ddmkit.errors import RecordError
from ddmkit.records.address import Location, StoreAddress, locate

__all__ = ["check_permissions", "prepare_file", "require_new_store_is_meant", "require_there"]

_STORE_SUFFIXES = frozenset({".sqlite", ".sqlite3", ".db", ".db3"})


def require_there(place: StoreAddress | str | Path) -> None:
    """Raise ``RecordError`` when the file of a store does not exist: a typo in its path would create a new store."""
    path = locate(place).path
    if path is not None and not path.exists():
        raise RecordError(f"There is no record store at {path}. Check the name; the first submit or import creates a store.")


def require_new_store_is_meant(address: StoreAddress) -> None:
    """Raise ``RecordError`` when a named file does not exist and its path does not look like that of a new store.

    A new store needs an existing folder and a file name with a suffix of SQLite. Otherwise a typo in the path, or a share
    that is not mounted, would silently create a second, private store.
    """
    path = address.locate().path
    if path is None or not address.is_named or path.exists():
        return
    if not path.parent.is_dir():
        raise RecordError(
            f"There is no record store at {path}, and no folder {path.parent}. Check the name, or create the folder."
        )
    if path.suffix.casefold() not in _STORE_SUFFIXES:
        raise RecordError(
            f"There is no record store at {path}. Check the name; the name of a new store ends in .sqlite or .db."
        )


def prepare_file(location: Location) -> None:
    """Create the missing file of a store, which only its owner can read, unless the address says that it must exist."""
    path = location.path
    if path is None or location.options.get("mode") in {"ro", "rw"} or location.options.get("immutable") == "1":
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Created here, because SQLite would let everyone read it. Its side files get the same permissions.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise RecordError(
            f"Could not create the record store {location.shown}: {error.strerror}. "
            "Make its folder writable, or choose another place with records=."
        ) from None


def check_permissions(location: Location) -> None:
    """Refuse what is no file, or a file that every user can write; warn when its group can write it.

    A record proves nothing when strangers can write it. A team may share one file through a group; the warning says that
    its members must trust each other.
    """
    if location.path is None or os.name == "nt":
        return
    try:
        mode = location.path.stat().st_mode
    except OSError:
        return  # opening the file reports the problem
    if not stat.S_ISREG(mode):
        raise RecordError(
            f"The record store {location.shown} is a folder, a pipe or a device, and not a file. Nothing was read or "
            "written. Name a file."
        )
    if mode & stat.S_IWOTH:
        raise RecordError(
            f"The record store {location.shown} can be written to by every user of this machine, so nothing in it can be "
            f"trusted. Nothing was read or written. Check its records first, then run: chmod o-w {location.path}"
        )
    if mode & stat.S_IWGRP:
        warnings.warn(
            f"The record store {location.shown} can be written to by its whole group. If that is not intended: chmod g-w "
            f"{location.path}",
            stacklevel=4,
        )
