"""The form that watches a restore: progress while it runs, and the two ways on when its outcome is unknown.

One daemon thread asks the service, another shows what it saw, at most twice a second; the kernel stays free. Closing the
page, Ctrl-C or the kernel's end leave the job alone: ``take_up`` finds it again by its record.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import ipywidgets as widgets

from ddmkit.display.html import Fragment, clean_line
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError, JobFailedError, RecordError, UnknownOutcomeError
from ddmkit.forms.logic.job_progress import STALL_AFTER, SeenBook, StopFollowingError, describe_seen, describe_stall
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.background import Runner, Worker
from ddmkit.forms.widgets.base import Form, describe_facts
from ddmkit.forms.widgets.fields import Message
from ddmkit.forms.widgets.unknown_outcome import UnknownOutcomePanel

__all__ = ["JobProgress"]

_REDRAW_S = 0.5
_VERY_LONG_S = 30 * 86_400.0
_SAID_STATES = {"not watched": "Running when last seen; no longer watched"}


class JobProgress(Form):
    """Watches one restore; ``value`` is the job once it has ended, well or not.

    ``job`` may be a job or a record (or its id), which is then taken up; both are watched in the background, and ``wait``
    waits for the end. ``poll_s`` is how often the service is asked, ``stall_after`` when standing still is told.
    """

    title = "Watch"

    def __init__(
        self,
        kit: Any,
        job: Any = None,
        *,
        poll_s: float = 5.0,
        stall_after: timedelta = STALL_AFTER,
        run: Runner | None = None,
    ) -> None:
        self._worker = Worker("ddmkit-watch")
        super().__init__(run=run or self._worker.start)
        self._kit = kit
        self._poll_s = poll_s
        self._stall_after = stall_after
        self._stopped = threading.Event()
        self._book: SeenBook | None = None
        self._noticed: tuple[str, str] = ("", "")
        self._seen_id = ""
        self.job: Any = None
        self.is_unknown = False
        self._is_following = False
        self._last_status = ""
        self._is_broken_off = False
        self.record_id = ""
        self._build()
        kit.closing.tell(self)
        if job is not None:
            self._run(lambda: self.take_up(job))

    def _build(self) -> None:
        self.bar = widgets.FloatProgress(
            min=0,
            max=1,
            description="Progress",
            tooltip="The share of the job that is done",
            layout=widgets.Layout(width="100%"),
        )
        self.bar.add_class("ddmkit-progress")
        self.said = look.html("ddmkit-watch")
        self.stall = Message("ddmkit-stall")
        self.again = look.button("Look again", "Ask the service once more what became of the restore", "ddmkit-look-again")
        self.again.on_click(self._press_again)
        self.undecided = UnknownOutcomePanel(self._press_adopt, self._press_release)
        words = "A job runs in the cloud, not on this page: closing the page, or stopping the kernel, does not stop it."
        self._place(
            look.html(value=look.heading("Watch", words)),
            self.bar,
            self.said,
            self.stall.widget,
            self.again,
            self.undecided.widget,
        )
        self._draw_state()

    @property
    def value(self) -> Any:
        """The job once it has ended."""
        return self.job if self.state in {"completed", "failed"} else None

    @property
    def state(self) -> str:
        """How the restore stands: ``running``, ``completed``, ``failed``, ``unknown``, or nothing before there is one.

        ``not watched`` is a restore that was running when it was last seen, and that nobody follows any more.
        """
        if self.is_unknown:
            return "unknown"
        if self._is_following:
            return "running"  # until the target was read back too
        if self.job is not None:
            with suppress(RecordError):  # a store that fails does not change what was seen last
                self._last_status = str(self.job.status)
        known = self._last_status
        return "not watched" if known == "running" and self._is_broken_off else known

    def follow(self, job: Any) -> None:
        """Watch a job in this thread until it has ended, and show what is seen meanwhile."""
        before = self._book.seen if self._book is not None and job.record.id == self._seen_id else None
        self._book, self._is_following = SeenBook(self._kit.now, self._stopped, before), True
        self._seen_id = job.record.id
        self.message.clear()
        self.hold(job)
        ended = threading.Event()
        shows = threading.Thread(target=self._show_until, args=(ended,), name="ddmkit-watch-show", daemon=True)
        shows.start()
        try:
            job.wait(timeout_s=_VERY_LONG_S, poll_s=self._poll_s, listener=self._book)
        except JobFailedError as error:
            self._last_status = "failed"
            self.message.refuse(f"The job failed: {clean_line(self._reason_of(job) or error)}")
        except StopFollowingError:
            self._describe_stopped()
        except DDMKitError as error:
            self._describe_broken_off(error)
        finally:
            ended.set()
            shows.join()
            self._is_following = False
        self._draw_seen()
        self._draw_state()
        self._tell()

    def hold(self, job: Any) -> None:
        """Show a job that somebody else waits for."""
        self.job, self.is_unknown, self._last_status = job, False, "running"
        self._is_broken_off = False
        with suppress(RecordError):
            self.record_id = job.record.id
        self._draw_state()
        self._tell()

    def begin(self, start: Callable[[], Any]) -> None:
        """Have ``start`` begin or take up a restore, and watch it in this thread; an unknown outcome shows the ways on."""
        try:
            job = start()
        except UnknownOutcomeError as error:
            self.show_unknown(error)
            return
        self.follow(job)

    def take_up(self, record: Any) -> None:
        """Go on watching from a job, a record or its id, in this thread; what stands against it is said."""
        self.record_id = getattr(getattr(record, "record", record), "id", record)
        try:
            self.begin(lambda: self._kit.resume(self.record_id))
        except DDMKitError as error:
            self.message.refuse(error)
            self._tell()

    def forget(self) -> None:
        """Show no restore any more; the one shown so far is left as it is."""
        self.job, self.is_unknown, self.record_id, self._book = None, False, "", None
        self._last_status = ""
        self._is_broken_off, self._noticed = False, ("", "")
        self.said.value = ""
        self.bar.value = 0.0
        self.message.clear()
        self.stall.clear()
        self._draw_state()

    def show_unknown(self, error: UnknownOutcomeError) -> None:
        """Describe that nobody can tell whether a restore was started, and offer the ways on."""
        self.is_unknown = True
        self.record_id = error.record_id or self.record_id
        self.message.say(error.said, tone=Tone.WARNING, word="outcome unknown")
        self.undecided.offer(error.candidates)
        self._draw_state()
        self._tell()

    def adopt(self, job_id: str) -> None:
        """Describe that this was the job, and watch it; in this thread."""
        with self._on_decision():
            self.follow(self._kit.adopt(self.record_id, job_id.strip()))

    def release(self, *, reason: str, confirm: str) -> None:
        """Describe that nothing was started, so that the target is free for a new plan."""
        with self._on_decision():
            self._kit.release(self.record_id, reason=reason, confirm=confirm)
            self.forget()
            self.message.say("Released: nothing was started. A new plan can be made.", tone=Tone.GOOD, word="released")
            self._tell()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is being asked in the background, and tell whether it is so."""
        return self._worker.wait(timeout_s)

    def stop(self) -> None:
        """Stop looking soon; the job in the cloud goes on."""
        self._stopped.set()
        self._worker.close()

    def close(self) -> None:
        """Stop looking and let go of the page; the job in the cloud goes on."""
        self.stop()
        super().close()

    def summary(self) -> Fragment:
        """Return how the restore stands as static HTML and text."""
        if not self.state:
            return describe_facts(self.title, [("Restore", "none was begun"), ("Note", self.message.text)])
        seen = self._book.seen if self._book else None
        known = describe_seen(seen, seen.answered or seen.begun)[:3] if seen else []
        reason = self._reason_of(self.job) if self.state == "failed" else ""
        facts = [
            ("State", _SAID_STATES.get(self.state, self.state.capitalize())),
            ("Record", self.record_id),
            *known,
            ("Reason", reason),
        ]
        return describe_facts(self.title, [*facts, ("Note", self.message.text)])

    def _reason_of(self, job: Any) -> str:
        """Return why a job failed, or nothing when the record cannot be read."""
        with suppress(RecordError):
            return str(job.fail_reason)
        return ""

    # Saying ------------------------------------------------------------------------------------------------------

    def _describe_broken_off(self, error: DDMKitError) -> None:
        self._is_broken_off = True
        if self._stopped.is_set():  # the connections went before the answer came
            self._describe_stopped()
            return
        self.message.say(
            f"{error}\nThe job is no longer watched; it goes on in the cloud. Press Look again to continue watching.",
            tone=Tone.BAD,
            word="not watched",
        )

    def _describe_stopped(self) -> None:
        """Describe how to go on when the kit was closed; a form that was closed itself has nobody to tell."""
        self._is_broken_off = True
        if self._kit.closing.has_begun:
            self.message.say(
                "Watching has ended, because the kit was closed. The job goes on in the cloud. To continue, connect again: "
                f"RestoreForm(kit) offers it, and kit.resume({self.record_id!r}) takes it up.",
                tone=Tone.WARNING,
                word="not watched",
            )

    # Showing -----------------------------------------------------------------------------------------------------

    def _show_until(self, ended: threading.Event) -> None:
        while not ended.wait(_REDRAW_S):
            self._draw_seen()

    def _draw_seen(self) -> None:
        if self._book is None:
            return
        seen, now = self._book.seen, self._kit.now()
        self.said.value = describe_facts("", describe_seen(seen, now)).html
        if seen.job is not None:
            self.bar.value = seen.job.progress or 0.0
            told = (seen.job.status, seen.job.process)
            if told != self._noticed and not seen.job.is_finished:
                self._noticed = told
                self._tell()
        stalled = describe_stall(seen, now, self._stall_after)
        if stalled != self.stall.text:
            self.stall.say(stalled, tone=Tone.WARNING, word="stands still") if stalled else self.stall.clear()

    def _draw_state(self) -> None:
        look.show(self.undecided.widget, self.is_unknown)
        can_ask = not self._kit.closing.has_begun
        look.show(self.again, can_ask and self.state in {"unknown", "not watched"})
        look.show(self.bar, self.state in {"running", "completed", "not watched"})
        if self.state == "completed":
            self.bar.value = 1.0

    # Pressing ----------------------------------------------------------------------------------------------------

    def _press_again(self, button: widgets.Button) -> None:
        button.disabled = True
        self.message.say("Looking for the job ...", tone=Tone.BUSY)
        self._run(lambda: self._freeing(lambda: self.take_up(self.record_id)))

    def _press_adopt(self, job_id: str) -> None:
        self._run(lambda: self._freeing(lambda: self.adopt(job_id)))

    def _press_release(self, reason: str, confirm: str) -> None:
        self._run(lambda: self._freeing(lambda: self.release(reason=reason, confirm=confirm)))

    def _freeing(self, work: Any) -> None:
        """Enable the buttons again, whatever came of the work."""
        try:
            work()
        finally:
            self.again.disabled = False
            self.undecided.free()

    def _on_decision(self) -> Any:
        return self.undecided.refusing()
