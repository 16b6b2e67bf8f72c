"""The loop of a worker: take an item, plan it again, send it, follow it to its end, write how it stands; then the next.

A worker gets the id of the fleet and its digest, and nothing else. It reads the plan from the record, computes the digest
again, and works with the services, the keys and the store of its own environment. Workers, on one machine or on
many, share nothing but the store. When a worker dies, the others take over its items as soon as its lease has ended.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import ddmkit
from ddmkit.errors import (
    AuthError,
    BusyError,
    DDMKitError,
    InputError,
    NotConfirmedError,
    NotReadyError,
    RecordError,
    ServiceError,
    UnknownOutcomeError,
    UnreachableError,
)
from ddmkit.fleet.context import FleetContext, WorkStopped
from ddmkit.fleet.items import PlannedRow, fold_record
from ddmkit.fleet.plan import FleetItem, FleetPlan, fleet_plan_of
from ddmkit.records.fleets.rows import Idle, StoredItem, Taken
from ddmkit.records.fleets.rules import RENEW_S, ItemState
from ddmkit.records.runs import ClaimRefused, Owner, RunData, RunState
from ddmkit.restore.context import Confirmation, RestoreContext

if TYPE_CHECKING:
    from ddmkit.records.fleets.store import FleetStore

__all__ = ["Approved", "look_again", "require_approved_here", "require_worker", "work", "work_on"]

_SLOW_MS = 10_000
# What a person may decide about in the record of an item.
_UNDECIDED = frozenset({ItemState.UNKNOWN, ItemState.BLOCKED, ItemState.DIFFERS, ItemState.FAILED})
# Nothing was sent for these; a person changes something, and approves the row again.
_BLOCKING = (NotReadyError, NotConfirmedError, BusyError, InputError)
Verdict: TypeAlias = tuple[ItemState, str]


def require_worker(run: RunData, digest: str, context: FleetContext) -> FleetPlan:
    """Return the plan of a fleet, or raise ``InputError`` when this process may not work on it.

    The digest is computed again from the rows on the record; service, project and the version of ddmkit must be the same.
    """
    plan = fleet_plan_of(run)
    version = context.restore.store.fleets.read(run.id).settings.version
    wrong = (
        (digest not in {"", plan.digest}, "digest", f"the fleet on the record is {plan.digest}, not {digest}."),
        (plan.identity != context.identity, "service", "the fleet is of another service or project than this connection."),
        (
            version != ddmkit.__version__,
            "version",
            f"the fleet was opened by ddmkit {version}, this is {ddmkit.__version__}.",
        ),
        (context.restore.store.is_imported(run.id), "record", "the fleet was imported from a file."),
    )
    for is_wrong, field, problem in wrong:
        if is_wrong:
            raise InputError(problem, field=field, fix="Nothing was sent. Work with the environment that opened the fleet.")
    return plan


class Approved(NamedTuple):
    """A fleet on which this process may work: its record, and the plan that was approved."""

    run: RunData
    plan: FleetPlan


def require_approved_here(fleet_id: str, digest: str, context: FleetContext) -> Approved:
    """Return the fleet of a record, or raise ``InputError`` when this process may not work on it, or lacks what it needs."""
    store = context.restore.store
    run = store.get(fleet_id)
    plan = require_worker(run, digest, context)
    items = store.fleets.read(fleet_id).items
    waiting = [plan.items[item.number] for item in items if item.state is ItemState.WAITING]
    for kind, driver in context.drivers.items():
        driver.require_able(item.request for item in waiting if item.kind == kind)
    context.know(item.request for item in plan.items)
    return Approved(run, plan)


def work(fleet_id: str, digest: str, context: FleetContext) -> int:
    """Work on a fleet in a process that has only its id and its digest; see ``work_on``."""
    return work_on(require_approved_here(fleet_id, digest, context), context)


def work_on(fleet: Approved, context: FleetContext) -> int:
    """Work on a fleet until nothing can be taken and nothing is in flight; return how many items this loop handled.

    Raises ``RecordError`` when the store cannot be reached any more: another worker takes over the items of this loop when
    its lease has ended.
    """
    fleets, worker, handled = context.restore.store.fleets, _Worker(fleet, context), 0
    with _renewing(fleets) as leases:
        while True:
            context.require_not_stopped()
            lease = secrets.token_hex(8)
            taken = fleets.take(fleet.run.id, worker.owner, lease)
            if isinstance(taken, Idle):
                if not taken.may_change:
                    return handled
                context.pause(max(context.idle_s, taken.wait_ms / 1000))
                continue
            leases.append(lease)
            worker.handle(taken)
            leases.remove(lease)
            handled += 1


@contextmanager
def _renewing(fleets: FleetStore, every_s: float = RENEW_S) -> Iterator[list[str]]:
    """Renew the leases of a list, from a thread of its own, until the block ends."""
    leases: list[str] = []
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(every_s):
            with suppress(RecordError):  # a store that is away for a moment: the next try may come in time
                fleets.renew(tuple(leases))

    thread = threading.Thread(target=renew, name="ddmkit-leases", daemon=True)
    thread.start()
    try:
        yield leases
    finally:
        ended.set()
        thread.join()


class _Worker:
    """Handles the items of one fleet in one thread."""

    def __init__(self, fleet: Approved, context: FleetContext) -> None:
        run, self._plan = fleet
        self._context = context
        self._fleets = context.restore.store.fleets
        confirmed = next((event.data for event in run.events if event.kind == "confirmed"), {})
        self._accepted = confirmed.get("accepted_by_row", {})
        self._purpose = f"fleet {run.id}: {run.header.purpose}".rstrip(": ")
        self._ticket = run.header.ticket
        self.owner = Owner(context.restore.operator, socket.gethostname(), os.getpid())

    def handle(self, taken: Taken) -> None:
        """Bring an item to its end, or give it back, and record how it stands."""
        item, before = taken.item, self._context.throttled()
        try:
            state, reason = self._look(item) if taken.looks_only else self._carry_out(item)
        except WorkStopped:
            with suppress(RecordError):  # else its lease ends by itself
                self._fleets.let_go(item)
            raise
        self._slow_down_since(before, item)
        run_id = "" if taken.looks_only else self._fleets.record_of(item)
        self._fleets.settle(item, state, reason, run_id=run_id)

    def _slow_down_since(self, before: int, item: StoredItem) -> None:
        if self._context.throttled() > before:
            self._fleets.slow_down(item.fleet_id, _SLOW_MS)

    def _carry_out(self, item: StoredItem) -> Verdict:
        """Plan an item again, send it when it is what was approved, and follow it."""
        approved = self._plan.items[item.number]
        driver, context = self._context.drivers[approved.kind], self._context.for_item(item)
        try:
            planned = driver.plan(approved.request, context)
            why = self._why_blocked(approved, planned)
            if why:
                return ItemState.BLOCKED, why
            run_id = driver.begin(planned, self._confirmation(planned, approved), context)
        except UnknownOutcomeError:
            return self._fold(item, self._fleets.record_of(item))
        except DDMKitError as error:
            return self._judge(error, item, context)
        if self._fleets.record_of(item) != run_id:
            return (
                ItemState.BLOCKED,
                f"another record restores to its target already: {run_id}. Nothing was sent for this row.",
            )
        return self._follow(item, approved, run_id, context)

    def _why_blocked(self, approved: FleetItem, planned: PlannedRow) -> str:
        """Return why a row is not what a person approved; empty when it is."""
        if planned.digest != approved.digest:
            return f"planned again it is another restore, {planned.digest}: approve it in a new fleet"
        if (planned.source_name, planned.target_name) != (approved.source_name, approved.target_name):
            return f"its instances are called {planned.source_name} and {planned.target_name} now: approve it in a new fleet"
        failed = [check for check in planned.checks if check.status == "fail"]
        if failed:
            return "; ".join(f"{check.id}: {check.detail}" for check in failed)
        mine = set(self._accepted.get(approved.row, ()))
        new = [check for check in planned.checks if check.status == "warn" and check.id not in mine]
        return "; ".join(f"nobody has accepted {check.id}: {check.detail}" for check in new)

    def _confirmation(self, planned: PlannedRow, approved: FleetItem) -> Confirmation:
        """Return the approval of the fleet for one row: the name is that of the approved row."""
        accepted = frozenset(self._accepted.get(approved.row, ()))
        known = frozenset(check.id for check in planned.checks)
        name = approved.target_name if approved.kind == "restore" else approved.source_name
        return Confirmation(
            operator=self._context.restore.operator,
            target_name=name,
            accepted=accepted & known,
            purpose=self._purpose,
            ticket=self._ticket,
        )

    def _judge(self, error: DDMKitError, item: StoredItem, context: RestoreContext) -> Verdict:
        """Return how an item stands after an error before or at its request."""
        run_id = self._fleets.record_of(item)
        if run_id and not isinstance(error, RecordError):
            return self._fold(item, run_id)
        if isinstance(error, ClaimRefused):
            if error.record_id:
                context.store.settle(error.record_id, "refused", {"reason": str(error)})
            return ItemState.WAITING, str(error)
        if isinstance(error, _BLOCKING):
            return ItemState.BLOCKED, str(error)
        if isinstance(error, ServiceError) and error.status == 429:
            self._fleets.slow_down(item.fleet_id, _SLOW_MS)
            return ItemState.WAITING, "the service asked for fewer requests"
        if isinstance(error, AuthError | UnreachableError):
            # Every other row would meet the same: a person looks first.
            self._fleets.pause(item.fleet_id, str(error), "the program")
            return ItemState.WAITING, str(error)
        if isinstance(error, RecordError):
            raise error
        return ItemState.FAILED, str(error)

    def _follow(self, item: StoredItem, approved: FleetItem, run_id: str, context: RestoreContext) -> Verdict:
        self._fleets.note(item, "sent: its job is followed")
        try:
            self._context.drivers[approved.kind].follow(run_id, context)
        except RecordError:
            raise
        except DDMKitError as error:
            if not isinstance(error, UnknownOutcomeError):
                return self._fold_after(error, run_id)
        return self._fold(item, run_id)

    def _look(self, item: StoredItem) -> Verdict:
        """Find out what became of the request of another worker; nothing is sent again."""
        return self._follow(item, self._plan.items[item.number], item.run_id, self._context.for_item(item))

    def _fold(self, item: StoredItem, run_id: str) -> Verdict:
        return fold_record(self._context.restore.store.get(run_id)) if run_id else (item.state, "nothing was sent")

    def _fold_after(self, error: DDMKitError, run_id: str) -> Verdict:
        """Return how an item stands whose job could not be followed: its outcome is not known, and is not guessed."""
        state, reason = fold_record(self._context.restore.store.get(run_id))
        return (ItemState.UNKNOWN, f"it could not be followed: {error}") if state is ItemState.RUNNING else (state, reason)


def look_again(fleet_id: str, context: FleetContext) -> None:
    """Take over what people have decided about records since: adopted, released, accepted. Reads records only."""
    store = context.restore.store
    for item in store.fleets.read(fleet_id).items:
        if item.lease or not item.run_id or item.state not in _UNDECIDED:
            continue
        run = store.get(item.run_id)
        state, reason = fold_record(run)
        if run.state is RunState.RUNNING or state is not item.state:
            store.fleets.reopen(item, state, reason)


Loop: TypeAlias = Callable[[str, str], int]
"""A worker's loop, as an executor runs it: it gets the id and the digest of a fleet, and nothing else."""
