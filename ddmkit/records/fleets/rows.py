"""What the store returns about a fleet: its settings, its items, and the item that a worker has taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from ddmkit.records.fleets.rules import BAD, ENDED, ItemStanding, ItemState, Standing

__all__ = ["FleetSettings", "FleetSnapshot", "Idle", "NewItem", "StoredItem", "Taken", "item_of"]


@dataclass(frozen=True)
class FleetSettings:
    """The settings of a fleet that the rules ask for. ``version`` is that of the ddmkit that opened it."""

    digest: str
    cap: int
    stop_after: int
    gate: str
    version: str


@dataclass(frozen=True)
class NewItem:
    """An item of a new fleet: the row of the table, its wave from 0, and the digest that was approved."""

    row: str
    wave: int
    digest: str


class StoredItem(NamedTuple):
    """An item as it stands. Times are milliseconds by the database's clock; 0 means never.

    ``run_id`` is its record, empty before it was claimed. ``lease`` is that of the worker that has it.
    """

    fleet_id: str
    number: int
    row: str
    wave: int
    digest: str
    state: ItemState
    reason: str
    claimed: bool
    acknowledged: bool
    run_id: str
    lease: str
    owner: str
    lease_until: int
    since: int
    begun: int
    ended: int

    @property
    def standing(self) -> ItemStanding:
        """What counts of the item for the rules."""
        return ItemStanding(self.wave, self.state, claimed=self.claimed, acknowledged=self.acknowledged)

    @property
    def host(self) -> str:
        """The machine of the worker that has it; empty when none has."""
        return self.owner.rpartition(" (process ")[0].rpartition("@")[2]

    @property
    def is_bad(self) -> bool:
        """Whether it counts for the stop."""
        return self.state in BAD and not self.acknowledged


@dataclass(frozen=True)
class FleetSnapshot:
    """A whole fleet at an instant of the database's clock."""

    id: str
    settings: FleetSettings
    items: Sequence[StoredItem]
    opened: int
    paused: str
    paused_by: str
    slow_until: int
    now: int

    @cached_property
    def standing(self) -> Standing:
        """What the rules ask for."""
        known = self.settings
        return Standing(
            items=[item.standing for item in self.items],
            cap=known.cap,
            stop_after=known.stop_after,
            gate=known.gate,
            opened=self.opened,
            paused=self.paused,
        )

    def with_item(self, item: StoredItem) -> FleetSnapshot:
        """Return the fleet with one item as it stands now."""
        return replace(self, items=(*self.items[: item.number], item, *self.items[item.number + 1 :]))

    def item(self, row: str) -> StoredItem | None:
        """Return the item of a row, or ``None``."""
        return next((item for item in self.items if item.row == row), None)

    @property
    def state(self) -> str:
        """The state of the fleet's record: ``running``, ``waiting`` for a person, ``completed``, or ``stopped``.

        A fleet with nothing left to do is ``stopped`` when an item is bad or blocked or held.
        """
        standing = self.standing
        if self.paused or (standing.closed_gate and not standing.running):
            return "waiting"
        if not standing.is_done:
            return "running"
        return "completed" if all(item.state in ENDED and item.state not in BAD for item in self.items) else "stopped"


@dataclass(frozen=True)
class Taken:
    """An item that a worker has taken; ``looks_only`` when another worker's request may have left: nothing is sent again."""

    item: StoredItem
    looks_only: bool


@dataclass(frozen=True)
class Idle:
    """Why nothing can be taken now. ``may_change`` says whether waiting can help; a pause or a gate needs a person."""

    reason: str
    may_change: bool
    wait_ms: int = 0


_STATES = {str(state): state for state in ItemState}


def item_of(values: Sequence[Any]) -> StoredItem:
    """Return the item of a row of the table, whose columns are in the order of the fields."""
    fleet_id, number, row, wave, digest, state, reason, claimed, acknowledged, *others = values
    known = _STATES[state]  # each change of a fleet reads all its items, so this is spelled out for speed
    return StoredItem(fleet_id, number, row, wave, digest, known, reason, bool(claimed), bool(acknowledged), *others)
