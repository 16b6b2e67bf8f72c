"""The two goals of a drill: how long until everything works again (RTO), and how much may be lost (RPO)."""

from __future__ import annotations

import re
from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from ddmkit.errors import InputError

__all__ = ["Goals", "read_duration"]

_PART = re.compile(r"(\d+)\s*(d|h|min|s)")
_UNITS = {"d": "days", "h": "hours", "min": "minutes", "s": "seconds"}


class Goals(BaseModel):
    """``rto`` is the longest time from the declared incident to a working target, ``rpo`` that of lost writes."""

    model_config = ConfigDict(frozen=True)

    rto: timedelta
    rpo: timedelta


def read_duration(given: str | timedelta, field: str) -> timedelta:
    """Return a duration that was given as ``30min``, ``24h``, ``1h 30min``, ``90d`` or ``45s``, or as a ``timedelta``.

    Raises ``InputError`` for any other text, and for a duration that is not above zero.
    """
    found = given if isinstance(given, timedelta) else _read_text(given, field)
    if found <= timedelta(0):
        raise InputError("is not above zero.", field=field, fix="Give a duration such as 30min, 24h or 90d.")
    return found


def _read_text(given: object, field: str) -> timedelta:
    text = given.strip() if isinstance(given, str) else ""
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        raise InputError(f"{given!r} is no duration.", field=field, fix="Give one such as 30min, 24h, 1h 30min or 90d.")
    try:
        return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta(0))
    except OverflowError:
        raise InputError(f"{given!r} is too long.", field=field, fix="Give a duration such as 90d.") from None
