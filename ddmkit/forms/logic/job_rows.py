"""The rows of a table of jobs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ddmkit.display.column_specs import job_tone
from ddmkit.display.status import describe_status
from ddmkit.display.table import CellKind
from ddmkit.forms.logic.table_rows import TableCell, TableColumn, TableRow, instant_cell, make_row
from ddmkit.models import Job
from ddmkit.times import format_duration

__all__ = ["JOB_COLUMNS", "list_jobs"]

JOB_COLUMNS = (
    TableColumn("Job"),
    TableColumn("Status", CellKind.STATUS),
    TableColumn("Started (UTC)", CellKind.TIME),
    TableColumn("Took", CellKind.TIME),
    TableColumn("On"),
    TableColumn("Id", CellKind.ID),
)


def list_jobs(jobs: Iterable[Job], now: datetime) -> list[TableRow]:
    """Return a row for each job; ``now`` is the end of what a running job took so far."""
    return [_job_row(job, now) for job in jobs]


def _job_row(job: Job, now: datetime) -> TableRow:
    failed = f"{describe_status(job.status, job_tone(job))}: {job.fail_reason}"
    status = failed if job.fail_reason else describe_status(job.status, job_tone(job))
    return make_row(job.id, job.name, status, instant_cell(job.created_time), _took(job, now), job.instance_name, job.id)


def _took(job: Job, now: datetime) -> TableCell:
    started, ended = job.created_time, job.end_time if job.is_finished else now
    if started is None or ended is None or ended < started:
        return TableCell("")
    return TableCell(format_duration(ended - started), (ended - started).total_seconds())
