"""The form that looks through past restores: search, read, save."""

from __future__ import annotations

from typing import Any

from ddmkit.display.markup import Fragment, Html, clean_line
from ddmkit.display.status import say_status
from ddmkit.errors import RecordError
from ddmkit.forms import look
from ddmkit.forms.filtering import ListRow
from ddmkit.forms.form import Form, say_facts
from ddmkit.forms.lists import SearchList
from ddmkit.forms.results import RecordFiles
from ddmkit.handles.record import Record, RecordRow
from ddmkit.times import say_utc

__all__ = ["RecordBrowser"]


class RecordBrowser(Form):
    """Looks through the records of a kit; ``value`` is the chosen ``Record``."""

    title = "Records"

    def __init__(self, kit: Any, *, record_id: str = "") -> None:
        super().__init__()
        self._kit = kit
        self._value: Record | None = None
        self.list = SearchList("Records", "Every restore that was begun, newest first.", self._choose, "ddmkit-records")
        self.again = look.button("Read the records again", "Look into the store once more", "ddmkit-records-again")
        self.again.on_click(lambda _button: self.refresh())
        self.said = look.html("ddmkit-record")
        self.files = RecordFiles()
        self._place(
            look.html(value=look.heading("Records", "What was asked, checked, sent and found, step by step.")),
            self.list.widget,
            self.again,
            self.said,
            self.files.widget,
        )
        self.refresh()
        if record_id:
            self.record_id = record_id

    @property
    def value(self) -> Record | None:
        """The chosen record."""
        return self._value

    @property
    def record_id(self) -> str:
        """The id of the chosen record, or nothing."""
        return self._value.id if self._value else ""

    @record_id.setter
    def record_id(self, record_id: str) -> None:
        self._choose(record_id)
        self.list.choose(self.record_id)

    def refresh(self) -> None:
        """Read the list of records."""
        with self._asking("the records"):
            self.list.set_rows([_row(one) for one in self._kit.records.list()])

    def summary(self) -> Fragment:
        """Give the chosen record as static HTML and text."""
        if self._value is None:
            return say_facts(self.title, [("Chosen", "nothing yet")])
        shown = self._value._repr_mimebundle_()
        return Fragment(Html(shown["text/html"]), shown["text/plain"])

    def _choose(self, record_id: str) -> None:
        self._value, self.said.value = None, ""
        try:
            self._value = self._kit.records.get(record_id) if record_id else None
        except RecordError as error:
            self.message.refuse(error)
        else:
            self.message.clear()
        self.files.record = self._value
        self.said.value = self.summary().html if self._value else ""
        look.show(self.files.widget, self._value is not None)
        self._tell()


def _row(one: RecordRow) -> ListRow:
    route = f"{one.source_name} -> {one.target_name}"
    parts = [say_utc(one.created), say_status(one.state), route, one.ticket, one.id]
    words = clean_line(" | ".join(part for part in parts if part))
    return ListRow(one.id, words, f"{one.operator} {one.purpose} {one.job_id}")
