"""Lists a page at a time: what a caller may ask for, and the rows and total it gets.

The counters around the rows differ from family to family and are left to the shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ddmkit.simulator.storage.schema import Noun
from ddmkit.simulator.storage.storage import TABLES, Storage

__all__ = ["MAXIMUM_LIMIT", "Page", "Rows", "cut", "read_page"]

T = TypeVar("T")
U = TypeVar("U")
N = TypeVar("N", bound=Noun)
MAXIMUM_LIMIT = 128


@dataclass(frozen=True)
class Page:
    """Rows to skip and rows to give."""

    offset: int
    limit: int


@dataclass(frozen=True)
class Rows(Generic[T]):
    """The rows of a page and how many there are in all."""

    rows: Sequence[T]
    page: Page
    total: int

    def shaped(self, shape: Callable[[T], U]) -> Rows[U]:
        """Return the same page with every row put into another shape."""
        return Rows([shape(row) for row in self.rows], self.page, self.total)

    def counted(self, name: str) -> dict[str, Any]:
        """Return the page with the counters of the v3 lists. Source: ddm-api.md 1.4."""
        return {name: list(self.rows), "offset": self.page.offset, "limit": self.page.limit, "total": self.total}

    def numbered(self, total_name: str) -> dict[str, Any]:
        """Return the page counters of the instance and v1 user lists. Source: ddm-api.md 1.4."""
        limit = self.page.limit
        return {
            "page_no": self.page.offset // limit + 1,
            "page_size": limit,
            total_name: self.total,
            "total_page": -(-self.total // limit),
        }


def cut(rows: Sequence[T], page: Page) -> Rows[T]:
    """Return a page of rows that are at hand."""
    return Rows(rows[page.offset : page.offset + page.limit], page, len(rows))


def read_page(storage: Storage, noun: type[N], page: Page, condition: str, values: Iterable[object], order: str) -> Rows[N]:
    """Read a page of a table, rows and total from one look at the file."""
    known = tuple(values)
    with storage.reading():
        total = storage.count(f"SELECT count(*) FROM {TABLES[noun]} WHERE {condition}", known)  # noqa: S608 - our own names
        ordered = f"{condition} ORDER BY {order} LIMIT ? OFFSET ?"
        rows = storage.every(noun, ordered, (*known, page.limit, page.offset))
    return Rows(rows, page, total)
