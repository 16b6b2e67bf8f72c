"""A table to search, sort, page through and choose from, by mouse or keyboard; its rows stay in Python.

The page gets 25 rows at a time. Script and style sheet are in ``forms/assets``, and are sent once for all tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from ddmkit.forms.assets import TABLE_CSS, TABLE_JS, TABLE_LOADER_JS
from ddmkit.forms.logic.table_rows import (
    PAGE_SIZE,
    TableColumn,
    TablePage,
    TableQuery,
    TableRow,
    TableRows,
    name_turns,
    read_query,
)
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK

__all__ = ["Table"]


class _Script(widgets.Widget):  # type: ignore[misc]  # ipywidgets has no types
    """What all tables of a kernel share on the page; it has no view."""

    script = traitlets.Unicode(TABLE_JS).tag(sync=True)
    css = traitlets.Unicode(TABLE_CSS).tag(sync=True)
    _shared: _Script | None = None
    _users = 0

    @classmethod
    def acquire(cls) -> str:
        """Return the id of the shared script for one more table."""
        with FORM_LOCK:
            if cls._shared is None or cls._shared.comm is None:
                cls._shared, cls._users = cls(), 0
            cls._users += 1
            return str(cls._shared.model_id)

    @classmethod
    def release(cls) -> None:
        """Close the shared script when the last table has been closed."""
        with FORM_LOCK:
            cls._users -= 1
            if cls._users <= 0 and cls._shared is not None:
                cls._shared.close()
                cls._shared = None


class Table(anywidget.AnyWidget):
    """A table; ``selected`` holds the keys of the chosen rows, which stay chosen when a search hides them.

    With ``on_choose`` one row can be chosen: it is called with the row's key, or with an empty text when a person takes the
    choice back. With ``on_choose_many`` several rows can be chosen: it is called with all their keys. With neither the table
    is only read. Choosing from Python calls nothing. A row that has a ``reason`` is shown and cannot be chosen.

    Args:
        label: What the rows are, such as "Instances".
        columns: The columns; ids can be copied with one click.
        css: The classes by which the table is found on the page.
        on_choose: Called when a person chooses one row.
        on_choose_many: Called when a person changes which rows are chosen.
        empty: What is said when there are no rows.
        fold: The words behind which the table is folded; empty for a table that is always open.
        is_newest_first: Whether the rows are given newest first, which names the buttons that turn the page.
    """

    _esm = TABLE_LOADER_JS
    script = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    columns: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True)
    mode = traitlets.Unicode("none").tag(sync=True)
    fold = traitlets.Unicode().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    selected = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        label: str,
        columns: Sequence[TableColumn],
        css: str,
        *,
        on_choose: Callable[[str], None] | None = None,
        on_choose_many: Callable[[tuple[str, ...]], None] | None = None,
        empty: str = "nothing to choose from",
        fold: str = "",
        is_newest_first: bool = False,
    ) -> None:
        self._columns = tuple(columns)
        self._on_choose, self._on_choose_many = on_choose, on_choose_many
        self._empty, self._is_newest_first = empty, is_newest_first
        self._all = TableRows(self._columns)
        self._wanted: tuple[str, ...] = ()
        self._query, self._asked = TableQuery(), ""
        self._is_changing = False
        super().__init__(
            script=_Script.acquire(),
            label=label,
            columns=[{"title": one.title, "kind": one.kind.value} for one in self._columns],
            mode="many" if on_choose_many is not None else "one" if on_choose is not None else "none",
            fold=fold,
            view=self._describe(self._all.find_page(self._query)),
            layout=style.own_layout(width="100%"),
            **style.classes(css),
        )
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        return f"<Table {self.label}: {len(self._all):,} rows, {len(self.selected):,} chosen>"

    @property
    def chosen(self) -> str:
        """The key of the chosen row, or an empty string."""
        return self.selected[0] if self.selected else ""

    @property
    def said(self) -> str:
        """What the page says about the rows that it shows, and how many there are."""
        return str(self.view["said"])

    def set_rows(self, rows: Iterable[TableRow]) -> None:
        """Replace the rows; search, order and choice are kept. A chosen key that is not among the rows waits for its row."""
        with FORM_LOCK:
            self._all = TableRows(self._columns, rows)
            self._draw()

    def change_rows(self, rows: Iterable[TableRow]) -> None:
        """Replace the rows as ``set_rows`` does; the page gets only those rows that it shows and that have changed.

        Where a change moves rows or lets one appear, the page gets all that it shows.
        """
        with FORM_LOCK:
            before: dict[str, Any] = self.view
            self._all = TableRows(self._columns, rows)
            after = self._describe(self._all.find_page(self._query))
            shown: list[dict[str, Any]] = after["rows"]
            if self._in_place(before) != self._in_place(after):
                self._draw()
            elif changed := [new for old, new in zip(before["rows"], shown, strict=True) if old != new]:
                self._is_changing = True
                self.view = after  # for a page that is opened later
                self._is_changing = False
                self.send({"kind": "changed", "rows": changed})

    @staticmethod
    def _in_place(view: Mapping[str, Any]) -> dict[str, Any]:
        """Return what must not change for the rows to stay in their places."""
        return {**view, "rows": [(row["key"], row.get("reason")) for row in view["rows"]]}

    def send_state(self, key: Any = None) -> None:
        """Send properties to the page; rows that change in place are sent by a message of their own."""
        if not (self._is_changing and key == "view"):
            super().send_state(key)

    def choose(self, *keys: str) -> None:
        """Choose rows from Python; no key takes the choice back. Keys that cannot be chosen are dropped."""
        with FORM_LOCK:
            self._wanted = tuple(key for key in keys if key)
            self.selected = list(self._wanted)

    def ask(self, words: str = "", *, sort: int = -1, descending: bool = False, page: int = 0) -> None:
        """Search, sort and page as a person does on the page; a key among the words chooses its row."""
        query = {"words": words, "sort": sort, "descending": descending, "page": page}
        self._on_message(self, {"kind": "ask", "asked": "", **query}, [])

    def press(self, *keys: str) -> None:
        """Choose rows as a person does on the page: ``keys`` are the rows that are chosen afterwards."""
        self._on_message(self, {"kind": "choose", "keys": list(keys)}, [])

    def reveal(self, part: str) -> None:
        """Scroll the page to the part of the form with this class that holds the table."""
        self.send({"reveal": part})

    def close(self) -> None:
        """Close the table, and the shared script with the last table."""
        if self.comm is not None:
            _Script.release()
        super().close()

    @traitlets.validate("selected")
    def _drop_what_cannot_be_chosen(self, proposal: Mapping[str, Any]) -> list[str]:
        return self._all.keep_allowed(proposal["value"], is_multiple=self.mode == "many") if self.mode != "none" else []

    def _on_message(self, _widget: object, content: Mapping[str, Any], _buffers: object) -> None:
        with FORM_LOCK:
            if content.get("kind") == "ask":
                self._answer(content)
            elif content.get("kind") == "choose":
                keys = content.get("keys")
                if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
                    self._take(keys)

    def _answer(self, content: Mapping[str, Any]) -> None:
        before, self._query = self._query.words.strip(), read_query(content, len(self._columns))
        self._asked = str(content.get("asked", ""))
        self._draw()
        pasted = self._query.words.strip()
        if pasted != before and self._all.may_choose(pasted) and pasted not in self.selected and self.mode != "none":
            self._take([*self.selected, pasted] if self.mode == "many" else [pasted])

    def _take(self, keys: list[str]) -> None:
        """Take over what a person chose; where that is refused, the choice stays and the page gets it again."""
        before = self.selected
        allowed = self._all.keep_allowed(keys, is_multiple=self.mode == "many")
        if allowed or not keys:
            self.choose(*allowed)
        if self.selected != keys:
            self.send_state("selected")
        if self.selected == before:
            return
        if self._on_choose_many is not None:
            self._on_choose_many(tuple(self.selected))
        elif self._on_choose is not None:
            self._on_choose(self.chosen)

    def _draw(self) -> None:
        page = self._all.find_page(self._query)
        with self.hold_sync():
            self.view = self._describe(page)
            self.selected = list(self._wanted)

    def _describe(self, page: TablePage) -> dict[str, Any]:
        query = page.query
        rows = [
            {"key": row.key, "cells": [cell.text for cell in row.cells], **({"reason": row.reason} if row.reason else {})}
            for row in page.rows
        ]
        return {
            "asked": self._asked,
            "rows": rows,
            "first": page.first,
            "size": PAGE_SIZE,
            "matched": page.matched,
            "total": page.total,
            "said": page.describe(self._empty),
            "turns": name_turns(self._columns, query, is_newest_first=self._is_newest_first),
            "words": query.words,
            "sort": query.sort,
            "descending": query.descending,
        }
