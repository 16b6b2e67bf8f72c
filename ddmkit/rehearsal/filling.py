"""Fill a blank world of the simulator with the facts of an inventory.

An inventory holds the service's results, not their causes; here each result gets a cause that leads the simulator to the
same result. Missing facts, such as the content of a backup before the restore, are invented so that a restore can be
rehearsed. The data nodes count as recovered to the point in time, as the person who confirmed the restore declared.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from ddmkit.models import Account, Backup, DataNode, Instance, Job, Schema, TargetInstance, TargetNode
from ddmkit.rehearsal.recovery_world import sources_of
from ddmkit.restore.inventory import Inventory
from ddmkit.simulator import World
from ddmkit.times import find_gaps, from_ms, merge_spans, to_ms

__all__ = ["fill_world"]

_TICK = timedelta(milliseconds=1)
_DAY = timedelta(days=1)
# Each shard is a row: a few lines of a record must not create millions of rows.
_MOST_SHARDS_EACH, _MOST_SHARDS = 10_000, 200_000
# The simulator's restorable ranges end this long before its clock; an earlier end needs a cause.
_RANGES_LAG = timedelta(minutes=2)
_INSTANCE_COLUMNS = (
    *("engine_version", "created", "updated", "vpc_id", "subnet_id", "security_group_id", "available_zone"),
    *("node_count", "access_ip", "access_port", "admin_user_name", "error_msg"),
)
_SMALL_STATUSES = {"normal": "RUNNING", "abnormal": "ERROR", "createfail": "CREATEFAILED"}


class Asked(Protocol):
    """What a restore was asked to do: its instances. An empty id means that there was none yet."""

    @property
    def source_instance_id(self) -> str: ...  # the names are enough
    @property
    def target_instance_id(self) -> str: ...
    @property
    def data_nodes(self) -> Sequence[str]: ...


def fill_world(
    world: World, facts: Inventory, request: Asked, schemas: Sequence[Schema] = (), accounts: Sequence[Account] = ()
) -> None:
    """Add the facts of an inventory to an empty world; ``schemas`` and ``accounts`` are the content of the backup."""
    _Builder(world, facts, request).build(schemas, accounts)


class _Builder:
    """Adds the facts of a plan's inventory to an empty world, the source first, then what refers to the source."""

    def __init__(self, world: World, facts: Inventory, request: Asked) -> None:
        self._world = world
        self._facts = facts
        self._request = request
        self._sources = sources_of(facts.node_proofs)
        self._point = self._facts.point or self._facts.taken_at
        self._known: set[str] = set()
        self._names: set[str] = set()
        self._networks: dict[str, str] = {}
        self._shards = 0

    def build(self, schemas: Sequence[Schema], accounts: Sequence[Account]) -> None:
        """Add everything; ``schemas`` and ``accounts`` are the content of the backup."""
        facts, request = self._facts, self._request
        self._learn_networks()
        self._add_source()
        self._add_targets()
        self._add_source_nodes()
        self._add_chosen_nodes()
        # The restored copies on the target are younger than the originals on the source.
        older = [account.model_copy(update={"created": self._point - _DAY}) for account in accounts]
        source_accounts = older if facts.source_accounts.value is None else facts.source_accounts.value
        self._add_content(request.source_instance_id, facts.source_schemas.value, source_accounts)
        self._add_restored(schemas)
        if request.target_instance_id != request.source_instance_id:  # else the content is there already
            self._add_content(request.target_instance_id, facts.target_schemas.value, facts.target_accounts.value)
        self._add_backups()
        self._add_jobs()

    # Instances ---------------------------------------------------------------------------------------------------

    def _learn_networks(self) -> None:
        """Learn the name of the target's network; the ids of other networks are invented from their names."""
        target, listed = self._facts.target.value, self._facts.listed_target(self._request.target_instance_id)
        # Available nodes are in the target's network, so they have its name when the target is not listed.
        names = [listed.vpc_name] if listed is not None else []
        names += [row.vpc_name for row in self._facts.candidate_rows().values() if row.available]
        if target is not None and target.vpc_id and names:
            self._networks[names[0]] = target.vpc_id

    def _network(self, name: str) -> dict[str, str]:
        if not name:
            return self._target_network()
        vpc_id = self._networks.setdefault(name, _invent_id("vpc", name))
        same = self._target_network() if vpc_id == self._target_network().get("vpc_id") else {}
        invented = {"subnet_id": _invent_id("subnet", name), "security_group_id": _invent_id("group", name)}
        return {**invented, **same, "vpc_id": vpc_id, "vpc_name": name}

    def _target_network(self) -> dict[str, str]:
        target, listed = self._facts.target.value, self._facts.listed_target(self._request.target_instance_id)
        if target is None:
            return {}
        known = {name: getattr(target, name) for name in ("vpc_id", "subnet_id", "security_group_id")}
        return {**_reported(known), **({"vpc_name": listed.vpc_name} if listed is not None and listed.vpc_name else {})}

    def _add_source(self) -> None:
        source_id, read = self._request.source_instance_id, self._facts.source.value
        own = [one for one in self._facts.backups.value or () if one.instance_id == source_id]
        if read is not None:
            self._add_instance(read)
        elif own:
            gone = min(max([self._point, *(one.created for one in own)]) + timedelta(seconds=1), self._facts.taken_at)
            status = {"deleted": gone} if self._facts.source.missing else {}
            self._keep_instance(source_id, own[0].instance_name or source_id, **status)

    def _add_targets(self) -> None:
        for listed in self._facts.targets.value or ():
            if listed.instance_id not in self._known:
                detail = self._facts.target.value if listed.instance_id == self._request.target_instance_id else None
                self._add_target(listed, detail)
        if self._facts.target.value is not None and self._facts.target.value.id not in self._known:
            self._add_instance(self._facts.target.value)

    def _add_target(self, listed: TargetInstance, detail: Instance | None) -> None:
        status = detail.status if detail is not None else _SMALL_STATUSES.get(listed.status, listed.status.upper())
        network = self._network(listed.vpc_name)
        columns = _columns_of(detail) if detail is not None else {}
        self._keep_instance(listed.instance_id, listed.instance_name, status=status or "RUNNING", **{**network, **columns})
        if not listed.available:
            self._find_cause(listed)

    def _find_cause(self, listed: TargetInstance) -> None:
        """Give the simulator a cause for the same result: a state, a job, an account of the same name, or a data node."""
        reason = listed.unavailable_reason
        if "frozen" in reason.casefold() or "Another action" in reason:
            return  # the instance's state or job is the cause
        if "same name" in reason:
            for name in re.findall(r"[\w$.-]+", reason.rpartition(":")[2]):
                self._world.add_account(listed.instance_id, name.rstrip("."))
            return
        self._world.attach(listed.instance_id, _invent_id("a data node of", listed.instance_id))

    def _add_instance(self, read: Instance) -> None:
        self._keep_instance(read.id, read.name, status=read.status or "RUNNING", **_columns_of(read))

    def _keep_instance(self, instance_id: str, name: str, **columns: Any) -> None:
        self._known.add(instance_id)
        self._world.add_instance(self._unique(name or instance_id), id=instance_id, **columns)

    # Data nodes --------------------------------------------------------------------------------------------------

    def _add_source_nodes(self) -> None:
        if self._request.source_instance_id not in self._known:
            return
        history = self._history()
        then = {node.instance_id: node for node in self._facts.source_nodes or self._unknown_nodes()}
        now = {node.id: node for schema in self._facts.source_schemas.value or () for node in schema.used_rds}
        for node in then.values():
            self._keep_node(node.instance_id, node.instance_name, **_node_columns(node), **history)
            self._attach_to_source(node.instance_id, None)
        for used in now.values():
            if used.id not in then:
                self._keep_node(used.id, used.name, status=used.status or "normal", **history)
                self._attach_to_source(used.id, self._point + _TICK)

    def _unknown_nodes(self) -> tuple[DataNode, ...]:
        """Return an invented data node for each chosen one, when the service no longer knew the source's nodes."""
        return tuple(
            DataNode(
                instance_id=self._sources.get(node_id) or _invent_id("source node", number),
                instance_name=f"source-node-{number}",
            )
            for number, node_id in enumerate(self._request.data_nodes, 1)
            if self._facts.source_nodes is None
        )

    def _attach_to_source(self, node_id: str, since: Any) -> None:
        source = self._world.storage.select(
            "SELECT created, deleted FROM instances WHERE id = ?", (self._request.source_instance_id,)
        )[0]
        begin = int(source["created"]) if since is None else since
        self._world.attach(self._request.source_instance_id, node_id, begin)
        if source["deleted"] is not None:
            self._world.detach(node_id)

    def _history(self) -> dict[str, Any]:
        """Return the columns of data nodes that lead to the recorded restorable ranges."""
        if self._facts.ranges.value is None:
            return {}
        spans = merge_spans(one.span for one in self._facts.ranges.value)
        now = self._facts.taken_at
        if not spans:
            return {"created": now}
        gaps = [[to_ms(gap.start) + 1, to_ms(gap.end) - 1] for gap in find_gaps(spans)]
        days = (now - spans[0].start) // _DAY + 1
        ended = {"pitr_until": spans[-1].end} if spans[-1].end < now - _RANGES_LAG - timedelta(seconds=1) else {}
        return {"created": spans[0].start, "keep_days": days, "gaps": gaps, **ended}

    def _add_chosen_nodes(self) -> None:
        rows, read = self._facts.candidate_rows(), any(one.nodes.is_read for one in self._facts.candidates)
        originals = [node.instance_id for node in self._facts.source_nodes or self._unknown_nodes()]
        for index, node_id in enumerate(dict.fromkeys(self._request.data_nodes)):
            row = rows.get(node_id)
            if node_id in self._known or (row is None and read):
                continue  # a node of the source, or unknown to the service
            # A recovered node is younger than what it was recovered to.
            holds = {"recovered_at": self._point, "created": self._point + _TICK}
            if index < len(originals):
                proved = self._sources.get(node_id, "")
                holds["recovered_from"] = proved if proved in originals else originals[index]  # type: ignore[assignment]  # columns of two kinds
            self._add_chosen(node_id, row, holds)

    def _add_chosen(self, node_id: str, row: TargetNode | None, holds: Mapping[str, Any]) -> None:
        if row is None:
            self._keep_node(node_id, f"chosen-{node_id}", **self._target_network(), **holds)
            return
        known = {"engine_name": row.engine_name, "version": row.version, "status": row.status, "private_ip": row.private_ip}
        columns = {**self._network(row.vpc_name), **_reported(known), **holds}
        reason = "" if row.available else row.unavailable_reason.casefold()
        if "read-only" in reason:
            columns["read_only"] = True
        elif "version" in reason:
            columns["version"] = "5.5"
        elif "abnormal" in reason and row.status == "normal":
            columns["status"] = "abnormal"
        self._keep_node(node_id, row.instance_name, **columns)
        if not row.available and not re.search(r"read-only|version|abnormal|engine|vpc", reason):
            self._world.attach(_invent_id("another user of", node_id), node_id)

    def _keep_node(self, node_id: str, name: str, **columns: Any) -> None:
        if node_id not in self._known:
            self._known.add(node_id)
            self._world.add_data_node(self._unique(name or node_id), id=node_id, **columns)

    # Content --------------------------------------------------------------------------------------------------

    def _add_content(self, instance_id: str, schemas: Iterable[Schema] | None, accounts: Iterable[Account] | None) -> None:
        if instance_id not in self._known:
            return
        for schema in schemas or ():
            self._add_schema(instance_id, schema, [node.id for node in schema.used_rds])
        present = {row["name"] for row in self._accounts_on(instance_id)}
        for account in accounts or ():
            if account.name not in present:
                self._add_account(instance_id, account)

    def _accounts_on(self, instance_id: str) -> list[Any]:
        return list(self._world.storage.select("SELECT name FROM accounts WHERE instance_id = ?", (instance_id,)))

    def _add_account(self, instance_id: str, account: Account) -> None:
        known = {"created": account.created, "status": account.status, "description": account.description}
        databases = [one.name for one in account.databases]
        self._world.add_account(instance_id, account.name, account.base_authority, databases=databases, **_reported(known))

    def _add_restored(self, restored: Sequence[Schema]) -> None:
        """Add the schemas that the source had at the point and lost later; they were found on the target afterwards."""
        source_id = self._request.source_instance_id
        present = {schema.name for schema in self._facts.source_schemas.value or ()}
        nodes = [node.instance_id for node in self._facts.source_nodes or self._unknown_nodes()]
        for schema in restored:
            if schema.name not in present and source_id in self._known and nodes:
                before = schema.model_copy(update={"created": self._point - _DAY})
                self._add_schema(source_id, before, nodes, deleted=self._held_until() + _TICK)

    def _held_until(self) -> datetime:
        """Return the newest instant that was restored: nodes for a backup may hold a later one than the backup."""
        proofs = self._facts.node_proofs
        evidence = proofs.evidence if proofs is not None else ()
        return max(
            [self._point, *(from_ms(one.restore_time_ms) for one in evidence if one.is_proof and one.restore_time_ms)]
        )

    def _add_schema(self, instance_id: str, schema: Schema, node_ids: list[str], **columns: Any) -> None:
        for node_id in node_ids:
            self._keep_node(node_id, "")
        if not node_ids:
            node_ids = [_invent_id("a data node of", instance_id)]
            self._keep_node(node_ids[0], "")
        known = {"created": schema.created, "shard_mode": schema.shard_mode, "status": schema.status}
        shards = schema.shard_number or 1
        self._shards += min(shards, _MOST_SHARDS_EACH)
        if self._shards > _MOST_SHARDS:
            raise ValueError(f"its schemas have more than {_MOST_SHARDS:,} shards")
        more = {"shard_unit": schema.shard_unit} if schema.shard_unit is not None else {}
        self._world.add_schema(
            instance_id,
            schema.name,
            min(shards, _MOST_SHARDS_EACH),
            node_ids,
            shard_number=shards,
            **more,
            **_reported(known),
            **columns,
        )
        if instance_id != self._request.source_instance_id:
            for node_id in node_ids:
                self._world.attach(instance_id, node_id)

    def _add_backups(self) -> None:
        chosen = self._facts.chosen_backup
        known = {one.id: one for one in (*(self._facts.backups.value or ()), *((chosen,) if chosen else ()))}
        for backup in known.values():
            if backup.instance_id not in self._known:
                self._keep_instance(backup.instance_id, backup.instance_name, deleted=self._facts.taken_at)
            self._add_backup(backup)

    def _add_backup(self, backup: Backup) -> None:
        columns = ("id", "name", "description", "status", "backup_type", "file_size", "instance_name", "created")
        self._world.add_backup(backup.instance_id, **_reported({name: getattr(backup, name) for name in columns}))

    def _add_jobs(self) -> None:
        for job in self._facts.jobs.value or ():
            if job.instance_id in self._known and job.created_time is not None:
                self._world.add_job(job.instance_id, job.name, id=job.id, **_job_columns(job))

    def _unique(self, name: str) -> str:
        """Return a unique name: a service may have two equal names, a simulator's world may not."""
        chosen, number = name, 1
        while chosen in self._names:
            number += 1
            chosen = f"{name} ({number})"
        self._names.add(chosen)
        return chosen


def _columns_of(instance: Instance) -> dict[str, Any]:
    return _reported({name: getattr(instance, name) for name in _INSTANCE_COLUMNS})


def _node_columns(node: DataNode) -> dict[str, Any]:
    known = {"status": node.instance_status, "engine_name": node.engine_name, "version": node.version}
    size = {} if node.data_volume_size is None else {"volume_bytes": round(node.data_volume_size)}
    return {**_reported(known), **size}


def _job_columns(job: Job) -> dict[str, Any]:
    known: dict[str, Any] = {"created": job.created_time, "database_name": job.database_name, "fail_reason": job.fail_reason}
    if not job.is_finished or not (job.is_completed or job.is_failed):
        return {**_reported(known), "pinned_status": job.status, "operations": list(job.operations)}
    took = job.end_time - job.created_time if job.end_time and job.created_time else timedelta(0)
    duration = max(0, took // _TICK)
    return {**_reported(known), "outcome": job.status, "duration_ms": duration, "operations": list(job.operations)}


def _reported(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values without those that the service did not report."""
    return {name: value for name, value in values.items() if value not in {None, ""}}


def _invent_id(*names: object) -> str:
    return hashlib.sha256(" ".join(map(str, names)).encode()).hexdigest()[:32]
