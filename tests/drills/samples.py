"""A recovery and a restore as records tell them, and what a drill was asked to do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import ddmkit
from ddmkit.drills.course import DrillCourse, DrillSetup
from ddmkit.drills.goals import Goals

SAMPLES = Path(__file__).parents[1] / "samples"


def recovery():
    """Return a recovery that completed: 2.5 minutes from its opening to its verification."""
    return ddmkit.read_record(SAMPLES / "recovery-v2.ddmrecord.json").run


def restore():
    """Return a restore of the metadata alone that completed: one minute."""
    return ddmkit.read_record(SAMPLES / "record-v1.ddmrecord.json").run


def without(run, *kinds):
    """Return a run without the events of these kinds."""
    return run.model_copy(update={"events": tuple(event for event in run.events if event.kind not in kinds)})


def setup(run, **changes):
    begun = run.created
    values = {
        "where": "simulator",
        "scope": "metadata and data nodes",
        "goals": Goals(rto=timedelta(minutes=30), rpo=timedelta(hours=24)),
        "declared": begun - timedelta(minutes=4),
        "planned": begun - timedelta(minutes=1),
        "incident": begun - timedelta(minutes=30),
        "why": "The point of the record.",
        "planner": "ada",
        "approver": "bob",
        "owner": "ada",
    }
    return DrillSetup(**{**values, **changes})


def course(run, **changes):
    ended = run.events[-1].at + timedelta(minutes=3)
    values = {
        "made_at": ended,
        "ended": ended,
        "confirmation": "create 3, delete 3",
        "address": run.events[-1].at + timedelta(seconds=30),
        "backups": tuple(ended - timedelta(hours=hours) for hours in range(2, 800, 20)),
        "saw_failure": True,
    }
    return DrillCourse(**{**values, **changes})
