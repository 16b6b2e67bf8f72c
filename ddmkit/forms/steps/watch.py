"""The form that watches a restore: its progress, and what to do when its outcome is unknown.

One daemon thread asks the service; another shows the state, at most twice a second, so the kernel stays free. Closing the
page, Ctrl-C or a kernel restart do not affect the job: ``resume`` finds the job again by its record.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import ipywidgets as widgets

from ddmkit.display.html import Fragment, clean_line
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError, InputError, JobFailedError, RecordError, UnknownOutcomeError
from ddmkit.forms.logic.job_progress import STALL_AFTER, JobObserver, StopWatchingError, describe_observation, describe_stall
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.readers.watched_run import read_expected, read_plan
from ddmkit.forms.steps.watching import WatchForm
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import Runner
from ddmkit.forms.widgets.fields import Message
from ddmkit.forms.widgets.panels.unknown_outcome import UnknownOutcomePanel
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.record import Record
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.kit import Kit

__all__ = ["JobProgress"]

_VERY_LONG_S = 30 * 86_400.0
_STATE_WORDS = {"not watched": "Running when last seen; no longer watched"}


class JobProgress(WatchForm[RestoreJob]):
    """Watches one restore; ``value`` is the job once it has completed or failed.

    ``job`` is a job, a record or the id of a record. It is watched in the background, and ``wait`` waits for the end.
    ``poll_s`` is the pause between two status checks, ``stall_after`` how long nothing may change before a warning appears.
    """

    def __init__(
        self,
        kit: Kit,
        job: RestoreJob | Record | str | None = None,
        *,
        poll_s: float = 5.0,
        stall_after: timedelta = STALL_AFTER,
        run: Runner | None = None,
    ) -> None:
        super().__init__(kit, poll_s=poll_s, run=run)
        self._stall_after = stall_after
        self._observer: JobObserver | None = None
        self._shown_progress: tuple[str, str] = ("", "")
        self._observed_record = ""
        self.job: RestoreJob | None = None
        self.is_unknown = False
        self._is_following = False
        self._last_status = ""
        self._expected = ""
        self._build()
        kit.closing.register(self)
        if job is not None:
            self._run(lambda: self.resume(job))

    def _build(self) -> None:
        self.bar = widgets.FloatProgress(
            min=0,
            max=1,
            description="Progress",
            tooltip="How much of the job is done",
            layout=style.layout(width="100%"),
            **style.classes("ddmkit-progress"),
        )
        self.details = style.html("ddmkit-watch")
        self.plan = style.html("ddmkit-watched-plan")
        self.stall = Message("ddmkit-stall")
        self.unknown_outcome = UnknownOutcomePanel(self._on_adopt_click, self._on_release_click)
        words = "The job runs in the cloud, not on this page. Closing the page or stopping the kernel does not stop it."
        self._lay_out(
            style.html(value=style.heading("Watch", words)),
            self.bar,
            self.details,
            self.stall.widget,
            self.again,
            self.unknown_outcome.widget,
            self.plan,
            self.log,
        )
        self._draw_state()

    @property
    def value(self) -> RestoreJob | None:
        """The job once it has completed or failed."""
        return self.job if self.state in {"completed", "failed"} else None

    @property
    def started(self) -> RestoreJob | None:
        """The job that is watched."""
        return self.job

    @property
    def state(self) -> str:
        """The state of the restore: ``running``, ``completed``, ``failed``, ``unknown``, or empty before there is a restore.

        ``not watched`` means that the restore was running when last seen, and that this form no longer watches it.
        """
        if self.is_unknown:
            return "unknown"
        if self._is_following:
            return "running"  # also while the target is read back
        if self.job is not None:
            with suppress(RecordError):  # if the store fails, the last known state stays
                self._last_status = str(self.job.status)
        known = self._last_status
        return "not watched" if known == "running" and self._has_watch_ended else known

    def follow(self, job: RestoreJob) -> None:
        """Watch a job in the caller's thread until it has ended, and show its progress."""
        before = self._observer.seen if self._observer is not None and job.record.id == self._observed_record else None
        self._observer, self._is_following = JobObserver(self._kit.now, self._stopped, before), True
        self._observed_record = job.record.id
        self.message.clear()
        self.show_job(job)
        end_drawing = self._draw_often(self._draw_seen)
        try:
            job.wait(timeout_s=_VERY_LONG_S, poll_s=self._poll_s, listener=self._observer)
        except JobFailedError as error:
            self._last_status = "failed"
            self.message.show_error(f"The job failed: {clean_line(self._reason_of(job) or error)}")
        except StopWatchingError:
            self._show_stopped()
        except DDMKitError as error:
            self._show_watch_ended(error)
        finally:
            end_drawing()
            self._is_following = False
        self._draw_seen()
        self._draw_record()
        self._draw_state()
        self._notify()

    def show_job(self, job: RestoreJob) -> None:
        """Show a job without watching it; the caller waits for it."""
        self.job, self.is_unknown, self._last_status = job, False, "running"
        self._has_watch_ended = False
        with suppress(RecordError):
            self.record_id = job.record.id
        self._draw_record()
        self._draw_state()
        self._notify()

    def _take_up(self, record_id: str) -> RestoreJob:
        return _require_restore(self._kit.resume(record_id))

    def forget(self) -> None:
        """Remove the restore from the page; the restore itself is not affected."""
        self.job, self.is_unknown, self.record_id, self._observer = None, False, "", None
        self._last_status = ""
        self._has_watch_ended, self._shown_progress = False, ("", "")
        self.details.value = self.log.value = self.plan.value = self._expected = ""
        self.bar.value = 0.0
        self.message.clear()
        self.stall.clear()
        self._draw_state()

    def show_unknown(self, error: UnknownOutcomeError) -> None:
        """Show that it is unknown whether a restore was started, and what to do."""
        self.is_unknown = True
        self.record_id = error.record_id or self.record_id
        self.message.show(error.said, tone=Tone.WARNING, word="outcome unknown")
        self.unknown_outcome.offer(error.candidates, self._kit.now())
        self._draw_record()
        self._draw_state()
        self._notify()

    def adopt(self, job_id: str) -> None:
        """Record that this job is the restore, and watch the job in the caller's thread."""
        with self.unknown_outcome.message.showing_errors():
            self.follow(_require_restore(self._kit.adopt(self.record_id, job_id.strip())))

    def release(self, *, reason: str, confirm: str) -> None:
        """Record that nothing was started, which releases the target for a new plan."""
        with self.unknown_outcome.message.showing_errors():
            self._kit.release(self.record_id, reason=reason, confirm=confirm)
            self.forget()
            self.message.show("Released: nothing was started. A new plan can be made.", tone=Tone.GOOD, word="released")
            self._notify()

    def summary(self) -> Fragment:
        """Return the state of the restore as static HTML and text."""
        if not self.state:
            return describe_facts(self.title, [("Restore", "none was started"), ("Note", self.message.text)])
        seen = self._observer.seen if self._observer else None
        known = describe_observation(seen, seen.answered or seen.started)[:3] if seen else []
        reason = self._reason_of(self.job) if self.state == "failed" else ""
        facts = [
            ("State", _STATE_WORDS.get(self.state, self.state.capitalize())),
            ("Record", self.record_id),
            *known,
            ("Reason", reason),
        ]
        return describe_facts(self.title, [*facts, ("Note", self.message.text)])

    def _reason_of(self, job: RestoreJob | None) -> str:
        """Return why a job failed; empty if the record cannot be read."""
        with suppress(RecordError):
            return job.fail_reason if job is not None else ""
        return ""

    # Drawing -----------------------------------------------------------------------------------------------------

    def _draw_seen(self) -> None:
        if self._observer is None:
            return
        seen, now = self._observer.seen, self._kit.now()
        facts = describe_observation(seen, now)
        self.details.value = describe_facts("", [*facts[:4], ("Expected in all", self._expected), *facts[4:]]).html
        if seen.job is not None:
            self.bar.value = seen.job.progress or 0.0
            progress = (seen.job.status, seen.job.process)
            if progress != self._shown_progress and not seen.job.is_finished:
                self._shown_progress = progress
                self._draw_record()
                self._notify()
        stalled = describe_stall(seen, now, self._stall_after)
        if stalled != self.stall.text:
            self.stall.show(stalled, tone=Tone.WARNING, word="no change") if stalled else self.stall.clear()

    def _draw_record(self) -> None:
        """Show what the record says now: the plan that was sent, and every event; nothing while it cannot be read."""
        record = self._read_record()
        if record is not None:
            self._expected = self._expected or read_expected(self._kit)
            self.plan.value = self.plan.value or read_plan(record)

    def _draw_state(self) -> None:
        style.show(self.unknown_outcome.widget, self.is_unknown)
        can_ask = not self._kit.closing.has_begun
        style.show(self.again, can_ask and self.state in {"unknown", "not watched"})
        style.show(self.bar, self.state in {"running", "completed", "not watched"})
        if self.state == "completed":
            self.bar.value = 1.0

    # Buttons -----------------------------------------------------------------------------------------------------

    def _on_adopt_click(self, job_id: str) -> None:
        self._run_and_enable(lambda: self.adopt(job_id))

    def _on_release_click(self, reason: str, confirm: str) -> None:
        self._run_and_enable(lambda: self.release(reason=reason, confirm=confirm))

    def _enable_buttons(self) -> None:
        super()._enable_buttons()
        self.unknown_outcome.enable_buttons()


def _require_restore(found: RestoreJob | RecoveryRun) -> RestoreJob:
    """Return the job of a restore; a whole recovery is watched elsewhere."""
    if isinstance(found, RestoreJob):
        return found
    raise InputError(f"record {found.id} is of a whole recovery.", field="record", fix="Use RecoveryForm(kit, record=...).")
