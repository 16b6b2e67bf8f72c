"""Compare the time zones of data nodes: DDM refuses data nodes that differ in ``time_zone`` (DBS.300333)."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["TIME_ZONES_DIFFER", "describe_time_zones"]

TIME_ZONES_DIFFER = "DDM refuses data nodes that differ in time_zone (DBS.300333)"


def describe_time_zones(zones: Iterable[tuple[str, str]]) -> str:
    """Return which data nodes have which time zone, when they differ; empty when they do not, as far as is known.

    Args:
        zones: The name of each data node and its time zone, empty where it is not known.
    """
    found: dict[str, list[str]] = {}
    for name, zone in zones:
        if zone:
            found.setdefault("UTC" if zone.endswith("+00:00") else zone, []).append(name)
    return "; ".join(f"{zone} for {', '.join(names)}" for zone, names in sorted(found.items())) if len(found) > 1 else ""
