"""Compare versions of engines."""

from __future__ import annotations

__all__ = ["is_below", "version_key"]


def is_below(version: str, least: str) -> bool | None:
    """Return whether a version is below another; ``None`` when that cannot be told.

    A version that is not numeric cannot be compared, and ``3.0`` may be any of ``3.0.7`` and ``3.0.9``: it is neither below
    ``3.0.8`` nor above it.
    """
    key, least_key = version_key(version), version_key(least)
    if key is None or least_key is None:
        return None
    given = version.strip().split(".")
    is_beginning = len(given) < len(least_key) and [int(part) for part in given] == list(least_key[: len(given)])
    return None if is_beginning else key < least_key


def version_key(version: str) -> tuple[int, ...] | None:
    """Return a version as numbers that compare correctly (``3.0.10`` is above ``3.0.8``); ``None`` if it is not numeric.

    Trailing zeros are dropped, so that ``3.0.8`` and ``3.0.8.0`` are equal.
    """
    parts = version.strip().split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
