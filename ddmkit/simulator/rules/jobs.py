"""What a job shows at an instant: status, progress, end.

States follow from the clock along one line, Running to Completed or Failed; nothing is stored while time passes. Carrying
out a job's effect is left to the restores.
"""

from __future__ import annotations

from dataclasses import dataclass

from ddmkit.simulator.storage.schema import Job

__all__ = ["STALLS_AT", "JobState", "job_state"]

STALLS_AT = 60  # per cent, where a stalled job stays
ENDED = {"Completed", "Failed", "RollbackSuccess", "CancelSuccess"}


@dataclass(frozen=True)
class JobState:
    """A job at an instant. `process` is the service's text, empty when nothing runs. Source: ddm-api.md 4.1 and 4.2."""

    status: str
    process: str = ""
    end: int | None = None
    fail_reason: str = ""

    @property
    def unfinished(self) -> bool:
        """Whether work is still going on."""
        return self.status not in ENDED


def job_state(job: Job, now: int) -> JobState:
    """Return what a job shows at an instant."""
    end = job.created + job.duration_ms
    if job.pinned_status:
        done = job.pinned_status in ENDED
        return JobState(job.pinned_status, "" if done else "50%", end if done else None, job.fail_reason if done else "")
    percent = max(0, (now - job.created) * 100 // max(1, job.duration_ms))
    if job.outcome == "Stalled":
        return JobState("Running", f"{min(STALLS_AT, percent)}%")
    if percent < 100:
        return JobState("Running", f"{percent}%")
    return JobState(job.outcome, "", end, job.fail_reason if job.outcome == "Failed" else "")
