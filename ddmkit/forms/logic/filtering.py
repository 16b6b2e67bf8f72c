"""Long lists cut down to what a page can bear, by what a person types; nothing is hidden without saying so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["MOST_ROWS", "Filtered", "ListRow", "filter_rows"]

MOST_ROWS = 200
"""How many rows of a list are sent to the page at once."""


@dataclass(frozen=True)
class ListRow:
    """One row: its key (an id), its words, and what may be searched for beside them."""

    key: str
    label: str
    more: str = ""
    searched: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "searched", f"{self.label} {self.key} {self.more}".casefold())


@dataclass(frozen=True)
class Filtered:
    """The rows to show, how many matched, and how many there are."""

    rows: tuple[ListRow, ...]
    matched: int
    total: int

    def say(self) -> str:
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
    """Keep the rows that hold every word typed (their case does not matter), at most ``most`` of them, in their order."""
    words = wanted.casefold().split()
    found = [row for row in rows if _holds(row, words)] if words else list(rows)
    return Filtered(tuple(found[:most]), len(found), len(rows))


def _holds(row: ListRow, words: Iterable[str]) -> bool:
    return all(word in row.searched for word in words)
