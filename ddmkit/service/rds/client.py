"""The client of the data nodes' service: one method per call; lists are complete or an error.

Two requests change something: the recovery of a node to a new instance, and the deletion of an instance. Both are sent once,
as ``Writer.send_once`` describes. Restoring onto an existing instance, which would overwrite it, is not here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ddmkit.errors import InputError
from ddmkit.recovery_models.ddm import AcceptedJob
from ddmkit.recovery_models.rds import (
    BackupPolicy,
    CreatedNode,
    ListedTime,
    NodeBackup,
    NodeFlavor,
    NodeInstance,
    NodeVersion,
    Quota,
    RestorableTime,
    SimplifiedInstance,
    StorageType,
)
from ddmkit.recovery_models.tasks import NodeTask, RdsJob, TaskDetail
from ddmkit.service.calls import Answer, Call, read_model
from ddmkit.service.deadline import Attempt
from ddmkit.service.error_parsing import make_unusable
from ddmkit.service.rds import protocol
from ddmkit.service.writer import Sent, Writer

__all__ = ["RdsClient"]


def _no_check() -> None:
    """Keep nothing from being sent."""


class RdsClient(Writer):
    """The client of the data nodes' service. Errors are those of ``Client``."""

    def list_instances(self, *, instance_id: str = "", name: str = "", tags: str = "") -> tuple[NodeInstance, ...]:
        """List the MySQL instances: all, or those with an exact id, an exact name, or a tag (``key=value``).

        An unknown id gives an empty list. Flexus instances are in a list of their own, which is asked for when an id or a
        name is not found in the first one.
        """
        call = protocol.list_instances(self._project(), instance_id=instance_id, name=name, tags=tags)
        rows = self._list(NodeInstance, call).rows
        if rows or not (instance_id or name):
            return rows
        return self._list(NodeInstance, call.asking(group_type="flexus")).rows

    def list_simplified_instances(self, instance_ids: Sequence[str]) -> tuple[SimplifiedInstance, ...]:
        """List the status and the running operations of instances; unknown ones are left out."""
        if not instance_ids:
            return ()
        return self._list_whole(SimplifiedInstance, protocol.list_simplified_instances(self._project(), instance_ids))

    def list_restore_times(self, instance_id: str, day: datetime | None = None) -> tuple[RestorableTime, ...]:
        """List the ranges that a node can be recovered to, earliest first; ranges without start or end are left out."""
        call = protocol.list_restore_times(self._project(), instance_id, day)
        rows = self._list_whole(ListedTime, call, functools.partial(_remark_on_times, call), whole=RestorableTime)
        whole = (row for row in rows if isinstance(row, RestorableTime))
        return tuple(sorted(whole, key=lambda row: (row.start_time, row.end_time)))

    def list_backups(self, instance_id: str, backup_type: str = "") -> tuple[NodeBackup, ...]:
        """List the backups of a node in the service's order: all types, or one (``auto``, ``manual``, ``incremental``)."""
        return self._list(NodeBackup, protocol.list_backups(self._project(), instance_id, backup_type)).rows

    def show_backup_policy(self, instance_id: str) -> BackupPolicy:
        """Show the policy of a node's automated backups."""
        return self._show(BackupPolicy, protocol.show_backup_policy(self._project(), instance_id), "backup_policy")

    def show_job(self, job_id: str) -> RdsJob:
        """Show one job. ``NotFoundError`` (DBS.200543) comes also for some seconds after the job has been accepted."""
        return self._show(RdsJob, protocol.show_job(self._project(), job_id), "job")

    def list_tasks(self, start: datetime, end: datetime, *, name: str = "", instance_id: str = "") -> tuple[NodeTask, ...]:
        """List the tasks between two instants, at most 30 days."""
        call = protocol.list_tasks(self._project(), start, end, name=name, instance_id=instance_id)
        return self._list(NodeTask, call).rows

    def list_task_details(self, instance_id: str, start: datetime, end: datetime | None = None) -> tuple[TaskDetail, ...]:
        """List the tasks of a node with their parameters; a refusal or an empty list means nothing for MySQL."""
        call = protocol.list_task_details(self._project(), instance_id, start, end)

        def read(answer: Answer) -> tuple[TaskDetail, ...]:
            rows = _task_rows(self._read(answer, call))
            return tuple(read_model(TaskDetail, row, call) for row in rows)

        return self._ask(call, read)

    def list_quotas(self) -> tuple[Quota, ...]:
        """List the quotas of the project; that of instances has the type ``instance``."""
        call = protocol.show_quotas(self._project())

        def read(answer: Answer) -> tuple[Quota, ...]:
            quotas = self._read(answer, call).get("quotas")
            rows = quotas.get("resources") if isinstance(quotas, dict) else quotas
            if not isinstance(rows, list):
                raise make_unusable(call.what, "the answer's quotas are not a list", answer.status, answer.headers)
            return tuple(read_model(Quota, row, call) for row in rows)

        return self._ask(call, read)

    def list_flavors(self, version: str = "", spec_code: str = "") -> tuple[NodeFlavor, ...]:
        """List the flavours for a version of MySQL (``5.7``), with the zones in which each is for sale."""
        return self._list_whole(NodeFlavor, protocol.list_flavors(self._project(), version, spec_code))

    def list_storage_types(self, version: str, ha_mode: str = "") -> tuple[StorageType, ...]:
        """List the kinds of disks for a version of MySQL, with the zones in which each is for sale."""
        return self._list_whole(StorageType, protocol.list_storage_types(self._project(), version, ha_mode))

    def list_versions(self) -> tuple[NodeVersion, ...]:
        """List the versions of MySQL that can be created."""
        return self._list_whole(NodeVersion, protocol.list_versions(self._project()))

    def create_restore_instance(
        self, call: Call, *, last_check: Callable[[], None] = _no_check, attempt: Attempt | None = None
    ) -> Sent[CreatedNode]:
        """Recover a node: send ``protocol.create_restore_instance(...)`` exactly once, as ``send_once`` describes it.

        Returns the new instance and its job; the instance's id may come with the job only. A success that names neither
        leaves the outcome open: look for the instance's unique name. Source: API page CreateRestoreInstance.
        """
        _require(call, "CreateRestoreInstance")
        return self._send(call, CreatedNode, lambda made: made.job_id or made.order_id, last_check, attempt)

    def delete_instance(
        self, call: Call, *, last_check: Callable[[], None] = _no_check, attempt: Attempt | None = None
    ) -> Sent[AcceptedJob]:
        """Delete a node: send ``protocol.delete_instance(...)`` exactly once, as ``send_once`` describes it."""
        _require(call, "DeleteInstance")
        return self._send(call, AcceptedJob, lambda _: True, last_check, attempt)


def _require(call: Call, operation: str) -> None:
    """Refuse the call of another service: the same paths mean other things there."""
    if (call.service, call.operation) != ("RDS", operation):
        raise InputError(f"{call.name} is not {operation} of RDS.", field="call", fix="Use service/rds/protocol.py.")


def _task_rows(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the tasks of an answer whose ``jobs`` is an object or a list, or whose ``job`` is an object."""
    found = payload.get("jobs", payload.get("job"))
    rows = found if isinstance(found, list) else [found]
    return [row for row in rows if isinstance(row, dict)]


def _remark_on_times(call: Call, rows: tuple[ListedTime, ...]) -> str:
    open_ended = sum(not isinstance(row, RestorableTime) for row in rows)
    if open_ended and open_ended == len(rows):
        raise make_unusable(call.what, f"none of the {len(rows)} ranges has both its ends", 200, {})
    return f"{open_ended} of {len(rows)} lack an end and are not usable" if open_ended else ""
