"""Which data node may replace which source data node: suggested by proof or by name, never chosen automatically.

The request contains a flat list that the service matches itself. Pairs let a person see whether a node is
missing or given twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from ddmkit.display.html import clean_line
from ddmkit.inputs import has_id_form, why_no_node_id
from ddmkit.models import DataNode, TargetInstance, TargetNode
from ddmkit.restore.checks.nodes import assign_nodes
from ddmkit.restore.proofs.instants import show_ms
from ddmkit.restore.proofs.nodes import NodeVerdict

__all__ = [
    "NodePlace",
    "NodeSuggestion",
    "Origin",
    "TargetChoice",
    "agree_on_instant",
    "does_fit",
    "explain_misleading_name",
    "explain_origin",
    "fill_places",
    "judge_origin",
    "rank_candidates",
    "read_node_words",
    "suggest_node",
]

# Includes the punctuation of Chinese text and of a pasted Python list.
_BETWEEN_WORDS = re.compile("[\\s,;\"'\\[\\](){}\N{IDEOGRAPHIC COMMA}\N{FULLWIDTH COMMA}\N{FULLWIDTH SEMICOLON}]+")


@dataclass(frozen=True)
class NodePlace:
    """One source data node and the candidates that may replace it; ``problem`` says why the candidates could not be read.

    ``origins`` says, by the id of a candidate, what it was recovered from and whether that fits; empty if it was not read.
    """

    source: DataNode
    candidates: tuple[TargetNode, ...] = ()
    problem: str = ""
    origins: Mapping[str, NodeVerdict] = field(default_factory=dict)

    @property
    def available(self) -> tuple[TargetNode, ...]:
        """The candidates that the service reports as available."""
        return tuple(node for node in self.candidates if node.available)


@dataclass(frozen=True)
class NodeSuggestion:
    """A candidate that is suggested, by its proof or else by its name, and the reason."""

    node: TargetNode
    reason: str


@dataclass(frozen=True)
class TargetChoice:
    """The target and its data nodes; ``pairs`` holds (source node, replacement), where the source nodes are known."""

    target: TargetInstance
    data_nodes: tuple[str, ...]
    pairs: tuple[tuple[DataNode, TargetNode], ...] = ()


def suggest_node(place: NodePlace, taken: Iterable[str] = ()) -> NodeSuggestion | None:
    """Return the available candidate that was recovered from the source node to the right instant, or ``None``.

    Where nothing shows what the candidates were recovered from, their names are compared: one that continues the source
    node's is suggested. A candidate of a wrong instant, or of another source node, is never suggested. If several fit, the
    suggestion says so.
    """
    used = set(taken)
    free = [node for node in place.available if node.instance_id not in used]
    proved = [node for node in free if judge_origin(place, node) is Origin.RIGHT]
    if proved:
        reason = "recovered from this data node to the right instant"
        return _closest(proved, reason, f"{reason}, with the closest name", "as well")
    alike = [node for node in free if _continues(node, place.source) and judge_origin(place, node) is Origin.UNKNOWN]
    unseen = "nothing shows its instant: " if place.origins else ""
    reason = "the only available data node whose name begins with the source node's name"
    compare = "compare in the RDS console when each was recovered"
    return _closest(alike, f"{reason}{f'; {unseen}{compare}' if unseen else ''}", "the closest name", f"also fit: {compare}")


def _closest(nodes: Sequence[TargetNode], only: str, closest: str, also: str) -> NodeSuggestion | None:
    """Return the node with the shortest name; when others would fit too, the reason names them."""
    if not nodes:
        return None
    first, *others = sorted(nodes, key=lambda node: (len(node.instance_name), node.instance_name))
    if not others:
        return NodeSuggestion(first, only)
    named = ", ".join(clean_line(node.instance_name) for node in others[:3])
    more = "" if len(others) <= 3 else f" and {len(others) - 3} more"
    return NodeSuggestion(first, f"{closest}; {named}{more} would {also}")


class Origin(Enum):
    """What a candidate is for one source data node, by what it was recovered from."""

    RIGHT = "right instant"
    WRONG = "wrong instant"
    OTHER = "of another node"
    UNKNOWN = ""


def judge_origin(place: NodePlace, node: TargetNode) -> Origin:
    """Return what a candidate is for the source data node of a place."""
    found = place.origins.get(node.instance_id)
    if found is None:
        return Origin.UNKNOWN
    if found.source_id and found.source_id != place.source.instance_id:
        return Origin.OTHER
    return {"pass": Origin.RIGHT, "fail": Origin.WRONG}.get(found.status, Origin.UNKNOWN)


def does_fit(place: NodePlace, node_id: str) -> bool:
    """Return whether nothing speaks against a candidate by what it was recovered from."""
    node = next((one for one in place.candidates if one.instance_id == node_id), None)
    return node is None or judge_origin(place, node) not in {Origin.WRONG, Origin.OTHER}


def agree_on_instant(places: Sequence[NodePlace], new_at_ms: int | None = None) -> list[NodePlace]:
    """Return the places of a restore from a backup: all nodes hold one instant, so a candidate of another one is wrong.

    It is the instant for which every place has a candidate; or else ``new_at_ms``, to which the missing ones are recovered,
    or the instant that most places share.
    """
    shared = Counter(instant for place in places for instant in _instants_of(place))
    whole = [instant for instant, count in shared.items() if count == len(places)]
    most = max(shared, key=lambda instant: (shared[instant], -instant), default=None)
    chosen = min(whole) if whole else most if new_at_ms is None else new_at_ms
    if chosen is None:
        return list(places)
    return [replace(place, origins=_only_at(chosen, place.origins)) for place in places]


def _instants_of(place: NodePlace) -> set[int]:
    right = [place.origins[one.instance_id] for one in place.available if judge_origin(place, one) is Origin.RIGHT]
    return {one.instant_ms for one in right if one.instant_ms is not None}


def _only_at(instant_ms: int, origins: Mapping[str, NodeVerdict]) -> dict[str, NodeVerdict]:
    return {key: _refuse_other(instant_ms, one) for key, one in origins.items()}


def _refuse_other(instant_ms: int, one: NodeVerdict) -> NodeVerdict:
    """Return the verdict on a candidate; one of another instant does not fit to the others."""
    if one.status != "pass" or one.instant_ms is None or one.instant_ms == instant_ms:
        return one
    own, others = show_ms(one.instant_ms), show_ms(instant_ms)
    detail = f"{one.name or one.node_id} was recovered to {own}; the other data nodes hold, or get, {others}."
    return one.model_copy(update={"status": "fail", "detail": detail})


def explain_misleading_name(place: NodePlace) -> str:
    """Describe the available candidate whose name fits and whose instant or source does not; empty without one."""
    wrong = {Origin.WRONG, Origin.OTHER}
    alike = [node for node in place.available if _continues(node, place.source) and judge_origin(place, node) in wrong]
    return explain_origin(place, alike[0].instance_id) if alike else ""


def explain_origin(place: NodePlace, node_id: str) -> str:
    """Describe what speaks against a candidate by what it was recovered from; empty where nothing does."""
    found = place.origins.get(node_id)
    if found is None or found.status == "pass":
        return "" if found is None or found.source_id in {"", place.source.instance_id} else clean_line(found.detail)
    return clean_line(found.detail)


def rank_candidates(place: NodePlace) -> list[TargetNode]:
    """Return the candidates: those of the right instant, those with a matching name, other available ones, and the rest."""
    order = {Origin.RIGHT: 0, Origin.UNKNOWN: 1, Origin.OTHER: 2, Origin.WRONG: 2}
    return sorted(
        place.candidates,
        key=lambda node: (
            not node.available,
            order[judge_origin(place, node)],
            not _continues(node, place.source),
            node.instance_name,
            node.instance_id,
        ),
    )


def fill_places(
    places: Sequence[NodePlace], text: str, kept: Mapping[str, str] | None = None
) -> tuple[dict[str, str], list[str]]:
    """Assign pasted ids to places, so that as many places as possible have one; also return what does not fit, in words.

    Assignments in ``kept`` (by source id) stay. A place prefers a node whose name continues the name of its source node, and
    never gets one that was recovered from the source node of another place.
    """
    pasted, unreadable = read_node_words(text, [node for place in places for node in place.candidates])
    kept = dict(kept or {})
    free = [place for place in places if place.source.instance_id not in kept]
    wanted = [node_id for node_id in pasted if node_id not in set(kept.values())]
    sources = {place.source.instance_id for place in places}
    options = {place.source.instance_id: _options(place, wanted, sources) for place in free}
    assigned = {**kept, **assign_nodes(options)}
    used = set(assigned.values())
    return assigned, [
        *(f"{node_id}: {_explain_unused(node_id, places)}" for node_id in pasted if node_id not in used),
        *unreadable,
    ]


def read_node_words(text: str, known: Iterable[TargetNode]) -> tuple[list[str], list[str]]:
    """Read ids and names of data nodes, separated by lines or commas.

    Returns the ids, and a sentence for each word that is neither an id nor a name. A name is accepted if exactly one of the
    ``known`` nodes has it.
    """
    names: dict[str, dict[str, None]] = {}
    for node in known:
        names.setdefault(node.instance_id, {})[node.instance_id] = None
        names.setdefault(node.instance_name, {})[node.instance_id] = None
    ids: dict[str, None] = {}
    problems: dict[str, None] = {}
    for word in _split_words(text, names):
        found = list(names.get(word, ()))
        why = _explain_no_node(word, len(found))
        if why:
            problems[clean_line(f"{word[:80]!r} {why}.")] = None
        else:
            ids[found[0] if found else word] = None
    return list(ids), list(problems)


def _split_words(text: str, names: Mapping[str, object]) -> Iterable[str]:
    for line in map(str.strip, text.splitlines()):
        yield from [line] if line in names else filter(None, _BETWEEN_WORDS.split(line))


def _explain_no_node(word: str, found: int) -> str:
    if found > 1:
        return f"is the name of {found} data nodes; give the id of one of them"
    if found:
        return ""
    if has_id_form(word):
        return why_no_node_id(word)
    return "is neither an id nor the name of a data node that can be chosen here"


def _options(place: NodePlace, wanted: Sequence[str], sources: Collection[str]) -> list[str]:
    """Return which of the wanted nodes a place can get, the best first; none that belongs to another of the sources."""
    origins = {key: found.source_id for key, found in place.origins.items()}
    others = set(sources) - {place.source.instance_id}
    ranked = [node.instance_id for node in rank_candidates(place) if node.available]
    return [one for one in ranked if one in set(wanted) and origins.get(one) not in others]


def _explain_unused(node_id: str, places: Sequence[NodePlace]) -> str:
    rows = [node for place in places for node in place.candidates if node.instance_id == node_id]
    if not rows:
        return "not a candidate for any data node of the source"
    if not any(node.available for node in rows):
        return clean_line(rows[0].unavailable_reason) or "unavailable"
    return "each row that it fits has a data node already; choose it there, or unmatch that row first"


def _continues(node: TargetNode, source: DataNode) -> bool:
    """Return whether the name continues the source's name: ``rds-1-new`` continues ``rds-1``, ``rds-10`` does not."""
    name, rest = source.instance_name, node.instance_name.removeprefix(source.instance_name)
    return bool(name) and rest != node.instance_name and not rest[:1].isalnum()
