"""Reads a list to its end and compares the number of distinct rows with the service's count.

Pages are read in parallel. A page that may be full is followed by one more request, whatever the count says, because some
editions count the rows of the page, not of the list. If rows and count differ, the list is read again in sequence, where
each page starts after the rows received so far; if rows are still missing, an error names both numbers. Callers pass the
function that fetches a page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from ddmkit.errors import ServiceError
from ddmkit.service.calls import PAGE_LIMIT, Call, Page
from ddmkit.service.error_parsing import make_unusable

__all__ = ["Fetched", "Listing", "read_listing"]

T = TypeVar("T", bound=BaseModel)
_MOST_ROWS = 200_000
# Page sizes to which some servers limit an answer although more rows were requested.
_USUAL_CAPS = frozenset({*range(10, PAGE_LIMIT, 10), 16, 25, 32, 64, 75})
# The statuses by which servers refuse an offset behind the last row.
_BEHIND_THE_END = frozenset({400, 404, 416})


@dataclass(frozen=True)
class Fetched(Generic[T]):
    """One page, the other fields of its answer, and the id of its request."""

    page: Page[T]
    rest: dict[str, Any]
    request_id: str = ""


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A complete list in the service's order, and its pages."""

    rows: tuple[T, ...]
    pages: tuple[Fetched[T], ...]


def read_listing(
    call: Call,
    fetch: Callable[[int], Fetched[T]],
    together: Callable[[Sequence[Callable[[], Fetched[T] | None]]], list[Fetched[T]]],
) -> Listing[T]:
    """Return the whole list.

    ``fetch`` returns the page at an offset. ``together`` runs several fetches in parallel and leaves out pages that do not
    exist.
    """
    first = fetch(0)
    total = first.page.total
    if total is None:
        return _read_in_sequence(call, fetch, first)
    if total > _MOST_ROWS:
        raise _too_long(call, total)
    limit = call.page.limit if call.page else PAGE_LIMIT
    offsets = range(limit, total, limit)
    # A list whose last page will be full is asked for the page behind at once, in parallel with the pages before.
    ahead = [partial(_fetch_behind, fetch, total)] if offsets and _is_full(total - offsets[-1], limit) else []
    pages = [first, *together([*(partial(fetch, offset) for offset in offsets), *ahead])]
    counted, behind = pages[: len(offsets) + 1], pages[len(offsets) + 1 :]
    if len(_distinct(call, counted)) != total:
        return _read_in_sequence(call, fetch, fetch(0))
    if not ahead and _may_be_full(counted[-1], limit):
        behind = [page for page in [_fetch_behind(fetch, total)] if page is not None]
    rows = _distinct(call, [*counted, *behind])
    return Listing(rows, (*counted, *behind)) if len(rows) == total else _read_in_sequence(call, fetch, first)


def _read_in_sequence(call: Call, fetch: Callable[[int], Fetched[T]], first: Fetched[T]) -> Listing[T]:
    limit = call.page.limit if call.page else PAGE_LIMIT
    pages, offset = [first], len(first.page.rows)
    while pages[-1].page.rows:
        counted = pages[-1].page.total is not None and offset >= pages[-1].page.total
        if counted and not _may_be_full(pages[-1], limit):
            break
        if offset > _MOST_ROWS:
            raise _too_long(call, offset)
        known = len(_distinct(call, pages))
        following = _fetch_behind(fetch, offset) if counted else fetch(offset)
        if following is None:
            break
        pages.append(following)
        offset += len(following.page.rows)
        if len(_distinct(call, pages)) == known:
            break  # nothing new: the service has no more, or does not page at all
    return _prove(call, pages)


def _prove(call: Call, pages: Sequence[Fetched[T]]) -> Listing[T]:
    """Return the complete list; raise if the service's count says that rows are missing.

    The newest count decides. Counts smaller than the number of rows are ignored: they count the rows of a page.
    """
    rows = _distinct(call, pages)
    counts = (fetched.page.total for fetched in reversed(pages))
    total = next((count for count in counts if count is not None and count >= len(rows)), len(rows))
    if total > len(rows):
        raise _differ(call, len(rows), total)
    return Listing(rows, tuple(pages))


def _may_be_full(fetched: Fetched[T], limit: int) -> bool:
    """Return whether a page may have ended only because the server limits the rows of a page."""
    rows = len(fetched.page.rows)
    echoed = fetched.rest.get("limit") or fetched.rest.get("page_size")
    return _is_full(rows, limit) or (rows > 0 and str(rows) == str(echoed))


def _is_full(rows: int, limit: int) -> bool:
    return rows >= limit or rows in _USUAL_CAPS


def _fetch_behind(fetch: Callable[[int], Fetched[T]], offset: int) -> Fetched[T] | None:
    """Fetch the page behind the last counted row; return ``None`` if the server refuses such an offset."""
    try:
        return fetch(offset)
    except ServiceError as error:
        if error.status in _BEHIND_THE_END:
            return None
        raise


def _too_long(call: Call, rows: int) -> ServiceError:
    return make_unusable(call.what, f"the list has {rows} rows; more than {_MOST_ROWS} are not read", 200, {})


def _differ(call: Call, rows: int, total: int) -> ServiceError:
    cause = "the list changed while it was read, or the service left rows out"
    return ServiceError(
        f"Could not {call.what} completely: {rows} rows came, the service counts {total}, also when read again. "
        f"Likely cause: {cause}. What to do: Try again in a moment; ddmkit does not show an incomplete list.",
        status=200,
        cause=cause,
    )


def _distinct(call: Call, pages: Sequence[Fetched[T]]) -> tuple[T, ...]:
    key_of = attrgetter(*(call.page.row_key if call.page else ("id",)))
    return tuple({key_of(row): row for fetched in pages for row in fetched.page.rows}.values())
