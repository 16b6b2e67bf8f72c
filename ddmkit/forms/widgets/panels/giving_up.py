"""Give a recovery up: list what it created, and delete that after its count was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import ipywidgets as widgets

from ddmkit.display.html import clean_line, tag
from ddmkit.display.status import Tone
from ddmkit.display.table import CellKind
from ddmkit.forms.logic.table_rows import TableColumn, TableRow, make_row
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.fields import Message, TextField
from ddmkit.forms.widgets.table import Table
from ddmkit.handles.recovery.abandon import Abandonment
from ddmkit.recovery.abandon import AbandonItem
from ddmkit.times import format_ago

__all__ = ["GivingUpPanel", "list_created"]

_COLUMNS = (
    TableColumn("Name"),
    TableColumn("What"),
    TableColumn("Age"),
    TableColumn("Billing"),
    TableColumn("What happens"),
    TableColumn("Id", CellKind.ID),
)
_WORDS = "Nothing is deleted that this recovery did not create. The list is made first; you type its count then."


class GivingUpPanel:
    """Lists and deletes what a recovery created. ``read`` is called for the list, ``delete`` to delete what it says."""

    def __init__(self, read: Callable[[], None], delete: Callable[[], None]) -> None:
        self._read, self._delete = read, delete
        self.todo: Abandonment | None = None
        self.look = style.button(
            "List what was created", "Read what this recovery created, as it is now", "ddmkit-list-created"
        )
        self.look.on_click(lambda button: self._press(button, "Asking the service for what was created ...", read))
        self.table = Table("Created by this recovery", _COLUMNS, "ddmkit-created", empty="nothing was created")
        self.count_field = TextField(
            "Confirm with", "Type what stands below the field, exactly", self._check, "ddmkit-delete-count", is_live=True
        )
        self.delete = style.button("Delete", "Delete what the list says, the target first", "ddmkit-delete ddmkit-danger")
        self.delete.on_click(lambda button: self._press(button, "Deleting; this takes some minutes ...", delete))
        self.message = Message("ddmkit-delete-message")
        self._confirming = style.column(self.count_field.widget, self.delete)
        self.words = style.html("ddmkit-giving-up-words")
        self.widget = style.column(
            self.words,
            self.look,
            self.table,
            self._confirming,
            self.message.widget,
            css="ddmkit-rows ddmkit-giving-up",
        )
        self.explain()
        self.show(None)

    def explain(self, why_not: str = "") -> None:
        """Say what giving up does, or why it cannot be done now."""
        words = clean_line(f"Not possible: {why_not}") if why_not else _WORDS
        self.words.value = tag("div", tag("b", "Give up: delete what was created"), tag("div", words))
        style.show(self.look, not why_not)

    def show(self, todo: Abandonment | None) -> None:
        """Show a list, or none."""
        self.todo = todo
        self.count_field.value = ""
        self.table.set_rows(list_created(todo.items, todo.made_at) if todo is not None else [])
        style.show(self.table, todo is not None)
        style.show(self._confirming, todo is not None)
        if todo is not None:
            button = f"Delete {len(todo.deletable)}" if todo.deletable else "Give up: nothing has to be deleted"
            self.delete.description = button
            style.show(self.count_field.widget, bool(todo.deletable))
        self._check("")

    def attempt(self, work: Callable[[], None]) -> None:
        """Do the work, and show its error here."""
        try:
            with self.message.showing_errors():
                work()
        finally:
            self.look.disabled = False
            self._check(self.count_field.value)

    def _check(self, typed: str) -> None:
        wanted = self.todo.confirmation if self.todo is not None else ""
        is_right = self.todo is not None and typed == wanted
        self.delete.disabled = not is_right
        if is_right:
            self.count_field.message.show("as many as the list says", tone=Tone.GOOD)
        else:
            self.count_field.message.show(f"Type: {wanted}", tone=Tone.WARNING, word="open")

    def _press(self, button: widgets.Button, words: str, work: Callable[[], None]) -> None:
        button.disabled = True
        self.message.show(words, tone=Tone.BUSY)
        work()


def list_created(items: tuple[AbandonItem, ...], now: datetime) -> list[TableRow]:
    """Return a row for each instance: what it is, and whether it will be deleted."""
    return [
        make_row(
            item.id or item.name,
            item.name,
            "DDM instance" if item.kind == "target" else "RDS instance",
            format_ago(item.created, now) if item.created else "",
            item.billing,
            item.fate,
            item.id,
        )
        for item in items
    ]
