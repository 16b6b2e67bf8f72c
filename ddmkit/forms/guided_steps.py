"""The forms of all steps of one guided form, each made when it is first needed, and what the steps have so far.

``GuidedForm`` connects the steps; here nothing is decided and nothing is sent. Subclasses make the forms that differ between
a restore of the metadata and a whole recovery.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

import ipywidgets as widgets

from ddmkit.display.html import Fragment
from ddmkit.forms.choices import Choices
from ddmkit.forms.logic.wizard_state import RESTORE_WORDS, Step, WizardFacts
from ddmkit.forms.steps.checks import Checklist, PlanT
from ddmkit.forms.steps.confirm import ConfirmationForm
from ddmkit.forms.steps.watching import StartedT, WatchForm
from ddmkit.forms.widgets.background import Runner
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.lazy import Lazy
from ddmkit.handles.record import Record
from ddmkit.kit import Kit

__all__ = ["GivenConfirmation", "GuidedSteps", "StepListeners"]


@dataclass(frozen=True)
class GivenConfirmation:
    """What an unattended page says to confirm a plan: the name, the plan's digest, and the accepted warnings."""

    confirm: str = ""
    digest: str = ""
    accept: tuple[str, ...] = ()
    purpose: str = ""
    ticket: str = ""


@dataclass(frozen=True)
class StepListeners:
    """What is called after a change: of the source, of point or target, of the checks, of the confirmation, of what runs.

    ``submit`` is called with the button that a person has clicked to send the plan.
    """

    source: Callable[[], None]
    others: Callable[[], None]
    checks: Callable[[], None]
    confirmation: Callable[[], None]
    watch: Callable[[], None]
    submit: Callable[[widgets.Button], None]


class GuidedSteps(Generic[PlanT, StartedT]):
    """The steps of one form. Reading a property makes its form; the methods do without the forms that nobody needed."""

    words = RESTORE_WORDS
    """How the steps are called."""

    selection: Choices[PlanT, Any]
    _review: Lazy[Any]
    _confirmation: Lazy[Any]
    _watch: Lazy[Any]
    _results: Lazy[Any]

    def __init__(self, kit: Kit, given: GivenConfirmation, *, poll_s: float, run: Runner, listeners: StepListeners) -> None:
        self._kit = kit
        self._given = given
        self._poll_s = poll_s
        self._run = run
        self._listeners = listeners
        self._checks = Lazy(self._make_and_connect_checks)
        self._review = Lazy(self._make_review)
        self._confirmation = Lazy(self._make_and_connect_confirmation)
        self._watch = Lazy(self._make_and_connect_watch)
        self._results = Lazy(self._make_results)
        self.selection = self._make_selection()
        self.selection.on_change(source=listeners.source, others=listeners.others)

    # The forms ---------------------------------------------------------------------------------------------------

    @property
    def checks(self) -> Checklist[PlanT]:
        """The form that runs the checks."""
        return self._checks.get()

    @property
    def confirmation(self) -> ConfirmationForm[PlanT]:
        """The form that asks for a name."""
        found: ConfirmationForm[PlanT] = self._confirmation.get()
        return found

    @property
    def watch(self) -> WatchForm[StartedT]:
        """The form that watches what was started."""
        found: WatchForm[StartedT] = self._watch.get()
        return found

    def form_of(self, step: Step) -> Form:
        """Return the form of a step."""
        forms: dict[Step, Callable[[], Form]] = {
            Step.SOURCE: lambda: self.selection.source,
            Step.POINT: lambda: self.selection.point,
            Step.TARGET: lambda: self.selection.target,
            Step.CHECK: self._checks.get,
            Step.REVIEW: self._review.get,
            Step.CONFIRM: self._confirmation.get,
            Step.WATCH: self._watch.get,
            Step.RESULTS: self._results.get,
        }
        return forms[step]()

    # What they have so far ---------------------------------------------------------------------------------------

    @property
    def plan(self) -> PlanT | None:
        """The plan of the last check."""
        return self._checks.made.plan if self._checks.made is not None else None

    @property
    def run_state(self) -> str:
        """The state of what is watched; empty before there is anything."""
        return self._watch.made.state if self._watch.made is not None else ""

    @property
    def record_id(self) -> str:
        """The id of the record of what is watched; empty before there is anything."""
        return self._watch.made.record_id if self._watch.made is not None else ""

    @property
    def started(self) -> StartedT | None:
        """What is watched."""
        return self._watch.made.started if self._watch.made is not None else None

    @property
    def has_ended(self) -> bool:
        """Whether what is watched has ended."""
        return self._watch.made is not None and self._watch.made.value is not None

    @property
    def result(self) -> Record | None:
        """The record whose results are shown."""
        return self._results.made.value if self._results.made is not None else None

    def facts(self, *, reviewed: str, working: Step | None) -> WizardFacts:
        """Return what the steps have; ``reviewed`` is the id of the plan that was read, ``working`` the step that works."""
        plan, checks, confirmation = self.plan, self._checks.made, self._confirmation.made
        return WizardFacts(
            has_source=self.selection.source.value is not None,
            has_point=self.selection.has_point,
            has_target=self.selection.has_target,
            needs_nodes=self.selection.needs_nodes,
            is_checked=plan is not None,
            is_ready=plan is not None and plan.ready,
            is_accepted=checks is not None and checks.value is not None,
            is_reviewed=plan is not None and plan.id == reviewed,
            is_confirmed=confirmation is not None and confirmation.value is not None,
            blocked=self.selection.blocked,
            working=working,
            run=self.run_state,
        )

    # Changing them together --------------------------------------------------------------------------------------

    def read_again(self, step: Step) -> None:
        """Read again what a step needs, whose form is on the page."""
        if step is Step.CHECK:
            self.checks.check()
        elif step is Step.POINT:
            self.selection.point.refresh()
        elif step is Step.TARGET:
            self.selection.target.refresh()
        else:
            self.selection.source.refresh()

    def drop_plan(self) -> None:
        """Forget the plan, and the name that was typed for it."""
        if self.plan is not None:
            self.checks.set_plan(None)
            if self._confirmation.made is not None:
                self._confirmation.made.withdraw()
                self._confirmation.made.outcome.clear()

    def refresh_review(self) -> None:
        """Show the current plan where an earlier one is shown; a review that nobody has opened stays unmade."""
        if self._review.made is not None and self._review.made.value is not self.plan:
            self.show_review()

    def show_review(self) -> None:
        """Show the plan in the step Review."""
        raise NotImplementedError

    def show_confirmation(self) -> None:
        """Show in the step Confirm what is about to happen."""
        raise NotImplementedError

    def show_results(self) -> None:
        """Show in the last step what came of what was watched."""
        raise NotImplementedError

    def describe_plan(self) -> Fragment:
        """Return the plan as static HTML and text."""
        raise NotImplementedError

    def enable_submit(self, enabled: bool) -> None:  # noqa: FBT001  # the one state of one button
        """Enable or disable the button that sends the request; a button that nobody has opened stays unmade."""
        if self._confirmation.made is not None:
            self._confirmation.made.submit.disabled = not enabled

    def forget_results(self) -> None:
        """Remove the results of an earlier restore."""
        if self._results.made is not None:
            self._results.made.forget()

    def begin_again(self) -> None:
        """Forget the restore, its results, the accepted warnings and the typed name; the choices stay."""
        self.watch.forget()
        self.forget_results()
        self.drop_plan()
        self.checks.accept(())
        self.confirmation.withdraw()

    def stop_watching(self) -> None:
        """End the watching; the job in the cloud goes on."""
        if self._watch.made is not None:
            self._watch.made.stop()

    def close(self) -> None:
        """Close every form that was made; the job in the cloud goes on."""
        if self._watch.made is not None:
            self._watch.made.close()
        others = (self._checks.made, self._review.made, self._confirmation.made, self._results.made)
        for form in (self.selection.source, *self.selection.made, *others):
            if form is not None:
                form.close()

    # Making them -------------------------------------------------------------------------------------------------

    def _make_selection(self) -> Choices[PlanT, Any]:
        raise NotImplementedError

    def _make_checks(self) -> Checklist[PlanT]:
        raise NotImplementedError

    def _make_review(self) -> Form:
        raise NotImplementedError

    def _make_confirmation(self) -> ConfirmationForm[PlanT]:
        raise NotImplementedError

    def _make_watch(self) -> WatchForm[StartedT]:
        raise NotImplementedError

    def _make_results(self) -> Form:
        raise NotImplementedError

    def _make_and_connect_checks(self) -> Checklist[PlanT]:
        made = self._make_checks()
        made.accept(self._given.accept, digest=self._given.digest)
        made.on_change(self._listeners.checks)
        return made

    def _make_and_connect_confirmation(self) -> ConfirmationForm[PlanT]:
        made = self._make_confirmation()
        made.submit.on_click(self._listeners.submit)
        made.on_change(self._listeners.confirmation)
        return made

    def _make_and_connect_watch(self) -> WatchForm[StartedT]:
        made = self._make_watch()
        made.on_change(self._listeners.watch)
        return made
