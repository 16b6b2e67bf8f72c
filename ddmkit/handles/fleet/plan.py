"""The plan of a fleet as a person holds it: what differs between rows first, then every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from ddmkit.display.html import Fragment, clean_line, join, tag
from ddmkit.display.rows import Rows
from ddmkit.display.stylesheet import style
from ddmkit.fleet.plan import FleetPlan, RowCheck

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fleet", "PlannedRowView"]


class PlannedRowView(BaseModel):
    """One row of a planned fleet."""

    model_config = ConfigDict(frozen=True)

    row: str
    wave: int
    kind: str
    source_name: str
    target_name: str
    point: str
    verdict: str
    warnings: str
    digest: str


class Fleet(FleetPlan):
    """What would be done, shown before anything is sent."""

    def __repr__(self) -> str:
        return clean_line(super().__repr__())

    __str__ = __repr__

    @property
    def rows(self) -> Rows[PlannedRowView]:
        """Every row in order: its wave, from where to where, and what its checks say."""
        return Rows(PlannedRowView, map(_view_of, self.items), title="Rows", empty="no rows")

    @property
    def checks(self) -> Rows[RowCheck]:
        """Each result of each check once, with its rows: failures first, then what differs between rows."""
        return Rows(RowCheck, self.grouped_checks(), title="Checks", empty="no checks")

    def frame(self) -> pd.DataFrame:
        """Return the rows as a DataFrame."""
        return self.rows.frame()

    def show(self) -> Fragment:
        """Return the plan as static HTML and text: how to approve it, the checks, and every row."""
        ready = "" if self.ready else f" (not ready: {len(self.not_ready)} rows)"
        heading = f"Fleet {self.digest}: {len(self.items)} rows in {len(self.waves)} waves{ready}"
        waves = ", ".join(map(str, self.waves))
        lines = (
            f"Waves of {waves}; at most {self.cap} at once.",
            f"Paused after {self.stop_after} bad rows (failed, unknown, differs); in the first wave after one.",
            {"wave": "A person opens every wave after the first.", "first": "A person opens the second wave."}.get(
                self.gate, "No gate: each wave starts by itself."
            ),
            f"To approve exactly this, type: {self.confirmation}",
        )
        checks, rows = self.checks.table(), self.rows.table()
        html = join(
            [
                tag("div", heading, style=style("plan-title")),
                tag("ul", *(tag("li", line) for line in lines), style=style("list")),
                checks.html,
                rows.html,
            ]
        )
        return Fragment(html, "\n".join([heading, *(f"  - {line}" for line in lines), checks.text, "", rows.text]))

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()


def _view_of(item: Any) -> PlannedRowView:
    return PlannedRowView(
        row=item.row,
        wave=item.wave + 1,
        kind=item.kind,
        source_name=item.source_name,
        target_name=item.target_name,
        point=item.point,
        verdict="ready" if item.ready else f"not ready: {', '.join(item.failed)}",
        warnings=", ".join(item.warnings),
        digest=item.digest,
    )
