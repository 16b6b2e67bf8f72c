"""Routes of backups, restorable ranges, targets, candidates and restores. Source: ddm-api.md 3."""

# ruff: noqa: ARG002 - FastAPI checks every path parameter, used or not

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from ddmkit.simulator.http.context import ServiceContext, json_response, no_instance
from ddmkit.simulator.http.operations import OPERATIONS
from ddmkit.simulator.http.paging import read_page, slice_rows
from ddmkit.simulator.http.parameters import Id, Milliseconds, RestoreBody, ShortPage, Text, body_text
from ddmkit.simulator.http.serializers import (
    backup_detail,
    backup_row,
    candidate_row,
    range_row,
    related_node_row,
    target_row,
    v3_status,
)
from ddmkit.simulator.rules.audit import Witnessed
from ddmkit.simulator.rules.errors import ApiError, parameter_error
from ddmkit.simulator.rules.history import accounts_at, nodes_at
from ddmkit.simulator.rules.ranges import Range, contains
from ddmkit.simulator.rules.restores import (
    JobFaults,
    RestoreRequest,
    accept_restore,
    associated_nodes,
    busy_instances,
    find_source,
    ranges_of,
)
from ddmkit.simulator.rules.rules import BACKUP_LIFE_MS, candidate_unavailable_reason, target_unavailable_reason
from ddmkit.simulator.storage.schema import Backup, DataNode, Instance

__all__ = ["BackupRoutes"]

RESTORE = next(operation for operation in OPERATIONS if operation.name == "RestoreMetadata")


class BackupRoutes:
    """The routes of backups, restorable ranges, targets, candidates and restores."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._storage = context.storage

    async def restore_metadata(self, project_id: Id, instance_id: Id, body: RestoreBody) -> Response:
        """Restore the metadata of an instance on an empty instance."""
        request = RestoreRequest(
            source_id=instance_id,
            target_id=body.target.instance_id,
            data_nodes=tuple(body.target.data_nodes),
            backup_id=body.source.backup_id,
            restore_time=body.source.restore_time,
            body=body_text(body),
        )
        world = self._context.world
        with self._storage.writing():
            job_id = accept_restore(
                self._storage, world.clock, world.seed, request, speed=self._context.speed, see=self._context.see
            )
            self._apply_job_faults(job_id)
            target = self._context.require_instance(request.target_id)
            answer = {"job_id": job_id}
            self._context.write_trace(
                Witnessed("DDM", "restoreMetaData", "instance", target.id, target.name, "202", request.body, answer)
            )
        return json_response({"job_id": job_id}, 202)

    async def list_backups(
        self, project_id: Id, page: ShortPage, instance_id: Text = "", instance_name: Text = "", backup_name: Text = ""
    ) -> Response:
        """List the metadata backups of the project, newest first."""
        # Undocumented: whether filters match exactly. Here ids match exactly, names match a part.
        tests = {"instance_id = ?": instance_id, "instr(instance_name, ?)": instance_name, "instr(name, ?)": backup_name}
        used = {"created > ?": self._context.now() - BACKUP_LIFE_MS, **{test: text for test, text in tests.items() if text}}
        rows = read_page(self._storage, Backup, page, " AND ".join(used), used.values(), "created DESC, id")
        statuses = self._statuses({backup.instance_id for backup in rows.rows})
        shaped = rows.map(lambda backup: backup_row(backup, statuses.get(backup.instance_id, "deleted")))
        return json_response(shaped.with_counters("backups"))

    async def show_backup(self, project_id: Id, instance_id: Id, backup_id: Id) -> Response:
        """Show the data nodes that a backup refers to."""
        source = self._context.require_instance(instance_id)
        backup = self._storage.one(Backup, "id = ? AND instance_id = ?", (backup_id, source.id))
        if backup is None or backup.created <= self._context.now() - BACKUP_LIFE_MS:
            raise ApiError(400, "DBS.201203", "The backup does not exist.")
        return json_response(backup_detail(backup, nodes_at(self._storage, source.id, backup.created)))

    async def show_ranges(self, project_id: Id, instance_id: Id, page: ShortPage) -> Response:
        """List the ranges that an instance can be restored to."""
        rows = slice_rows(self._ranges(self._context.require_instance(instance_id)), page)
        return json_response(rows.map(range_row).with_counters("restorable_time_intervals"))

    async def show_targets(self, project_id: Id, instance_id: Id, page: ShortPage) -> Response:
        """List the other instances as targets, each with the reason why it is unavailable."""
        now = self._context.now()
        source = find_source(self._storage, instance_id, now)
        if source is None:
            raise no_instance()
        rows = read_page(self._storage, Instance, page, "deleted IS NULL AND id <> ?", (instance_id,), "rowid")
        shown = dict(zip(rows.rows, self._context.with_current_status(rows.rows), strict=True))
        reasons = self._target_reasons(source, list(rows.rows), now)
        shaped = rows.map(lambda row: target_row(shown[row], reasons[row.id]))
        return json_response(shaped.with_counters("instances"))

    async def show_related_nodes(
        self, project_id: Id, instance_id: Id, restore_time: Milliseconds, page: ShortPage
    ) -> Response:
        """List the data nodes that an instance used at an instant."""
        source = self._context.require_instance(instance_id)
        ranges = self._ranges(source)
        at = _require_in_range(ranges, restore_time)
        rows = slice_rows(nodes_at(self._storage, source.id, at), page).map(related_node_row)
        latest = range_row(ranges[-1])["end_time"]
        return json_response({**rows.with_counters("related_data_nodes"), "latest_restorable_time": latest})

    async def show_candidates(
        self,
        project_id: Id,
        instance_id: Id,
        target_instance_id: Text,
        source_dn_instance_id: Text,
        restore_time: Milliseconds,
        page: ShortPage,
    ) -> Response:
        """List the data nodes of the project as candidates, each with the reason why it is unavailable."""
        source = self._context.require_instance(instance_id)
        target = self._context.require_instance(target_instance_id)
        at = _require_in_range(self._ranges(source), restore_time)
        source_nodes = {node.id: node for node in nodes_at(self._storage, source.id, at)}
        node = source_nodes.get(source_dn_instance_id)
        if node is None:
            raise ApiError(400, "DBS.300103", "The RDS instance does not exist or is in a different VPC.")
        associated = associated_nodes(self._storage, self._context.now())
        rows = read_page(self._storage, DataNode, page, "deleted IS NULL", (), "rowid")
        seen = replace(rows, rows=self._context.see(rows.rows))
        shaped = seen.map(
            lambda row: candidate_row(row, candidate_unavailable_reason(row, node, target, associated=row.id in associated))
        )
        return json_response(shaped.with_counters("target_data_nodes"))

    def _apply_job_faults(self, job_id: str) -> None:
        faults = self._context.faults
        fails, stalls, late = (faults.take(name, RESTORE) for name in ("job-fails", "job-stalls", "job-late"))
        JobFaults(fails=fails, stalls=stalls, late=late).apply(self._storage, job_id)

    def _ranges(self, source: Instance) -> list[Range]:
        return ranges_of(self._storage, source, self._context.now())

    def _statuses(self, ids: set[str]) -> dict[str, str]:
        marks = ", ".join("?" * len(ids))
        instances = self._storage.every(Instance, f"deleted IS NULL AND id IN ({marks})", ids)
        return {instance.id: v3_status(instance.status) for instance in self._context.with_current_status(instances)}

    def _target_reasons(self, source: Instance, targets: list[Instance], now: int) -> dict[str, str]:
        busy = busy_instances(self._storage, now)
        in_use = set(associated_nodes(self._storage, now).values())
        at = now if source.deleted is None else source.deleted - 1
        names = {account.name for account in accounts_at(self._storage, source.id, at)}
        names.discard(source.admin_user_name)
        return {
            target.id: target_unavailable_reason(
                target,
                busy=target.id in busy,
                has_node=target.id in in_use,
                common_accounts=self._common_accounts(target, names, now),
            )
            for target in targets
        }

    def _common_accounts(self, target: Instance, names: set[str], now: int) -> set[str]:
        present = {account.name for account in accounts_at(self._storage, target.id, now)}
        return (present & names) - {target.admin_user_name}


def _require_in_range(ranges: list[Range], at: int) -> int:
    if not contains(ranges, at):
        raise parameter_error()
    return at
