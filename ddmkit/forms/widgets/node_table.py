"""A table with one row per source data node, in which the data node that replaces it is chosen; shown page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from ddmkit.display.html import clean_line, join, tag
from ddmkit.display.status import Tone, status_html
from ddmkit.forms.logic.filtering import ListRow, filter_rows
from ddmkit.forms.logic.node_matching import NodePlace, describe_candidate, fill_places, rank_candidates, suggest_node
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK
from ddmkit.forms.widgets.fields import Message, TextField, described, type_into

__all__ = ["NodeTable"]

_ROWS_ON_A_PAGE = 8
_MOST_CANDIDATES = 60


class NodeTable:
    """One row per source data node. ``assigned`` maps source ids to chosen ids; ``on_change`` follows each change."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._places: Sequence[NodePlace] = ()
        self._first = 0
        self.assigned: dict[str, str] = {}
        self.search = TextField(
            "Search data nodes",
            "Part of the name of a source data node, or 'open' for the rows without a chosen node",
            lambda _text: self._go_to(0),
            "ddmkit-nodes-search",
            placeholder="part of a name, or: open",
            is_live=True,
        )
        self.count = style.html("ddmkit-nodes-count")
        self.rows = style.column(css="ddmkit-rows ddmkit-nodes")
        self.back = style.button("Earlier rows", "Show the previous rows", "ddmkit-nodes-back")
        self.on = style.button("Later rows", "Show the next rows", "ddmkit-nodes-on")
        self.back.on_click(lambda _button: self._go_to(self._first - _ROWS_ON_A_PAGE))
        self.on.on_click(lambda _button: self._go_to(self._first + _ROWS_ON_A_PAGE))
        self.take = style.button(
            "Take the suggestions", "Fill every open row with its suggested data node", "ddmkit-take-suggestions"
        )
        self.take.on_click(lambda _button: self.apply_suggestions())
        self.clear = style.button("Clear all rows", "Remove every chosen data node", "ddmkit-nodes-clear")
        self.clear.on_click(lambda _button: self.assign({}))
        self.pasted = type_into(
            "Or paste ids",
            "Ids of recovered data nodes in any order, on lines or with commas; each id goes to a row that it fits",
            "ddmkit-nodes-pasted",
            placeholder="ids of recovered data nodes, in any order",
        )
        self.fill = style.button("Fill in pasted ids", "Put each pasted id in a row that it fits", "ddmkit-nodes-fill")
        self.fill.on_click(lambda _button: self.fill_in(self.pasted.value))
        self.message = Message("ddmkit-nodes-message")
        self._pager = style.line(self.back, self.on)
        self.widget = style.column(
            self.search.widget,
            self.count,
            self.rows,
            self._pager,
            style.line(self.take, self.clear),
            self.pasted,
            self.fill,
            self.message.widget,
        )

    def set_places(self, places: Sequence[NodePlace]) -> None:
        """Replace the source nodes and candidates; assignments that are still possible are kept."""
        self._places = places
        fit = {place.source.instance_id: {node.instance_id for node in place.available} for place in places}
        self.assigned = {key: node_id for key, node_id in self.assigned.items() if node_id in fit.get(key, ())}
        self._go_to(0)

    def assign(self, assigned: Mapping[str, str]) -> None:
        """Replace all assignments."""
        self.assigned = dict(assigned)
        self._draw()
        self._on_change()

    def apply_suggestions(self) -> None:
        """Fill every open row with its suggested data node; no node is used twice."""
        assigned = dict(self.assigned)
        for place in self._places:
            found = None if place.source.instance_id in assigned else suggest_node(place, assigned.values())
            if found is not None:
                assigned[place.source.instance_id] = found.node.instance_id
        self.assign(assigned)

    def fill_in(self, text: str) -> None:
        """Put each pasted id or name in a row that it fits, and show which fit nowhere."""
        assigned, problems = fill_places(self._places, text, self.assigned)
        added = len(assigned) - len(self.assigned)
        filled = "1 id filled in." if added == 1 else f"{added} ids filled in."
        text_shown = "\n".join([filled if text.strip() else "Paste ids or names first.", *problems[:10]])
        cut = f"\nand {len(problems) - 10} more" if len(problems) > 10 else ""
        self.message.show(text_shown + cut, tone=Tone.WARNING if problems or not text.strip() else Tone.GOOD)
        self.assign(assigned)

    def _go_to(self, first: int) -> None:
        self._first = max(0, first)
        self._draw()

    def _found(self) -> list[NodePlace]:
        wanted = self.search.value.strip()
        if wanted.casefold() == "open":
            return [place for place in self._places if place.source.instance_id not in self.assigned]
        rows = [ListRow(one.source.instance_id, one.source.instance_name) for one in self._places]
        keys = {row.key for row in filter_rows(rows, wanted, most=len(rows)).rows}
        return [place for place in self._places if place.source.instance_id in keys]

    def _draw(self) -> None:
        found = self._found()
        if self._first >= len(found):
            self._first = 0
        shown = found[self._first : self._first + _ROWS_ON_A_PAGE]
        last = self._first + len(shown)
        span = f"rows {self._first + 1} to {last} of {len(found)}" if shown else "no rows"
        matched = "" if len(found) == len(self._places) else f" that match, {len(self._places)} in all"
        paired = f"{len(self.assigned)} of {len(self._places)} data nodes matched"
        self.count.value = tag("div", f"{paired}; {span}{matched}", role="status")
        style.fill(self.rows, [self._row(place) for place in shown])
        self.back.disabled, self.on.disabled = self._first == 0, last >= len(found)
        style.show(self._pager, len(found) > _ROWS_ON_A_PAGE)
        style.show(self.search.widget, len(self._places) > _ROWS_ON_A_PAGE)

    def _row(self, place: NodePlace) -> widgets.VBox:
        source = place.source
        named = clean_line(source.instance_name or source.instance_id)
        chosen = self.assigned.get(source.instance_id, "")
        shown = list(rank_candidates(place, _MOST_CANDIDATES))
        shown += [node for node in place.candidates if node.instance_id == chosen and node not in shown]
        options = [("none chosen", ""), *((describe_candidate(node), node.instance_id) for node in shown)]
        pick = widgets.Dropdown(
            options=options,
            value=chosen if any(chosen == key for _, key in options) else "",
            **described(named),
            tooltip=f"The recovered data node that takes the place of {named}",
            style={"description_width": "14em"},
            layout=widgets.Layout(width="100%"),
        )
        pick.add_class("ddmkit-node")
        pick.observe(lambda change: self._on_event(place, str(change["new"]), pick), names="value")
        return style.column(pick, style.html(value=self._explain(place, chosen)))

    def _explain(self, place: NodePlace, chosen: str) -> str:
        if place.problem:
            return join([status_html("problem", Tone.BAD), f" {place.problem}"])
        available = f"{len(place.available)} of {len(place.candidates)} candidates are available"
        cut = f"; {_MOST_CANDIDATES} are listed, paste the id of another" if len(place.candidates) > _MOST_CANDIDATES else ""
        if chosen:
            node = next((one for one in place.available if one.instance_id == chosen), None)
            return join([status_html("chosen", Tone.GOOD), f" {node.instance_name if node else chosen} takes its place"])
        found = suggest_node(place, self.assigned.values())
        suggested = f". Suggested: {clean_line(found.node.instance_name)}, {found.reason}" if found else ""
        return join([status_html("open", Tone.WARNING), f" {available}{cut}{suggested}."])

    def _on_event(self, place: NodePlace, node_id: str, pick: Any) -> None:
        with FORM_LOCK:
            self._pick(place, node_id, pick)

    def _pick(self, place: NodePlace, node_id: str, pick: Any) -> None:
        node = next((one for one in place.candidates if one.instance_id == node_id), None)
        key = place.source.instance_id
        holder = next((other for other, taken in self.assigned.items() if taken == node_id and other != key), None)
        refusal = ""
        if node is not None and not node.available:
            refusal = f"{node.instance_name} is unavailable: {node.unavailable_reason or 'the service gives no reason'}"
        elif node is not None and holder is not None:
            refusal = f"{node.instance_name} already takes the place of another data node; a node can be used only once."
        if refusal:
            self.message.show_error(clean_line(refusal))
            pick.value = self.assigned.get(key, "")
            return
        if node is None and key not in self.assigned:
            return  # this method has just reset the list after a refusal
        self.message.clear()
        assigned = {**self.assigned, key: node_id} if node_id else {k: v for k, v in self.assigned.items() if k != key}
        if assigned != self.assigned:
            self.assigned = assigned
            self._explain_rows(place, pick)
            self._on_change()

    def _explain_rows(self, place: NodePlace, pick: Any) -> None:
        """Describe the row of a list again, leaving the list itself in place so that the keyboard focus stays."""
        for row in self.rows.children:
            if row.children[0] is pick:
                row.children[1].value = self._explain(place, self.assigned.get(place.source.instance_id, ""))
        paired = f"{len(self.assigned)} of {len(self._places)} data nodes matched"
        self.count.value = tag("div", paired, role="status")
