"""Small pieces of a page: lines, tables with their titles, pieces below each other, and paths as the page sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ddmkit.config.paths import expand
from ddmkit.display.html import Fragment, Html, join, tag, text_block
from ddmkit.display.rows import Rows

__all__ = ["ask_for", "describe_lines", "headed", "near", "stack", "table_of"]

_ROWS_ON_A_PAGE = 50


def describe_lines(*lines: str) -> Fragment:
    """Set lines below each other."""
    return Fragment(tag("div", text_block(*lines)), "\n".join(lines))


def ask_for(*names: str) -> Fragment:
    """Describe which parameters this part of the page waits for."""
    named = " and ".join(f"`{name}`" for name in names)
    return describe_lines(f"Nothing to show yet: fill in {named} at the top, and run again.")


def headed(title: str, *lines: str) -> Fragment:
    """Set lines below a title."""
    head = tag("div", title, style="font-weight:bold;padding-top:0.4em")
    return Fragment(join([head, text_block(*lines)]), "\n".join([title, *(f"  {line}" for line in lines)]))


def table_of(rows: Rows[Any], title: str) -> Fragment:
    """Return rows as a table with another title, in its text too."""
    table = rows.table(_ROWS_ON_A_PAGE, title=title)
    return Fragment(table.html, f"{title}:\n{table.text}")


def stack(*parts: Fragment) -> Fragment:
    """Set pieces below each other."""
    return Fragment(Html(join([part.html for part in parts])), "\n\n".join(part.text for part in parts))


def near(place: Path) -> str:
    """Write a path as seen from the folder that the page runs in, when it lies there; else whole."""
    whole = expand(place).resolve()
    here = Path.cwd().resolve()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(whole)
