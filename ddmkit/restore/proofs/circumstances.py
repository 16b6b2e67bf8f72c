"""Circumstances of a data node: they can refute that it was recovered, and never confirm it. Source: proofs.md 2."""

from __future__ import annotations

from collections.abc import Iterable

from ddmkit.models import version_key
from ddmkit.restore.proofs.facts import NodeFacts
from ddmkit.restore.proofs.instants import show_ms

__all__ = ["describe_doubts", "describe_refutations"]


def describe_refutations(
    node: NodeFacts, sources: Iterable[NodeFacts], instant_ms: int | None, *, replaced: bool = False
) -> tuple[str, ...]:
    """Return why a data node cannot be a recovery of one of the sources to an instant; empty if nothing speaks against it.

    Args:
        node: The data node.
        sources: The data nodes that it may have been recovered from.
        instant_ms: The instant, or the earliest possible one; ``None`` if it is not known.
        replaced: Whether the content of the node was replaced later, so that its creation says nothing.
    """
    found = []
    if not replaced and node.created_ms is not None and instant_ms is not None and node.created_ms < instant_ms:
        found.append(f"it was created at {show_ms(node.created_ms)}, before the instant {show_ms(instant_ms)}")
    first = node.first_restorable_ms
    if not replaced and first is not None and node.created_ms is not None and first < node.created_ms:
        found.append(f"its own backups reach back to {show_ms(first)}, before its creation at {show_ms(node.created_ms)}")
    versions = [one.version for one in sources]
    if node.version and versions and all(_is_lower(node.version, version) for version in versions):
        found.append(f"its version {node.version} is lower than the source's {', '.join(dict.fromkeys(versions))}")
    if node.of_ddm:
        found.append("it belongs to a DDM instance already")
    return tuple(found)


def describe_doubts(node: NodeFacts, sources: Iterable[NodeFacts]) -> tuple[str, ...]:
    """Return what is unusual for a recovery of one of the sources, and has an innocent reading."""
    sizes = [one.volume_gb for one in sources if one.volume_gb is not None]
    if node.volume_gb is not None and sizes and all(node.volume_gb < size for size in sizes):
        return (f"its disk of {node.volume_gb} GB is smaller than the source's {min(sizes)} GB",)
    return ()


def _is_lower(version: str, than: str) -> bool:
    """Compare as many parts as both have: one call shows ``8.0.28``, another ``8.0.28.3``."""
    own, other = version_key(version), version_key(than)
    if own is None or other is None:
        return False
    least = min(len(own), len(other))
    return own[:least] < other[:least]
