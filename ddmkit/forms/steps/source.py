"""The form for the source: the instance that lost its metadata; it may be deleted."""

from __future__ import annotations

from collections.abc import Iterable

from ddmkit.display.html import Fragment, clean_line, join
from ddmkit.display.rows import Rows
from ddmkit.display.status import Tone, describe_status
from ddmkit.display.table import CellKind
from ddmkit.errors import DDMKitError
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.logic.table_rows import TableColumn, TableRow, instant_cell, make_row
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import Runner, run_at_once
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.table import Table
from ddmkit.inputs import id_of
from ddmkit.kit import Kit
from ddmkit.models import Backup, Instance, Schema
from ddmkit.times import format_utc

__all__ = ["InstanceForm", "list_deleted", "row_of_instance"]

_DELETED, _UNLISTED = "deleted", "not listed"
_COLUMNS = (
    TableColumn("Name"),
    TableColumn("Status", CellKind.STATUS),
    TableColumn("Version"),
    TableColumn("Created (UTC)", CellKind.TIME),
    TableColumn("Id", CellKind.ID),
)


class InstanceForm(Form):
    """Asks for the source; ``value`` is the ``Instance``.

    ``instance_id`` can be set from Python, also to an instance that is no longer listed.
    """

    title = "Source"

    def __init__(self, kit: Kit, *, instance_id: str = "", run: Runner = run_at_once) -> None:
        super().__init__(run=run)
        self._kit = kit
        self._instances: dict[str, Instance] = {}
        self._value: Instance | None = None
        self._schemas: Rows[Schema] | None = None
        self.list = Table(
            "Instances",
            _COLUMNS,
            "ddmkit-source",
            on_choose=lambda key: run(lambda: self._choose(key)),
            empty="no instances",
        )
        self.detail = style.html("ddmkit-source-detail")
        self.again = style.button(
            "Read the list again", "Read the list of instances from the service again", "ddmkit-source-again"
        )
        self.deleted = style.button(
            "Look for deleted instances",
            "Read every backup of the project, to find deleted instances that still have backups",
            "ddmkit-source-deleted",
        )
        self.again.on_click(lambda _button: run(self.refresh))
        self.deleted.on_click(lambda _button: run(self.look_for_deleted))
        words = style.heading("Source", "Which instance lost its metadata? The source is only read, never changed.")
        self._lay_out(style.html(value=words), self.list, style.line(self.again, self.deleted), self.detail)
        self.refresh()
        if instance_id:
            self.instance_id = instance_id

    @property
    def value(self) -> Instance | None:
        """The chosen source."""
        return self._value

    @property
    def schemas(self) -> tuple[Schema, ...] | None:
        """The schemas that the chosen source has now; ``None`` if they cannot be read."""
        return tuple(self._schemas) if self._schemas is not None else None

    @property
    def instance_id(self) -> str:
        """The id of the chosen source, or an empty string."""
        return self._value.id if self._value else ""

    @instance_id.setter
    def instance_id(self, instance_id: str) -> None:
        wanted = id_of(instance_id, "source") if instance_id else ""
        if wanted and wanted not in self._instances:
            self.look_for_deleted()
            self._instances.setdefault(wanted, Instance(id=wanted, status=_UNLISTED))
            self._draw()
        self.list.choose(wanted)
        self._choose(wanted)

    def refresh(self) -> None:
        """Read the instances from the service, and what is shown of the chosen one; the choice stays, also if it is gone."""
        chosen, is_read = self._value, False
        with self._reading("its instances"):
            listed = {one.id: one for one in self._kit.instances()}
            self._instances = {one.id: one for one in self._instances.values() if one.status == _DELETED} | listed
            if chosen is not None:
                self._instances.setdefault(chosen.id, chosen.model_copy(update={"status": _UNLISTED}))
            is_read = True
        self._draw()
        if is_read and chosen is not None and self.instance_id == chosen.id:  # another may have been chosen meanwhile
            self._choose(chosen.id)

    def look_for_deleted(self) -> None:
        """Add the deleted instances that still have backups."""
        with self._reading("every backup of the project"):
            deleted = list_deleted(self._kit.backups(), self._instances)
            self._instances |= {one.id: one for one in deleted}
            found = ", ".join(one.name for one in deleted[:5]) or "none"
        if not self.message.text:
            self.message.show(f"Deleted instances with backups: {len(deleted)} ({found}).")
        self._draw()

    def summary(self) -> Fragment:
        """Return the chosen source as static HTML and text."""
        if self._value is None:
            return describe_facts("Source", [("Chosen", "nothing yet")])
        return describe_facts("Source", self._facts(self._value))

    def _draw(self) -> None:
        self.list.set_rows([row_of_instance(one) for one in self._instances.values()])

    def _choose(self, instance_id: str) -> None:
        self._value = self._instances.get(instance_id)
        self._schemas = None
        self.detail.value = ""
        if self._value is not None:
            self._show_chosen(self._value)
        self._notify()

    def _show_chosen(self, chosen: Instance) -> None:
        facts = self._facts(chosen)[1:]  # without the name, which is the title
        shown = describe_facts(f"SOURCE: {clean_line(chosen.name or chosen.id)}", facts)
        if chosen.status == _DELETED:
            self.message.show(
                "This instance is deleted; its backups can still be restored to another instance.", tone=Tone.WARNING
            )
            self.detail.value = shown.html
            return
        try:
            self._schemas = self._kit.schemas(chosen.id)
        except DDMKitError as error:
            self.message.show(f"The schemas of this instance cannot be read: {error}", tone=Tone.WARNING)
            self.detail.value = shown.html
            return
        self.message.clear()
        if self.instance_id == chosen.id:  # another instance may have been chosen meanwhile
            self.detail.value = join([shown.html, self._schemas.table(20).html])

    def _facts(self, chosen: Instance) -> list[tuple[str, str]]:
        names = [schema.name for schema in self._schemas or ()]
        return [
            ("Name", chosen.name),
            ("Id", chosen.id),
            ("Status", describe_status(chosen.status)),
            ("Version", chosen.engine_version),
            ("Created", format_utc(chosen.created) if chosen.created else ""),
            ("Schemas now", f"{len(names)}: {', '.join(names[:8])}" if names else ""),
        ]


def list_deleted(backups: Iterable[Backup], listed: Iterable[str]) -> list[Instance]:
    """Return the instances that are named by backups but not listed, each once."""
    known = set(listed)
    gone = {
        one.instance_id: Instance(id=one.instance_id, name=one.instance_name, status=_DELETED)
        for one in backups
        if one.instance_id and one.instance_id not in known
    }
    return list(gone.values())


def row_of_instance(one: Instance) -> TableRow:
    """Return an instance as a row of the table."""
    status = describe_status(one.status)
    return make_row(one.id, one.name or "(no name)", status, one.engine_version, instant_cell(one.created), one.id)
