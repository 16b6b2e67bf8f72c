"""The form that runs the checks; a person accepts each warning by ticking its checkbox."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import ipywidgets as widgets

from ddmkit.display.checks import checks_html, show_checks
from ddmkit.display.html import Fragment, clean_line, join, tag
from ddmkit.display.status import Tone
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK, Runner, run_at_once
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.fields import tick
from ddmkit.handles.plan import Plan
from ddmkit.restore.checks.result import CheckResult
from ddmkit.times import format_utc

__all__ = ["CheckedPlan", "Checklist", "PlanT", "describe_acceptance", "describe_any_acceptance"]

_SAME_NETWORK = (
    "I compared the target and the data nodes in the console. They have the same VPC, subnet and security-group rules. The "
    "data nodes are not in the extended network (secondary CIDR) while the target is in the primary network."
)


class CheckedPlan(Protocol):
    """What the checklist needs of a plan, that of a restore or that of a whole recovery."""

    @property
    def id(self) -> str:
        """The id of the plan."""

    @property
    def digest(self) -> str:
        """What the plan does, in a few characters."""

    @property
    def checks(self) -> Sequence[CheckResult]:
        """The results of the checks."""

    @property
    def ready(self) -> bool:
        """Whether no check failed."""

    @property
    def failed(self) -> tuple[str, ...]:
        """The ids of the checks that failed."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """The ids of the warnings that a person has to accept."""

    @property
    def facts_read(self) -> datetime:
        """When the facts were read."""

    @property
    def expires(self) -> datetime:
        """When the facts are too old."""


PlanT = TypeVar("PlanT", bound=CheckedPlan)


def describe_any_acceptance(check: CheckResult) -> str:
    """Return the sentence with which a person accepts a warning, where it has no words of its own."""
    return clean_line(f"I accept “{check.title}”: {check.detail} {check.hint} ({check.id})")


class Checklist(Form, Generic[PlanT]):
    """Shows every check of a plan; ``value`` is the tuple of accepted warnings once no check fails and all are accepted.

    ``make_plan`` makes the plan when ``check`` is called. ``accept`` accepts warnings from Python. ``describe`` gives the
    sentence that a person confirms by ticking it.
    """

    title = "Checks"

    def __init__(
        self,
        make_plan: Callable[[], PlanT],
        now: Callable[[], datetime],
        *,
        run: Runner = run_at_once,
        describe: Callable[[CheckResult, PlanT], str] = lambda check, _plan: describe_any_acceptance(check),
    ) -> None:
        super().__init__(run=run)
        self._make_plan = make_plan
        self._now = now
        self._describe = describe
        self._ticks: dict[str, widgets.Checkbox] = {}
        self._accepted_ids: frozenset[str] = frozenset()
        self._accepted_digest = ""
        self.plan: PlanT | None = None
        self.again = style.button("Check again", "Read all facts from the service again and run every check", "ddmkit-check")
        self.again.on_click(self._on_click)
        self.age = style.html("ddmkit-facts-age")
        self.results = style.html("ddmkit-checks")
        self.ticks = style.column(css="ddmkit-warnings ddmkit-rows")
        self._lay_out(
            style.html(
                value=style.heading("Check", "ddmkit checks every precondition that the API shows. Nothing is changed.")
            ),
            style.line(self.again, self.age),
            self.ticks,
            self.results,
        )

    @property
    def value(self) -> tuple[str, ...] | None:
        """The ids of the accepted warnings, once the plan is ready and every warning is accepted."""
        if self.plan is None or not self.plan.ready or set(self.plan.warnings) - set(self.accepted):
            return None
        return self.accepted

    @property
    def accepted(self) -> tuple[str, ...]:
        """The ids of the warnings that are ticked."""
        return tuple(name for name, box in self._ticks.items() if box.value)

    @property
    def problem(self) -> str:
        """Which checks failed."""
        return f"failed: {', '.join(self.plan.failed)}" if self.plan is not None and self.plan.failed else ""

    def accept(self, ids: Collection[str], *, digest: str = "") -> None:
        """Accept warnings by their ids, for the plan with ``digest``; by default for the current or next plan."""
        self._accepted_ids = frozenset(ids)
        self._accepted_digest = digest or (self.plan.digest if self.plan is not None else "")
        for name, box in self._ticks.items():
            box.value = name in self._accepted_ids and self.plan is not None and self._accepted_digest == self.plan.digest

    def check(self) -> None:
        """Make the plan and show its checks; an error is shown, not raised."""
        self.set_plan(None)
        plan = None
        with self._reading("everything that the restore depends on"):
            plan = self._make_plan()
        self.set_plan(plan)

    def set_plan(self, plan: PlanT | None) -> None:
        """Show a plan's checks, or none; ticks belong to one plan and are not kept for the next."""
        with FORM_LOCK:
            self.plan = plan
            self._ticks = {}
            if plan is not None:
                self._accepted_digest = self._accepted_digest or plan.digest
                open_warnings = [check for check in plan.checks if check.status == "warn"]
                self._ticks = {check.id: self._make_tick(check, plan) for check in open_warnings}
            self._draw()
            self._notify()

    def show_age(self) -> None:
        """Show how old the facts are, and how long they are valid."""
        if self.plan is None:
            self.age.value = ""
            return
        now, taken, expires = self._now(), self.plan.facts_read, self.plan.expires
        # No age: it would stand still on the page while time goes on.
        until = f"valid until {format_utc(expires)}" if expires > now else "too old to use: check again"
        self.age.value = tag("div", f"Facts read {format_utc(taken)}; {until}")

    def summary(self) -> Fragment:
        """Return every check as static HTML and text."""
        if self.plan is None:
            return describe_facts(self.title, [("Checks", "none has run")])
        shown = show_checks(self.plan.checks)
        accepted = f"Accepted: {', '.join(self.accepted) or 'nothing yet'}" if self.plan.warnings else ""
        return Fragment(join([shown.html, tag("div", accepted)]), f"{shown.text}\n{accepted}".rstrip())

    def _on_click(self, button: widgets.Button) -> None:
        button.disabled = True
        self._run(self._check_then_enable)

    def _check_then_enable(self) -> None:
        try:
            self.check()
        finally:
            self.again.disabled = False

    def _make_tick(self, check: CheckResult, plan: PlanT) -> widgets.Checkbox:
        words, label = self._describe(check, plan), f"Accept the warning {check.id}"
        is_accepted = check.id in self._accepted_ids and plan.digest == self._accepted_digest
        return tick(words, label, "ddmkit-accept", self._notify, value=is_accepted)

    def _draw(self) -> None:
        self.show_age()
        self.results.value = checks_html(self.plan.checks, is_short=True) if self.plan is not None else ""
        words = "ddmkit cannot check these. Tick each one after you have verified it:"
        style.fill(self.ticks, (style.html(value=tag("b", words)), *self._ticks.values()) if self._ticks else ())
        failed = self.plan.failed if self.plan is not None else ()
        style.show(self.ticks, bool(self._ticks) and not failed)  # they are ticked after the failed checks are fixed
        if failed:
            many = "1 check failed" if len(failed) == 1 else f"{len(failed)} checks failed"
            self.message.show(f"{many}: fix what is named below, or go back and change your choice.", tone=Tone.BAD)


def describe_acceptance(check: CheckResult, plan: Plan) -> str:
    """Return the sentence that a person confirms by ticking it, before a restore of the metadata alone."""
    if check.id == "nodes-recovered" and plan.inventory.point is not None:
        count = len(plan.request.data_nodes)
        named = "The data node was" if count == 1 else f"The {count} data nodes were"
        return f"{named} recovered to {format_utc(plan.inventory.point)}. ({check.id})"
    if check.id == "same-network":
        return f"{_SAME_NETWORK} ({check.id})"
    return describe_any_acceptance(check)
