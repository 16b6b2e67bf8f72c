"""Read the facts of one restore, in parallel, into one frozen ``Inventory``.

A fact that could not be read holds the reason: a check then reports "not readable" instead of guessing. The inventory
decides nothing. The checks, the plan and the record work on the inventory, without the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from ddmkit.errors import DDMKitError
from ddmkit.models import (
    Account,
    Backup,
    BackupDetail,
    DataNode,
    Instance,
    Instant,
    InstantOrNone,
    Job,
    RelatedNodes,
    RestorableRange,
    RestoreRequest,
    Schema,
    TargetInstance,
    TargetNode,
)
from ddmkit.restore.facts import Fact, Frozen, facts_of, read_in_parallel
from ddmkit.restore.proofs.facts import NetworkFacts, NodeProofs
from ddmkit.restore.proofs.gather.proofs import Asked, gather_proofs, list_nodes
from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.service.client import Client, ReadNote

__all__ = [
    "Candidates",
    "Fact",
    "Frozen",
    "Inventory",
    "Read",
    "gather_inventory",
    "known_nodes",
    "look_at_target",
    "read_in_parallel",
    "refresh_inventory",
]

# A job that still runs may have started this long ago: longer than any documented time limit (ddm-api.md 14).
JOBS_LOOK_BACK = timedelta(days=7)


_UNREAD: Fact[Any] = Fact(problem="not asked for")


class Candidates(Frozen):
    """The data nodes that can replace a source node; source nodes with an equal list share one object.

    ``listed`` and ``available`` count the service's whole list, even when only the chosen nodes were kept.
    """

    source_node_ids: tuple[str, ...]
    nodes: Fact[tuple[TargetNode, ...]]
    listed: int = 0
    available: int = 0


class Read(Frozen):
    """One read: the number of rows and pages, and the request ids.

    ``audit_trace`` is the name of the call in the provider's audit log. ``remark`` says which rows cannot be used, and why.
    """

    operation: str
    rows: int
    pages: int
    request_ids: tuple[str, ...] = ()
    audit_trace: str = ""
    remark: str = ""

    @classmethod
    def of(cls, note: ReadNote) -> Self:
        """Return the read for a note of the client."""
        return cls(**vars(note))


class Inventory(Frozen):
    """The facts about source, point in time, target and data nodes when one plan was made.

    ``node_proofs`` and ``network`` are ``None`` in records of ddmkit 0.1, which did not look for proofs.
    """

    taken_at: Instant
    point: InstantOrNone = None
    source: Fact[Instance] = _UNREAD
    source_schemas: Fact[tuple[Schema, ...]] = _UNREAD
    source_accounts: Fact[tuple[Account, ...]] = _UNREAD
    backups: Fact[tuple[Backup, ...]] = _UNREAD
    chosen_backup: Backup | None = None
    backup_detail: Fact[BackupDetail] = Fact(problem="no backup was chosen")
    ranges: Fact[tuple[RestorableRange, ...]] = _UNREAD
    related: Fact[RelatedNodes] = Fact(problem="the time of the chosen backup is not known")
    targets: Fact[tuple[TargetInstance, ...]] = _UNREAD
    target: Fact[Instance] = _UNREAD
    target_schemas: Fact[tuple[Schema, ...]] = _UNREAD
    target_accounts: Fact[tuple[Account, ...]] = _UNREAD
    candidates: tuple[Candidates, ...] = ()
    jobs: Fact[tuple[Job, ...]] = _UNREAD
    clock_skew: timedelta | None = None
    signs_requests: bool = False
    failed_before: tuple[str, ...] = ()
    incident: datetime | None = None
    node_proofs: NodeProofs | None = None
    network: NetworkFacts | None = None
    reads: tuple[Read, ...] = ()

    @property
    def source_nodes(self) -> tuple[DataNode, ...] | None:
        """The source's data nodes at the point in time, from the service or else from the backup; ``None`` if unknown."""
        return known_nodes(self.related, self.backup_detail)

    def listed_target(self, target_id: str) -> TargetInstance | None:
        """Return the target's row in the list of possible targets, or ``None`` when it is not in the list."""
        return next((one for one in self.targets.value or () if one.instance_id == target_id), None)

    def candidate_rows(self) -> dict[str, TargetNode]:
        """Return every candidate by its id; a node that is available in one list counts as available."""
        rows: dict[str, TargetNode] = {}
        for listed in self.candidates:
            for node in listed.nodes.value or ():
                if node.available or node.instance_id not in rows:
                    rows[node.instance_id] = node
        return rows

    def jobs_of(self, instance_ids: Iterable[str]) -> tuple[Job, ...]:
        """Return the jobs of these instances, ended or not."""
        wanted = set(instance_ids)
        return tuple(job for job in self.jobs.value or () if job.instance_id in wanted)

    def running_jobs(self, instance_ids: Iterable[str]) -> tuple[Job, ...]:
        """Return the jobs of these instances that have not ended."""
        return tuple(job for job in self.jobs_of(instance_ids) if not job.is_finished)

    def with_chosen_only(self, chosen: Sequence[str]) -> Inventory:
        """Return the same facts without the candidates that were not chosen: what a record keeps."""
        wanted = set(chosen)

        def trim(one: Candidates) -> Candidates:
            if one.nodes.value is None:
                return one
            kept = tuple(node for node in one.nodes.value if node.instance_id in wanted)
            return one.model_copy(update={"nodes": Fact[tuple[TargetNode, ...]](value=kept)})

        return self.model_copy(update={"candidates": tuple(trim(one) for one in self.candidates)})


def gather_inventory(
    client: Client,
    request: RestoreRequest,
    *,
    now: datetime,
    signs_requests: bool = False,
    failed_before: Sequence[str] = (),
    incident: datetime | None = None,
    witnesses: Witnesses | None = None,
) -> Inventory:
    """Read all facts of one restore; what cannot be read becomes a fact with the reason.

    A point in time costs two round trips: its nodes, then their candidates. A backup costs one more, because its time must
    be known first. Everything else is read meanwhile. The proofs cost one to three more.

    Args:
        client: The client.
        request: The request.
        now: The present.
        signs_requests: Whether requests are signed with an access key, so that the clock matters.
        failed_before: The ids of the runs in which the same restore failed.
        incident: When the damage was done, as a person gave it.
        witnesses: The services that are asked for proofs; without them no proofs are looked for.

    Raises:
        AuthError: The service does not accept the credentials.
    """
    own = _independent_calls(client, request)
    with client.collect_reads() as notes:
        reads: list[Callable[[], Any]] = [lambda: _read_by_point(client, request, now), lambda: _list_nodes(witnesses)]
        along, listed, *answers = client.gather([*reads, *own.values()])
        if isinstance(along, DDMKitError):
            raise along
        facts = facts_of(own, answers)
        proofs = _look_for_proofs(client, witnesses, request, (facts["target"], listed, _nodes_in(along)))
    return Inventory(
        taken_at=now,
        clock_skew=client.last_skew,
        signs_requests=signs_requests,
        failed_before=tuple(failed_before),
        incident=incident,
        reads=tuple(map(Read.of, notes)),
        **facts,
        **along,
        **proofs,
    )


def _list_nodes(witnesses: Witnesses | None) -> Fact[Any]:
    return list_nodes(witnesses) if witnesses is not None else _UNREAD


def _look_for_proofs(
    client: Client,
    witnesses: Witnesses | None,
    request: RestoreRequest,
    known: tuple[Fact[Any], Any, Sequence[DataNode] | None],
) -> dict[str, Any]:
    """Read the proofs; ``known`` are the target, the list of data nodes, and the source's data nodes."""
    target, listed, sources = known
    if witnesses is None:
        return {}
    asked = Asked(
        node_ids=tuple(dict.fromkeys(request.data_nodes)),
        source_ids=tuple(node.instance_id for node in sources or ()),
        target_id=request.target_instance_id,
        target=target,
        listed=listed if isinstance(listed, Fact) else Fact[Any].of(listed),
        now=client.service_now(),
    )
    node_proofs, network = gather_proofs(client, witnesses, asked)
    return {"node_proofs": node_proofs, "network": network}


def look_at_target(client: Client, request: RestoreRequest, *, now: datetime) -> Inventory:
    """Read only the target, its content, and the jobs: enough to see whether something was started there."""
    client.learn_clock()
    with client.collect_reads() as notes:
        facts = read_in_parallel(client, _calls_to_refresh(client, request, now))
    return Inventory(taken_at=now, reads=tuple(map(Read.of, notes)), **facts)


def refresh_inventory(
    client: Client, request: RestoreRequest, before: Inventory, *, now: datetime, witnesses: Witnesses | None = None
) -> Inventory:
    """Read again what can have changed since a plan was made: target, its content, jobs, candidates, and the network.

    The source's history (backups, ranges, nodes at the point in time) is kept from ``before``, and so are proofs that were
    found then.
    """
    client.learn_clock()
    candidate_calls = _candidate_calls(client, request, before.source_nodes, before.point)
    with client.collect_reads() as notes:
        calls = {**_calls_to_refresh(client, request, now), **candidate_calls, "listed": lambda: _list_nodes(witnesses)}
        facts = read_in_parallel(client, calls)
        listed = facts.pop("listed")
        known = (facts["target"], listed.value if listed.is_read else listed, before.source_nodes)
        proofs = _look_for_proofs(client, witnesses, request, known)
    if proofs:
        proofs["node_proofs"] = proofs["node_proofs"].with_earlier(before.node_proofs)
    candidates = _take_candidates(facts, candidate_calls)
    fresh = {"taken_at": now, "candidates": candidates, "clock_skew": client.last_skew, **proofs}
    fresh["reads"] = tuple(map(Read.of, notes))
    return before.model_copy(update={**facts, **fresh})


def _read_by_point(client: Client, request: RestoreRequest, now: datetime) -> dict[str, Any]:
    """Read, step by step, what depends on the point in time: the source's nodes and their candidates.

    Jobs are read here too: they are asked for by the service's clock, which is known from the first answer.
    """
    facts, chosen = _settle_point(client, request)
    point = chosen.created if chosen else request.restore_time
    candidates = _candidate_calls(client, request, _nodes_in(facts), point)
    facts |= read_in_parallel(client, {**_calls_after_the_point(client, request, chosen, now), **candidates})
    if not candidates:
        candidates = _candidate_calls(client, request, _nodes_in(facts), point)
        facts |= read_in_parallel(client, candidates)
    listed = _take_candidates(facts, candidates)
    return {"point": point, "chosen_backup": chosen, "candidates": listed, **facts}


def _settle_point(client: Client, request: RestoreRequest) -> tuple[dict[str, Fact[Any]], Backup | None]:
    """Make the one read that everything depending on the point in time waits for."""
    source_id, backup_id = request.source_instance_id, request.backup_id
    if backup_id is None:
        point = request.restore_time
        assert point is not None  # noqa: S101  # a RestoreRequest holds exactly one of the two
        return read_in_parallel(client, {"related": lambda: client.show_related_nodes(source_id, point)}), None
    facts = read_in_parallel(client, {"backups": lambda: client.list_backups(source_id)})
    chosen = _find_backup(facts["backups"], backup_id)
    if chosen is None and facts["backups"].is_read:
        # Not a backup of the source: search the project, to distinguish "of another instance" from "no such backup".
        chosen = _find_backup(read_in_parallel(client, {"all": client.list_backups})["all"], backup_id)
    return facts, chosen


def _find_backup(backups: Fact[tuple[Backup, ...]], backup_id: str) -> Backup | None:
    return next((backup for backup in backups.value or () if backup.id == backup_id), None)


def _independent_calls(client: Client, request: RestoreRequest) -> dict[str, Callable[[], Any]]:
    source_id = request.source_instance_id
    calls: dict[str, Callable[[], Any]] = {
        "source": lambda: client.show_instance(source_id),
        "source_schemas": lambda: client.list_schemas(source_id),
        "source_accounts": lambda: client.list_accounts(source_id),
        "ranges": lambda: client.list_restorable_ranges(source_id),
        **_target_calls(client, request),
    }
    if request.backup_id is None:
        calls["backups"] = lambda: client.list_backups(source_id)
    return calls


def _calls_after_the_point(
    client: Client, request: RestoreRequest, chosen: Backup | None, now: datetime
) -> dict[str, Callable[[], Any]]:
    source_id, backup_id = request.source_instance_id, request.backup_id
    calls = _jobs_call(client, now)
    if backup_id is not None:
        calls["backup_detail"] = lambda: client.show_backup(source_id, backup_id)
    if chosen is not None:
        calls["related"] = lambda: client.show_related_nodes(source_id, chosen.created)
    return calls


def _calls_to_refresh(client: Client, request: RestoreRequest, now: datetime) -> dict[str, Callable[[], Any]]:
    return {**_target_calls(client, request), **_jobs_call(client, now)}


def _target_calls(client: Client, request: RestoreRequest) -> dict[str, Callable[[], Any]]:
    target_id = request.target_instance_id
    return {
        "targets": lambda: client.list_target_instances(request.source_instance_id),
        "target": lambda: client.show_instance(target_id),
        "target_schemas": lambda: client.list_schemas(target_id),
        "target_accounts": lambda: client.list_accounts(target_id),
    }


def _jobs_call(client: Client, now: datetime) -> dict[str, Callable[[], Any]]:
    """Read the jobs by the service's clock: with a slow clock of this machine, a job that just began would be missed."""
    return {"jobs": lambda: client.list_jobs(min(now, client.service_now()) - JOBS_LOOK_BACK)}


def _candidate_calls(
    client: Client, request: RestoreRequest, nodes: Sequence[DataNode] | None, point: datetime | None
) -> dict[str, Callable[[], Any]]:
    if point is None:
        return {}

    def call_for(node_id: str) -> Callable[[], Any]:
        return lambda: client.list_target_nodes(request.source_instance_id, request.target_instance_id, node_id, point)

    return {node.instance_id: call_for(node.instance_id) for node in nodes or ()}


def _take_candidates(facts: dict[str, Fact[Any]], node_ids: Iterable[str]) -> tuple[Candidates, ...]:
    groups: list[tuple[Any, Fact[Any], list[str]]] = []
    for node_id in node_ids:
        fact = facts.pop(node_id)
        contents = _contents_of(fact)
        same = next((members for known, _, members in groups if known == contents), None)
        if same is None:
            groups.append((contents, fact, [node_id]))
        else:
            same.append(node_id)
    return tuple(
        Candidates(
            source_node_ids=tuple(members),
            nodes=fact,
            listed=len(fact.value or ()),
            available=sum(node.available for node in fact.value or ()),
        )
        for _, fact, members in groups
    )


def _contents_of(fact: Fact[Any]) -> tuple[Any, ...]:
    # Plain values: comparing long lists of models with each other takes longer than reading one.
    return fact.problem, fact.missing, fact.unpublished, fact.value and list(map(vars, fact.value))


def _nodes_in(facts: Mapping[str, Fact[Any]]) -> tuple[DataNode, ...] | None:
    return known_nodes(facts.get("related", _UNREAD), facts.get("backup_detail", _UNREAD))


def known_nodes(related: Fact[RelatedNodes], backup_detail: Fact[BackupDetail]) -> tuple[DataNode, ...] | None:
    """Return the source's data nodes as the service lists them for the point, or else as the backup names them."""
    if related.value is not None:
        return tuple(related.value.related_data_nodes)
    if backup_detail.value is not None:
        named = backup_detail.value.related_data_nodes
        return tuple(DataNode(instance_id=node.instance_id, instance_name=node.instance_name) for node in named)
    return None
