"""How often tests repeat what chance decides: often enough by day, in full with ``HYPOTHESIS_PROFILE=nightly``."""

from __future__ import annotations

import os

IS_NIGHT = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def times(by_day: int, *, at_night: int) -> int:
    """Return how often to repeat something in this run."""
    return at_night if IS_NIGHT else by_day
