"""Which data node may replace which source data node: suggested by name, never chosen automatically.

The request contains a flat list that the service matches itself. Pairs let a person see whether a node is
missing or given twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ddmkit.display.html import clean_line
from ddmkit.inputs import has_id_form, why_no_node_id
from ddmkit.models import DataNode, TargetInstance, TargetNode
from ddmkit.restore.checks.nodes import assign_nodes

__all__ = [
    "NodePlace",
    "NodeSuggestion",
    "TargetChoice",
    "fill_places",
    "rank_candidates",
    "read_node_words",
    "suggest_node",
]

# Includes the punctuation of Chinese text and of a pasted Python list.
_BETWEEN_WORDS = re.compile("[\\s,;\"'\\[\\](){}\N{IDEOGRAPHIC COMMA}\N{FULLWIDTH COMMA}\N{FULLWIDTH SEMICOLON}]+")


@dataclass(frozen=True)
class NodePlace:
    """One source data node and the candidates that may replace it; ``problem`` says why the candidates could not be read."""

    source: DataNode
    candidates: tuple[TargetNode, ...] = ()
    problem: str = ""

    @property
    def available(self) -> tuple[TargetNode, ...]:
        """The candidates that the service reports as available."""
        return tuple(node for node in self.candidates if node.available)


@dataclass(frozen=True)
class NodeSuggestion:
    """A candidate suggested by its name, and the reason."""

    node: TargetNode
    reason: str


@dataclass(frozen=True)
class TargetChoice:
    """The target and its data nodes; ``pairs`` holds (source node, replacement), where the source nodes are known."""

    target: TargetInstance
    data_nodes: tuple[str, ...]
    pairs: tuple[tuple[DataNode, TargetNode], ...] = ()


def suggest_node(place: NodePlace, taken: Iterable[str] = ()) -> NodeSuggestion | None:
    """Return the available candidate whose name continues the source node's, or ``None``.

    The service reports no creation time for candidates (API page ShowAvalibleRds), so only the name can be compared. If
    several names fit, the suggestion says so.
    """
    used = set(taken)
    alike = [node for node in place.available if node.instance_id not in used and _continues(node, place.source)]
    if not alike:
        return None
    alike.sort(key=lambda node: (len(node.instance_name), node.instance_name))
    closest = alike[0]
    if len(alike) == 1:
        return NodeSuggestion(closest, "the only available data node whose name begins with the source node's name")
    others = ", ".join(clean_line(node.instance_name) for node in alike[1:4])
    more = "" if len(alike) <= 4 else f" and {len(alike) - 4} more"
    reason = f"the closest name; {others}{more} would also fit: compare in the RDS console when each was recovered"
    return NodeSuggestion(closest, reason)


def rank_candidates(place: NodePlace) -> list[TargetNode]:
    """Return the candidates: first those with a matching name, then other available ones, then the rest."""
    return sorted(
        place.candidates,
        key=lambda node: (not node.available, not _continues(node, place.source), node.instance_name, node.instance_id),
    )


def fill_places(
    places: Sequence[NodePlace], text: str, kept: Mapping[str, str] | None = None
) -> tuple[dict[str, str], list[str]]:
    """Assign pasted ids to places, so that as many places as possible have one; also return what does not fit, in words.

    Assignments in ``kept`` (by source id) stay. A place prefers a node whose name continues the name of its source node.
    """
    pasted, unreadable = read_node_words(text, [node for place in places for node in place.candidates])
    kept = dict(kept or {})
    free = [place for place in places if place.source.instance_id not in kept]
    wanted = [node_id for node_id in pasted if node_id not in set(kept.values())]
    options = {place.source.instance_id: _options(place, wanted) for place in free}
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


def _options(place: NodePlace, wanted: Sequence[str]) -> list[str]:
    fit = {node.instance_id: node for node in place.available}
    return sorted((one for one in wanted if one in fit), key=lambda one: not _continues(fit[one], place.source))


def _explain_unused(node_id: str, places: Sequence[NodePlace]) -> str:
    rows = [node for place in places for node in place.candidates if node.instance_id == node_id]
    if not rows:
        return "not a candidate for any data node of the source"
    if not any(node.available for node in rows):
        return clean_line(rows[0].unavailable_reason) or "unavailable"
    return "every place that it fits is already taken"


def _continues(node: TargetNode, source: DataNode) -> bool:
    """Return whether the name continues the source's name: ``rds-1-new`` continues ``rds-1``, ``rds-10`` does not."""
    name, rest = source.instance_name, node.instance_name.removeprefix(source.instance_name)
    return bool(name) and rest != node.instance_name and not rest[:1].isalnum()
