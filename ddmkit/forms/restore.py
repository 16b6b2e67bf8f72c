"""The whole restore on one page: it connects the forms of all steps; each form is in a file of its own.

A click that reads, checks or submits starts work in a background thread, so the kernel stays free. Values set and methods
called from Python take effect at once. That a plan is sent at most once is ensured in ``ddmkit.restore``, not by the button.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import ipywidgets as widgets

from ddmkit.display.html import Fragment
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError, InputError
from ddmkit.forms.logic.summary import describe_lines, describe_missing, fold, summarise
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
from ddmkit.forms.selection import Selection
from ddmkit.forms.steps.checks import Checklist
from ddmkit.forms.steps.confirm import ConfirmForm
from ddmkit.forms.steps.results import ResultsForm
from ddmkit.forms.steps.review import PlanReview
from ddmkit.forms.steps.watch import JobProgress
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK, TaskQueue
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.new_world import WorldPanel, known_scenarios
from ddmkit.forms.widgets.resume import ResumeOffer
from ddmkit.forms.widgets.stepper import Stepper, describe_route
from ddmkit.forms.widgets.token_renewal import TokenPanel
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.handles.record import Record
from ddmkit.kit import Kit
from ddmkit.times import format_utc

__all__ = ["RestoreForm"]


class RestoreForm(Form):
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
        self._selection = Selection(kit, time_zone=time_zone, incident=incident, run=self._in_background)
        self.source, self.point, self.target = self._selection.source, self._selection.point, self._selection.target
        self.checks = Checklist(self._selection.make_plan, kit.now, run=self._in_background)
        self.review = PlanReview(kit, run=self._in_background)
        self.confirmation = ConfirmForm(confirm=confirm, digest=digest, purpose=purpose, ticket=ticket)
        self.watch = JobProgress(kit, poll_s=poll_s, run=self._in_background)
        self.results = ResultsForm(kit)
        self.checks.accept(tuple(accept), digest=digest)
        self._build()
        kit.closing.register(self)
        self._selection.fill_in(source, backup_id, restore_time, target, data_nodes)
        if self.target.value is not None:
            self.check()
        self._show(self._first_open())

    def _build(self) -> None:
        forms = (
            self.source,
            self.point,
            self.target,
            self.checks,
            self.review,
            self.confirmation,
            self.watch,
            self.results,
        )
        panels = dict(zip(Step, (one.widget for one in forms), strict=True))
        self.stepper = Stepper(panels, self.go_to, self._go_back, self._go_on)
        self.offer = ResumeOffer(self._kit, self.resume)
        self.token = TokenPanel(self._kit, self._continue_after_renewal)
        self.another = style.button(
            "Start another restore", "Go back to the first step; your input is kept", "ddmkit-another"
        )
        self.another.on_click(lambda _button: self.start_another())
        scenarios = known_scenarios(self._kit) if self._new_world is not None else {}
        simulator = self._kit.simulator if scenarios else None
        worlds = [WorldPanel(scenarios, simulator.scenario_name, self.begin_world).widget] if simulator is not None else []
        self._lay_out(*worlds, self.offer.widget, self.token.widget, self.stepper.widget, self.another, css="ddmkit-restore")
        self.confirmation.submit.on_click(self._on_submit_click)
        self._selection.on_change(source=self._draw, others=self._drop_plan)
        self.checks.on_change(self._on_checks_change)
        self.confirmation.on_change(self._draw)
        self.watch.on_change(self._on_watch_change)
        self._draw()

    # From Python -------------------------------------------------------------------------------------------------

    @property
    def value(self) -> Any:
        """The job of the restore, once it was started."""
        return self.watch.job

    @property
    def plan(self) -> Plan | None:
        """The plan of the last check; ``None`` before the first check and after any change of a choice."""
        return self.checks.plan

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
            self.stepper.buttons[wanted].focus()

    def check(self) -> Plan | None:
        """Run all checks now; return the plan, or ``None`` if no plan can be made (the form shows why)."""
        self.checks.check()
        return self.plan

    def submit(self, *, watched: bool = True) -> Any:
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
        self._previous_record = self.watch.record_id or self._previous_record
        self.watch.forget()
        self.results.forget()
        self._drop_plan()
        self.checks.accept(())
        self.confirmation.withdraw()
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
        self.watch.stop()
        form = self._new_world(scenario)
        form.message.show(f"This is a new world of the scenario {scenario}. The cells above still show the old world.")
        self.replaced_by = form
        self.replace_with(form)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until no background work is left (a watched job has ended); return whether that is so."""
        return self._tasks.wait(timeout_s)

    def stop(self) -> None:
        """Request the end of background work, because the kit is being closed; a job in the cloud goes on."""
        self._tasks.close()
        self.message.show(
            "The kit was closed, so this form no longer works. Connect again and make a new form; the new form offers to "
            "continue a running restore.",
            tone=Tone.WARNING,
            word="closed",
        )
        self._draw()

    def close(self) -> None:
        """Close the widgets; a job in the cloud goes on, and a new form offers to continue it."""
        self._tasks.close()
        self.watch.close()
        super().close()

    def summary(self) -> Fragment:
        """Return the state of the whole form as static HTML and text."""
        return summarise(self.states, self._summary_lines(), self._summary_parts())

    def _summary_lines(self) -> dict[Step, str]:
        if self._sent.parts:
            lines = dict(self._sent.lines)
        else:
            lines = self._selection.describe() | {Step.CHECK: f"digest {self.plan.digest}" if self.plan else ""}
        return lines | {Step.WATCH: self.watch.state}

    def _summary_parts(self) -> list[Fragment]:
        parts = []
        if self._sent.parts:  # the record says what was sent; the fields may have changed since
            parts = [fold("Checks", self._sent.parts[Step.CHECK]), fold("Plan", self._sent.parts[Step.REVIEW])]
        elif self.plan is not None:
            parts = [fold("Checks", self.checks.summary()), fold("Plan", self.review.summary())]
        if self.watch.value is not None and self.results.value is not None:
            return [*parts, self.results.summary()]
        if self.watch.state:
            return [*parts, self.watch.summary()]
        nothing = "Nothing was submitted from this form yet."
        if self._previous_record:
            previous = self._previous_record
            nothing = f"Nothing else was submitted from this form. The previous restore is on record {previous}."
        return [*parts, describe_lines(nothing)]

    def _describe_age(self) -> str:
        return (
            f"As of {format_utc(self._kit.now())}. If the kernel was restarted since, the form above no longer works. Run "
            "this cell again; the new form offers to continue a running restore."
        )

    # State -------------------------------------------------------------------------------------------------------

    def _facts(self) -> WizardFacts:
        plan = self.plan
        return WizardFacts(
            has_source=self.source.value is not None,
            has_point=self.point.value is not None,
            has_target=self.target.value is not None,
            is_checked=plan is not None,
            is_ready=plan is not None and plan.ready,
            is_accepted=self.checks.value is not None,
            is_reviewed=plan is not None and plan.id == self._reviewed,
            is_confirmed=self.confirmation.value is not None,
            blocked=self._selection.blocked,
            working=self._tasks.active_part,
            run=self.watch.state,
        )

    def _controls(self) -> Controls:
        facts = self._facts()
        return derive_controls(derive_states(facts), self._current, facts)

    def _first_open(self) -> Step:
        states = self.states
        return next((step for step in Step if states[step] is not StepState.DONE), Step.RESULTS)

    # Events of the steps -----------------------------------------------------------------------------------------

    def _drop_plan(self) -> None:
        self._reviewed = ""
        if self.plan is not None:
            self.checks.set_plan(None)
            self.confirmation.withdraw()
            self.confirmation.outcome.clear()
        self._draw()

    def _on_checks_change(self) -> None:
        if self.review.value is not self.plan:
            self._show_plan_in_review()
        self._draw()

    def _show_plan_in_review(self) -> None:
        target = self.target.value
        self.review.set_plan(self.plan, accept=self.checks.accepted, pairs=target.pairs if target else ())

    def _on_watch_change(self) -> None:
        run = (self.watch.record_id, self.watch.state)
        is_new, self._shown_run = run != self._shown_run, run
        if self.watch.state and not is_new:  # a person may be reading another step; do not move away from it
            self._draw()
        elif self.watch.value is not None:
            self.results.show_job(self.watch.value)
            self._show(Step.RESULTS)
        elif self.watch.state:
            self.results.forget()
            was_elsewhere = self._current is not Step.WATCH
            self._show(Step.WATCH)
            if was_elsewhere:
                self.stepper.buttons[Step.WATCH].focus()
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
        if self.watch.state:
            return
        if step is Step.POINT and self.point.needs_reading:
            self._in_background(self.point.read_if_needed)
        elif step is Step.TARGET and self.target.needs_reading:
            self._in_background(self.target.read_if_needed)
        elif step is Step.CHECK and self.plan is None:
            self._in_background(self.checks.check)

    def _continue_after_renewal(self) -> None:
        """Read again what the current step needs, with the new token."""
        readers: dict[Step, Callable[[], None]] = {
            Step.SOURCE: self.source.refresh,
            Step.POINT: self.point.refresh,
            Step.TARGET: self.target.refresh,
            Step.CHECK: self.checks.check,
        }
        if self.watch.state in {"unknown", "not watched"}:
            self.resume(self.watch.record_id)
        elif not self.watch.state and self._current in readers:
            self._in_background(readers[self._current])
        else:
            self._draw()

    def _show(self, step: Step) -> None:
        with FORM_LOCK:
            self._current = step
            if step is Step.CHECK:
                self.checks.show_age()
            if step is Step.REVIEW and not self.watch.state:
                self._show_plan_in_review()
            if step is Step.CONFIRM and not self.watch.state:
                facts = self.review.facts() if self.plan is not None else ()
                nodes = self.review.plan_nodes()
                self.confirmation.set_plan(self.plan, operator=self._kit.operator, facts=facts, nodes=nodes)
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
            self._sent.follow(self.watch.record_id if facts.run else "")
            why = describe_still_to_do(states, self._current, facts)
            sent, route = self._sent.html(), describe_route(*(self._sent.route or self._selection.route))
            self.stepper.draw(states, controls, self._current, route=route, why=why, sent=sent)
            self.confirmation.submit.disabled = not controls.can_submit or self._is_submitting
            ended = facts.run in {"completed", "failed"}
            style.show(self.another, ended)
            self.token.draw()
            self._refresh_summary()

    def _in_background(self, work: Callable[[], None]) -> None:
        """Start work in the background; the current step shows that it is working."""
        if self._kit.closing.has_begun:
            self.stop()
        else:
            self._tasks.start(work, self._current)
