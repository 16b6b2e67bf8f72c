"""What was measured, held against its goal, and how it is shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

__all__ = ["Row", "show_json", "show_table"]


@dataclass(frozen=True)
class Row:
    """One measurement: ours and the official SDK's, and the goal for one of them or for their ratio.

    ``limit`` is what the same costs with bare libraries, in the same run: httpx for the same requests, or a page that imports
    them and shows one button. ``goal`` says in words what ``met`` answers; a row without a goal has no answer. What could
    not be measured here is ``None``, and the note says why.
    """

    what: str
    unit: str
    ours: float | None
    theirs: float | None
    goal: str = ""
    met: bool | None = None
    note: str = ""
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the official SDK's value is ours."""
        return None if self.theirs is None or not self.ours else self.theirs / self.ours


def show_table(rows: Sequence[Row]) -> str:
    """Return the rows as a table of plain text."""
    head = ("", "ddmkit", "official SDK", "ratio", "limit", "goal", "", "")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(_line(line, widths) for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:.1f}x"
    verdict = {None: "", True: "met", False: "MISSED"}[row.met]
    limit = "" if row.limit is None else _value(row.limit, row.unit)
    return (row.what, _value(row.ours, row.unit), _value(row.theirs, row.unit), ratio, limit, row.goal, verdict, row.note)


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    digits = {"s": 3, "MB": 1}.get(unit, 0)
    return f"{value:.{digits}f} {unit}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    texts = [
        text.rjust(width) if 0 < column < 5 else text.ljust(width) for column, (text, width) in _numbered(cells, widths)
    ]
    return "  ".join(texts).rstrip()


def _numbered(cells: Sequence[str], widths: Sequence[int]) -> enumerate[tuple[str, int]]:
    return enumerate(zip(cells, widths, strict=True))


def show_json(rows: Sequence[Row]) -> str:
    """Return the rows and the missed goals as one JSON object."""
    told = [{**asdict(row), "ratio": row.ratio} for row in rows]
    return json.dumps({"rows": told, "missed": [row.what for row in rows if row.met is False]}, indent=2)
