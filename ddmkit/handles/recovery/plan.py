"""The plan of a recovery as a person holds it: it shows itself completely in a notebook."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from ddmkit.display.html import Fragment, clean_line
from ddmkit.display.recovery import RecoveryView, StepView, show_recovery
from ddmkit.recovery.plan import RecoveryPlan

__all__ = ["Recovery"]


class Recovery(RecoveryPlan):
    """What would be done, shown before anything is sent: checks, costs, and every request in order."""

    def __repr__(self) -> str:
        return clean_line(super().__repr__())

    __str__ = __repr__

    def show(self) -> Fragment:
        """Return the plan as static HTML and as text: the checks first, then what would be done."""
        kind = "Drill" if self.throwaway else "Recovery"
        ready = "" if self.ready else " (not ready: see the checks)"
        return show_recovery(
            RecoveryView(
                heading=f"{kind} {self.digest}: {self.source_name} to {self.target.name}{ready}",
                digest=self.digest,
                words=self.words(),
                costs=self.costs(),
                steps=tuple(StepView(name=step.name, title=step.title, call=step.call) for step in self.steps),
                checks=self.checks,
                expires=self.expires,
                now=self.created,
                zone=ZoneInfo(self.time_zone),
            )
        )

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()
