"""What planning and working on a fleet need: the services, the store, and one driver for each kind of row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ddmkit.fleet.shared import SharedClient
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.plan import ServiceIdentity

if TYPE_CHECKING:
    from ddmkit.fleet.items import ItemDriver
    from ddmkit.fleet.table import FleetRow, RowKind
    from ddmkit.records.fleets.rows import StoredItem
    from ddmkit.service.client import Client

__all__ = ["FleetContext", "WorkStopped"]


class WorkStopped(BaseException):
    """A person stopped the workers of this process; what they have is taken over. Not an error of any item."""


@dataclass(frozen=True, kw_only=True)
class FleetContext:
    """The context of single restores, the drivers, and how often the service has asked for fewer requests.

    ``shared`` is the context whose lists many items share. ``looking`` is the client of the items' own reads.
    ``stopping`` ends workers before they take a row and at their next pause. Each start of workers has one of its own, which
    nobody clears. ``idle_s`` is the pause, in seconds, of a worker that has nothing to take.
    """

    restore: RestoreContext
    shared: RestoreContext
    looking: Client
    identity: ServiceIdentity
    drivers: Mapping[RowKind, ItemDriver]
    throttled: Callable[[], int]
    stopping: threading.Event = field(default_factory=threading.Event)
    idle_s: float = 2.0

    def require_not_stopped(self) -> None:
        """Raise ``WorkStopped`` when a person has stopped the workers."""
        if self.stopping.is_set():
            raise WorkStopped

    def pause(self, seconds: float) -> None:
        """Wait; raise ``WorkStopped`` when a person has stopped the workers."""
        self.require_not_stopped()
        self.restore.sleep(seconds)
        self.require_not_stopped()

    def know(self, rows: Iterable[FleetRow]) -> None:
        """Learn which instances are only read, for which the list is enough, and which targets belong to them."""
        client = self.shared.client
        if isinstance(client, SharedClient):
            given = list(rows)
            sources, targets = ({row.source for row in given}, {row.target for row in given})
            client.sources = (client.sources | sources) - targets
            for row in given:
                client.pages.want(row)

    def for_item(self, item: StoredItem) -> RestoreContext:
        """Return the context in which an item is sent: every claim passes the guard of the fleet."""
        from ddmkit.records.fleets.store import guard_of  # noqa: PLC0415  # loads the database library

        store = self.restore.store.guarded(guard_of(item))
        shared = self.shared.witnesses
        return replace(self.restore, client=self.looking, store=store, witnesses=shared, sleep=self.pause)
