"""Creates RDS instances: restored ones with the content of their source at an instant, and plain ones.

The same request without a point to restore creates an empty instance, with a 202 as well. Source: RDS API, "Restoring Data
to a New DB Instance", "Creating a DB Instance".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from ddmkit.simulator.rules.networks import group_ids, subnet_of, vpc_of
from ddmkit.simulator.rules.nodes.backups import backup_by_id
from ddmkit.simulator.rules.nodes.catalog import INSTANCE_QUOTA, flavour_named
from ddmkit.simulator.rules.nodes.phases import NEVER_MS, NodeTimes, rds_status
from ddmkit.simulator.rules.nodes.rules import NodeFacts, NodeRequest, first_broken_node_rule
from ddmkit.simulator.rules.ranges import Range
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.storage.recovery_schema import NodeJob
from ddmkit.simulator.storage.schema import Attachment, DataNode
from ddmkit.simulator.storage.storage import Storage

__all__ = ["NodeFaults", "NodeWork", "create_nodes", "find_node", "job_name", "used_instances"]

HOUR_MS = 3_600_000
LATE_FACTOR = 8


@dataclass(frozen=True)
class NodeFaults:
    """The faults that change what a request creates."""

    plain: bool = False
    wrong_time: bool = False
    wrong_source: bool = False
    fails: bool = False
    stuck: bool = False
    late_job: bool = False
    late_address: bool = False
    long_backup: bool = False


@dataclass(frozen=True)
class NodeWork:
    """Where, when and how fast instances are created. `ranges` gives the ranges that a node can be recovered to."""

    storage: Storage
    seed: Seed
    now: int
    times: NodeTimes
    ranges: Callable[[DataNode], list[Range]]
    needs_password: bool = False
    faults: NodeFaults = NodeFaults()


def find_node(storage: Storage, node_id: str) -> DataNode | None:
    """Find a data node that exists now."""
    return storage.one(DataNode, "id = ? AND deleted IS NULL", (node_id,))


def used_instances(storage: Storage) -> int:
    """Return the number of instances that count against the quota."""
    return storage.count("SELECT count(*) FROM data_nodes WHERE deleted IS NULL")


def create_nodes(work: NodeWork, request: NodeRequest) -> tuple[list[DataNode], NodeJob | None]:
    """Create what a request asks for; a dry run creates nothing.

    Returns:
        The instances, and the job of the first one.

    Raises:
        ApiError: The request breaks a rule; the error is that of the first broken rule.
    """
    with work.storage.writing():
        facts = _gather(work, request)
        broken = first_broken_node_rule(facts)
        if broken:
            raise broken.error()
        if request.dry_run:
            return [], None
        nodes = [_node_of(work, facts, number) for number in range(request.count)]
        jobs = [_job_of(work, facts, node) for node in nodes]
        work.storage.add([*nodes, *jobs])
    return nodes, jobs[0]


def _gather(work: NodeWork, request: NodeRequest) -> NodeFacts:
    storage, now = work.storage, work.now
    source = find_node(storage, request.source_id) if request.source_id else None
    subnet = subnet_of(storage, request.subnet_id)
    at = request.restore_time
    if source is not None and request.backup_id is not None:
        backup = backup_by_id(source, request.backup_id, now)
        at = backup.end if backup and backup.kind == "auto" and backup.status == "COMPLETED" else None
    return NodeFacts(
        request=request,
        source=source,
        source_status=rds_status(source, now) if source else "",
        ranges=tuple(work.ranges(source)) if source else (),
        at=at,
        name_exists=bool(
            storage.count("SELECT count(*) FROM data_nodes WHERE name = ? AND deleted IS NULL", (request.name,))
        ),
        vpc_exists=vpc_of(storage, request.vpc_id) is not None,
        subnet_in_vpc=subnet is not None and subnet.vpc_id == request.vpc_id,
        group_exists=request.security_group_id in group_ids(storage),
        used=used_instances(storage),
        quota=INSTANCE_QUOTA,
        needs_password=work.needs_password,
    )


def _node_of(work: NodeWork, facts: NodeFacts, number: int) -> DataNode:
    request, storage = facts.request, work.storage
    place = storage.count("SELECT max(rowid) FROM data_nodes") + 1 + number
    key = f"created {place}"
    flavour = flavour_named(request.flavor_ref)
    vpc = vpc_of(storage, request.vpc_id)
    recovered_from, recovered_at = _content(work, facts)
    node = DataNode(
        id=work.seed.data_node(key),
        name=request.name if request.count == 1 else f"{request.name}-{number + 1:04d}",
        created=work.now,
        vpc_id=request.vpc_id,
        vpc_name=vpc.name if vpc else "",
        subnet_id=request.subnet_id,
        security_group_id=request.security_group_id,
        private_ip=f"172.16.{work.seed.number(254, 'address 1', key) + 1}.{work.seed.number(254, 'address 2', key) + 1}",
        version=facts.source.version if facts.source else _full_version(request.version),
        port=request.port,
        volume_bytes=request.volume_gb * 1_000_000_000,
        cpu=flavour.cpus if flavour else 1,
        mem=flavour.memory if flavour else 2,
        keep_days=request.keep_days,
        recovered_from=recovered_from,
        recovered_at=recovered_at,
        ha_mode="Ha" if request.ha_mode.lower() == "ha" else "Single",
        replication_mode=request.replication_mode,
        zones=",".join(request.zones),
        flavor_ref=request.flavor_ref,
        volume_type=request.volume_type,
        time_zone=request.time_zone,
        backup_window=request.backup_window or "19:00-20:00",
        tags=request.tags,
        enterprise_project_id=request.enterprise_project_id,
        disk_encryption_id=request.disk_encryption_id,
        configuration_id=request.configuration_id,
        charge_mode=request.charge_mode,
    )
    return _with_phases(work, node)


def _with_phases(work: NodeWork, node: DataNode) -> DataNode:
    times, faults = work.times, work.faults
    ready = NEVER_MS if faults.stuck else work.now + times.recovery
    quiet = ready + times.first_backup * (LATE_FACTOR if faults.long_backup else 1)
    address = ready + times.address * (LATE_FACTOR if faults.late_address else 1)
    return replace(node, ready_at=ready, quiet_at=quiet, address_at=address, failed=faults.fails)


def _content(work: NodeWork, facts: NodeFacts) -> tuple[str | None, int | None]:
    """Return the source and the instant of the content, None for an empty instance."""
    if facts.source is None or work.faults.plain or facts.at is None:
        return None, None
    source_id = _neighbour(work.storage, facts.source.id) if work.faults.wrong_source else facts.source.id
    return source_id, facts.at + (HOUR_MS if work.faults.wrong_time else 0)


def _neighbour(storage: Storage, node_id: str) -> str:
    """Return another data node of the same DDM instance, or the node itself when there is none."""
    used = storage.one(Attachment, "data_node_id = ?", (node_id,))
    others = storage.every(Attachment, "instance_id = ? AND data_node_id <> ?", (used.instance_id, node_id)) if used else []
    return others[0].data_node_id if others else node_id


def _job_of(work: NodeWork, facts: NodeFacts, node: DataNode) -> NodeJob:
    times, faults = work.times, work.faults
    restores = node.recovered_from is not None
    number = work.storage.count("SELECT max(rowid) FROM node_jobs") + 1
    hidden = times.job_hidden * (LATE_FACTOR if faults.late_job else 1)
    details = {
        "sourceInstanceId": node.recovered_from,
        "targetInstanceId": node.id,
        "backupId": facts.request.backup_id or "",
        "restoreTime": node.recovered_at,
        "type": facts.request.restore_type,
        "dbNames": "",
    }
    return NodeJob(
        id=work.seed.uuid("node job", number, node.id),
        name=job_name(node),
        kind="restore" if restores else "create",
        instance_id=node.id,
        instance_name=node.name,
        created=work.now,
        duration_ms=times.recovery,
        visible_at=work.now + hidden,
        outcome="Failed" if faults.fails else "Completed",
        fail_reason="createVM failed." if faults.fails else "",
        stalls=faults.stuck,
        source_id=node.recovered_from or "",
        details=json.dumps(details) if restores else "{}",
    )


def job_name(node: DataNode) -> str:
    """Return the name of the job that creates an instance; that of a restore is undocumented."""
    return f"CreateMysql{'SingleHA' if node.ha_mode == 'Ha' else 'Single'}Instance"


def _full_version(version: str) -> str:
    return {"5.7": "5.7.44", "8.0": "8.0.32"}.get(version, version)
