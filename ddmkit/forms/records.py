"""The form for past restores: search, read, save and compare their records."""

from __future__ import annotations

from ddmkit.display.html import Fragment, Html, join
from ddmkit.display.status import describe_status
from ddmkit.display.table import CellKind
from ddmkit.errors import RecordError
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.logic.table_rows import TableColumn, TableRow, instant_cell, make_row
from ddmkit.forms.steps.results import RecordFiles
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.table import Table
from ddmkit.handles.record import Record
from ddmkit.handles.records import RecordRow
from ddmkit.kit import Kit
from ddmkit.rehearsal.differences import compare_runs

__all__ = ["RecordForm"]

_COLUMNS = (
    TableColumn("Started (UTC)", CellKind.TIME),
    TableColumn("State", CellKind.STATUS),
    TableColumn("Source"),
    TableColumn("Target"),
    TableColumn("Ticket"),
    TableColumn("By"),
    TableColumn("Record", CellKind.ID),
)


class RecordForm(Form):
    """Shows the records of a kit: find a record, read it, save it, and compare it with another.

    ``value`` is the chosen ``Record``, ``other`` the record to compare it with. ``record_id`` and ``other_id`` can be set
    to an id or to the beginning of an id.
    """

    title = "Records"

    def __init__(self, kit: Kit, *, record_id: str = "", other_id: str = "") -> None:
        super().__init__()
        self._kit = kit
        self._value: Record | None = None
        self._other: Record | None = None
        self._rows: list[TableRow] = []
        self.list = Table(
            "Records", _COLUMNS, "ddmkit-records", on_choose=self._choose, empty="no records yet", is_newest_first=True
        )
        self.again = style.button(
            "Read the records again", "Read the list of records from the store again", "ddmkit-records-again"
        )
        self.again.on_click(lambda _button: self.refresh())
        self.details = style.html("ddmkit-record")
        self.files = RecordFiles()
        self.others = Table(
            "Compare with another record",
            _COLUMNS,
            "ddmkit-compare",
            on_choose=self._choose_other,
            empty="no other record to compare with",
        )
        self.comparing = style.column(self.others)
        self.compared = style.html("ddmkit-compared")
        self._lay_out(
            style.html(value=style.heading("Records", "Choose a record to read it, save it, or compare it with another.")),
            self.list,
            self.again,
            self.files.widget,
            self.comparing,
            self.compared,
            self.details,
            css="ddmkit-browser",
        )
        self.refresh()
        self._show()
        if record_id:
            self.record_id = record_id
        if other_id:
            self.other_id = other_id

    @property
    def value(self) -> Record | None:
        """The chosen record."""
        return self._value

    @property
    def record_id(self) -> str:
        """The id of the chosen record, or an empty string."""
        return self._value.id if self._value else ""

    @record_id.setter
    def record_id(self, record_id: str) -> None:
        self._choose(record_id)
        self.list.choose(self.record_id)

    @property
    def other(self) -> Record | None:
        """The record that the chosen record is compared with."""
        return self._other

    @property
    def other_id(self) -> str:
        """The id of the record that the chosen record is compared with, or an empty string."""
        return self._other.id if self._other else ""

    @other_id.setter
    def other_id(self, record_id: str) -> None:
        self._choose_other(record_id)
        self.others.choose(self.other_id)

    def refresh(self) -> None:
        """Read the list of records again."""
        with self._reading("the records"):
            self._rows = [_row(one) for one in self._kit.records.list()]
            self.list.set_rows(self._rows)
            self._offer_others()

    def summary(self) -> Fragment:
        """Return the chosen record as static HTML and text."""
        if self._value is None:
            return describe_facts(self.title, [("Chosen", "nothing yet")])
        parts = [_shown(self._value)] if self._other is None else [self._comparison(), _shown(self._value)]
        return Fragment(join(part.html for part in parts), "\n\n".join(part.text for part in parts))

    def _choose(self, record_id: str) -> None:
        self._value = self._read(record_id)
        if self._value is None or self.record_id == self.other_id:
            self._other = None
            self.others.choose("")
        self._offer_others()
        self._show()
        self._notify()

    def _choose_other(self, record_id: str) -> None:
        self._other = self._read(record_id) if self._value is not None else None
        if self._value is None and record_id:
            self.message.show_error("Choose a record first, then the record to compare it with.")
        elif self._other is not None and self.other_id == self.record_id:
            self._other = None
            self.message.show_error(f"{record_id} is the chosen record itself. Choose another record to compare it with.")
        self._show()
        self._notify()

    def _read(self, record_id: str) -> Record | None:
        self.message.clear()
        try:
            return self._kit.records.get(record_id) if record_id else None
        except RecordError as error:
            self.message.show_error(error)
            return None

    def _offer_others(self) -> None:
        self.others.set_rows([row for row in self._rows if row.key != self.record_id])

    def _show(self) -> None:
        self.files.record = self._value
        self.details.value = _shown(self._value).html if self._value else ""
        self.compared.value = self._comparison().html if self._other else ""
        style.show(self.files.widget, self._value is not None)
        style.show(self.comparing, self._value is not None)
        style.show(self.compared, self._other is not None)

    def _comparison(self) -> Fragment:
        if self._value is None or self._other is None:
            return Fragment(Html(""), "")
        return compare_runs(self._value.run, self._other.run).show()


def _shown(record: Record) -> Fragment:
    bundle = record._repr_mimebundle_()
    return Fragment(Html(bundle["text/html"]), bundle["text/plain"])


def _row(one: RecordRow) -> TableRow:
    return make_row(
        one.id,
        instant_cell(one.created),
        describe_status(one.state),
        one.source_name,
        one.target_name,
        one.ticket,
        one.operator,
        one.id,
        more=f"{one.purpose} {one.job_id}",
    )
