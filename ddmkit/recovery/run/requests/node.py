"""The recovery of one data node as a step: found again by its unique name, its tag, and the task list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from pydantic import SecretStr

from ddmkit.errors import InputError, NotFoundError
from ddmkit.recovery.plan import PlannedNode, RecoveryPlan
from ddmkit.recovery.requests import RECOVERY_TAG, SOURCE_TAG
from ddmkit.recovery.steps import node_step
from ddmkit.recovery_models.requests import NodeRestoreRequest
from ddmkit.sending.creation import Creation, CreationCalls, Listed
from ddmkit.sending.step import Accepted
from ddmkit.service.client import Probe, ReadNote
from ddmkit.service.deadline import Attempt
from ddmkit.service.rds.client import RdsClient
from ddmkit.service.rds.protocol import create_restore_instance, show_restore_instance

__all__ = ["NodeService", "recover_node"]

_CLOCKS = timedelta(minutes=2)


def recover_node(plan: RecoveryPlan, node: PlannedNode, client: RdsClient, password: SecretStr | None) -> Creation:
    """Return the step that recovers one source node to a new instance.

    The password is put into the bytes at the moment of sending only; ``None`` serves to look for what was sent.
    """
    request = node.request
    if request is None:
        raise InputError(f"{node.source_id} is not recovered by this plan.", field="step", fix="Make a new plan.")
    calls = _NodeCalls(plan, request, node.token, client, password)
    return Creation(
        name=node_step(node.source_id),
        key=f"node:{node.source_id}",
        noun="recovery of a data node",
        title=f"recovery of {node.source_name or node.source_id} to the new node {request.name}",
        confirm_name=plan.source_name,
        request=show_restore_instance(plan.identity.project_id, request, node.token),
        service=NodeService(client),
        instance_name=request.name,
        calls=CreationCalls(
            send=calls.send, list_named=calls.list_named, traces=calls.find_traces, knows_job=calls.knows_job
        ),
    )


class _NodeCalls:
    """The calls of RDS for one recovery."""

    def __init__(
        self, plan: RecoveryPlan, request: NodeRestoreRequest, token: str, client: RdsClient, password: SecretStr | None
    ) -> None:
        self._plan, self._request, self._token = plan, request, token
        self._client, self._password = client, password

    def send(self, last_check: Callable[[], None], attempt: Attempt) -> Accepted:
        if self._password is None:
            raise InputError("is needed for a new data node.", field="node_password", fix="Give node_password=.")
        whole = self._request.with_password(self._password)
        call = create_restore_instance(self._plan.identity.project_id, whole, self._token)
        answer = self._client.create_restore_instance(call, last_check=last_check, attempt=attempt)
        made, point = answer.result, answer.result.restore_point
        return Accepted(
            job_id=made.job_id,
            instance_id=made.instance_id,
            status=answer.status,
            request_id=answer.request_id,
            service_date=answer.service_date,
            more={"restore_point": point.model_dump(mode="json")} if point is not None else {},
        )

    def list_named(self, name: str) -> Sequence[Listed]:
        listed = self._client.list_instances(name=name)
        return [Listed(one.id, one.name, one.status, one.created) for one in listed if one.id]

    def find_traces(self, since: datetime) -> Sequence[str]:
        """Return the instances with this step's tags, and the tasks with its name."""
        tagged = self._client.list_instances(tags=f"{RECOVERY_TAG}={self._plan.id}")
        tasks = self._client.list_tasks(since, self._client.service_now() + _CLOCKS)
        source = self._request.restore_point.instance_id
        return [
            *(f"instance {one.name} ({one.id}) has its tag" for one in tagged if one.tag_values.get(SOURCE_TAG) == source),
            *(f"task {one.name} ({one.id}) names it" for one in tasks if one.instance_name == self._request.name),
        ]

    def knows_job(self, job_id: str) -> bool:
        try:
            return bool(self._client.show_job(job_id).id)
        except NotFoundError:
            return False


class NodeService:
    """The data nodes' service as a step needs it: its own clock, and a note of every read."""

    def __init__(self, client: RdsClient) -> None:
        self._client = client

    @property
    def last_skew(self) -> timedelta | None:
        """How far the clock of this machine is from the service's, by its newest answer."""
        return self._client.last_skew

    def probe(self) -> Probe:
        """Make a small read, so that the service says what time it is."""
        with self._client.collect_reads():
            self._client.list_quotas()
        now = None if self._client.last_skew is None else self._client.service_now()
        return Probe(200, service_date=now)

    def service_now(self) -> datetime:
        """Return the present by the service's clock."""
        return self._client.service_now()

    def collect_reads(self) -> AbstractContextManager[list[ReadNote]]:
        """Return a list to which every read within the block is added."""
        return self._client.collect_reads()
