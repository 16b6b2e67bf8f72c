"""The form that asks for the target and for the data node that takes each source data node's place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ddmkit.display.html import Fragment, Html, clean_line, tag
from ddmkit.display.status import Tone, describe_count, describe_status
from ddmkit.forms.logic.filtering import ListRow
from ddmkit.forms.logic.node_matching import NodePlace, TargetChoice, describe_candidate, fill_places, read_node_words
from ddmkit.forms.node_candidates import NodeOffer, read_offer
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.background import FORM_LOCK, Runner, run_at_once
from ddmkit.forms.widgets.base import Form, describe_facts
from ddmkit.forms.widgets.fields import Message, TextField
from ddmkit.forms.widgets.node_table import NodeTable
from ddmkit.forms.widgets.search_list import SearchList
from ddmkit.inputs import id_of
from ddmkit.models import TargetInstance

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
        self._backup_id = ""
        self._offer = NodeOffer()
        self._target_id = ""
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
        self.rows = NodeTable(self._tell)
        self.unread = Message("ddmkit-nodes-unread")
        self.known = SearchList(
            "Data nodes", "Choose one to add it to the field below.", self._add_loose, "ddmkit-nodes-known", visible=6
        )
        self.loose_field = TextField(
            "Data nodes",
            "Ids or names of the recovered data nodes, one for each data node of the source, with commas",
            self._take_loose,
            "ddmkit-nodes-loose",
            placeholder="ids or names, with commas",
        )
        self._loose_part = look.column(self.known.widget, self.loose_field.widget)
        self._nodes = look.column(
            look.html(value=look.heading("Data nodes", _FLAT)),
            self.unread.widget,
            look.html(value=_describe_notes(self._kit)),
            self._loose_part,
            self.rows.widget,
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
        if self._is_loose:
            return TargetChoice(target, self._loose) if self._loose else None
        if not self._offer.places or len(self.rows.assigned) < len(self._offer.places):
            return None
        pairs = tuple((place.source, self._node_at(place)) for place in self._offer.places)
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
        if self._is_loose:
            return self._loose
        assigned = self.rows.assigned
        return tuple(assigned[key] for one in self._offer.places if (key := one.source.instance_id) in assigned)

    @data_nodes.setter
    def data_nodes(self, node_ids: Iterable[str]) -> None:
        self.read_if_needed()
        wanted = ", ".join(node_ids)
        if self._is_loose:
            self.loose_field.value = wanted
            self._take_loose(wanted)
            return
        assigned, problems = fill_places(self._offer.places, wanted)
        if problems:
            self.rows.message.refuse("\n".join(problems[:10]))
        self.rows.assign(assigned)

    def set_source(self, source_id: str, point: datetime | None, backup_id: str = "") -> None:
        """Take the source and the instant that targets and data nodes are asked for; they are read when needed.

        ``backup_id`` is the chosen backup, which names the source's data nodes where the service does not show them.
        """
        if (source_id, point, backup_id) != (self._source_id, self._point, self._backup_id):
            self._source_id, self._point, self._backup_id = source_id, point, backup_id
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
        with FORM_LOCK:
            self._targets = targets
            ordered = sorted(targets.values(), key=lambda one: not one.available)
            self.list.set_rows([row_of_target(one) for one in ordered])
        self._choose(self._target_id)

    def summary(self) -> Fragment:
        """Return target and pairs as static HTML and text."""
        target = self._targets.get(self._target_id)
        named = f"{target.instance_name} ({target.instance_id})" if target else "nothing yet"
        pairs = self.value.pairs if self.value else ()
        shown = [f"{node.instance_name} for {source.instance_name}" for source, node in pairs[:10]]
        more = f", and {len(pairs) - 10} more" if len(pairs) > 10 else ""
        facts = [
            ("Target", named),
            ("Problem", self.problem),
            ("Data nodes", ", ".join(shown) + more or self._describe_nodes()),
        ]
        return describe_facts(self.title, facts)

    # Reading and drawing -----------------------------------------------------------------------------------------

    @property
    def _is_loose(self) -> bool:
        """The source's data nodes are not known, so that a person lists the recovered ones."""
        return bool(self._offer.problem) and not self._offer.places

    def _choose(self, target_id: str) -> None:
        with FORM_LOCK:
            self._target_id = target_id
            target = self._targets.get(target_id)
            self._judge(target)
            self._offer = NodeOffer()
            about = (target_id, self._source_id, self._point, self._backup_id)
        offer = self._read_offer(target)
        with FORM_LOCK:
            if about == (self._target_id, self._source_id, self._point, self._backup_id):  # else another choice follows
                self._offer = offer
                self.rows.set_places(offer.places)
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
            said = f"{target.instance_name}: {reason} Choose another, or fix that and read again."
            self.verdict.say(clean_line(said), tone=Tone.BAD, word="unavailable")

    def _read_offer(self, target: TargetInstance | None) -> NodeOffer:
        """Read what can be chosen for the source's data nodes; else give what stands against that."""
        point = self._point
        if target is None or not target.available or point is None:
            return NodeOffer()
        with self._asking("the data nodes and their candidates"):
            return read_offer(self._kit, self._source_id, target.instance_id, point, self._backup_id)
        return NodeOffer()

    def _draw_nodes(self) -> None:
        offer = self._offer
        look.show(self.rows.widget, bool(offer.places))
        look.show(self._loose_part, self._is_loose)
        look.show(self.known.widget, bool(offer.known))
        look.show(self._nodes, bool(offer.places or offer.problem))
        self.unread.say(_describe_unread(offer), tone=Tone.WARNING) if offer.problem else self.unread.clear()
        if self._is_loose:
            self.known.set_rows([ListRow(node.instance_id, describe_candidate(node)) for node in offer.known])
            self._judge_loose()

    def _take_loose(self, _text: str) -> None:
        self._judge_loose()
        self._tell()

    def _add_loose(self, node_id: str) -> None:
        """Add a chosen data node to the field; choosing none changes nothing."""
        ids = self.loose_field.value.replace(",", " ").split()
        if node_id and node_id not in ids:
            self.loose_field.value = ", ".join([*ids, node_id])
            self._take_loose(self.loose_field.value)

    def _judge_loose(self) -> None:
        """Read the field: every word has to be an id, or the name of one data node."""
        ids, problems = read_node_words(self.loose_field.value, self._offer.known)
        rows = {node.instance_id: node for node in self._offer.known}
        problems += [
            f"{rows[one].instance_name} is unavailable: {rows[one].unavailable_reason or 'no reason given'}"
            for one in ids
            if one in rows and not rows[one].available
        ]
        self._loose = () if problems else tuple(ids)
        message = self.loose_field.message
        if problems:
            message.refuse(clean_line(" ".join(problems[:10])))
        elif ids:
            named = ", ".join(rows[one].instance_name if one in rows else f"{one} (not in this list)" for one in ids[:10])
            more = f", and {len(ids) - 10} more" if len(ids) > 10 else ""
            message.say(clean_line(f"{describe_count(len(ids), 'data node')}: {named}{more}"), tone=Tone.GOOD)
        else:
            message.say("Give one recovered data node for each data node that the source had.", word="open")

    def _node_at(self, place: NodePlace) -> Any:
        wanted = self.rows.assigned[place.source.instance_id]
        return next(node for node in place.candidates if node.instance_id == wanted)

    def _describe_nodes(self) -> str:
        chosen, needed = len(self.data_nodes), len(self._offer.places)
        return f"{chosen} of {needed} chosen" if needed else f"{chosen} chosen" if chosen else "none chosen"


def _describe_unread(offer: NodeOffer) -> str:
    """Describe why the source's data nodes are not shown, and what can be chosen instead."""
    if offer.places:
        count = describe_count(len(offer.places), "data node")
        return f"{offer.problem} The backup names {count}; choose among the data nodes that the project has now."
    choose = "Choose among the data nodes that the project has now, or paste ids." if offer.known else "Paste their ids."
    return f"{offer.problem} {choose} Which ones were recovered for it, your notes or the RDS console tell."


def _describe_notes(kit: Any) -> Html:
    """Show what a person's notes would say in the simulator's story: nobody can know it otherwise."""
    notes = kit.scenario.notes if kit.simulator is not None else ""
    return tag("div", tag("b", "Your notes (part of the simulator's story): "), notes) if notes else Html("")


def row_of_target(one: TargetInstance) -> ListRow:
    """Return a possible target as a row of a list, an unavailable one with its reason."""
    verdict = "✓ available" if one.available else f"✗ unavailable: {one.unavailable_reason or 'no reason given'}"
    said = [one.instance_name or "(no name)", verdict, describe_status(one.status), one.vpc_name, one.instance_id]
    return ListRow(one.instance_id, clean_line(" | ".join(part for part in said if part)))
