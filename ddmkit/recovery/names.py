"""The names of what a recovery creates: made once, when it is planned, and unique by a random suffix.

A name is the key by which a request whose answer was lost is found again, so a plan never changes it (rds-api.md, "Sending
at most once").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

__all__ = ["DRILL", "LONGEST_NAME", "NewNames", "make_names"]

LONGEST_NAME = 64
"""The longest name of an RDS or DDM instance. Source: API pages CreateRestoreInstance and CreateDdmInstance."""

DRILL = "drill"
"""The word in every name of a throwaway recovery."""

_SHORTEST_NAME = 4
_OTHER = re.compile(r"[^A-Za-z0-9]+")


class NewNames:
    """The names of one recovery: ``nodes`` by the id of the source node, and ``target``."""

    def __init__(self, nodes: Mapping[str, str], target: str) -> None:
        self.nodes: Mapping[str, str] = MappingProxyType(dict(nodes))
        self.target = target


def make_names(
    source_name: str, node_names: Mapping[str, str], *, suffix: str, throwaway: bool, taken: Iterable[str] = ()
) -> NewNames:
    """Return a name for the target and for each node.

    A name has 4 to 64 characters, letters, digits and ``-``, and begins with a letter: what RDS and DDM both accept.

    Args:
        source_name: The name of the source, which the target's name begins with.
        node_names: The name of each source node by its id; a name begins with it.
        suffix: Random letters and digits, at which every name ends.
        throwaway: Whether everything may be deleted afterwards; every name then says so.
        taken: Names that exist already, which are not used again.
    """
    used = {name.casefold() for name in taken}
    target = _unused(source_name, suffix, throwaway, used)
    nodes = {node_id: _unused(name, suffix, throwaway, used) for node_id, name in node_names.items()}
    return NewNames(nodes, target)


def _unused(base: str, suffix: str, throwaway: bool, used: set[str]) -> str:  # noqa: FBT001  # a part of the name
    number = 1
    while (name := _compose(base, suffix, throwaway, number)).casefold() in used:
        number += 1
    used.add(name.casefold())
    return name


def _compose(base: str, suffix: str, throwaway: bool, number: int) -> str:  # noqa: FBT001  # a part of the name
    ending = "-".join([*([DRILL] if throwaway else []), *([str(number)] if number > 1 else []), suffix])
    start = _OTHER.sub("-", base).strip("-")
    start = start if start[:1].isalpha() else f"r-{start}".rstrip("-")
    start = start[: LONGEST_NAME - len(ending) - 1].rstrip("-")
    name = f"{start}-{ending}"
    return name if len(name) >= _SHORTEST_NAME else f"restored-{ending}"
