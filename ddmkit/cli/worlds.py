"""Which simulated world ``ddmkit lab`` uses, in words: whether it is new, which others there are, how to change it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ddmkit.display.status import describe_count
from ddmkit.times import format_ago, format_utc

__all__ = ["FoundWorld", "describe_world", "find_worlds"]


@dataclass(frozen=True)
class FoundWorld:
    """The file of a world, and when it was changed last."""

    path: Path
    changed: datetime


def find_worlds(*folders: Path) -> list[FoundWorld]:
    """Return the worlds that ``ddmkit lab`` has made in these folders of notebooks, each once, the newest first."""
    files = {path.resolve(): path for folder in folders for path in folder.glob("simulator/*/world.sqlite")}
    return sorted(_read(files.values()), key=lambda one: one.changed, reverse=True)


def describe_world(path: Path, earlier: Sequence[FoundWorld], now: datetime, *, named_by: str, again: str) -> str:
    """Describe the world that is used, whether it is new, and how to use another one.

    Args:
        path: The file of the world; it does not have to exist yet.
        earlier: The other worlds that were found, the newest first.
        now: The current time.
        named_by: What has named the world, such as ``--world``; empty where nothing has.
        again: The command without ``--world``.
    """
    known = _read([path])
    lines = [f"Simulated world, with its records: {path}"]
    if known:
        used = f"It is not new: last changed {_when(known[0], now)}."
        lines.append(f"{used} It was named by {named_by}; without that, each start makes a new world.")
    else:
        lines.append("It is NEW: what was done in an earlier world is not in it.")
    others = [one for one in earlier if one.path.resolve() != path.resolve()]
    if others and not known:
        kept = f"Kept from before: {describe_count(len(others), 'world')}, the last one changed {_when(others[0], now)}."
        lines.append(f"{kept} To continue in that one, end this and run:")
        lines.append(f"  {again} --world {shlex.quote(str(others[0].path))}")
    return "\n".join(lines)


def _read(paths: Iterable[Path]) -> list[FoundWorld]:
    """Return those of the files that exist, with the time of their last change."""
    return [FoundWorld(one, datetime.fromtimestamp(one.stat().st_mtime, UTC)) for one in paths if one.is_file()]


def _when(one: FoundWorld, now: datetime) -> str:
    return f"{format_utc(one.changed.replace(microsecond=0))} ({format_ago(one.changed, now)})"
