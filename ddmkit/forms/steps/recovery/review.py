"""The form for reading the plan of a whole recovery: what is new and billed, and every request in order."""

from __future__ import annotations

from ddmkit.display.html import Fragment, tag
from ddmkit.display.recovery import show_requests
from ddmkit.forms.logic.recovery_facts import NEW_COLUMNS, describe_recovery, list_new
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.table import Table
from ddmkit.handles.recovery.plan import Recovery, view_of_recovery

__all__ = ["RecoveryReview", "describe_whole_plan"]


class RecoveryReview(Form):
    """Shows the plan of a recovery; ``value`` is the plan."""

    title = "Plan"

    def __init__(self, plan: Recovery | None = None) -> None:
        super().__init__()
        self._plan: Recovery | None = None
        self.words = style.html("ddmkit-plan")
        self.new = Table("New instances", NEW_COLUMNS, "ddmkit-new-instances", empty="nothing new is created")
        self.requests = style.html("ddmkit-requests")
        self._lay_out(
            style.html(value=style.heading("Review", "Read what will be done. Nothing has been sent yet.")),
            self.words,
            self.new,
            self.requests,
        )
        self.set_plan(plan)

    @property
    def value(self) -> Recovery | None:
        """The plan on the page."""
        return self._plan

    def set_plan(self, plan: Recovery | None) -> None:
        """Show a plan, or none."""
        self._plan = plan
        self.words.value = describe_recovery(plan, has_costs=False).html if plan is not None else ""
        self.new.set_rows(list_new(plan) if plan is not None else [])
        shown = show_requests(view_of_recovery(plan), is_folded=True).html if plan is not None else ""
        self.requests.value = tag("div", shown, class_="ddmkit-whole-plan") if shown else ""
        self._notify()

    def summary(self) -> Fragment:
        """Return the whole plan as static HTML and text."""
        return describe_whole_plan(self._plan)


def describe_whole_plan(plan: Recovery | None) -> Fragment:
    """Return a plan with every request as static HTML and text; says so when there is none."""
    if plan is None:
        return describe_facts("Plan", [("Plan", "none yet")])
    return show_requests(view_of_recovery(plan), is_folded=True)
