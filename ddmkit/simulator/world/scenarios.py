"""Ready-made worlds with names: the incident, what there is to restore from, and what to restore to.

Each scenario is a function that writes rows into a draft and says which values lead to a restore. Beside those values
stand others that do not, each for one reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ddmkit.simulator.storage.schema import Backup, DataNode, Instance
from ddmkit.simulator.world.builder import Draft

__all__ = ["DEFAULT_SCENARIO", "SCENARIOS", "Outline", "draw_scenario"]

DEFAULT_SCENARIO = "dropped-schema"


@dataclass(frozen=True)
class Outline:
    """The values of a scenario with which a restore succeeds."""

    description: str
    source: str
    target: str
    data_nodes: tuple[str, ...]
    backup_id: str
    restore_time: int
    incident: int | None
    notes: str = ""


def draw_scenario(name: str, draft: Draft) -> Outline:
    """Write the rows of a scenario into a draft; raise ValueError naming the known ones for an unknown name."""
    if name not in _DRAWINGS:
        raise ValueError(f"There is no scenario {name!r}; there are {', '.join(SCENARIOS)}.")
    return _DRAWINGS[name](draft)


def _dropped_schema(draft: Draft) -> Outline:
    incident = draft.ago(hours=1, minutes=12, seconds=8.6)
    source, nodes = _orders(draft, dropped_at=incident)
    backup = draft.event_backup(source, incident - 92_000, "deleting schema orders")
    restore_time = incident - 31_044
    target = _targets(draft)
    candidates = _candidates(draft, nodes, restore_time)
    return _outline(SCENARIOS["dropped-schema"], source, target, candidates, backup, restore_time, incident)


def _lost_data_node(draft: Draft) -> Outline:
    incident = draft.ago(hours=2, minutes=41, seconds=3.2)
    source, nodes = _orders(draft, lost_at=incident)
    backup = draft.event_backup(source, incident - 6 * 60_000, "clearing source data after shard configuration")
    restore_time = incident - 75_310
    target = _targets(draft)
    candidates = _candidates(draft, nodes, restore_time)
    return _outline(SCENARIOS["lost-data-node"], source, target, candidates, backup, restore_time, incident)


def _old_backup(draft: Draft) -> Outline:
    incident = draft.ago(days=20, hours=2, minutes=17)
    source, nodes = _orders(draft, dropped_at=incident)
    backup = draft.event_backup(source, incident - 92_000, "deleting schema orders")
    target = _targets(draft)
    draft.account(target, target.admin_user_name, ("CREATE", "DROP", "ALTER", "INSERT", "DELETE", "UPDATE", "SELECT"))
    candidates = _candidates(draft, nodes, backup.created)
    return _outline(
        SCENARIOS["old-backup"],
        source,
        target,
        candidates,
        backup,
        backup.created,
        incident,
        _write_notes(nodes, candidates),
    )


def _deleted_instance(draft: Draft) -> Outline:
    incident = draft.ago(hours=5, minutes=26, seconds=40.5)
    source, nodes = _orders(draft, deleted_at=incident)
    backup = draft.event_backup(source, incident - 95_000, "deleting the instance")
    restore_time = incident - 40_212
    target = _targets(draft)
    candidates = _candidates(draft, nodes, restore_time)
    notes = _write_notes(nodes, candidates)
    return _outline(SCENARIOS["deleted-instance"], source, target, candidates, backup, restore_time, incident, notes)


def _many_nodes(draft: Draft) -> Outline:
    incident = draft.ago(hours=1, minutes=33, seconds=12.9)
    source = draft.instance("ddm-telemetry-prod", node_count=8, core_count="16", ram_capacity="32")
    nodes = [draft.data_node(f"rds-telemetry-{number:03d}", users=[source]) for number in range(1, 130)]
    draft.schema(source, "events", nodes, 258, deleted=incident)
    draft.schema(source, "metrics", nodes, 129)
    draft.account(source, "telemetry_rw", ("INSERT", "SELECT"), databases=["events", "metrics"])
    draft.daily_backups(source)
    backup = draft.event_backup(source, incident - 92_000, "deleting schema events")
    restore_time = incident - 33_007
    target = _targets(draft)
    candidates = _candidates(draft, nodes, restore_time)
    return _outline(SCENARIOS["many-nodes"], source, target, candidates, backup, restore_time, incident)


def _busy_region(draft: Draft) -> Outline:
    outline = _dropped_schema(draft)
    wanted = 500 - sum(isinstance(row, Instance) for row in draft.rows)
    crowd = [_neighbour(draft, number) for number in range(1, wanted + 1)]
    missing = 5_000 - sum(isinstance(row, Backup) for row in draft.rows)
    for number, instance in enumerate(crowd):
        share = missing // wanted + (number < missing % wanted)
        draft.daily_backups(instance, most=share)
    return Outline(**{**vars(outline), "description": SCENARIOS["busy-region"]})


_DRAWINGS: Mapping[str, Callable[[Draft], Outline]] = MappingProxyType(
    {
        "dropped-schema": _dropped_schema,
        "lost-data-node": _lost_data_node,
        "old-backup": _old_backup,
        "deleted-instance": _deleted_instance,
        "many-nodes": _many_nodes,
        "busy-region": _busy_region,
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
    }
)


def _orders(
    draft: Draft, *, dropped_at: int | None = None, lost_at: int | None = None, deleted_at: int | None = None
) -> tuple[Instance, list[DataNode]]:
    """Draw the shop's instance with two data nodes, up to its incident."""
    source = draft.instance("ddm-orders-prod", created=draft.ago(days=88, hours=5), deleted=deleted_at)
    gap = f"[[{draft.ago(days=3, hours=4)}, {draft.ago(days=3, hours=1, minutes=20)}]]"
    first = draft.data_node("rds-orders-1", users=[source], gaps=gap)
    status = "normal" if lost_at is None else "abnormal"
    second = draft.data_node("rds-orders-2", users=[source], status=status, pitr_until=lost_at)
    nodes = [first, second]
    draft.schema(source, "orders", nodes, 8, deleted=dropped_at)
    draft.schema(source, "customers", nodes, 4)
    draft.schema(source, "billing", nodes, 8, created=draft.ago(days=41, hours=7))
    draft.schema(source, "reference_data", nodes, 1)
    writing = ("INSERT", "UPDATE", "DELETE", "SELECT")
    draft.account(source, "shop_rw", writing, databases=["orders", "customers", "billing"], description="web shop")
    draft.account(source, "shop_ro", databases=["orders", "customers"])
    draft.account(source, "reporting", databases=["billing", "reference_data"], description="nightly reports")
    draft.daily_backups(source)
    draft.job("CreateInstance", source, source.created, duration_ms=312_000)
    draft.job("EnlargeNode", source, draft.ago(days=17, hours=6), duration_ms=540_000)
    return source, nodes


def _targets(draft: Draft) -> Instance:
    """Draw the target that fits and others that do not, each for one reason."""
    target = draft.instance("ddm-restore-target", created=draft.ago(minutes=55), updated=draft.ago(minutes=49))
    draft.job("CreateInstance", target, target.created, duration_ms=347_000)
    used = draft.instance("ddm-analytics-prod")
    node = draft.data_node("rds-analytics-1", users=[used])
    draft.schema(used, "clicks", [node], 4)
    draft.account(used, "analyst")
    draft.daily_backups(used)
    draft.instance("ddm-staging", status="SET_CONFIGURATION")
    frozen = draft.instance("ddm-archive", status="FROZEN")
    draft.job("RestartInstance", frozen, draft.ago(days=9, hours=2), outcome="Failed", fail_reason="The instance is frozen.")
    common = draft.instance("ddm-rehearsal")
    draft.account(common, "shop_rw")
    draft.account(common, "telemetry_rw")
    draft.instance("ddm-empty-old-engine", engine_version="3.0.6")
    return target


def _candidates(draft: Draft, nodes: list[DataNode], at: int) -> list[DataNode]:
    """Draw one recovered data node for each, and others that cannot or must not be used, each for one reason."""
    recovered = [draft.recovered(node, at) for node in nodes]
    first = nodes[0]
    draft.recovered(first, at - 26 * 3_600_000, f"{first.name}-recovered-too-early", created=at - 25 * 3_600_000)
    draft.data_node("rds-new-and-empty")
    draft.data_node("rds-other-vpc", users=(), **draft.network("vpc-office"))
    draft.data_node("rds-abnormal", status="abnormal")
    draft.data_node("rds-older-version", version="5.7.38")
    draft.data_node("rds-read-only", read_only=True)
    draft.data_node("pg-reporting", engine_name="postgresql", version="14.10", port=5432)
    return recovered


def _neighbour(draft: Draft, number: int) -> Instance:
    awkward = {7: '<b>bold</b> & "quoted" \N{DOLPHIN}', 8: "数据库-\N{SNOWMAN}-Ünïcödé"}
    instance = draft.instance(awkward.get(number, f"ddm-team-{number:03d}"))
    node = draft.data_node(awkward.get(number, f"rds-team-{number:03d}") + "-1", users=[instance])
    draft.schema(instance, f"app{number:03d}", [node], 2)
    draft.account(instance, f"team{number:03d}")
    if number % 2:
        draft.job("RestartInstance", instance, draft.ago(days=1 + number % 27, minutes=number), duration_ms=95_000)
    return instance


def _outline(
    description: str,
    source: Instance,
    target: Instance,
    candidates: list[DataNode],
    backup: Backup,
    restore_time: int,
    incident: int,
    notes: str = "",
) -> Outline:
    ids = tuple(node.id for node in candidates)
    return Outline(description, source.id, target.id, ids, backup.id, restore_time, incident, notes)


def _write_notes(nodes: list[DataNode], recovered: list[DataNode]) -> str:
    """Write down which data nodes the source had, and what was recovered for them: no call of the service tells it."""
    pairs = ", ".join(f"{old.name} (recovered as {new.name})" for old, new in zip(nodes, recovered, strict=True))
    return f"The source had {len(nodes)} data nodes: {pairs}."
