"""The form for reading a plan before it is confirmed: in words, as the exact request, and as Python code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import ipywidgets as widgets

from ddmkit.display.html import Fragment, join, tag, text_block
from ddmkit.display.plans import PlanNode, PlanView, plan_html, plan_text
from ddmkit.display.status import Tone, describe_count
from ddmkit.errors import DDMKitError, InputError
from ddmkit.forms.logic.script import write_script
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import Runner, run_at_once
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.downloads import offer_file
from ddmkit.forms.widgets.fields import Message
from ddmkit.forms.widgets.node_list import NodeList
from ddmkit.handles.plan import Plan, view_of
from ddmkit.kit import Kit
from ddmkit.models import DataNode, TargetNode
from ddmkit.times import format_instant

__all__ = ["PlanReview"]

_WAY_BACK = "The source is not changed. To go back, keep the applications on the source, or point them to the source again."
_MOST_NODES = 8


class PlanReview(Form):
    """Shows a plan; ``value`` is the plan. ``export_metadata`` saves a copy of the source's schema metadata."""

    title = "Plan"

    def __init__(self, kit: Kit, plan: Plan | None = None, *, run: Runner = run_at_once) -> None:
        super().__init__(run=run)
        self._kit = kit
        self._plan: Plan | None = None
        self._pairs: Sequence[tuple[DataNode, TargetNode]] = ()
        self.words = style.html("ddmkit-plan")
        self.nodes = NodeList("ddmkit-plan-nodes")
        self.export = style.button(
            "Save the source's schema metadata first",
            "Write the shard distribution of the source's schemas to a file beside this notebook; the source is not changed",
            "ddmkit-export",
        )
        self.export.on_click(self._on_click)
        self.exported = Message("ddmkit-exported")
        self.link = style.html("ddmkit-download")
        self.script = style.html("ddmkit-script")
        self._lay_out(
            style.html(value=style.heading("Review", "Read what will be done. Nothing has been sent yet.")),
            self.words,
            self.nodes,
            style.html(value=tag("b", "Save a copy first, if the source still answers")),
            style.line(self.export, self.exported.widget),
            self.link,
            self.script,
        )
        self.set_plan(plan)

    @property
    def value(self) -> Plan | None:
        """The plan on the page."""
        return self._plan

    def set_plan(
        self, plan: Plan | None, *, accept: Sequence[str] = (), pairs: Sequence[tuple[DataNode, TargetNode]] = ()
    ) -> None:
        """Show a plan, or none.

        Args:
            plan: The plan.
            accept: The ids of the accepted warnings, for the Python code.
            pairs: For each data node the source node that it replaces, as (source node, data node), where known.
        """
        self._plan, self._pairs = plan, pairs
        self.link.value = ""
        self.words.value = self.script.value = ""
        style.show(self.nodes, plan is not None)
        if plan is not None:
            shown = plan_html(self._view(plan), has_nodes=False)
            self.words.value = join([shown, tag("b", "How to go back"), tag("div", _WAY_BACK)])
            self.nodes.set_nodes(self.plan_nodes())
            self.script.value = self._script_html(plan, accept)
        self._notify()

    def export_metadata(self, path: str | Path = "") -> Path:
        """Write the source's schema metadata to a file and return its path; raises ``DDMKitError`` when that fails."""
        if self._plan is None:
            raise InputError("there is no plan yet.", field="plan", fix="Check first.")
        source_id = self._plan.request.source_instance_id
        return Path(self._kit.export_schema_metadata(source_id, path or f"schema-metadata-{source_id}.json")).resolve()

    def summary(self) -> Fragment:
        """Return the plan as static HTML and text."""
        if self._plan is None:
            return describe_facts(self.title, [("Plan", "none yet")])
        view = self._view(self._plan)
        return Fragment(join([plan_html(view), tag("div", _WAY_BACK)]), f"{plan_text(view)}\n{_WAY_BACK}")

    def facts(self) -> list[tuple[str, str]]:
        """Describe in a few lines what is about to happen: source, target, point in time, data nodes."""
        if self._plan is None:
            return []
        view, incident = self._view(self._plan), self._plan.incident
        backup = f"backup {_describe_named(view.backup_name, view.backup_id)}, {view.backup_note}" if view.backup_id else ""
        point = format_instant(view.point, view.zone, view.now) if view.point is not None else ""
        nodes = [_describe_named(node.name, node.id) for node in view.nodes]
        more = f", and {len(nodes) - _MOST_NODES:,} more: see the list" if len(nodes) > _MOST_NODES else ""
        return [
            ("Source", f"{_describe_named(view.source_name, view.source_id)}; it is not changed"),
            ("Target", _describe_named(view.target_name, view.target_id)),
            ("Restore to", "; ".join(filter(None, (point, backup or view.backup_note)))),
            ("Incident", format_instant(incident, view.zone, view.now) if incident is not None else ""),
            (describe_count(len(nodes), "data node").capitalize(), ", ".join(nodes[:_MOST_NODES]) + more),
            ("Plan", f"digest {view.digest}"),
        ]

    def plan_nodes(self) -> tuple[PlanNode, ...]:
        """Return the data nodes of the plan, with the nodes that they replace, where those are known."""
        return self._view(self._plan).nodes if self._plan is not None else ()

    def _view(self, plan: Plan) -> PlanView:
        view = view_of(plan)
        replaced = {node.instance_id: source for source, node in self._pairs}
        if set(replaced) != {node.id for node in view.nodes}:
            return view
        nodes = [
            PlanNode(
                node.id,
                node.name,
                replaces_id=replaced[node.id].instance_id,
                replaces_name=replaced[node.id].instance_name,
            )
            for node in view.nodes
        ]
        return replace(view, nodes=tuple(nodes))

    def _script_html(self, plan: Plan, accept: Sequence[str]) -> str:
        simulator = self._kit.simulator
        world = simulator.world_path if simulator is not None else None
        script = write_script(plan, self._kit.settings, accept=accept, world=world)
        return tag("details", tag("summary", "The same in Python, to copy"), text_block(script))

    def _on_click(self, button: widgets.Button) -> None:
        button.disabled = True
        self.exported.show("Asking the service ...", tone=Tone.BUSY)
        self._run(self._export_and_show)

    def _export_and_show(self) -> None:
        source_id = self._plan.request.source_instance_id if self._plan is not None else ""
        try:
            text, self.link.value = offer_file(f"schema-metadata-{source_id}.json", self.export_metadata)
            self.exported.show(text, tone=Tone.GOOD)
        except DDMKitError as error:
            self.exported.show_error(error)
        finally:
            self.export.disabled = False


def _describe_named(name: str, identifier: str) -> str:
    return f"{name} ({identifier})" if name else identifier
