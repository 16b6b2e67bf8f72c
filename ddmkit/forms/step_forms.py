"""The steps of a restore as attributes of its form, for a person who works from Python."""

from __future__ import annotations

from ddmkit.forms.guided import GuidedForm
from ddmkit.forms.restore_steps import RestoreSteps
from ddmkit.forms.steps.checks import Checklist
from ddmkit.forms.steps.confirm import ConfirmationForm
from ddmkit.forms.steps.point import PointForm
from ddmkit.forms.steps.results import ResultsForm
from ddmkit.forms.steps.review import PlanReview
from ddmkit.forms.steps.source import InstanceForm
from ddmkit.forms.steps.target import TargetForm
from ddmkit.forms.steps.watch import JobProgress
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan

__all__ = ["StepForms"]


class StepForms(GuidedForm[Plan, RestoreJob]):
    """A form with the forms of all steps as attributes; each is made when it is first read."""

    _steps: RestoreSteps

    @property
    def source(self) -> InstanceForm:
        """The form of the step Source."""
        return self._steps.selection.source

    @property
    def point(self) -> PointForm:
        """The form of the step Point in time."""
        return self._steps.selection.point

    @property
    def target(self) -> TargetForm:
        """The form of the step Target."""
        return self._steps.selection.target

    @property
    def checks(self) -> Checklist[Plan]:
        """The form of the step Check."""
        return self._steps.checks

    @property
    def review(self) -> PlanReview:
        """The form of the step Review."""
        return self._steps.review

    @property
    def confirmation(self) -> ConfirmationForm[Plan]:
        """The form of the step Confirm."""
        return self._steps.confirmation

    @property
    def watch(self) -> JobProgress:
        """The form of the step Watch."""
        return self._steps.watch

    @property
    def results(self) -> ResultsForm:
        """The form of the step Results."""
        return self._steps.results
