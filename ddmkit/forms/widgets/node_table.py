"""Match the source's data nodes: one table with the source's data nodes, and one with the candidates of the chosen one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ddmkit.display.html import clean_line, tag
from ddmkit.display.status import Tone
from ddmkit.forms.logic.node_matching import NodePlace, does_fit, explain_origin, fill_places, suggest_node
from ddmkit.forms.logic.node_rows import (
    CANDIDATE_COLUMNS,
    MATCH_WORDS,
    PLACE_COLUMNS,
    PlaceWords,
    list_candidates,
    list_places,
)
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK
from ddmkit.forms.widgets.fields import Message, type_into
from ddmkit.forms.widgets.table import Table

__all__ = ["NodeTable"]

_MOST_PROBLEMS = 10


class NodeTable:
    """One row per source data node. ``assigned`` maps source ids to chosen ids; ``on_change`` follows each change."""

    def __init__(self, on_change: Callable[[], None], words: PlaceWords = MATCH_WORDS) -> None:
        self._on_change = on_change
        self._words = words
        self._places: Sequence[NodePlace] = ()
        self.assigned: dict[str, str] = {}
        self.count = style.html("ddmkit-nodes-count")
        self.rows = Table(
            "Data nodes of the source", PLACE_COLUMNS, "ddmkit-nodes", on_choose=lambda _key: self._show_place()
        )
        self.heading = style.html("ddmkit-candidates-for")
        self.candidates = Table(
            "Candidates", CANDIDATE_COLUMNS, "ddmkit-candidates", on_choose=self._pick, empty="no candidates"
        )
        self.take = style.button(
            "Take the suggestions", "Fill every row that is open or does not fit", "ddmkit-take-suggestions"
        )
        self.take.on_click(lambda _button: self.apply_suggestions())
        self.clear = style.button(words.clear, "Remove every chosen data node", "ddmkit-nodes-clear")
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
        self._choosing = style.column(self.heading, self.candidates, css="ddmkit-rows")
        self.widget = style.column(
            self.count,
            style.line(self.take, self.clear),
            self.rows,
            self._choosing,
            self.pasted,
            self.fill,
            self.message.widget,
        )

    def set_places(self, places: Sequence[NodePlace]) -> None:
        """Replace the source nodes and candidates; assignments that are still possible are kept."""
        self._places = places
        fit = {place.source.instance_id: {node.instance_id for node in place.available} for place in places}
        self.assigned = {key: node_id for key, node_id in self.assigned.items() if node_id in fit.get(key, ())}
        self._draw()
        if not self.rows.chosen:
            self.rows.choose(next((key for key in fit if key not in self.assigned), next(iter(fit), "")))
        self._show_place()

    def assign(self, assigned: Mapping[str, str]) -> None:
        """Replace all assignments."""
        self.assigned = dict(assigned)
        self._draw()
        self._show_place()
        self._on_change()

    def apply_suggestions(self) -> None:
        """Fill every row that is open or does not fit with its suggested data node; no node is used twice."""
        fitting = {key for place in self._places if does_fit(place, self.assigned.get(key := place.source.instance_id, ""))}
        assigned = {key: node_id for key, node_id in self.assigned.items() if key in fitting}
        for place in self._places:
            found = None if place.source.instance_id in assigned else suggest_node(place, assigned.values())
            if found is not None:
                assigned[place.source.instance_id] = found.node.instance_id
        used = set(assigned.values())
        assigned = {key: node_id for key, node_id in self.assigned.items() if node_id not in used} | assigned
        if assigned == self.assigned:
            self.message.show("Nothing was filled: there is no suggestion for an open row.", tone=Tone.WARNING)
        else:
            self.message.clear()
        self.assign(assigned)

    def fill_in(self, text: str) -> None:
        """Put each pasted id or name in a row that it fits, and show which fit nowhere."""
        assigned, problems = fill_places(self._places, text, self.assigned)
        added = len(assigned) - len(self.assigned)
        filled = "1 id filled in." if added == 1 else f"{added or 'No new'} ids filled in."
        text_shown = "\n".join([filled if text.strip() else "Paste ids or names first.", *problems[:_MOST_PROBLEMS]])
        cut = f"\nand {len(problems) - _MOST_PROBLEMS} more" if len(problems) > _MOST_PROBLEMS else ""
        self.message.show(text_shown + cut, tone=Tone.WARNING if problems or not added else Tone.GOOD)
        self.assign(assigned)

    def _draw(self) -> None:
        with FORM_LOCK:
            self.rows.set_rows(list_places(self._places, self.assigned, self._words))
            assigned, places = len(self.assigned), len(self._places)
            paired = self._words.count.format(assigned=assigned, places=places, open=places - assigned)
            self.count.value = tag("div", paired, role="status")

    def _place(self) -> NodePlace | None:
        """Return the source data node whose candidates are shown."""
        return next((place for place in self._places if place.source.instance_id == self.rows.chosen), None)

    def _show_place(self) -> None:
        """Show the candidates of the chosen source data node."""
        with FORM_LOCK:
            place = self._place()
            style.show(self._choosing, place is not None)
            if place is None:
                return
            named = clean_line(place.source.instance_name or place.source.instance_id)
            self.heading.value = tag("div", tag("b", self._words.choose), tag("b", named))
            self.candidates.set_rows(list_candidates(place, self._places, self.assigned))
            self.candidates.choose(self.assigned.get(place.source.instance_id, ""))

    def _pick(self, node_id: str) -> None:
        """Take over a person's choice among the candidates; an empty id opens the row again."""
        place = self._place()
        if place is None:
            return
        key = place.source.instance_id
        against = explain_origin(place, node_id)
        self.message.show(against, tone=Tone.WARNING) if against else self.message.clear()
        assigned = {**self.assigned, key: node_id} if node_id else {k: v for k, v in self.assigned.items() if k != key}
        if assigned != self.assigned:
            self.assigned = assigned
            self._draw()
            self._on_change()
