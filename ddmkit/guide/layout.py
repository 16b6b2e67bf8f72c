"""Build the outputs of a page: lines, titled tables, several parts below each other, and paths relative to the page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ddmkit.config.paths import expand
from ddmkit.display.html import Fragment, Html, join, tag, text_block
from ddmkit.display.recovery import NOT_PREPARED
from ddmkit.display.rows import Rows

__all__ = ["ask_for", "describe_lines", "describe_path", "headed", "point_to_recovery", "stack", "table_of"]

_MAX_ROWS = 50


def describe_lines(*lines: str) -> Fragment:
    """Return lines below each other."""
    return Fragment(tag("div", text_block(*lines)), "\n".join(lines))


def ask_for(*names: str) -> Fragment:
    """Name the parameters that this part of the page needs."""
    named = " and ".join(f"`{name}`" for name in names)
    return describe_lines(f"Nothing to show yet: fill in {named} at the top, and run again.", *point_to_recovery(names))


def point_to_recovery(missing: Iterable[str]) -> list[str]:
    """Return what helps where the target or the data nodes are missing: they may not exist yet."""
    return [NOT_PREPARED] if {"target", "data_nodes"}.intersection(missing) else []


def headed(title: str, *lines: str) -> Fragment:
    """Return lines below a title."""
    head = tag("div", title, style="font-weight:bold;padding-top:0.4em")
    return Fragment(join([head, text_block(*lines)]), "\n".join([title, *(f"  {line}" for line in lines)]))


def table_of(rows: Rows[Any], title: str) -> Fragment:
    """Return rows as a table with another title, in HTML and in text."""
    table = rows.table(_MAX_ROWS, title=title)
    return Fragment(table.html, f"{title}:\n{table.text}")


def stack(*parts: Fragment) -> Fragment:
    """Return the parts below each other."""
    return Fragment(Html(join([part.html for part in parts])), "\n\n".join(part.text for part in parts))


def describe_path(path: Path) -> str:
    """Return a path relative to the page's folder when it lies below that folder, otherwise the absolute path."""
    absolute, here = expand(path).resolve(), Path.cwd().resolve()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)
