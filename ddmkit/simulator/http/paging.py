"""Pages of lists: the requested page, its rows, and the counters of the families of calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ddmkit.simulator.storage.schema import TableRow
from ddmkit.simulator.storage.storage import TABLE_NAMES, Storage

__all__ = ["MAXIMUM_LIMIT", "PageRequest", "ResultPage", "read_page", "slice_rows"]

T = TypeVar("T")
U = TypeVar("U")
R = TypeVar("R", bound=TableRow)
MAXIMUM_LIMIT = 128


@dataclass(frozen=True)
class PageRequest:
    """Rows to skip and rows to give."""

    offset: int
    limit: int


@dataclass(frozen=True)
class ResultPage(Generic[T]):
    """The rows of a page and the total number of rows."""

    rows: Sequence[T]
    page: PageRequest
    total: int

    def map(self, convert: Callable[[T], U]) -> ResultPage[U]:
        """Return the page with a function applied to each row."""
        return ResultPage([convert(row) for row in self.rows], self.page, self.total)

    def with_counters(self, name: str) -> dict[str, Any]:
        """Return the page with the counters of the v3 lists. Source: ddm-api.md 1.4."""
        return {name: list(self.rows), "offset": self.page.offset, "limit": self.page.limit, "total": self.total}

    def page_numbers(self, total_name: str) -> dict[str, Any]:
        """Return the page counters of the instance and v1 user lists. Source: ddm-api.md 1.4."""
        limit = self.page.limit
        return {
            "page_no": self.page.offset // limit + 1,
            "page_size": limit,
            total_name: self.total,
            "total_page": -(-self.total // limit),
        }


def slice_rows(rows: Sequence[T], page: PageRequest) -> ResultPage[T]:
    """Return a page of a sequence."""
    return ResultPage(rows[page.offset : page.offset + page.limit], page, len(rows))


def read_page(
    storage: Storage, table: type[R], page: PageRequest, condition: str, values: Iterable[object], order: str
) -> ResultPage[R]:
    """Read a page of a table: rows and total in one read transaction.

    Args:
        storage: The file of the world.
        table: The class of the rows.
        page: The requested page.
        condition: The SQL text after WHERE.
        values: The values of the condition's parameters.
        order: The SQL text after ORDER BY.

    Returns:
        The rows of the page and the total number of rows that meet the condition.
    """
    known = tuple(values)
    with storage.reading():
        total = storage.count(f"SELECT count(*) FROM {TABLE_NAMES[table]} WHERE {condition}", known)  # noqa: S608 - the condition contains no user input
        ordered = f"{condition} ORDER BY {order} LIMIT ? OFFSET ?"
        rows = storage.every(table, ordered, (*known, page.limit, page.offset))
    return ResultPage(rows, page, total)
