"""``Kit``: the one object that a notebook holds, put together from its parts.

``session`` holds the connection and the record store, ``reading`` what is read from the service, ``restoring`` a restore,
``recovering`` a whole recovery, ``settling`` what to do with a recorded one, ``fleets`` many of them, and ``drilling`` the
rehearsals. The methods are thin; the work is done by the layers below.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ddmkit.config.endpoints import is_loopback
from ddmkit.config.paths import find_home
from ddmkit.config.settings import Settings, read_settings
from ddmkit.config.variables import read_variable
from ddmkit.handles.drill.desk import DrillDesk
from ddmkit.handles.drill.stage import Stage
from ddmkit.handles.fleet.desk import FleetDesk
from ddmkit.handles.recovery.desk import RecoveryDesk
from ddmkit.kit.drilling import Drilling
from ddmkit.kit.fleets import Fleets
from ddmkit.kit.settling import Settling
from ddmkit.records.address import StoreAddress
from ddmkit.service.client import Client

if TYPE_CHECKING:
    from ddmkit.simulator import Simulator

__all__ = ["Kit", "work_on_fleet"]


class Kit(Settling, Fleets, Drilling):
    """One service, one project and one record store; made by ``connect()`` or ``demo()``.

    A kit holds secrets, so it cannot be pickled. Its methods block until the service has answered. From async code, run
    each call in a thread: ``await asyncio.to_thread(kit.backups, source)``. Several threads may share one kit.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        records: StoreAddress | str | Path | None = None,
        operator: str | None = None,
        now: Callable[[], datetime] | None = None,
        sleep: Callable[[float], None] | None = None,
        identity: str = "",
        simulator: Simulator | None = None,
        read_only: bool = False,
        timeout_s: float = 30.0,
    ) -> None:
        client = Client(settings, read_only=read_only, timeout_s=timeout_s)
        super().__init__(
            settings,
            client,
            records=records,
            operator=operator,
            now=now,
            sleep=sleep,
            identity=identity,
            simulator=simulator,
        )
        self._read_only = read_only
        self._recoveries = RecoveryDesk(self._cloud, lambda: self._context, self._service_identity, read_only=read_only)
        self._fleets = FleetDesk(
            self._cloud,
            lambda: self._context,
            self._service_identity,
            read_only=read_only,
            quick=is_loopback(settings.identity_host),
            remote=work_on_fleet,
        )
        stage = Stage(Kit, self._records_at, self._operator)
        self._drill_desk = DrillDesk(self, stage, lambda record: self._require_run_here(record.run))

    def __repr__(self) -> str:
        shown = self._settings
        where = f"simulator world {self._simulator.world_path}" if self._simulator else shown.endpoint
        only = ", read-only" if self._read_only else ""
        return f"<ddmkit: {where}, project {shown.project_id or 'to be looked up'}, by {shown.credential_source}{only}>"

    def close(self) -> None:
        """Close the connections, the record store, and the simulator if this kit started one. Jobs in the cloud go on."""
        self._fleets.close()
        super().close()

    def _reveal_secrets(self) -> list[str]:
        return [*super()._reveal_secrets(), *self._recoveries.known_passwords()]


def work_on_fleet(fleet_id: str, digest: str) -> int:
    """Work on a fleet in a process of its own, with the services, keys and record store of its environment.

    This is all that an executor gets to run, with the id and the digest of the fleet; see ``FleetRun.work``.
    """
    settings = read_settings(home=find_home())
    with Kit(settings, records=read_variable("DDMKIT_RECORDS") or None) as kit:
        return kit.resume_fleet(fleet_id).work_alone(digest)
