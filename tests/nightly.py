"""What is tested by day and what at night, with ``HYPOTHESIS_PROFILE=nightly``.

What chance decides is repeated more often at night. Where many cases go the same way, the day takes a sample of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")
IS_NIGHT = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def times(by_day: int, *, at_night: int) -> int:
    """Return how often to repeat something in this run."""
    return at_night if IS_NIGHT else by_day


def sample(cases: Iterable[T], *, one_in: int) -> list[T]:
    """Return the first case and one in so many of those after it; all of them at night."""
    return list(cases)[:: 1 if IS_NIGHT else one_in]


def without(cases: Iterable[T], *slow: T) -> list[T]:
    """Return the cases that are tested by day, without the slow ones; all of them at night."""
    return [case for case in cases if IS_NIGHT or case not in slow]
