"""What a kit is before it reads or restores: connection, clock and record store, and whose records it may decide about."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, SecretStr

from ddmkit.cleaning import decoded
from ddmkit.config.credentials import TokenCredentials, token_credentials
from ddmkit.config.endpoints import is_loopback
from ddmkit.config.settings import Settings
from ddmkit.config.variables import read_variable
from ddmkit.display.rows import Rows
from ddmkit.errors import DDMKitError, InputError, without_frames
from ddmkit.handles.record import Record
from ddmkit.handles.records import Records
from ddmkit.records.address import StoreAddress
from ddmkit.recovery.evidence import own_restores_of
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.plan import ServiceIdentity
from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.restore.provenance import system_user
from ddmkit.service.client import Client
from ddmkit.service.cloud.clients import CloudClients
from ddmkit.shutdown import Shutdown

if TYPE_CHECKING:
    from ddmkit.records.runs import RunData
    from ddmkit.records.store import RecordStore
    from ddmkit.simulator import ScenarioFacts, Simulator

__all__ = ["Session"]

T = TypeVar("T", bound=BaseModel)
_DRILL_DAYS = "DDMKIT_DRILL_DAYS"


class Session:
    """The connection of a kit to one service and one project, with its record store; ``Kit`` is what people hold."""

    def __init__(
        self,
        settings: Settings,
        client: Client,
        *,
        records: StoreAddress | str | Path | None,
        operator: str | None,
        now: Callable[[], datetime] | None,
        sleep: Callable[[float], None] | None,
        identity: str,
        simulator: Simulator | None,
    ) -> None:
        self._settings = settings
        self._client = client
        self._cloud = CloudClients(client)
        self._now = now or self._read_clock
        self._closing = Shutdown()
        self._sleep = sleep or self._closing.pause
        self._records_at = StoreAddress.of(records)
        self._operator = decoded(operator) if operator else system_user()
        self._identity = identity
        self._simulator = simulator
        self._opened: RestoreContext | None = None
        self._opening = threading.Lock()

    def __reduce__(self) -> NoReturn:
        raise TypeError("A kit holds credentials and is not pickled: a pickled secret is clear text. Connect again there.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, the record store, and the simulator if this kit started one. Jobs in the cloud go on.

        Forms that work in the background are stopped first.
        """
        if self._simulator is not None and not self._closing.has_begun:
            stopped_at = self._now()
            self._now = lambda: stopped_at  # the world's clock is gone; forms that still show a time show this one
        self._closing.begin()
        self._cloud.close()
        if self._opened is not None:
            self._opened.store.close()
        if self._simulator is not None:
            self._simulator.close()

    @property
    def closing(self) -> Shutdown:
        """The shutdown of this kit: whether it has begun, and the background work that it stops first."""
        return self._closing

    def now(self) -> datetime:
        """Return the present by the clock in force, this machine's or the simulator world's: an aware datetime in UTC."""
        return self._now()

    @property
    def settings(self) -> Settings:
        """The endpoint, the project, the region, and the place of the credentials; no secret is shown."""
        return self._settings

    @property
    def scenario(self) -> ScenarioFacts:
        """The ids and times to try a restore on the simulator; only a kit made by ``demo()`` has them."""
        if self._simulator is None:
            raise InputError("this kit is not on the simulator.", field="scenario", fix="ddmkit.demo() brings a scenario.")
        return self._simulator.facts

    @property
    def operator(self) -> str:
        """The name under which restores are recorded."""
        return self._operator

    @property
    def simulator(self) -> Simulator | None:
        """The simulator that this kit started, or ``None``."""
        return self._simulator

    @property
    def records(self) -> Records:
        """The records in this kit's store."""
        return Records(
            self._context.store,
            author=self._operator,
            endpoint=self._settings.endpoint,
            now=self.now,
            drill_days=_read_drill_days(),
        )

    def known_secrets(self) -> tuple[str, ...]:
        """Return every secret of this kit in clear text, to search for them in a text before it is shared."""
        return tuple(self._reveal_secrets())

    @property
    def is_refused(self) -> bool:
        """Whether the service refused the credentials in its newest answer."""
        return self._client.is_refused

    @property
    def can_renew_token(self) -> bool:
        """Whether this kit was given a token, which ``renew_token`` replaces."""
        return isinstance(self._settings.credentials, TokenCredentials)

    def renew_token(self, token: str | SecretStr) -> None:
        """Replace an expired token by another token of the same project; sends nothing.

        Raises ``InputError`` for text that cannot be a token, and for a kit that was not given a token.
        """
        try:
            self._client.renew_token(token_credentials(token))
        except InputError as error:
            # A verbose traceback shows the variables of this frame too.
            token = ""
            raise without_frames(error) from None

    # Internal ------------------------------------------------------------------------------------------------------

    @property
    def _context(self) -> RestoreContext:
        from ddmkit.records.database import require_new_store_is_meant  # noqa: PLC0415  # both load the database library
        from ddmkit.records.store import RecordStore  # noqa: PLC0415

        with self._opening:
            if self._opened is None:
                require_new_store_is_meant(self._records_at)
                store = RecordStore.open(
                    self._records_at,
                    service=self._service_identity().service,
                    clock=self.now,
                    secrets=self._reveal_secrets,
                )
                self._opened = RestoreContext(
                    client=self._client,
                    store=store,
                    now=self.now,
                    sleep=self._sleep,
                    operator=self._operator,
                    witnesses=self._witnesses(store),
                )
            return self._opened

    def _witnesses(self, store: RecordStore) -> Witnesses:
        """Return the services that are asked for proofs, and our own records; a service without an address is left out."""
        known, cloud = self._settings, self._cloud
        return Witnesses(
            rds=cloud.rds if known.rds_endpoint else None,
            vpc=cloud.vpc if known.vpc_endpoint else None,
            cts=cloud.cts if known.cts_endpoint else None,
            ddm=self._client,
            own_restores=lambda node_ids: own_restores_of(node_ids, store),
        )

    def _read_clock(self) -> datetime:
        """Return the present by this machine's clock, or by the world's clock of a simulator that was connected to."""
        self._learn_world()
        return self._client.service_now() if self._client.world_id else datetime.now(UTC)

    def _learn_world(self) -> None:
        """Fetch the simulator clock first: jobs are asked for by that clock."""
        if is_loopback(self._settings.identity_host) and not self._client.world_id:
            with suppress(DDMKitError):  # the next request meets the same problem, and reports it
                self._client.probe()

    def _service_identity(self) -> ServiceIdentity:
        if not self._identity:
            host = self._settings.identity_host
            # A port does not identify a service; a simulator reports its world's id.
            self._identity = (self._client.probe().world_id if is_loopback(host) else "") or host
        return ServiceIdentity(service=self._identity, project_id=self._client.find_project_id())

    def _find_run(self, record: Record | str) -> str:
        return self._context.store.get(record.id if isinstance(record, Record) else record).id

    def _find_own_run(self, record: Record | str) -> str:
        run = self._context.store.get(self._find_run(record))
        self._require_run_here(run)
        self._require_own(run)
        return run.id

    def _require_here(self, run: RunData, there: ServiceIdentity, fix: str) -> None:
        """Refuse a run of another service or project, whose instances and jobs are unknown here."""
        here = self._service_identity()
        if there != here:
            raise InputError(
                f"record {run.id} is of project {there.project_id} of {there.service}, this is project {here.project_id} of "
                f"{here.service}.",
                field="record",
                fix=fix,
            )

    def _require_run_here(self, run: RunData) -> None:
        there = ServiceIdentity(service=run.service, project_id=run.header.project_id)
        self._require_here(run, there, "Connect to the service of the record, if it is yours.")

    def _require_own(self, run: RunData) -> None:
        """Refuse to decide the outcome of an imported run."""
        if self._context.store.is_imported(run.id):
            raise InputError(
                f"record {run.id} was imported from a file and is {run.state}: its outcome is not decided here.",
                field="record",
                fix="Continue in the record store that it came from, or make a new plan.",
            )

    def _reveal_secrets(self) -> list[str]:
        return [secret.get_secret_value() for secret in self._client.known_secrets()]

    def _rows(self, model: type[T], items: Sequence[T], title: str, empty: str) -> Rows[T]:
        return Rows(model, items, title=title, empty=empty, now=self.now(), zone=ZoneInfo(self._settings.time_zone))


def _read_drill_days() -> int | None:
    """Return after how many days without a passed drill the records remind of one; ``None`` where nobody has set it."""
    named = read_variable(_DRILL_DAYS)
    if named and not (named.isdecimal() and int(named) > 0):
        raise InputError(
            "is no number of days above 0.", field=_DRILL_DAYS, fix="Set it to a number such as 90, or remove it."
        )
    return int(named) if named else None
