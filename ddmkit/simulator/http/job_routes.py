"""Routes of jobs. Reading an unfinished job moves a stopped clock by one step. Source: ddm-api.md 4."""

# ruff: noqa: ARG002 - FastAPI checks every path parameter, used or not

from __future__ import annotations

from starlette.responses import Response

from ddmkit.simulator.http.context import ServiceContext, json_response
from ddmkit.simulator.http.paging import read_page
from ddmkit.simulator.http.parameters import Id, Milliseconds, ShortPage
from ddmkit.simulator.http.serializers import job_detail, job_row
from ddmkit.simulator.rules.errors import ApiError, parameter_error
from ddmkit.simulator.rules.jobs import job_state
from ddmkit.simulator.storage.schema import Job

__all__ = ["JobRoutes"]

HISTORY_MS = 30 * 86_400_000
# A request for exactly 30 days arrives a moment later.
GRACE_MS = 60_000
BETWEEN = "created >= ? AND created <= ?"
MAY_CHANGE = "(hidden_looks > 0 OR pinned_status <> '' OR outcome = 'Stalled' OR created + duration_ms > ?)"


class JobRoutes:
    """The routes of jobs."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._storage = context.storage

    async def show_job(self, project_id: Id, job_id: Id) -> Response:
        """Show a job."""
        job = self._storage.one(Job, "id = ?", (job_id,))
        if job is None:
            raise _no_job()
        self._step_clock([job])
        if job.hidden_looks:
            self._count_read([job])
            raise _no_job()
        return json_response(job_detail(job, job_state(job, self._context.now())))

    async def list_tasks(
        self, project_id: Id, start_time: Milliseconds, end_time: Milliseconds, page: ShortPage
    ) -> Response:
        """List jobs by the time of their creation, newest first."""
        now = self._context.now()
        if start_time < now - HISTORY_MS - GRACE_MS or end_time < start_time:
            raise parameter_error()
        span = (start_time, end_time)
        read_jobs = self._storage.every(Job, f"{BETWEEN} AND {MAY_CHANGE}", (*span, now)) if page.offset == 0 else []
        self._step_clock(read_jobs)
        now = self._context.now()
        condition = f"{BETWEEN} AND hidden_looks = 0"
        rows = read_page(self._storage, Job, page, condition, span, "created DESC, rowid DESC")
        self._count_read(read_jobs)
        return json_response(rows.map(lambda job: job_row(job, job_state(job, now))).with_counters("jobs"))

    def _step_clock(self, jobs: list[Job]) -> None:
        now = self._context.now()
        if any(job_state(job, now).unfinished for job in jobs):
            self._context.step_clock()

    def _count_read(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.hidden_looks:
                self._storage.change(Job, job.id, {"hidden_looks": job.hidden_looks - 1})


def _no_job() -> ApiError:
    return ApiError(404, "DBS.300400", "The task does not exist.")
