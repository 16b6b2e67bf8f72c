"""The plan of a recovery as a person holds it: it shows itself completely in a notebook."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from ddmkit.display.html import Fragment, clean_line
from ddmkit.display.recovery import RecoveryView, StepView, show_recovery
from ddmkit.recovery.plan import RecoveryPlan

__all__ = ["Recovery", "view_of_recovery"]


class Recovery(RecoveryPlan):
    """What would be done, shown before anything is sent: checks, costs, and every request in order."""

    def __repr__(self) -> str:
        return clean_line(super().__repr__())

    __str__ = __repr__

    def show(self) -> Fragment:
        """Return the plan as static HTML and as text: the checks first, then what would be done."""
        return show_recovery(view_of_recovery(self))

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()


def view_of_recovery(plan: RecoveryPlan) -> RecoveryView:
    """Return the parts of a plan that are shown."""
    kind = "Drill" if plan.throwaway else "Recovery"
    ready = "" if plan.ready else " (not ready: see the checks)"
    return RecoveryView(
        heading=f"{kind} {plan.digest}: {plan.source_name} to {plan.target.name}{ready}",
        digest=plan.digest,
        words=plan.words(),
        costs=plan.costs(),
        steps=tuple(StepView(name=step.name, title=step.title, call=step.call) for step in plan.steps),
        checks=plan.checks,
        expires=plan.expires,
        now=plan.created,
        zone=ZoneInfo(plan.time_zone),
    )
