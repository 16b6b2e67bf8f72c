"""The form for nodes and target of a whole recovery: recover or take each node, create or take the target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddmkit.display.html import Fragment
from ddmkit.display.status import Tone, describe_count
from ddmkit.errors import DDMKitError
from ddmkit.forms.logic.node_matching import NodePlace, agree_on_instant
from ddmkit.forms.logic.recovery_choices import NEW_TARGET, RECOVER_WORDS, TARGET, NodesChoice, new_target_row, place_nodes
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.readers.node_options import read_origins
from ddmkit.forms.steps.target import TARGET_COLUMNS, row_of_target
from ddmkit.forms.steps.target_step import TargetStep
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK, Runner, run_at_once
from ddmkit.forms.widgets.fields import Message, tick
from ddmkit.forms.widgets.node_table import NodeTable
from ddmkit.forms.widgets.panels.overrides import OverridePanel
from ddmkit.forms.widgets.table import Table
from ddmkit.kit import Kit
from ddmkit.models import TargetInstance
from ddmkit.recovery.instant import at_or_after

__all__ = ["NodesForm"]

_TARGET = "Create a new instance (the usual way), or take one that exists and is empty."
_NODES = "Each data node of the source is recovered to a new node. Take an existing node only if it was recovered already."
_DRILL = "This is a drill: every name says so, and everything that it creates may be deleted afterwards."


class NodesForm(TargetStep):
    """Asks for nodes and target; ``value`` is a ``NodesChoice`` once the source's data nodes have been read.

    Without any input every node is recovered, and a new target is created. ``given`` is chosen when nodes and targets have
    been read for the first time.
    """

    title = "Nodes and target"

    def __init__(self, kit: Kit, *, given: NodesChoice | None = None, run: Runner = run_at_once) -> None:
        super().__init__(kit, run=run)
        self._given = given
        self._places: list[NodePlace] = []
        self._targets: dict[str, TargetInstance] = {}
        self._problem = ""
        self.list = Table("Targets", TARGET_COLUMNS, "ddmkit-target", on_choose=self._choose_target)
        self.verdict = Message("ddmkit-target-verdict")
        self.rows = NodeTable(self._on_nodes, RECOVER_WORDS)
        self.overrides = OverridePanel(self._notify)
        self.throwaway = tick(_DRILL, "Mark this recovery as a drill", "ddmkit-throwaway", self._notify)
        self._nodes = style.column(
            style.html(value=style.heading("Data nodes", _NODES)), self.rows.widget, self.overrides.widget, self.throwaway
        )
        self._lay_out(
            style.html(value=style.heading("Target", _TARGET)), self.list, self.verdict.widget, self.again, self._nodes
        )
        self._draw()

    # From Python -------------------------------------------------------------------------------------------------

    @property
    def value(self) -> NodesChoice | None:
        """What was chosen, once the source's data nodes are known and the target can be used."""
        if self._is_stale or not self._places or self._problem or not self.target_id or self._why_not_target():
            return None
        return NodesChoice(self.target_id, dict(self.rows.assigned), self.overrides.like, bool(self.throwaway.value))

    @property
    def problem(self) -> str:
        """Why no plan can be made with the nodes or the target."""
        return self._problem or self._why_not_target()

    @property
    def target_id(self) -> str:
        """``new``, or the id of the instance that is taken."""
        return self.list.chosen

    @property
    def target(self) -> TargetInstance | None:
        """The instance that is taken; ``None`` for a new one."""
        return self._targets.get(self.target_id)

    def choose(self, choice: NodesChoice) -> None:
        """Choose from Python; what is needed has to be read before."""
        self.list.choose(choice.target)
        self.throwaway.value = choice.throwaway
        self.overrides.set_like(choice.like)
        self.rows.assign(choice.nodes)
        self._choose_target(choice.target)

    def refresh(self) -> None:
        """Read the source's data nodes at the point, the nodes of the project, and the possible targets."""
        self._is_stale = False
        self._problem = ""
        places: list[NodePlace] = []
        targets: dict[str, TargetInstance] = {}
        if self._point is not None:
            with self._reading("the data nodes and the possible targets"):
                try:
                    nodes = list(self._kit.related_nodes(self._source_id, self._point))
                    origins = read_origins(self._kit, self._source_id, self._point.replace(microsecond=0), self._backup_id)
                    places = place_nodes(nodes, self._kit.node_instances(), origins)
                    if self._backup_id:
                        places = agree_on_instant(places, at_or_after(self._point).ms)
                    targets = {one.instance_id: one for one in self._kit.targets(self._source_id)}
                    self._problem = "" if nodes else "The service names no data nodes of the source at that point."
                except DDMKitError as error:
                    self._problem = str(error)
                    raise
        with FORM_LOCK:
            self._places, self._targets = places, targets
            self._draw()
            if self._given is not None and places:
                given, self._given = self._given, None
                self.choose(given)
            self._notify()

    def summary(self) -> Fragment:
        """Return what was chosen, as static HTML and text."""
        return describe_facts(self.title, [*self.facts(), ("Problem", self.problem)])

    def facts(self) -> list[tuple[str, str]]:
        """Describe what was chosen, as names and texts."""
        target = self.target
        named = f"{target.instance_name} ({target.instance_id})" if target else "a new, empty instance"
        taken, places = len(self.rows.assigned), len(self._places)
        nodes = f"{describe_count(places - taken, 'data node')} to recover, {taken} to take" if places else ""
        different = sum(len(fields) for fields in self.overrides.like.values())
        return [
            ("Target", named),
            ("Nodes", nodes),
            ("Different", describe_count(different, "field") if different else ""),
            ("Drill", "yes" if self.throwaway.value else ""),
        ]

    # Drawing and choosing ----------------------------------------------------------------------------------------

    def _draw(self) -> None:
        ordered = sorted(self._targets.values(), key=lambda one: not one.available)
        chosen = self.list.chosen or NEW_TARGET
        self.list.set_rows([new_target_row(), *(row_of_target(one) for one in ordered)])
        self.list.choose(chosen)
        self.rows.set_places(self._places)
        self._name_nodes()
        style.show(self._nodes, bool(self._places))
        if self._problem:
            self.message.show_error(self._problem)

    def _name_nodes(self) -> None:
        names = {place.source.instance_id: place.source.instance_name or place.source.instance_id for place in self._places}
        self.overrides.set_nodes(names, tuple(self.rows.assigned))

    def _on_nodes(self) -> None:
        self._name_nodes()
        self._notify()

    def _choose_target(self, _target_id: str) -> None:
        why = self._why_not_target()
        if not self.target_id:
            self.verdict.show("Choose the first row to create a new instance.", tone=Tone.WARNING, word="open")
        elif why:
            self.verdict.show_error(why)
        else:
            self.verdict.clear()
        if self.target_id != NEW_TARGET:
            self.overrides.set_like(_without_target(self.overrides.like))
        self._notify()

    def _why_not_target(self) -> str:
        target = self.target
        if target is None or target.available:
            return ""
        return f"{target.instance_name}: {target.unavailable_reason or 'the service gives no reason'}"


def _without_target(like: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {key: fields for key, fields in like.items() if key != TARGET}
