"""The form for reading a plan before it is confirmed: in words, as the exact request, and as Python code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ipywidgets as widgets

from ddmkit.display.html import Fragment, Html, join, tag
from ddmkit.display.plans import plan_html
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError, InputError
from ddmkit.forms.logic.plan_facts import FEW_NODES, WAY_BACK, Pairs, describe_plan, describe_what_happens, view_with_pairs
from ddmkit.forms.logic.script import fold_script, write_script
from ddmkit.forms.logic.summary import list_lines
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import Runner, run_at_once
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.downloads import offer_file
from ddmkit.forms.widgets.fields import Message
from ddmkit.forms.widgets.node_list import NodeList
from ddmkit.handles.plan import Plan
from ddmkit.kit import Kit
from ddmkit.restore.effects import COMES_BACK, STAYS_AWAY

__all__ = ["HEADING", "PlanReview", "find_world"]

HEADING = style.heading("Review", "Read what will be done. Nothing has been sent yet.")
"""The heading of the step, for restores and recoveries."""


class PlanReview(Form):
    """Shows a plan; ``value`` is the plan. ``export_metadata`` saves a copy of the source's schema metadata."""

    title = "Plan"

    def __init__(self, kit: Kit, plan: Plan | None = None, *, run: Runner = run_at_once) -> None:
        super().__init__(run=run)
        self._kit = kit
        self._plan: Plan | None = None
        self._pairs: Pairs = ()
        self.words, self.effects = style.html("ddmkit-plan"), style.html("ddmkit-effects")
        self.nodes = NodeList("ddmkit-plan-nodes")
        self.export = style.button(
            "Save the source's schema metadata first",
            "Write the shard distribution of the source's schemas to a file; the source is not changed",
            "ddmkit-export",
        )
        self.export.on_click(self._on_click)
        self.exported = Message("ddmkit-exported")
        self.link = style.html("ddmkit-download")
        self.script = style.html("ddmkit-script")
        self._lay_out(
            style.html(value=HEADING),
            self.words,
            self.nodes,
            style.html(value=tag("b", "Save a copy first, if the source still answers")),
            style.line(self.export, self.exported.widget),
            self.link,
            self.effects,
            self.script,
        )
        self.set_plan(plan)

    @property
    def value(self) -> Plan | None:
        """The plan on the page."""
        return self._plan

    def set_plan(self, plan: Plan | None, *, accept: Sequence[str] = (), pairs: Pairs = ()) -> None:
        """Show a plan, or none.

        Args:
            plan: The plan.
            accept: The ids of the accepted warnings, for the Python code.
            pairs: For each data node the source node that it replaces, as (source node, data node), where known.
        """
        self._plan, self._pairs = plan, pairs
        self.link.value = ""
        self.words.value = self.effects.value = self.script.value = ""
        style.show(self.nodes, plan is not None and len(plan.request.data_nodes) > FEW_NODES)
        if plan is not None:
            self.words.value = describe_what_happens(plan, self._pairs).html
            self.effects.value = self._describe_effects(plan)
            self.nodes.set_nodes(view_with_pairs(plan, self._pairs).nodes)
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
        return describe_plan(self._plan, self._pairs)

    def _describe_effects(self, plan: Plan) -> Html:
        """Return what comes back and what does not, how to go back, and the whole plan folded."""
        view = view_with_pairs(plan, self._pairs)
        whole = plan_html(view, has_nodes=len(view.nodes) <= FEW_NODES)  # more nodes are in the table below
        return join(
            [
                tag(
                    "div",
                    list_lines("Comes back", COMES_BACK),
                    list_lines("Does not come back", STAYS_AWAY),
                    list_lines("How to go back", (WAY_BACK,)),
                    class_="ddmkit-columns",
                ),
                tag("details", tag("summary", "The whole plan, with the exact request"), whole),
            ]
        )

    def _script_html(self, plan: Plan, accept: Sequence[str]) -> str:
        return fold_script(write_script(plan, self._kit.settings, accept=accept, world=find_world(self._kit)))

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


def find_world(kit: Kit) -> Path | None:
    """Return the file of the simulator's world; ``None`` for a cloud."""
    return kit.simulator.world_path if kit.simulator is not None else None
