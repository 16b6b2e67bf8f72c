"""The form for the target and for the data nodes that replace the source's data nodes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ddmkit.display.html import Fragment, Html, clean_line, tag
from ddmkit.display.recovery import NOT_PREPARED
from ddmkit.display.status import Tone, describe_count, describe_status
from ddmkit.display.table import CellKind
from ddmkit.forms.logic.node_matching import NodePlace, TargetChoice, fill_places, read_node_words
from ddmkit.forms.logic.node_rows import CANDIDATE_COLUMNS, list_known
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.logic.table_rows import TableColumn, TableRow, make_row
from ddmkit.forms.readers.node_options import NodeOptions, read_node_options
from ddmkit.forms.steps.target_step import TargetStep
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK, Runner, run_at_once
from ddmkit.forms.widgets.fields import Message, TextField
from ddmkit.forms.widgets.node_table import NodeTable
from ddmkit.forms.widgets.table import Table
from ddmkit.inputs import id_of
from ddmkit.kit import Kit
from ddmkit.models import TargetInstance, TargetNode

__all__ = ["TARGET_COLUMNS", "TargetForm", "row_of_target"]

TARGET_COLUMNS = (
    TableColumn("Name"),
    TableColumn("Available", CellKind.STATUS),
    TableColumn("Status", CellKind.STATUS),
    TableColumn("Network"),
    TableColumn("Id", CellKind.ID),
)

_NODES = "ddmkit-target-nodes"
_FLAT = (
    "For each data node of the source, choose the recovered data node that takes its place. The pairs only help you to see "
    "that none is missing or used twice: the request contains a flat list, which the service matches with the shards itself."
)

_RIGHT_FOR_BACKUP = (
    "The right instant is one and the same for all of them: when the backup was made or later, and before the next backup."
)
_RIGHT_FOR_TIME = "The right instant is exactly the chosen point in time."


class TargetForm(TargetStep):
    """Asks for the target and the data nodes; ``value`` is a ``TargetChoice``.

    From Python call ``set_source(source_id, instant)`` first, then set ``target_id`` and ``data_nodes`` (ids in any order).
    """

    title = "Target and data nodes"

    def __init__(
        self,
        kit: Kit,
        *,
        source: str = "",
        point: datetime | None = None,
        target_id: str = "",
        data_nodes: Iterable[str] = (),
        run: Runner = run_at_once,
    ) -> None:
        super().__init__(kit, run=run)
        self._targets: dict[str, TargetInstance] = {}
        self._options = NodeOptions()
        self._target_id = ""
        self._unpaired: tuple[str, ...] = ()
        self._build()
        if source and point:
            self.set_source(source, point)
            self.read_if_needed()
        if target_id:
            self.target_id = target_id
        if data_nodes:
            self.data_nodes = tuple(data_nodes)

    def _build(self) -> None:
        self.list = Table(
            "Targets",
            TARGET_COLUMNS,
            "ddmkit-target",
            on_choose=lambda key: self._run(lambda: self._choose_clicked(key)),
            empty="no possible targets",
        )
        self.verdict = Message("ddmkit-target-verdict")
        self.rows = NodeTable(self._notify)
        self.unread = Message("ddmkit-nodes-unread")
        self.known = Table(
            "Data nodes of the project",
            CANDIDATE_COLUMNS,
            "ddmkit-nodes-known",
            on_choose_many=self._choose_unpaired,
        )
        self.unpaired_field = TextField(
            "Data nodes",
            "Ids or names of the recovered data nodes, one for each data node of the source, with commas",
            self._on_unpaired,
            "ddmkit-nodes-loose",
            placeholder="ids or names, with commas",
        )
        self.heading = style.html(value=style.heading("Data nodes", _FLAT))
        self._unpaired_part = style.column(self.known, self.unpaired_field.widget)
        self._nodes = style.column(
            self.heading,
            self.unread.widget,
            style.html(value=_describe_notes(self._kit)),
            self._unpaired_part,
            self.rows.widget,
            css=_NODES,
        )
        self._lay_out(
            style.html(value=style.heading("Target", "Which instance do you want to restore to? It must be new and empty.")),
            self.list,
            self.verdict.widget,
            self.again,
            self._nodes,
        )
        self._draw_nodes()

    # From Python -------------------------------------------------------------------------------------------------

    @property
    def value(self) -> TargetChoice | None:
        """The target with its data nodes, once every source data node has a replacement."""
        target = self._targets.get(self._target_id)
        if self._is_stale or target is None or not target.available:
            return None
        if self._is_unpaired:
            return TargetChoice(target, self._unpaired) if self._unpaired else None
        if not self._options.places or len(self.rows.assigned) < len(self._options.places):
            return None
        pairs = tuple((place.source, self._node_at(place)) for place in self._options.places)
        return TargetChoice(target, tuple(node.instance_id for _, node in pairs), pairs)

    @property
    def chosen(self) -> TargetInstance | None:
        """The chosen target, also if it is unavailable."""
        return self._targets.get(self._target_id)

    @property
    def needs_nodes(self) -> bool:
        """Whether a target that can be used is chosen, and some of its data nodes are not."""
        return not self._is_stale and self.chosen is not None and self.chosen.available and self.value is None

    @property
    def problem(self) -> str:
        """Why the chosen target cannot be used."""
        target = self._targets.get(self._target_id)
        return self.verdict.text if target is not None and not target.available else ""

    @property
    def target_id(self) -> str:
        """The id of the chosen target, or an empty string."""
        return self._target_id

    @target_id.setter
    def target_id(self, target_id: str) -> None:
        self.read_if_needed()
        wanted = id_of(target_id, "target") if target_id else ""
        self.list.choose(wanted)
        self._choose(wanted)

    @property
    def data_nodes(self) -> tuple[str, ...]:
        """The ids of the chosen data nodes, in the order of the source data nodes."""
        if self._is_unpaired:
            return self._unpaired
        assigned = self.rows.assigned
        return tuple(assigned[key] for one in self._options.places if (key := one.source.instance_id) in assigned)

    @data_nodes.setter
    def data_nodes(self, node_ids: Iterable[str]) -> None:
        self.read_if_needed()
        wanted = ", ".join(node_ids)
        if self._is_unpaired:
            self.unpaired_field.value = wanted
            self._on_unpaired(wanted)
            return
        assigned, problems = fill_places(self._options.places, wanted)
        if problems:
            self.rows.message.show_error("\n".join(problems[:10]))
        self.rows.assign(assigned)

    def refresh(self) -> None:
        """Read targets, the source's data nodes at the point, and the candidates; the choice is kept if still possible."""
        self._is_stale = False
        targets = self._targets
        with self._reading("possible targets"):
            listed = self._kit.targets(self._source_id)
            targets = {one.instance_id: one for one in listed if one.instance_id != self._source_id}
        with FORM_LOCK:
            self._targets = targets
            ordered = sorted(targets.values(), key=lambda one: not one.available)
            self.list.set_rows([row_of_target(one) for one in ordered])
        self._choose(self._target_id)
        if not self.message.text and not any(one.available for one in targets.values()):
            self.message.show(f"No instance can be restored to. {NOT_PREPARED}", tone=Tone.WARNING, word="nothing prepared")

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
    def _is_unpaired(self) -> bool:
        """Whether the source's data nodes are unknown, so a person lists the recovered nodes without pairs."""
        return bool(self._options.problem) and not self._options.places

    def _choose_clicked(self, target_id: str) -> None:
        """Choose, then show the person what is to be done next, which is below the visible part of the page."""
        self._choose(target_id)
        if self._options.places or self._is_unpaired:
            (self.known if self._is_unpaired else self.rows.rows).reveal(_NODES)

    def _choose(self, target_id: str) -> None:
        with FORM_LOCK:
            self._target_id = target_id
            target = self._targets.get(target_id)
            self._show_verdict(target)
            self._options = NodeOptions()
            asked_for = (target_id, self._source_id, self._point, self._backup_id)
        options = self._read_options(target)
        with FORM_LOCK:
            if asked_for == (
                self._target_id,
                self._source_id,
                self._point,
                self._backup_id,
            ):  # otherwise another choice was made meanwhile
                self._options = options
                self.rows.set_places(options.places)
            self._draw_nodes()
            self._notify()

    def _show_verdict(self, target: TargetInstance | None) -> None:
        if target is None:
            unlisted = f"{self._target_id} is not in the service's list of possible targets." if self._target_id else ""
            self.verdict.show_error(unlisted) if unlisted else self.verdict.clear()
        elif target.available:
            self.verdict.show(f"{clean_line(target.instance_name)} can be restored to.", tone=Tone.GOOD, word="available")
        else:
            reason = target.unavailable_reason or "the service gives no reason"
            text = f"{target.instance_name}: {reason} Choose another target, or fix this and read again."
            self.verdict.show(clean_line(text), tone=Tone.BAD, word="unavailable")

    def _read_options(self, target: TargetInstance | None) -> NodeOptions:
        """Read what can be chosen for the source's data nodes; empty if no target can be used or the reading fails."""
        point = self._point
        if target is None or not target.available or point is None:
            return NodeOptions()
        with self._reading("the data nodes and their candidates"):
            return read_node_options(self._kit, self._source_id, target.instance_id, point, self._backup_id)
        return NodeOptions()

    def _draw_nodes(self) -> None:
        options = self._options
        style.show(self.rows.widget, bool(options.places))
        style.show(self._unpaired_part, self._is_unpaired)
        style.show(self.known, bool(options.known))
        style.show(self._nodes, bool(options.places or options.problem))
        right = _RIGHT_FOR_BACKUP if self._backup_id else _RIGHT_FOR_TIME
        has_origins = any(place.origins for place in options.places)
        self.heading.value = style.heading("Data nodes", f"{_FLAT} {right}" if has_origins else _FLAT)
        self.unread.show(_describe_unread(options), tone=Tone.WARNING) if options.problem else self.unread.clear()
        if self._is_unpaired:
            self.known.set_rows(list_known(options.known))
            self._check_unpaired()

    def _on_unpaired(self, _text: str) -> None:
        self._check_unpaired()
        self._notify()

    def _choose_unpaired(self, node_ids: tuple[str, ...]) -> None:
        """Write the chosen data nodes into the field; what was typed there and is in no row of the table stays."""
        listed = {word for node in self._options.known for word in (node.instance_id, node.instance_name)}
        typed = [word.strip() for word in self.unpaired_field.value.replace("\n", ",").split(",")]
        others = [word for word in typed if word and word not in listed]
        self.unpaired_field.value = ", ".join([*node_ids, *others])
        self._on_unpaired(self.unpaired_field.value)

    def _check_unpaired(self) -> None:
        """Check the field: every word must be an id or the name of one data node."""
        ids, problems = read_node_words(self.unpaired_field.value, self._options.known)
        rows = {node.instance_id: node for node in self._options.known}
        problems += [
            f"{rows[one].instance_name} is unavailable: {rows[one].unavailable_reason or 'no reason given'}"
            for one in ids
            if one in rows and not rows[one].available
        ]
        self._unpaired = () if problems else tuple(ids)
        self.known.choose(*ids)
        message = self.unpaired_field.message
        if problems:
            message.show_error(clean_line(" ".join(problems[:10])))
        elif ids:
            named = ", ".join(rows[one].instance_name if one in rows else f"{one} (not in this list)" for one in ids[:10])
            more = f", and {len(ids) - 10} more" if len(ids) > 10 else ""
            message.show(clean_line(f"{describe_count(len(ids), 'data node')}: {named}{more}"), tone=Tone.GOOD)
        else:
            message.show("Enter one recovered data node for each data node that the source had.", word="open")

    def _node_at(self, place: NodePlace) -> TargetNode:
        wanted = self.rows.assigned[place.source.instance_id]
        return next(node for node in place.candidates if node.instance_id == wanted)

    def _describe_nodes(self) -> str:
        chosen, needed = len(self.data_nodes), len(self._options.places)
        return f"{chosen} of {needed} chosen" if needed else f"{chosen} chosen" if chosen else "none chosen"


def _describe_unread(options: NodeOptions) -> str:
    """Describe why the source's data nodes are not shown, and what can be chosen instead."""
    if options.places:
        count = describe_count(len(options.places), "data node")
        return f"{options.problem} The backup names {count}; choose from the data nodes that the project has now."
    choose = "Choose from the data nodes that the project has now, or paste ids." if options.known else "Paste their ids."
    return f"{options.problem} {choose} Your notes or the RDS console show which data nodes were recovered."


def _describe_notes(kit: Kit) -> Html:
    """Return the notes that belong to the simulator's scenario, because nothing else shows which nodes were recovered."""
    notes = kit.scenario.notes if kit.simulator is not None else ""
    return tag("div", tag("b", "Your notes (part of the simulator's story): "), notes) if notes else Html("")


def row_of_target(one: TargetInstance) -> TableRow:
    """Return a possible target as a row of the table, an unavailable one with its reason."""
    verdict = describe_status("available", Tone.GOOD) if one.available else describe_status("unavailable", Tone.BAD)
    named, status = one.instance_name or "(no name)", describe_status(one.status)
    reason = "" if one.available else one.unavailable_reason or "the service gives no reason"
    return make_row(one.instance_id, named, verdict, status, one.vpc_name, one.instance_id, reason=reason)
