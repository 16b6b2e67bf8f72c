"""Values that several services write in several ways, read tolerantly.

An unreadable time or number becomes ``None``, and an absent flag stays ``None``: what a service does not say is not guessed.
Source: rds-api.md 1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, StringConstraints, model_validator

from ddmkit.models import ServiceModel
from ddmkit.times import parse_service_time

__all__ = [
    "LooseFlag",
    "LooseInstant",
    "LooseModel",
    "LooseNumber",
    "LooseText",
    "Objects",
    "RequiredInstant",
    "Texts",
    "ZoneStatus",
    "parse_json_text",
    "strip_keys",
]

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}(?:\.0+)?")


def _whole_number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else None
    text = str(value).strip()
    return int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else None


def _flag(value: Any) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().casefold())


def _instant(value: Any) -> datetime | None:
    try:
        return parse_service_time(value.strip() if isinstance(value, str) else value)
    except (TypeError, ValueError):
        return None


def _texts(value: Any) -> tuple[str, ...]:
    rows = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else ()
    stripped = (str(row).strip() for row in rows if isinstance(row, str | int))
    return tuple(row for row in stripped if row)


def _objects(value: Any) -> Any:
    """Return the objects of an array; anything else in their place is left out."""
    rows = value if isinstance(value, list | tuple) else [value]
    return tuple(row for row in rows if isinstance(row, dict | BaseModel))


def _statuses(value: Any) -> dict[str, str]:
    pairs = value.items() if isinstance(value, dict) else ()
    return {str(zone).strip(): str(status).strip() for zone, status in pairs if status is not None}


LooseNumber = Annotated[int | None, BeforeValidator(_whole_number)]
"""A whole number, also as text; ``None`` for anything else."""
LooseFlag = Annotated[bool | None, BeforeValidator(_flag)]
"""A flag, also as text; ``None`` when the service does not say."""
LooseInstant = Annotated[datetime | None, BeforeValidator(_instant)]
"""An aware instant in UTC; ``None`` for a text that is no time or has no offset."""
RequiredInstant = Annotated[datetime, BeforeValidator(_instant)]
"""An aware instant in UTC; a row without a readable one is refused."""
LooseText = Annotated[str, StringConstraints(strip_whitespace=True)]
"""A text or a number, without surrounding blanks."""
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
"""Texts from an array or from one text with commas; empty ones are left out."""
Objects = BeforeValidator(_objects)
ZoneStatus = Annotated[Mapping[str, str], BeforeValidator(_statuses)]
"""What the service says about each availability zone: ``normal``, ``unsupported`` or ``sellout``."""


class LooseModel(ServiceModel):
    """Base of the models of RDS, VPC and CTS: as ``ServiceModel``, and keys may have stray blanks."""

    @model_validator(mode="before")
    @classmethod
    def _strip_keys(cls, data: Any) -> Any:
        return strip_keys(data) if isinstance(data, dict) else data


def strip_keys(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object whose keys have no surrounding blanks: some answers print ``"id "``."""
    return {str(name).strip(): value for name, value in data.items()}


def parse_json_text(value: Any) -> Any:
    """Return an object as it is and JSON text as its value; text within the text is read once more.

    Text that is not JSON stays text.
    """
    for _ in range(2):
        if not isinstance(value, str):
            break
        with suppress(ValueError, RecursionError):
            value = json.loads(value)
    return value
