"""The table in which a person watches a fleet: a line for each row, with its state, its age, and always a reason."""

from __future__ import annotations

from collections.abc import Callable

from ddmkit.fleet.progress import progress_rows
from ddmkit.forms.logic.fleet.rows import PROGRESS, list_progress
from ddmkit.forms.widgets.table import Table
from ddmkit.records.fleets.rows import FleetSnapshot

__all__ = ["FleetTable"]


class FleetTable(Table):
    """Shows how each row of a fleet stands. The page gets only the rows that it shows and that have changed.

    ``on_choose_many`` is called with the ids of the chosen rows; without it the table is only read.
    """

    def __init__(self, *, on_choose_many: Callable[[tuple[str, ...]], None] | None = None) -> None:
        super().__init__("Rows of the fleet", PROGRESS, "ddmkit-fleet-rows", on_choose_many=on_choose_many, empty="no rows")

    def show(self, fleet: FleetSnapshot) -> None:
        """Show a fleet as it stands at an instant."""
        self.change_rows(list_progress(progress_rows(fleet)))
