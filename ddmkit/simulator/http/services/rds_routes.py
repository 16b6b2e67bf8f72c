"""Routes of RDS that create, change and delete instances, and their jobs. Source: RDS API.

Reading unfinished work moves a stopped clock by one step.
"""

# ruff: noqa: ARG002 - FastAPI checks every path parameter, used or not

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any

from fastapi import Header
from starlette.responses import Response

from ddmkit.simulator.http.context import ServiceContext, json_response
from ddmkit.simulator.http.operations import ALL_OPERATIONS
from ddmkit.simulator.http.paging import slice_rows
from ddmkit.simulator.http.parameters import Id, Text
from ddmkit.simulator.http.services.bodies import (
    CreateNodeBody,
    OptionalMilliseconds,
    ReadOnlyNodeBody,
    TaskPage,
    node_request,
)
from ddmkit.simulator.http.services.rds_serializers import created_answer, job_answer, task_detail, task_row
from ddmkit.simulator.http.services.rds_state import NodeState
from ddmkit.simulator.rules.audit import Witnessed
from ddmkit.simulator.rules.editions import OTC
from ddmkit.simulator.rules.errors import ApiError
from ddmkit.simulator.rules.nodes.jobs import delete_node, node_job_state, set_node_read_only
from ddmkit.simulator.rules.nodes.phases import rds_status
from ddmkit.simulator.rules.nodes.recovery import NodeFaults, NodeWork, create_nodes
from ddmkit.simulator.rules.nodes.rules import NodeRequest
from ddmkit.simulator.storage.recovery_schema import NodeJob
from ddmkit.simulator.storage.schema import DataNode

__all__ = ["NodeRoutes"]

CREATE, DELETE = (
    next(operation for operation in ALL_OPERATIONS if operation.name == f"RDS.{name}Instance")
    for name in ("Create", "Delete")
)
TASK_HISTORY_MS = 30 * 86_400_000
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Faults that refuse the creation: status, code and text.
_REFUSALS = {
    "ha-missing": (400, "DBS.280285", "Invalid AZ."),
    "sold-out": (400, "DBS.280450", "The resources are sold out."),
    "quota": (413, "DBS.200046", "The instance quota is used up."),
    "busy-source": (409, "DBS.200047", "The DB instance is busy."),
}
_EFFECTS = {
    "plain": "plain-instance",
    "wrong_time": "wrong-time",
    "wrong_source": "wrong-source",
    "fails": "node-job-failed",
    "stuck": "stuck-build",
    "late_job": "node-job-late",
    "late_address": "late-private-ip",
    "long_backup": "backing-up-after",
}
Token = Annotated[str, Header(alias="X-Client-Token", max_length=64)]


class NodeRoutes:
    """The routes of RDS that create, change and delete instances, and their jobs."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._storage = context.storage
        self._state = NodeState(context)

    async def create_instance(self, project_id: Id, body: CreateNodeBody, token: Token = "") -> Response:
        """Create an instance: recovered when there is a restore point, empty when there is none."""
        request = node_request(body, with_tags=self._context.world.edition != OTC)
        with self._storage.writing():
            known = self._answer_to(token, request)
            if known is not None:
                return json_response(known, 202)
            for name, refusal in _REFUSALS.items():
                if self._context.faults.take(name, CREATE):
                    raise ApiError(*refusal)
            nodes, job = create_nodes(self._work(), request)
            if not nodes or job is None:
                return json_response({}, 202)
            answer = self._answer(nodes[0], job, request)
            self._write_traces(nodes, request, answer)
            self._keep_answer(token, request, answer)
        if self._context.faults.take("timeout-but-created", CREATE):
            raise ApiError(500, "DBS.111205", "Request timed out.")
        return json_response(answer, 202)

    async def delete_instance(self, project_id: Id, instance_id: Id) -> Response:
        """Delete an instance."""
        node = self._state.require(instance_id)
        if self._context.faults.take("delete-refused-restoring", DELETE):
            raise ApiError(409, "DBS.200019", "The backup of the DB instance is being restored.")
        in_use = node.id in self._state.owners()
        context = self._context
        with self._storage.writing():
            job = delete_node(self._storage, context.world.seed, node, context.now(), context.times, in_use=in_use)
            self._trace("deleteInstance", node, "202", "", {"job_id": job.id})
        return json_response({"job_id": job.id}, 202 if context.world.edition == OTC else 200)

    async def set_read_only(self, project_id: Id, instance_id: Id, body: ReadOnlyNodeBody) -> Response:
        """Forbid writing, or allow it again."""
        node, context = self._state.require(instance_id), self._context
        with self._storage.writing():
            job = set_node_read_only(
                self._storage, context.world.seed, node, context.now(), context.times, read_only=body.readonly
            )
            self._trace("setReadOnlySwitch", node, "200", body.model_dump(), {"job_id": job.id})
        return json_response({"job_id": job.id})

    async def show_job(self, project_id: Id, id: Text) -> Response:  # noqa: A002 - the service's name
        """Show a job. It is not found for a while after its start."""
        job = self._storage.one(NodeJob, "id = ?", (id,))
        # An older list of the Open Telekom Cloud does not have restores among the operations whose jobs can be read.
        if job is None or (self._context.world.edition == OTC and job.kind == "restore"):
            raise _no_job()
        self._step([job])
        now = self._context.now()
        if now < job.visible_at:
            raise _no_job()
        node = self._storage.one(DataNode, "id = ?", (job.instance_id,))
        return json_response(job_answer(job, node_job_state(job, now), node))

    async def list_tasks(
        self,
        project_id: Id,
        page: TaskPage,
        id: Text = "",  # noqa: A002 - the service's name
        instance_id: Text = "",
        order_id: Text = "",
        name: Text = "",
        status: Text = "",
        start_time: OptionalMilliseconds = None,
        end_time: OptionalMilliseconds = None,
    ) -> Response:
        """List the jobs of the last 30 days, newest first. `name` is the name of the instance or of the task."""
        wanted = {"id": id, "instance_id": instance_id}
        self._step(self._storage.every(NodeJob, "settled = 0"))
        now = self._context.now()
        begin = max(now - TASK_HISTORY_MS, start_time or 0)
        found = [
            (job, node_job_state(job, now))
            for job in self._storage.every(NodeJob, "created >= ? ORDER BY created DESC, rowid DESC", (begin,))
            if job.visible_at <= now
            and job.created <= (now if end_time is None else end_time)
            and all(value in {"", getattr(job, column)} for column, value in wanted.items())
            and name in {"", job.name, job.instance_name}
        ]
        rows = slice_rows([pair for pair in found if status in {"", pair[1].status} and not order_id], page)
        words = {node.id: rds_status(node, now) for node in self._state.nodes()}
        tasks = [task_row(job, state, words.get(job.instance_id, "DELETED")) for job, state in rows.rows]
        return json_response({"tasks": tasks, "total_count": rows.total, "actions": sorted({job.name for job, _ in found})})

    async def list_task_details(
        self, project_id: Id, instance_id: Id, start_time: OptionalMilliseconds, end_time: OptionalMilliseconds = None
    ) -> Response:
        """List the tasks of an instance with their parameters."""
        node, now = self._state.require(instance_id), self._context.now()
        span = (node.id, start_time or 0, now if end_time is None else end_time)
        jobs = self._storage.every(NodeJob, "instance_id = ? AND created >= ? AND created <= ? ORDER BY created DESC", span)
        rows = [task_detail(job, node_job_state(job, now)) for job in jobs if job.visible_at <= now]
        return json_response({"jobs": rows, "count": len(rows)})

    def _work(self) -> NodeWork:
        context = self._context
        faults = {name: context.faults.take(fault, CREATE) for name, fault in _EFFECTS.items()}
        return NodeWork(
            storage=self._storage,
            seed=context.world.seed,
            now=context.now(),
            times=context.times,
            ranges=self._state.ranges,
            needs_password=context.world.edition == OTC,
            faults=NodeFaults(**faults),
        )

    def _answer(self, node: DataNode, job: NodeJob, request: NodeRequest) -> dict[str, Any]:
        """Return the answer. The answer model of the SDK has the restore point, the Open Telekom Cloud's table has not."""
        take = self._context.faults.take
        echoed, silent = take("restore-point-echoed", CREATE), take("restore-point-not-echoed", CREATE)
        shown = created_answer(
            node,
            request,
            with_id=not take("no-id-in-answer", CREATE),
            echo_point=echoed or (self._context.world.edition != OTC and not silent),
            echo_password=take("password-echoed", CREATE),
        )
        if node.charge_mode == "prePaid":
            return {"instance": shown, "order_id": f"CS{job.id[:13].upper()}"}
        return {"instance": shown, "job_id": job.id}

    def _write_traces(self, nodes: list[DataNode], request: NodeRequest, answer: dict[str, Any]) -> None:
        told = {name: value for name, value in answer.items() if name != "instance"}
        for node in nodes:
            sent = dict(request.body)
            if "restore_point" in sent and node.recovered_from is None:
                del sent["restore_point"]
            elif "restore_point" in sent and sent["restore_point"].get("type") == "timestamp":
                moved = {"instance_id": node.recovered_from, "restore_time": node.recovered_at}
                sent["restore_point"] = {**sent["restore_point"], **moved}
            shown = {"id": node.id, "name": node.name, "status": "BUILD"}
            self._trace("createInstance", node, "202", sent, {"instance": shown, **told})

    def _trace(self, name: str, node: DataNode, code: str, request: Any, response: Any) -> None:
        self._context.write_trace(Witnessed("RDS", name, "instance", node.id, node.name, code, request, response))

    def _answer_to(self, token: str, request: NodeRequest) -> dict[str, Any] | None:
        """Return the answer of an earlier request with this token. It is documented for plain instances only."""
        if not token:
            return None
        if not _UUID.fullmatch(token):
            raise ApiError(400, "DBS.280497", "The client token is not a UUID.")
        known = self._storage.setting(f"client token {token}") if request.source_id is None else None
        if known is None:
            return None
        digest, _, answer = known.partition(" ")
        if digest != _digest(request):
            raise ApiError(400, "DBS.280495", "The client token was used with other parameters.")
        return dict(json.loads(answer))

    def _keep_answer(self, token: str, request: NodeRequest, answer: dict[str, Any]) -> None:
        if token and request.source_id is None:
            self._storage.put_setting(f"client token {token}", f"{_digest(request)} {json.dumps(answer)}")

    def _step(self, jobs: list[NodeJob]) -> None:
        now = self._context.now()
        if any(node_job_state(job, now).end is None and not job.settled for job in jobs):
            self._context.step_clock()


def _digest(request: NodeRequest) -> str:
    return hashlib.sha256(json.dumps(request.body, sort_keys=True).encode()).hexdigest()


def _no_job() -> ApiError:
    return ApiError(400, "DBS.200543", "The task does not exist.")
