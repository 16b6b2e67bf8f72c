"""Metadata restores: accepted or refused, and carried out when their job's time has come.

Facts are gathered and the job is written in one transaction, so that of two requests at once only one is accepted, over all
processes that serve the world. The rules themselves stand in `rules`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ddmkit.simulator.rules.errors import Refusal
from ddmkit.simulator.rules.history import accounts_at, holders_of, nodes_at, schemas_at
from ddmkit.simulator.rules.jobs import job_state
from ddmkit.simulator.rules.ranges import Range, restorable_ranges
from ddmkit.simulator.rules.rules import BACKUP_LIFE_MS, RestoreFacts, first_broken_rule
from ddmkit.simulator.storage.clock import WorldClock, from_ms
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.storage.schema import Attachment, Backup, DataNode, Instance, Job, Schema
from ddmkit.simulator.storage.storage import Storage

__all__ = [
    "JobTwist",
    "RestoreOrder",
    "accept_restore",
    "busy_instances",
    "describe_restore",
    "find_source",
    "ranges_of",
    "settle_jobs",
    "taken_nodes",
]

RUNNING_DURATION_MS = 8_000
STANDING_DURATION_MS = 60_000  # four steps of a standing clock
# How far the instant that a data node was recovered to may lie from the one asked for. Undocumented; a backup is made
# within minutes of the instant that its data nodes are recovered to.
RECOVERY_TOLERANCE_MS = 15 * 60_000
LATE_LOOKS = 2
JOB_NAME = "RestoreMetadata"  # the service's own name of this job is undocumented


@dataclass(frozen=True)
class RestoreOrder:
    """What a restore request asks for; one of `backup_id` and `restore_time` is given."""

    source_id: str
    target_id: str
    data_nodes: tuple[str, ...]
    backup_id: str | None
    restore_time: int | None
    body: Mapping[str, Any]


@dataclass(frozen=True)
class JobTwist:
    """What faults do to the job of a restore."""

    fails: bool = False
    stalls: bool = False
    late: bool = False

    def apply(self, storage: Storage, job_id: str) -> None:
        """Change a job that has just been accepted."""
        changes: dict[str, object] = {}
        if self.fails:
            reason = "DBS.300322: Failed to save the metadata of the DDM instance."
            changes.update(outcome="Failed", fail_reason=reason)
        if self.stalls:
            changes.update(outcome="Stalled")
        if self.late:
            changes.update(hidden_looks=LATE_LOOKS)
        if changes:
            storage.change(Job, job_id, changes)


def accept_restore(storage: Storage, clock: WorldClock, seed: Seed, order: RestoreOrder, *, speed: float) -> str:
    """Start the job of a restore and give its id; raise the refusal of the first rule that it would break."""
    with storage.writing():
        now = clock.now_ms()
        settle_jobs(storage, now)
        facts = _gather(storage, order, now)
        broken = first_broken_rule(facts)
        if broken:
            raise Refusal(broken.status, broken.code, broken.message)
        duration = STANDING_DURATION_MS if clock.stands else RUNNING_DURATION_MS
        job = _job_of(storage, seed, order, facts)
        storage.add([replace(job, duration_ms=max(1, round(duration / speed)))])
    return job.id


def settle_jobs(storage: Storage, now: int) -> None:
    """Carry out what jobs that have ended by now do to their targets."""
    if not storage.count("SELECT count(*) FROM jobs WHERE settled = 0") or not _due(storage, now):
        return
    with storage.writing():
        for job in _due(storage, now):
            if job_state(job, now).status == "Completed":
                _rebuild_target(storage, job)
            storage.execute("UPDATE jobs SET settled = 1 WHERE id = ?", (job.id,))


def busy_instances(storage: Storage, now: int) -> set[str]:
    """Return the ids of the instances on which a job runs."""
    columns = "pinned_status <> '' OR outcome = 'Stalled' OR created + duration_ms > ?"
    return {job.instance_id for job in storage.every(Job, columns, (now,)) if job_state(job, now).unfinished}


def taken_nodes(storage: Storage, now: int) -> dict[str, str]:
    """Return which data nodes belong to which instance, those that a running restore will associate included."""
    taken = holders_of(storage, now)
    for job in storage.every(Job, "settled = 0"):
        if job_state(job, now).unfinished:
            taken.update(dict.fromkeys(json.loads(job.nodes).values(), job.instance_id))
    return taken


def ranges_of(storage: Storage, instance: Instance, now: int) -> list[Range]:
    """Return the restorable ranges of an instance, by the data nodes it has, or had last."""
    last = now if instance.deleted is None else instance.deleted - 1
    return restorable_ranges(instance, nodes_at(storage, instance.id, last), now)


def _due(storage: Storage, now: int) -> list[Job]:
    waiting = storage.every(Job, "settled = 0 ORDER BY created")
    return [job for job in waiting if job.created + job.duration_ms <= now and not job_state(job, now).unfinished]


def _gather(storage: Storage, order: RestoreOrder, now: int) -> RestoreFacts:
    source = find_source(storage, order.source_id, now)
    target = storage.one(Instance, "id = ? AND deleted IS NULL", (order.target_id,))
    backup = _backup(storage, order, now)
    at = order.restore_time if order.restore_time is not None else backup.created if backup else now
    content_at = backup.created if backup else at
    busy = busy_instances(storage, now)
    accounts = accounts_at(storage, target.id, now) if target else []
    return RestoreFacts(
        now=now,
        source=source,
        source_busy=order.source_id in busy,
        by_time=order.restore_time is not None,
        at=at,
        ranges=tuple(ranges_of(storage, source, now)) if source else (),
        backup=backup,
        source_nodes=tuple(nodes_at(storage, order.source_id, content_at)),
        target=target,
        target_busy=order.target_id in busy,
        target_nodes=len(nodes_at(storage, order.target_id, now)),
        target_schemas=len(schemas_at(storage, order.target_id, now)),
        # Whether the administrator counts as an account is undocumented; here it does not.
        target_accounts=sum(account.name != target.admin_user_name for account in accounts) if target else 0,
        requested=order.data_nodes,
        nodes=tuple(_nodes_named(storage, order.data_nodes)),
        taken=frozenset(taken_nodes(storage, now)),
    )


def find_source(storage: Storage, instance_id: str, now: int) -> Instance | None:
    """Return an instance that exists, or one that was deleted but left backups."""
    source = storage.one(Instance, "id = ?", (instance_id,))
    if source is None or source.deleted is None:
        return source
    recent = "SELECT count(*) FROM backups WHERE instance_id = ? AND created > ?"
    return source if storage.count(recent, (instance_id, now - BACKUP_LIFE_MS)) else None


def _backup(storage: Storage, order: RestoreOrder, now: int) -> Backup | None:
    if order.backup_id is not None:
        return storage.one(Backup, "id = ?", (order.backup_id,))
    condition = "instance_id = ? AND status = 'normal' AND created <= ? AND created > ? ORDER BY created DESC"
    return storage.one(Backup, condition, (order.source_id, order.restore_time, now - BACKUP_LIFE_MS))


def _nodes_named(storage: Storage, ids: Iterable[str]) -> list[DataNode]:
    found = (storage.one(DataNode, "id = ? AND deleted IS NULL", (node_id,)) for node_id in ids)
    return [node for node in found if node]


def _job_of(storage: Storage, seed: Seed, order: RestoreOrder, facts: RestoreFacts) -> Job:
    if facts.target is None or facts.backup is None:
        raise LookupError("The rules let no request pass whose target or backup does not exist.")
    nodes = _match_nodes(facts.source_nodes, facts.nodes)
    reason = _reason_to_fail(storage, order, facts, nodes)
    number = storage.count("SELECT count(*) FROM jobs WHERE source_id <> ''") + 1
    return Job(
        id=seed.job(f"restore {number}"),
        name=JOB_NAME,
        instance_id=facts.target.id,
        instance_name=facts.target.name,
        created=facts.now,
        outcome="Failed" if reason else "Completed",
        fail_reason=reason,
        settled=False,
        source_id=order.source_id,
        backup_id=facts.backup.id,
        content_at=facts.backup.created,
        nodes=json.dumps({source_id: node.id for source_id, node in nodes.items()}),
        body=json.dumps(order.body),
    )


def _match_nodes(sources: Sequence[DataNode], chosen: Sequence[DataNode]) -> dict[str, DataNode]:
    """Pair each source node with the one that holds its data, and the rest in order of their ids."""
    by_origin = {node.recovered_from: node for node in sorted(chosen, key=lambda node: node.id, reverse=True)}
    matched = {source.id: by_origin[source.id] for source in sources if source.id in by_origin}
    used = {node.id for node in matched.values()}
    rest = iter(sorted((node for node in chosen if node.id not in used), key=lambda node: node.id))
    for source in sorted(sources, key=lambda node: node.id):
        if source.id not in matched:
            matched[source.id] = next(rest)
    return matched


def _reason_to_fail(storage: Storage, order: RestoreOrder, facts: RestoreFacts, nodes: Mapping[str, DataNode]) -> str:
    """Return the physical databases that the chosen nodes lack, which only the job finds out. Source: rule 13.2 no. 3."""
    wanted = schemas_at(storage, order.source_id, facts.backup.created if facts.backup else facts.at)
    instants = {node.recovered_at for node in nodes.values() if node.recovered_at is not None}
    history = {instant: schemas_at(storage, order.source_id, instant) for instant in instants}
    missing: list[str] = []
    for source_id, node in nodes.items():
        needed = {name for state in wanted for name in state.databases_on(source_id)}
        held: set[str] = set()
        recovered_at = _recovered_at(node, source_id)
        if recovered_at is not None and abs(recovered_at - facts.at) <= RECOVERY_TOLERANCE_MS:
            held = {name for state in history[recovered_at] for name in state.databases_on(source_id)}
        if needed - held:
            missing.append(f"{_shortened(sorted(needed - held))} on data node {node.name} ({node.id})")
    return f"DBS.300336: Physical databases not found: {_shortened(missing, '; ')}." if missing else ""


def _recovered_at(node: DataNode, source_id: str) -> int | None:
    return node.recovered_at if node.recovered_from == source_id else None


def _shortened(names: Sequence[str], separator: str = ", ", most: int = 4) -> str:
    rest = f"{separator}and {len(names) - most} more" if len(names) > most else ""
    return separator.join(names[:most]) + rest


def _rebuild_target(storage: Storage, job: Job) -> None:
    end = job.created + job.duration_ms
    nodes: dict[str, str] = json.loads(job.nodes)
    storage.add(Attachment(job.instance_id, node_id, end) for node_id in nodes.values())
    _rebuild_schemas(storage, job, nodes, end)
    accounts = accounts_at(storage, job.source_id, job.content_at)
    present = {account.name for account in accounts_at(storage, job.instance_id, end)}
    storage.add(
        replace(account, instance_id=job.instance_id, created=end, deleted=None)
        for account in accounts
        if account.name not in present
    )
    storage.execute("UPDATE instances SET updated = ? WHERE id = ?", (end, job.instance_id))


def _rebuild_schemas(storage: Storage, job: Job, nodes: Mapping[str, str], end: int) -> None:
    next_id = storage.count("SELECT max(id) FROM schemas") + 1
    for number, state in enumerate(schemas_at(storage, job.source_id, job.content_at), next_id):
        restored: Schema = replace(
            state.schema, id=number, instance_id=job.instance_id, created=end, updated=end, deleted=None, status="RUNNING"
        )
        shards = (replace(s, schema_id=number, data_node_id=nodes[s.data_node_id]) for s in state.shards)
        storage.add([restored, *shards])


def describe_restore(job: Job) -> dict[str, Any]:
    """Return a restore that was started, for those who count effective requests."""
    return {
        "job_id": job.id,
        "source": job.source_id,
        "target": job.instance_id,
        "backup_id": job.backup_id,
        "at": from_ms(job.created),
        "body": json.loads(job.body),
    }
