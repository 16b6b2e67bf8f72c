"""Filter long lists by what a person types, and limit how many rows a page gets; hidden rows are always counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["MOST_ROWS", "Filtered", "ListRow", "filter_rows"]

MOST_ROWS = 200
"""The most rows of a list that are sent to the page at once."""


@dataclass(frozen=True)
class ListRow:
    """One row: its key (an id), its text, and more text that a search also finds."""

    key: str
    label: str
    more: str = ""
    searched: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "searched", f"{self.label} {self.key} {self.more}".casefold())


@dataclass(frozen=True)
class Filtered:
    """The rows to show, how many rows matched, and how many there are in all."""

    rows: tuple[ListRow, ...]
    matched: int
    total: int

    def describe(self) -> str:
        """Describe what is shown: ``200 of 5,000 shown; 431 match, type more to see the others``."""
        if self.total == 0:
            return "nothing to choose from"
        if not self.matched:
            return f"0 of {self.total:,} match; clear the search to see all"
        shown = f"{len(self.rows):,} of {self.total:,} shown"
        if len(self.rows) < self.matched:
            return f"{shown}; {self.matched:,} match, type more to see the others"
        return shown


def filter_rows(rows: Sequence[ListRow], wanted: str, *, most: int = MOST_ROWS) -> Filtered:
    """Return the first ``most`` rows that contain every typed word; upper and lower case are the same."""
    words = wanted.casefold().split()
    found = [row for row in rows if _contains(row, words)] if words else list(rows)
    return Filtered(tuple(found[:most]), len(found), len(rows))


def _contains(row: ListRow, words: Iterable[str]) -> bool:
    return all(word in row.searched for word in words)
