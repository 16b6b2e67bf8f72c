"""Jobs of RDS: their state, and the effects of deletions and read-only switches.

Source: RDS API, "Querying a Task", "Deleting a DB Instance", "Setting the Read/Write Permission".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ddmkit.simulator.rules.errors import ApiError
from ddmkit.simulator.rules.nodes.phases import NodeTimes, rds_status
from ddmkit.simulator.storage.clock import from_ms
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.storage.recovery_schema import NodeJob
from ddmkit.simulator.storage.schema import DataNode
from ddmkit.simulator.storage.storage import Storage

__all__ = [
    "NodeJobState",
    "current_actions",
    "delete_node",
    "describe_node_job",
    "node_job_state",
    "set_node_read_only",
    "settle_node_jobs",
]

STALLED_PERCENT = 60
NAMES = {"delete": "DeleteMysqlInstance", "read-only": "SetReadOnlySwitch"}
ACTIONS = {"create": "CREATE", "restore": "RESTORE", "delete": "DELETE", "read-only": "SET_READONLY"}


@dataclass(frozen=True)
class NodeJobState:
    """The state of a job at an instant; `percent` is its progress, `end` None while it runs."""

    status: str
    percent: int
    end: int | None = None


def node_job_state(job: NodeJob, now: int) -> NodeJobState:
    """Return the state of a job at an instant."""
    percent = max(0, (now - job.created) * 100 // max(1, job.duration_ms))
    if job.stalls:
        return NodeJobState("Running", min(STALLED_PERCENT, percent))
    if percent < 100:
        return NodeJobState("Running", percent)
    return NodeJobState(job.outcome, 100, job.created + job.duration_ms)


def settle_node_jobs(storage: Storage, now: int) -> None:
    """Apply the effects of the jobs that have ended."""
    if not storage.count("SELECT count(*) FROM node_jobs WHERE settled = 0"):
        return
    due = [job for job in storage.every(NodeJob, "settled = 0") if node_job_state(job, now).end is not None]
    if not due:
        return
    with storage.writing():
        for job in due:
            end = job.created + job.duration_ms
            if job.kind == "delete" and job.outcome == "Completed":
                storage.change(DataNode, job.instance_id, {"deleted": end})
            elif job.kind == "read-only":
                storage.change(DataNode, job.instance_id, {"read_only": job.details == "true"})
            storage.change(NodeJob, job.id, {"settled": True})


def current_actions(storage: Storage, node: DataNode, now: int) -> list[str]:
    """Return the operations that run on an instance, or that read it for another one."""
    running = [job for job in storage.every(NodeJob, "settled = 0") if node_job_state(job, now).end is None]
    found = [ACTIONS[job.kind] for job in running if job.instance_id == node.id]
    found += ["RESTORE_SOURCE" for job in running if job.source_id == node.id]
    return [*found, *(["BACKUP"] if rds_status(node, now) == "BACKING UP" else [])]


def delete_node(storage: Storage, seed: Seed, node: DataNode, now: int, times: NodeTimes, *, in_use: bool) -> NodeJob:
    """Start the deletion of an instance; raise ApiError when something still uses or reads it."""
    if in_use:
        raise ApiError(409, "DBS.200402", "The DB instance is used by a DDM instance; delete the schemas first.")
    if node.charge_mode == "prePaid":
        raise ApiError(400, "DBS.200402", "A yearly/monthly DB instance cannot be deleted; unsubscribe from it.")
    _require_idle(storage, node, now)
    return _start(storage, seed, node, now, times, "delete")


def set_node_read_only(
    storage: Storage, seed: Seed, node: DataNode, now: int, times: NodeTimes, *, read_only: bool
) -> NodeJob:
    """Start a read-only switch; raise ApiError when the instance is not ACTIVE."""
    if rds_status(node, now) != "ACTIVE":
        raise ApiError(409, "DBS.200019", "Another operation is being performed on the DB instance.")
    _require_idle(storage, node, now)
    return _start(storage, seed, node, now, times, "read-only", "true" if read_only else "false")


def describe_node_job(job: NodeJob) -> dict[str, Any]:
    """Return a started job as a dictionary, for tests that count effective requests."""
    told = {"service": "rds", "kind": job.kind, "id": job.instance_id, "name": job.instance_name, "job_id": job.id}
    origin = {"source": job.source_id, "restore_time": json.loads(job.details)["restoreTime"]} if job.source_id else {}
    return {**told, "at": from_ms(job.created), **origin}


def _require_idle(storage: Storage, node: DataNode, now: int) -> None:
    if rds_status(node, now) != "CREATE FAIL" and current_actions(storage, node, now):
        raise ApiError(
            409, "DBS.200019", "Another operation is being performed on the DB instance, or it is being restored."
        )


def _start(
    storage: Storage, seed: Seed, node: DataNode, now: int, times: NodeTimes, kind: str, details: str = "{}"
) -> NodeJob:
    number = storage.count("SELECT max(rowid) FROM node_jobs") + 1
    job = NodeJob(
        id=seed.uuid("node job", number, node.id),
        name=NAMES[kind],
        kind=kind,
        instance_id=node.id,
        instance_name=node.name,
        created=now,
        duration_ms=times.short_job,
        visible_at=now,
        details=details,
    )
    storage.add([job])
    return job
