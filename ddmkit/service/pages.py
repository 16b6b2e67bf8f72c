"""Reads a list to its end and proves it: pages side by side, rows known once, their number compared with the service's.

A list whose rows and count differ is read once more in sequence, where each page starts after the rows really received;
if they still differ, an error names both numbers. How a page is fetched is handed in. Source: reference 1.4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from ddmkit.errors import ServiceError
from ddmkit.service.protocol import PAGE_LIMIT, Call, Page
from ddmkit.service.refusals import make_unusable

__all__ = ["Fetched", "Listing", "read_listing"]

T = TypeVar("T", bound=BaseModel)
_MOST_ROWS = 200_000


@dataclass(frozen=True)
class Fetched(Generic[T]):
    """One page, with what its answer said beside the rows, and the id of its request."""

    page: Page[T]
    rest: dict[str, Any]
    request_id: str = ""


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A complete list in the service's order, and the pages it came in."""

    rows: tuple[T, ...]
    pages: tuple[Fetched[T], ...]


def read_listing(
    call: Call,
    fetch: Callable[[int], Fetched[T]],
    together: Callable[[Sequence[Callable[[], Fetched[T]]]], list[Fetched[T]]],
) -> Listing[T]:
    """Give the whole list: ``fetch`` gets the page at an offset, ``together`` runs several of that side by side."""
    first = fetch(0)
    total = first.page.total
    if total is None:
        return _read_in_sequence(call, fetch, first)
    if total > _MOST_ROWS:
        raise make_unusable(call.what, f"the service counts {total} rows; more than {_MOST_ROWS} are not read", 200, {})
    offsets = range(PAGE_LIMIT, total, PAGE_LIMIT)
    pages = [first, *together([_fetch_at(fetch, offset) for offset in offsets])]
    rows = _distinct(call, pages)
    if len(rows) == total:
        return Listing(rows, tuple(pages))
    return _read_in_sequence(call, fetch, fetch(0))


def _fetch_at(fetch: Callable[[int], Fetched[T]], offset: int) -> Callable[[], Fetched[T]]:
    return lambda: fetch(offset)


def _read_in_sequence(call: Call, fetch: Callable[[int], Fetched[T]], first: Fetched[T]) -> Listing[T]:
    pages, offset = [first], len(first.page.rows)
    while pages[-1].page.rows and not _is_end(pages[-1].page.total, offset) and offset < _MOST_ROWS:
        known = len(_distinct(call, pages))
        pages.append(fetch(offset))
        offset += len(pages[-1].page.rows)
        if len(_distinct(call, pages)) == known:
            break  # nothing new: the service has no more, or does not page at all
    rows, total = _distinct(call, pages), pages[-1].page.total
    if total is not None and len(rows) != total:
        raise _differ(call, len(rows), total)
    return Listing(rows, tuple(pages))


def _is_end(total: int | None, offset: int) -> bool:
    return total is not None and offset >= total


def _differ(call: Call, rows: int, total: int) -> ServiceError:
    cause = "the list changed while it was read, or the service left rows out"
    return ServiceError(
        f"Could not {call.what} completely: {rows} rows came, the service counts {total}, also when read once more. "
        f"Likely cause: {cause}. What to do: Try again in a moment; an incomplete list is not shown.",
        status=200,
        cause=cause,
    )


def _distinct(call: Call, pages: Sequence[Fetched[T]]) -> tuple[T, ...]:
    key = call.page.row_key if call.page else ("id",)
    rows = {tuple(getattr(row, name) for name in key): row for fetched in pages for row in fetched.page.rows}
    return tuple(rows.values())
