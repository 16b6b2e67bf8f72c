"""The data nodes of a plan, to read and to search; many of them are folded behind one line that says how many they are."""

from __future__ import annotations

from collections.abc import Sequence

from ddmkit.display.plans import PlanNode
from ddmkit.forms.logic.node_rows import NODE_COLUMNS, describe_fold, list_nodes
from ddmkit.forms.widgets.table import Table

__all__ = ["NodeList"]


class NodeList(Table):
    """A table of data nodes that is only read; from nine nodes on it is folded."""

    def __init__(self, css: str) -> None:
        super().__init__("Data nodes", NODE_COLUMNS, css, empty="no data nodes")

    def set_nodes(self, nodes: Sequence[PlanNode]) -> None:
        """Show these data nodes."""
        with self.hold_sync():
            self.fold = describe_fold(nodes)
            self.set_rows(list_nodes(nodes))
