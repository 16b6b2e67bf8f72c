"""Rows of cells as a static table: HTML for pages, aligned text beside it.

It is handed finished words and knows no models. A table never hides that it is cut: its foot says how many rows of how many
are shown and where the rest is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ddmkit.display.html import Fragment, Html, clean, tag, text_width
from ddmkit.display.status import Tone, describe_status, status_html

__all__ = ["Cell", "CellKind", "build_table", "cut_text"]

# JupyterLab aligns the cells of rendered tables to the right and fixes their widths; these win over it, being inline.
_FRAME = "overflow-x:auto;max-width:100%;margin:0.5em 0"
_TABLE = "border-collapse:collapse;table-layout:auto;margin:0;color:inherit;font-size:0.95em"
_CAPTION = "caption-side:top;text-align:left;font-weight:bold;color:inherit;padding:0.2em 0"
_LINE = "border:none;border-bottom:1px solid rgba(128,128,128,0.45)"
_HEADER = (
    "text-align:left;vertical-align:bottom;padding:0.3em 0.8em 0.3em 0;white-space:normal;word-break:normal;"
    f"overflow-wrap:normal;{_LINE}"
)
_CELL = f"text-align:left;vertical-align:top;padding:0.3em 0.8em 0.3em 0;{_LINE}"
_FOOT = "text-align:left;padding:0.4em 0;border:none;color:inherit"
_HTML_CHARACTERS = 120
# A column that may break anywhere is squeezed to one letter by its neighbours unless it has a least width, that of its
# longest word up to so many columns.
_LEAST_COLUMNS = 18
_TEXT_COLUMNS = 44


class CellKind(Enum):
    """How a cell is set; the value is the style it adds.

    JupyterLab shows an untrusted notebook with known styles only: it drops ``overflow-wrap:anywhere`` and widths in ``ch``.
    """

    TEXT = "max-width:26em;overflow-wrap:anywhere;word-break:break-word;white-space:normal"
    NUMBER = "text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
    TIME = "white-space:nowrap;font-variant-numeric:tabular-nums"
    ID = "min-width:11em;word-break:break-all;white-space:normal;font-family:monospace;text-wrap:balance"
    STATUS = "white-space:nowrap"


@dataclass(frozen=True)
class Cell:
    """One cell: its words, how it is set, the tone of a state, and what else there is to say below."""

    text: str
    kind: CellKind = CellKind.TEXT
    tone: Tone | None = None
    more: str = ""


def build_table(
    title: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    total: int | None = None,
    rest: str = "",
    empty: str = "nothing to show",
) -> Fragment:
    """Make the table of the rows given; ``total`` is how many there are in all, ``rest`` says where the others are."""
    count = len(rows) if total is None else total
    foot = _describe_count(len(rows), count, rest) if count else empty
    return Fragment(_table_html(title, headers, rows, foot), _table_text(headers, rows, foot))


def cut_text(text: str, columns: int) -> str:
    """Shorten a text to so many columns; a cut one ends in ``…``, so that the eye sees it."""
    if text_width(text) <= columns:
        return text
    kept = text[:columns]
    while text_width(kept) > columns - 1:
        kept = kept[:-1]
    return f"{kept}…"


def _describe_count(shown: int, total: int, rest: str) -> str:
    if shown < total:
        return f"{shown:,} of {total:,} rows" + (f"; {rest}" if rest else "")
    return "1 row" if total == 1 else f"{total:,} rows"


def _table_html(title: str, headers: Sequence[str], rows: Sequence[Sequence[Cell]], foot: str) -> Html:
    head = tag("thead", tag("tr", *(tag("th", header, scope="col", style=_HEADER) for header in headers)))
    body = tag("tbody", *(tag("tr", *map(_cell_html, row), style="background:none") for row in rows))
    caption = tag("caption", title, style=_CAPTION) if title else ""
    # A caption is as narrow as its table: without rows the title stands alone.
    table = tag("table", caption, head, body, style=_TABLE) if rows else tag("div", title, style="font-weight:bold")
    # A region that scrolls must be reachable by keyboard and have a name.
    frame = {"style": _FRAME, "tabindex": "0", "role": "region", "aria_label": title or "table"}
    return tag("div", table, tag("div", foot, style=_FOOT), **frame)


def _cell_html(cell: Cell) -> Html:
    style = f"{_CELL};{cell.kind.value}"
    more = tag("div", cell.more, style="white-space:normal;max-width:26em;overflow-wrap:anywhere") if cell.more else ""
    if cell.kind is CellKind.STATUS:
        return tag("td", status_html(cell.text, cell.tone), more, style=style)
    text = clean(cell.text)
    shown = text if cell.kind is CellKind.ID else cut_text(text, _HTML_CHARACTERS)
    least = f";min-width:{_least_columns(shown) * 0.58:.1f}em" if cell.kind is CellKind.TEXT else ""
    return tag("td", shown, more, style=style + least, title=text if shown != text else None)


def _least_columns(text: str) -> int:
    """Return the columns of the longest word; names that are joined by hyphens may break there."""
    words = text.replace("-", "- ").split()
    return min(max(map(text_width, words), default=0), _LEAST_COLUMNS)


def _table_text(headers: Sequence[str], rows: Sequence[Sequence[Cell]], foot: str) -> str:
    if not rows:
        return foot
    lines = [list(headers), *([_cell_text(cell) for cell in row] for row in rows)]
    widths = [max(map(text_width, column)) for column in zip(*lines, strict=True)]
    numeric = [cell.kind is CellKind.NUMBER for cell in rows[0]]
    return "\n".join([*(_text_line(line, widths, numeric) for line in lines), foot])


def _text_line(line: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = []
    for text, width, is_number in zip(line, widths, numeric, strict=True):
        blanks = " " * (width - text_width(text))
        padded.append(blanks + text if is_number else text + blanks)
    return "  ".join(padded).rstrip()


def _cell_text(cell: Cell) -> str:
    if cell.kind is CellKind.STATUS:
        said = describe_status(cell.text, cell.tone) + (f": {clean(cell.more)}" if cell.more else "")
    else:
        said = clean(cell.text) + (f" ({clean(cell.more)})" if cell.more else "")
    flat = said.replace("\n", " ")
    return flat if cell.kind is CellKind.ID else cut_text(flat, _TEXT_COLUMNS)
