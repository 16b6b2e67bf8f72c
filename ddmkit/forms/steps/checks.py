"""The form that runs the checks and asks a person to accept each warning by its own tick."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

import ipywidgets as widgets

from ddmkit.display.checks import checks_html, show_checks
from ddmkit.display.html import Fragment, clean_line, join, tag
from ddmkit.display.status import Tone
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.background import FORM_LOCK, Runner, run_at_once
from ddmkit.forms.widgets.base import Form, describe_facts
from ddmkit.forms.widgets.fields import tick
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.plan import RestorePlan
from ddmkit.times import format_ago, format_duration, format_utc

__all__ = ["Checklist", "describe_acceptance"]

_SAME_NETWORK = (
    "I compared target and data nodes in the console: same VPC and subnet, same security-group rules, and not the data "
    "nodes in the extended network (secondary CIDR) with the target in the primary one."
)


class Checklist(Form):
    """Shows every check of a plan; ``value`` is the tuple of accepted warnings once nothing fails and all are accepted.

    ``check`` makes the plan again, raising nothing; ``accept`` names the warnings to accept from Python.
    """

    title = "Checks"

    def __init__(self, make_plan: Callable[[], Any], now: Callable[[], datetime], *, run: Runner = run_at_once) -> None:
        super().__init__(run=run)
        self._make_plan = make_plan
        self._now = now
        self._ticks: dict[str, widgets.Checkbox] = {}
        self._wanted: frozenset[str] = frozenset()
        self._wanted_for = ""
        self.plan: Any = None
        self.again = look.button("Check again", "Read all facts from the service again and run every check", "ddmkit-check")
        self.again.on_click(self._press)
        self.age = look.html("ddmkit-facts-age")
        self.results = look.html("ddmkit-checks")
        self.ticks = look.column(css="ddmkit-warnings ddmkit-rows")
        self._place(
            look.html(value=look.heading("Check", "Every precondition that can be looked at; nothing is changed.")),
            look.line(self.again, self.age),
            self.ticks,
            self.results,
        )

    @property
    def value(self) -> tuple[str, ...] | None:
        """The ids of the accepted warnings, once the plan is ready and none is left open."""
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
        """Accept warnings of one plan by their ids: of the one with ``digest``, or else of the plan at hand or the next."""
        self._wanted = frozenset(ids)
        self._wanted_for = digest or (self.plan.digest if self.plan is not None else "")
        for name, box in self._ticks.items():
            box.value = name in self._wanted and self._wanted_for == self.plan.digest

    def check(self) -> None:
        """Make the plan and show its checks."""
        self.set_plan(None)
        plan = None
        with self._asking("everything that the restore rests on"):
            plan = self._make_plan()
        self.set_plan(plan)

    def set_plan(self, plan: RestorePlan | None) -> None:
        """Show a plan's checks, or none; ticks belong to one plan and are not carried over."""
        with FORM_LOCK:
            self.plan = plan
            self._ticks = {}
            if plan is not None:
                self._wanted_for = self._wanted_for or plan.digest
                open_warnings = [check for check in plan.checks if check.status == "warn"]
                self._ticks = {check.id: self._tick(check, plan) for check in open_warnings}
            self._draw()
            self._tell()

    def show_age(self) -> None:
        """Describe how old the facts are."""
        if self.plan is None:
            self.age.value = ""
            return
        now, taken, expires = self._now(), self.plan.inventory.taken_at, self.plan.expires
        more = f"valid for {format_duration(expires - now)} more, until {format_utc(expires)}"
        left = more if expires > now else "too old to act on: check again"
        self.age.value = tag("div", f"Facts read {format_utc(taken)}, {format_ago(taken, now)}; {left}")

    def summary(self) -> Fragment:
        """Return every check as static HTML and text."""
        if self.plan is None:
            return describe_facts(self.title, [("Checks", "none has run")])
        shown = show_checks(self.plan.checks)
        accepted = f"Accepted: {', '.join(self.accepted) or 'nothing yet'}" if self.plan.warnings else ""
        return Fragment(join([shown.html, tag("div", accepted)]), f"{shown.text}\n{accepted}".rstrip())

    def _press(self, button: widgets.Button) -> None:
        button.disabled = True
        self._run(self._check_and_free)

    def _check_and_free(self) -> None:
        try:
            self.check()
        finally:
            self.again.disabled = False

    def _tick(self, check: CheckResult, plan: RestorePlan) -> widgets.Checkbox:
        words, label = describe_acceptance(check, plan), f"Accept the warning {check.id}"
        is_accepted = check.id in self._wanted and plan.digest == self._wanted_for
        return tick(words, label, "ddmkit-accept", self._tell, value=is_accepted)

    def _draw(self) -> None:
        self.show_age()
        self.results.value = checks_html(self.plan.checks, is_short=True) if self.plan is not None else ""
        words = "ddmkit cannot check these. Tick each one after you have verified it:"
        look.fill(self.ticks, (look.html(value=tag("b", words)), *self._ticks.values()) if self._ticks else ())
        failed = self.plan.failed if self.plan is not None else ()
        look.show(self.ticks, bool(self._ticks) and not failed)  # whoever fixes that checks again, and ticks then
        if failed:
            many = "1 check failed" if len(failed) == 1 else f"{len(failed)} checks failed"
            self.message.say(f"{many}: fix what is named below, or go back and choose otherwise.", tone=Tone.BAD)


def describe_acceptance(check: CheckResult, plan: RestorePlan) -> str:
    """Return the sentence that a person makes their own by ticking it."""
    if check.id == "nodes-recovered" and plan.inventory.point is not None:
        count = len(plan.request.data_nodes)
        named = "The data node was" if count == 1 else f"The {count} data nodes were"
        return f"{named} recovered to {format_utc(plan.inventory.point)}. ({check.id})"
    if check.id == "same-network":
        return f"{_SAME_NETWORK} ({check.id})"
    return clean_line(f"I accept: {check.detail} {check.hint} ({check.id})")
