"""The rows of a table that a person searches, sorts and pages through; a page gets 25 rows at a time.

No widgets here: rows and a query go in, one page of rows comes out. Rows that are not on the page are always counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeGuard
from zoneinfo import ZoneInfo

from ddmkit.display.html import clean_line
from ddmkit.display.table import CellKind
from ddmkit.times import to_ms

__all__ = [
    "PAGE_SIZE",
    "TableCell",
    "TableColumn",
    "TablePage",
    "TableQuery",
    "TableRow",
    "TableRows",
    "instant_cell",
    "make_row",
    "read_query",
]

PAGE_SIZE = 25
"""The most rows that are sent to the page at once."""

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_DIGITS = re.compile(r"(\d+)")
_LONGEST_NUMBER = 300  # digits; longer ones are compared as text, because Python refuses to read them

Natural = tuple[tuple[int, int | str], ...]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column: its title, and what kind of text its cells hold."""

    title: str
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell: its text, and the number that it is sorted by where that is not its text."""

    text: str
    by: float | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its key (an id), its cells, why it cannot be chosen (empty if it can), and text that only a search finds."""

    key: str
    cells: tuple[TableCell, ...]
    reason: str = ""
    more: str = ""
    searched: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        words = (*(cell.text for cell in self.cells), self.key, self.reason, self.more)
        object.__setattr__(self, "searched", " ".join(words).casefold())


@dataclass(frozen=True, slots=True)
class TableQuery:
    """What a person asked for: words that a row must contain, the column to sort by (-1: the given order), the page."""

    words: str = ""
    sort: int = -1
    descending: bool = False
    page: int = 0


@dataclass(frozen=True, slots=True)
class TablePage:
    """The rows to show, the place of the first among those that match, and how many match and exist in all."""

    query: TableQuery
    rows: tuple[TableRow, ...]
    first: int
    matched: int
    total: int

    def describe(self, empty: str = "nothing to choose from") -> str:
        """Describe what is shown: ``431 of 5,000 match; rows 26 to 50 shown``; ``empty`` is said where no row exists."""
        if not self.total:
            return empty
        if not self.matched:
            return f"0 of {self.total:,} match; clear the search to see all"
        last = self.first + len(self.rows)
        rows = f"rows {self.first + 1:,} to {last:,}" if last > self.first + 1 else f"row {last:,}"
        if self.query.words.strip():
            return f"{self.matched:,} of {self.total:,} match; {rows} shown"
        return f"{rows} of {self.total:,}"


class TableRows:
    """All rows of a table, and the pages that a query makes of them."""

    def __init__(self, columns: Sequence[TableColumn] = (), rows: Iterable[TableRow] = ()) -> None:
        self._columns = columns
        self._rows = tuple(rows)
        self._by_key = {row.key: row for row in self._rows}
        self._ordered: dict[tuple[int, bool], Sequence[TableRow]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def find_page(self, query: TableQuery, size: int = PAGE_SIZE) -> TablePage:
        """Return the page that a query asks for; behind the last page the last page is meant."""
        words = query.words.casefold().split()
        ordered = self._order(query)
        found = [row for row in ordered if all(word in row.searched for word in words)] if words else ordered
        last_page = max(0, (len(found) - 1) // size)
        first = min(query.page, last_page) * size
        return TablePage(query, tuple(found[first : first + size]), first, len(found), len(self._rows))

    def may_choose(self, key: str) -> bool:
        """Return whether a row with this key exists and can be chosen."""
        row = self._by_key.get(key)
        return row is not None and not row.reason

    def keep_allowed(self, keys: Iterable[str], *, is_multiple: bool) -> list[str]:
        """Return the keys that can be chosen, each once; of several keys the first, if only one row can be chosen."""
        allowed = [key for key in dict.fromkeys(keys) if self.may_choose(key)]
        return allowed if is_multiple else allowed[:1]

    def _order(self, query: TableQuery) -> Sequence[TableRow]:
        if not 0 <= query.sort < len(self._columns):
            return self._rows
        wanted = (query.sort, query.descending)
        if wanted not in self._ordered:
            kind = self._columns[query.sort].kind
            filled = [row for row in self._rows if not _is_empty(row.cells[query.sort])]
            filled.sort(key=lambda row: _sort_key(row.cells[query.sort], kind), reverse=query.descending)
            self._ordered[wanted] = [*filled, *(row for row in self._rows if _is_empty(row.cells[query.sort]))]
        return self._ordered[wanted]


def read_query(message: Mapping[str, object], columns: int) -> TableQuery:
    """Read what a page asks for; what a page must not ask for becomes the default.

    Args:
        message: The content of the page's message.
        columns: How many columns the table has.
    """
    words, sort, page = message.get("words"), message.get("sort"), message.get("page")
    return TableQuery(
        words if isinstance(words, str) else "",
        sort if _is_count(sort) and sort < columns else -1,
        message.get("descending") is True,
        page if _is_count(page) else 0,
    )


def name_turns(columns: Sequence[TableColumn], query: TableQuery, *, is_newest_first: bool = False) -> tuple[str, str]:
    """Return what the buttons for the page before and the page after are called in the order of a query.

    Args:
        columns: The columns; the first one of times says when a row's thing happened.
        query: What was asked for.
        is_newest_first: Whether the rows were given newest first.
    """
    at = next((place for place, one in enumerate(columns) if one.kind is CellKind.TIME), None)
    if query.sort == at or (query.sort < 0 and is_newest_first):
        newer, older = "Newer rows", "Older rows"
        return (newer, older) if query.sort < 0 or query.descending else (older, newer)
    return "Previous rows", "Next rows"


def make_row(key: str, *cells: TableCell | str, reason: str = "", more: str = "") -> TableRow:
    """Return a row of texts and cells; every text is cleaned and kept on one line."""
    made = (TableCell(clean_line(one)) if isinstance(one, str) else TableCell(clean_line(one.text), one.by) for one in cells)
    return TableRow(key, tuple(made), clean_line(reason), clean_line(more))


def instant_cell(instant: datetime | None, zone: str = "UTC") -> TableCell:
    """Return a cell with an instant in UTC, and in another zone behind it; sorted by the instant."""
    if instant is None:
        return TableCell("")
    utc = f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    local = "" if zone == "UTC" else f" ({instant.astimezone(ZoneInfo(zone)):%H:%M:%S %z})"
    return TableCell(utc + local, to_ms(instant))


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_empty(cell: TableCell) -> bool:
    """Return whether a cell says nothing; such a row comes last, in whatever direction the others are sorted."""
    return cell.by is None and not cell.text.strip()


def _sort_key(cell: TableCell, kind: CellKind) -> tuple[int, float, Natural]:
    """Return what a cell is sorted by: numbers come before texts."""
    if cell.by is not None:
        return (0, cell.by, ())
    found = _NUMBER.search(cell.text) if kind is CellKind.NUMBER else None
    if found is not None and len(found[0]) < _LONGEST_NUMBER:
        return (0, float(found[0].replace(",", "")), ())
    return (1, 0.0, _natural(cell.text))


def _natural(text: str) -> Natural:
    """Return a text as parts that compare as people expect: ``rds-2`` before ``rds-10``, in upper and lower case alike."""
    parts = _DIGITS.split(text.casefold())
    return tuple((0, int(part)) if part.isdecimal() and len(part) < _LONGEST_NUMBER else (1, part) for part in parts if part)
