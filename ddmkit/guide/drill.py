"""A drill as the cells of a notebook: coverage, plan, the run after confirmation, and the report.

Running all cells sends nothing: a drill needs what its plan says, such as ``create 3, delete 3``, typed by a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from ddmkit.display.html import Fragment
from ddmkit.errors import InputError
from ddmkit.guide.layout import describe_lines, stack
from ddmkit.guide.overview import MADE_BY_THE_PAGE, describe_scenario, show_where
from ddmkit.guide.parameters import read_list, read_text
from ddmkit.handles.drill.coverage import Drills
from ddmkit.handles.drill.plan import Drill
from ddmkit.handles.drill.result import DrillResult
from ddmkit.handles.record import Record, read_record
from ddmkit.kit import Kit

__all__ = ["DrillGuide"]


@dataclass
class DrillGuide:
    """The state of one page. Each method is one cell of the notebook; what the method returns is the cell's output."""

    kit: Kit
    source: str = ""
    record: str = ""
    place: str = "simulator"
    given: Mapping[str, Any] = field(default_factory=dict)
    planned: Drill | None = field(default=None, repr=False)
    result: DrillResult | None = field(default=None, repr=False)

    def where(self, *, picture: bool = True) -> Fragment:
        """Show the service, the project, the credentials' source and the location of the records; as ``Guide.where``."""
        shown = show_where(self.kit, self.kit.settings.time_zone)
        if not self.kit.simulator:
            return shown
        return stack(shown, describe_scenario(self.kit, picture=picture, unprepared=MADE_BY_THE_PAGE))

    def coverage(self) -> Drills:
        """Show which sources were drilled, when, how it ended, and when the next drill is due."""
        return self.kit.drills

    def plan(self) -> Drill:
        """Plan the drill, and show what it creates and deletes; nothing is sent."""
        if not self.source and not self.record:
            raise InputError("is empty.", field="source", fix="Fill in source, or record, at the top, and run again.")
        on = cast("Literal['simulator', 'cloud']", self.place)
        self.planned = self.kit.drill(self._what(), on=on, **self.given)
        return self.planned

    def run(self, *, confirm: str = "", digest: str = "", accept: Sequence[str] = ()) -> DrillResult | Fragment:
        """Run the drill just shown, if a person has confirmed it; otherwise say what is missing.

        Args:
            confirm: What the plan says, such as ``create 3, delete 3``.
            digest: The digest of the plan just shown; asked for in the cloud. A world of the simulator is rebuilt each time.
            accept: Ids of the warnings that the person has verified, in the cloud.

        Returns:
            The result with its report, or a text that says why nothing was sent.
        """
        if self.result is not None:
            return self.result
        drill, on_cloud = self.planned or self.plan(), self.place == "cloud"
        read_text(confirm, "confirm")
        read_text(digest, "digest")
        accepted = read_list(accept, "accept")
        missing = [] if confirm == drill.confirmation else [f"confirm = {drill.confirmation!r}"]
        missing += [f"digest = {drill.digest!r}"] if on_cloud and digest != drill.digest else []
        missing += [f"accept: {name!r}" for name in drill.warnings if on_cloud and name not in accepted]
        if missing:
            start = "Nothing was sent. To run this drill, read its plan, set these parameters at the top, and run again:"
            return describe_lines(start, *missing)
        self.result = drill.run(confirm=confirm, accept=accepted)
        return self.result

    def save_report(self, folder: str | Path = "") -> Fragment:
        """Write the report as a page and as JSON, by default to the current folder."""
        if self.result is None:
            return describe_lines("Nothing was sent, so there is no report.")
        name = f"drill-{self.result.record.id}"
        page = self.result.export_page(Path(folder) / f"{name}.html")
        report = self.result.export(Path(folder) / f"{name}.json")
        return describe_lines(
            f"Drill {self.result.verdict}; record {self.result.record.id}.",
            f"To read and print: {page.resolve()}",
            f"For programs: {report.resolve()}",
        )

    def _what(self) -> str | Record:
        if not self.record:
            return self.source
        return read_record(self.record) if Path(self.record).is_file() else self.kit.records.get(self.record)
