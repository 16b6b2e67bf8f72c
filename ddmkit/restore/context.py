"""What carrying a restore out needs at hand: the client, the record store, and time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ddmkit.records.store import RecordStore
from ddmkit.service.client import Client
from ddmkit.service.deadline import Attempt

__all__ = ["Confirmation", "RestoreContext"]


@dataclass(frozen=True)
class RestoreContext:
    """The client and the store a restore is carried out with. ``now`` and ``sleep`` are handed in, so that no test waits.

    ``grace`` is how long to look for the job of a restore whose answer was lost, every ``look_every_s`` seconds, before
    a person is asked. ``operator`` is whose context it is. ``begin_attempt`` starts the time that one request has in all.
    ``not_sent`` names the claims of this context that surely sent nothing and could not be written down as such: the mark of
    each claim, by its run.
    """

    client: Client
    store: RecordStore
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    grace: timedelta = timedelta(seconds=20)
    look_every_s: float = 2.0
    operator: str = ""
    begin_attempt: Callable[[], Attempt] = Attempt
    not_sent: dict[str, str] = field(default_factory=dict)

    def service_now(self) -> datetime:
        """The present by the service's own clock, as its last answer told it; asks, when it has not answered yet."""
        if self.client.last_skew is None:
            self.client.probe()
        return self.client.service_now()


@dataclass(frozen=True)
class Confirmation:
    """What a person says to have a plan carried out: the target's name, the warnings they accept, and why."""

    operator: str
    target_name: str = ""
    accepted: frozenset[str] = frozenset()
    purpose: str = ""
    ticket: str = ""
