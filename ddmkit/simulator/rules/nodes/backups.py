"""The backups of RDS instances and the ranges that an instance can be recovered to.

Backups follow from the age and the policy of an instance: an automated full backup each day at the start of the backup
window, and an incremental one every five minutes. They are not stored. Sources: RDS API, "Obtaining Details About Backups",
"Querying the Restoration Time Range"; RDS user manual, "Backup Principles".
"""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from ddmkit.simulator.rules.ranges import DAY_MS, LAG_MS, Range, node_ranges
from ddmkit.simulator.storage.schema import DataNode

__all__ = ["NodeBackup", "backup_by_id", "backups_of", "recovery_ranges", "window_start"]

INCREMENT_MS = 5 * 60_000
FULL_BACKUP_MS = 9 * 60_000
AFTER_CREATION_MS = 5 * 60_000


@dataclass(frozen=True)
class NodeBackup:
    """A backup of an RDS instance. `kind` is `auto` or `incremental`, `end` is its instant of consistency."""

    id: str
    kind: str
    begin: int
    end: int
    status: str = "COMPLETED"


def recovery_ranges(node: DataNode, now: int) -> list[Range]:
    """Return the ranges of a node, both ends included, oldest first. A node that is being created has none.

    The first full backup ends some minutes after the creation, so nothing can be recovered before.
    """
    if node.keep_days == 0 or (node.ready_at is not None and now < (node.quiet_at or node.ready_at)):
        return []
    ranges = [(max(start, _first_instant(node)), min(end, now - LAG_MS)) for start, end in node_ranges(node, now)]
    return [(start, end) for start, end in ranges if start <= end]


def window_start(node: DataNode) -> int:
    """Return the start of the backup window in milliseconds after midnight, UTC."""
    hours, _, minutes = node.backup_window.partition("-")[0].partition(":")
    return (int(hours) * 60 + int(minutes)) * 60_000


def backups_of(node: DataNode, now: int, kind: str = "", begin: int = 0, end: int = 10**15) -> list[NodeBackup]:
    """Return the backups of a node that ended within a span, newest first."""
    if node.keep_days == 0 or (node.ready_at is not None and now < node.ready_at):
        return []
    last = min(now, end, node.pitr_until or now)
    first = max(now - node.keep_days * DAY_MS, begin, node.created)
    # One full backup before the first range is kept: every instant of a range needs one before itself.
    earliest = {"auto": max(first - DAY_MS, begin, node.created), "incremental": first}
    found = [*(_full_backups(node, last) if kind in {"", "auto"} else ())]
    if kind in {"", "incremental"}:
        found += _increments(node, first, last)
    chosen = [backup for backup in found if earliest[backup.kind] <= backup.end <= last]
    return sorted(chosen, key=lambda backup: (-backup.end, backup.id))


def backup_by_id(node: DataNode, backup_id: str, now: int) -> NodeBackup | None:
    """Find a backup of a node."""
    return next((backup for backup in backups_of(node, now) if backup.id == backup_id), None)


def _first_instant(node: DataNode) -> int:
    return node.created if node.ready_at is None else node.ready_at


def _full_backups(node: DataNode, last: int) -> Iterator[NodeBackup]:
    first = _first_instant(node)
    ends = [first + min(AFTER_CREATION_MS, (node.quiet_at or first + AFTER_CREATION_MS) - first)]
    day = max(first // DAY_MS, last // DAY_MS - node.keep_days - 1)
    while day * DAY_MS + window_start(node) + FULL_BACKUP_MS <= last:
        end = day * DAY_MS + window_start(node) + FULL_BACKUP_MS
        if end > ends[0]:
            bisect.insort(ends, end)
        day += 1
    for end in ends:
        if end <= last:
            yield NodeBackup(_backup_id(node, "auto", end), "auto", max(first, end - FULL_BACKUP_MS), end)


def _increments(node: DataNode, first: int, last: int) -> Iterator[NodeBackup]:
    end = -(-max(first, node.created + AFTER_CREATION_MS) // INCREMENT_MS) * INCREMENT_MS
    while end <= last:
        yield NodeBackup(_backup_id(node, "incremental", end), "incremental", end - INCREMENT_MS, end)
        end += INCREMENT_MS


def _backup_id(node: DataNode, kind: str, end: int) -> str:
    return hashlib.sha256(f"{node.id} {kind} {end}".encode()).hexdigest()[:32] + "br01"
