"""Computes the restorable ranges of an instance: its lifetime, limited by the recovery ranges of each data node.

Ranges are pairs of milliseconds, both ends included.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable

from ddmkit.simulator.storage.schema import DataNode, Instance

__all__ = ["DAY_MS", "LAG_MS", "Range", "contains", "intersect", "node_ranges", "restorable_ranges"]

Range = tuple[int, int]
DAY_MS = 86_400_000
# A data node uploads its logs every few minutes, so the latest changes cannot be recovered yet. ddm-api.md 3.5 says only
# "latest"; the delay is undocumented.
LAG_MS = 120_000


def restorable_ranges(instance: Instance, nodes: Iterable[DataNode], now: int) -> list[Range]:
    """Return the disjoint ranges, oldest first, in whole seconds. Source: API page ShowAvalibleTime."""
    end = min(now - LAG_MS, instance.deleted or now)
    ranges = [(instance.created, end)]
    known = False
    for node in nodes:
        known = True
        ranges = intersect(ranges, node_ranges(node, now))
    whole = [(-(-start // 1000) * 1000, end // 1000 * 1000) for start, end in ranges]
    return [(start, end) for start, end in whole if start <= end] if known else []


def contains(ranges: Iterable[Range], instant: int) -> bool:
    """Whether an instant lies in one of the ranges."""
    return any(start <= instant <= end for start, end in ranges)


def intersect(first: Iterable[Range], second: Iterable[Range]) -> list[Range]:
    """Return the intersection of two lists of disjoint ranges, oldest first."""
    others = list(second)
    shared = ((max(a, c), min(b, d)) for a, b in first for c, d in others)
    return sorted((start, end) for start, end in shared if start <= end)


def node_ranges(node: DataNode, now: int) -> list[Range]:
    """Return the ranges of a data node, limited by its age, its retention, its gaps and its last instant."""
    start = max(node.created, now - node.keep_days * DAY_MS)
    end = now if node.pitr_until is None else min(now, node.pitr_until)
    ranges = [(start, end)]
    for gap_start, gap_end in _read_gaps(node.gaps):
        ranges = intersect(ranges, [(start, gap_start - 1), (gap_end + 1, end)])
    return ranges


@functools.lru_cache(maxsize=1024)
def _read_gaps(text: str) -> tuple[Range, ...]:
    return tuple((start, end) for start, end in json.loads(text))
