"""The forms of all steps of a whole recovery."""

from __future__ import annotations

from ddmkit.display.html import Fragment
from ddmkit.forms.guided_steps import GivenConfirmation, GuidedSteps, StepListeners
from ddmkit.forms.logic.recovery_choices import NodesChoice
from ddmkit.forms.logic.recovery_facts import describe_recovery
from ddmkit.forms.logic.wizard_state import Step, StepState, StepWords
from ddmkit.forms.recovery_selection import RecoverySelection
from ddmkit.forms.steps.checks import Checklist
from ddmkit.forms.steps.recovery.confirm import RecoveryConfirmForm
from ddmkit.forms.steps.recovery.hand_over import HandOverForm
from ddmkit.forms.steps.recovery.review import RecoveryReview, describe_whole_plan
from ddmkit.forms.steps.recovery.watch import RecoveryProgress
from ddmkit.forms.widgets.background import Runner
from ddmkit.forms.widgets.lazy import Lazy
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.inputs import PlanInputs
from ddmkit.kit import Kit

__all__ = ["RECOVERY_WORDS", "RecoverySteps"]

RECOVERY_WORDS = StepWords(
    titles={Step.TARGET: "Nodes and target", Step.RESULTS: "Hand over"},
    still_to_do={
        (
            Step.TARGET,
            StepState.READY,
        ): "The data nodes of the source have to be read first.",
        (Step.TARGET, StepState.BLOCKED): "These nodes or this target cannot be used; see the message above.",
        (Step.CONFIRM, StepState.READY): "To enable the button Recover: fill in or mend every field that is marked.",
        (Step.WATCH, StepState.FAILED): "A step failed and nothing new is sent: see above.",
    },
    thing="recovery",
    submit="Clicking creates and bills new instances. There is no further confirmation.",
)


class RecoverySteps(GuidedSteps[Recovery, RecoveryRun]):
    """The steps of one recovery. ``choice`` is what is given for nodes and target."""

    words = RECOVERY_WORDS
    selection: RecoverySelection
    _review: Lazy[RecoveryReview]
    _confirmation: Lazy[RecoveryConfirmForm]
    _watch: Lazy[RecoveryProgress]
    _results: Lazy[HandOverForm]

    def __init__(
        self,
        kit: Kit,
        inputs: PlanInputs,
        choice: NodesChoice | None,
        given: GivenConfirmation,
        *,
        poll_s: float,
        run: Runner,
        listeners: StepListeners,
    ) -> None:
        self._inputs, self._choice = inputs, choice
        super().__init__(kit, given, poll_s=poll_s, run=run, listeners=listeners)

    @property
    def review(self) -> RecoveryReview:
        """The form for reading the plan."""
        return self._review.get()

    @property
    def confirmation(self) -> RecoveryConfirmForm:
        """The form that asks for name, digest, number and password."""
        return self._confirmation.get()

    @property
    def watch(self) -> RecoveryProgress:
        """The form that takes the recovery on."""
        return self._watch.get()

    @property
    def results(self) -> HandOverForm:
        """The form for handing over and giving up."""
        return self._results.get()

    def describe_plan(self) -> Fragment:
        """Return the plan as static HTML and text."""
        return describe_whole_plan(self.plan)

    def show_review(self) -> None:
        """Show the plan in the step Review."""
        self.review.set_plan(self.plan, schemas_back=self.selection.describe_schemas(), accept=self.checks.accepted)

    def show_confirmation(self) -> None:
        """Show in the step Confirm what is about to happen."""
        plan = self.plan
        back = self.selection.describe_schemas()
        facts = describe_recovery(plan, schemas_back=back) if plan is not None else None
        self.confirmation.set_plan(plan, operator=self._kit.operator, facts=facts)

    def show_results(self) -> None:
        """Show in the step Hand over what the record says now."""
        record = self.watch.record
        if record is not None:
            self.results.show_record(record)

    def _make_selection(self) -> RecoverySelection:
        return RecoverySelection(self._kit, self._inputs, self._choice, run=self._run)

    def _make_checks(self) -> Checklist[Recovery]:
        return Checklist(self.selection.make_plan, self._kit.now, run=self._run)

    def _make_review(self) -> RecoveryReview:
        return RecoveryReview(self._kit)

    def _make_confirmation(self) -> RecoveryConfirmForm:
        given = self._given
        return RecoveryConfirmForm(confirm=given.confirm, digest=given.digest, purpose=given.purpose, ticket=given.ticket)

    def _make_watch(self) -> RecoveryProgress:
        return RecoveryProgress(self._kit, poll_s=self._poll_s, run=self._run)

    def _make_results(self) -> HandOverForm:
        made = HandOverForm(self._kit, run=self._run, poll_s=self._poll_s)
        made.on_change(self.watch.read_again)
        return made
