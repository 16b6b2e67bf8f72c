"""The rules of a fleet: the states of its items, and which of them may be taken or claimed now.

A fleet restores many instances, its items, in waves. An item is *taken* by a worker, which plans it again; it is *claimed*
when its first request is about to leave; it has *ended* when its result is known. The rules are pure: the store evaluates
them within the transaction that takes or claims an item.

The stop is exact. Let ``stop_after`` be n. The claimed items that have not ended never exceed ``min(cap, n - bad)``, so that
the bad items never exceed n, whatever happens to those in flight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

__all__ = [
    "BAD",
    "ENDED",
    "FIRST_WAVE_STOPS_AFTER",
    "LEASE_MS",
    "OPEN",
    "RENEW_S",
    "ItemStanding",
    "ItemState",
    "Standing",
    "count_states",
    "fold_item",
]

LEASE_MS = 60_000
"""How long a worker has an item without renewing its lease, in milliseconds."""
RENEW_S = 20.0
"""How often a worker renews its leases, in seconds."""
FIRST_WAVE_STOPS_AFTER = 1
"""The first wave is the canary: its first bad item pauses the fleet."""


class ItemState(StrEnum):
    """The state of an item.

    - ``waiting``: nothing was sent for it; it is taken when its wave, its gate and the cap allow.
    - ``held``: a person keeps it back.
    - ``blocked``: it was planned again, and a check failed, a warning was not accepted, or the plan is another one. Nothing
      more is sent for it.
    - ``running``: a worker has it: it is planned again, sent, followed or verified.
    - ``completed``: the service's job ended well, and the target holds what it should.
    - ``differs``: the service's job ended well, and the target could not be verified.
    - ``failed``: the service refused the request, or its job failed.
    - ``unknown``: the answer was lost. The program never sends it again.
    - ``skipped``: a person left it out.
    """

    WAITING = "waiting"
    HELD = "held"
    BLOCKED = "blocked"
    RUNNING = "running"
    COMPLETED = "completed"
    DIFFERS = "differs"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


BAD = frozenset({ItemState.FAILED, ItemState.UNKNOWN, ItemState.DIFFERS})
"""The states that count for the stop."""
ENDED = BAD | {ItemState.COMPLETED, ItemState.SKIPPED}
"""The states of an item whose result is known, or that has none."""
OPEN = frozenset({ItemState.WAITING, ItemState.RUNNING})
"""The states that keep the next wave from its start. What is held or blocked waits for a person, and keeps nobody up."""


class ItemStanding(NamedTuple):
    """What counts of an item: its wave, its state, and whether its first request may have left.

    ``acknowledged`` means that a person let the fleet go on after the item had become bad: it does not count any more.
    """

    wave: int
    state: ItemState
    claimed: bool = False
    acknowledged: bool = False


@dataclass(frozen=True)
class Standing:
    """How a fleet stands, as far as the rules ask: its settings, and what counts of each item.

    ``opened`` is the number of waves that may start by their gates; ``gate`` says which gates a person opens: that of every
    ``wave``, only the ``first``, or ``none``. ``paused`` is the reason of a pause, empty while there is none.
    """

    items: Iterable[ItemStanding]
    cap: int
    stop_after: int
    gate: str = "wave"
    opened: int = 1
    paused: str = ""

    @cached_property
    def groups(self) -> Counter[ItemStanding]:
        """How many items stand alike: a fleet of many items has few groups."""
        return Counter(self.items)

    def _count(self, holds: Callable[[ItemStanding], bool]) -> int:
        return sum(count for item, count in self.groups.items() if holds(item))

    @cached_property
    def wave(self) -> int:
        """The number of the first wave that has an item to do, from 0; the number of waves when all is done."""
        return min((item.wave for item in self.groups if item.state in OPEN), default=self.waves)

    @property
    def waves(self) -> int:
        """How many waves there are."""
        return max((item.wave for item in self.groups), default=-1) + 1

    @property
    def bad(self) -> int:
        """How many items are bad and not acknowledged."""
        return self._count(lambda item: item.state in BAD and not item.acknowledged)

    @property
    def limit(self) -> int:
        """The number of bad items that pauses the fleet now."""
        return FIRST_WAVE_STOPS_AFTER if self.wave == 0 else self.stop_after

    @property
    def bound(self) -> int:
        """How many items may be in flight: claimed, and not ended."""
        return max(0, min(self.cap, self.limit - self.bad))

    @property
    def in_flight(self) -> int:
        """How many items have been claimed and have not ended."""
        return self._count(lambda item: item.claimed and item.state not in ENDED)

    @property
    def running(self) -> int:
        """How many items a worker has, claimed or not, and how many more are in flight."""
        return self._count(lambda item: item.state is ItemState.RUNNING or (item.claimed and item.state not in ENDED))

    @property
    def is_done(self) -> bool:
        """Nothing is left to do that a worker could do now or later."""
        return self.wave == self.waves

    @property
    def must_stop(self) -> bool:
        """The bad items have reached the limit, so that the fleet is to be paused."""
        worst = FIRST_WAVE_STOPS_AFTER if self._first_wave_is_bad else self.stop_after
        return self.bad >= worst

    @property
    def _first_wave_is_bad(self) -> bool:
        return any(item.wave == 0 and item.state in BAD and not item.acknowledged for item in self.groups)

    @property
    def closed_gate(self) -> bool:
        """The wave that would start next waits for a person."""
        return not self.is_done and self.wave >= self.opened and self.gate != "none" and not self._passes_freely

    @property
    def _passes_freely(self) -> bool:
        return self.gate == "first" and self.opened > 1

    def why_not_take(self) -> str:
        """Return why no item may be taken now; empty when one of the first open wave may be."""
        has_waiting = any(item.wave == self.wave and item.state is ItemState.WAITING for item in self.groups)
        rules = (
            (bool(self.paused), f"paused: {self.paused}"),
            (self.is_done, "nothing is left to do"),
            (self.closed_gate, f"wave {self.wave + 1} waits for its gate: look at wave {self.wave}, then go on"),
            (self.must_stop, f"{self.bad} items are bad"),
            (self.running >= self.bound, f"{self.running} of {self.bound} items are running"),
            (not has_waiting, f"the rest of wave {self.wave + 1} is running"),
        )
        return next((why for holds, why in rules if holds), "")

    def why_not_claim(self) -> str:
        """Return why one more item, which is not among those in flight, may not be claimed now; empty when it may."""
        if self.paused:
            return f"paused: {self.paused}"
        if self.in_flight >= self.bound:
            return (
                f"{self.in_flight} items are in flight, and {self.bound} may be: {self.bad} are bad, the cap is {self.cap}"
            )
        return ""


def fold_item(run_state: str, *, passed: bool | None, verified: bool, reason: str) -> tuple[ItemState, str]:
    """Return the state of an item by the state of its record, and a reason that is never blank.

    Args:
        run_state: The state of the record.
        passed: Whether the target held what was expected; ``None`` when nobody compared it.
        verified: Whether the target was read back.
        reason: What the record says about a failure or a wait.
    """
    if run_state == "completed":
        if passed and verified:
            return ItemState.COMPLETED, "verified: the target holds what it should"
        why = reason or ("the target differs from what was expected" if verified else "the target was not read back")
        return ItemState.DIFFERS, why
    table = {
        "failed": (ItemState.FAILED, "the service's job failed and gave no reason"),
        "stopped": (ItemState.FAILED, "a step failed; nothing new is sent"),
        "abandoned": (ItemState.FAILED, "a person gave it up"),
        "freed": (ItemState.FAILED, "the service refused the request; nothing was started"),
        "released": (ItemState.FAILED, "a person declared that nothing was started; approve it again in a new fleet"),
        "refused": (ItemState.BLOCKED, "nothing was sent"),
        "opened": (ItemState.BLOCKED, "interrupted before anything was sent"),
        "unknown": (ItemState.UNKNOWN, "the answer was lost: look for the job, then adopt or release it"),
        "sending": (ItemState.UNKNOWN, "the request may have left, and no answer is on the record"),
        "waiting": (ItemState.BLOCKED, "a person is needed before the next step"),
    }
    state, usual = table.get(run_state, (ItemState.RUNNING, "under way"))
    return state, reason or usual


def count_states(states: Iterable[str]) -> dict[str, int]:
    """Return how many items are in each state, in the order of the states; those without any are left out."""
    known = list(states)
    return {str(state): known.count(state) for state in ItemState if known.count(state)}
