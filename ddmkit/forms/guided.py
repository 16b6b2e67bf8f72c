"""A form that leads through steps: it connects the forms of all steps; each form is in a file of its own.

A click that reads, checks or sends starts work in a background thread, so the kernel stays free. Values set and methods
called from Python take effect at once. That a plan is sent at most once is ensured below the forms, not by the button.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic

import ipywidgets as widgets

from ddmkit.display.html import Fragment
from ddmkit.display.rows import Rows
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError, InputError
from ddmkit.forms.guided_steps import GuidedSteps, StepListeners
from ddmkit.forms.guided_summary import summarise_guided
from ddmkit.forms.logic.wizard_state import (
    Controls,
    Step,
    StepState,
    WizardFacts,
    derive_controls,
    derive_states,
    describe_still_to_do,
    next_step,
    previous_step,
)
from ddmkit.forms.readers.sent_steps import ReadSteps, SentSteps
from ddmkit.forms.steps.checks import Checklist, PlanT
from ddmkit.forms.steps.point import PointForm
from ddmkit.forms.steps.source import InstanceForm
from ddmkit.forms.steps.watching import StartedT
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK, Runner, TaskQueue, run_at_once
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.downloads import how_to_run_again, is_in_app
from ddmkit.forms.widgets.lazy import Lazy
from ddmkit.forms.widgets.panels.new_world import panels_of
from ddmkit.forms.widgets.panels.resume import ResumeOffer
from ddmkit.forms.widgets.panels.token_renewal import TokenPanel
from ddmkit.forms.widgets.stepper import Stepper, describe_route
from ddmkit.handles.record import Record
from ddmkit.handles.records import RecordRow
from ddmkit.kit import Kit
from ddmkit.times import format_utc

__all__ = ["GuidedForm"]

_SENDING = "Sending the request ..."
_READING = frozenset((Step.SOURCE, Step.POINT, Step.TARGET, Step.CHECK))


class GuidedForm(Form, Generic[PlanT, StartedT]):
    """Leads from the choices over the plan to what came of it. Subclasses make the steps and send the plan."""

    _steps: GuidedSteps[PlanT, StartedT]

    def __init__(self, kit: Kit, read: ReadSteps, new_world: Callable[[str], GuidedForm[PlanT, StartedT]] | None) -> None:
        super().__init__()
        if not isinstance(kit, Kit):
            raise InputError(
                f"is not a kit but {type(kit).__name__}.", field="kit", fix="Give ddmkit.connect(...) or ddmkit.demo()."
            )
        self._kit = kit
        self._new_world = new_world
        self.replaced_by: GuidedForm[PlanT, StartedT] | None = None
        self._tasks: TaskQueue[Step] = TaskQueue("ddmkit-guided-form", self._draw)
        self._current = Step.SOURCE
        self._reviewed = ""
        self._is_submitting = False
        self._shown_run = ("", "")
        self._previous_record = ""
        self._sent = SentSteps(kit, read)

    def _step_listeners(self) -> StepListeners:
        return StepListeners(
            source=self._draw,
            others=self._drop_plan,
            checks=self._on_checks_change,
            confirmation=self._draw,
            watch=self._on_watch_change,
            submit=self._on_submit_click,
        )

    def _build(self) -> None:
        """Lay the form out; the simulator's panel stands above everything else, where the form can begin a new world."""
        above = panels_of(self._kit, self.begin_world) if self._new_world is not None else []
        words = self._steps.words
        self.offer = ResumeOffer(self._kit, self.resume, self._read_open)
        self._token = Lazy(self._make_token)
        self._notices = style.column(self.offer.widget)
        self.another = style.button(
            f"Start another {words.thing}", "Go back to the first step; your input is kept", "ddmkit-another"
        )
        self.another.on_click(lambda _button: self._start_another(self._in_background))
        self.stepper = Stepper(
            lambda step: self._steps.form_of(step).widget,
            self.go_to,
            self._go_back,
            self._go_on,
            words,
            beside=[self.another],
        )
        self._lay_out(*above, self._notices, self.stepper.widget, css="ddmkit-restore")
        self._draw()

    def _begin(self) -> None:
        """Fill in what is given, check if everything is there, and show the first step that is open."""
        self._kit.closing.register(self)
        self._steps.selection.fill_in()
        if self._steps.selection.has_target:
            self.check()
        self._show(self._first_open())

    def _read_open(self) -> Rows[RecordRow]:
        """Return the records that the form offers to continue."""
        return self._kit.open_restores()

    def _send(self, plan: PlanT) -> StartedT:
        """Send the plan with what a person has confirmed; raises what the kit raises."""
        raise NotImplementedError

    def _make_token(self) -> TokenPanel:
        made = TokenPanel(self._kit, self._continue_after_renewal)
        self._notices.children = (*self._notices.children, made.widget)
        return made

    # From Python -------------------------------------------------------------------------------------------------

    @property
    def source(self) -> InstanceForm:
        """The form of the step Source."""
        return self._steps.selection.source

    @property
    def point(self) -> PointForm:
        """The form of the step Point in time."""
        return self._steps.selection.point

    @property
    def checks(self) -> Checklist[PlanT]:
        """The form of the step Check."""
        return self._steps.checks

    @property
    def token(self) -> TokenPanel:
        """The panel that asks for a new token."""
        return self._token.get()

    @property
    def value(self) -> StartedT | None:
        """What was started, once something was."""
        return self._steps.started

    @property
    def plan(self) -> PlanT | None:
        """The plan of the last check; ``None`` before the first check and after any change of a choice."""
        return self._steps.plan

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self._current

    @property
    def states(self) -> dict[Step, StepState]:
        """The state of every step."""
        return derive_states(self._facts())

    def go_to(self, step: Step | str) -> None:
        """Show a step, if it can be opened; raises ``InputError`` for a word that names none."""
        wanted = Step.read(step)
        if wanted in self._controls().can_open:
            self._show(wanted)
            self._prepare(wanted)
            # The page may be scrolled down past a long panel; moving the focus scrolls back to the top.
            self.stepper.focus(wanted)

    def check(self) -> PlanT | None:
        """Run all checks now; return the plan, or ``None`` if no plan can be made (the form shows why)."""
        self._steps.checks.check()
        return self.plan

    def resume(self, record: Record | Any | str) -> None:
        """Resume watching what was started earlier (its record, or the id of it), in the background."""
        self.offer.hide()
        self._show(Step.WATCH)
        self._in_background(lambda: self._steps.watch.resume(record))

    def start_another(self) -> None:
        """Go back to the first step; a running restore goes on, and the form offers to resume it.

        The choices stay. What they were made from is read again: the last target is no longer empty.
        """
        self._start_another(run_at_once)

    def begin_world(self, scenario: str) -> None:
        """Start a scenario in a new world of the simulator; the form of that world replaces this form on the page.

        Raises ``InputError`` if the form was made without ``new_world``, ``DDMKitError`` while a request is being sent.
        """
        if self._new_world is None:
            raise InputError("this form was made without new_world.", field="new_world", fix="Use guide.form().")
        if self._is_submitting:
            raise DDMKitError("A request is being sent. Wait for the answer, then start a new world.")
        self._tasks.close()
        self._steps.stop_watching()
        form = self._new_world(scenario)
        above = "What stands above the form" if is_in_app() else "The output of the cells above"
        form.message.show(f"This is a new world of the scenario {scenario}. {above} still shows the old world.")
        self.replaced_by = form
        self.replace_with(form)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until no background work is left (a watched job has ended); return whether that is so."""
        return self._tasks.wait(timeout_s)

    def stop(self) -> None:
        """Request the end of background work, because the kit is being closed; a job in the cloud goes on."""
        self._tasks.close()
        self.message.show(
            f"The kit was closed, so this form no longer works. To make a new form, {how_to_run_again()}; it offers to "
            f"continue a running {self._steps.words.thing}.",
            tone=Tone.WARNING,
            word="closed",
        )
        self._draw()

    def close(self) -> None:
        """Close the widgets; a job in the cloud goes on, and a new form offers to continue it."""
        self._tasks.close()
        self._steps.close()
        super().close()

    def summary(self) -> Fragment:
        """Return the state of the whole form as static HTML and text."""
        return summarise_guided(self._steps, self._sent, self.states, previous_record=self._previous_record)

    def _refresh_summary(self) -> None:
        """Display the new summary; while a step only reads, once at its end instead of at each of its changes."""
        if self._tasks.active_part not in _READING:
            super()._refresh_summary()

    def _describe_age(self) -> str:
        thing = self._steps.words.thing
        return (
            f"Saved page: this is not a live form. It was written at {format_utc(self._kit.now())} and knows nothing of "
            f"what happened later. To see how things stand now, run all cells: the new form offers to continue a running "
            f"{thing}, and kit.records.list() in a cell shows every {thing} with its state."
        )

    # State -------------------------------------------------------------------------------------------------------

    def _facts(self) -> WizardFacts:
        return self._steps.facts(reviewed=self._reviewed, working=self._tasks.active_part)

    def _controls(self) -> Controls:
        facts = self._facts()
        return derive_controls(derive_states(facts), self._current, facts)

    def _first_open(self) -> Step:
        states = self.states
        return next((step for step in Step if states[step] is not StepState.DONE), Step.RESULTS)

    # Events of the steps -----------------------------------------------------------------------------------------

    def _drop_plan(self) -> None:
        self._reviewed = ""
        self._steps.drop_plan()
        self._draw()

    def _on_checks_change(self) -> None:
        self._steps.refresh_review()
        self._draw()

    def _on_watch_change(self) -> None:
        run = (self._steps.watch.record_id, self._steps.watch.state)
        is_new, self._shown_run = run != self._shown_run, run
        if self._steps.watch.state and not is_new:  # a person may be reading another step; do not move away from it
            self._draw()
        elif self._steps.watch.value is not None:
            self._steps.show_results()
            self._show(Step.RESULTS)
        elif self._steps.watch.state:
            self._steps.forget_results()
            was_elsewhere = self._current is not Step.WATCH
            self._show(Step.WATCH)
            if was_elsewhere:
                self.stepper.focus(Step.WATCH)
        elif self._current in {Step.WATCH, Step.RESULTS}:  # released: nothing was started
            self._drop_plan()
            self._steps.confirmation.outcome.show(self._steps.watch.message.text)
            self._show(self._first_open())
        else:
            self._draw()

    # Navigation --------------------------------------------------------------------------------------------------

    def _go_back(self) -> None:
        self.go_to(previous_step(self._current))

    def _go_on(self) -> None:
        if self._current is Step.REVIEW and self.plan is not None:
            self._reviewed = self.plan.id
        self.go_to(next_step(self._current))

    def _start_another(self, run: Runner) -> None:
        self._previous_record = self._steps.record_id or self._previous_record
        self._steps.begin_again()
        self._drop_plan()
        self.offer.refresh()
        self._show(Step.SOURCE)
        self.stepper.focus(Step.SOURCE)
        run(self._steps.selection.read_again)

    def _prepare(self, step: Step) -> None:
        """Read in the background what a step needs when it is opened; after a restore was sent nothing is read."""
        if self._steps.run_state:
            return
        if step is Step.POINT and self._steps.selection.point.needs_reading:
            self._in_background(self._steps.selection.point.read_if_needed)
        elif step is Step.TARGET and self._steps.selection.target.needs_reading:
            self._in_background(self._steps.selection.target.read_if_needed)
        elif step is Step.CHECK and self.plan is None:
            self._in_background(self._steps.checks.check)

    def _continue_after_renewal(self) -> None:
        """Read again what the current step needs, with the new token."""
        run_state = self._steps.run_state
        if run_state in {"unknown", "not watched"}:
            self.resume(self._steps.record_id)
        elif not run_state and self._current in {Step.SOURCE, Step.POINT, Step.TARGET, Step.CHECK}:
            self._in_background(lambda: self._steps.read_again(self._current))
        else:
            self._draw()

    def _show(self, step: Step) -> None:
        with FORM_LOCK:
            self._current = step
            if step is Step.CHECK:
                self._steps.checks.show_age()
            if step is Step.REVIEW and not self._steps.run_state:
                self._steps.show_review()
            if step is Step.CONFIRM and not self._steps.run_state:
                self._steps.show_confirmation()
            self._draw()

    # Submitting --------------------------------------------------------------------------------------------------

    def _on_submit_click(self, button: widgets.Button) -> None:
        button.disabled = True
        plan = self.plan
        if self._is_submitting or plan is None or not self._controls().can_submit:
            self._draw()
            return
        self._is_submitting = True
        self._steps.confirmation.outcome.show(_SENDING, tone=Tone.BUSY)
        self._draw()
        self._in_background(lambda: self._submit_and_watch(plan))

    def _submit_and_watch(self, plan: PlanT) -> None:
        try:
            self._steps.watch.begin(lambda: self._send(plan))
        except DDMKitError as error:
            kept = f"\nRecord: {error.record_id}" if error.record_id else ""
            self._steps.confirmation.outcome.show(f"{error}{kept}", tone=Tone.BAD, word="not submitted")
        finally:
            self._is_submitting = False

    # Drawing -----------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        with FORM_LOCK:
            facts = self._facts()
            states = derive_states(facts)
            controls = derive_controls(states, self._current, facts)
            self._sent.follow(self._steps.record_id if facts.run else "")
            is_sending = self._is_submitting and self._current is Step.CONFIRM
            why = _SENDING if is_sending else describe_still_to_do(states, self._current, facts, self._steps.words)
            sent, route = self._sent.html(), describe_route(*(self._sent.route or self._steps.selection.route))
            self.stepper.draw(states, controls, self._current, route=route, why=why, sent=sent)
            self._steps.enable_submit(controls.can_submit and not self._is_submitting)
            style.show(self.another, facts.run in {"completed", "failed", "abandoned"})
            if self._token.made is not None or self._kit.is_refused:
                self.token.draw()
            self._refresh_summary()

    def _in_background(self, work: Callable[[], None]) -> None:
        """Start work in the background; the current step shows that it is working."""
        if self._kit.closing.has_begun:
            self.stop()
        else:
            self._tasks.start(work, self._current)
