"""The waves of a fleet: a small first wave, then larger ones. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ddmkit.errors import InputError

__all__ = ["GATES", "REST", "read_number", "read_settings", "read_waves", "split_into_waves", "wave_of"]

REST = "rest"
GATES = ("wave", "first", "none")
"""Which gates a person opens: that of every wave after the first, only that after the first, or none."""


def read_number(text: str) -> int | str:
    """Return the whole number of a text as it is typed; other text comes back without blanks, to be refused by its name."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() else plain


def read_waves(text: str) -> list[int | str]:
    """Return the sizes of the waves as they are typed, such as ``1, 5, rest``, separated by commas or semicolons."""
    return [read_number(part) for part in text.replace(";", ",").split(",")]


def split_into_waves(count: int, waves: Sequence[int | str]) -> tuple[int, ...]:
    """Return the sizes of the waves for a number of rows; ``rest``, as the last one, stands for what is left.

    Waves that get no row are left out. Raises ``InputError`` for sizes that cannot be right, and when rows are left over.
    """
    listed = list(waves) if isinstance(waves, list | tuple) else []
    if not listed:
        raise InputError("is no list of sizes.", field="waves", fix='Give sizes, such as [1, 5, "rest"].')
    sizes: list[int] = []
    left = count
    for number, given in enumerate(listed):
        is_rest = given == REST and number == len(listed) - 1
        if not is_rest and (isinstance(given, bool) or not isinstance(given, int) or given < 1):
            fix = 'Give whole numbers from 1; "rest" may stand last.'
            raise InputError(f"{str(given)[:40]!r} is no size of a wave.", field="waves", fix=fix)
        size = left if is_rest else min(int(given), left)
        if size:
            sizes.append(size)
        left -= size
    if left:
        raise InputError(f"{left} of {count} rows are in no wave.", field="waves", fix='Add "rest" as the last wave.')
    return tuple(sizes)


def wave_of(number: int, sizes: Sequence[int]) -> int:
    """Return the wave, from 0, of the row with this number, from 0."""
    end = 0
    for wave, size in enumerate(sizes):
        end += size
        if number < end:
            return wave
    raise ValueError(f"{number} is in no wave of {sizes}")


def read_settings(cap: Any, stop_after: Any, gate: Any) -> None:
    """Raise ``InputError`` for a cap or a stop that is no whole number from 1, and for an unknown gate."""
    for name, value in (("cap", cap), ("stop_after", stop_after)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(f"{str(value)[:40]!r} is no whole number from 1.", field=name, fix=f"Give {name}=1 or more.")
    if gate not in GATES:
        raise InputError(f"{str(gate)[:40]!r} is no gate.", field="gate", fix=f"Give one of: {', '.join(GATES)}.")
