"""The scenarios: named worlds with an incident, a source to restore from and a target to restore to.

Each scenario is a function that adds rows to a builder and returns the values that lead to a restore. Each world also
contains targets and data nodes that cannot be used, each for one reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from ddmkit.simulator.storage.schema import Backup, DataNode, Instance
from ddmkit.simulator.world.builder import WorldBuilder
from ddmkit.simulator.world.fleet import add_fleet, size_in
from ddmkit.simulator.world.networks import network_rows

__all__ = ["DEFAULT_SCENARIO", "SCENARIOS", "ScenarioOutline", "build_scenario", "require_scenario"]

DEFAULT_SCENARIO = "dropped-schema"
FLEET = "fleet"
# The columns of a data node with a standby in another zone.
PAIR: Mapping[str, str] = MappingProxyType(
    {
        "ha_mode": "Ha",
        "replication_mode": "async",
        "zones": "az1,az2",
        "flavor_ref": "rds.mysql.n1.large.2.ha",
        "time_zone": "UTC+08:00",
    }
)


@dataclass(frozen=True)
class ScenarioOutline:
    """The values of a scenario with which a restore succeeds.

    A scenario that is not prepared has no target (empty) or too few data nodes; the rest has to be made first. The scenario
    of a fleet also has `rows`: one for each restore, the first of which is that of the other values.
    """

    description: str
    source: str
    target: str
    data_nodes: tuple[str, ...]
    backup_id: str
    restore_time: int
    incident: int | None
    notes: str = ""
    rows: tuple[dict[str, Any], ...] = ()


def require_scenario(name: str) -> None:
    """Raise ValueError for an unknown scenario; the name of a fleet may carry its size, as in `fleet:500`."""
    known = name.partition(":")[0]
    if known == FLEET:
        size_in(name)
    elif name not in _BUILDERS:
        raise ValueError(f"There is no scenario {name!r}; there are {', '.join(SCENARIOS)}.")


def build_scenario(name: str, builder: WorldBuilder) -> ScenarioOutline:
    """Add the rows of a scenario to a builder; raise ValueError for an unknown scenario."""
    require_scenario(name)
    known = name.partition(":")[0]
    outline = replace(_BUILDERS[known](builder), description=SCENARIOS[known])
    builder.rows += network_rows(builder.seed)
    return outline


def _dropped_schema(builder: WorldBuilder) -> ScenarioOutline:
    incident = builder.second_ago(hours=1, minutes=12, seconds=8.6)
    source, nodes = _orders(builder, dropped_at=incident)
    backup = builder.event_backup(source, incident - 92_000, "deleting schema orders")
    return _outline(builder, _targets(builder), nodes, backup, incident - 31_000, incident)


def _lost_data_node(builder: WorldBuilder) -> ScenarioOutline:
    incident = builder.second_ago(hours=2, minutes=41, seconds=3.2)
    source, nodes = _orders(builder, lost_at=incident)
    backup = builder.event_backup(source, incident - 6 * 60_000, "clearing source data after shard configuration")
    return _outline(builder, _targets(builder), nodes, backup, incident - 75_000, incident)


def _old_backup(builder: WorldBuilder) -> ScenarioOutline:
    incident = builder.second_ago(days=20, hours=2, minutes=17)
    source, nodes = _orders(builder, dropped_at=incident)
    backup = builder.event_backup(source, incident - 92_000, "deleting schema orders")
    target = _targets(builder)
    builder.account(target, target.admin_user_name, ("CREATE", "DROP", "ALTER", "INSERT", "DELETE", "UPDATE", "SELECT"))
    return _outline(builder, target, nodes, backup, backup.created, incident, with_notes=True)


def _deleted_instance(builder: WorldBuilder) -> ScenarioOutline:
    incident = builder.second_ago(hours=5, minutes=26, seconds=40.5)
    source, nodes = _orders(builder, deleted_at=incident)
    backup = builder.event_backup(source, incident - 95_000, "deleting the instance")
    return _outline(builder, _targets(builder), nodes, backup, incident - 40_000, incident, with_notes=True)


def _many_nodes(builder: WorldBuilder) -> ScenarioOutline:
    incident = builder.second_ago(hours=1, minutes=33, seconds=12.9)
    source = builder.instance("ddm-telemetry-prod", node_count=8, core_count="16", ram_capacity="32")
    nodes = [builder.data_node(f"rds-telemetry-{number:03d}", users=[source]) for number in range(1, 130)]
    builder.schema(source, "events", nodes, 258, deleted=incident)
    builder.schema(source, "metrics", nodes, 129)
    builder.account(source, "telemetry_rw", ("INSERT", "SELECT"), databases=["events", "metrics"])
    builder.daily_backups(source)
    backup = builder.event_backup(source, incident - 92_000, "deleting schema events")
    return _outline(builder, _targets(builder), nodes, backup, incident - 33_000, incident)


def _busy_region(builder: WorldBuilder) -> ScenarioOutline:
    outline = _dropped_schema(builder)
    wanted = 500 - sum(isinstance(row, Instance) for row in builder.rows)
    others = [_other_instance(builder, number) for number in range(1, wanted + 1)]
    missing = 5_000 - sum(isinstance(row, Backup) for row in builder.rows)
    for number, instance in enumerate(others):
        share = missing // wanted + (number < missing % wanted)
        builder.daily_backups(instance, most=share)
    return outline


def _whole_incident(builder: WorldBuilder) -> ScenarioOutline:
    incident = builder.second_ago(minutes=52, seconds=17)
    source, _ = _orders(builder, dropped_at=incident, rows_deleted_at=incident + 40_000, with_pair=True)
    backup = builder.event_backup(source, incident - 92_000, "deleting schema orders")
    _other_targets(builder)
    _other_candidates(builder)
    return _unprepared(backup, incident - 31_000, incident)


def _half_recovered(builder: WorldBuilder) -> ScenarioOutline:
    incident = builder.second_ago(hours=2, minutes=6, seconds=40)
    source, nodes = _orders(builder, dropped_at=incident, rows_deleted_at=incident + 40_000, node_count=3, with_pair=True)
    backup = builder.event_backup(source, incident - 92_000, "deleting schema orders")
    point = incident - 31_000
    right = builder.recovered(nodes[0], point)
    wrong = builder.recovered(nodes[1], point + 1_000, created=point + 33 * 60_000)
    _other_candidates(builder)
    outline = _unprepared(backup, point, incident)
    notes = f"{right.name} was recovered to the time, {wrong.name} to a second later, {nodes[2].name} not yet."
    return replace(outline, target=_targets(builder).id, data_nodes=(right.id, wrong.id), notes=notes)


def _fleet(builder: WorldBuilder) -> ScenarioOutline:
    incident = builder.second_ago(hours=1, minutes=12, seconds=8)
    rows = add_fleet(builder, size_in(builder.seed.scenario), incident)
    _other_targets(builder)
    _other_candidates(builder)
    first = rows[0]
    return ScenarioOutline(
        description="",
        source=first["source"],
        target=first["target"],
        data_nodes=tuple(first["data_nodes"]),
        backup_id=first["backup_id"],
        restore_time=first["restore_time"],
        incident=incident,
        rows=tuple({name: value for name, value in row.items() if name != "backup_id"} for row in rows),
    )


_BUILDERS: Mapping[str, Callable[[WorldBuilder], ScenarioOutline]] = MappingProxyType(
    {
        "dropped-schema": _dropped_schema,
        "lost-data-node": _lost_data_node,
        "old-backup": _old_backup,
        "deleted-instance": _deleted_instance,
        "many-nodes": _many_nodes,
        "busy-region": _busy_region,
        "whole-incident": _whole_incident,
        "half-recovered": _half_recovered,
        FLEET: _fleet,
    }
)

SCENARIOS: Mapping[str, str] = MappingProxyType(
    {
        "dropped-schema": "A schema was dropped by mistake a bit over an hour ago; the backup made just before is there.",
        "lost-data-node": "A data node broke down; the metadata moves to data nodes recovered to the minute before.",
        "old-backup": "A schema was dropped 20 days ago: the backup exists, the data nodes' ranges no longer reach back.",
        "deleted-instance": "The whole instance was deleted; only its backups are left.",
        "many-nodes": "A schema over 129 data nodes was dropped: more nodes than one page of any list holds.",
        "busy-region": "The default incident in a region with 500 instances and 5,000 backups.",
        "whole-incident": "A schema was dropped and rows were deleted; no data node is recovered, and there is no target.",
        "half-recovered": "One data node is recovered to the time, one to the wrong second, and one is missing.",
        FLEET: "One mistake hit 50 instances (fleet:12 for 12 of them); each has an empty target and recovered data nodes.",
    }
)


def _orders(
    builder: WorldBuilder,
    *,
    dropped_at: int | None = None,
    lost_at: int | None = None,
    deleted_at: int | None = None,
    rows_deleted_at: int | None = None,
    node_count: int = 2,
    with_pair: bool = False,
) -> tuple[Instance, list[DataNode]]:
    """Add the source instance of a web shop with its data nodes, as it is after the incident.

    With a pair, the first data node is a primary with a standby, and the engine version is one that is still sold.
    """
    newer = {"engine_version": "3.1.5.0", "time_zone": "UTC+08:00"} if with_pair else {}
    source = builder.instance("ddm-orders-prod", created=builder.ago(days=88, hours=5), deleted=deleted_at, **newer)
    gap = f"[[{builder.ago(days=3, hours=4)}, {builder.ago(days=3, hours=1, minutes=20)}]]"
    first = builder.data_node("rds-orders-1", users=[source], gaps=gap, **(PAIR if with_pair else {}))
    status = "normal" if lost_at is None else "abnormal"
    zone = {"time_zone": "UTC+08:00"} if with_pair else {}
    second = builder.data_node("rds-orders-2", users=[source], status=status, pitr_until=lost_at, **zone)
    more = [builder.data_node(f"rds-orders-{number}", users=[source], **zone) for number in range(3, node_count + 1)]
    nodes = [first, second, *more]
    builder.schema(source, "orders", nodes, 8, deleted=dropped_at)
    customers = builder.schema(source, "customers", nodes, 4)
    if rows_deleted_at is not None:
        builder.deleted_rows(customers, rows_deleted_at, 35)
    builder.schema(source, "billing", nodes, 8, created=builder.ago(days=41, hours=7))
    builder.schema(source, "reference_data", nodes, 1)
    writing = ("INSERT", "UPDATE", "DELETE", "SELECT")
    builder.account(source, "shop_rw", writing, databases=["orders", "customers", "billing"], description="web shop")
    builder.account(source, "shop_ro", databases=["orders", "customers"])
    builder.account(source, "reporting", databases=["billing", "reference_data"], description="nightly reports")
    builder.daily_backups(source)
    builder.job("CreateInstance", source, source.created, duration_ms=312_000)
    builder.job("EnlargeNode", source, builder.ago(days=17, hours=6), duration_ms=540_000)
    return source, nodes


def _targets(builder: WorldBuilder) -> Instance:
    """Add a suitable target, and others that are unsuitable, each for one reason; return the suitable one."""
    target = builder.instance("ddm-restore-target", created=builder.ago(minutes=55), updated=builder.ago(minutes=49))
    builder.job("CreateInstance", target, target.created, duration_ms=347_000)
    _other_targets(builder)
    return target


def _other_targets(builder: WorldBuilder) -> None:
    """Add targets that are unsuitable, each for one reason."""
    used = builder.instance("ddm-analytics-prod")
    node = builder.data_node("rds-analytics-1", users=[used])
    builder.schema(used, "clicks", [node], 4)
    builder.account(used, "analyst")
    builder.daily_backups(used)
    builder.instance("ddm-staging", status="SET_CONFIGURATION")
    frozen = builder.instance("ddm-archive", status="FROZEN")
    builder.job(
        "RestartInstance", frozen, builder.ago(days=9, hours=2), outcome="Failed", fail_reason="The instance is frozen."
    )
    common = builder.instance("ddm-rehearsal")
    builder.account(common, "shop_rw")
    builder.account(common, "telemetry_rw")
    builder.instance("ddm-empty-old-engine", engine_version="3.0.6")


def _candidates(builder: WorldBuilder, nodes: list[DataNode], at: int) -> list[DataNode]:
    """Add a recovered data node for each given one, and others that are unsuitable, each for one reason."""
    recovered = [builder.recovered(node, at) for node in nodes]
    first = nodes[0]
    builder.recovered(first, at - 26 * 3_600_000, f"{first.name}-recovered-too-early", created=at - 25 * 3_600_000)
    _other_candidates(builder)
    return recovered


def _other_candidates(builder: WorldBuilder) -> None:
    """Add data nodes that are unsuitable, each for one reason."""
    builder.data_node("rds-new-and-empty")
    builder.data_node("rds-other-vpc", users=(), **builder.network("vpc-office"))
    builder.data_node("rds-abnormal", status="abnormal")
    builder.data_node("rds-older-version", version="5.7.38")
    builder.data_node("rds-read-only", read_only=True)
    builder.data_node("pg-reporting", engine_name="postgresql", version="14.10", port=5432)


def _other_instance(builder: WorldBuilder, number: int) -> Instance:
    unusual = {7: '<b>bold</b> & "quoted" \N{DOLPHIN}', 8: "数据库-\N{SNOWMAN}-Ünïcödé"}
    instance = builder.instance(unusual.get(number, f"ddm-team-{number:03d}"))
    node = builder.data_node(unusual.get(number, f"rds-team-{number:03d}") + "-1", users=[instance])
    builder.schema(instance, f"app{number:03d}", [node], 2)
    builder.account(instance, f"team{number:03d}")
    if number % 2:
        builder.job("RestartInstance", instance, builder.ago(days=1 + number % 27, minutes=number), duration_ms=95_000)
    return instance


def _unprepared(backup: Backup, restore_time: int, incident: int) -> ScenarioOutline:
    """Return the outline of a scenario without a target and without recovered data nodes."""
    return ScenarioOutline("", backup.instance_id, "", (), backup.id, restore_time, incident)


def _outline(
    builder: WorldBuilder,
    target: Instance,
    nodes: list[DataNode],
    backup: Backup,
    restore_time: int,
    incident: int,
    *,
    with_notes: bool = False,
) -> ScenarioOutline:
    """Add the candidates for data nodes and return the values that lead to a restore.

    With notes, the outline lists the data nodes of the source and their replacements, because no call of the service
    returns them.
    """
    recovered = _candidates(builder, nodes, restore_time)
    pairs = ", ".join(f"{old.name} (recovered as {new.name})" for old, new in zip(nodes, recovered, strict=True))
    return ScenarioOutline(
        description="",
        source=backup.instance_id,
        target=target.id,
        data_nodes=tuple(node.id for node in recovered),
        backup_id=backup.id,
        restore_time=restore_time,
        incident=incident,
        notes=f"The source had {len(nodes)} data nodes: {pairs}." if with_notes else "",
    )
