"""The form that asks for the target and for the data node that takes each source data node's place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ddmkit.display.markup import Fragment, clean_line
from ddmkit.display.status import Tone, say_status
from ddmkit.errors import DDMKitError
from ddmkit.forms import look
from ddmkit.forms.background import TURN, Runner, run_at_once
from ddmkit.forms.fields import Message, TextField
from ddmkit.forms.filtering import ListRow
from ddmkit.forms.form import Form, say_facts
from ddmkit.forms.lists import SearchList
from ddmkit.forms.pairing import NodePlace, TargetChoice, fill_places
from ddmkit.forms.places import PlaceRows
from ddmkit.forms.reading import read_places
from ddmkit.models import TargetInstance
from ddmkit.requests import id_of
from ddmkit.times import say_utc

__all__ = ["TargetForm", "row_of_target"]

_FLAT = (
    "For each data node of the source, choose the recovered data node that takes its place. The pairs show you that none is "
    "missing or given twice; the request carries a flat list, which the service matches with the shards itself."
)


class TargetForm(Form):
    """Asks for target and data nodes; ``value`` is a ``TargetChoice``.

    From Python call ``set_source(source_id, instant)`` first, then set ``target_id`` and ``data_nodes`` (ids in any order).
    """

    title = "Target and data nodes"

    def __init__(
        self,
        kit: Any,
        *,
        source: str = "",
        point: datetime | None = None,
        target_id: str = "",
        data_nodes: Iterable[str] = (),
        run: Runner = run_at_once,
    ) -> None:
        super().__init__(run=run)
        self._kit = kit
        self._source_id = ""
        self._point: datetime | None = None
        self._targets: dict[str, TargetInstance] = {}
        self._places: list[NodePlace] = []
        self._target_id = ""
        self._nodes_problem = ""
        self._loose: tuple[str, ...] = ()
        self._is_stale = False
        self._build()
        if source and point:
            self.set_source(source, point)
            self.read_if_needed()
        if target_id:
            self.target_id = target_id
        if data_nodes:
            self.data_nodes = tuple(data_nodes)

    def _build(self) -> None:
        self.list = SearchList(
            "Targets",
            "The instance to restore to: empty, and of the same network as the data nodes.",
            lambda key: self._run(lambda: self._choose(key)),
            "ddmkit-target",
            visible=6,
        )
        self.verdict = Message("ddmkit-target-verdict ddmkit-under-field")
        self.again = look.button("Read targets and nodes again", "Ask the service once more", "ddmkit-target-again")
        self.again.on_click(lambda _button: self._run(self.refresh))
        self.rows = PlaceRows(self._tell)
        self.loose_field = TextField(
            "Data node ids",
            "The source's data nodes at that point cannot be read: give the ids yourself, with commas",
            self._take_loose,
            "ddmkit-nodes-loose",
        )
        self._nodes = look.column(
            look.html(value=look.heading("Data nodes", _FLAT)), self.loose_field.widget, self.rows.widget
        )
        self._place(
            look.html(value=look.heading("Target", "To which instance? It has to be new and empty.")),
            self.list.widget,
            self.verdict.widget,
            self.again,
            self._nodes,
        )
        self._draw_nodes()

    # From Python -------------------------------------------------------------------------------------------------

    @property
    def value(self) -> TargetChoice | None:
        """The target with its data nodes, once every source data node has one."""
        target = self._targets.get(self._target_id)
        if self._is_stale or target is None or not target.available:
            return None
        if self._nodes_problem:
            return TargetChoice(target, self._loose) if self._loose else None
        if not self._places or len(self.rows.assigned) < len(self._places):
            return None
        pairs = tuple((place.source, self._node_at(place)) for place in self._places)
        return TargetChoice(target, tuple(node.instance_id for _, node in pairs), pairs)

    @property
    def chosen(self) -> TargetInstance | None:
        """The chosen target, whether or not it can be used."""
        return self._targets.get(self._target_id)

    @property
    def problem(self) -> str:
        """Why the chosen target cannot be used."""
        target = self._targets.get(self._target_id)
        return self.verdict.text if target is not None and not target.available else ""

    @property
    def target_id(self) -> str:
        """The id of the chosen target, or nothing."""
        return self._target_id

    @target_id.setter
    def target_id(self, target_id: str) -> None:
        self.read_if_needed()
        wanted = id_of(target_id, "target") if target_id else ""
        self.list.choose(wanted)
        self._choose(wanted)

    @property
    def data_nodes(self) -> tuple[str, ...]:
        """The ids of the chosen data nodes, in the order of the source's."""
        if self._nodes_problem:
            return self._loose
        assigned = self.rows.assigned
        return tuple(assigned[key] for one in self._places if (key := one.source.instance_id) in assigned)

    @data_nodes.setter
    def data_nodes(self, node_ids: Iterable[str]) -> None:
        self.read_if_needed()
        wanted = ", ".join(node_ids)
        if self._nodes_problem:
            self.loose_field.value = wanted
            self._take_loose(wanted)
            return
        assigned, problems = fill_places(self._places, wanted)
        if problems:
            self.rows.message.refuse("\n".join(problems[:10]))
        self.rows.assign(assigned)

    def set_source(self, source_id: str, point: datetime | None) -> None:
        """Take the source and the instant that targets and data nodes are asked for; they are read when needed."""
        if (source_id, point) != (self._source_id, self._point):
            self._source_id, self._point = source_id, point
            self._is_stale = True
            self._tell()

    @property
    def needs_reading(self) -> bool:
        """Source and point are given, and targets and data nodes have not been read for them yet."""
        return self._is_stale and bool(self._source_id) and self._point is not None

    def read_if_needed(self) -> None:
        """Read targets and data nodes, unless they have been read for this source and point."""
        if self.needs_reading:
            self.refresh()

    def refresh(self) -> None:
        """Read targets, the source's data nodes at that point, and the candidates; the choice is kept where it can be."""
        self._is_stale = False
        targets = self._targets
        with self._asking("possible targets"):
            listed = self._kit.targets(self._source_id)
            targets = {one.instance_id: one for one in listed if one.instance_id != self._source_id}
        with TURN:
            self._targets = targets
            ordered = sorted(targets.values(), key=lambda one: not one.available)
            self.list.set_rows([row_of_target(one) for one in ordered])
        self._choose(self._target_id)

    def summary(self) -> Fragment:
        """Give target and pairs as static HTML and text."""
        target = self._targets.get(self._target_id)
        named = f"{target.instance_name} ({target.instance_id})" if target else "nothing yet"
        pairs = self.value.pairs if self.value else ()
        shown = [f"{node.instance_name} for {source.instance_name}" for source, node in pairs[:10]]
        more = f", and {len(pairs) - 10} more" if len(pairs) > 10 else ""
        facts = [("Target", named), ("Problem", self.problem), ("Data nodes", ", ".join(shown) + more or self._say_nodes())]
        return say_facts(self.title, facts)

    # Reading and drawing -----------------------------------------------------------------------------------------

    def _choose(self, target_id: str) -> None:
        with TURN:
            self._target_id = target_id
            target = self._targets.get(target_id)
            self._judge(target)
            self._places, self._nodes_problem = [], ""
            about = (target_id, self._source_id, self._point)
        places, problem = self._read_places(target)
        with TURN:
            if about == (self._target_id, self._source_id, self._point):  # else it is read for another choice after this
                self._places, self._nodes_problem = places, problem
                self.rows.set_places(places)
            self._draw_nodes()
            self._tell()

    def _judge(self, target: TargetInstance | None) -> None:
        if target is None:
            unlisted = f"{self._target_id} is not in the service's list of possible targets." if self._target_id else ""
            self.verdict.refuse(unlisted) if unlisted else self.verdict.clear()
        elif target.available:
            self.verdict.say(f"{clean_line(target.instance_name)} can be restored to.", tone=Tone.GOOD, word="available")
        else:
            reason = target.unavailable_reason or "the service gives no reason"
            said = f"{target.instance_name}: {reason} Choose another, or mend that and read again."
            self.verdict.say(clean_line(said), tone=Tone.BAD, word="unavailable")

    def _read_places(self, target: TargetInstance | None) -> tuple[list[NodePlace], str]:
        """Read the source's data nodes with their candidates; else give what stands against that."""
        source_id, point = self._source_id, self._point
        if target is None or not target.available or point is None:
            return [], ""
        with self._asking("the data nodes and their candidates"):
            try:
                nodes = list(self._kit.related_nodes(source_id, point))
            except DDMKitError as error:
                return [], str(error)
            if not nodes:
                return [], f"the service names no data nodes of the source at {say_utc(point)}."
            return read_places(self._kit, source_id, target.instance_id, nodes, point), ""
        return [], self.message.text

    def _draw_nodes(self) -> None:
        look.show(self.rows.widget, bool(self._places))
        look.show(self.loose_field.widget, bool(self._nodes_problem))
        look.show(self._nodes, bool(self._places or self._nodes_problem))
        if self._nodes_problem:
            self.loose_field.message.say(
                f"The source's data nodes then cannot be read: {self._nodes_problem} Give one id for each from your notes.",
                tone=Tone.WARNING,
            )

    def _take_loose(self, text: str) -> None:
        self._loose = tuple(dict.fromkeys(text.replace(",", " ").split()))
        self._tell()

    def _node_at(self, place: NodePlace) -> Any:
        wanted = self.rows.assigned[place.source.instance_id]
        return next(node for node in place.candidates if node.instance_id == wanted)

    def _say_nodes(self) -> str:
        return f"{len(self.data_nodes)} of {len(self._places)} chosen" if self._places else "none chosen"


def row_of_target(one: TargetInstance) -> ListRow:
    """Give a possible target as a row of a list, an unavailable one with its reason."""
    verdict = "✓ available" if one.available else f"✗ unavailable: {one.unavailable_reason or 'no reason given'}"
    said = [one.instance_name or "(no name)", verdict, say_status(one.status), one.vpc_name, one.instance_id]
    return ListRow(one.instance_id, clean_line(" | ".join(part for part in said if part)))
