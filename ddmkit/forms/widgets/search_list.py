"""A list to search and choose from, by mouse or keyboard: filtered in Python, with at most 200 rows on the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from ddmkit.display.html import tag
from ddmkit.forms.logic.filtering import MOST_ROWS, ListRow, filter_rows
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK
from ddmkit.forms.widgets.fields import TextField

__all__ = ["SearchList"]


class SearchList:
    """A search box above a list. ``chosen`` is a row's key or empty; a row stays chosen when a search hides it.

    ``on_choose`` is called with the key when a person chooses; choosing from Python does not call it. A row's key (an id)
    pasted into the search box chooses that row.
    """

    def __init__(
        self,
        label: str,
        tooltip: str,
        on_choose: Callable[[str], None],
        css: str,
        *,
        visible: int = 8,
        most: int = MOST_ROWS,
    ) -> None:
        self._on_choose = on_choose
        self._most = most
        self._rows: Sequence[ListRow] = ()
        self._shown: tuple[ListRow, ...] = ()
        self._chosen = ""
        self._none = "none chosen"
        self._is_quiet = False
        self.search = TextField(
            f"Search {label.lower()}",
            f"Words that the row must contain, or a pasted id. {tooltip}",
            self._search,
            f"{css}-search",
            placeholder="words, or a pasted id",
            is_live=True,
        )
        self.select = widgets.Select(
            options=[("none chosen", "")],
            description=label,
            tooltip=f"{tooltip} Use the arrow keys: the row you stop at is chosen.",
            rows=visible,
            style=style.list_style(),
            layout=widgets.Layout(width="100%"),
            **style.classes(css),
        )
        self.count = style.html(f"{css}-count ddmkit-under-field")
        self.select.observe(self._choose_shown, names="index")
        self.widget = style.column(self.search.widget, self.select, self.count)

    @property
    def chosen(self) -> str:
        """The key of the chosen row, or an empty string."""
        return self._chosen

    def set_rows(self, rows: Sequence[ListRow]) -> None:
        """Replace the rows; the choice is kept, even if it is not among them."""
        with FORM_LOCK:
            self._rows = rows
            self._draw()

    def choose(self, key: str) -> None:
        """Choose a row from Python."""
        with FORM_LOCK:
            self._chosen = key
            self._mark()

    def _search(self, text: str) -> None:
        self._draw()
        pasted = text.strip()
        if pasted and pasted != self._chosen and any(row.key == pasted for row in self._rows):
            self.choose(pasted)
            self._on_choose(pasted)

    def _draw(self) -> None:
        filtered = filter_rows(self._rows, self.search.value, most=self._most)
        self._shown = filtered.rows
        hidden = self._chosen and all(row.key != self._chosen for row in self._shown)
        self._none = "your choice is not among these" if hidden else "none chosen"
        self._is_quiet = True
        try:
            # Both go to the page in one message: between two messages the list would report a wrong row as chosen.
            with self.select.hold_sync():
                self.select.options = [(self._none, ""), *((row.label, row.key) for row in filtered.rows)]
                self.select.index = self._position()
        finally:
            self._is_quiet = False
        self.count.value = tag("div", filtered.describe(), role="status")

    def _mark(self) -> None:
        if self._none != "none chosen" or (self._chosen and not self._position()):
            self._draw()
            return
        self._is_quiet = True
        try:
            self.select.index = self._position()
        finally:
            self._is_quiet = False

    def _position(self) -> int:
        return next((place for place, row in enumerate(self._shown, 1) if row.key == self._chosen), 0)

    def _choose_shown(self, change: Any) -> None:
        with FORM_LOCK:
            index = change["new"]
            if self._is_quiet or index is None:
                return
            key = self._shown[index - 1].key if index else ""
            if key != self._chosen:
                self.choose(key)
                self._on_choose(key)
