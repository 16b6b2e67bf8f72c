"""An open record store: its address and its transactions, and everything that is read from it.

Every change is one transaction: it is written completely or not at all, even when a process dies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from ddmkit.errors import InputError, RecordError, without_frames
from ddmkit.records import queries
from ddmkit.records.address import Location, StoreAddress
from ddmkit.records.database import (
    PATIENCE_S,
    STORE_ERRORS,
    explain_failure,
    in_transaction,
    make_engine,
    require_unicode,
)
from ddmkit.records.events import canonical_json, plain_text
from ddmkit.records.migrations import is_current, migrate
from ddmkit.records.runs import UNSETTLED, Claim, RunData, RunState, RunSummary
from ddmkit.records.steps import restore_key
from ddmkit.records.tables import runs
from ddmkit.records.transaction import StoreTransaction
from ddmkit.records.transfer import (
    refuse_moved,
)
from ddmkit.secrecy.scan import find_secrets

__all__ = ["Guard", "OpenStore"]

Outcome = TypeVar("Outcome")
Checked = TypeVar("Checked")
Guard = Callable[[Connection, StoreTransaction, str], None]
"""Allows a claim by a run within its transaction, or raises."""
_ATTEMPTS = 12
# SQLSTATE codes of PostgreSQL: serialization failure and deadlock. With either, nothing was written.
_REPEATABLE = frozenset({"40001", "40P01"})


class OpenStore:
    """The readable part of a record store; ``RecordStore`` adds the changes."""

    def __init__(
        self,
        location: Location,
        engine: Engine,
        *,
        service: str,
        clock: Callable[[], datetime],
        secrets: Callable[[], Iterable[str]],
        random_hex: Callable[[int], str],
        guard: Guard | None = None,
    ) -> None:
        self._guard = guard
        self.service = plain_text(service)
        self._location = location
        self._reader = engine
        self._writer = engine.execution_options(ddmkit_writes=True)
        self._clock = clock
        self._secrets = secrets
        self._random_hex = random_hex

    @classmethod
    def open(
        cls,
        url: StoreAddress | str | Path | None = None,
        *,
        service: str = "",
        clock: Callable[[], datetime],
        secrets: Callable[[], Iterable[str]] = tuple,
        random_hex: Callable[[int], str] = token_hex,
        patience_s: float = PATIENCE_S,
    ) -> Self:
        """Open a store, and create or update its schema.

        Args:
            url: A path or an SQLAlchemy URL; without one, the store in the user's data folder.
            service: The identity of the service that new runs belong to; without it the store can only be read.
            clock: Returns the time that events get.
            secrets: Returns the texts that must never be written.
            random_hex: Returns random bytes in hexadecimal, for the ids of new runs.
            patience_s: The longest wait for a lock or a statement, in seconds.

        Raises:
            RecordError: The store cannot be reached, is no record store, or is newer than this ddmkit.
        """
        # No variable of this frame holds the address any more, because a verbose traceback shows variables.
        url = StoreAddress.of(url)
        try:
            location = url.locate()
            engine = make_engine(location, patience_s=patience_s)
            store = cls(location, engine, service=service, clock=clock, secrets=secrets, random_hex=random_hex)
            store._prepare()
        except RecordError as error:
            raise without_frames(error) from None
        return store

    def _prepare(self) -> None:
        def check(connection: Connection) -> bool:
            require_unicode(connection)
            return is_current(connection)

        if not self._read("open the records", check):
            self._write("prepare the tables", migrate, fresh=True)

    def __repr__(self) -> str:
        return f"RecordStore({self.url_shown!r}, service={self.service!r})"

    def __reduce__(self) -> str:
        raise TypeError("a record store is not pickled, because its address may hold a password: open it again there")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url_shown(self) -> str:
        """The store's address with its password hidden."""
        return self._location.shown

    @property
    def is_file(self) -> bool:
        """Whether the store is a file, which serves one machine."""
        return self._location.backend == "sqlite"

    def known_secrets(self) -> tuple[str, ...]:
        """Return the texts that must never be written: the caller's secrets, and those in the store's own address."""
        return (*self._secrets(), *self._location.secrets)

    def close(self) -> None:
        """Close the database. Nothing is lost: every change was complete when its call returned."""
        self._reader.dispose()

    # Reading -----------------------------------------------------------------------------------------------------

    def list(
        self,
        *,
        state: str | None = None,
        target_id: str | None = None,
        digest: str | None = None,
        kind: str | None = None,
        with_event: str | None = None,
        limit: int | None = None,
    ) -> tuple[RunSummary, ...]:
        """Return the runs of all services that meet the conditions, newest first; at most ``limit`` when it is given.

        ``with_event`` keeps those that hold an event of this kind.
        """
        conditions = []
        if state is not None:
            conditions.append(queries.in_states(_state_named(state)))
        if target_id is not None:
            conditions.append(runs.c.target_id == target_id)
        if digest is not None:
            conditions.append(runs.c.digest == digest)
        if kind is not None:
            conditions.append(runs.c.kind == kind)
        if with_event is not None:
            conditions.append(queries.has_event(with_event))
        return self._read("list the runs", lambda connection: queries.find_summaries(connection, *conditions, limit=limit))

    def count(self) -> int:
        """Return the number of runs."""
        return self._read("count the runs", queries.count_runs)

    def get(self, run_id: str) -> RunData:
        """Return a run with its events, by its id or the beginning of it.

        Raises ``RecordError`` when no run, or more than one, has such an id; the message names similar ids.
        """
        if not isinstance(run_id, str):
            raise RecordError(f"A record is named by its id, as text; {type(run_id).__name__} was given.")
        return self._read("read a run", lambda connection: queries.find_run(connection, run_id))

    def get_newer(self, run: RunData) -> RunData:
        """Return a run that was read before as it is now; the same object when nothing was written since."""
        return self._read("read a run", lambda connection: queries.read_newer(connection, run))

    def is_imported(self, run_id: str) -> bool:
        """Return whether a run came from a file; such a run decides nothing about other runs."""
        return self._read("look for an import", lambda connection: queries.is_imported(connection, run_id))

    def run_of_plan(self, plan_id: str) -> RunSummary | None:
        """Return the local run of a plan, or ``None`` when the plan has no run."""
        known = self._read("look for a plan", lambda connection: queries.run_of_plan(connection, plan_id))
        return None if known is None or known.imported else known

    def unsettled(self, project_id: str, target_id: str) -> tuple[RunSummary, ...]:
        """Return the local runs of this service whose restore to the target may still run, newest first."""
        return self._find(
            runs.c.project_id == project_id, runs.c.target_id == target_id, queries.in_states(*sorted(UNSETTLED))
        )

    def open_for_digest(self, digest: str) -> tuple[RunSummary, ...]:
        """Return the unsettled local runs of plans with this digest, newest first."""
        return self._find(runs.c.digest == digest, queries.in_states(*sorted(UNSETTLED)))

    def failed_with_digest(self, digest: str) -> tuple[RunSummary, ...]:
        """Return the failed local runs of plans with this digest, newest first."""
        return self._find(runs.c.digest == digest, queries.in_states(RunState.FAILED))

    def naming(self, ids: Iterable[str], *kinds: str) -> tuple[RunSummary, ...]:
        """Return the local runs of this service and of these kinds whose events may name one of the ids, newest first."""
        return self._find(runs.c.kind.in_(kinds), queries.holds_text(ids))

    def holder(self, project_id: str, target_id: str) -> Claim | None:
        """Return who holds the one open restore of a target of this service, or ``None`` when it is free."""
        return self.holder_of_key(project_id, restore_key(target_id))

    def holder_of_key(self, project_id: str, claim_key: str) -> Claim | None:
        """Return who holds a claim key in a project of this service, or ``None`` when it is free."""
        return self._read(
            "look for an open restore",
            lambda connection: queries.holder_of(connection, self.service, project_id, claim_key),
        )

    def owned_ids(self) -> set[str]:
        """Return the ids of all jobs and instances of this service that belong to a local run.

        They were named by an answer, or adopted.
        """
        return self._read("list the jobs", lambda connection: queries.owned_ids_of_service(connection, self.service))

    # Transactions ------------------------------------------------------------------------------------------------

    def _change(self, doing: str, work: Callable[[StoreTransaction], Outcome]) -> Outcome:
        return self._write(doing, lambda connection: work(self._transaction(connection)))

    def _transaction(self, connection: Connection) -> StoreTransaction:
        return StoreTransaction(connection, service=self.service, clock=self._clock, random_hex=self._random_hex)

    def _find(self, *conditions: Any) -> tuple[RunSummary, ...]:
        own = (runs.c.service == self.service, queries.IS_LOCAL)
        return self._read("look for runs", lambda connection: queries.find_summaries(connection, *own, *conditions))

    def _read(self, doing: str, work: Callable[[Connection], Outcome]) -> Outcome:
        try:
            return in_transaction(self._reader, work)
        except STORE_ERRORS as error:
            problem = explain_failure(doing, error, self._location)
        raise problem

    def _write(self, doing: str, work: Callable[[Connection], Outcome], *, fresh: bool = False) -> Outcome:
        """Do the work in one transaction; repeat it from the start when another transaction was faster."""

        def write(connection: Connection) -> Outcome:
            if not fresh:
                refuse_moved(connection)
            return work(connection)

        attempts = 0
        while True:
            attempts += 1
            try:
                return in_transaction(self._writer, write)
            except STORE_ERRORS as error:
                if attempts < _ATTEMPTS and _is_collision(error):
                    continue
                problem = explain_failure(doing, error, self._location)
            raise problem

    def _without_secrets(self, value: Checked) -> Checked:
        self._refuse_secrets(canonical_json(value))
        return value

    def _refuse_secrets(self, text: str) -> None:
        found = find_secrets(text, self.known_secrets())
        if found:
            raise RecordError(
                f"Nothing was written to the record: it would have held a known secret ({', '.join(found)}). "
                "Remove the secret from the purpose, ticket and names, or report this as a bug of ddmkit."
            )


def _is_collision(error: Exception) -> bool:
    if isinstance(error, IntegrityError):
        return "append-only" not in str(error.orig)
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) in _REPEATABLE


def _state_named(state: str) -> RunState:
    try:
        return RunState(state)
    except ValueError:
        raise InputError(
            f"{state!r} is no state of a run.", field="state", fix=f"Use one of: {', '.join(RunState)}."
        ) from None
