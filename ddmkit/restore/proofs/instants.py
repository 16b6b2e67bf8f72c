"""Instants of proofs: integer milliseconds, compared as integers and shown as people read them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from ddmkit.times import format_utc, from_ms

__all__ = ["StatedMs", "is_instant_ms", "is_same_second", "show_ms"]

# 10**11 ms is March 1973, 10**14 ms is the year 5138. A number outside counts something else, such as seconds.
_FROM, _BELOW = 10**11, 10**14


def is_instant_ms(number: int | None) -> bool:
    """Return whether a number can be epoch milliseconds; seconds and microseconds cannot."""
    return number is not None and _FROM <= number < _BELOW


def _only_an_instant(number: int | None) -> int | None:
    return number if is_instant_ms(number) else None


StatedMs = Annotated[int | None, AfterValidator(_only_an_instant)]
"""Milliseconds that the service or a file states; a number that can be no instant counts as not stated."""


def is_same_second(one: int, other: int) -> bool:
    """Return whether two instants lie in the same second of the clock."""
    return one // 1000 == other // 1000


def show_ms(instant_ms: int) -> str:
    """Return an instant as ``2026-05-20 08:16:19 UTC``, with milliseconds unless they are zero."""
    return format_utc(from_ms(instant_ms)) if is_instant_ms(instant_ms) else f"{instant_ms} ms"
