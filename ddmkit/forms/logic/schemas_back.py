"""Which schemas a restore is expected to bring back, in a sentence: first those that are missing on the source now.

The service lists no schema that was dropped. Only its own notes on the backups that it makes before it deletes a schema name
one, so such a name is shown with the note's time, as what the note says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from ddmkit.display.html import clean_line
from ddmkit.models import Backup, Schema
from ddmkit.times import format_utc

__all__ = ["describe_back", "find_dropped"]

_MOST = 12
_NOTE = re.compile(r"\bdelet\w* schema ([^\s,;.:\"'“”]{1,128})", re.IGNORECASE)


def find_dropped(backups: Iterable[Backup], now_there: Iterable[str], as_of: datetime | None) -> dict[str, Backup]:
    """Return the schemas that are missing now and that the note on a backup made since ``as_of`` calls deleted.

    Each name comes with the earliest such backup. Without ``as_of`` there is none: it cannot be told what was there.
    """
    found: dict[str, Backup] = {}
    there = set(now_there)
    for backup in sorted(backups, key=lambda one: one.created):
        note = _NOTE.search(backup.description)
        if note is not None and as_of is not None and backup.created >= as_of and note[1] not in there:
            found.setdefault(note[1], backup)
    return found


def describe_back(
    schemas: Mapping[str, Schema] | None, listed: Iterable[str], backups: Iterable[Backup], as_of: datetime | None
) -> str:
    """Describe which schemas come back: those that are missing on the source now, those that it still has, and others.

    Args:
        schemas: The schemas that the source has now and had then, by name; ``None`` if the source cannot be read.
        listed: The names of all schemas that the source has now.
        backups: The backups of the source.
        as_of: When the backup that is restored was made; ``None`` if that is not known.
    """
    dropped = find_dropped(backups, listed, as_of)
    missing = [
        f"{clean_line(name)} (deleted since, says the note on the backup of {format_utc(one.created)})"
        for name, one in dropped.items()
    ]
    parts = [f"first what is missing on the source now: {_cut(missing)}"] if missing else []
    if schemas is None:
        parts.append("all that the backup contains; the source cannot be read, so their names are not known")
        return ". Then ".join(parts)
    more = "any others that were dropped since" if missing else "any that were dropped since"
    others = f"{more}: the service does not list those"
    if not schemas:
        parts.append(f"all that the backup contains; the source has none of them now, so they are {others}")
        return ". Then ".join(parts)
    names = [clean_line(name) for name in sorted(schemas)]
    parts.append(f"{_cut(names)} ({len(names)} that the source still has), and {others}")
    return ". Then ".join(parts)


def _cut(names: list[str]) -> str:
    more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"
