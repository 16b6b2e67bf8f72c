"""Reads the headers of an answer that ddmkit uses: the service's clock, the request id, the requested pause.

A missing or malformed header gives an empty result, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ddmkit.times import parse_service_time

__all__ = ["find_header", "read_date", "read_request_id", "read_retry_after"]


def find_header(headers: Mapping[str, str], name: str) -> str:
    """Return a header's value, ignoring the case of its name; empty if there is no such header."""
    wanted = name.casefold()
    if wanted in headers:
        return headers[wanted]
    return next((value for key, value in headers.items() if key.casefold() == wanted), "")


def read_date(headers: Mapping[str, str]) -> datetime | None:
    """Return the service's time of the answer (header ``Date``, whole seconds)."""
    return _parse_date(find_header(headers, "date"))


def read_request_id(headers: Mapping[str, str]) -> str:
    """Return the id by which the provider's support finds the call (IAM uses another header). Source: ddm-api.md 1.6."""
    return find_header(headers, "x-request-id") or find_header(headers, "x-iam-trace-id")


def read_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the pause in seconds that ``Retry-After`` asks for, as a number or as a date."""
    text = find_header(headers, "retry-after").strip()
    try:
        seconds = float(text)
    except ValueError:
        until = _parse_date(text)
        return None if until is None else max(0.0, (until - now).total_seconds())
    return seconds if 0 <= seconds < 1e9 else None


def _parse_date(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text)
        return parse_service_time(instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
