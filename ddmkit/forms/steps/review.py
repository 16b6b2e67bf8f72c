"""The form in which a plan is read before it is confirmed: plain words, the exact request, the same in Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from ddmkit.display.html import Fragment, join, tag, text_block
from ddmkit.display.plans import PlanNode, plan_html, plan_text
from ddmkit.display.status import Tone, describe_count
from ddmkit.errors import DDMKitError
from ddmkit.forms.logic.script import write_script
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.background import Runner, run_at_once
from ddmkit.forms.widgets.base import Form, describe_facts
from ddmkit.forms.widgets.downloads import offer_file
from ddmkit.forms.widgets.fields import Message
from ddmkit.handles.plan import view_of
from ddmkit.models import DataNode, TargetNode
from ddmkit.times import format_instant

__all__ = ["PlanReview"]

_WAY_BACK = "The source is not touched. To go back, leave the applications on it, or point them there again."
_MOST_NODES = 8


class PlanReview(Form):
    """Shows a plan to be read; ``value`` is the plan. ``export_metadata`` writes the safety copy of the source's schemas."""

    title = "Plan"

    def __init__(self, kit: Any, plan: Any = None, *, run: Runner = run_at_once) -> None:
        super().__init__(run=run)
        self._kit = kit
        self._plan: Any = None
        self._pairs: Sequence[tuple[DataNode, TargetNode]] = ()
        self.words = look.html("ddmkit-plan")
        self.export = look.button(
            "Save the source's schema metadata first",
            "Write the shard distribution of the source's schemas to a file beside this notebook; nothing is changed",
            "ddmkit-export",
        )
        self.export.on_click(self._press)
        self.exported = Message("ddmkit-exported")
        self.link = look.html("ddmkit-download")
        self.script = look.html("ddmkit-script")
        self._place(
            look.html(value=look.heading("Review", "Read what would be done. Nothing has been sent yet.")),
            self.words,
            look.html(value=tag("b", "A safety copy, if the source still answers")),
            look.line(self.export, self.exported.widget),
            self.link,
            self.script,
        )
        self.set_plan(plan)

    @property
    def value(self) -> Any:
        """The plan to be read."""
        return self._plan

    def set_plan(self, plan: Any, *, accept: Sequence[str] = (), pairs: Sequence[tuple[DataNode, TargetNode]] = ()) -> None:
        """Show a plan; ``pairs`` say which source node each data node is meant for."""
        self._plan, self._pairs = plan, pairs
        self.link.value = ""
        self.words.value = self.script.value = ""
        if plan is not None:
            self.words.value = join([plan_html(self._view()), tag("b", "How to go back"), tag("div", _WAY_BACK)])
            self.script.value = self._script_html(accept)
        self._tell()

    def export_metadata(self, path: str | Path = "") -> Path:
        """Write the source's schema metadata to a file and give its path; raises what the service or the disk raises."""
        source_id = self._plan.request.source_instance_id
        return Path(self._kit.export_schema_metadata(source_id, path or f"schema-metadata-{source_id}.json")).resolve()

    def summary(self) -> Fragment:
        """Return the plan as static HTML and text."""
        if self._plan is None:
            return describe_facts(self.title, [("Plan", "none yet")])
        view = self._view()
        return Fragment(join([plan_html(view), tag("div", _WAY_BACK)]), f"{plan_text(view)}\n{_WAY_BACK}")

    def facts(self) -> list[tuple[str, str]]:
        """Describe all that is about to happen in a few lines: from where, to where, which point, which data nodes."""
        view, incident = self._view(), getattr(self._plan, "incident", None)
        backup = f"backup {_describe_named(view.backup_name, view.backup_id)}, {view.backup_note}" if view.backup_id else ""
        point = format_instant(view.point, view.zone, view.now) if view.point is not None else ""
        nodes = [_describe_named(node.name, node.id) for node in view.nodes]
        more = f", and {len(nodes) - _MOST_NODES:,} more: see Review" if len(nodes) > _MOST_NODES else ""
        return [
            ("Source", f"{_describe_named(view.source_name, view.source_id)}; it is not changed"),
            ("Target", _describe_named(view.target_name, view.target_id)),
            ("Restore to", "; ".join(part for part in (point, backup or view.backup_note) if part)),
            ("Incident", format_instant(incident, view.zone, view.now) if isinstance(incident, datetime) else ""),
            (describe_count(len(nodes), "data node").capitalize(), ", ".join(nodes[:_MOST_NODES]) + more),
            ("Plan", f"digest {view.digest}"),
        ]

    def _view(self) -> Any:
        view = view_of(self._plan)
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

    def _script_html(self, accept: Sequence[str]) -> str:
        simulator = self._kit.simulator
        world = simulator.world_path if simulator is not None else None
        script = write_script(self._plan, self._kit.settings, accept=accept, world=world)
        return tag("details", tag("summary", "The same in Python, to copy"), text_block(script))

    def _press(self, button: widgets.Button) -> None:
        button.disabled = True
        self.exported.say("Asking the service ...", tone=Tone.BUSY)
        self._run(self._export_and_say)

    def _export_and_say(self) -> None:
        try:
            name = f"schema-metadata-{self._plan.request.source_instance_id}.json"
            said, self.link.value = offer_file(name, self.export_metadata)
            self.exported.say(said, tone=Tone.GOOD)
        except DDMKitError as error:
            self.exported.refuse(error)
        finally:
            self.export.disabled = False


def _describe_named(name: str, identifier: str) -> str:
    return f"{name} ({identifier})" if name else identifier
