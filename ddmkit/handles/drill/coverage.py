"""The coverage of all sources by drills, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ddmkit.display.rows import Rows
from ddmkit.drills.coverage import DrillCoverage, list_coverage

if TYPE_CHECKING:
    import pandas as pd

    from ddmkit.kit.reading import Reading

__all__ = ["Drills"]


class Drills:
    """Which sources of this project were drilled: never drilled first, then what is overdue."""

    def __init__(self, kit: Reading) -> None:
        self._kit = kit

    def __repr__(self) -> str:
        return repr(self.list())

    def list(self) -> Rows[DrillCoverage]:
        """Return one row for each instance of the project, and for each source of a drill that is gone."""
        kit = self._kit
        sources = {one.id: one.name for one in kit.instances()}
        rows = list_coverage(sources, kit.records.drill_reports(), now=kit.now())
        return Rows(DrillCoverage, rows, title="Drills", empty="no DDM instances in this project", now=kit.now())

    def frame(self) -> pd.DataFrame:
        """Return the same as a DataFrame."""
        return self.list().frame()

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.list()._repr_mimebundle_()
