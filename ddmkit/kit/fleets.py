"""The fleets of a kit: many restores or recoveries as one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from ddmkit.fleet.plan import FleetPlan
from ddmkit.fleet.table import FleetTable
from ddmkit.handles.fleet.desk import FleetDesk
from ddmkit.handles.fleet.plan import Fleet
from ddmkit.handles.fleet.run import FleetRun
from ddmkit.kit.session import Session

__all__ = ["Fleets"]


class Fleets(Session):
    """The fleets of ``Kit``."""

    _fleets: FleetDesk

    def plan_fleet(
        self,
        table: FleetTable,
        *,
        cap: int = 8,
        waves: Sequence[int | str] = (1, 5, "rest"),
        stop_after: int = 3,
        gate: str = "wave",
        time_zone: str | None = None,
    ) -> Fleet:
        """Plan many restores or whole recoveries as one table: every row is checked. Nothing is changed or recorded.

        Args:
            table: A DataFrame, the path of a CSV file, or mappings. A row has a ``row`` id, and the arguments of ``plan``
                (with ``data_nodes``) or of ``plan_recovery``. At most 1,000 rows of one project.
            cap: How many rows may be in flight at once; it may change while the fleet runs.
            waves: The sizes of the waves; ``rest`` may stand last.
            stop_after: How many bad rows (failed, unknown, differs) pause the fleet; in the first wave it is one.
            gate: Which waves a person opens: every ``wave`` after the first, only the one after the ``first``, or ``none``.
            time_zone: The zone of times without an offset.

        Raises:
            InputError: The table or a setting cannot be right. Nothing was sent.
        """
        return self._fleets.plan(table, cap=cap, waves=waves, stop_after=stop_after, gate=gate, time_zone=time_zone)

    def submit_fleet(
        self,
        fleet: FleetPlan,
        *,
        confirm: str = "",
        accept: Mapping[str, Iterable[str]] = MappingProxyType({}),
        purpose: str = "",
        ticket: str = "",
    ) -> FleetRun:
        """Record the approval of a fleet and return its run; ``run.work()`` sends.

        Args:
            fleet: A plan that a person has seen.
            confirm: The typed count, as in ``restore 37``.
            accept: The ids of the warnings that a person accepts, by row.
            purpose: Why it is done, for the record.
            ticket: The ticket of the incident, for the record.

        Raises:
            NotReadyError: A check of a row failed, or the plan expired.
            NotConfirmedError: The count or an accepted warning is missing.
            InputError: The kit only reads, or the plan is of another service or project.
        """
        return self._fleets.submit(fleet, confirm=confirm, accept=accept, purpose=purpose, ticket=ticket)

    def resume_fleet(self, fleet_id: str) -> FleetRun:
        """Return a fleet from the record store, on any machine; nothing is done twice."""
        return self._fleets.resume(fleet_id)
