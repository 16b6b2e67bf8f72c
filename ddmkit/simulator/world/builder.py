"""Builds rows for a world, with default values for all columns that are not given.

A builder only collects rows; `world.world` stores them. All rows have the same default network, because targets and
candidates must share a network.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from ddmkit.simulator.rules.audit import MASK
from ddmkit.simulator.storage.clock import from_ms
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.storage.recovery_schema import NodeJob, RowDeletion, Trace
from ddmkit.simulator.storage.schema import Account, Attachment, Backup, DataNode, Instance, Job, Schema, Shard, TableRow
from ddmkit.simulator.world.networks import HOME

__all__ = ["WorldBuilder"]

R = TypeVar("R", bound=TableRow)

DAY_MS = 86_400_000
KEPT_DAYS = 28  # less than the 30 days of ddm-api.md 13.1, so that no backup expires while a world is in use


@dataclass
class WorldBuilder:
    """Collects rows; their times are relative to an instant, the anchor."""

    seed: Seed
    anchor: int
    next_schema: int = 1
    rows: list[TableRow] = field(default_factory=list)

    def ago(self, **distance: float) -> int:
        """Return the instant this long (days, hours, minutes, seconds) before the anchor."""
        return self.anchor - timedelta(**distance) // timedelta(milliseconds=1)

    def second_ago(self, **distance: float) -> int:
        """Return the whole second at or before the instant this long before the anchor."""
        return self.ago(**distance) // 1000 * 1000

    def network(self, name: str = HOME) -> dict[str, str]:
        """Return the network columns of a VPC; the same name has the same columns."""
        return {
            "vpc_id": self.seed.uuid("vpc", name),
            "vpc_name": name,
            "subnet_id": self.seed.uuid("subnet", name),
            "security_group_id": self.seed.uuid("security group", name),
        }

    def instance(self, name: str, **columns: Any) -> Instance:
        """Add a DDM instance."""
        created = columns.pop("created", self.ago(days=90, hours=3, minutes=self.seed.number(600, "created", name)))
        values: dict[str, Any] = {
            "id": self.seed.instance(name),
            "name": name,
            "created": created,
            "updated": created + 5 * 60_000,
            "access_ip": self._address("172.16", name),
        }
        return self._keep(Instance(**{**values, **self.network(), **columns}))

    def data_node(self, name: str, *, users: Sequence[Instance] = (), **columns: Any) -> DataNode:
        """Add an RDS instance, associated with the given DDM instances from their creation to their deletion."""
        created = columns.pop("created", self.ago(days=91, minutes=self.seed.number(600, "created", name)))
        values: dict[str, Any] = {
            "id": self.seed.data_node(name),
            "name": name,
            "created": created,
            "private_ip": self._address("172.16", name),
        }
        node = self._keep(DataNode(**{**values, **self.network(), **columns}))
        for user in users:
            self._keep(Attachment(user.id, node.id, user.created, user.deleted))
        return node

    def recovered(self, source: DataNode, at: int, name: str = "", *, traced: bool = True, **columns: Any) -> DataNode:
        """Add an RDS instance that contains the data of `source` at an instant, with the job and the trace of its creation.

        Without `traced` there is neither a job nor a trace.
        """
        copied = (
            "version volume_bytes ha_mode replication_mode zones flavor_ref volume_type time_zone backup_window keep_days"
        )
        values: dict[str, Any] = {
            **{column: getattr(source, column) for column in copied.split()},
            "created": at + 30 * 60_000,
            "recovered_from": source.id,
            "recovered_at": at,
        }
        node = self.data_node(name or f"{source.name}-recovered", **{**values, **columns})
        if traced:
            job_id = self._keep(self._recovery_job(node)).id
            self._keep(self._recovery_trace(node, job_id))
        return node

    def deleted_rows(self, schema: Schema, at: int, percent: int) -> None:
        """Delete a percentage of the rows that a schema has at an instant."""
        self._keep(RowDeletion(schema.id, at, percent))

    def _recovery_job(self, node: DataNode) -> NodeJob:
        details = {
            "sourceInstanceId": node.recovered_from,
            "targetInstanceId": node.id,
            "backupId": "",
            "restoreTime": node.recovered_at,
            "type": "timestamp",
            "dbNames": "",
        }
        return NodeJob(
            id=self.seed.uuid("node job", node.id),
            name=f"CreateMysql{'SingleHA' if node.ha_mode == 'Ha' else 'Single'}Instance",
            kind="restore",
            instance_id=node.id,
            instance_name=node.name,
            created=node.created,
            duration_ms=14 * 60_000,
            visible_at=node.created,
            settled=True,
            details=json.dumps(details),
        )

    def _recovery_trace(self, node: DataNode, job_id: str) -> Trace:
        point = {"instance_id": node.recovered_from, "type": "timestamp", "restore_time": node.recovered_at}
        request = {
            "name": node.name,
            "flavor_ref": node.flavor_ref,
            "volume": {"type": node.volume_type, "size": node.volume_bytes // 1_000_000_000},
            "availability_zone": node.zones,
            "vpc_id": node.vpc_id,
            "subnet_id": node.subnet_id,
            "security_group_id": node.security_group_id,
            "password": MASK,
            "port": str(node.port),
            "time_zone": node.time_zone,
            "restore_point": point,
        }
        return Trace(
            id=self.seed.uuid("trace", node.id),
            name="createInstance",
            time=node.created,
            record_time=node.created + 1_000,
            service="RDS",
            resource_type="instance",
            resource_id=node.id,
            resource_name=node.name,
            code="202",
            request=json.dumps(request),
            response=json.dumps({"instance": {"id": node.id, "name": node.name, "status": "BUILD"}, "job_id": job_id}),
            trace_type="ConsoleAction",
        )

    def schema(self, user: Instance, name: str, nodes: Sequence[DataNode], shards: int, **columns: Any) -> Schema:
        """Add a schema with its shards distributed evenly over the nodes; one shard means an unsharded schema."""
        created = columns.pop("created", min(user.created + 3_600_000, self.anchor))
        values: dict[str, Any] = {
            "id": self.next_schema,
            "instance_id": user.id,
            "name": name,
            "shard_mode": "single" if shards == 1 else "cluster",
            "shard_number": shards,
            "shard_unit": max(1, shards // len(nodes)),
            "created": created,
            "updated": created,
        }
        self.next_schema += 1
        schema = self._keep(Schema(**{**values, **columns}))
        for index in range(shards):
            node = nodes[index * len(nodes) // shards]
            self._keep(Shard(schema.id, index, f"{name}_{index:04d}", node.id))
        return schema

    def account(self, user: Instance, name: str, rights: Iterable[str] = ("SELECT",), **columns: Any) -> Account:
        """Add an account with rights of ddm-api.md 6.4 on the schemas `databases`."""
        created = columns.pop("created", min(user.created + 7_200_000, self.anchor))
        databases = json.dumps(list(columns.pop("databases", ())))
        rights_text = json.dumps(list(rights))
        return self._keep(Account(user.id, name, created, created, rights_text, databases, **columns))

    def backup(self, user: Instance, at: int, **columns: Any) -> Backup:
        """Add a metadata backup of an instance."""
        values: dict[str, Any] = {
            "id": self.seed.backup(f"{user.name} {columns.pop('key', at)}"),
            "name": f"Backup-{user.name}-{from_ms(at):%Y%m%d%H%M}{at // 1000 % 10}",
            "instance_id": user.id,
            "instance_name": user.name,
            "created": at,
            "updated": at + 17_000,
            "file_size": 4 + self.seed.number(9_000_000, "size", user.name, at // DAY_MS) / 1_000_000,
        }
        return self._keep(Backup(**{**values, **columns}))

    def event_backup(self, user: Instance, at: int, reason: str) -> Backup:
        """Add the backup that the service makes before an operation. Source: ddm-api.md 13.1."""
        description = f"metadata backup before {reason}"
        return self.backup(user, at, key=reason, backup_type="metadata", description=description)

    def daily_backups(self, user: Instance, most: int = KEPT_DAYS) -> list[Backup]:
        """Add the scheduled backups, made between 02:00 and 03:00 UTC, newest first. Source: ddm-api.md 13.1."""
        midnight = self.anchor // DAY_MS * DAY_MS
        backups: list[Backup] = []
        for days in range(KEPT_DAYS + 1):
            at = midnight - days * DAY_MS + 7_200_000 + self.seed.number(3_400, "daily", user.name, len(backups)) * 1000
            if user.created < at < min(self.anchor, user.deleted or self.anchor) and len(backups) < most:
                backups.append(self.backup(user, at, key=f"daily {len(backups)}"))
        return backups

    def job(self, name: str, instance: Instance, at: int, **columns: Any) -> Job:
        """Add a job of the service."""
        key = columns.pop("key", f"{name} {instance.name} {at}")
        values: dict[str, Any] = {"name": name, "instance_id": instance.id, "instance_name": instance.name, "created": at}
        return self._keep(Job(**{"id": self.seed.job(key), **columns}, **values))

    def _address(self, prefix: str, name: str) -> str:
        return f"{prefix}.{self.seed.number(254, 'address 1', name) + 1}.{self.seed.number(254, 'address 2', name) + 1}"

    def _keep(self, row: R) -> R:
        self.rows.append(row)
        return row
