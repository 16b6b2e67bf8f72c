"""The whole restore on one page: it connects the forms of all steps; each form is in a file of its own.

A click that reads, checks or submits starts work in a background thread, so the kernel stays free. Values set and methods
called from Python take effect at once. That a plan is sent at most once is ensured in ``ddmkit.restore``, not by the button.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import ipywidgets as widgets

from ddmkit.display.html import Fragment
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError, InputError
from ddmkit.forms.logic.summary import describe_lines, describe_missing
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
from ddmkit.forms.readers.sent_steps import SentSteps
from ddmkit.forms.restore_steps import GivenConfirmation, RestoreSteps, StepListeners
from ddmkit.forms.restore_summary import summarise_restore
from ddmkit.forms.step_forms import StepForms
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK, TaskQueue
from ddmkit.forms.widgets.downloads import how_to_run_again, is_in_app
from ddmkit.forms.widgets.lazy import Lazy
from ddmkit.forms.widgets.panels.new_world import panels_of
from ddmkit.forms.widgets.panels.resume import ResumeOffer
from ddmkit.forms.widgets.panels.token_renewal import TokenPanel
from ddmkit.forms.widgets.stepper import Stepper, describe_route
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.handles.record import Record
from ddmkit.inputs import PlanInputs, read_ids, read_text
from ddmkit.kit import Kit
from ddmkit.times import format_utc

__all__ = ["RestoreForm"]


class RestoreForm(StepForms):
    """Asks for the inputs of a restore, checks them, shows the plan, submits it once, and watches the job (``value``).

    With all values given the form also works in an unattended notebook: ``submit`` then sends the plan if ``confirm`` is the
    name of the target and ``digest`` is the digest of the plan. Each step is a form of its own: ``source``, ``point``,
    ``target``, ``checks``, ``review``, ``confirmation``, ``watch`` and ``results``.

    Args:
        kit: The kit to read and submit with.
        source: Id of the source instance.
        backup_id: Id of the backup to restore; has priority over ``restore_time``.
        restore_time: The instant to restore to: a datetime, text, or epoch milliseconds.
        target: Id of the target instance.
        data_nodes: Ids of the recovered data nodes, in any order.
        time_zone: The time zone for times without an offset, as an IANA name; by default that of the kit.
        incident: When the damage happened.
        confirm: The name of the target, as confirmation.
        digest: The digest of the plan that ``confirm`` and ``accept`` belong to.
        accept: The ids of the accepted warnings.
        purpose: Why the restore is made; written to the record.
        ticket: The ticket of the restore; written to the record.
        poll_s: Seconds between two status checks of the job.
        new_world: On the simulator: makes the form for a new world of a scenario, which replaces this form on the page.
    """

    title = "Restore"

    def __init__(  # noqa: PLR0913  # every one is optional, keyword-only, and a parameter of the notebook
        self,
        kit: Kit,
        *,
        source: str = "",
        backup_id: str = "",
        restore_time: datetime | str | int = "",
        target: str = "",
        data_nodes: Iterable[str] = (),
        time_zone: str = "",
        incident: datetime | str | int = "",
        confirm: str = "",
        digest: str = "",
        accept: Iterable[str] = (),
        purpose: str = "",
        ticket: str = "",
        poll_s: float = 5.0,
        new_world: Callable[[str], RestoreForm] | None = None,
    ) -> None:
        super().__init__()
        if not isinstance(kit, Kit):
            raise InputError(
                f"is not a kit but {type(kit).__name__}.", field="kit", fix="Give ddmkit.connect(...) or ddmkit.demo()."
            )
        self._kit = kit
        self._new_world = new_world
        self.replaced_by: RestoreForm | None = None
        self._tasks: TaskQueue[Step] = TaskQueue("ddmkit-restore-form", self._draw)
        self._current = Step.SOURCE
        self._reviewed = ""
        self._is_submitting = False
        self._shown_run = ("", "")
        self._previous_record = ""
        self._sent = SentSteps(kit)
        self.digest = digest
        given = PlanInputs(source, target, data_nodes, backup_id, restore_time, time_zone, incident)
        confirmation = GivenConfirmation(
            read_text(confirm, "confirm"),
            read_text(digest, "digest"),
            tuple(sorted(read_ids(accept, "accept"))),
            read_text(purpose, "purpose"),
            read_text(ticket, "ticket"),
        )
        self._steps = self._make_steps(given, confirmation, poll_s)
        self._build()
        kit.closing.register(self)
        self._steps.selection.fill_in()
        if self._steps.selection.has_target:
            self.check()
        self._show(self._first_open())

    def _make_steps(self, given: PlanInputs, confirmation: GivenConfirmation, poll_s: float) -> RestoreSteps:
        listeners = StepListeners(
            source=self._draw,
            others=self._drop_plan,
            checks=self._on_checks_change,
            confirmation=self._draw,
            watch=self._on_watch_change,
            submit=self._on_submit_click,
        )
        return RestoreSteps(self._kit, given, confirmation, poll_s=poll_s, run=self._in_background, listeners=listeners)

    def _build(self) -> None:
        self.stepper = Stepper(lambda step: self._steps.form_of(step).widget, self.go_to, self._go_back, self._go_on)
        self.offer = ResumeOffer(self._kit, self.resume)
        self._token = Lazy(self._make_token)
        self._notices = style.column(self.offer.widget)
        self.another = style.button(
            "Start another restore", "Go back to the first step; your input is kept", "ddmkit-another"
        )
        self.another.on_click(lambda _button: self.start_another())
        worlds = panels_of(self._kit, self.begin_world) if self._new_world is not None else []
        self._lay_out(*worlds, self._notices, self.stepper.widget, self.another, css="ddmkit-restore")
        self._draw()

    def _make_token(self) -> TokenPanel:
        made = TokenPanel(self._kit, self._continue_after_renewal)
        self._notices.children = (*self._notices.children, made.widget)
        return made

    # From Python -------------------------------------------------------------------------------------------------

    @property
    def token(self) -> TokenPanel:
        """The panel that asks for a new token."""
        return self._token.get()

    @property
    def value(self) -> RestoreJob | None:
        """The job of the restore, once it was started."""
        return self._steps.job

    @property
    def plan(self) -> Plan | None:
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
        """Show a step, if it can be opened."""
        wanted = Step(step)
        if wanted in self._controls().can_open:
            self._show(wanted)
            self._prepare(wanted)
            # The page may be scrolled down past a long panel; moving the focus scrolls back to the top.
            self.stepper.focus(wanted)

    def check(self) -> Plan | None:
        """Run all checks now; return the plan, or ``None`` if no plan can be made (the form shows why)."""
        self.checks.check()
        return self.plan

    def submit(self, *, watched: bool = True) -> RestoreJob | Fragment:
        """Submit the plan, without a page, if ``confirm`` and ``digest`` match it.

        Returns the job, or a description of what is missing. The job is watched in the background, unless ``watched`` is
        false. Raises what ``kit.submit`` raises.
        """
        missing = describe_missing(self.plan, self.confirmation.name_field.value, self.digest)
        if missing is not None or self.plan is None:
            return missing or describe_lines("")
        self.confirmation.set_plan(self.plan, operator=self._kit.operator)
        job = self._send(self.plan)
        if watched:
            self._in_background(lambda: self.watch.follow(job))
        else:
            self.watch.show_job(job)
        return job

    def resume(self, record: RestoreJob | Record | str) -> None:
        """Resume watching a restore that was started earlier (its job, record or record id), in the background."""
        self.offer.hide()
        self._show(Step.WATCH)
        self._in_background(lambda: self.watch.resume(record))

    def start_another(self) -> None:
        """Go back to the first step, keeping the choices; a running restore goes on, and the form offers to resume it."""
        self._previous_record = self._steps.record_id or self._previous_record
        self._steps.begin_again()
        self._drop_plan()
        self.offer.refresh()
        self._show(Step.SOURCE)

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
            "continue a running restore.",
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
        return summarise_restore(self._steps, self._sent, self.states, previous_record=self._previous_record)

    def _describe_age(self) -> str:
        return (
            f"Saved page, as of {format_utc(self._kit.now())}: this is not a live form. To go on, run all cells; "
            "the new form offers to continue a running restore."
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
        run = (self.watch.record_id, self.watch.state)
        is_new, self._shown_run = run != self._shown_run, run
        if self.watch.state and not is_new:  # a person may be reading another step; do not move away from it
            self._draw()
        elif self.watch.value is not None:
            self.results.show_job(self.watch.value)
            self._show(Step.RESULTS)
        elif self.watch.state:
            self._steps.forget_results()
            was_elsewhere = self._current is not Step.WATCH
            self._show(Step.WATCH)
            if was_elsewhere:
                self.stepper.focus(Step.WATCH)
        elif self._current in {Step.WATCH, Step.RESULTS}:  # released: nothing was started
            self._drop_plan()
            self.confirmation.outcome.show(self.watch.message.text)
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

    def _prepare(self, step: Step) -> None:
        """Read in the background what a step needs when it is opened; after a restore was sent nothing is read."""
        if self._steps.run_state:
            return
        if step is Step.POINT and self.point.needs_reading:
            self._in_background(self.point.read_if_needed)
        elif step is Step.TARGET and self.target.needs_reading:
            self._in_background(self.target.read_if_needed)
        elif step is Step.CHECK and self.plan is None:
            self._in_background(self.checks.check)

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
                self.checks.show_age()
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
        self.confirmation.outcome.show("Sending the request ...", tone=Tone.BUSY)
        self._in_background(lambda: self._submit_and_watch(plan))

    def _submit_and_watch(self, plan: Plan) -> None:
        try:
            self.watch.begin(lambda: self._send(plan))
        except DDMKitError as error:
            kept = f"\nRecord: {error.record_id}" if error.record_id else ""
            self.confirmation.outcome.show(f"{error}{kept}", tone=Tone.BAD, word="not submitted")
        finally:
            self._is_submitting = False

    def _send(self, plan: Plan) -> RestoreJob:
        given = self.confirmation
        return self._kit.submit(
            plan,
            confirm=given.name_field.value,
            accept=self.checks.accepted,
            purpose=given.purpose_field.value.strip(),
            ticket=given.ticket_field.value.strip(),
        )

    # Drawing -----------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        with FORM_LOCK:
            facts = self._facts()
            states = derive_states(facts)
            controls = derive_controls(states, self._current, facts)
            self._sent.follow(self._steps.record_id if facts.run else "")
            why = describe_still_to_do(states, self._current, facts)
            sent, route = self._sent.html(), describe_route(*(self._sent.route or self._steps.selection.route))
            self.stepper.draw(states, controls, self._current, route=route, why=why, sent=sent)
            self._steps.enable_submit(controls.can_submit and not self._is_submitting)
            ended = facts.run in {"completed", "failed"}
            style.show(self.another, ended)
            if self._token.made is not None or self._kit.is_refused:
                self.token.draw()
            self._refresh_summary()

    def _in_background(self, work: Callable[[], None]) -> None:
        """Start work in the background; the current step shows that it is working."""
        if self._kit.closing.has_begun:
            self.stop()
        else:
            self._tasks.start(work, self._current)
