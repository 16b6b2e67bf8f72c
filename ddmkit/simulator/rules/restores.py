"""Accepts or rejects metadata restores, and applies their effect when their job ends.

One transaction gathers the facts and writes the job. Of two simultaneous requests only one is therefore accepted, even when
two processes serve the world.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ddmkit.simulator.rules.contents import databases_at
from ddmkit.simulator.rules.errors import ApiError
from ddmkit.simulator.rules.history import accounts_at, node_owners, nodes_at, schemas_at
from ddmkit.simulator.rules.instance_jobs import apply_instance_job
from ddmkit.simulator.rules.jobs import job_state
from ddmkit.simulator.rules.networks import can_connect
from ddmkit.simulator.rules.ranges import Range, restorable_ranges
from ddmkit.simulator.rules.rules import BACKUP_LIFE_MS, RestoreFacts, first_broken_rule
from ddmkit.simulator.storage.clock import WorldClock, from_ms
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.storage.schema import Attachment, Backup, DataNode, Instance, Job, Schema
from ddmkit.simulator.storage.storage import Storage

__all__ = [
    "JobFaults",
    "RestoreRequest",
    "accept_restore",
    "associated_nodes",
    "busy_instances",
    "describe_restore",
    "find_source",
    "ranges_of",
    "settle_jobs",
]

RUNNING_DURATION_MS = 8_000
STOPPED_CLOCK_DURATION_MS = 60_000  # four steps of a stopped clock
HIDDEN_READS = 2
JOB_NAME = "RestoreMetadata"  # the service's name of this job is undocumented


@dataclass(frozen=True)
class RestoreRequest:
    """The content of a restore request; exactly one of `backup_id` and `restore_time` is set."""

    source_id: str
    target_id: str
    data_nodes: tuple[str, ...]
    backup_id: str | None
    restore_time: int | None
    body: Mapping[str, Any]


@dataclass(frozen=True)
class JobFaults:
    """The faults that change the job of a restore."""

    fails: bool = False
    stalls: bool = False
    late: bool = False

    def apply(self, storage: Storage, job_id: str) -> None:
        """Apply the faults to a job that has just been accepted."""
        changes: dict[str, object] = {}
        if self.fails:
            reason = "DBS.300322: Failed to save the metadata of the DDM instance."
            changes.update(outcome="Failed", fail_reason=reason)
        if self.stalls:
            changes.update(outcome="Stalled")
        if self.late:
            changes.update(hidden_looks=HIDDEN_READS)
        if changes:
            storage.change(Job, job_id, changes)


def accept_restore(
    storage: Storage,
    clock: WorldClock,
    seed: Seed,
    request: RestoreRequest,
    *,
    speed: float,
    see: Callable[[Iterable[DataNode]], list[DataNode]],
) -> str:
    """Start the job of a restore.

    Args:
        storage: The file of the world.
        clock: The clock of the world.
        seed: Derives the id of the job.
        request: The requested restore.
        speed: Divides the duration of the job.
        see: Returns data nodes as DDM sees them now.

    Returns:
        The id of the job.

    Raises:
        ApiError: The restore breaks a rule; the error is that of the first broken rule.
    """
    with storage.writing():
        now = clock.now_ms()
        settle_jobs(storage, now)
        facts = _gather_facts(storage, request, now, see)
        broken = first_broken_rule(facts)
        if broken:
            raise ApiError(*broken.error)
        duration = STOPPED_CLOCK_DURATION_MS if clock.is_stopped else RUNNING_DURATION_MS
        job = _job_of(storage, seed, request, facts)
        storage.add([replace(job, duration_ms=max(1, round(duration / speed)))])
    return job.id


def settle_jobs(storage: Storage, now: int) -> None:
    """Apply the effects of the jobs that have ended to their targets."""
    if not storage.count("SELECT count(*) FROM jobs WHERE settled = 0") or not _due(storage, now):
        return
    with storage.writing():
        for job in _due(storage, now):
            completed = job_state(job, now).status == "Completed"
            if job.name != JOB_NAME:
                apply_instance_job(storage, job, completed=completed)
            elif completed:
                _rebuild_target(storage, job)
            storage.execute("UPDATE jobs SET settled = 1 WHERE id = ?", (job.id,))


def busy_instances(storage: Storage, now: int) -> set[str]:
    """Return the ids of the instances on which a job runs."""
    columns = "pinned_status <> '' OR outcome = 'Stalled' OR created + duration_ms > ?"
    return {job.instance_id for job in storage.every(Job, columns, (now,)) if job_state(job, now).unfinished}


def associated_nodes(storage: Storage, now: int) -> dict[str, str]:
    """Map associated data nodes to instances, including the nodes that a running restore will associate."""
    owners = node_owners(storage, now)
    for job in storage.every(Job, "settled = 0"):
        if job_state(job, now).unfinished:
            owners.update(dict.fromkeys(json.loads(job.nodes).values(), job.instance_id))
    return owners


def ranges_of(storage: Storage, instance: Instance, now: int) -> list[Range]:
    """Return the restorable ranges of an instance, computed from its current or last data nodes."""
    last = now if instance.deleted is None else instance.deleted - 1
    return restorable_ranges(instance, nodes_at(storage, instance.id, last), now)


def _due(storage: Storage, now: int) -> list[Job]:
    waiting = storage.every(Job, "settled = 0 ORDER BY created")
    return [job for job in waiting if job.created + job.duration_ms <= now and not job_state(job, now).unfinished]


def _gather_facts(
    storage: Storage, request: RestoreRequest, now: int, see: Callable[[Iterable[DataNode]], list[DataNode]]
) -> RestoreFacts:
    source = find_source(storage, request.source_id, now)
    target = storage.one(Instance, "id = ? AND deleted IS NULL", (request.target_id,))
    backup = _backup(storage, request, now)
    at = request.restore_time if request.restore_time is not None else backup.created if backup else now
    content_at = backup.created if backup else at
    busy = busy_instances(storage, now)
    accounts = accounts_at(storage, target.id, now) if target else []
    nodes = tuple(see(_nodes_named(storage, request.data_nodes)))
    return RestoreFacts(
        now=now,
        source=source,
        source_busy=request.source_id in busy,
        by_time=request.restore_time is not None,
        at=at,
        ranges=tuple(ranges_of(storage, source, now)) if source else (),
        backup=backup,
        source_nodes=tuple(nodes_at(storage, request.source_id, content_at)),
        target=target,
        target_busy=request.target_id in busy,
        target_nodes=len(nodes_at(storage, request.target_id, now)),
        target_schemas=len(schemas_at(storage, request.target_id, now)),
        # It is undocumented whether the administrator counts as an account; here it does not.
        target_accounts=sum(account.name != target.admin_user_name for account in accounts) if target else 0,
        requested=request.data_nodes,
        nodes=nodes,
        unreachable=frozenset(node.id for node in nodes if target and not can_connect(storage, target, node)),
        associated=frozenset(associated_nodes(storage, now)),
    )


def find_source(storage: Storage, instance_id: str, now: int) -> Instance | None:
    """Find an instance that exists, or that was deleted and still has backups."""
    source = storage.one(Instance, "id = ?", (instance_id,))
    if source is None or source.deleted is None:
        return source
    recent = "SELECT count(*) FROM backups WHERE instance_id = ? AND created > ?"
    return source if storage.count(recent, (instance_id, now - BACKUP_LIFE_MS)) else None


def _backup(storage: Storage, request: RestoreRequest, now: int) -> Backup | None:
    if request.backup_id is not None:
        return storage.one(Backup, "id = ?", (request.backup_id,))
    condition = "instance_id = ? AND status = 'normal' AND created <= ? AND created > ? ORDER BY created DESC"
    return storage.one(Backup, condition, (request.source_id, request.restore_time, now - BACKUP_LIFE_MS))


def _nodes_named(storage: Storage, ids: Iterable[str]) -> list[DataNode]:
    found = (storage.one(DataNode, "id = ? AND deleted IS NULL", (node_id,)) for node_id in ids)
    return [node for node in found if node]


def _job_of(storage: Storage, seed: Seed, request: RestoreRequest, facts: RestoreFacts) -> Job:
    if facts.target is None or facts.backup is None:
        raise LookupError("The rules reject a request whose target or backup does not exist.")
    nodes = _match_nodes(facts.source_nodes, facts.nodes)
    reason = _failure_reason(storage, request, facts, nodes)
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
        source_id=request.source_id,
        backup_id=facts.backup.id,
        content_at=facts.backup.created,
        nodes=json.dumps({source_id: node.id for source_id, node in nodes.items()}),
        body=json.dumps(request.body),
    )


def _match_nodes(sources: Sequence[DataNode], chosen: Sequence[DataNode]) -> dict[str, DataNode]:
    """Match each source node with the node that contains its data, and the other nodes in the order of their ids."""
    by_origin = {node.recovered_from: node for node in sorted(chosen, key=lambda node: node.id, reverse=True)}
    matched = {source.id: by_origin[source.id] for source in sources if source.id in by_origin}
    used = {node.id for node in matched.values()}
    rest = iter(sorted((node for node in chosen if node.id not in used), key=lambda node: node.id))
    for source in sorted(sources, key=lambda node: node.id):
        if source.id not in matched:
            matched[source.id] = next(rest)
    return matched


def _failure_reason(storage: Storage, request: RestoreRequest, facts: RestoreFacts, nodes: Mapping[str, DataNode]) -> str:
    """Return the failure that names missing physical databases; only the job finds it. Source: ddm-api.md 13.2, no. 3."""
    wanted = schemas_at(storage, request.source_id, facts.backup.created if facts.backup else facts.at)
    missing: list[str] = []
    for source_id, node in nodes.items():
        needed = {name for state in wanted for name in state.databases_on(source_id)}
        # Only the names are compared: a node that was recovered to another instant passes when it has the same databases.
        held = databases_at(storage, node, facts.now) if node.recovered_from == source_id else set()
        if needed - held:
            missing.append(f"{_join_first(sorted(needed - held))} on data node {node.name} ({node.id})")
    return f"DBS.300336: Physical databases not found: {_join_first(missing, '; ')}." if missing else ""


def _join_first(names: Sequence[str], separator: str = ", ", most: int = 4) -> str:
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
    """Return a started restore as a dictionary, for tests that count effective requests."""
    return {
        "job_id": job.id,
        "source": job.source_id,
        "target": job.instance_id,
        "backup_id": job.backup_id,
        "at": from_ms(job.created),
        "body": json.loads(job.body),
    }
