"""What a drill was asked to do, and how it went: everything besides the record that a report is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ddmkit.drills.faults import DrillFault
from ddmkit.drills.goals import Goals
from ddmkit.drills.report import CreatedInstance, EarlierDrill, Place, Scope

__all__ = ["DrillCourse", "DrillSetup"]


@dataclass(frozen=True, kw_only=True)
class DrillSetup:
    """What was asked for, and approved.

    ``declared`` is when the drill began, from where its time counts. ``incident`` is when the damage was done, from where
    the loss counts. ``every`` is the longest time between two drills. ``warning`` says why the drill may fail by its point.
    """

    where: Place
    scope: Scope
    goals: Goals
    declared: datetime
    planned: datetime
    incident: datetime
    why: str
    planner: str
    approver: str
    owner: str
    purpose: str = ""
    warning: str = ""
    fault: DrillFault | None = None
    every: timedelta = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class DrillCourse:
    """How the drill went.

    Attributes:
        made_at: When the report was made.
        ended: When the drill was over, by the clock of the service that was recovered.
        confirmation: What was typed.
        accepted: The warnings that were accepted.
        problem: Why it did not get to its end; empty if it did.
        address: When the new address was read once more and found the same.
        backups: When the source's usable backups were made; ``None`` if they could not be read.
        source_created: When the source was created, if that is known.
        created: What the drill created, and what became of it.
        clean_problem: Why the clean-up was not carried out; empty if it was.
        history: The earlier drills of the source, newest first.
        saw_failure: Whether an earlier negative drill of the source was noticed.
    """

    made_at: datetime
    ended: datetime
    confirmation: str
    accepted: tuple[str, ...] = ()
    problem: str = ""
    address: datetime | None = None
    backups: tuple[datetime, ...] | None = None
    source_created: datetime | None = None
    created: tuple[CreatedInstance, ...] = ()
    clean_problem: str = ""
    history: tuple[EarlierDrill, ...] = field(default_factory=tuple)
    saw_failure: bool = False
