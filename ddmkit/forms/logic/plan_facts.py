"""A plan in a few lines, for the steps Review and Confirm, and the whole plan as static HTML and text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ddmkit.display.html import Fragment, clean_line, join, tag
from ddmkit.display.plans import PlanNode, PlanView, plan_html, plan_text
from ddmkit.display.status import Tone, describe_count, status_html
from ddmkit.forms.logic.summary import Fact, box_facts, describe_facts, plain_fact
from ddmkit.handles.plan import view_of
from ddmkit.models import Backup, DataNode, Schema, TargetNode
from ddmkit.restore.plan import RestorePlan
from ddmkit.restore.post_check import expected_schemas
from ddmkit.times import format_duration, format_instant, format_utc

__all__ = [
    "FEW_NODES",
    "WAY_BACK",
    "Pairs",
    "describe_back",
    "describe_plan",
    "describe_rows",
    "describe_schemas",
    "describe_what_happens",
    "find_dropped",
    "name_nodes",
    "view_with_pairs",
]

WAY_BACK = "The source is not changed. To go back, keep the applications on the source, or point them to the source again."

FEW_NODES = 3
"""Up to this number, data nodes are named in the line; more are only counted there, and listed in a table."""

_AFTER_INCIDENT = "after the incident"
_MOST_SCHEMAS = 12
# The service lists no schema that was dropped. Only its own note on the backup that it makes before names one.
_DELETION = re.compile(r"\bdelet\w* schema ([^\s,;.:\"'“”]{1,128})", re.IGNORECASE)

Pairs = Sequence[tuple[DataNode, TargetNode]]
"""For each data node the source's data node that it replaces, as (source node, data node); empty where not known."""


def describe_what_happens(plan: RestorePlan, pairs: Pairs = ()) -> Fragment:
    """Describe all that is about to happen: source, target, instant and backup, incident, data nodes, schemas."""
    view = view_with_pairs(plan, pairs)
    backup = f"backup {_describe_named(view.backup_name, view.backup_id)}, {view.backup_note}" if view.backup_id else ""
    point = format_instant(view.point, view.zone, view.now) if view.point is not None else ""
    source = f"{_describe_named(view.source_name, view.source_id)}; it is not changed"
    return box_facts(
        [
            plain_fact("Source", source),
            plain_fact("Target", f"{_describe_named(view.target_name, view.target_id)}; everything is written here"),
            plain_fact("Restore to", "; ".join(filter(None, (point, backup or view.backup_note)))),
            *_incident_row(plan, view),
            plain_fact("Data nodes", "; ".join(filter(None, (name_nodes(view), describe_rows(plan))))),
            plain_fact("Schemas back", describe_schemas(plan)),
        ]
    )


def describe_rows(plan: RestorePlan) -> str:
    """Describe of which instant the rows of the data nodes are, and what was written up to the incident and is lost.

    Empty if the instant is unknown.
    """
    rows, point = plan.rows_as_of, plan.inventory.point
    if rows is None:
        return ""
    away = ""
    if point is not None:
        away = f", {format_duration(rows - point)} after the point" if rows > point else ", the point itself"
    lost = ""
    if plan.incident is not None and plan.incident > rows:
        lost = f"; what was written in the {format_duration(plan.incident - rows)} up to the incident is lost"
    return f"their rows are those of {format_utc(rows)}{away}{lost}"


def describe_schemas(plan: RestorePlan) -> str:
    """Describe which schemas are expected on the target: first those that are missing now, then those that are there."""
    expected, inventory = plan.expected_backup, plan.inventory
    as_of = expected.backup.created if expected else inventory.point
    listed = [one.name for one in inventory.source_schemas.value or ()]
    return describe_back(expected_schemas(inventory, as_of), listed, inventory.backups.value or (), as_of)


def find_dropped(backups: Iterable[Backup], now_there: Iterable[str], as_of: datetime | None) -> dict[str, Backup]:
    """Return the schemas that are missing now and that the note on a backup made since ``as_of`` calls deleted.

    Each name comes with the earliest such backup. Without ``as_of`` there is none: it cannot be told what was there.
    """
    found: dict[str, Backup] = {}
    there = set(now_there)
    for backup in sorted(backups, key=lambda one: one.created):
        note = _DELETION.search(backup.description)
        if note is not None and as_of is not None and backup.created >= as_of and note[1] not in there:
            found.setdefault(note[1], backup)
    return found


def describe_back(
    schemas: Mapping[str, Schema] | None, listed: Iterable[str], backups: Iterable[Backup], as_of: datetime | None
) -> str:
    """Describe which schemas come back: those that are missing on the source now, those that it still has, and others.

    Args:
        schemas: The schemas that the source has now and had then, by name; ``None`` if the source cannot be read.
        listed: The names of all schemas that the source has now.
        backups: The backups of the source.
        as_of: When the backup that is restored was made; ``None`` if that is not known.
    """
    dropped = find_dropped(backups, listed, as_of)
    missing = [
        f"{clean_line(name)} (the note on the backup of {format_utc(one.created)} says that it was deleted)"
        for name, one in dropped.items()
    ]
    parts = [f"missing on the source now, and expected back: {_cut_schemas(missing)}"] if missing else []
    if schemas is None:
        parts.append("all that the backup contains; the source cannot be read, so their names are not known")
        return ". Also ".join(parts)
    more = "any others that were dropped since" if missing else "any that were dropped since"
    others = f"{more}: the service does not list those"
    if not schemas:
        parts.append(f"all that the backup contains; the source has none of them now, so they are {others}")
        return ". Also ".join(parts)
    names = [clean_line(name) for name in sorted(schemas)]
    parts.append(f"{_cut_schemas(names)} ({len(names)} that the source still has), and {others}")
    return ". Also ".join(parts)


def _cut_schemas(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_SCHEMAS:,} more" if len(names) > _MOST_SCHEMAS else ""
    return f"{', '.join(names[:_MOST_SCHEMAS])}{more}"


def describe_plan(plan: RestorePlan | None, pairs: Pairs = ()) -> Fragment:
    """Return the whole plan as static HTML and text."""
    if plan is None:
        return describe_facts("Plan", [("Plan", "none yet")])
    view = view_with_pairs(plan, pairs)
    return Fragment(join([plan_html(view), tag("div", WAY_BACK)]), f"{plan_text(view)}\n{WAY_BACK}")


def view_with_pairs(plan: RestorePlan, pairs: Pairs) -> PlanView:
    """Return what is shown of a plan; each data node names the node that it replaces if every pair is known."""
    view = view_of(plan)
    replaced = {node.instance_id: source for source, node in pairs}
    if set(replaced) != {node.id for node in view.nodes}:
        return view
    nodes = [_pair(node, replaced[node.id]) for node in view.nodes]
    return replace(view, nodes=tuple(nodes))


def _pair(node: PlanNode, source: DataNode) -> PlanNode:
    return PlanNode(node.id, node.name, replaces_id=source.instance_id, replaces_name=source.instance_name)


def _incident_row(plan: RestorePlan, view: PlanView) -> list[Fact]:
    if plan.incident is None:
        return []
    if view.point is not None and view.point >= plan.incident:
        marked = join([status_html(_AFTER_INCIDENT, Tone.WARNING), " ", clean_line(view.incident)])
        return [("Incident", marked, f"{Tone.WARNING.symbol} {_AFTER_INCIDENT}: {view.incident}")]
    return [plain_fact("Incident", view.incident)]


def name_nodes(view: PlanView) -> str:
    """Name the data nodes of a plan if they are few; count them otherwise."""
    count = describe_count(len(view.nodes), "data node")
    if len(view.nodes) > FEW_NODES:
        return f"{count}; the list is in the plan"
    return f"{count}: {'; '.join(_name_node(node) for node in view.nodes)}"


def _name_node(node: PlanNode) -> str:
    replaces = f" in the place of {node.replaces_name or node.replaces_id}" if node.replaces_id else ""
    return f"{_describe_named(node.name, node.id)}{replaces}"


def _describe_named(name: str, identifier: str) -> str:
    return f"{name} ({identifier})" if name else identifier
