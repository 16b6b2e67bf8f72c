"""Computes the status, progress and end of a job at an instant.

A job goes from Running to Completed or Failed as the clock advances; nothing is stored meanwhile. `rules.restores` applies
the effect of a job.
"""

from __future__ import annotations

from dataclasses import dataclass

from ddmkit.simulator.storage.schema import Job

__all__ = ["STALLED_PERCENT", "JobState", "job_state"]

STALLED_PERCENT = 60  # the progress at which a stalled job stops
ENDED = {"Completed", "Failed", "RollbackSuccess", "CancelSuccess"}


@dataclass(frozen=True)
class JobState:
    """The state of a job. `process` is a percentage as text, empty when the job has ended. Source: ddm-api.md 4.1, 4.2."""

    status: str
    process: str = ""
    end: int | None = None
    fail_reason: str = ""

    @property
    def unfinished(self) -> bool:
        """Whether the job is still running."""
        return self.status not in ENDED


def job_state(job: Job, now: int) -> JobState:
    """Return the state of a job at an instant."""
    end = job.created + job.duration_ms
    if job.pinned_status:
        done = job.pinned_status in ENDED
        return JobState(job.pinned_status, "" if done else "50%", end if done else None, job.fail_reason if done else "")
    percent = max(0, (now - job.created) * 100 // max(1, job.duration_ms))
    if job.outcome == "Stalled":
        return JobState("Running", f"{min(STALLED_PERCENT, percent)}%")
    if percent < 100:
        return JobState("Running", f"{percent}%")
    return JobState(job.outcome, "", end, job.fail_reason if job.outcome == "Failed" else "")
