"""What RDS for MySQL sells in the simulated region: zones, flavours, storage types and versions.

The names of flavours and storage types follow the samples of the RDS API ("Querying DB Instance Specifications",
"Querying the Storage Type").
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "FLAVOURS",
    "INSTANCE_QUOTA",
    "LARGEST_GB",
    "SMALLEST_GB",
    "STORAGE_TYPES",
    "VERSIONS",
    "ZONES",
    "Flavour",
    "flavour_named",
]

ZONES = ("az1", "az2", "az3")
VERSIONS = ("5.7", "8.0")
STORAGE_TYPES = ("CLOUDSSD", "ULTRAHIGH", "ESSD")
SMALLEST_GB, LARGEST_GB = 40, 4_000
# Undocumented; so high that the largest scenario (129 nodes, each with a recovered one) can be recovered once more.
INSTANCE_QUOTA = 1_000


@dataclass(frozen=True)
class Flavour:
    """A flavour: `mode` is `single`, `ha` or `replica`; `memory` in GB."""

    spec_code: str
    cpus: int
    memory: int
    mode: str


def _flavours() -> tuple[Flavour, ...]:
    sizes = (("medium", 1), ("large", 2), ("xlarge", 4), ("2xlarge", 8))
    modes = (("", "single"), (".ha", "ha"), (".rr", "replica"))
    return tuple(
        Flavour(f"rds.mysql.n1.{name}.{ratio}{ending}", cpus, cpus * ratio, mode)
        for name, cpus in sizes
        for ratio in (2, 4)
        for ending, mode in modes
    )


FLAVOURS = _flavours()


def flavour_named(spec_code: str) -> Flavour | None:
    """Find a flavour by its spec code."""
    return next((flavour for flavour in FLAVOURS if flavour.spec_code == spec_code), None)
