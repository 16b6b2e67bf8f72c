"""A fleet that was submitted, as a person holds it: its progress, its workers, and what a person decides meanwhile."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddmkit.config.paths import expand
from ddmkit.display.html import Fragment, clean_line, join, tag
from ddmkit.display.rows import Rows
from ddmkit.display.stylesheet import style
from ddmkit.errors import InputError, RecordError
from ddmkit.fleet.context import FleetContext
from ddmkit.fleet.executors import is_here, require_executor, run_loops, workers_are_gone
from ddmkit.fleet.plan import FleetPlan
from ddmkit.fleet.progress import ProgressRow, describe_fleet, describe_store, progress_rows
from ddmkit.fleet.waves import read_settings
from ddmkit.fleet.work import Loop, look_again, require_approved_here, require_worker, work, work_on
from ddmkit.handles.record import Record
from ddmkit.handles.records import Records
from ddmkit.inputs import require_may_send
from ddmkit.records.files.named_records import named_records
from ddmkit.records.fleets.rows import FleetSnapshot
from ddmkit.records.fleets.rules import ItemState, count_states

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FleetRun"]

_LOGGER = logging.getLogger("ddmkit.fleet")


class FleetRun:
    """One fleet in the record store, which any colleague on any machine can go on with.

    ``remote`` is the loop for an executor of other processes: it gets the id and the digest, and opens a kit of its own from
    its own environment.
    """

    def __init__(self, fleet_id: str, context: FleetContext, *, remote: Loop, read_only: bool = False) -> None:
        self._id = fleet_id
        self._context = context
        self._remote = remote
        self._read_only = read_only
        run = context.restore.store.get(fleet_id)
        self._plan = require_worker(run, "", context)
        is_file = context.restore.store.is_file
        self.notice = describe_store(run.header.host, socket.gethostname(), is_file=is_file)
        """Why two machines may work on this fleet without knowing of each other; empty where that cannot be."""

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {state}" for state, count in self.counts.items())
        return clean_line(f"<fleet {self.digest}: {self.status}; {counts}; record {self._id}>")

    @property
    def id(self) -> str:
        """The id of the fleet's record."""
        return self._id

    @property
    def digest(self) -> str:
        """The digest that was approved."""
        return self._plan.digest

    @property
    def record(self) -> Record:
        """The record of the fleet; it names the record of each item by its hash."""
        return self._records.get(self._id)

    @property
    def _records(self) -> Records:
        restore = self._context.restore
        return Records(restore.store, author=restore.operator, endpoint=restore.client.settings.endpoint)

    def export(self, folder: str | Path, *, sign_with: str | Path | None = None) -> Path:
        """Write the record of the fleet and those of its rows to a folder, and return the path of the fleet's own file.

        The folder is created when it is missing. ``sign_with`` is a file with an Ed25519 private key, for the fleet's file:
        it names the others by their hashes. ``ddmkit records verify FILE --items FOLDER`` verifies them all offline.

        Raises:
            RecordError: A file cannot be written, is there already as another record, or would hold a known secret.
        """
        place, record = expand(folder), self.record
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordError(f"No records can be written to {place}: {error.strerror}. Choose another folder.") from error
        records = self._records
        for named in named_records(record.run):
            records.get(named.record).export(place / f"{named.record}.ddmrecord.json")
        return record.export(place / f"{self._id}.ddmrecord.json", sign_with=sign_with)

    @property
    def snapshot(self) -> FleetSnapshot:
        """The whole fleet at this instant."""
        return self._read()

    @property
    def plan(self) -> FleetPlan:
        """What was approved."""
        return self._plan

    @property
    def status(self) -> str:
        """``running``, ``waiting`` for a person (a pause or a gate), ``completed``, or ``stopped`` with bad rows."""
        return self._read().state

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are in each state."""
        return count_states(str(item.state) for item in self._read().items)

    @property
    def rows(self) -> Rows[ProgressRow]:
        """How each row stands now, with a reason in every line."""
        return Rows(ProgressRow, progress_rows(self._read()), title="Progress", empty="no rows")

    def frame(self) -> pd.DataFrame:
        """Return the progress as a DataFrame."""
        return self.rows.frame()

    def show(self) -> Fragment:
        """Return how the fleet stands, what to do next, and every row, as static HTML and text."""
        fleet = self._read()
        heading = f"Fleet {self.digest}: {fleet.state}"
        lines = [*describe_fleet(fleet), *([self.notice] if self.notice else [])]
        table = Rows(ProgressRow, progress_rows(fleet), title="Progress", empty="no rows").table()
        html = join(
            [
                tag("div", heading, style=style("plan-title")),
                tag("ul", *(tag("li", line) for line in lines), style=style("list")),
                table.html,
            ]
        )
        return Fragment(html, "\n".join([heading, *(f"  - {line}" for line in lines), table.text]))

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()

    # Working ---------------------------------------------------------------------------------------------------------

    def work(
        self,
        executor: Executor | None = None,
        *,
        workers: int | None = None,
        stopping: threading.Event | None = None,
    ) -> FleetRun:
        """Work on the fleet until nothing can be taken and nothing is in flight, and return this run.

        Args:
            executor: Where the workers' loops run. By default they are threads of this process, which use this kit. To any
                other executor than threads, only the loop with the id and the digest of the fleet is submitted: each worker
                connects by its own environment, and all need the same record store. Dask: ``client.get_executor()``;
                past one machine it needs TLS, and PostgreSQL as record store.
            workers: How many loops; the cap by default.
            stopping: Set it from another thread: then the loops of this process give back what they have, at their next
                pause. Give a new one to each call: one that is set stops at once.

        Raises:
            InputError: The kit only reads, the executor cannot be used, or a worker's service, project or version is
                another one.
            RecordError: The store went away. What the workers had is taken over when their leases are over.
            UnreachableError: Workers in other processes are gone, and none was left to finish their rows.
        """
        require_may_send(read_only=self._read_only)
        if executor is not None:
            require_executor(executor, store_is_file=self._context.restore.store.is_file)
        look_again(self._id, self._context)
        if self.notice:
            _LOGGER.warning("%s", self.notice)
        count = workers or max(1, min(self.cap, len(self._plan.items)))
        stopping = threading.Event() if stopping is None else stopping
        if executor is not None:
            self._run_in(executor, count, stopping)
            return self
        with ThreadPoolExecutor(count, thread_name_prefix="ddmkit-fleet") as threads:
            self._run_in(threads, count, stopping)
        return self

    def _run_in(self, executor: Executor, count: int, stopping: threading.Event) -> None:
        here = replace(self._context, stopping=stopping)
        loop = self._loop_in(here) if is_here(executor) else self._remote
        try:
            gone = run_loops(executor, loop, self._id, self.digest, count)
        except BaseException:  # Ctrl-C: the loops of this process give back what they have
            stopping.set()
            raise
        if gone and self.status == "running":
            raise workers_are_gone(gone, count)

    def _loop_in(self, here: FleetContext) -> Loop:
        """Return the loop of this process; its record is read and its digest computed once for all threads."""
        fleet = require_approved_here(self._id, self.digest, here)
        return lambda _fleet_id, _digest: work_on(fleet, here)

    def work_alone(self, digest: str) -> int:
        """Run one worker's loop in this thread, for a fleet of this digest; return how many rows it handled."""
        look_again(self._id, self._context)
        return work(self._id, digest, self._context)

    # Deciding --------------------------------------------------------------------------------------------------------

    def pause(self, *, reason: str) -> FleetRun:
        """Take nothing more; what is in flight goes on to its end. The record says why and by whom."""
        return self._decide(lambda: self._fleets.pause(self._id, _text(reason, "reason"), self._operator))

    def go_on(self, row: str | None = None, *, reason: str = "let wait again") -> FleetRun:
        """End a pause and open the gate of the wave that waits; or let one held or blocked ``row`` wait again.

        The bad rows so far do not count for the stop any more: whoever goes on has looked at them.
        """
        look_again(self._id, self._context)
        if row is not None:
            return self._set(row, ItemState.WAITING, reason)
        return self._decide(lambda: self._fleets.go_on(self._id, self._operator))

    def hold(self, row: str, *, reason: str) -> FleetRun:
        """Keep one row back for which nothing was sent; ``go_on(row)`` lets it wait again."""
        return self._set(row, ItemState.HELD, _text(reason, "reason"))

    def skip(self, row: str, *, reason: str) -> FleetRun:
        """Leave one row out for which nothing was sent."""
        return self._set(row, ItemState.SKIPPED, _text(reason, "reason"))

    @property
    def cap(self) -> int:
        """How many rows may be in flight at once; set it while the fleet runs."""
        return self._read().settings.cap

    @cap.setter
    def cap(self, most: int) -> None:
        read_settings(most, 1, "none")
        self._fleets.set_cap(self._id, most, self._operator)

    def _set(self, row: str, state: ItemState, reason: str) -> FleetRun:
        return self._decide(lambda: self._fleets.set_state(self._id, str(row), state, reason, self._operator))

    def _decide(self, act: Callable[[], FleetSnapshot]) -> FleetRun:
        act()
        return self

    @property
    def _operator(self) -> str:
        return self._context.restore.operator

    @property
    def _fleets(self) -> Any:
        return self._context.restore.store.fleets

    def _read(self) -> FleetSnapshot:
        fleet: FleetSnapshot = self._fleets.read(self._id)
        return fleet


def _text(given: str, field: str) -> str:
    if not isinstance(given, str) or not given.strip():
        raise InputError("is empty.", field=field, fix="Say why: the record keeps it.")
    return given.strip()
