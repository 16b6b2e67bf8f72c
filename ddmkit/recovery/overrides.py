"""What a person wants different from the source: the argument ``like=`` of a plan.

Its keys are ``nodes`` (every new node), ``target``, or the id of a source node (that node alone, over ``nodes``). Everything
that is not named is copied from the source. Each field has its rule (``override_rules``). Some fields are never taken from a
person; the table says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from ddmkit.errors import InputError
from ddmkit.recovery.override_rules import NODE_FIELDS, TARGET_FIELDS, require_rule

__all__ = ["NEVER", "NODES", "Overrides", "read_overrides"]

NODES, _TARGET = "nodes", "target"

_ON_DEMAND = "new instances are always on demand, one for each node"
NEVER: Mapping[str, str] = MappingProxyType(
    {
        "restore_point": "it follows from restore_time= or backup_id=, and is the same for every node",
        "charge_info": _ON_DEMAND,
        "count": _ON_DEMAND,
        "dry_run": "a plan changes nothing already",
        "datastore": "engine and version come from the source node",
        "password": "it is given to kit.recover(..., node_password=...), and never kept",
        "name": "names are unique by a random suffix, so that a lost answer can be found again",
        "tags": "the tags name the source and the instant of the recovery",
        "admin_user_name": "a target with an account cannot be restored to",
        "admin_user_password": "a target with an account cannot be restored to",
    }
)
"""The fields that are never taken from ``like=``, each with the reason."""


class Overrides:
    """The checked overrides: ``for_node`` and ``target`` return fields of a request with the values to use."""

    def __init__(self, given: Mapping[str, Mapping[str, Any]]) -> None:
        self._given = {key: dict(fields) for key, fields in given.items()}

    @property
    def target(self) -> dict[str, Any]:
        """The fields of the target."""
        return dict(self._given.get(_TARGET, {}))

    def for_node(self, source_node_id: str) -> dict[str, Any]:
        """Return the fields of one new node; those for the node itself win over those for all nodes."""
        return {**self._given.get(NODES, {}), **self._given.get(source_node_id, {})}

    def key_of(self, source_node_id: str, field: str) -> str:
        """Return where a field of a node was given, for messages."""
        key = source_node_id if field in self._given.get(source_node_id, {}) else NODES
        return f"like[{key!r}][{field!r}]"

    def require_nodes(self, recovered: Iterable[str], all_nodes: Iterable[str]) -> None:
        """Raise ``InputError`` for a key that is no source node, or a node that is taken as it is."""
        recovered, known = set(recovered), sorted(all_nodes)
        for key in self._given:
            if key in {NODES, _TARGET} or key in recovered:
                continue
            why = "is taken as it is, so nothing about it is chosen" if key in known else "is no key of like="
            raise InputError(
                f"{key[:80]!r} {why}.", field="like", fix=f"Use 'nodes', 'target', or one of: {', '.join(known)}."
            )

    def for_record(self) -> dict[str, dict[str, Any]]:
        """Return the overrides as plain data."""
        return {key: dict(fields) for key, fields in self._given.items()}


def read_overrides(like: Mapping[str, Mapping[str, Any]] | None, *, creates_target: bool) -> Overrides:
    """Check the fields of ``like=`` and return the overrides; the keys of nodes are checked once the nodes are known.

    Raises ``InputError`` that names the allowed fields for anything else.
    """
    if like is None:
        return Overrides({})
    if not isinstance(like, Mapping):
        raise InputError(
            f"is {type(like).__name__}.", field="like", fix="Give a mapping: {'nodes': {...}, 'target': {...}}."
        )
    for key, fields in like.items():
        _require_fields(key, fields)
    if _TARGET in like and not creates_target:
        raise InputError(
            "'target' is given, but an existing target is used.", field="like", fix="Remove it, or give target='new'."
        )
    return Overrides(like)


def _require_fields(key: object, fields: object) -> None:
    if not isinstance(key, str):
        raise InputError(
            f"{str(key)[:40]!r} is no key.", field="like", fix="Use 'nodes', 'target' or the id of a source node."
        )
    place = f"like[{key[:80]!r}]"
    if not isinstance(fields, Mapping):
        raise InputError("holds no fields.", field=place, fix="Give a mapping, such as {'flavor_ref': '...'}.")
    allowed = TARGET_FIELDS if key == _TARGET else NODE_FIELDS
    for name, given in fields.items():
        inner = f"{place}[{str(name)[:40]!r}]"
        if name in NEVER:
            raise InputError("cannot be chosen.", field=inner, fix=f"Leave it out: {NEVER[name]}.")
        if name not in allowed:
            raise InputError("is no field that can be chosen.", field=inner, fix=f"Allowed: {', '.join(allowed)}.")
        require_rule(allowed[name], given, inner)
