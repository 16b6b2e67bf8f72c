"""What a person chooses for a whole recovery beside source and point: nodes, target, and what differs from the source."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ddmkit.display.status import Tone, describe_status
from ddmkit.errors import InputError
from ddmkit.forms.logic.node_matching import NodePlace
from ddmkit.forms.logic.node_rows import PlaceWords
from ddmkit.forms.logic.table_rows import TableRow, make_row
from ddmkit.models import DataNode, TargetNode
from ddmkit.recovery.override_rules import NODE_FIELDS, TARGET_FIELDS
from ddmkit.recovery.overrides import NODES, read_overrides
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.proofs.nodes import NodeVerdict

__all__ = [
    "NEW_TARGET",
    "RECOVER_WORDS",
    "TARGET",
    "NodesChoice",
    "field_names",
    "list_overrides",
    "new_target_row",
    "place_nodes",
    "read_override",
    "remove_override",
]

NEW_TARGET = "new"
"""The key of the row for a target that is created."""
TARGET = "target"
"""The key of overrides for the target."""

RECOVER_WORDS = PlaceWords(
    state="recover",
    tone=Tone.GOOD,
    said="is recovered to a new node; {available:,} existing nodes could be taken",
    count="{open} of {places} data nodes are recovered to a new node, {assigned} are taken as they are",
    clear="Recover all to new nodes",
    choose="Recovered already? Choose the node that stands in for ",
)
_GOOD_STATUS = "ACTIVE"
_NUMBERS = frozenset({"node_num"})

Like = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class NodesChoice:
    """The target (``new`` or an id), the nodes that are taken by their source nodes, the overrides, and whether a drill."""

    target: str = NEW_TARGET
    nodes: Mapping[str, str] = field(default_factory=dict)
    like: Like = field(default_factory=dict)
    throwaway: bool = False


def place_nodes(
    source_nodes: Sequence[DataNode], instances: Iterable[NodeInstance], origins: Mapping[str, NodeVerdict] | None = None
) -> list[NodePlace]:
    """Return each source node with the existing nodes that may stand in for it; those that cannot have the reason.

    ``origins`` says what existing nodes were recovered from, by their ids.
    """
    own = {node.instance_id for node in source_nodes}
    candidates = tuple(_candidate(one) for one in instances if one.id and one.id not in own)
    return [NodePlace(node, candidates, origins=origins or {}) for node in source_nodes]


def _candidate(one: NodeInstance) -> TargetNode:
    engine = one.datastore
    why = ""
    if engine.type and engine.type.casefold() != "mysql":
        why = f"it is {engine.type}, not MySQL"
    elif one.status != _GOOD_STATUS:
        why = f"its status is {one.status or 'unknown'}, not {_GOOD_STATUS}"
    return TargetNode(
        instance_id=one.id,
        instance_name=one.name,
        engine_name=engine.type,
        version=engine.complete_version or engine.version,
        status=one.status,
        vpc_name=one.vpc_id,
        available=not why,
        unavailable_reason=why,
    )


def new_target_row() -> TableRow:
    """Return the row for a target that is created, in the columns of the table of targets."""
    named, network = "Create a new, empty instance", "that of the nodes"
    return make_row(NEW_TARGET, named, describe_status("new", Tone.GOOD), "", network, "")


def read_override(
    like: Like, subject: str, name: str, text: str, nodes: Mapping[str, str], taken: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Return the overrides with one more, checked.

    Args:
        like: The overrides so far.
        subject: For what it is: ``all new nodes``, ``target``, or the name or id of a source node.
        name: The name of the field, as in the request.
        text: The value; an object or a list is written as JSON.
        nodes: The names of the source nodes by their ids.
        taken: The ids of the source nodes for which an existing node is taken.

    Raises:
        InputError: The subject, the field or the value cannot be.
    """
    key = _key_of(subject, nodes, taken)
    changed = {one: dict(fields) for one, fields in like.items()}
    changed.setdefault(key, {})[name.strip()] = _read_value(name.strip(), text)
    return read_overrides(changed, creates_target=True).for_record()


def _key_of(subject: str, nodes: Mapping[str, str], taken: Collection[str]) -> str:
    wanted = subject.strip()
    if wanted in {NODES, "all new nodes", ""}:
        return NODES
    if wanted == TARGET:
        return TARGET
    found = [node_id for node_id, name in nodes.items() if wanted in {node_id, name}]
    if len(found) != 1:
        known = ", ".join(nodes.values())
        raise InputError(
            f"{wanted!r} is no new instance.", field="Different for", fix=f"Use all new nodes, target, or one of: {known}."
        )
    if found[0] in taken:
        raise InputError(
            f"for {wanted} an existing node is taken.", field="Different for", fix="Only a new node can be different."
        )
    return found[0]


def _read_value(name: str, text: str) -> Any:
    given = text.strip()
    if not given:
        raise InputError("is empty.", field=f"Value of {name or 'the field'}", fix="Write the value that the service takes.")
    if given[0] not in "{[" and name not in _NUMBERS:
        return given
    try:
        return json.loads(given)
    except ValueError as error:
        raise InputError(
            "cannot be read.", field=f"Value of {name}", fix='Write JSON, such as {"type": "CLOUDSSD", "size": 100}.'
        ) from error


def remove_override(like: Like, key: str) -> dict[str, dict[str, Any]]:
    """Return the overrides without one; ``key`` is that of its row."""
    subject, _, name = key.partition("/")
    kept = {one: {n: v for n, v in fields.items() if (one, n) != (subject, name)} for one, fields in like.items()}
    return {one: fields for one, fields in kept.items() if fields}


def list_overrides(like: Like, nodes: Mapping[str, str]) -> list[TableRow]:
    """Return a row for each override: for what, the field, the value."""
    named = {NODES: "all new nodes", TARGET: "the target", **nodes}
    return [
        make_row(f"{key}/{name}", named.get(key, key), name, value if isinstance(value, str) else json.dumps(value))
        for key, fields in like.items()
        for name, value in fields.items()
    ]


def field_names() -> tuple[str, ...]:
    """Return the names of all fields that may be different."""
    return tuple(dict.fromkeys((*NODE_FIELDS, *TARGET_FIELDS)))
