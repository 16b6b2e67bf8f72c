"""The calls that show jobs. A look at unfinished work moves a standing clock by a step. Source: ddm-api.md 4."""

from __future__ import annotations

from starlette.responses import Response

from ddmkit.simulator.http.context import Service, answer
from ddmkit.simulator.http.paging import read_page
from ddmkit.simulator.http.parameters import Id, Milliseconds, ShortPage
from ddmkit.simulator.http.serializers import job_detail, job_row
from ddmkit.simulator.rules.errors import Refusal, parameter_error
from ddmkit.simulator.rules.jobs import job_state
from ddmkit.simulator.storage.schema import Job

__all__ = ["JobCalls"]

HISTORY_MS = 30 * 86_400_000
# A caller that asks for exactly 30 days meets the service a moment later.
GRACE_MS = 60_000
BETWEEN = "created >= ? AND created <= ?"
MAY_CHANGE = "(hidden_looks > 0 OR pinned_status <> '' OR outcome = 'Stalled' OR created + duration_ms > ?)"


class JobCalls:
    """One job, and the list of them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._storage = service.storage

    async def show_job(self, project_id: Id, job_id: Id) -> Response:
        """Show a job."""
        del project_id
        job = self._storage.one(Job, "id = ?", (job_id,))
        if job is None:
            raise _no_job()
        self._step_clock([job])
        if job.hidden_looks:
            self._reveal([job])
            raise _no_job()
        return answer(job_detail(job, job_state(job, self._service.now())))

    async def list_tasks(
        self, project_id: Id, start_time: Milliseconds, end_time: Milliseconds, page: ShortPage
    ) -> Response:
        """List jobs by the time of their creation, newest first."""
        del project_id
        now = self._service.now()
        if start_time < now - HISTORY_MS - GRACE_MS or end_time < start_time:
            raise parameter_error()
        span = (start_time, end_time)
        looked_at = self._storage.every(Job, f"{BETWEEN} AND {MAY_CHANGE}", (*span, now)) if page.offset == 0 else []
        self._step_clock(looked_at)
        now = self._service.now()
        condition = f"{BETWEEN} AND hidden_looks = 0"
        rows = read_page(self._storage, Job, page, condition, span, "created DESC, rowid DESC")
        self._reveal(looked_at)
        return answer(rows.shaped(lambda job: job_row(job, job_state(job, now))).counted("jobs"))

    def _step_clock(self, jobs: list[Job]) -> None:
        now = self._service.now()
        if any(job_state(job, now).unfinished for job in jobs):
            self._service.world.clock.look()
            self._service.world.settle()

    def _reveal(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.hidden_looks:
                self._storage.change(Job, job.id, {"hidden_looks": job.hidden_looks - 1})


def _no_job() -> Refusal:
    return Refusal(404, "DBS.300400", "The task does not exist.")
