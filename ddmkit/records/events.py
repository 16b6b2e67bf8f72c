"""Events: what happened to a run, in a hash chain that shows later edits.

An event's data becomes canonical JSON (RFC 8785). Each event carries its own SHA-256 and that of the event before it, so
that any tool can compute the hashes. Nothing here does I/O: ``store`` writes events, ``files.integrity`` verifies them.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
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
# In a record file an event's data is nested some levels deeper, and the same limit holds for the whole file.
_LEVELS_AROUND_DATA = 6
_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}")
# RFC 8785 numbers are IEEE doubles: beyond this, two neighbouring whole numbers become one.
_LARGEST_NUMBER = 2**53 - 1
# A conversion to another time zone, or a margin, must not leave the calendar of Python.
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode
# What that encoder may write differently from RFC 8785; what is found in a string by chance only takes longer. Every event
# is searched, so the patterns are quick: the first begins with a fixed text, the second is for text beyond ASCII only.
_SMALL_NUMBER = re.compile(r"e-\d{2,3}(?:[,}\]]|$)")
_LATE_CHARACTER = re.compile(r"[\ue000-\U0010ffff]")


def write_moment(instant: datetime) -> str:
    """Format an instant for a record: always in UTC, with milliseconds, such as ``2025-05-20T10:12:32.000Z``."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return from_ms(to_ms(value))
    if not isinstance(value, str):
        raise ValueError("a time is written as text")  # noqa: TRY004  # pydantic collects ValueError only
    instant = datetime.fromisoformat(value)
    # Each instant has exactly one spelling: another spelling would be an edit that still verifies.
    if instant.tzinfo is None or write_moment(instant) != value:
        raise ValueError("a time is written as 2025-05-20T10:12:32.000Z")
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise ValueError(f"a time lies between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return instant


Moment = Annotated[datetime, BeforeValidator(_read_moment), PlainSerializer(write_moment, when_used="json")]


def plain_text(text: str) -> str:
    """Return text that every database and file can store: NUL and lone surrogates are escaped, nothing is removed."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


PlainText = Annotated[str, BeforeValidator(lambda value: plain_text(value) if isinstance(value, str) else value)]


class Event(BaseModel):
    """One thing that happened to a run; ``prev_sha256`` is the hash of the event before it, or of the run's header."""

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
    """Make the next event of a hash chain.

    Args:
        seq: The number of the event, from 1.
        at: When the event is written.
        kind: What happened: words in lower case, joined by hyphens.
        data: What is known; the event keeps the values that its canonical JSON reads back as.
        prev_sha256: The hash of the event before, or of the run's header.

    Raises:
        RecordError: The data has no canonical JSON.
        ValueError: The kind has another form.
    """
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is no kind of event: use words in lower case, joined by hyphens")
    plain = json.loads(_canonical(data, _LEVELS_AROUND_DATA))
    event = Event(seq=seq, at=at, kind=kind, data=plain, prev_sha256=prev_sha256, sha256="")
    return event.model_copy(update={"sha256": _sha256(_dumps(_hashed_fields(event)))})


def event_sha256(event: Event) -> str:
    """Compute an event's hash: of the canonical JSON of all its fields except ``sha256``.

    Raises ``RecordError`` for data that ddmkit never writes.
    """
    return hash_plain(_hashed_fields(event))


def _hashed_fields(event: Event) -> dict[str, Any]:
    # Not model_dump(): it writes NaN as null, so an edited event could get the hash of another event.
    kept = {name: getattr(event, name) for name in Event.model_fields if name != "sha256"}
    return {**kept, "at": write_moment(event.at)}


def sha256_of(value: Any) -> str:
    """Return the SHA-256 of a value's canonical JSON, in hexadecimal."""
    return _sha256(canonical_json(value))


def hash_plain(value: Any) -> str:
    """Return the SHA-256 of JSON exactly as it was read, to detect edits; raise ``RecordError`` as ``require_plain``."""
    return _sha256(_dumps(require_plain(value)))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def require_plain(value: Any) -> Any:
    """Return JSON as ``canonical_json`` writes it; raise ``RecordError`` for JSON that it writes differently.

    Such values are: numbers beyond 2^53 - 1, NUL, lone surrogates, NaN, infinity, and more than a hundred levels.
    """
    plain = _to_plain(value, 0)
    if plain != value:
        raise RecordError("A record holds a value in a form that ddmkit never writes: it was edited or damaged.")
    return plain


def canonical_json(value: Any) -> str:
    """Return the canonical JSON text of a value (RFC 8785): keys sorted, no blanks, times in UTC as ``...Z``.

    Numbers beyond 2^53 - 1, which RFC 8785 cannot distinguish, become text with all their digits; ``1.0`` becomes ``1``.
    Raises ``RecordError`` for naive times, NaN, infinity, keys that are no text, other objects, and more than a hundred
    levels.
    """
    return _canonical(value, 0)


def _canonical(value: Any, depth: int) -> str:
    return _dumps(_to_plain(value, depth))


def _dumps(plain: Any) -> str:
    """Write plain JSON by RFC 8785.

    The encoder of the standard library, written in C, is many times faster than ``rfc8785`` and writes the same text, with
    two exceptions: it sorts keys with characters beyond U+DFFF differently, and writes numbers below 0.0001 differently.
    """
    text = _encode(plain)
    is_different = _SMALL_NUMBER.search(text) or (not text.isascii() and _LATE_CHARACTER.search(text))
    return rfc8785.dumps(plain).decode("utf-8") if is_different else text


def _to_plain(value: Any, depth: int) -> Any:
    try:
        return _plain(value, depth)
    except (TypeError, ValueError, RecursionError) as error:
        raise RecordError(
            f"A record was asked to keep something that has no plain JSON: {error}. "
            "Nothing was written. A record keeps text, numbers, lists, mappings and times with an offset."
        ) from None


def _plain(value: Any, depth: int) -> Any:
    if type(value) is str:  # most values are text, and the checks below take long
        return value if value.isascii() and "\0" not in value else plain_text(value)
    if depth > _DEEPEST:
        raise ValueError(f"it is nested deeper than {_DEEPEST} levels")
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {_key(key): _plain(item, depth + 1) for key, item in value.items()}
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
        if abs(value) > _LARGEST_NUMBER:
            return str(value)
        return int(value) if isinstance(value, float) and value.is_integer() else value
    # Only the type is named: the value may be a secret.
    raise TypeError(f"a value of type {type(value).__name__}")


@lru_cache(maxsize=4096)  # the same keys come again and again
def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of type {type(key).__name__}")
    return plain_text(str(key))
