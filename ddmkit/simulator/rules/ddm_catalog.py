"""What DDM sells in the simulated region: engine versions and flavours.

The versions are those of samples of the DDM API ("Querying DDM Engine Information"), the flavours follow its samples.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

__all__ = ["ENGINES", "FLAVOURS", "Engine", "InstanceFlavour", "engine_id", "engine_with", "flavour_with"]


@dataclass(frozen=True)
class Engine:
    """An engine version."""

    version: str

    @property
    def id(self) -> str:
        """The id of the engine."""
        return hashlib.sha256(f"engine {self.version}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class InstanceFlavour:
    """A flavour of a DDM node; `memory` in GB."""

    spec_code: str
    cpus: int
    memory: int

    @property
    def id(self) -> str:
        """The id of the flavour."""
        return hashlib.sha256(f"flavour {self.spec_code}".encode()).hexdigest()[:32]


def engine_id(version: str) -> str:
    """Return the id of an engine version, also of one that is no longer sold."""
    return Engine(version).id


ENGINES = tuple(Engine(version) for version in ("3.0.8.5", "3.1.0.8", "3.1.5.0", "3.1.7.0"))
FLAVOURS = (
    InstanceFlavour("ddm.c6.large.2", 2, 4),
    InstanceFlavour("ddm.c6.xlarge.2", 4, 8),
    InstanceFlavour("ddm.c6.2xlarge.2", 8, 16),
    InstanceFlavour("ddm.c6.4xlarge.2", 16, 32),
)


def engine_with(version_or_id: str) -> Engine | None:
    """Find an engine by version or id."""
    return next((engine for engine in ENGINES if version_or_id in {engine.version, engine.id}), None)


def flavour_with(code_or_id: str) -> InstanceFlavour | None:
    """Find a flavour by spec code or id; the service's pages name both forms."""
    return next((flavour for flavour in FLAVOURS if code_or_id in {flavour.spec_code, flavour.id}), None)
