"""What every part of a run needs: the clients of the services, the record store, the clock, and the node password."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ddmkit.errors import InputError
from ddmkit.recovery.run.password import NodePassword
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.service.cloud.clients import CloudClients

if TYPE_CHECKING:
    from ddmkit.records.store import RecordStore
    from ddmkit.service.client import Client
    from ddmkit.service.rds.client import RdsClient

__all__ = ["RecoveryContext"]


@dataclass(frozen=True, kw_only=True)
class RecoveryContext:
    """The four services, and the context of the single restore, which has the record store and the clock.

    ``only_reads`` says that nothing may be sent: a run is followed then, and no step of it begins.
    """

    services: CloudClients
    restore: RestoreContext
    password: NodePassword = field(default_factory=NodePassword)
    only_reads: bool = False
    _views: dict[str, RecoveryView] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def ddm(self) -> Client:
        """The client of DDM."""
        return self.services.ddm

    @property
    def rds(self) -> RdsClient:
        """The client of the data nodes' service."""
        return self.services.rds

    @property
    def store(self) -> RecordStore:
        """The record store."""
        return self.restore.store

    @property
    def witnesses(self) -> Witnesses:
        """The services that are asked for proofs, and our own records."""
        return self.restore.witnesses or Witnesses()

    @property
    def operator(self) -> str:
        """The name of the person."""
        return self.restore.operator

    def now(self) -> datetime:
        """Return the present."""
        return self.restore.now()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.restore.sleep(seconds)

    def view(self, run_id: str) -> RecoveryView:
        """Return what the record says now."""
        known = self._views.get(run_id)
        run = self.store.get(run_id) if known is None else self.store.get_newer(known.run)
        if known is None or run is not known.run:
            known = self._views[run_id] = RecoveryView(run)
        return known

    def require_own(self, run_id: str) -> None:
        """Refuse to go on with an imported run, which may be shown, rehearsed and followed only."""
        if self.store.is_imported(run_id):
            raise InputError(
                f"record {run_id} was imported from a file: nothing is sent, decided or deleted from it here.",
                field="record",
                fix="Continue in the record store that it came from, or make a new plan.",
            )
