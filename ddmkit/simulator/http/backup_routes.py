"""The calls around backups: what can be restored, to where, and the restore itself. Source: ddm-api.md 3."""

from __future__ import annotations

from starlette.responses import Response

from ddmkit.simulator.http.context import Service, answer, no_instance
from ddmkit.simulator.http.operations import OPERATIONS
from ddmkit.simulator.http.paging import cut, read_page
from ddmkit.simulator.http.parameters import Id, Milliseconds, RestoreBody, ShortPage, Text, body_text
from ddmkit.simulator.http.serializers import (
    backup_detail,
    backup_row,
    candidate_row,
    range_row,
    related_node_row,
    small_status,
    target_row,
)
from ddmkit.simulator.rules.errors import Refusal, parameter_error
from ddmkit.simulator.rules.history import accounts_at, nodes_at
from ddmkit.simulator.rules.ranges import Range, holds
from ddmkit.simulator.rules.restores import (
    JobTwist,
    RestoreOrder,
    accept_restore,
    busy_instances,
    find_source,
    ranges_of,
    taken_nodes,
)
from ddmkit.simulator.rules.rules import BACKUP_LIFE_MS, candidate_objection, target_objection
from ddmkit.simulator.storage.schema import Backup, DataNode, Instance

__all__ = ["BackupCalls"]

RESTORE = next(operation for operation in OPERATIONS if operation.name == "RestoreMetadata")


class BackupCalls:
    """Backups, restorable ranges, targets, candidates, and the start of a restore."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._storage = service.storage

    async def restore_metadata(self, project_id: Id, instance_id: Id, body: RestoreBody) -> Response:
        """Rebuild the metadata of an instance on an empty one."""
        del project_id
        order = RestoreOrder(
            source_id=instance_id,
            target_id=body.target.instance_id,
            data_nodes=tuple(body.target.data_nodes),
            backup_id=body.source.backup_id,
            restore_time=body.source.restore_time,
            body=body_text(body),
        )
        world = self._service.world
        with self._storage.writing():
            job_id = accept_restore(self._storage, world.clock, world.seed, order, speed=self._service.speed)
            self._twist(job_id)
        return answer({"job_id": job_id}, 202)

    async def list_backups(
        self, project_id: Id, page: ShortPage, instance_id: Text = "", instance_name: Text = "", backup_name: Text = ""
    ) -> Response:
        """List the metadata backups of the project, newest first."""
        del project_id
        # How the filters match is undocumented: ids as a whole, names in part.
        tests = {"instance_id = ?": instance_id, "instr(instance_name, ?)": instance_name, "instr(name, ?)": backup_name}
        used = {"created > ?": self._service.now() - BACKUP_LIFE_MS, **{test: text for test, text in tests.items() if text}}
        rows = read_page(self._storage, Backup, page, " AND ".join(used), used.values(), "created DESC, id")
        statuses = self._statuses({backup.instance_id for backup in rows.rows})
        shaped = rows.shaped(lambda backup: backup_row(backup, statuses.get(backup.instance_id, "deleted")))
        return answer(shaped.counted("backups"))

    async def show_backup(self, project_id: Id, instance_id: Id, backup_id: Id) -> Response:
        """Show the data nodes that a backup refers to."""
        del project_id
        source = self._service.need_instance(instance_id)
        backup = self._storage.one(Backup, "id = ? AND instance_id = ?", (backup_id, source.id))
        if backup is None or backup.created <= self._service.now() - BACKUP_LIFE_MS:
            raise Refusal(400, "DBS.201203", "The backup does not exist.")
        return answer(backup_detail(backup, nodes_at(self._storage, source.id, backup.created)))

    async def show_ranges(self, project_id: Id, instance_id: Id, page: ShortPage) -> Response:
        """List the ranges that an instance can be restored to."""
        del project_id
        rows = cut(self._ranges(self._service.need_instance(instance_id)), page)
        return answer(rows.shaped(range_row).counted("restorable_time_intervals"))

    async def show_targets(self, project_id: Id, instance_id: Id, page: ShortPage) -> Response:
        """List the other instances, each with what speaks against it as target."""
        del project_id
        now = self._service.now()
        source = find_source(self._storage, instance_id, now)
        if source is None:
            raise no_instance()
        rows = read_page(self._storage, Instance, page, "deleted IS NULL AND id <> ?", (instance_id,), "rowid")
        shown = dict(zip(rows.rows, self._service.as_shown(list(rows.rows)), strict=True))
        objections = self._target_objections(source, list(rows.rows), now)
        shaped = rows.shaped(lambda row: target_row(shown[row], objections[row.id]))
        return answer(shaped.counted("instances"))

    async def show_related_nodes(
        self, project_id: Id, instance_id: Id, restore_time: Milliseconds, page: ShortPage
    ) -> Response:
        """List the data nodes that an instance used at an instant."""
        del project_id
        source = self._service.need_instance(instance_id)
        ranges = self._ranges(source)
        at = _instant_within(ranges, restore_time)
        rows = cut(nodes_at(self._storage, source.id, at), page).shaped(related_node_row)
        latest = range_row(ranges[-1])["end_time"]
        return answer({**rows.counted("related_data_nodes"), "latest_restorable_time": latest})

    async def show_candidates(
        self,
        project_id: Id,
        instance_id: Id,
        target_instance_id: Text,
        source_dn_instance_id: Text,
        restore_time: Milliseconds,
        page: ShortPage,
    ) -> Response:
        """List the data nodes of the project, each with what speaks against it in place of a source data node."""
        del project_id
        source = self._service.need_instance(instance_id)
        target = self._service.need_instance(target_instance_id)
        at = _instant_within(self._ranges(source), restore_time)
        source_nodes = {node.id: node for node in nodes_at(self._storage, source.id, at)}
        node = source_nodes.get(source_dn_instance_id)
        if node is None:
            raise Refusal(400, "DBS.300103", "The RDS instance does not exist or is in a different VPC.")
        taken = taken_nodes(self._storage, self._service.now())
        rows = read_page(self._storage, DataNode, page, "deleted IS NULL", (), "rowid")
        shaped = rows.shaped(lambda row: candidate_row(row, candidate_objection(row, node, target, taken=row.id in taken)))
        return answer(shaped.counted("target_data_nodes"))

    def _twist(self, job_id: str) -> None:
        faults = self._service.faults
        twist = JobTwist(
            fails=faults.take("job-fails", RESTORE),
            stalls=faults.take("job-stalls", RESTORE),
            late=faults.take("job-late", RESTORE),
        )
        twist.apply(self._storage, job_id)

    def _ranges(self, source: Instance) -> list[Range]:
        return ranges_of(self._storage, source, self._service.now())

    def _statuses(self, ids: set[str]) -> dict[str, str]:
        marks = ", ".join("?" * len(ids))
        instances = self._storage.every(Instance, f"deleted IS NULL AND id IN ({marks})", ids)
        return {instance.id: small_status(instance.status) for instance in self._service.as_shown(instances)}

    def _target_objections(self, source: Instance, targets: list[Instance], now: int) -> dict[str, str]:
        busy = busy_instances(self._storage, now)
        holders = set(taken_nodes(self._storage, now).values())
        at = now if source.deleted is None else source.deleted - 1
        names = {account.name for account in accounts_at(self._storage, source.id, at)}
        names.discard(source.admin_user_name)
        return {
            target.id: target_objection(
                target,
                busy=target.id in busy,
                has_node=target.id in holders,
                common_accounts=self._common_accounts(target, names, now),
            )
            for target in targets
        }

    def _common_accounts(self, target: Instance, names: set[str], now: int) -> set[str]:
        present = {account.name for account in accounts_at(self._storage, target.id, now)}
        return (present & names) - {target.admin_user_name}


def _instant_within(ranges: list[Range], at: int) -> int:
    if not holds(ranges, at):
        raise parameter_error()
    return at
