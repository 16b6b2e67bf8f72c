"""Everything that a kit does about fleets; the kit's methods are one line each."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from ddmkit.errors import InputError
from ddmkit.fleet.context import FleetContext
from ddmkit.fleet.items import RestoreDriver
from ddmkit.fleet.known_pages import KnownPages
from ddmkit.fleet.plan import FleetPlan
from ddmkit.fleet.shared import LookingClient, Remembered, SharedClient, look_beside, share_reads
from ddmkit.fleet.start import plan_fleet, submit_fleet
from ddmkit.fleet.table import FleetTable
from ddmkit.fleet.work import Loop
from ddmkit.handles.fleet.plan import Fleet
from ddmkit.handles.fleet.recoveries import RecoveryDriver
from ddmkit.handles.fleet.run import FleetRun
from ddmkit.handles.recovery.desk import RecoveryDesk
from ddmkit.inputs import require_may_send
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.plan import ServiceIdentity
from ddmkit.service.client import Client
from ddmkit.service.cloud.clients import CloudClients

__all__ = ["FleetDesk"]

_PLANNING_S = 600.0
_WORKING_S = 60.0
_POLL_S = 10.0
_JOBS_AGE_S = 20.0  # one look at the list of jobs serves all who follow theirs
_QUICK_S = 2.0


class FleetDesk:
    """The fleets of one kit.

    ``quick`` is for a simulator, whose jobs take seconds. ``remote`` is the loop of workers in other processes.
    """

    def __init__(
        self,
        cloud: CloudClients,
        restore: Callable[[], RestoreContext],
        identity: Callable[[], ServiceIdentity],
        *,
        read_only: bool,
        quick: bool,
        remote: Loop,
    ) -> None:
        self._cloud = cloud
        self._restore = restore
        self._identity = identity
        self._read_only = read_only
        self._quick = quick
        self._remote = remote
        self._planned, self._answers = Remembered(_PLANNING_S), Remembered(_WORKING_S)
        self._pages = KnownPages()

    def plan(
        self,
        table: FleetTable,
        *,
        cap: int,
        waves: Sequence[int | str],
        stop_after: int,
        gate: str,
        time_zone: str | None,
    ) -> Fleet:
        """Return the plan of a fleet; see ``Kit.plan_fleet``."""
        context = self._restore()
        settings = context.client.settings
        self._planned = Remembered(_PLANNING_S)  # of this plan alone: another one looks anew
        shared = share_reads(context, self._planned, pages=self._pages)
        try:
            made = plan_fleet(
                table,
                self._context(context, shared, time_zone, context.client),
                plan_id=f"p-{secrets.token_hex(8)}",
                cap=cap,
                waves=waves,
                stop_after=stop_after,
                gate=gate,
                time_zone=time_zone or settings.time_zone,
                typed_zone=time_zone or (settings.time_zone if settings.names_time_zone else None),
            )
        finally:
            shared.client.close()
        return Fleet.model_construct(**dict(made))

    def submit(
        self, fleet: FleetPlan, *, confirm: str, accept: Mapping[str, Iterable[str]], purpose: str, ticket: str
    ) -> FleetRun:
        """Record the approval of a fleet; see ``Kit.submit_fleet``."""
        require_may_send(read_only=self._read_only)
        if not isinstance(fleet, FleetPlan):
            fix = "Make one with kit.plan_fleet(...), look at it, and submit that."
            raise InputError(f"is not a fleet but {type(fleet).__name__}; nothing was sent.", field="fleet", fix=fix)
        working = self._working
        self._answers.take_over(self._planned)  # what was read less than a minute ago is not read again
        run_id = submit_fleet(fleet, working, confirm=confirm, accept=accept, purpose=purpose, ticket=ticket)
        return self._run(run_id)

    def resume(self, fleet_id: str) -> FleetRun:
        """Return a fleet of the record store; see ``Kit.resume_fleet``."""
        return self._run(self._restore().store.get(fleet_id).id)

    def close(self) -> None:
        """Close the client that items share."""
        if "_working" in self.__dict__:
            self._shared.client.close()
            self._looking.close()

    def _run(self, fleet_id: str) -> FleetRun:
        return FleetRun(fleet_id, self._working, remote=self._remote, read_only=self._read_only)

    @cached_property
    def _shared(self) -> RestoreContext:
        jobs_age_s = _QUICK_S if self._quick else _JOBS_AGE_S
        return share_reads(self._restore(), self._answers, jobs_age_s=jobs_age_s, pages=self._pages)

    @cached_property
    def _looking(self) -> LookingClient:
        client = self._shared.client
        assert isinstance(client, SharedClient)  # noqa: S101  # share_reads has made it
        return look_beside(self._restore(), client)

    @cached_property
    def _working(self) -> FleetContext:
        return self._context(self._restore(), self._shared, None, self._looking)

    def _context(self, restore: RestoreContext, shared: RestoreContext, zone: str | None, looking: Client) -> FleetContext:
        identity, settings = self._identity(), restore.client.settings
        poll_s = _QUICK_S if self._quick else _POLL_S
        typed = zone or (settings.time_zone if settings.names_time_zone else None)

        def desk_for(context: RestoreContext) -> RecoveryDesk:
            return RecoveryDesk(self._cloud, lambda: context, self._identity, read_only=self._read_only)

        restores = RestoreDriver(shared, identity, zone=typed, shown_zone=settings.time_zone, poll_s=poll_s)
        return FleetContext(
            restore=restore,
            shared=shared,
            looking=looking,
            identity=identity,
            drivers={"restore": restores, "recovery": RecoveryDriver(desk_for, restore, poll_s)},
            throttled=lambda: restore.client.throttled + shared.client.throttled + looking.throttled,
            idle_s=1.0 if self._quick else 2.0,
        )
