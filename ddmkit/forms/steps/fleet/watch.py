"""The part of the form in which a person watches a fleet and decides: pause, go on, hold, skip, open a gate."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable

import ipywidgets as widgets

from ddmkit.display.html import tag
from ddmkit.display.status import Tone, describe_count
from ddmkit.errors import DDMKitError, InputError
from ddmkit.fleet.progress import describe_fleet
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK, Worker
from ddmkit.forms.widgets.fields import Message, TextField
from ddmkit.forms.widgets.fleet_table import FleetTable
from ddmkit.handles.fleet.run import FleetRun
from ddmkit.records.fleets.rows import FleetSnapshot

__all__ = ["REDRAW_S", "FleetWatch", "pause_after"]

REDRAW_S = 0.5
"""The rows are drawn at most this often, in seconds."""
_SHARE = 9

_TONES = {"running": Tone.BUSY, "waiting": Tone.WARNING, "completed": Tone.GOOD, "stopped": Tone.BAD}


def pause_after(took_s: float, least_s: float = REDRAW_S) -> float:
    """Return how long to wait after a drawing that took so long: hundreds of rows take at most a tenth of the time."""
    return max(least_s, _SHARE * took_s)


class FleetWatch:
    """Shows a fleet, and works on it here, in threads of its own: the kernel stays free.

    ``on_change`` is called after a drawing that shows another state of the fleet: running, waiting, completed, stopped.
    """

    def __init__(self, on_change: Callable[[], None], *, poll_s: float = REDRAW_S) -> None:
        self._on_change = on_change
        self._poll_s = poll_s
        self._worker = Worker("ddmkit-fleet-work")
        self._ended = threading.Event()
        self._stopping = threading.Event()
        self._watching: threading.Thread | None = None
        self._reads = itertools.count(1)
        self._shown_read = 0
        self._not_read = ""
        self._waits = False
        self.run: FleetRun | None = None
        self.state = ""
        self.said = style.html("ddmkit-fleet-state")
        self.rows = FleetTable(on_choose_many=lambda _keys: self._enable())
        self.work = _button("Work on it here", "Take rows until none is left", "work ddmkit-primary", self.start_working)
        self.go_on = _button("Go on", "End the pause, open the gate of the next wave", "go-on ddmkit-primary", self._go_on)
        self.pause = _button("Pause", "Take nothing more; what is in flight goes on to its end", "pause", self._pause)
        self.hold = _button("Hold rows", "Keep the chosen rows back for which nothing was sent", "hold", self._hold)
        self.skip = _button("Skip rows", "Leave the chosen rows out for which nothing was sent", "skip", self._skip)
        self.again = _button("Let rows wait again", "Let held or blocked rows be taken again", "again", self._let_wait)
        self.reason = TextField(
            "Reason", "Why you pause, hold or skip; written to the record", lambda _text: None, "ddmkit-fleet-reason"
        )
        self.cap = TextField("At once", "How many rows may be in flight at once", self._set_cap, "ddmkit-fleet-cap-now")
        self.message = Message("ddmkit-fleet-watch-message")
        self.widget = style.column(
            style.html(
                value=style.heading("Watch", "Any colleague on any machine can go on with it; nothing is done twice.")
            ),
            self.said,
            style.line(self.work, self.go_on),
            self.rows,
            self.reason.widget,
            style.line(self.pause, self.hold, self.skip, self.again),
            self.cap.widget,
            self.message.widget,
            css="ddmkit-panel ddmkit-fleet-watch",
        )

    @property
    def is_working(self) -> bool:
        """Whether workers of this form are at work."""
        return self._worker.is_busy

    def attach(self, run: FleetRun) -> None:
        """Show a fleet and keep showing it, until it has ended or the form is closed."""
        self.run = run
        self.rows.choose()
        self.cap.value = str(run.cap)
        self.draw()
        self._watch()

    def detach(self) -> None:
        """Show no fleet any more; it goes on where it is worked on."""
        self.run, self.state = None, ""

    def start_working(self) -> None:
        """Begin workers here, in the background, and show what they do."""
        run = self.run
        if run is None or self.is_working:
            return
        self._stopping = stopping = threading.Event()  # one that is set stays set: workers that are stopped cannot go on
        self._worker.start(lambda: self._work(run, stopping))
        self.draw()
        self._watch()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until no worker of this form is left and what they did is shown; return whether that is so."""
        is_done = self._worker.wait(timeout_s)
        if is_done and not self._ended.is_set():
            self.draw()
        return is_done

    def stop(self) -> None:
        """Request the end of working and watching; does not block. Jobs in the cloud go on."""
        self._ended.set()
        self._stopping.set()
        self._worker.close()

    # Drawing -----------------------------------------------------------------------------------------------------

    def draw(self) -> FleetSnapshot | None:
        """Read the fleet and show it; return what was read.

        A click and the thread that watches may read the fleet at the same time. A reading that began earlier is not shown
        after a later one, so that no decision disappears from the page.
        """
        run = self.run
        if run is None:
            return None
        this_read = next(self._reads)
        try:
            fleet = run.snapshot
        except DDMKitError as error:
            self._not_read = f"{error}\nThe table shows what was read last."
            self.message.show(self._not_read, tone=Tone.BAD, word="not read")
            return None
        with FORM_LOCK:
            if run is not self.run or this_read < self._shown_read:
                return fleet
            self._shown_read = this_read
            if self._not_read and self.message.text == self._not_read:
                self.message.clear()
            lines = [*describe_fleet(fleet, "the button Go on"), *([run.notice] if run.notice else [])]
            here = "Workers of this page are at work." if self.is_working else "No worker of this page is at work."
            state = style.hint(fleet.state, _TONES.get(fleet.state, Tone.QUIET), f"Fleet {fleet.settings.digest}. {here}")
            shown = f"{state}{tag('ul', *(tag('li', line) for line in lines), class_='ddmkit-log')}"
            if shown != self.said.value:
                self.said.value = shown
            is_new = fleet.state != self.state  # the static summary has all rows: not with each drawing
            self.rows.show(fleet)
            self.state = fleet.state
            self._waits = fleet.state == "waiting" and not fleet.standing.running
            self._enable()
        if is_new:
            self._on_change()
        return fleet

    def _enable(self) -> None:
        is_over = self.state == "completed"
        self.work.disabled = self.is_working or is_over or self._waits
        self.go_on.disabled = self.state not in {"waiting", "stopped"}
        self.pause.disabled = is_over
        for one in (self.hold, self.skip, self.again):
            one.disabled = not self.rows.selected

    def _watch(self) -> None:
        """Draw again and again in a thread, until the fleet has ended and nothing works here."""
        if self._ended.is_set() or (self._watching is not None and self._watching.is_alive()):
            return

        def watch() -> None:
            pause = self._poll_s
            while not self._ended.wait(pause) and self.run is not None:
                began = time.monotonic()
                is_read = self.draw() is not None
                pause = pause_after(time.monotonic() - began, self._poll_s)
                if is_read and self.state in {"completed", "stopped"} and not self.is_working:
                    return

        self._watching = threading.Thread(target=watch, name="ddmkit-fleet-watch", daemon=True)
        self._watching.start()

    def _work(self, run: FleetRun, stopping: threading.Event) -> None:
        try:
            run.work(stopping=stopping)
        except DDMKitError as error:
            self.message.show(f"{error}\nThe workers of this page have ended.", tone=Tone.BAD, word="not working")

    # Deciding ----------------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        self._decide(lambda run: run.go_on())
        if not self.message.text:
            self.start_working()

    def _pause(self) -> None:
        self._decide(lambda run: run.pause(reason=self._why()))

    def _hold(self) -> None:
        self._change_rows(lambda run, row: run.hold(row, reason=self._why()))

    def _skip(self) -> None:
        self._change_rows(lambda run, row: run.skip(row, reason=self._why()))

    def _let_wait(self) -> None:
        why = self.reason.value.strip()
        self._change_rows(lambda run, row: run.go_on(row, **({"reason": why} if why else {})))

    def _set_cap(self, text: str) -> None:
        def change(run: FleetRun) -> None:
            run.cap = int(text) if text.strip().isascii() and text.strip().isdigit() else 0

        self._decide(change)

    def _change_rows(self, act: Callable[[FleetRun, str], object]) -> None:
        """Act on each chosen row; the rows that refuse stay chosen, and the message says why."""
        refused: dict[str, DDMKitError] = {}

        def change(run: FleetRun) -> None:
            for row in self.rows.selected:
                try:
                    act(run, row)
                except InputError:
                    raise
                except DDMKitError as error:
                    refused[row] = error

        self._decide(change)
        if refused:
            more = f"\nand {describe_count(len(refused) - 3, 'more row')}" if len(refused) > 3 else ""
            self.message.show_error("\n".join(map(str, list(refused.values())[:3])) + more)
        if refused or not self.message.text:
            self.rows.choose(*refused)
            self._enable()

    def _decide(self, act: Callable[[FleetRun], object]) -> None:
        if self.run is None:
            return
        with self.message.showing_errors():
            act(self.run)
        self.draw()
        self._on_change()
        self._watch()

    def _why(self) -> str:
        if not self.reason.value.strip():
            raise InputError("is empty.", field="Reason", fix="Say why: the record keeps it.")
        return self.reason.value


def _button(words: str, tooltip: str, css: str, act: Callable[[], None]) -> widgets.Button:
    made = style.button(words, tooltip, f"ddmkit-fleet-{css}")
    made.on_click(lambda _button: act())
    return made
