"""Events: what happened to a run, one after the other, in a form that shows when it was edited.

Data becomes canonical JSON (RFC 8785, by library), and each event carries the SHA-256 of itself and of the one before it, so
that any other tool can work the hashes out. All of it is pure; ``store`` writes events down, ``verify`` holds them against
each other.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any

import rfc8785
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from ddmkit.errors import RecordError
from ddmkit.records.event_kinds import describe_kinds
from ddmkit.times import from_ms, to_ms

__all__ = [
    "Event",
    "Moment",
    "PlainText",
    "canonical_json",
    "chain_event",
    "event_sha256",
    "hash_plain",
    "plain_text",
    "require_plain",
    "sha256_of",
    "write_moment",
]

_DEEPEST = 100
# An event's data stands some levels down in a record file, which keeps to the same limit.
_LEVELS_AROUND_DATA = 6
_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}")
# RFC 8785 knows IEEE doubles only: beyond this, neighbouring whole numbers are no longer told apart.
_LARGEST_NUMBER = 2**53 - 1
# So that a zone or a margin never moves a time off the calendar.
_FIRST_YEAR, _LAST_YEAR = 1970, 9000


def write_moment(instant: datetime) -> str:
    """Write an instant as records have it: ``2025-05-20T10:12:32.000Z``, always UTC, always milliseconds."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return from_ms(to_ms(value))
    if not isinstance(value, str):
        raise ValueError("a time is written as text")  # noqa: TRY004  # pydantic collects ValueError only
    instant = datetime.fromisoformat(value)
    # One instant has one spelling, so that an edited file cannot differ and still verify.
    if instant.tzinfo is None or write_moment(instant) != value:
        raise ValueError("a time is written as 2025-05-20T10:12:32.000Z")
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise ValueError(f"a time lies between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return instant


Moment = Annotated[datetime, BeforeValidator(_read_moment), PlainSerializer(write_moment, when_used="json")]


def plain_text(text: str) -> str:
    """Return text that every database and file can hold: NUL and lone surrogates are spelled out, nothing is dropped."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


PlainText = Annotated[str, BeforeValidator(lambda value: plain_text(value) if isinstance(value, str) else value)]


class Event(BaseModel):
    """One thing that happened to a run: ``seq`` counts from 1, ``prev_sha256`` names the event (or header) before it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seq: Annotated[int, Field(ge=1, strict=True, description="Counts from 1, without gaps.")]
    at: Annotated[Moment, Field(description="When it was written down, in UTC.")]
    kind: Annotated[str, Field(strict=True, max_length=40, description=f"What happened. {describe_kinds()}")]
    data: Annotated[dict[str, Any], Field(description="What is known of it, by its kind.")]
    prev_sha256: Annotated[
        str, Field(strict=True, max_length=64, description="The hash of the event before; of the header for the first.")
    ]
    sha256: Annotated[
        str, Field(strict=True, max_length=64, description="Of the canonical JSON (RFC 8785) of all its other fields.")
    ]


def chain_event(*, seq: int, at: datetime, kind: str, data: Mapping[str, Any], prev_sha256: str) -> Event:
    """Make the event that follows the one (or the header) with the hash ``prev_sha256``.

    ``data`` is kept as its canonical JSON reads back. Raises ``RecordError`` when it cannot be written as such, and
    ``ValueError`` for a kind that is not a short word in lower case.
    """
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is no kind of event: use words in lower case, joined by hyphens")
    plain = json.loads(_canonical(data, _LEVELS_AROUND_DATA))
    event = Event(seq=seq, at=at, kind=kind, data=plain, prev_sha256=prev_sha256, sha256="")
    return event.model_copy(update={"sha256": event_sha256(event)})


def event_sha256(event: Event) -> str:
    """Compute an event's hash anew: of the canonical JSON of all its fields except ``sha256`` itself.

    Raises ``RecordError`` for data that no event was ever written with.
    """
    # Not model_dump(): it would write NaN as null, and so give an edited event the hash of another.
    kept = {name: getattr(event, name) for name in Event.model_fields if name != "sha256"}
    return hash_plain({**kept, "at": write_moment(event.at)})


def sha256_of(value: Any) -> str:
    """Return the SHA-256 of a value's canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(value).encode("utf-8")).hexdigest()


def hash_plain(value: Any) -> str:
    """Return the SHA-256 of JSON as it was read, without putting anything right first; for looking whether it was edited.

    Raises as ``require_plain``.
    """
    require_plain(value)
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def require_plain(value: Any) -> None:
    """Raise ``RecordError`` for JSON that ``canonical_json`` would have written otherwise.

    That is: numbers beyond 2^53 - 1, NUL, lone surrogates, NaN and infinity, a hundred levels.
    """
    if _tried(value, 0) != value:
        raise RecordError("A record holds a value in a form that ddmkit never writes: it was edited or damaged.")


def canonical_json(value: Any) -> str:
    """Return the one text for a value by RFC 8785: keys sorted, no blanks, no NaN, aware times as ``...Z``.

    Numbers beyond 2^53 - 1, which that standard cannot keep apart, are written as text with all their digits; ``1.0`` is
    ``1``. Raises ``RecordError`` for what has no such text: naive times, NaN, keys that are no text, objects, a hundred
    levels.
    """
    return _canonical(value, 0)


def _canonical(value: Any, depth: int) -> str:
    return rfc8785.dumps(_tried(value, depth)).decode("utf-8")


def _tried(value: Any, depth: int) -> Any:
    try:
        return _plain(value, depth)
    except (TypeError, ValueError, RecursionError) as error:
        raise RecordError(
            f"A record was asked to keep something that has no plain JSON: {error}. "
            "Nothing was written; hand over text, numbers, lists, mappings and aware times."
        ) from None


def _plain(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError(f"it is nested deeper than {_DEEPEST} levels")
    if isinstance(value, Mapping):
        return {_key(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(mode="json"), depth)
    return _plain_leaf(value)


def _plain_leaf(value: Any) -> Any:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without an offset")
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("a number that is not finite")
        return str(value) if abs(value) > _LARGEST_NUMBER else value
    # The type only: what it holds may be a secret.
    raise TypeError(f"a value of type {type(value).__name__}")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of type {type(key).__name__}")
    return plain_text(str(key))
