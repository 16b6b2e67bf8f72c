"""Tables that show every word: cells wrap and are never cut, for sentences that a person has to read to their end."""

from __future__ import annotations

from collections.abc import Sequence

from ddmkit.display.html import Fragment, Html, clean_line, tag
from ddmkit.display.status import describe_status, status_html
from ddmkit.display.table import Cell, CellKind

__all__ = ["full_table"]

_FRAME = "overflow-x:auto;max-width:100%;margin:0.5em 0"
_TABLE = "border-collapse:collapse;table-layout:auto;margin:0;color:inherit;font-size:0.95em"
_CAPTION = "caption-side:top;text-align:left;font-weight:bold;color:inherit;padding:0.2em 0"
_LINE = "border:none;border-bottom:1px solid rgba(128,128,128,0.45);text-align:left;vertical-align:top"
_CELL = f"padding:0.3em 1em 0.3em 0;white-space:normal;word-break:normal;overflow-wrap:break-word;{_LINE}"
# Widths in em, because an untrusted page of JupyterLab drops those in other units.
_LEAST_EM, _LEAST_SHORT_EM, _SHORT = 14, 6, 24
# The frame of a state: its symbol, a space, and what surrounds them, in letters.
_FRAME_LETTERS = 5


def full_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, empty: str = "nothing") -> Fragment:
    """Make a table of all rows, the first cell of each being its name; as text, a block of lines for each row."""
    if not rows:
        return Fragment(tag("div", f"{title}: {empty}"), f"{title}: {empty}")
    head = tag(
        "thead", tag("tr", *(tag("th", header, scope="col", style=f"{_CELL};font-weight:bold") for header in headers))
    )
    body = tag("tbody", *(tag("tr", *_row_html(row), style="background:none") for row in rows))
    table = tag("table", tag("caption", title, style=_CAPTION), head, body, style=_TABLE)
    # A region that scrolls must be reachable by keyboard and have a name.
    html = tag("div", table, style=_FRAME, tabindex="0", role="region", aria_label=title)
    return Fragment(html, "\n".join([f"{title}:", *(line for row in rows for line in _row_lines(headers, row))]))


def _row_html(row: Sequence[Cell]) -> list[Html]:
    name, *others = row
    first = tag("th", *_inside(name), scope="row", style=f"{_CELL};font-weight:normal;{_width(name)}")
    return [first, *(tag("td", *_inside(cell), style=f"{_CELL};{_width(cell)}") for cell in others)]


def _inside(cell: Cell) -> list[object]:
    said: object = status_html(cell.text, cell.tone) if cell.kind is CellKind.STATUS else cell.text
    return [said, tag("div", cell.more)] if cell.more else [said]


def _width(cell: Cell) -> str:
    length = max(len(cell.text), len(cell.more))
    if cell.kind is CellKind.STATUS and length <= _SHORT:  # a state stands on one line
        return f"min-width:{(len(cell.text) + _FRAME_LETTERS) * 0.6:.1f}em"
    return f"min-width:{_LEAST_EM if length > _SHORT else min(length * 0.6, _LEAST_SHORT_EM):.1f}em"


def _row_lines(headers: Sequence[str], row: Sequence[Cell]) -> list[str]:
    name, *others = row
    lines = [f"  {clean_line(name.text)}" + (f" ({clean_line(name.more)})" if name.more else "")]
    for header, cell in zip(headers[1:], others, strict=True):
        said = [_said(cell), clean_line(cell.more)]
        lines += [f"    {header}: {': '.join(part for part in said if part)}"] if any(said) else []
    return lines


def _said(cell: Cell) -> str:
    return describe_status(cell.text, cell.tone) if cell.kind is CellKind.STATUS else clean_line(cell.text)
