"""A fleet as the cells of a notebook: the table, the plan of every row, one approval, the work, and what a person decides.

Running all cells sends nothing: a fleet needs the count and the digest of the plan just shown, typed by a person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddmkit.display.html import Fragment
from ddmkit.errors import InputError
from ddmkit.fleet.table import FleetTable
from ddmkit.guide.layout import describe_lines, describe_path, stack
from ddmkit.guide.overview import show_where
from ddmkit.guide.parameters import read_list, read_mapping, read_text
from ddmkit.handles.fleet.plan import Fleet
from ddmkit.handles.fleet.run import FleetRun
from ddmkit.handles.records import RecordRow
from ddmkit.kit import Kit

if TYPE_CHECKING:
    from ddmkit.forms import FleetForm

__all__ = ["FleetGuide"]


@dataclass
class FleetGuide:
    """The state of one page. Each method is one cell of the notebook; what the method returns is the cell's output.

    ``settings`` are those of ``kit.plan_fleet``.
    """

    kit: Kit
    table: FleetTable | None
    settings: Mapping[str, Any]
    service: str = "simulator"
    in_new_world: bool = False
    current_plan: Fleet | None = field(default=None, repr=False)
    started: FleetRun | None = field(default=None, repr=False)
    opened: FleetForm | None = field(default=None, repr=False)

    def where(self) -> Fragment:
        """Show the service, the project, the credentials' source and the location of the records."""
        return show_where(self.kit, self.settings.get("time_zone") or "")

    def form(self, *, purpose: str = "", ticket: str = "") -> FleetForm:
        """Return the form of the fleet, filled in from the parameters; a second call returns the same form."""
        from ddmkit.forms import FleetForm  # noqa: PLC0415  # loads ipywidgets, which only a form needs

        if self.opened is None:
            self.opened = FleetForm(self.kit, self.table, purpose=purpose, ticket=ticket, **self.settings)
        return self.opened

    @property
    def run(self) -> FleetRun | None:
        """The fleet that a cell or the form has submitted."""
        return self.started or (self.opened.value if self.opened is not None else None)

    def plan(self) -> Fleet:
        """Check every row and make the plan; nothing is sent."""
        if self.table is None:
            fix = "Give the path of a CSV file, or a list of rows, at the top, and run again."
            raise InputError("is empty.", field="table", fix=fix)
        self.current_plan = self.kit.plan_fleet(self.table, **self.settings)
        return self.current_plan

    def approve(
        self,
        *,
        confirm: str = "",
        digest: str = "",
        accept: Mapping[str, Sequence[str]] | None = None,
        purpose: str = "",
        ticket: str = "",
    ) -> FleetRun | Fragment:
        """Record the approval of the plan just shown, if a person has confirmed exactly it; otherwise say what is missing.

        A fleet with this digest that is open is continued: it was approved already. A completed one is not repeated.

        Args:
            confirm: The count, as in ``restore 37``.
            digest: Digest of the plan just shown.
            accept: Ids of the warnings that the person has verified, by row.
            purpose: Reason, for the record.
            ticket: Number of the ticket, for the record.

        Raises:
            InputError: A parameter has the wrong type.
            NotReadyError: The plan expired.
        """
        for name, given in {"confirm": confirm, "digest": digest, "purpose": purpose, "ticket": ticket}.items():
            read_text(given, name)
        accepted = {row: read_list(ids, f"accept[{row!r}]") for row, ids in read_mapping(accept or {}, "accept").items()}
        if self.run is not None:
            return self.run
        plan = self.current_plan or self.plan()
        earlier = self._earlier(plan)
        is_confirmed = confirm == plan.confirmation and digest == plan.digest
        if earlier is not None and earlier.state == "completed":
            return describe_lines(f"Nothing was sent: a page does not repeat a fleet that was completed ({earlier.id}).")
        if earlier is not None and is_confirmed:
            self.started = self.kit.resume_fleet(earlier.id)
            return self.started
        missing = self._missing(plan, accepted, is_confirmed=is_confirmed)
        if missing:
            said = "Nothing was sent. To restore, read the plan above, set these parameters at the top, and run again:"
            return describe_lines(said, *self._world_line(), *missing)
        self.started = self.kit.submit_fleet(plan, confirm=confirm, accept=accepted, purpose=purpose, ticket=ticket)
        return self.started

    def work(self, *, go_on: bool = False) -> Fragment:
        """Work on the fleet until nothing can be taken, and show how each row stands.

        ``go_on`` first ends a pause and opens the gate of the wave that waits: somebody has looked at the rows before.
        """
        run = self.run
        if run is None:
            return describe_lines("Nothing was sent, so there is nothing to work on.")
        if go_on and run.status in {"waiting", "stopped"}:
            run.go_on()
        return run.work().show()

    def decisions(self) -> Fragment:
        """Show what a person may decide now, as calls to copy; nothing is done."""
        run = self.run
        if run is None:
            return describe_lines("Nothing was sent, so there is nothing to decide.")
        named = f"kit.resume_fleet({run.id!r})"
        return describe_lines(
            f"run = {named}",
            'run.pause(reason="...")           # take nothing more; what is in flight goes on',
            "run.go_on()                        # end a pause, open the next gate; then run.work()",
            'run.hold("ROW", reason="...")      # keep one row back; run.go_on("ROW") lets it wait again',
            'run.skip("ROW", reason="...")      # leave one row out',
            "run.cap = 4                        # how many rows at once",
        )

    def save_record(self, folder: str | Path = "") -> Fragment:
        """Write the record of the fleet and those of its rows to files, by default in a folder of the fleet's name."""
        run = self.run
        if run is None:
            return describe_lines("Nothing was sent, so there is no record.")
        written = run.export(folder or run.id)
        return stack(
            describe_lines(f"The record of the fleet ({run.status}): {written.resolve()}"),
            describe_lines(f"To verify it and every row, offline: ddmkit records verify {written} --items {written.parent}"),
        )

    def _earlier(self, plan: Fleet) -> RecordRow | None:
        own = (row for row in self.kit.records.list(kind="fleet") if row.digest == plan.digest and not row.imported)
        return next((row for row in own if row.service == plan.identity.service), None)

    def _world_line(self) -> list[str]:
        if not self.in_new_world or self.kit.simulator is None:
            return []
        return [f"world = {json.dumps(describe_path(self.kit.simulator.world_path), ensure_ascii=False)}"]

    @staticmethod
    def _missing(plan: Fleet, accepted: Mapping[str, Sequence[str]], *, is_confirmed: bool) -> list[str]:
        if not plan.ready:
            return [f"row {item.row} is not ready: {', '.join(item.failed)}" for item in plan.not_ready[:20]]
        open_by_row = {
            item.row: [one for one in item.warnings if one not in accepted.get(item.row, ())] for item in plan.items
        }
        wanted = {item.row: list(item.warnings) for item in plan.items if item.warnings}
        missing = [] if is_confirmed else [f"confirm = {plan.confirmation!r}", f"digest = {plan.digest!r}"]
        if any(open_by_row.values()):
            missing.append(f"accept = {wanted!r}  (each warning, after you have verified it)")
        return missing
