"""The forms of all steps of a restore of the metadata."""

from __future__ import annotations

from ddmkit.display.html import Fragment
from ddmkit.forms.guided_steps import GivenConfirmation, GuidedSteps, StepListeners
from ddmkit.forms.logic.plan_facts import describe_plan, describe_what_happens, view_with_pairs
from ddmkit.forms.selection import Selection
from ddmkit.forms.steps.checks import Checklist, describe_acceptance
from ddmkit.forms.steps.confirm import ConfirmForm
from ddmkit.forms.steps.results import ResultsForm
from ddmkit.forms.steps.review import PlanReview
from ddmkit.forms.steps.watch import JobProgress
from ddmkit.forms.widgets.background import Runner
from ddmkit.forms.widgets.lazy import Lazy
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.inputs import PlanInputs
from ddmkit.kit import Kit

__all__ = ["RestoreSteps"]


class RestoreSteps(GuidedSteps[Plan, RestoreJob]):
    """The steps of one restore of the metadata."""

    selection: Selection
    _review: Lazy[PlanReview]
    _watch: Lazy[JobProgress]
    _results: Lazy[ResultsForm]

    def __init__(
        self,
        kit: Kit,
        inputs: PlanInputs,
        given: GivenConfirmation,
        *,
        poll_s: float,
        run: Runner,
        listeners: StepListeners,
    ) -> None:
        self._inputs = inputs
        super().__init__(kit, given, poll_s=poll_s, run=run, listeners=listeners)

    @property
    def review(self) -> PlanReview:
        """The form for reading the plan."""
        return self._review.get()

    @property
    def watch(self) -> JobProgress:
        """The form that watches the job."""
        return self._watch.get()

    @property
    def results(self) -> ResultsForm:
        """The form that shows the results."""
        return self._results.get()

    def describe_plan(self) -> Fragment:
        """Return the plan as static HTML and text, with the data nodes in pairs where known."""
        return describe_plan(self.plan, self.selection.pairs)

    def show_review(self) -> None:
        """Show the plan in the step Review."""
        self.review.set_plan(self.plan, accept=self.checks.accepted, pairs=self.selection.pairs)

    def show_confirmation(self) -> None:
        """Show in the step Confirm what is about to happen."""
        plan = self.plan
        facts = describe_what_happens(plan, self.selection.pairs) if plan is not None else None
        nodes = view_with_pairs(plan, self.selection.pairs).nodes if plan is not None else ()
        self.confirmation.set_plan(plan, operator=self._kit.operator, facts=facts, nodes=nodes)

    def show_results(self) -> None:
        """Show the results of the job that was watched."""
        job = self.watch.value
        if job is not None:
            self.results.show_job(job)

    def _make_selection(self) -> Selection:
        return Selection(self._kit, self._inputs, run=self._run)

    def _make_checks(self) -> Checklist[Plan]:
        return Checklist(self.selection.make_plan, self._kit.now, run=self._run, describe=describe_acceptance)

    def _make_review(self) -> PlanReview:
        return PlanReview(self._kit, run=self._run)

    def _make_confirmation(self) -> ConfirmForm:
        given = self._given
        return ConfirmForm(confirm=given.confirm, digest=given.digest, purpose=given.purpose, ticket=given.ticket)

    def _make_watch(self) -> JobProgress:
        return JobProgress(self._kit, poll_s=self._poll_s, run=self._run)

    def _make_results(self) -> ResultsForm:
        return ResultsForm(self._kit)
