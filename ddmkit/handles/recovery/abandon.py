"""The list of what a recovery created, as a person holds it before anything is deleted."""

from __future__ import annotations

from typing import Any

from ddmkit.display.html import Fragment, clean_line
from ddmkit.display.table import Cell, CellKind, full_table
from ddmkit.recovery.abandon import AbandonPlan
from ddmkit.times import format_ago

__all__ = ["Abandonment"]


class Abandonment(AbandonPlan):
    """What ``kit.abandon(todo, confirm=todo.confirmation)`` would delete, the target first, and what stays and why."""

    def __repr__(self) -> str:
        return clean_line(super().__repr__())

    __str__ = __repr__

    def show(self) -> Fragment:
        """Return the list as static HTML and text."""
        headers = ["name", "what", "age", "billing", "what happens", "id"]
        rows = [
            [
                Cell(item.name),
                Cell("DDM instance" if item.kind == "target" else "RDS instance"),
                Cell(format_ago(item.created, self.made_at) if item.created else ""),
                Cell(item.billing),
                Cell(item.fate),
                Cell(item.id, CellKind.ID),
            ]
            for item in self.items
        ]
        typed = self.confirmation
        title = f"What the recovery of {self.source_name} created" + (f"; to delete it, type: {typed}" if typed else "")
        return full_table(title, headers, rows, empty="nothing was created")

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()
