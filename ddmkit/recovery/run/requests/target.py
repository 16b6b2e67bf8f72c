"""The creation of the target as a step: found again by its unique name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ddmkit.errors import InputError, NotFoundError
from ddmkit.recovery.plan import RecoveryPlan
from ddmkit.recovery.steps import TARGET
from ddmkit.sending.creation import Creation, CreationCalls, Listed
from ddmkit.sending.step import Accepted
from ddmkit.service.client import Client
from ddmkit.service.ddm.protocol import create_instance
from ddmkit.service.deadline import Attempt

__all__ = ["create_target"]


def create_target(plan: RecoveryPlan, client: Client) -> Creation:
    """Return the step that creates the empty target, without an administrator."""
    request = plan.target.request
    if request is None:
        raise InputError("this plan creates no target.", field="step", fix="Make a new plan.")
    call = create_instance(plan.identity.project_id, request)

    def send(last_check: Callable[[], None], attempt: Attempt) -> Accepted:
        answer = client.create_instance(call, last_check=last_check, attempt=attempt)
        return Accepted(
            job_id=answer.result.job_id,
            instance_id=answer.result.id,
            status=answer.status,
            request_id=answer.request_id,
            service_date=answer.service_date,
        )

    def list_named(name: str) -> Sequence[Listed]:
        listed = client.list_instances()
        return [Listed(one.id, one.name, one.status, one.created) for one in listed if one.name == name]

    def find_traces(since: datetime) -> Sequence[str]:
        jobs = client.list_jobs(since)
        return [f"job {job.name} ({job.id}) names it" for job in jobs if job.instance_name == request.name]

    def knows_job(job_id: str) -> bool:
        try:
            return bool(client.show_job(job_id).id)
        except NotFoundError:
            return False

    return Creation(
        name=TARGET,
        key=f"create:{request.name}",
        noun="creation of the target",
        title=f"creation of the target {request.name}",
        confirm_name=plan.source_name,
        request=call,
        service=client,
        instance_name=request.name,
        calls=CreationCalls(send=send, list_named=list_named, traces=find_traces, knows_job=knows_job),
    )
