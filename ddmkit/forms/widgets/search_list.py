"""A list that a person searches and chooses from with mouse or keyboard: filtered in Python, at most 200 rows shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from ddmkit.display.html import tag
from ddmkit.forms.logic.filtering import MOST_ROWS, ListRow, filter_rows
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.background import FORM_LOCK
from ddmkit.forms.widgets.fields import TextField

__all__ = ["SearchList"]


class SearchList:
    """A search box above a list. ``chosen`` is a row's key or nothing; it stays chosen when a search does not show it.

    ``tell`` is called with the key when a person chooses; choosing from Python tells nobody. An id pasted into the search
    box that is a row's key chooses that row.
    """

    def __init__(
        self, label: str, tooltip: str, tell: Callable[[str], None], css: str, *, visible: int = 8, most: int = MOST_ROWS
    ) -> None:
        self._tell = tell
        self._most = most
        self._rows: Sequence[ListRow] = ()
        self._shown: tuple[ListRow, ...] = ()
        self._chosen = ""
        self._none = "none chosen"
        self._is_quiet = False
        self.search = TextField(
            f"Search {label.lower()}",
            f"Words that the row must hold, or a pasted id. {tooltip}",
            self._search,
            f"{css}-search",
            placeholder="words, or a pasted id",
            is_live=True,
        )
        self.select = widgets.Select(
            options=[("none chosen", "")],
            description=label,
            tooltip=f"{tooltip} Arrow keys move, the row you stop at is chosen.",
            rows=visible,
            style={"description_width": "11em"},
            layout=widgets.Layout(width="100%"),
        )
        self.select.add_class(css)
        self.count = look.html(f"{css}-count ddmkit-under-field")
        self.select.observe(self._choose_shown, names="index")
        self.widget = look.column(self.search.widget, self.select, self.count)

    @property
    def chosen(self) -> str:
        """The key of the chosen row, or nothing."""
        return self._chosen

    def set_rows(self, rows: Sequence[ListRow]) -> None:
        """Take other rows; the choice is kept, also when it is not among them."""
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
            self._tell(pasted)

    def _draw(self) -> None:
        filtered = filter_rows(self._rows, self.search.value, most=self._most)
        self._shown = filtered.rows
        hidden = self._chosen and all(row.key != self._chosen for row in self._shown)
        self._none = "your choice is not among these" if hidden else "none chosen"
        self._is_quiet = True
        try:
            # One message for both: a list that is shown with another row chosen for a moment would tell a wrong choice.
            with self.select.hold_sync():
                self.select.options = [(self._none, ""), *((row.label, row.key) for row in filtered.rows)]
                self.select.index = self._position()
        finally:
            self._is_quiet = False
        self.count.value = tag("div", filtered.say(), role="status")

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
                self._tell(key)
