"""Tables of cells as static HTML, with plain text beside it: one builder for all tables.

Tables receive finished words and know no models. ``build_table`` makes compact tables: long texts are cut visibly, and the
last line says how many of how many rows are shown and where the rest is. ``full_table`` and ``page_table`` cut nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from ddmkit.display.html import Fragment, Html, clean, clean_line, scroll_region, tag, text_width, whole_times
from ddmkit.display.status import Tone, describe_count, describe_status, status_html
from ddmkit.display.stylesheet import style

__all__ = ["Cell", "CellKind", "build_table", "cut_text", "full_table", "page_table"]

_HTML_CHARACTERS = 120
_TEXT_COLUMNS = 44
# The average width of a letter, in em. An untrusted page of JupyterLab drops widths in other units.
_LETTER_EM = 0.6
_WORD_LETTER_EM = 0.58
# The neighbours of a column that may break anywhere squeeze it to one letter, unless it has a least width: that of its
# longest word, up to this number of letters.
_LONGEST_WORD = 18
# Least widths in tables that show every word: for long texts, and at most for texts of up to this number of letters.
_LONG_EM, _SHORT_EM, _SHORT_TEXT = 14, 6, 24
# The frame of a state takes the room of this number of letters: the symbol, a blank and the border.
_FRAME_LETTERS = 5
_LONGEST_UNBROKEN = 40


class CellKind(Enum):
    """How a cell is shown; the value is the name of its rule in ``fragments.css``."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    ID = "id"
    STATUS = "status"


@dataclass(frozen=True)
class Cell:
    """One cell: its text, its kind, the tone of a state, and a second text that stands below the first."""

    text: str
    kind: CellKind = CellKind.TEXT
    tone: Tone | None = None
    more: str = ""

    @property
    def plain(self) -> str:
        """The text; for a state with its symbol."""
        return describe_status(self.text, self.tone) if self.kind is CellKind.STATUS else self.text


def build_table(
    title: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    total: int | None = None,
    rest: str = "",
    empty: str = "nothing to show",
) -> Fragment:
    """Build a compact table; long texts are cut visibly, ids never.

    Args:
        title: The caption; empty for none.
        headers: The name of each column.
        rows: The cells to show, one for each header.
        total: How many rows there are in all; the rows given are all of them when it is left out.
        rest: Where the rows are that ``rows`` leaves out.
        empty: What to show in place of a table without rows.

    Returns:
        The table as HTML, and as text with aligned columns. Both end with the count of rows.

    """
    count = len(rows) if total is None else total
    foot = _describe_rows(len(rows), count, rest) if count else empty
    table = (
        _table_html(headers, [map(_cut_cell, row) for row in rows], title=title)
        if rows
        else tag("div", title, style=style("bold"))
    )
    html = scroll_region(title or "table", table, tag("div", foot, style=style("foot")), rule="table-region")
    return Fragment(html, _table_text(headers, rows, foot))


def full_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, empty: str = "nothing") -> Fragment:
    """Build a table that shows every word; the first cell of a row is its name. As text, each row is a block of lines."""
    if not rows:
        return Fragment(tag("div", f"{title}: {empty}"), f"{title}: {empty}")
    body = [_whole_row(headers, row, lambda _, cell: style("cell", "whole", min_width=_least_width(cell))) for row in rows]
    html = scroll_region(
        title, _table_html(headers, body, title=title, header=("cell", "whole", "bold")), rule="table-region"
    )
    return Fragment(html, "\n".join([f"{title}:", *(line for row in rows for line in _row_lines(headers, row))]))


def page_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, unbroken: int) -> Html:
    """Build a table as wide as its page that shows every word; the page shows its heading elsewhere.

    Short cells of the first ``unbroken`` columns do not wrap; the other columns share the room. Each cell carries its
    header, for pages too narrow to show columns beside each other.
    """

    def cell_style(column: int, cell: Cell) -> str:
        is_unbroken = column < unbroken and len(cell.plain) <= _LONGEST_UNBROKEN
        return style("cell", "page-cell", "unbroken" if is_unbroken else "breakable")

    body = [_whole_row(headers, row, cell_style) for row in rows]
    header = ("cell", "page-cell", "unbroken")
    return _table_html(headers, body, header=header, style=style("page-table"), aria_label=title)


def cut_text(text: str, columns: int) -> str:
    """Shorten a text to this number of terminal columns; a shortened text ends in ``…``."""
    if text_width(text) <= columns:
        return text
    kept = text[:columns]
    while text_width(kept) > columns - 1:
        kept = kept[:-1]
    return f"{kept}…"


def _describe_rows(shown: int, total: int, rest: str) -> str:
    if shown < total:
        return f"{shown:,} of {total:,} rows" + (f"; {rest}" if rest else "")
    return describe_count(total, "row")


def _table_html(
    headers: Sequence[str],
    rows: Iterable[Iterable[Html]],
    *,
    title: str = "",
    header: Sequence[str] = ("cell", "header"),
    **attributes: str,
) -> Html:
    """Build the table of all builders above: ``header`` names the rules of a header, ``title`` becomes a caption."""
    names = (tag("th", name, scope="col", style=style(*header)) for name in headers)
    head = tag("thead", tag("tr", *names)) if headers else ""
    body = tag("tbody", *(tag("tr", *row, style=style("row")) for row in rows))
    caption = tag("caption", title, style=style("caption")) if title else ""
    return tag("table", caption, head, body, **{"style": style("table"), **attributes})


def _cut_cell(cell: Cell) -> Html:
    more = tag("div", cell.more, style=style("more")) if cell.more else ""
    rules = ("cell", cell.kind.value)
    if cell.kind is CellKind.STATUS:
        return tag("td", status_html(cell.text, cell.tone), more, style=style(*rules))
    text = clean(cell.text)
    shown = text if cell.kind is CellKind.ID else cut_text(text, _HTML_CHARACTERS)
    least = {"min_width": f"{_longest_word(shown) * _WORD_LETTER_EM:.1f}em"} if cell.kind is CellKind.TEXT else {}
    return tag("td", shown, more, style=style(*rules, **least), title=text if shown != text else None)


def _longest_word(text: str) -> int:
    # Names that hyphens join may break there.
    words = text.replace("-", "- ").split()
    return min(max(map(text_width, words), default=0), _LONGEST_WORD)


def _whole_row(headers: Sequence[str], row: Sequence[Cell], cell_style: Callable[[int, Cell], str]) -> list[Html]:
    name, *others = row
    heading = style("row-heading")
    first = tag("th", *_whole_content(name), scope="row", style=f"{cell_style(0, name)};{heading}")
    labels: Sequence[str | None] = headers or [None] * len(row)
    cells = enumerate(zip(others, labels[1:], strict=True), 1)
    return [first] + [
        tag("td", *_whole_content(cell), style=cell_style(column, cell), data_label=label) for column, (cell, label) in cells
    ]


def _whole_content(cell: Cell) -> list[object]:
    shown: object = status_html(cell.text, cell.tone) if cell.kind is CellKind.STATUS else whole_times(cell.text)
    return [shown, tag("div", cell.more, style=style("more-lines"))] if cell.more else [shown]


def _least_width(cell: Cell) -> str:
    length = max(len(cell.text), len(cell.more))
    if cell.kind is CellKind.STATUS and length <= _SHORT_TEXT:  # a state stands on one line
        return f"{(len(cell.text) + _FRAME_LETTERS) * _LETTER_EM:.1f}em"
    return f"{_LONG_EM if length > _SHORT_TEXT else min(length * _LETTER_EM, _SHORT_EM):.1f}em"


def _row_lines(headers: Sequence[str], row: Sequence[Cell]) -> list[str]:
    name, *others = row
    lines = [f"  {clean_line(name.text)}" + (f" ({clean_line(name.more)})" if name.more else "")]
    for header, cell in zip(headers[1:], others, strict=True):
        parts = [part for part in (clean_line(cell.plain), clean_line(cell.more)) if part]
        lines += [f"    {header}: {': '.join(parts)}"] if parts else []
    return lines


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
    text, more = clean(cell.plain), clean(cell.more)
    if more:
        text += f": {more}" if cell.kind is CellKind.STATUS else f" ({more})"
    flat = text.replace("\n", " ")
    return flat if cell.kind is CellKind.ID else cut_text(flat, _TEXT_COLUMNS)
