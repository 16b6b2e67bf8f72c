"""The whole restore on one page: the forms of all steps, joined. What each asks and decides stands in its own file.

A click that reads, checks or submits is answered by a worker thread, so that the kernel stays free; what Python sets or
calls is done at once. The one request is guarded by the restore floor, not by the button.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ddmkit.display.html import Fragment
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError, InputError
from ddmkit.forms.logic.summary import describe_missing, summarise
from ddmkit.forms.logic.wizard_state import (
    Standing,
    Step,
    StepState,
    derive_controls,
    derive_states,
    describe_still_to_do,
    next_step,
    previous_step,
)
from ddmkit.forms.selection import Choices
from ddmkit.forms.steps.checks import Checklist
from ddmkit.forms.steps.confirm import ConfirmForm
from ddmkit.forms.steps.results import ResultsForm
from ddmkit.forms.steps.review import PlanReview
from ddmkit.forms.steps.sent import SentSteps
from ddmkit.forms.steps.watch import JobProgress
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.background import FORM_LOCK, TaskQueue
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.new_world import WorldPanel, known_scenarios
from ddmkit.forms.widgets.resume import ResumeOffer
from ddmkit.forms.widgets.stepper import Stepper, describe_route
from ddmkit.forms.widgets.token_renewal import TokenPanel
from ddmkit.times import format_utc

__all__ = ["RestoreForm"]


class RestoreForm(Form):
    """Asks for everything a restore needs, checks it, shows the plan, submits it once, and watches it; ``value`` is the job.

    Values may be given beforehand, so that a notebook runs without a page; then ``submit`` sends the plan if ``confirm`` is
    the target's name and ``digest`` the plan's. The steps are forms of their own: ``source``, ``point``, ``target``,
    ``checks``, ``review``, ``confirmation``, ``watch``, ``results``. On the simulator ``new_world`` makes the form for a new
    world of a scenario; it then takes this form's place on the page.
    """

    title = "Restore"

    def __init__(  # noqa: PLR0913  # every one is optional, keyword-only, and a parameter of the notebook
        self,
        kit: Any,
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
        self._earlier_record = ""
        self._sent = SentSteps(kit)
        self.digest = digest
        self._choices = Choices(kit, time_zone=time_zone, incident=incident, run=self._in_background)
        self.source, self.point, self.target = self._choices.source, self._choices.point, self._choices.target
        self.checks = Checklist(self._choices.make_plan, kit.now, run=self._in_background)
        self.review = PlanReview(kit, run=self._in_background)
        self.confirmation = ConfirmForm(confirm=confirm, digest=digest, purpose=purpose, ticket=ticket)
        self.watch = JobProgress(kit, poll_s=poll_s, run=self._in_background)
        self.results = ResultsForm(kit)
        self.checks.accept(tuple(accept), digest=digest)
        self._build()
        kit.closing.tell(self)
        self._choices.fill_in(source, backup_id, restore_time, target, data_nodes)
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
        self.offer = ResumeOffer(self._kit, self.take_up)
        self.token = TokenPanel(self._kit, self._go_on_after_renewal)
        self.another = look.button(
            "Start another restore", "Go back to the first step; what was typed is kept", "ddmkit-another"
        )
        self.another.on_click(lambda _button: self.start_another())
        scenarios = known_scenarios(self._kit) if self._new_world is not None else {}
        worlds = [WorldPanel(scenarios, self._kit.simulator.scenario_name, self.begin_world).widget] if scenarios else []
        self._place(*worlds, self.offer.widget, self.token.widget, self.stepper.widget, self.another, css="ddmkit-restore")
        self.confirmation.submit.on_click(self._press_submit)
        self._choices.when_changed(source=self._draw, others=self._drop_plan)
        self.checks.when_changed(self._checks_changed)
        self.confirmation.when_changed(self._draw)
        self.watch.when_changed(self._watch_changed)
        self._draw()

    # From Python -------------------------------------------------------------------------------------------------

    @property
    def value(self) -> Any:
        """The job of the restore, once it was begun."""
        return self.watch.job

    @property
    def plan(self) -> Any:
        """The plan as it was checked last, or ``None``; a change of any choice takes it away."""
        return self.checks.plan

    @property
    def step(self) -> Step:
        """The step on the page."""
        return self._current

    @property
    def states(self) -> dict[Step, StepState]:
        """How every step stands."""
        return derive_states(self._standing())

    def go_to(self, step: Step | str) -> None:
        """Open a step, if it can be opened."""
        wanted = Step(step)
        if wanted in self._controls().can_open:
            self._show(wanted)
            self._prepare(wanted)
            # The page may be scrolled past a long panel; the focus brings its top back, for eyes and for the keyboard.
            self.stepper.buttons[wanted].focus()

    def check(self) -> Any:
        """Check everything now and give the plan, or ``None`` when something stands against making one."""
        self.checks.check()
        return self.plan

    def submit(self, *, watched: bool = True) -> Any:
        """Submit the plan if ``confirm`` and ``digest`` are right for it, and give the job; else say what is missing.

        For running without a page. Raises what ``kit.submit`` raises; the job is watched in the background unless the caller
        does that.
        """
        missing = describe_missing(self.plan, self.confirmation.name_field.value, self.digest)
        if missing is not None:
            return missing
        self.confirmation.set_plan(self.plan, operator=self._kit.operator)
        job = self._send(self.plan)
        if watched:
            self._in_background(lambda: self.watch.follow(job))
        else:
            self.watch.hold(job)
        return job

    def take_up(self, record: Any) -> None:
        """Go on with a restore that was begun earlier, from its record or id; in the background."""
        self.offer.hide()
        self._show(Step.WATCH)
        self._in_background(lambda: self.watch.take_up(record))

    def start_another(self) -> None:
        """Go back to the first step, keeping what was chosen; a restore that runs goes on and is offered again."""
        self._earlier_record = self.watch.record_id or self._earlier_record
        self.watch.forget()
        self.results.forget()
        self._drop_plan()
        self.checks.accept(())
        self.confirmation.withdraw()
        self.offer.refresh()
        self._show(Step.SOURCE)

    def begin_world(self, scenario: str) -> None:
        """Begin a scenario in a new world of the simulator; the form for it takes this one's place on the page."""
        if self._new_world is None:
            raise InputError("this form was not given a way to make a world.", field="new_world", fix="Use guide.form().")
        if self._is_submitting:
            raise DDMKitError("A request is on its way. Wait for its answer, then begin a new world.")
        self._tasks.close()
        self.watch.stop()
        fresh = self._new_world(scenario)
        fresh.message.say(f"This is a new world of the scenario {scenario}. What the page says above is of the old world.")
        self.replaced_by = fresh
        self.give_place_to(fresh)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is done in the background (a watched job has ended), and tell whether it is so."""
        return self._tasks.wait(timeout_s)

    def stop(self) -> None:
        """Ask nothing more, because the kit is being closed, and say so; a job in the cloud goes on."""
        self._tasks.close()
        self.message.say(
            "The kit was closed, so this form can ask nothing more. Connect again and make another form: it offers to "
            "continue what is running.",
            tone=Tone.WARNING,
            word="closed",
        )
        self._draw()

    def close(self) -> None:
        """Let go of the page; a job in the cloud goes on, and another form offers to continue it."""
        self._tasks.close()
        self.watch.close()
        super().close()

    def summary(self) -> Fragment:
        """Return the whole state as static HTML and text."""
        return summarise(self, self.states, sent=self._sent, earlier=self._earlier_record)

    def _describe_age(self) -> str:
        return (
            f"As of {format_utc(self._kit.now())}. If the kernel was restarted since, the form above no longer works: run this "
            "cell again, and the new form offers to continue a restore that is running."
        )

    # Deciding ----------------------------------------------------------------------------------------------------

    def _standing(self) -> Standing:
        plan = self.plan
        return Standing(
            has_source=self.source.value is not None,
            has_point=self.point.value is not None,
            has_target=self.target.value is not None,
            is_checked=plan is not None,
            is_ready=plan is not None and plan.ready,
            is_accepted=self.checks.value is not None,
            is_reviewed=plan is not None and plan.id == self._reviewed,
            is_confirmed=self.confirmation.value is not None,
            blocked=self._choices.blocked,
            working=self._tasks.about,
            run=self.watch.state,
        )

    def _controls(self) -> Any:
        standing = self._standing()
        return derive_controls(derive_states(standing), self._current, standing)

    def _first_open(self) -> Step:
        states = self.states
        return next((step for step in Step if states[step] is not StepState.DONE), Step.RESULTS)

    # Following changes -------------------------------------------------------------------------------------------

    def _drop_plan(self) -> None:
        self._reviewed = ""
        if self.plan is not None:
            self.checks.set_plan(None)
            self.confirmation.withdraw()
            self.confirmation.outcome.clear()
        self._draw()

    def _checks_changed(self) -> None:
        if self.review.value is not self.plan:
            self._hand_over_plan()
        self._draw()

    def _hand_over_plan(self) -> None:
        target = self.target.value
        self.review.set_plan(self.plan, accept=self.checks.accepted, pairs=target.pairs if target else ())

    def _watch_changed(self) -> None:
        run = (self.watch.record_id, self.watch.state)
        is_news, self._shown_run = run != self._shown_run, run
        if self.watch.state and not is_news:  # whoever reads another step meanwhile is left there
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
            self.confirmation.outcome.say(self.watch.message.text)
            self._show(self._first_open())
        else:
            self._draw()

    # Moving ------------------------------------------------------------------------------------------------------

    def _go_back(self) -> None:
        self.go_to(previous_step(self._current))

    def _go_on(self) -> None:
        if self._current is Step.REVIEW and self.plan is not None:
            self._reviewed = self.plan.id
        self.go_to(next_step(self._current))

    def _prepare(self, step: Step) -> None:
        """Have read, off the kernel's thread, what a step needs when it is opened; what was sent needs nothing."""
        if self.watch.state:
            return
        if step is Step.POINT and self.point.needs_reading:
            self._in_background(self.point.read_if_needed)
        elif step is Step.TARGET and self.target.needs_reading:
            self._in_background(self.target.read_if_needed)
        elif step is Step.CHECK and self.plan is None:
            self._in_background(self.checks.check)

    def _go_on_after_renewal(self) -> None:
        """Ask once more what the step on the page needs, with the new token."""
        asks: dict[Step, Callable[[], None]] = {
            Step.SOURCE: self.source.refresh,
            Step.POINT: self.point.refresh,
            Step.TARGET: self.target.refresh,
            Step.CHECK: self.checks.check,
        }
        if self.watch.state in {"unknown", "not watched"}:
            self.take_up(self.watch.record_id)
        elif not self.watch.state and self._current in asks:
            self._in_background(asks[self._current])
        else:
            self._draw()

    def _show(self, step: Step) -> None:
        with FORM_LOCK:
            self._current = step
            if step is Step.CHECK:
                self.checks.show_age()
            if step is Step.REVIEW and not self.watch.state:
                self._hand_over_plan()
            if step is Step.CONFIRM and not self.watch.state:
                facts = self.review.facts() if self.plan is not None else ()
                self.confirmation.set_plan(self.plan, operator=self._kit.operator, facts=facts)
            self._draw()

    # Submitting --------------------------------------------------------------------------------------------------

    def _press_submit(self, button: Any) -> None:
        button.disabled = True
        if self._is_submitting or not self._controls().can_submit:
            self._draw()
            return
        self._is_submitting = True
        plan = self.plan
        self.confirmation.outcome.say("Sending the one request ...", tone=Tone.BUSY)
        self._in_background(lambda: self._carry_out(plan))

    def _carry_out(self, plan: Any) -> None:
        try:
            self.watch.begin(lambda: self._send(plan))
        except DDMKitError as error:
            kept = f"\nRecord: {error.record_id}" if error.record_id else ""
            self.confirmation.outcome.say(f"{error}{kept}", tone=Tone.BAD, word="not submitted")
        finally:
            self._is_submitting = False

    def _send(self, plan: Any) -> Any:
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
            standing = self._standing()
            states = derive_states(standing)
            controls = derive_controls(states, self._current, standing)
            self._sent.follow(self.watch.record_id if standing.run else "")
            why = describe_still_to_do(states, self._current, standing)
            sent = self._sent.html()
            self.stepper.draw(states, controls, self._current, route=self._route(), why=why, sent=sent)
            self.confirmation.submit.disabled = not controls.can_submit or self._is_submitting
            ended = standing.run in {"completed", "failed"}
            look.show(self.another, ended)
            self.token.draw()
            self._refresh_summary()

    def _route(self) -> Any:
        if self._sent.ends is not None:
            return describe_route(*self._sent.ends)
        return describe_route(*self._choices.ends)

    def _in_background(self, work: Callable[[], None]) -> None:
        """Have work done by the worker; the step that asked shows that it is being done."""
        if self._kit.closing.has_begun:
            self.stop()
        else:
            self._tasks.start(work, self._current)
