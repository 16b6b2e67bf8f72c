"""The drills of a kit: rehearse a recovery, and see which sources have been drilled."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from ddmkit.drills.faults import find_fault
from ddmkit.drills.goals import Goals, read_duration
from ddmkit.errors import InputError
from ddmkit.handles.drill.coverage import Drills
from ddmkit.handles.drill.desk import DrillDesk
from ddmkit.handles.drill.plan import Drill
from ddmkit.handles.drill.prepare import DrillAsked
from ddmkit.handles.record import Record
from ddmkit.inputs import Identified, PointInTime, read_text
from ddmkit.kit.reading import Reading

__all__ = ["Drilling"]

_PLACES = ("simulator", "cloud")


class Drilling(Reading):
    """The drills of ``Kit``."""

    _drill_desk: DrillDesk

    def drill(
        self,
        source_or_record: Identified | Record,
        *,
        on: Literal["simulator", "cloud"] = "simulator",
        fault: str | None = None,
        rto: str | timedelta = "30min",
        rpo: str | timedelta = "24h",
        purpose: str = "",
        approver: str = "",
        owner: str = "",
        every: str | timedelta = "90d",
        incident: PointInTime | None = None,
        restore_time: PointInTime | None = None,
        backup_id: Identified | None = None,
    ) -> Drill:
        """Plan a drill, and show what it would create and delete. Nothing is changed, and nothing is recorded.

        Args:
            source_or_record: The instance to rehearse the recovery of, or a record whose restore is rehearsed again.
            on: ``simulator`` rebuilds the world in a simulator: people and procedure are proved, not backups. ``cloud``
                recovers for real, under names of its own, and deletes everything afterwards.
            fault: The fault of a negative drill, on the simulator: ``job-fails``, ``lost-answer``, ``expired-backup`` or
                ``wrong-zone``. Such a drill passes when the failure is noticed.
            rto: The longest time from the declared incident, which is now, to a working target: ``30min``, ``1h 30min``.
            rpo: The longest span of writes that may be lost: ``24h``.
            purpose: Why the drill is done, for the report.
            approver: Who approved it, for the report; the name is not verified.
            owner: Who deals with deviations; the planner by default.
            every: The longest time between two drills, for the date when the next is due.
            incident: When the imagined damage was done; now by default.
            restore_time: The point to restore to; by default the newest that is allowed before the incident.
            backup_id: The backup to restore, in place of a point.

        Returns:
            The drill; ``drill.run(confirm=drill.confirmation)`` carries it out.

        Raises:
            InputError: An argument cannot be right, or nothing could be restored at all.
            RecordError: The record was edited, or holds too little to rebuild its world.
        """
        if on not in _PLACES:
            raise InputError(f"{on!r} is no place for a drill.", field="on", fix="Give 'simulator' or 'cloud'.")
        chosen = find_fault(fault)
        if chosen is not None and on == "cloud":
            raise InputError(
                "a fault is for the simulator: in the cloud nothing is made to fail.", field="fault", fix="Leave it out."
            )
        if restore_time is not None and backup_id is not None:
            raise InputError("both were given.", field="restore_time, backup_id", fix="Give one of the two, or none.")
        asked = DrillAsked(
            source=source_or_record,
            where=on,
            fault=chosen,
            incident=incident,
            restore_time=restore_time,
            backup_id=backup_id,
            declared=self.now(),
        )
        given = {
            "goals": Goals(rto=read_duration(rto, "rto"), rpo=read_duration(rpo, "rpo")),
            "purpose": read_text(purpose, "purpose"),
            "approver": read_text(approver, "approver"),
            "owner": read_text(owner, "owner") or self.operator,
            "every": read_duration(every, "every"),
        }
        return self._drill_desk.plan(asked, given)

    @property
    def drills(self) -> Drills:
        """The coverage of all sources: which were drilled when, how it ended, and when the next drill is due."""
        return Drills(self)
