"""A plan for people: what would be restored, from where to where, what does not come back, and the exact request.

``PlanView`` holds what is to be shown, made by whoever has the plan; this file adds words and nothing else. Nothing is cut:
a plan is shown whole or it was not shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ddmkit.display.html import Fragment, Html, clean, clean_line, tag, text_block
from ddmkit.display.table import Cell, CellKind, build_table
from ddmkit.restore.plan import COMES_BACK, STAYS_AWAY
from ddmkit.times import format_instant

__all__ = ["PlanNode", "PlanView", "plan_html", "plan_text", "show_plan"]


@dataclass(frozen=True)
class PlanNode:
    """A data node that the target shall use, and the source's node whose place it takes, where that is known."""

    id: str
    name: str = ""
    replaces_id: str = ""
    replaces_name: str = ""


@dataclass(frozen=True, kw_only=True)
class PlanView:
    """What is shown of a plan.

    ``point`` is the instant returned to: the chosen one, or the creation of the chosen backup; ``incident`` says when the
    damage was done and how far away it is, where that was given. ``backup_note`` says whether
    the backup was chosen or is the one the service is expected to take, and how far away it is. ``body_json`` is the exact
    text of the request's body and ``path`` where it goes.
    """

    source_id: str
    target_id: str
    now: datetime
    zone: ZoneInfo
    digest: str
    body_json: str
    path: str = ""
    source_name: str = ""
    target_name: str = ""
    point: datetime | None = None
    incident: str = ""
    backup_id: str = ""
    backup_name: str = ""
    backup_note: str = ""
    nodes: tuple[PlanNode, ...] = ()
    warnings: tuple[str, ...] = ()
    is_ready: bool = False
    expires: datetime | None = None
    comes_back: tuple[str, ...] = COMES_BACK
    stays_away: tuple[str, ...] = STAYS_AWAY


def show_plan(view: PlanView) -> Fragment:
    """Return a plan as HTML and as text."""
    return Fragment(plan_html(view), plan_text(view))


def plan_html(view: PlanView) -> Html:
    """Return a plan as static HTML: facts, nodes, warnings, what comes back, the exact request."""
    return tag(
        "section",
        tag("div", _describe_heading(view), style="font-weight:bold;font-size:1.1em;padding:0.2em 0"),
        _facts_html(view),
        _nodes_table(view).html,
        _list_html("Warnings to accept", view.warnings),
        _list_html("Comes back", view.comes_back),
        _list_html("Does not come back", view.stays_away),
        tag("div", _describe_request(view), style="font-weight:bold;padding-top:0.5em"),
        text_block(view.body_json),
        aria_label="plan",
        style="color:inherit;margin:0.5em 0;max-width:70em;overflow-wrap:anywhere",
    )


def plan_text(view: PlanView) -> str:
    """Return a plan as plain text, the same parts in the same order."""
    facts = [f"  {name + ':':<10}{clean_line(fact)}" for name, fact in _facts(view)]
    return "\n".join(
        [
            clean_line(_describe_heading(view)),
            *facts,
            _nodes_table(view).text,
            *_list_lines("Warnings to accept", view.warnings),
            *_list_lines("Comes back", view.comes_back),
            *_list_lines("Does not come back", view.stays_away),
            _describe_request(view),
            clean(view.body_json),
        ]
    )


def _describe_heading(view: PlanView) -> str:
    ready = "" if view.is_ready else " (not ready: see the checks)"
    source, target = view.source_name or view.source_id, view.target_name or view.target_id
    return f"Plan {view.digest}: restore metadata of {source} to {target}{ready}"


def _facts(view: PlanView) -> list[tuple[str, str]]:
    facts = [
        ("SOURCE", _describe_named(view.source_name, view.source_id) + " (is not changed)"),
        ("TARGET", _describe_named(view.target_name, view.target_id)),
    ]
    if view.point is not None:
        facts.append(("Point", format_instant(view.point, view.zone, view.now)))
    if view.incident:
        facts.append(("Incident", view.incident))
    backup = _describe_named(view.backup_name, view.backup_id) if view.backup_id else ""
    said = ", ".join(part for part in (backup, view.backup_note) if part)
    facts.append(("Backup", said or "the service picks one; which is not known"))
    facts.append(("Digest", view.digest))
    if view.expires is not None:
        facts.append(("Valid to", format_instant(view.expires, view.zone, view.now)))
    return facts


def _describe_named(name: str, identifier: str) -> str:
    return f"{name} ({identifier})" if name else identifier


def _describe_request(view: PlanView) -> str:
    where = f" to POST {clean_line(view.path)}" if view.path else ""
    return f"The exact request that would be sent{where}:"


def _facts_html(view: PlanView) -> Html:
    term = "font-weight:bold;min-width:5.5em;display:inline-block"
    lines = (
        tag("div", tag("span", name, style=term), tag("span", fact), style="display:flex") for name, fact in _facts(view)
    )
    return tag("div", *lines)


def _nodes_table(view: PlanView) -> Fragment:
    is_paired = any(node.replaces_id for node in view.nodes)
    headers = ["data node of the target", "id", *(["in the place of", "its id"] if is_paired else [])]
    return build_table(
        "Data nodes (sent as a flat list; the service matches them itself)",
        headers,
        [_node_cells(node, is_paired=is_paired) for node in view.nodes],
        empty="no data nodes",
    )


def _node_cells(node: PlanNode, *, is_paired: bool) -> list[Cell]:
    cells = [Cell(node.name), Cell(node.id, CellKind.ID)]
    return [*cells, Cell(node.replaces_name), Cell(node.replaces_id, CellKind.ID)] if is_paired else cells


def _list_html(title: str, lines: Iterable[str]) -> Html:
    items = [tag("li", line) for line in lines]
    if not items:
        return Html("")
    heading = tag("div", title, style="font-weight:bold;padding-top:0.4em")
    return Html(heading + tag("ul", *items, style="margin:0.1em 0 0.3em 1.2em;padding:0"))


def _list_lines(title: str, lines: Iterable[str]) -> list[str]:
    items = [f"  - {clean_line(line)}" for line in lines]
    return [f"{title}:", *items] if items else []
