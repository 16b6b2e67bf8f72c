"""The form for reading the plan of a whole recovery: what is new and billed, and every request in order."""

from __future__ import annotations

from collections.abc import Sequence

from ddmkit.display.html import Fragment, Html, join, tag
from ddmkit.display.recovery import show_requests
from ddmkit.forms.logic.recovery_facts import NEW_COLUMNS, describe_recovery, list_new
from ddmkit.forms.logic.script import fold_script, write_recovery_script
from ddmkit.forms.logic.summary import describe_facts, list_lines
from ddmkit.forms.steps.review import HEADING, find_world
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.table import Table
from ddmkit.handles.recovery.plan import Recovery, view_of_recovery
from ddmkit.kit import Kit
from ddmkit.recovery.plan import WAY_BACK

__all__ = ["RecoveryReview", "describe_whole_plan"]


class RecoveryReview(Form):
    """Shows the plan of a recovery; ``value`` is the plan."""

    title = "Plan"

    def __init__(self, kit: Kit, plan: Recovery | None = None) -> None:
        super().__init__()
        self._kit = kit
        self._plan: Recovery | None = None
        self.words = style.html("ddmkit-plan")
        self.new = Table("New instances", NEW_COLUMNS, "ddmkit-new-instances", empty="nothing new is created")
        self.requests = style.html("ddmkit-requests")
        self.script = style.html("ddmkit-script")
        self._lay_out(
            style.html(value=HEADING),
            self.words,
            self.new,
            self.requests,
            self.script,
        )
        self.set_plan(plan)

    @property
    def value(self) -> Recovery | None:
        """The plan on the page."""
        return self._plan

    def set_plan(self, plan: Recovery | None, *, schemas_back: str = "", accept: Sequence[str] = ()) -> None:
        """Show a plan, or none; ``schemas_back`` says which schemas come back, ``accept`` which warnings are accepted."""
        self._plan = plan
        self.words.value = self.requests.value = self.script.value = ""
        self.new.set_rows(list_new(plan) if plan is not None else [])
        if plan is not None:
            self.words.value = describe_recovery(plan, has_costs=False, schemas_back=schemas_back).html
            self.requests.value = _describe_more(plan)
            script = write_recovery_script(plan, self._kit.settings, accept=accept, world=find_world(self._kit))
            self.script.value = fold_script(script)
        self._notify()

    def summary(self) -> Fragment:
        """Return the whole plan as static HTML and text."""
        return describe_whole_plan(self._plan)


def _describe_more(plan: Recovery) -> Html:
    """Return what to know before, how to go back, and the whole plan with every request, folded."""
    columns = tag(
        "div",
        list_lines("Good to know", plan.cautions()),
        list_lines("How to go back", (WAY_BACK,)),
        class_="ddmkit-columns",
    )
    whole = describe_whole_plan(plan).html
    return join([columns, tag("details", tag("summary", "The whole plan, with every request in order"), whole)])


def describe_whole_plan(plan: Recovery | None) -> Fragment:
    """Return a plan with every request as static HTML and text; says so when there is none."""
    if plan is None:
        return describe_facts("Plan", [("Plan", "none yet")])
    return show_requests(view_of_recovery(plan), is_folded=True)
