"""Filters for the jobs that a page shows: by instance and by state."""

from __future__ import annotations

from collections.abc import Iterable

from ddmkit.errors import InputError
from ddmkit.models import Job

__all__ = ["JOB_STATES", "describe_jobs_title", "pick_jobs"]

JOB_STATES = ("completed", "failed", "running")


def pick_jobs(jobs: Iterable[Job], *, instance: str = "", status: str = "") -> list[Job]:
    """Return the jobs of an instance (its id, or a part of its name) in one state; an empty filter matches every job.

    ``running`` matches every job that has not ended. Raises ``InputError`` for a state that is not in ``JOB_STATES``.
    """
    state = status.strip().casefold()
    if state and state not in JOB_STATES:
        raise InputError(f"{status!r} is not a job state.", field="status", fix=f"Use one of: {', '.join(JOB_STATES)}.")
    wanted = instance.strip().casefold()
    return [job for job in jobs if _is_in_state(job, state) and _is_on(job, wanted)]


def describe_jobs_title(days: int, *, instance: str = "", status: str = "") -> str:
    """Return the title of a table of jobs, with its filters."""
    since = "Jobs of the last day" if days == 1 else f"Jobs of the last {days} days"
    filters = [f"on {instance!r}"] if instance else []
    filters += [f"only those {status.strip().casefold()}"] if status else []
    return ", ".join([since, *filters])


def _is_in_state(job: Job, state: str) -> bool:
    return {"": True, "completed": job.is_completed, "failed": job.is_failed, "running": not job.is_finished}[state]


def _is_on(job: Job, wanted: str) -> bool:
    return wanted in {"", job.instance_id.casefold()} or wanted in job.instance_name.casefold()
