"""Watches a whole recovery and takes it on: a table of steps, its events, and what only a person can do.

Only this step, and ``run.wait()`` in a cell, send what may start next. A click on Look again, on an acceptance or on another
button here goes on in the background.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from ddmkit.display.html import Fragment, join
from ddmkit.display.status import Tone, tone_of_run
from ddmkit.errors import (
    AuthError,
    BusyError,
    DDMKitError,
    InputError,
    JobTimeoutError,
    NotConfirmedError,
    RecordError,
    UnknownOutcomeError,
)
from ddmkit.forms.logic.recovery_facts import STEP_COLUMNS, list_steps
from ddmkit.forms.logic.recovery_needs import Need, NeedKind, describe_progress, find_need, undecided_step
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.steps.checks import describe_any_acceptance
from ddmkit.forms.steps.watching import WatchForm
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK, Runner
from ddmkit.forms.widgets.fields import Message
from ddmkit.forms.widgets.panels.decision import DecisionPanel
from ddmkit.forms.widgets.panels.unknown_outcome import OutcomeWords, UnknownOutcomePanel
from ddmkit.forms.widgets.table import Table
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.record import Record
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.kit import Kit
from ddmkit.models import Job
from ddmkit.recovery.run.drive import StepStanding, describe_steps
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.times import format_ago, format_utc

__all__ = ["RecoveryProgress"]

_NOT_BEGUN = frozenset({"opened", "refused"})
_ENDED = frozenset({"completed", "abandoned"})
_WORDS = OutcomeWords(
    adopt_heading="If the step has started something, enter its id: of the instance, or of the job of the metadata restore",
    id_label="Id",
    id_tooltip="The id of the instance that this step made; for the metadata restore that of its job",
    adopt="This is it",
    adopt_tooltip="Record that this is what the step has started, and go on",
    name_label="Name",
    name_tooltip="Type the name of the source exactly; for the metadata restore that of the target",
    name_hint="of the source; of the target, if the step restores the metadata",
    release="Nothing was started: release the step",
    release_tooltip="Look again at the service, then release the step; it can be sent again",
)


class RecoveryProgress(WatchForm[RecoveryRun]):
    """Watches one recovery; ``value`` is its record once it has completed or was given up."""

    watched = "recovery"
    form_name = "RecoveryForm"

    def __init__(self, kit: Kit, *, poll_s: float = 10.0, run: Runner | None = None) -> None:
        super().__init__(kit, poll_s=poll_s, run=run)
        self._recovery: RecoveryRun | None = None
        self._record: Record | None = None
        self._is_following = False
        self._is_old = False
        self._told_state = ""
        self.steps: tuple[StepStanding, ...] = ()
        self.told = Message("ddmkit-run-state")
        self.details = style.html("ddmkit-watch")
        self.table = Table("Steps", STEP_COLUMNS, "ddmkit-run-steps", empty="no steps yet")
        self.decision = DecisionPanel(self._on_decide, describe_any_acceptance)
        self.unknown_outcome = UnknownOutcomePanel(self._on_adopt, self._on_release, _WORDS)
        words = "The instances are made in the cloud. Closing the page stops nothing there, but no new step is sent then."
        self._lay_out(
            style.html(value=style.heading("Watch", words)),
            self.told.widget,
            self.again,
            self.decision.widget,
            self.unknown_outcome.widget,
            self.table,
            self.details,
            self.log,
        )
        self._draw()
        kit.closing.register(self)

    @property
    def started(self) -> RecoveryRun | None:
        """The run that is watched."""
        return self._recovery

    @property
    def value(self) -> Record | None:
        """The record, once the recovery has completed or was given up."""
        return self._record if self.state in _ENDED else None

    @property
    def record(self) -> Record | None:
        """The record of what is watched, as it was read last."""
        return self._record

    @property
    def state(self) -> str:
        """How the run stands: ``running``, ``waiting``, ``stopped``, ``unknown``, ``completed``, ``abandoned``; or empty.

        ``not watched`` means that the recovery was running when last seen, and that nobody takes it on here.
        """
        if self._is_following:
            return "running"
        known = self._record.state if self._record is not None else ""
        if known == "running" and self._is_old:
            return "waiting"
        return "not watched" if known == "running" else known

    @property
    def need(self) -> Need | None:
        """What a person has to do before the recovery goes on."""
        if self._record is None or self._is_following or self.state in {"unknown", "", *_ENDED}:
            return None
        return find_need(self.steps, RecoveryView(self._record.run).open_warnings, is_old=self._is_old)

    # Watching ----------------------------------------------------------------------------------------------------

    def begin(self, start: Callable[[], RecoveryRun]) -> None:
        """Call ``start`` and take the recovery on. A run that has begun is shown also when a step was refused at once."""
        try:
            super().begin(start)
        except DDMKitError as error:
            is_other = isinstance(error, BusyError) and not error.status  # the record is that of another recovery
            if is_other or not self._has_begun(error.record_id):
                raise
            self._end_with(error, error.record_id)

    def follow(self, started: RecoveryRun) -> None:
        """Take the recovery on, round by round, in the caller's thread, until it has ended or a person is needed."""
        self._recovery, self.record_id = started, started.id
        self._is_following, self._is_old, self._has_watch_ended = True, False, False
        self.message.clear()
        self._read()
        self._notify()
        end_drawing = self._draw_often(self._draw_clock)
        problem: DDMKitError | None = None
        try:
            while not self._stopped.is_set() and not self._make_round(started):
                pass
        except DDMKitError as error:
            problem = error
        finally:
            end_drawing()
            self._is_following = False
        self._end_with(problem, started.id)

    def _make_round(self, run: RecoveryRun) -> bool:
        """Follow what was sent, and send what may start; return whether the recovery has ended."""
        try:
            run.wait(timeout_s=2, poll_s=self._poll_s, say=None, monotonic=_one_round())
        except JobTimeoutError:
            return False
        return True

    def show_unknown(self, error: UnknownOutcomeError) -> None:
        """Show that it is unknown whether a step has started something, and what to do."""
        self._end_with(error, error.record_id or self.record_id)

    def read_again(self) -> None:
        """Show what the record says now; sends and reads nothing at the service."""
        self._read()
        self._notify()

    def forget(self) -> None:
        """Remove the recovery from the page; the recovery itself is not affected."""
        self._recovery, self._record, self.record_id, self.steps = None, None, "", ()
        self._is_old = self._has_watch_ended = False
        self.details.value = self.log.value = ""
        self.message.clear()
        self.told.clear()
        self._draw()

    def summary(self) -> Fragment:
        """Return how the recovery stands, as static HTML and text."""
        if self._recovery is not None and not self._is_following:
            shown = self._recovery.refresh().show()
            about = describe_facts(self.title, [("Record", self.record_id), ("Note", self.message.text)])
            return Fragment(join([about.html, shown.html]), f"{about.text}\n{shown.text}")
        facts = [("State", self.state or "none was started"), ("Record", self.record_id), ("Note", self.message.text)]
        return describe_facts(self.title, [*facts, ("Steps", self.told.text)])

    def _take_up(self, record_id: str) -> RecoveryRun:
        found = self._kit.resume(record_id)
        if isinstance(found, RestoreJob):
            raise InputError(f"record {record_id} is of a restore.", field="record", fix="Use RestoreForm(kit).")
        return found

    def _has_begun(self, record_id: str) -> bool:
        if not record_id:
            return False
        try:
            return self._kit.records.get(record_id).state not in _NOT_BEGUN
        except RecordError:
            return False

    def _end_with(self, error: DDMKitError | None, record_id: str) -> None:
        """Show how the recovery stands now that it is not taken on any more, and why."""
        self.record_id = record_id
        self._has_watch_ended = True
        self._is_old = isinstance(error, NotConfirmedError) and any("confirm=" in one for one in error.missing)
        self._read()
        self._explain(error)
        self._draw()
        self._notify()

    def _explain(self, error: DDMKitError | None) -> None:
        if error is None:
            self._show_stopped() if self._stopped.is_set() else self.message.clear()
        elif isinstance(error, UnknownOutcomeError):
            self.message.show(error.said, tone=Tone.WARNING, word="outcome unknown")
            self.unknown_outcome.offer([one for one in error.candidates if isinstance(one, Job)], self._kit.now())
        elif self.need is not None and not isinstance(error, AuthError):
            self.message.clear()  # the panel below says what is needed, and why
        else:
            self._show_watch_ended(error)

    # Drawing -----------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Read the record and draw what it says."""
        before = self._record
        record = self._read_record(unless=before)
        with FORM_LOCK:
            if record is not None and record is not before:
                self._record = record
                self.steps = describe_steps(RecoveryView(record.run))
            self._draw()

    def _draw_clock(self) -> None:
        """Draw what changes with time and with the record, while a round is made in another thread."""
        before = self._record
        self._read()
        if self._record is not before:
            self._notify()

    def _draw(self) -> None:
        now = self._kit.now()
        self.table.set_rows(list_steps(self.steps, now))
        state = self.state
        style.show(self.table, bool(state))
        style.show(self.again, not self._kit.closing.has_begun and state in {"unknown", "not watched"})
        style.show(self.unknown_outcome.widget, state == "unknown")
        self.decision.show(self.need)
        told = describe_progress(self.steps, state) if state else ""
        if state and (told, state) != (self.told.text, self._told_state):
            self._told_state = state
            self.told.show(told, tone=tone_of_run(state), word=state)
        if self._record is None:
            return
        begun = self._record.run.created
        facts = [
            ("Source", f"{self._record.header.source_name} ({self._record.header.source_id})"),
            ("Target", self._record.header.target_name),
            ("Begun", f"{format_utc(begun)}, {format_ago(begun, now)}"),
            ("Record", self.record_id),
        ]
        self.details.value = describe_facts("", facts).html

    # Buttons -----------------------------------------------------------------------------------------------------

    def _enable_buttons(self) -> None:
        super()._enable_buttons()
        self.unknown_outcome.enable_buttons()
        self.decision.enable()

    def _on_decide(self, need: Need) -> None:
        self._run_and_enable(lambda: self.decision.attempt(lambda: self.decide(need)))

    def decide(self, need: Need) -> None:
        """Do what a person has filled in for a need, then go on; raises what the kit raises."""
        panel, record_id = self.decision, self.record_id
        if need.kind is NeedKind.ACCEPT:
            run = self._kit.accept(record_id, panel.accepted)
        elif need.kind is NeedKind.CONFIRM:
            run = self._kit.accept(record_id, (), confirm=panel.name_field.value)
        elif need.kind is NeedKind.SEND_AGAIN:
            run = self._send_again(need)
        else:
            run = self._password_given()
        self.follow(run)

    def _send_again(self, need: Need) -> RecoveryRun:
        panel = self.decision
        return self._kit.send_again(
            self.record_id, step=need.step, confirm=panel.name_field.value, node_password=panel.given_password
        )

    def _password_given(self) -> RecoveryRun:
        found = self._kit.resume(self.record_id, node_password=self.decision.given_password)
        assert isinstance(found, RecoveryRun)  # noqa: S101  # the record of a recovery is what is watched
        return found

    def _on_adopt(self, identity: str) -> None:
        self._run_and_enable(lambda: self.adopt(identity))

    def _on_release(self, reason: str, confirm: str) -> None:
        self._run_and_enable(lambda: self.release(reason=reason, confirm=confirm))

    def adopt(self, identity: str) -> None:
        """Record that this is what the undecided step has started, and go on in the caller's thread."""
        with self.unknown_outcome.message.showing_errors():
            self._kit.adopt(self.record_id, identity.strip(), step=self._undecided())
            self.resume(self.record_id)

    def release(self, *, reason: str, confirm: str) -> None:
        """Record that the undecided step has started nothing; it can be sent again then."""
        with self.unknown_outcome.message.showing_errors():
            self._kit.release(self.record_id, reason=reason, confirm=confirm, step=self._undecided())
            self.resume(self.record_id)

    def _undecided(self) -> str:
        found = undecided_step(self.steps)
        return found.step if found is not None else ""


def _one_round() -> Callable[[], float]:
    """Return a clock with which waiting for 2 s is one round: what was sent is followed once, and what may start is sent."""
    ticks = count()
    return lambda: float(next(ticks))
