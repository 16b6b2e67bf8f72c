"""The three choices that a plan is made from: source, point in time, target. Each one depends on the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from ddmkit.display.status import describe_count
from ddmkit.errors import InputError
from ddmkit.forms.logic.node_matching import TargetChoice
from ddmkit.forms.logic.point_options import ChosenPoint
from ddmkit.forms.logic.wizard_state import Step
from ddmkit.forms.steps.point import PointForm
from ddmkit.forms.steps.source import InstanceForm
from ddmkit.forms.steps.target import TargetForm
from ddmkit.forms.widgets.background import Runner
from ddmkit.handles.plan import Plan
from ddmkit.kit import Kit
from ddmkit.models import Instance

__all__ = ["Selection"]

Route = tuple[tuple[str, str], tuple[str, str]]
"""Name and id of the source, and name and id of the target."""


class Selection:
    """The forms for source, point in time and target, connected: a choice in one form is passed on to the next."""

    def __init__(self, kit: Kit, *, time_zone: str, incident: datetime | str | int, run: Runner) -> None:
        self._kit = kit
        self.source = InstanceForm(kit, run=run)
        self.point = PointForm(kit, time_zone=time_zone, incident=incident, run=run)
        self.target = TargetForm(kit, run=run)

    def on_change(self, *, source: Callable[[], None], others: Callable[[], None]) -> None:
        """Call ``source`` after a change of the source, and ``others`` after a change of the point or the target."""

        def on_source_change() -> None:
            self.point.source = self.source.instance_id
            source()

        def on_point_change() -> None:
            chosen = self.point.value
            backup = chosen.backup if chosen else None
            self.target.set_source(self.source.instance_id, chosen.instant if chosen else None, backup.id if backup else "")
            others()

        self.source.on_change(on_source_change)
        self.point.on_change(on_point_change)
        self.target.on_change(others)

    def fill_in(
        self, source: str, backup_id: str, restore_time: datetime | str | int, target: str, nodes: Iterable[str]
    ) -> None:
        """Set the given values, in the order of the steps; an empty value leaves its step open.

        Args:
            source: Id of the source instance.
            backup_id: Id of the backup to restore; has priority over ``restore_time``.
            restore_time: The instant to restore to.
            target: Id of the target instance; ignored while no point is chosen.
            nodes: Ids of the recovered data nodes, in any order.
        """
        if source:
            self.source.instance_id = source
        if backup_id:
            self.point.backup_id = backup_id
        elif restore_time:
            self.point.restore_time = restore_time
        if target and self.point.value is not None:
            self.target.target_id = target
            self.target.data_nodes = nodes

    @property
    def blocked(self) -> frozenset[Step]:
        """The steps whose input has a problem."""
        forms = {Step.POINT: self.point, Step.TARGET: self.target}
        return frozenset(step for step, form in forms.items() if form.problem)

    @property
    def route(self) -> Route:
        """Name and id of source and target; empty where none is chosen."""
        source, target = self.source.value, self.target.chosen
        return (
            (source.name, source.id) if source else ("", ""),
            (target.instance_name, target.instance_id) if target else ("", ""),
        )

    def describe(self) -> dict[Step, str]:
        """Describe each choice in one line; empty where none was made."""
        source, point, target = self.source.value, self.point, self.target
        nodes = describe_count(len(target.data_nodes), "data node")
        problems = [target.problem, "" if target.value else target.rows.message.text]
        lines = [f"{target.chosen.instance_name} ({target.chosen.instance_id}), {nodes} chosen"] if target.chosen else []
        return {
            Step.SOURCE: f"{source.name} ({source.id})" if source else "",
            Step.POINT: "; ".join(f"{name}: {fact}" for name, fact in point.facts()) or point.problem,
            Step.TARGET: "; ".join([*lines, *filter(None, problems)]) if lines else "",
        }

    def make_plan(self) -> Plan:
        """Make a plan of the choices; raises ``InputError`` if a choice is missing or changes while the plan is made."""
        before = self._choices()
        source, point, target, incident = before
        if source is None or point is None or target is None:
            raise InputError("source, point and target are not all chosen.", field="plan", fix="Go back and choose them.")
        plan = self._kit.plan(
            source=source.id,
            target=target.target.instance_id,
            data_nodes=target.data_nodes,
            time_zone=self.point.time_zone,
            incident=incident,
            **point.arguments(),
        )
        if before != self._choices():
            raise InputError("a choice was changed while the plan was made.", field="plan", fix="Check again.")
        return plan

    def _choices(self) -> tuple[Instance | None, ChosenPoint | None, TargetChoice | None, datetime | None]:
        return self.source.value, self.point.value, self.target.value, self.point.incident
