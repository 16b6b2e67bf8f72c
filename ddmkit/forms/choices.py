"""What a plan is made from: source, point in time, and what is restored to. Each choice depends on the one before.

The restore of the metadata and the whole recovery differ in the third choice and in the plan; both are subclasses.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from ddmkit.display.html import Fragment, Html
from ddmkit.errors import InputError
from ddmkit.forms.logic.point_options import ChosenPoint
from ddmkit.forms.logic.wizard_state import Step
from ddmkit.forms.steps.checks import PlanT
from ddmkit.forms.steps.point import PointForm
from ddmkit.forms.steps.source import InstanceForm
from ddmkit.forms.steps.target_step import TargetStep
from ddmkit.forms.widgets.background import Runner
from ddmkit.forms.widgets.lazy import Lazy
from ddmkit.inputs import PlanInputs, id_of
from ddmkit.kit import Kit
from ddmkit.models import Instance

__all__ = ["Choices", "Route"]

Route = tuple[tuple[str, str], tuple[str, str]]
"""Name and id of the source, and name and id of the target."""

TargetT = TypeVar("TargetT", bound=TargetStep)


class Choices(Generic[PlanT, TargetT]):
    """The forms for source, point in time and target, connected: a choice in one form is passed on to the next.

    The forms for the point and the target are made when they are first needed. ``given`` is what the caller already knows;
    an empty value leaves its step open.
    """

    def __init__(self, kit: Kit, given: PlanInputs, *, run: Runner) -> None:
        self._kit = kit
        self._given = given
        self._run = run
        self._listeners: tuple[Callable[[], None], Callable[[], None]] = (lambda: None, lambda: None)
        self.source = InstanceForm(kit, run=run)
        self._point = Lazy(self._make_point)
        self._target = Lazy(self._make_and_connect_target)
        self.source.on_change(self._on_source_change)

    @property
    def point(self) -> PointForm:
        """The form for the point in time."""
        return self._point.get()

    @property
    def target(self) -> TargetT:
        """The form for what is restored to."""
        return self._target.get()

    def on_change(self, *, source: Callable[[], None], others: Callable[[], None]) -> None:
        """Call ``source`` after a change of the source, and ``others`` after a change of the point or the target."""
        self._listeners = (source, others)

    def fill_in(self) -> None:
        """Set the given values, in the order of the steps; a target is ignored while no point is chosen."""
        given = self._given
        if given.source:
            self.source.instance_id = id_of(given.source, "source")
        if given.backup_id:
            self.point.backup_id = id_of(given.backup_id, "backup_id")
        elif given.restore_time:
            self.point.restore_time = given.restore_time
        if self.has_point:
            self._fill_target()

    def read_again(self) -> None:
        """Read again what the choices were made from; a choice stays where it is still possible."""
        self.source.refresh()
        if self._point.made is not None:
            self._point.made.refresh()
        if self._target.made is not None and self.has_point:
            self._target.made.refresh()

    @property
    def has_point(self) -> bool:
        """Whether a point in time is chosen."""
        return self._point.made is not None and self._point.made.value is not None

    @property
    def has_target(self) -> bool:
        """Whether a target is chosen, with all its data nodes."""
        return self._target.made is not None and self._target.made.value is not None

    @property
    def needs_nodes(self) -> bool:
        """Whether a target is chosen and some of its data nodes are not."""
        return self._target.made is not None and self._target.made.needs_nodes

    @property
    def made(self) -> tuple[PointForm | TargetT | None, ...]:
        """The forms for point and target, as far as they were needed."""
        return self._point.made, self._target.made

    @property
    def blocked(self) -> frozenset[Step]:
        """The steps whose input has a problem."""
        forms: dict[Step, PointForm | TargetT | None] = {Step.POINT: self._point.made, Step.TARGET: self._target.made}
        return frozenset(step for step, form in forms.items() if form is not None and form.problem)

    @property
    def route(self) -> Route:
        """Name and id of source and target; empty where none is chosen."""
        source = self.source.value
        return ((source.name, source.id) if source else ("", ""), self._named_target())

    def picture(self) -> Fragment:
        """Return the timeline for a page without a kernel; empty while the form for the point was not needed."""
        return self._point.made.picture() if self._point.made is not None else Fragment(Html(""), "")

    def describe(self) -> dict[Step, str]:
        """Describe each choice in one line; empty where none was made."""
        source, point = self.source.value, self._point.made
        return {
            Step.SOURCE: f"{source.name} ({source.id})" if source else "",
            Step.POINT: "; ".join(f"{name}: {fact}" for name, fact in point.facts()) or point.problem if point else "",
            Step.TARGET: self._describe_target(),
        }

    def make_plan(self) -> PlanT:
        """Make a plan of the choices; raises ``InputError`` if a choice is missing or changes while the plan is made."""
        before = self._choices()
        source, point, target, incident = before
        if source is None or point is None or target is None:
            raise InputError("source, point and target are not all chosen.", field="plan", fix="Go back and choose them.")
        plan = self._plan(source, point, target, incident)
        if before != self._choices():
            raise InputError("a choice was changed while the plan was made.", field="plan", fix="Check again.")
        return plan

    # What the two kinds do differently ---------------------------------------------------------------------------

    def _make_target(self) -> TargetT:
        """Make the form for what is restored to."""
        raise NotImplementedError

    def _fill_target(self) -> None:
        """Set what is given for the target."""
        raise NotImplementedError

    def _named_target(self) -> tuple[str, str]:
        """Return name and id of the chosen target."""
        raise NotImplementedError

    def _describe_target(self) -> str:
        """Describe the target in one line."""
        raise NotImplementedError

    def _plan(self, source: Instance, point: ChosenPoint, target: Any, incident: datetime | None) -> PlanT:
        """Make the plan of these choices; ``target`` is the value of the target's form."""
        raise NotImplementedError

    # Connecting --------------------------------------------------------------------------------------------------

    def _make_point(self) -> PointForm:
        zone, incident = self._given.time_zone or "", self._given.incident or ""
        made = PointForm(self._kit, time_zone=zone, incident=incident, run=self._run)
        made.source = self.source.instance_id
        made.on_change(self._on_point_change)
        return made

    def _make_and_connect_target(self) -> TargetT:
        made = self._make_target()
        made.set_source(*self._chosen_point())
        made.on_change(self._on_target_change)
        return made

    def _chosen_point(self) -> tuple[str, datetime | None, str]:
        """Return what the target form needs: source, instant, and id of the chosen backup."""
        chosen = self._point.made.value if self._point.made is not None else None
        backup = chosen.backup if chosen else None
        return self.source.instance_id, chosen.instant if chosen else None, backup.id if backup else ""

    def _on_source_change(self) -> None:
        if self._point.made is not None:
            self._point.made.source = self.source.instance_id
        self._listeners[0]()

    def _on_target_change(self) -> None:
        self._listeners[1]()

    def _on_point_change(self) -> None:
        if self._target.made is not None:
            self._target.made.set_source(*self._chosen_point())
        self._listeners[1]()

    def _choices(self) -> tuple[Instance | None, ChosenPoint | None, Any, datetime | None]:
        point, target = self._point.made, self._target.made
        return (
            self.source.value,
            point.value if point is not None else None,
            target.value if target is not None else None,
            point.incident if point is not None else None,
        )
