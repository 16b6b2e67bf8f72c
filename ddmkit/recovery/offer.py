"""Choose the engine of a new target from the service's own list.

Flavour and zones are those of the source. What is no longer sold is not replaced by a guess: a check names what is sold
instead, and a person chooses with ``like=``.
"""

from __future__ import annotations

from collections.abc import Iterable

from ddmkit.models import version_key
from ddmkit.recovery_models.ddm import Engine

__all__ = ["OLDEST_ENGINE", "choose_engine"]

OLDEST_ENGINE = "3.0.8"
"""The oldest engine that metadata can be restored to (ddm-api.md 13.2)."""


def choose_engine(source_version: str, engines: Iterable[Engine]) -> str:
    """Return the source's own engine version if it is sold, or else the next newer one; empty when none is sold."""
    wanted = max(version_key(source_version) or (), version_key(OLDEST_ENGINE) or ())
    sold = {one.version: key for one in engines if (key := version_key(one.version)) is not None and key >= wanted}
    return min(sold, key=lambda version: sold[version], default="")
