"""A plan for people: what would be restored, from where to where, what does not come back, and the exact request.

The owner of a plan fills a ``PlanView``; this module only adds words. A plan is always shown whole: nothing is cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ddmkit.display.html import Fragment, Html, clean, clean_line, join, tag, text_block
from ddmkit.display.stylesheet import style
from ddmkit.display.table import Cell, CellKind, build_table
from ddmkit.restore.effects import COMES_BACK, STAYS_AWAY
from ddmkit.times import format_instant

__all__ = ["PlanNode", "PlanView", "plan_html", "plan_text"]


@dataclass(frozen=True)
class PlanNode:
    """A data node that the target would use, and the source's data node that it replaces, where that is known."""

    id: str
    name: str = ""
    replaces_id: str = ""
    replaces_name: str = ""


@dataclass(frozen=True, kw_only=True)
class PlanView:
    """What is shown of a plan.

    ``point`` is the instant to return to: the chosen instant, or the creation time of the chosen backup. ``incident`` says,
    if it was given, when the damage was done and how far that is from the point. ``backup_note`` says whether a person chose
    the backup or the service is expected to take it, and how far it is from the point. ``body_json`` is the exact text of
    the request's body and ``path`` its address on the service.
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


def plan_html(view: PlanView, *, has_nodes: bool = True) -> Html:
    """Return a plan as static HTML: facts, nodes, warnings, what comes back, the exact request.

    Without ``has_nodes`` the caller shows the data nodes beside it.
    """
    return tag(
        "section",
        tag("div", _describe_heading(view), style=style("plan-title")),
        _facts_html(view),
        _nodes_table(view).html if has_nodes else "",
        *(_list_html(title, lines) for title, lines in _lists(view)),
        tag("div", _describe_request(view), style=style("subtitle")),
        text_block(view.body_json),
        aria_label="plan",
        style=style("plan"),
    )


def plan_text(view: PlanView) -> str:
    """Return a plan as plain text: the same parts in the same order."""
    facts = [f"  {name + ':':<10}{clean_line(fact)}" for name, fact in _facts(view)]
    return "\n".join(
        [
            clean_line(_describe_heading(view)),
            *facts,
            _nodes_table(view).text,
            *(line for title, lines in _lists(view) for line in _list_lines(title, lines)),
            _describe_request(view),
            clean(view.body_json),
        ]
    )


def _describe_heading(view: PlanView) -> str:
    ready = "" if view.is_ready else " (not ready: see the checks)"
    source, target = view.source_name or view.source_id, view.target_name or view.target_id
    return f"Plan {view.digest}: restore metadata of {source} to {target}{ready}"


def _lists(view: PlanView) -> list[tuple[str, tuple[str, ...]]]:
    lists = [("Warnings to accept", view.warnings), ("Comes back", view.comes_back), ("Does not come back", view.stays_away)]
    return [(title, lines) for title, lines in lists if lines]


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
    parts = [part for part in (backup, view.backup_note) if part]
    facts.append(("Backup", ", ".join(parts) or "the service picks one; it is not known which"))
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
    name_style, line_style = style("fact-name"), style("fact")
    facts = (
        tag("div", tag("span", name, style=name_style), tag("span", fact), style=line_style) for name, fact in _facts(view)
    )
    return tag("div", *facts)


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
    items = tag("ul", *(tag("li", line) for line in lines), style=style("list"))
    return join([tag("div", title, style=style("subtitle")), items])


def _list_lines(title: str, lines: Iterable[str]) -> list[str]:
    return [f"{title}:", *(f"  - {clean_line(line)}" for line in lines)]
