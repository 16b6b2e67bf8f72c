"""The values of answers, read tolerantly, and the base of all models of the service."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, model_validator

from ddmkit.times import parse_service_time

__all__ = ["Count", "Flag", "Instant", "InstantOrNone", "Listed", "Number", "ServiceModel", "Shared", "Word"]

# What services write in place of a value that does not exist yet.
_PLACEHOLDERS = frozenset({"", "-", "--", "n/a", "null", "none"})


def _none_if_blank(value: Any) -> Any:
    if not isinstance(value, str) or value[:1].isdigit():
        return value
    return None if value.strip().casefold() in _PLACEHOLDERS else value


def _time_or_none(value: Any) -> datetime | None:
    return parse_service_time(_none_if_blank(value))


def _required_time(value: Any) -> datetime:
    instant = parse_service_time(value)
    if instant is None:
        raise ValueError("a time is missing")
    return instant


def _none_as_nothing(value: Any) -> Any:
    return () if _none_if_blank(value) is None or value == {} else value


def _false_if_missing(value: Any) -> Any:
    return False if _none_if_blank(value) is None else value


# A text that many rows of a list repeat is kept once. A long list then takes about half the memory.
Shared = Annotated[str, AfterValidator(sys.intern)]
# A word of the service, such as a status; blanks around the word are removed.
Word = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(sys.intern)]
Flag = Annotated[bool, BeforeValidator(_false_if_missing)]
Listed = BeforeValidator(_none_as_nothing)
Count = Annotated[int | None, BeforeValidator(_none_if_blank)]
Number = Annotated[float | None, BeforeValidator(_none_if_blank)]
Instant = Annotated[datetime, BeforeValidator(_required_time)]
InstantOrNone = Annotated[datetime | None, BeforeValidator(_time_or_none)]


class ServiceModel(BaseModel):
    """Base of all models of the service: frozen; ignores unknown fields; accepts numbers where text is expected.

    A field with a default that arrives as ``null`` has its default.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, data: Any) -> Any:
        # Once for the whole row: a function for each field would take half the time of reading a long list.
        if not isinstance(data, dict) or None not in data.values():
            return data
        fields = cls.model_fields
        return {
            name: value
            for name, value in data.items()
            if value is not None or (name in fields and fields[name].is_required())
        }
