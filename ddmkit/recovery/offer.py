"""Choose what a new target is made of from the service's own lists: an engine version, and the zones of the source.

What is no longer sold is not replaced by a guess: the check names what is sold instead, and a person chooses with ``like=``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ddmkit.models import version_key
from ddmkit.recovery_models.ddm import Engine, TargetFlavor

__all__ = ["OLDEST_ENGINE", "choose_engine", "describe_sold", "find_flavor", "zones_without"]

OLDEST_ENGINE = "3.0.8"
"""The oldest engine that metadata can be restored to (ddm-api.md 13.2)."""


def choose_engine(source_version: str, engines: Iterable[Engine]) -> str:
    """Return the source's own engine version if it is sold, or else the next newer one; empty when none is sold."""
    wanted = max(version_key(source_version) or (), version_key(OLDEST_ENGINE) or ())
    sold = {one.version: key for one in engines if (key := version_key(one.version)) is not None and key >= wanted}
    return min(sold, key=lambda version: sold[version], default="")


def find_flavor(flavor_ref: str, flavors: Iterable[TargetFlavor]) -> TargetFlavor | None:
    """Return a flavour by its spec code, or by its id: pages differ on which of them a request carries."""
    known = tuple(flavors)
    by_code = (one for one in known if one.spec_code == flavor_ref)
    return next(by_code, None) or next((one for one in known if one.id and one.id == flavor_ref), None)


def zones_without(flavor: TargetFlavor, zones: Iterable[str]) -> tuple[str, ...]:
    """Return the zones in which a flavour is not for sale."""
    return tuple(zone for zone in zones if not flavor.is_sold_in(zone))


def describe_sold(flavors: Sequence[TargetFlavor], zones: Sequence[str], *, most: int = 8) -> str:
    """Name the flavours that are for sale in all the zones, a few at most."""
    sold = [one.spec_code for one in flavors if one.spec_code and not zones_without(one, zones)]
    named = ", ".join(sold[:most]) + (f", and {len(sold) - most} more" if len(sold) > most else "")
    return named or "none"
