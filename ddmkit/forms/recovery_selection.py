"""The choices of a whole recovery: source, point in time, and nodes with their target."""

from __future__ import annotations

from datetime import datetime

from ddmkit.forms.choices import Choices
from ddmkit.forms.logic.point_options import ChosenPoint
from ddmkit.forms.logic.recovery_choices import NEW_TARGET, NodesChoice
from ddmkit.forms.steps.recovery.nodes import NodesForm
from ddmkit.forms.widgets.background import Runner
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.inputs import PlanInputs
from ddmkit.kit import Kit
from ddmkit.models import Instance

__all__ = ["RecoverySelection"]


class RecoverySelection(Choices[Recovery, NodesForm]):
    """The forms for source, point in time, and nodes with target. ``choice`` is what is given for the third."""

    def __init__(self, kit: Kit, given: PlanInputs, choice: NodesChoice | None, *, run: Runner) -> None:
        self._choice = choice
        super().__init__(kit, given, run=run)

    def _make_target(self) -> NodesForm:
        return NodesForm(self._kit, given=self._choice, run=self._run)

    def _fill_target(self) -> None:
        if self._choice is not None:
            self.target.read_if_needed()

    def _named_target(self) -> tuple[str, str]:
        form = self._target.made
        if form is None or form.value is None:
            return ("", "")
        target = form.target
        return (target.instance_name, target.instance_id) if target is not None else ("a new instance", NEW_TARGET)

    def _describe_target(self) -> str:
        form = self._target.made
        if form is None:
            return ""
        return form.problem or "; ".join(f"{name}: {fact}" for name, fact in form.facts() if fact)

    def _plan(self, source: Instance, point: ChosenPoint, target: NodesChoice, incident: datetime | None) -> Recovery:
        return self._kit.plan_recovery(
            source=source.id,
            nodes=dict(target.nodes.items()),
            target=target.target,
            like=target.like,
            throwaway=target.throwaway,
            time_zone=self.point.time_zone,
            incident=incident,
            **point.arguments(),
        )
