"""The three choices that a plan is made from, each following the one before it: source, point, target."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ddmkit.errors import InputError
from ddmkit.forms.logic.wizard_state import Step
from ddmkit.forms.steps.point import PointForm
from ddmkit.forms.steps.source import InstanceForm
from ddmkit.forms.steps.target import TargetForm
from ddmkit.forms.widgets.background import Runner

__all__ = ["Choices"]

Ends = tuple[tuple[str, str], tuple[str, str]]


class Choices:
    """The forms of the three, joined: what is chosen in one is handed to the next."""

    def __init__(self, kit: Any, *, time_zone: str, incident: datetime | str | int, run: Runner) -> None:
        self._kit = kit
        self.source = InstanceForm(kit, run=run)
        self.point = PointForm(kit, time_zone=time_zone, incident=incident, run=run)
        self.target = TargetForm(kit, run=run)

    def when_changed(self, *, source: Callable[[], None], others: Callable[[], None]) -> None:
        """Have a function called after a change of the source, and one after a change of anything below it."""

        def follow_source() -> None:
            self.point.source = self.source.instance_id
            source()

        def follow_point() -> None:
            chosen = self.point.value
            backup = chosen.backup if chosen else None
            self.target.set_source(self.source.instance_id, chosen.instant if chosen else None, backup.id if backup else "")
            others()

        self.source.when_changed(follow_source)
        self.point.when_changed(follow_point)
        self.target.when_changed(others)

    def fill_in(
        self, source: str, backup_id: str, restore_time: datetime | str | int, target: str, nodes: Iterable[str]
    ) -> None:
        """Take values given beforehand, in the order of the steps."""
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
        """The steps whose input stands against going on."""
        forms = {Step.POINT: self.point, Step.TARGET: self.target}
        return frozenset(step for step, form in forms.items() if form.problem)

    @property
    def ends(self) -> Ends:
        """Name and id of source and target, empty where not chosen yet."""
        source, target = self.source.value, self.target.chosen
        return (
            (source.name, source.id) if source else ("", ""),
            (target.instance_name, target.instance_id) if target else ("", ""),
        )

    def make_plan(self) -> Any:
        """Make a plan of what is chosen; raises ``InputError`` while something is missing, or was changed meanwhile."""
        source, point, target = self.source.value, self.point.value, self.target.value
        incident = self.point.incident
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
        if (source, point, target, incident) != (
            self.source.value,
            self.point.value,
            self.target.value,
            self.point.incident,
        ):
            raise InputError("a choice was changed meanwhile.", field="plan", fix="Check again.")
        return plan
