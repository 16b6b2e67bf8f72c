"""The one request of a metadata restore, as a step: what is sent, and where it leaves traces.

The task list is searched for a job of the target or the source that began no earlier than two minutes before the intent, by
the service's own clock, that no record owns, and that was not listed at the last reading before the intent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from ddmkit.errors import (
    BusyError,
    DDMKitError,
    InputError,
    NotFoundError,
    NotReadyError,
    ServiceError,
    UnreachableError,
)
from ddmkit.models import Job
from ddmkit.records.runs import UNDECIDED, RunData, RunSummary
from ddmkit.records.steps import last_intent, restore_key, states_of_steps
from ddmkit.restore.checks.environment import check_instances_idle
from ddmkit.restore.checks.target import check_target_empty
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.inventory import Inventory, gather_inventory, look_at_target, refresh_inventory
from ddmkit.restore.plan import RestorePlan, plan_of
from ddmkit.restore.preflight import failed_ids, run_preflight, warned_ids
from ddmkit.sending.log import StepView
from ddmkit.sending.reports import reads_for_record
from ddmkit.sending.step import Accepted, Candidate, Evidence, Step
from ddmkit.service.calls import Call
from ddmkit.service.deadline import Attempt
from ddmkit.times import format_utc

__all__ = ["RestoreStep", "require_restore", "select_candidates", "step_of"]

_BEFORE_INTENT = timedelta(minutes=2)
_AFTER_NOW = timedelta(minutes=5)
# A gateway answers with these codes for a call that it does not offer; they say nothing about a job.
_GATEWAY_CODES = ("APIGW.", "APIG.")
# Codes so general that the checks, run again, tell more than they do (ddm-api.md 11).
_VAGUE_CODES = frozenset({"DBS.280001", "DBS.300005", "DBS.300375", ""})


class RestoreStep(Step):
    """The request of a metadata restore.

    ``name`` is its name in a run of several steps, and empty for a run of this restore alone. ``jobs_before`` are the jobs
    of source and target before the request: such a job was not started by it.
    """

    noun = "restore"
    where_to_look = "Look at the target's task list in the console, and in the audit log for the trace restoreMetaData."
    nothing_seen = "No job of the target or the source has appeared since"

    def __init__(
        self,
        plan: RestorePlan | Callable[[], RestorePlan],
        context: RestoreContext,
        *,
        target_name: str,
        name: str = "",
        jobs_before: Sequence[Job] = (),
    ) -> None:
        self._plan = plan
        self.name = name
        self.confirm_name = target_name
        self.title = f"restore to {target_name}"
        self.service = self._client = context.client
        self._context = context
        self._jobs_before = tuple(job.id for job in jobs_before)

    @cached_property
    def plan(self) -> RestorePlan:
        """The plan that is carried out; ``RecordError`` when it stands on a record that cannot be read."""
        return self._plan if isinstance(self._plan, RestorePlan) else self._plan()

    @cached_property
    def call(self) -> Call:
        """The exact request: one object is shown, recorded with the claim and sent afterwards."""
        return self.plan.call

    @cached_property
    def claim_key(self) -> str:
        """The target, so that no other restore to it begins; a run of one restore claims it by itself."""
        return restore_key(self.plan.request.target_instance_id) if self.name else ""

    def facts_for_intent(self) -> Mapping[str, Any]:
        """Return the jobs that were there before."""
        return {"jobs_before": self._jobs_before}

    def send(self, *, last_check: Callable[[], None], attempt: Attempt) -> Accepted:
        """Send the request once."""
        answer = self._client.restore_metadata(self.call, last_check=last_check, attempt=attempt)
        return Accepted(
            job_id=answer.job_id,
            status=answer.status,
            request_id=answer.request_id,
            service_date=answer.service_date,
        )

    def search(self, view: StepView, owned: set[str]) -> tuple[Candidate, ...]:
        """Return the jobs that this request may have started, by the service's task list."""
        since = view.sent_at - _BEFORE_INTENT
        listed = self._client.list_jobs(since, self._context.service_now() + _AFTER_NOW)
        others = owned.union(view.intent.data.get("jobs_before", ()))
        jobs = select_candidates(listed, {view.run.header.source_id, _target_of(view)}, since, others)
        return tuple(_candidate(job, self._rivals(view, job)) for job in jobs)

    def _rivals(self, view: StepView, job: Job) -> tuple[str, ...]:
        """Return the other runs with an unknown outcome that could have started this job as well.

        A job that is listed for the source does not name the target, so a second restore of the same source may own the job.
        """
        known = [one for state in sorted(UNDECIDED) for one in self._context.store.list(state=state)]
        undecided = [one for one in known if one.id != view.run.id and not one.imported]
        return tuple(one.id for one in undecided if job.instance_id in self._places_of(one))

    def _places_of(self, run: RunSummary) -> set[str]:
        """Return the instances that an undecided run may have started a restore on."""
        if run.header.kind == "restore":
            return {run.header.source_id, run.header.target_id}
        events = self._context.store.get(run.id).events
        open_steps = [name for name, state in states_of_steps(events).items() if state in UNDECIDED]
        keys = [intent.data.get("claim_key", "") for name in open_steps if (intent := last_intent(events, name))]
        targets = {str(key).removeprefix(restore_key("")) for key in keys if str(key).startswith(restore_key(""))}
        return {run.header.source_id, *targets} if targets else set()

    def candidate(self, identity: str) -> Candidate:
        """Read the job that a person says it was."""
        job = self._client.show_job(identity)
        if job.id != identity:
            raise NotFoundError(f"The service answered with job {job.id!r} when asked for {identity!r}. Nothing was noted.")
        request = self.plan.request
        if job.instance_id not in {request.target_instance_id, request.source_instance_id}:
            raise InputError(
                f"{identity} is {job.name} on {job.instance_name} ({job.instance_id}), neither source nor target.",
                field="job_id",
                fix="Look for a job of the target in kit.jobs().",
            )
        return _candidate(job)

    def prove_nothing_started(self, view: StepView, *, is_gone: bool = False) -> Evidence:
        """Read the target and the task list; a target whose job is gone may hold something."""
        request = self.plan.request
        inventory = look_at_target(self._client, request, now=self._context.now())
        empty, idle = check_target_empty(inventory, request), check_instances_idle(inventory, request)
        jobs = inventory.jobs.value
        bad = [one for one in ((idle,) if is_gone else (empty, idle)) if one.status == "fail"]
        problem = " ".join(f"{one.detail} {one.hint}" for one in bad)
        if is_gone:
            if bad or jobs is None or view.job_id in {job.id for job in jobs}:
                raise NotReadyError(f"Nothing was released: {problem or f'job {view.job_id} is in the task list.'}")
        elif bad or jobs is None:
            problem = problem or f"The jobs cannot be read: {inventory.jobs.problem}"
            raise NotReadyError(f"Nothing was released: it looks as if something was started. {problem}")
        found = (idle, empty) if is_gone else (empty, idle)
        return Evidence([one.detail for one in found], _reads_of(inventory))

    def require_gone(self, view: StepView) -> Evidence:
        """Return the evidence that the service does not know the job any more."""
        with self._client.collect_reads() as reads:
            problem = self._look_for_job(view)
        if problem:
            raise NotReadyError(
                f"Nothing was released: nobody can tell whether the service knows job {view.job_id}. {problem}"
            )
        return Evidence([f"The service does not know job {view.job_id}."], reads_for_record(reads))

    def _look_for_job(self, view: StepView) -> str:
        """Return why nobody can tell whether the job is known; nothing when it surely is not known."""
        try:
            job = self._client.show_job(view.job_id)
        except NotFoundError as error:
            return str(error) if error.code.startswith(_GATEWAY_CODES) else ""
        except DDMKitError as error:
            return str(error)
        raise InputError(
            f"{view} is {view.state}, and the service knows its job ({job.status}): there is nothing to release.",
            field="record",
            fix=f"Follow the job with {self.how_to_resume(view.run)}.",
        )

    def find_cause(self, error: ServiceError | UnreachableError) -> None:
        """Name the running jobs of a busy service, or the checks that fail now after a refusal that says little."""
        if isinstance(error, BusyError):
            self._name_running_jobs(error)
        elif isinstance(error, ServiceError) and error.code in _VAGUE_CODES:
            self._name_likely_cause(error)

    def _name_running_jobs(self, error: BusyError) -> None:
        plan = self.plan
        inventory = refresh_inventory(self._client, plan.request, plan.inventory, now=self._context.now())
        running = inventory.running_jobs(plan.instance_ids)
        if running:
            error.add_cause("; ".join(_describe_job(job) for job in running))

    def _name_likely_cause(self, error: ServiceError) -> None:
        """Run all checks on fresh facts: a check that fails or warns now is the likeliest reason for a vague refusal."""
        plan, before = self.plan, self.plan.inventory
        inventory = gather_inventory(
            self._client,
            plan.request,
            now=self._context.now(),
            signs_requests=before.signs_requests,
            failed_before=before.failed_before,
            incident=before.incident,
            witnesses=self._context.witnesses,
        )
        checks = run_preflight(inventory, plan.request)
        suspects = failed_ids(checks) or warned_ids(checks)
        named = [f"{check.detail} ({check.id})" for check in checks if check.id in suspects]
        if named:
            error.add_cause(" ".join(named[:3]))


def step_of(run: RunData, context: RestoreContext) -> RestoreStep:
    """Return the one request of a restore, from its record; raises ``InputError`` for a run of another kind."""
    require_restore(run)
    return RestoreStep(lambda: plan_of(run), context, target_name=run.header.target_name)


def require_restore(run: RunData) -> None:
    """Raise ``InputError`` for a run of several steps, which is no single restore."""
    if run.header.kind != "restore":
        raise InputError(
            f"record {run.id} is a {run.header.kind}, which has several steps.",
            field="record",
            fix="Name the step, or give the record of a single restore.",
        )


def select_candidates(jobs: tuple[Job, ...], places: set[str], since: datetime, others: set[str]) -> tuple[Job, ...]:
    """Return the jobs of these instances, the target and the source, that began since then and that no other run owns.

    The name of the job does not matter: the service's name for a restore job is undocumented.
    """
    return tuple(
        job
        for job in jobs
        if job.instance_id in places and job.id not in others and (job.created_time is None or job.created_time >= since)
    )


def _candidate(job: Job, rivals: tuple[str, ...] = ()) -> Candidate:
    evidence = {
        "instance_id": job.instance_id,
        "name": job.name,
        "created_time": job.created_time,
        "status": job.status,
    }
    return Candidate(f"{job.name} {job.id} ({job.status})", evidence, job, job_id=job.id, rivals=rivals)


def _target_of(view: StepView) -> str:
    """Return the target as it was claimed; the header of a recovery holds a name while the target is still to be created."""
    key, prefix = str(view.intent.data.get("claim_key", "")), restore_key("")
    return key.removeprefix(prefix) if key.startswith(prefix) else view.run.header.target_id


def _describe_job(job: Job) -> str:
    since = f" since {format_utc(job.created_time)}" if job.created_time else ""
    return f"{job.name} ({job.id}) runs on {job.instance_name or job.instance_id}{since}."


def _reads_of(inventory: Inventory) -> list[dict[str, Any]]:
    return [read.model_dump(mode="json") for read in inventory.reads]
