"""Reads a list by markers, as VPC and CTS have it: each page says where the next one begins.

There is no count of all rows. A list ends where the service says so; a service that does not move on is an error, because an
incomplete list is never shown as a whole one. Source: rds-api.md 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from ddmkit.service.calls import PAGE_LIMIT, Call
from ddmkit.service.error_parsing import make_unusable
from ddmkit.service.lists.paging import Fetched, Listing

__all__ = ["audit_marker", "last_row_marker", "page_info_marker", "read_marked"]

T = TypeVar("T", bound=BaseModel)
_MOST_PAGES = 2_000
Marker = Callable[[Call, Fetched[T]], str]


def read_marked(call: Call, fetch: Callable[[str], Fetched[T]], next_marker: Marker[T]) -> Listing[T]:
    """Return the whole list.

    ``fetch`` returns the page behind a marker (the first page for an empty one). ``next_marker`` returns the marker of the
    following page, or an empty text at the end. Raises ``ServiceError`` when the service does not move on.
    """
    pages = [fetch("")]
    rows = {_key(call, row): row for row in pages[0].page.rows}
    seen = {""}
    while marker := next_marker(call, pages[-1]):
        if marker in seen or len(pages) >= _MOST_PAGES:
            raise make_unusable(call.what, "the service gives the same page of the list again", 200, {})
        seen.add(marker)
        pages.append(fetch(marker))
        rows.update((_key(call, row), row) for row in pages[-1].page.rows)
    return Listing(tuple(rows.values()), tuple(pages))


def _key(call: Call, row: T) -> tuple[object, ...]:
    names = call.page.row_key if call.page else ("id",)
    return tuple(getattr(row, name) for name in names)


def _limit(call: Call) -> int:
    return call.page.limit if call.page else PAGE_LIMIT


def page_info_marker(call: Call, fetched: Fetched[T]) -> str:
    """Return VPC's marker (v3): ``page_info.next_marker``, which the last page does not have."""
    info = fetched.rest.get("page_info")
    if isinstance(info, Mapping):
        return _text(info.get("next_marker"))
    return last_row_marker(call, fetched)


def last_row_marker(_: Call, fetched: Fetched[T]) -> str:
    """Return VPC's marker (v1): the id of the last row; the page behind the last row is empty."""
    return _text(getattr(fetched.page.rows[-1], "id", "")) if fetched.page.rows else ""


def audit_marker(call: Call, fetched: Fetched[T]) -> str:
    """Return CTS's marker, ``meta_data.marker``; raise ``ServiceError`` for a full page that does not say what follows."""
    described = fetched.rest.get("meta_data")
    if isinstance(described, Mapping):
        return _text(described.get("marker"))
    if len(fetched.page.rows) >= _limit(call):
        raise make_unusable(call.what, "the answer does not say whether the list goes on", 200, {})
    return ""


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
