"""A new simulated world in the place of the one that a page has used."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ddmkit.factory import demo
from ddmkit.kit import Kit

__all__ = ["open_new_world"]


def open_new_world(before: Kit, scenario: str, time_zone: str) -> Kit:
    """Return a kit on a new world of a scenario, for the operator of the kit before; that world's file is kept.

    The world has a folder of its own: DDMKIT_DEMO_WORLD names the world that the page started with.
    """
    path = Path(tempfile.mkdtemp(prefix="ddmkit-demo-")) / "world.sqlite"
    return demo(scenario, world=path, time_zone=time_zone, operator=before.operator)
