"""The rows of the tables in which data nodes are matched, chosen and read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ddmkit.display.html import clean_line
from ddmkit.display.plans import PlanNode
from ddmkit.display.status import Tone, describe_count, describe_status
from ddmkit.display.table import CellKind
from ddmkit.forms.logic.node_matching import (
    NodePlace,
    Origin,
    does_fit,
    explain_misleading_name,
    explain_origin,
    judge_origin,
    rank_candidates,
    suggest_node,
)
from ddmkit.forms.logic.table_rows import TableColumn, TableRow, make_row
from ddmkit.models import TargetNode
from ddmkit.restore.proofs.instants import show_ms

__all__ = [
    "CANDIDATE_COLUMNS",
    "FOLDED_FROM",
    "MATCH_WORDS",
    "NODE_COLUMNS",
    "PLACE_COLUMNS",
    "PlaceWords",
    "describe_fold",
    "list_candidates",
    "list_known",
    "list_nodes",
    "list_places",
]

PLACE_COLUMNS = (
    TableColumn("Data node of the source"),
    TableColumn("State", CellKind.STATUS),
    TableColumn("Data node that takes its place"),
)
CANDIDATE_COLUMNS = (
    TableColumn("Name"),
    TableColumn("Available", CellKind.STATUS),
    TableColumn("Engine"),
    TableColumn("Network"),
    TableColumn("Id", CellKind.ID),
)
NODE_COLUMNS = (
    TableColumn("Data node of the target"),
    TableColumn("Id", CellKind.ID),
    TableColumn("In the place of"),
    TableColumn("Its id", CellKind.ID),
)
FOLDED_FROM = 9
"""From this number of data nodes on a list of them is folded."""

_NAMES_IN_FOLD = 3
_WITHOUT_INSTANT = "does not fit"
_NO_REASON = "the service gives no reason"


@dataclass(frozen=True)
class PlaceWords:
    """What is said about source data nodes, those without a chosen node above all; ``{open}`` and so on are counts."""

    state: str = "open"
    tone: Tone = Tone.WARNING
    said: str = "none yet; {available:,} of {candidates:,} candidates are available"
    count: str = "{assigned} of {places} data nodes matched"
    clear: str = "Unmatch all rows"
    choose: str = "Choose the data node that takes the place of "


MATCH_WORDS = PlaceWords()
"""The words where every source data node needs a chosen node."""


def list_places(places: Sequence[NodePlace], assigned: Mapping[str, str], words: PlaceWords = MATCH_WORDS) -> list[TableRow]:
    """Return a row for each source data node: what takes its place, or what is suggested.

    Args:
        places: The source data nodes with their candidates.
        assigned: The ids of the chosen data nodes, by the ids of the source data nodes.
        words: What is said about a source data node without a chosen node.
    """
    taken = tuple(assigned.values())
    return [_place_row(place, assigned.get(place.source.instance_id, ""), taken, words) for place in places]


def list_candidates(place: NodePlace, places: Sequence[NodePlace], assigned: Mapping[str, str]) -> list[TableRow]:
    """Return a row for each candidate of one source data node, the best first.

    Args:
        place: The source data node with its candidates.
        places: All source data nodes; a node that already takes the place of another one cannot be chosen.
        assigned: The ids of the chosen data nodes, by the ids of the source data nodes.
    """
    names = {one.source.instance_id: one.source.instance_name or one.source.instance_id for one in places}
    holders = {node_id: key for key, node_id in assigned.items() if key != place.source.instance_id}
    rows = []
    for node in rank_candidates(place):
        holder = holders.get(node.instance_id, "")
        taken = f"it already takes the place of {names.get(holder, holder)}; a data node can be used only once."
        rows.append(_candidate_row(node, taken if holder else "", judge_origin(place, node), _instant_of(place, node)))
    return rows


def list_known(nodes: Iterable[TargetNode]) -> list[TableRow]:
    """Return a row for each data node of the project."""
    return [_candidate_row(node, "", Origin.UNKNOWN) for node in nodes]


def list_nodes(nodes: Iterable[PlanNode]) -> list[TableRow]:
    """Return a row for each data node of a plan, with the node that it replaces, where that is known."""
    return [make_row(node.id, node.name or "(no name)", node.id, node.replaces_name, node.replaces_id) for node in nodes]


def describe_fold(nodes: Sequence[PlanNode]) -> str:
    """Describe many data nodes in one line, behind which they are folded; empty where they are few enough to be shown."""
    if len(nodes) < FOLDED_FROM:
        return ""
    named = ", ".join(clean_line(node.name or node.id) for node in nodes[:_NAMES_IN_FOLD])
    return f"{describe_count(len(nodes), 'data node')}: {named}, and {len(nodes) - _NAMES_IN_FOLD:,} more"


def _place_row(place: NodePlace, chosen: str, taken: Sequence[str], words: PlaceWords) -> TableRow:
    source = place.source
    named = source.instance_name or source.instance_id
    if place.problem:
        state, said = describe_status("problem", Tone.BAD), place.problem
    elif chosen:
        node = next((one for one in place.candidates if one.instance_id == chosen), None)
        state, said = describe_status("chosen", Tone.GOOD), node.instance_name if node else chosen
        if not does_fit(place, chosen):
            state, said = describe_status("does not fit", Tone.BAD), f"{said}. {explain_origin(place, chosen)}"
    else:
        found = suggest_node(place, taken)
        misleading = "" if found else explain_misleading_name(place)
        counted = words.said.format(available=len(place.available), candidates=len(place.candidates))
        state = describe_status(words.state, words.tone)
        instant = f" ({_instant_of(place, found.node)})" if found and _instant_of(place, found.node) else ""
        said = f"{counted}. Suggested: {found.node.instance_name}, {found.reason}{instant}" if found else counted
        said += f". A name fits, but: {misleading}" if misleading else ""
    return make_row(source.instance_id, named, state, said, more=chosen)


def _instant_of(place: NodePlace, node: TargetNode) -> str:
    """Return the instant to which a candidate was recovered; empty where nothing states it."""
    found = place.origins.get(node.instance_id)
    return "" if found is None or found.instant_ms is None else show_ms(found.instant_ms)


def _candidate_row(node: TargetNode, taken: str, origin: Origin, instant: str = "") -> TableRow:
    verdict = describe_status("available", Tone.GOOD) if node.available else describe_status("unavailable", Tone.BAD)
    if node.available and origin is not Origin.UNKNOWN:
        said = f"{origin.value}: {instant}" if instant and origin is not Origin.OTHER else origin.value
        if origin is Origin.WRONG and not instant:
            said = _WITHOUT_INSTANT
        verdict = describe_status(said, Tone.GOOD if origin is Origin.RIGHT else Tone.BAD)
    engine = f"{node.engine_name} {node.version}".strip()
    reason = taken if node.available else node.unavailable_reason or _NO_REASON
    return make_row(
        node.instance_id, node.instance_name or "(no name)", verdict, engine, node.vpc_name, node.instance_id, reason=reason
    )
