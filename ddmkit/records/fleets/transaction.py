"""The changes of a fleet in the store, each within a transaction that the caller begins and ends.

Each change first locks the row of the fleet, so that the rules are evaluated on what is true now. Leases run by the
database's clock: the clocks of the workers may differ. A lease only moves work. The claim of its record keeps a request from
being sent twice, and the guard here is evaluated within the transaction of that claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ddmkit.errors import RecordError
from ddmkit.records.fleets.rows import FleetSettings, FleetSnapshot, Idle, NewItem, StoredItem, Taken, item_of
from ddmkit.records.fleets.rules import ENDED, LEASE_MS, ItemState
from ddmkit.records.queries import last_event
from ddmkit.records.runs import ClaimRefused, Owner, RunState
from ddmkit.records.tables import fleet_items, fleets
from ddmkit.records.transaction import StoreTransaction

__all__ = ["FleetTransaction"]


_CLOCKS = {
    "sqlite": "SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
    "postgresql": "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
}
_ITEM_COLUMNS = tuple(fleet_items.c[name] for name in StoredItem._fields)
# What a worker does not have any more.
_NO_LEASE: Mapping[str, Any] = {"lease": "", "owner": "", "lease_until": 0}


class FleetTransaction:
    """Changes one fleet within one transaction."""

    def __init__(self, connection: Connection, records: StoreTransaction, clock: Callable[[], int] | None = None) -> None:
        self._connection = connection
        self._records = records
        self._now = self._read_clock() if clock is None else clock()

    def _read_clock(self) -> int:
        statement = _CLOCKS.get(self._connection.dialect.name)
        if statement is None:
            raise RecordError(
                f"A fleet needs a record store on SQLite or PostgreSQL, not on {self._connection.dialect.name}. "
                "Nothing was written."
            )
        return int(self._connection.exec_driver_sql(statement).scalar_one())

    # Opening and reading -------------------------------------------------------------------------------------------

    def open(self, fleet_id: str, settings: FleetSettings, items: Sequence[NewItem]) -> None:
        """Write a fleet and its items beside its record; a fleet that is there already stays as it is."""
        if self._connection.scalar(select(fleets.c.run_id).where(fleets.c.run_id == fleet_id)) is not None:
            return
        row = {"run_id": fleet_id, **vars(settings), "opened": 1, "paused": "", "paused_by": "", "slow_until": 0}
        self._connection.execute(insert(fleets).values(row))
        usual = {"state": str(ItemState.WAITING), "reason": "not begun", "claimed": 0, "acknowledged": 0, "run_id": ""}
        usual |= {**_NO_LEASE, "since": self._now, "begun": 0, "ended": 0}
        rows = [{"fleet_id": fleet_id, "number": number, **vars(item), **usual} for number, item in enumerate(items)]
        self._connection.execute(insert(fleet_items), rows)
        self._note_state(self.read(fleet_id))

    def read(self, fleet_id: str, *, lock: bool = False) -> FleetSnapshot:
        """Return a whole fleet; with ``lock``, no other transaction changes it until this one ends."""
        query = select(fleets).where(fleets.c.run_id == fleet_id)
        row = self._connection.execute(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            raise RecordError(f"There is no fleet {fleet_id!r} in this record store. List fleets: ddmkit records list")
        values = row._asdict()  # public in SQLAlchemy
        listed = self._connection.execute(
            select(*_ITEM_COLUMNS).where(fleet_items.c.fleet_id == fleet_id).order_by(fleet_items.c.number)
        )
        return FleetSnapshot(
            id=fleet_id,
            settings=FleetSettings(**{name: values[name] for name in FleetSettings.__dataclass_fields__}),
            items=tuple(map(item_of, listed)),
            opened=values["opened"],
            paused=values["paused"],
            paused_by=values["paused_by"],
            slow_until=values["slow_until"],
            now=self._now,
        )

    def record_of(self, item: StoredItem) -> str:
        """Return the id of the record that an item has now; empty before it is claimed."""
        mine = (fleet_items.c.fleet_id == item.fleet_id, fleet_items.c.number == item.number)
        return str(self._connection.scalar(select(fleet_items.c.run_id).where(*mine)) or "")

    # Workers ---------------------------------------------------------------------------------------------------------

    def take(self, fleet_id: str, owner: Owner, lease: str, *, lease_ms: int = LEASE_MS) -> Taken | Idle:
        """Give a worker an item for as long as its lease, or say why there is none now.

        What a dead worker has claimed comes first, even while the fleet is paused: it is only looked at.
        """
        fleet = self._drop_dead_leases(self.read(fleet_id, lock=True))
        if self._connection.dialect.name == "sqlite":
            _require_one_machine(fleet, owner)
        left = next((item for item in fleet.items if item.state is ItemState.RUNNING and not item.lease), None)
        standing = fleet.standing
        if left is None:
            why = standing.why_not_take()
            if not why and fleet.slow_until > self._now:
                why = "the service asked for fewer requests"
            if why:
                return self._idle(fleet, why)
        item = left or next(one for one in fleet.items if one.wave == standing.wave and one.state is ItemState.WAITING)
        mine = {"lease": lease, "owner": str(owner), "lease_until": self._now + lease_ms}
        reason = "looked at: its worker is gone" if left else "planned again"
        taken = self._change_item(item, state=ItemState.RUNNING, reason=reason, **mine)
        self._note_state(fleet.with_item(taken))
        return Taken(taken, looks_only=left is not None)

    def _drop_dead_leases(self, fleet: FleetSnapshot) -> FleetSnapshot:
        """Free the items whose worker did not renew its lease: those that were not claimed wait again."""
        kept = []
        for item in fleet.items:
            # A lease that ends later than a new one would is from before the clock was set back.
            is_alive = self._now <= item.lease_until <= self._now + LEASE_MS
            if item.state is not ItemState.RUNNING or not item.lease or is_alive:
                kept.append(item)
            elif item.claimed:
                kept.append(self._change_item(item, **_NO_LEASE))
            else:
                reason = "its worker is gone before anything was sent"
                kept.append(self._change_item(item, state=ItemState.WAITING, reason=reason, **_NO_LEASE))
        return replace(fleet, items=tuple(kept))

    def _idle(self, fleet: FleetSnapshot, why: str) -> Idle:
        standing = fleet.standing
        others = [item.lease_until for item in fleet.items if item.state is ItemState.RUNNING]
        asleep = 0 if fleet.paused or standing.closed_gate or standing.is_done else max(0, fleet.slow_until - self._now)
        if standing.must_stop and not fleet.paused:
            return Idle(why, may_change=bool(others))
        return Idle(why, may_change=bool(others) or asleep > 0, wait_ms=asleep)

    def renew(self, leases: Sequence[str], *, lease_ms: int = LEASE_MS) -> None:
        """Prolong the leases of a worker that are still its own."""
        if leases:
            change = update(fleet_items).where(fleet_items.c.lease.in_(list(leases)))
            self._connection.execute(change.values(lease_until=self._now + lease_ms))

    def guard_claim(self, item: StoredItem, run_id: str) -> None:
        """Allow the claim of a record that is made for an item, or raise ``ClaimRefused``.

        The first claim of an item needs its lease, a fleet that is not paused, and room below the bound. A later claim, of
        another step of a recovery that is in flight, needs the lease only.
        """
        fleet = self.read(item.fleet_id, lock=True)
        now = fleet.items[item.number]
        if now.lease != item.lease or now.lease_until < self._now:
            raise ClaimRefused(f"Row {item.row} was not sent: another worker has taken it meanwhile.")
        if now.claimed:
            if now.run_id != run_id:
                raise ClaimRefused(f"Row {item.row} was not sent: it has a record already, {now.run_id}.")
            return
        why = fleet.standing.why_not_claim()
        if why:
            raise ClaimRefused(f"Row {item.row} was not sent: {why}.")
        self._change_item(now, claimed=1, run_id=run_id, begun=self._now, reason="its request is sent")

    def settle(self, item: StoredItem, state: ItemState, reason: str, *, run_id: str = "") -> FleetSnapshot:
        """Write how an item stands, and pause the fleet when that makes too many bad ones; return the fleet.

        A worker that has lost its lease changes nothing: another one looks after the item.
        """
        fleet = self.read(item.fleet_id, lock=True)
        now = fleet.items[item.number]
        if now.lease != item.lease:
            return fleet
        return self._after_change(fleet.with_item(self._end_item(now, state, reason, run_id or now.run_id)))

    def let_go(self, item: StoredItem) -> None:
        """End the lease of a worker that stops: another one takes the item at once, as if this one had died."""
        mine = (fleet_items.c.fleet_id == item.fleet_id, fleet_items.c.lease == item.lease)
        self._connection.execute(update(fleet_items).where(*mine).values(lease_until=0))

    def note(self, item: StoredItem, reason: str) -> None:
        """Write what a worker does with an item."""
        mine = (fleet_items.c.fleet_id == item.fleet_id, fleet_items.c.lease == item.lease)
        self._connection.execute(update(fleet_items).where(*mine).values(reason=reason))

    def _end_item(self, item: StoredItem, state: ItemState, reason: str, run_id: str) -> StoredItem:
        ended = {"ended": self._now} if state in ENDED else {}
        lease = {} if state is ItemState.RUNNING else _NO_LEASE
        changed = self._change_item(item, state=state, reason=reason, run_id=run_id, **ended, **lease)
        if state not in {ItemState.WAITING, ItemState.RUNNING}:
            record = last_event(self._connection, run_id) if run_id else None
            facts = {"row": item.row, "state": str(state), "reason": reason}
            named = {"record": run_id, "record_sha256": record.sha256} if record is not None else {}
            self._records.append(item.fleet_id, "fleet-item", {**facts, **named})
        return changed

    def _after_change(self, fleet: FleetSnapshot) -> FleetSnapshot:
        """Pause the fleet when it must stop, and write how its record stands."""
        if fleet.standing.must_stop and not fleet.paused:
            bad = [item for item in fleet.items if item.is_bad]
            named = ", ".join(f"{item.row} ({item.state})" for item in bad[:5])
            reason = f"{len(bad)} bad item{'s' if len(bad) != 1 else ''}: {named}"
            fleet = self._pause(fleet, reason, by="the program")
        self._note_state(fleet)
        return fleet

    # People ----------------------------------------------------------------------------------------------------------

    def pause(self, fleet_id: str, reason: str, by: str) -> FleetSnapshot:
        """Take and claim nothing more; what is in flight goes on to its end."""
        fleet = self.read(fleet_id, lock=True)
        if not fleet.paused:
            fleet = self._pause(fleet, reason, by)
            self._note_state(fleet)
        return fleet

    def _pause(self, fleet: FleetSnapshot, reason: str, by: str) -> FleetSnapshot:
        self._change_fleet(fleet.id, paused=reason, paused_by=by)
        in_flight = [item.row for item in fleet.items if item.claimed and item.state not in ENDED]
        untouched = sum(item.state in {ItemState.WAITING, ItemState.HELD} for item in fleet.items)
        facts = {"reason": reason, "operator": by, "in_flight": in_flight, "untouched": untouched}
        self._records.append(fleet.id, "fleet-paused", facts)
        return replace(fleet, paused=reason, paused_by=by)

    def go_on(self, fleet_id: str, by: str) -> FleetSnapshot:
        """End a pause, and open the gate of the wave that waits; bad items so far do not count any more."""
        fleet = self.read(fleet_id, lock=True)
        standing = fleet.standing
        bad = [item for item in fleet.items if item.is_bad]
        if not fleet.paused and not standing.closed_gate and not bad:
            return fleet
        for item in bad:
            self._change_item(item, acknowledged=1)
        opened = standing.wave + 1 if standing.closed_gate else fleet.opened
        self._change_fleet(fleet_id, paused="", paused_by="", opened=opened)
        facts = {"operator": by, "after": fleet.paused or "a gate", "wave": opened, "acknowledged": [one.row for one in bad]}
        self._records.append(fleet_id, "fleet-continued", facts)
        changed = self.read(fleet_id)
        self._note_state(changed)
        return changed

    def set_state(self, fleet_id: str, row: str, state: ItemState, reason: str, by: str) -> FleetSnapshot:
        """Hold, skip, or let wait again an item for which nothing was sent."""
        fleet = self.read(fleet_id, lock=True)
        item = fleet.item(row)
        if item is None:
            raise RecordError(f"Fleet {fleet_id} has no row {row!r}. Nothing was changed.")
        allowed = {ItemState.WAITING, ItemState.HELD, ItemState.BLOCKED}
        if item.claimed or item.state not in allowed:
            raise RecordError(
                f"Row {row} is {item.state} ({item.reason}), so it cannot be {state} any more. Nothing was changed."
            )
        changed = self._change_item(item, state=state, reason=f"{reason} ({by})", **_NO_LEASE)
        self._records.append(fleet_id, "fleet-row", {"row": row, "state": str(state), "reason": reason, "operator": by})
        return self._after_change(fleet.with_item(changed))

    def set_cap(self, fleet_id: str, cap: int, by: str) -> FleetSnapshot:
        """Change how many items may be in flight at once."""
        self.read(fleet_id, lock=True)
        self._change_fleet(fleet_id, cap=cap)
        self._records.append(fleet_id, "fleet-cap", {"cap": cap, "operator": by})
        return self.read(fleet_id)

    def slow_down(self, fleet_id: str, pause_ms: int) -> None:
        """Let no worker of any machine take an item for a while: the service asked for fewer requests."""
        fleet = self.read(fleet_id, lock=True)
        self._change_fleet(fleet_id, slow_until=max(fleet.slow_until, self._now + pause_ms))

    def reopen(self, item: StoredItem, state: ItemState, reason: str) -> FleetSnapshot:
        """Write what became of a record whose item had ended, or was blocked: a person has decided about it."""
        fleet = self.read(item.fleet_id, lock=True)
        now = fleet.items[item.number]
        if now.lease or now.run_id != item.run_id or (now.state, now.reason) == (state, reason):
            return fleet
        return self._after_change(fleet.with_item(self._end_item(now, state, reason, now.run_id)))

    # Writing ---------------------------------------------------------------------------------------------------------

    def _change_item(self, item: StoredItem, **values: Any) -> StoredItem:
        if "state" in values and values["state"] is not item.state:
            values["since"] = self._now
        stored = {name: str(value) if isinstance(value, ItemState) else value for name, value in values.items()}
        mine = (fleet_items.c.fleet_id == item.fleet_id, fleet_items.c.number == item.number)
        self._connection.execute(update(fleet_items).where(*mine).values(stored))
        return item._replace(**values)

    def _change_fleet(self, fleet_id: str, **values: Any) -> None:
        self._connection.execute(update(fleets).where(fleets.c.run_id == fleet_id).values(values))

    def _note_state(self, fleet: FleetSnapshot) -> None:
        self._records.mark(fleet.id, RunState(fleet.state))


def _require_one_machine(fleet: FleetSnapshot, owner: Owner) -> None:
    """Refuse a worker while another machine works on the fleet: a file on a shared disk is not locked reliably."""
    other = next((item for item in fleet.items if item.lease and item.host not in {"", owner.host}), None)
    if other is not None:
        raise RecordError(
            f"Fleet {fleet.id} is worked on by {other.owner}, and its record store is an SQLite file, which serves one "
            "machine. Nothing was sent from here. For several machines use PostgreSQL: DDMKIT_RECORDS=postgresql://..."
        )
