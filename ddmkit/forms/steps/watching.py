"""What watching a restore and watching a recovery have in common: a thread of its own, a record, and how watching ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

import ipywidgets as widgets

from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError, UnknownOutcomeError
from ddmkit.forms.readers.watched_run import read_log
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import Runner, Worker
from ddmkit.forms.widgets.base import Form
from ddmkit.handles.record import Record
from ddmkit.kit import Kit

__all__ = ["REDRAW_S", "WatchForm"]

REDRAW_S = 0.5
"""Seconds between two looks at what is shown while something is watched; no request is sent for it."""

StartedT = TypeVar("StartedT")


class WatchForm(Form, Generic[StartedT]):
    """Watches what was started, in the background; subclasses say how one round is made and what is shown."""

    title = "Watch"
    watched = "job"
    """What goes on in the cloud when the watching ends."""
    form_name = "RestoreForm"

    def __init__(self, kit: Kit, *, poll_s: float, run: Runner | None) -> None:
        self._worker = Worker("ddmkit-watch")
        super().__init__(run=run or self._worker.start)
        self._kit = kit
        self._poll_s = poll_s
        self._stopped = threading.Event()
        self._has_watch_ended = False
        self.record_id = ""
        self.log = style.html("ddmkit-events")
        self.again = style.button("Look again", "Ask the service again how it stands", "ddmkit-look-again")
        self.again.on_click(self._on_again_click)

    @property
    def state(self) -> str:
        """How it stands; empty before there is anything to watch."""
        raise NotImplementedError

    @property
    def started(self) -> StartedT | None:
        """What is watched."""
        raise NotImplementedError

    def follow(self, started: StartedT) -> None:
        """Watch in the caller's thread until there is nothing to wait for."""
        raise NotImplementedError

    def show_unknown(self, error: UnknownOutcomeError) -> None:
        """Show that it is unknown whether something was started, and what to do."""
        raise NotImplementedError

    def forget(self) -> None:
        """Remove everything from the page; nothing in the cloud is affected."""
        raise NotImplementedError

    def _take_up(self, record_id: str) -> StartedT:
        """Return what a record is of, to watch it; raises ``DDMKitError``."""
        raise NotImplementedError

    def _enable_buttons(self) -> None:
        self.again.disabled = False

    def begin(self, start: Callable[[], StartedT]) -> None:
        """Call ``start``, and watch what it has started; an unknown outcome is shown with what to do."""
        try:
            started = start()
        except UnknownOutcomeError as error:
            self.show_unknown(error)
            return
        self.follow(started)

    def resume(self, record: Record | Any | str) -> None:
        """Continue watching, from a record, its id, or what was started, in the caller's thread; an error is shown."""
        found = record if isinstance(record, Record | str) else record.record
        self.record_id = found if isinstance(found, str) else found.id
        try:
            self.begin(lambda: self._take_up(self.record_id))
        except DDMKitError as error:
            self.message.show_error(error)
            self._notify()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until no background work is left; return whether that is so."""
        return self._worker.wait(timeout_s)

    def stop(self) -> None:
        """Request the end of watching; does not block. What runs in the cloud goes on."""
        self._stopped.set()
        self._worker.close()

    def close(self) -> None:
        """Stop watching and close the widgets; what runs in the cloud goes on."""
        self.stop()
        super().close()

    # How watching ends -------------------------------------------------------------------------------------------

    def _show_watch_ended(self, error: DDMKitError) -> None:
        self._has_watch_ended = True
        if self._stopped.is_set():  # the connections were closed before the answer came
            self._show_stopped()
            return
        self.message.show(
            f"{error}\nThe {self.watched} is no longer watched; it goes on in the cloud. To continue watching, click Look "
            "again.",
            tone=Tone.BAD,
            word="not watched",
        )

    def _show_stopped(self) -> None:
        """Show how to continue after the kit was closed; a form that was closed itself shows nothing."""
        self._has_watch_ended = True
        if self._kit.closing.has_begun:
            self.message.show(
                f"Watching has ended, because the kit was closed. The {self.watched} goes on in the cloud. To continue, "
                f"connect again: {self.form_name}(kit) offers it, and kit.resume({self.record_id!r}) resumes it.",
                tone=Tone.WARNING,
                word="not watched",
            )

    # Drawing -----------------------------------------------------------------------------------------------------

    def _draw_often(self, draw: Callable[[], None]) -> Callable[[], None]:
        """Call ``draw`` again and again in a thread; return what ends that."""
        ended = threading.Event()

        def draw_until() -> None:
            while not ended.wait(REDRAW_S):
                draw()

        shows = threading.Thread(target=draw_until, name="ddmkit-watch-show", daemon=True)
        shows.start()

        def end() -> None:
            ended.set()
            shows.join()

        return end

    def _read_record(self, unless: Record | None = None) -> Record | None:
        """Return the record, and show its events; ``None`` while it cannot be read.

        ``unless`` is the record as it was read before: it is returned when nothing was added since.
        """
        with suppress(DDMKitError):
            record = self._kit.records.get(self.record_id)
            if unless is not None and record.id == unless.id and len(record.run.events) == len(unless.run.events):
                return unless
            self.log.value = read_log(record).html
            return record
        return None

    # Buttons -----------------------------------------------------------------------------------------------------

    def _on_again_click(self, button: widgets.Button) -> None:
        button.disabled = True
        self.message.show(f"Looking for the {self.watched} ...", tone=Tone.BUSY)
        self._run_and_enable(lambda: self.resume(self.record_id))

    def _run_and_enable(self, work: Callable[[], None]) -> None:
        """Do the work in the background, then enable the buttons, also after an error."""

        def then_enable() -> None:
            try:
                work()
            finally:
                self._enable_buttons()

        self._run(then_enable)
