"""The three choices of a restore of the metadata: source, point in time, and a target with its data nodes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ddmkit.display.status import describe_count
from ddmkit.forms.choices import Choices
from ddmkit.forms.logic.node_matching import TargetChoice
from ddmkit.forms.logic.point_options import ChosenPoint
from ddmkit.forms.steps.target import TargetForm
from ddmkit.handles.plan import Plan
from ddmkit.inputs import id_of
from ddmkit.models import DataNode, Instance, TargetNode

__all__ = ["Selection"]


class Selection(Choices[Plan, TargetForm]):
    """The forms for source, point in time and target of a restore of the metadata."""

    @property
    def pairs(self) -> Sequence[tuple[DataNode, TargetNode]]:
        """The chosen data nodes with the source's data node that each one replaces, where known."""
        chosen = self._target.made.value if self._target.made is not None else None
        return chosen.pairs if chosen is not None else ()

    def _make_target(self) -> TargetForm:
        return TargetForm(self._kit, run=self._run)

    def _fill_target(self) -> None:
        given = self._given
        if given.target:
            self.target.target_id = id_of(given.target, "target")
            self.target.data_nodes = [one if isinstance(one, str) else id_of(one, "data_nodes") for one in given.data_nodes]

    def _named_target(self) -> tuple[str, str]:
        target = self._target.made.chosen if self._target.made is not None else None
        return (target.instance_name, target.instance_id) if target else ("", "")

    def _describe_target(self) -> str:
        target = self._target.made
        if target is None or target.chosen is None:
            return ""
        nodes = describe_count(len(target.data_nodes), "data node")
        line = f"{target.chosen.instance_name} ({target.chosen.instance_id}), {nodes} chosen"
        return "; ".join(filter(None, [line, target.problem, "" if target.value else target.rows.message.text]))

    def _plan(self, source: Instance, point: ChosenPoint, target: TargetChoice, incident: datetime | None) -> Plan:
        return self._kit.plan(
            source=source.id,
            target=target.target.instance_id,
            data_nodes=target.data_nodes,
            time_zone=self.point.time_zone,
            incident=incident,
            **point.arguments(),
        )
