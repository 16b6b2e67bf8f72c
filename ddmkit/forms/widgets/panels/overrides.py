"""Say what a new instance is to have otherwise than the source: one field at a time, each checked at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ddmkit.display.html import tag
from ddmkit.errors import InputError
from ddmkit.forms.logic.recovery_choices import TARGET, Like, field_names, list_overrides, read_override, remove_override
from ddmkit.forms.logic.table_rows import TableColumn
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.fields import Message, TextField
from ddmkit.forms.widgets.table import Table

__all__ = ["OverridePanel"]

_COLUMNS = (TableColumn("For"), TableColumn("Field"), TableColumn("Value"))
_ALL_NODES = "all new nodes"


class OverridePanel:
    """Collects overrides; ``like`` holds them as ``kit.plan_recovery`` takes them. ``on_change`` follows each change."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._nodes: Mapping[str, str] = {}
        self._taken: Collection[str] = ()
        self.like: Like = {}
        self.subject = TextField(
            "Different for",
            "All new nodes, the target, or one source node by its name",
            self._ignore,
            "ddmkit-override-subject",
            options=(_ALL_NODES, TARGET),
        )
        self.subject.value = _ALL_NODES
        self.field = TextField(
            "Field",
            "The field of the request, such as flavor_ref or volume",
            self._ignore,
            "ddmkit-override-field",
            options=field_names(),
        )
        self.value = TextField(
            "Value",
            "The value that the service takes; an object as JSON",
            self._ignore,
            "ddmkit-override-value",
            placeholder='rds.mysql.n1.xlarge.2, or {"type": "CLOUDSSD", "size": 100}',
        )
        self.add = style.button("Add", "Use this value in place of the source's", "ddmkit-override-add")
        self.add.on_click(lambda _button: self._on_add())
        self.remove = style.button(
            "Remove the chosen one", "Copy this field from the source again", "ddmkit-override-remove"
        )
        self.remove.on_click(lambda _button: self._on_remove())
        self.rows = Table("Different from the source", _COLUMNS, "ddmkit-overrides", on_choose=lambda _key: self._draw())
        self.message = Message("ddmkit-override-message")
        words = "Flavour, disk, zones, network and so on are copied from the source. Say here what is to be different."
        self.widget = style.column(
            style.html(value=tag("div", tag("b", "Different from the source (optional)"), tag("div", words))),
            self.rows,
            self.remove,
            self.subject.widget,
            self.field.widget,
            self.value.widget,
            self.add,
            self.message.widget,
            css="ddmkit-rows",
        )
        self._draw()

    def set_nodes(self, nodes: Mapping[str, str], taken: Collection[str]) -> None:
        """Set the names of the source nodes by their ids, and which of them are not recovered."""
        self._nodes, self._taken = nodes, taken
        self.subject.input.options = (_ALL_NODES, TARGET, *nodes.values())
        self.set_like({key: fields for key, fields in self.like.items() if key not in taken})

    def set_like(self, like: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace all overrides; calls nothing."""
        self.like = {key: dict(fields) for key, fields in like.items()}
        self._draw()

    def _draw(self) -> None:
        rows = list_overrides(self.like, self._nodes)
        self.rows.set_rows(rows)
        style.show(self.rows, bool(rows))
        style.show(self.remove, bool(self.rows.chosen))

    def _on_add(self) -> None:
        self.message.clear()
        try:
            like = read_override(self.like, self.subject.value, self.field.value, self.value.value, self._nodes, self._taken)
        except InputError as error:
            self.message.show_error(error)
            return
        self.value.value = ""
        self.set_like(like)
        self._on_change()

    def _on_remove(self) -> None:
        self.set_like(remove_override(self.like, self.rows.chosen))
        self._on_change()

    def _ignore(self, _text: str) -> None:
        """Do nothing: typing alone has no effect."""
