"""What every step of a restore needs: the client, the record store, and time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.service.client import Client
from ddmkit.service.deadline import Attempt

if TYPE_CHECKING:
    from ddmkit.records.store import RecordStore

__all__ = ["Confirmation", "RestoreContext"]


@dataclass(frozen=True)
class RestoreContext:
    """The client, the record store and the clock of a restore. ``now`` and ``sleep`` are parameters, so that no test waits.

    After a lost answer the job is searched for every ``poll_every_s`` seconds during ``grace``, before a person decides.
    ``operator`` is the name of the person. ``begin_attempt`` starts the total time of one request. ``not_sent`` holds, by
    run, the marks of claims that surely sent nothing while the store could not record that. ``witnesses`` are the services
    that are asked for proofs.
    """

    client: Client
    store: RecordStore
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    grace: timedelta = timedelta(seconds=20)
    poll_every_s: float = 2.0
    operator: str = ""
    begin_attempt: Callable[[], Attempt] = Attempt
    not_sent: dict[str, str] = field(default_factory=dict)
    witnesses: Witnesses | None = None

    def service_now(self) -> datetime:
        """Return the present by the service's own clock, from the last answer; probes the service when there is none yet."""
        if self.client.last_skew is None:
            self.client.probe()
        return self.client.service_now()


@dataclass(frozen=True)
class Confirmation:
    """A person's confirmation of a plan: the target's name, the accepted warnings, and the purpose."""

    operator: str
    target_name: str = ""
    accepted: frozenset[str] = frozenset()
    purpose: str = ""
    ticket: str = ""
