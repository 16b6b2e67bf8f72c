"""The fleets of a record store: each method is one transaction, which is repeated when another one was faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ddmkit.records.fleets.rows import FleetSettings, FleetSnapshot, Idle, NewItem, StoredItem, Taken
from ddmkit.records.fleets.rules import LEASE_MS, ItemState
from ddmkit.records.fleets.transaction import FleetTransaction
from ddmkit.records.runs import Owner

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ddmkit.records.transaction import StoreTransaction

__all__ = ["FleetStore", "guard_of"]

Outcome = TypeVar("Outcome")


class Change(Protocol):
    """Does work in one transaction; what is ``checked`` must hold no secret."""

    def __call__(self, doing: str, work: Callable[[FleetTransaction], Outcome], checked: object = None) -> Outcome:
        """Do it."""


class Reading(Protocol):
    """Reads in one transaction, which waits for no other."""

    def __call__(self, doing: str, work: Callable[[FleetTransaction], Outcome]) -> Outcome:
        """Do it."""


class FleetStore:
    """The fleets of a record store; several threads, processes and machines may use them at once."""

    def __init__(self, change: Change, read: Reading) -> None:
        self._change = change
        self._read = read

    def open(self, fleet_id: str, settings: FleetSettings, items: Sequence[NewItem]) -> None:
        """Write the state of a new fleet beside its record; a fleet that is there already stays as it is."""
        known: list[Any] = [vars(settings), [vars(item) for item in items]]
        self._change("open a fleet", lambda one: one.open(fleet_id, settings, items), known)

    def read(self, fleet_id: str) -> FleetSnapshot:
        """Return a whole fleet as it stands."""
        return self._read("read a fleet", lambda one: one.read(fleet_id))

    def record_of(self, item: StoredItem) -> str:
        """Return the id of the record that an item has now; empty before it is claimed."""
        return self._read("read an item", lambda one: one.record_of(item))

    def take(self, fleet_id: str, owner: Owner, lease: str, *, lease_ms: int = LEASE_MS) -> Taken | Idle:
        """Give a worker an item, or say why there is none; see ``FleetTransaction.take``."""
        return self._change("take an item", lambda one: one.take(fleet_id, owner, lease, lease_ms=lease_ms))

    def renew(self, leases: Sequence[str], *, lease_ms: int = LEASE_MS) -> None:
        """Prolong the leases of a worker."""
        self._change("renew a lease", lambda one: one.renew(leases, lease_ms=lease_ms))

    def settle(self, item: StoredItem, state: ItemState, reason: str, *, run_id: str = "") -> FleetSnapshot:
        """Write how an item stands; see ``FleetTransaction.settle``."""
        return self._change("settle an item", lambda one: one.settle(item, state, reason, run_id=run_id), reason)

    def let_go(self, item: StoredItem) -> None:
        """Give an item back at once; see ``FleetTransaction.let_go``."""
        self._change("give an item back", lambda one: one.let_go(item))

    def note(self, item: StoredItem, reason: str) -> None:
        """Write what a worker does with an item."""
        self._change("note an item", lambda one: one.note(item, reason), reason)

    def pause(self, fleet_id: str, reason: str, by: str) -> FleetSnapshot:
        """Take and claim nothing more; what is in flight goes on to its end."""
        return self._change("pause a fleet", lambda one: one.pause(fleet_id, reason, by), [reason, by])

    def go_on(self, fleet_id: str, by: str) -> FleetSnapshot:
        """End a pause, and open the gate of the wave that waits."""
        return self._change("let a fleet go on", lambda one: one.go_on(fleet_id, by), by)

    def set_state(self, fleet_id: str, row: str, state: ItemState, reason: str, by: str) -> FleetSnapshot:
        """Hold, skip, or let wait again an item for which nothing was sent."""
        return self._change("change a row", lambda one: one.set_state(fleet_id, row, state, reason, by), [row, reason, by])

    def set_cap(self, fleet_id: str, cap: int, by: str) -> FleetSnapshot:
        """Change how many items may be in flight at once."""
        return self._change("change the cap", lambda one: one.set_cap(fleet_id, cap, by), by)

    def slow_down(self, fleet_id: str, pause_ms: int) -> None:
        """Let no worker take an item for a while."""
        self._change("slow a fleet down", lambda one: one.slow_down(fleet_id, pause_ms))

    def reopen(self, item: StoredItem, state: ItemState, reason: str) -> FleetSnapshot:
        """Write what a person decided about an item's record; see ``FleetTransaction.reopen``."""
        return self._change("look at an item", lambda one: one.reopen(item, state, reason), reason)


def guard_of(item: StoredItem) -> Callable[[Connection, StoreTransaction, str], None]:
    """Return the guard of the claims that are made for an item: lease, pause and bound, in the claim's transaction."""

    def guard(connection: Connection, records: StoreTransaction, run_id: str) -> None:
        FleetTransaction(connection, records).guard_claim(item, run_id)

    return guard
