"""The record store: it keeps runs with their events, and is the one place where the sending of a plan is claimed.

Every change is one transaction: it is written completely or not at all, even when a process dies. The rules of a change are
in ``transaction``, the states of a run in ``runs``. The store does not know plans, requests or the service.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
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
from ddmkit.records.events import Event, canonical_json, plain_text
from ddmkit.records.fleets.store import FleetStore
from ddmkit.records.fleets.transaction import FleetTransaction
from ddmkit.records.migrations import is_current, migrate
from ddmkit.records.runs import CLOSING_KINDS, JOB_KINDS, UNSETTLED, Claim, Owner, RunData, RunHeader, RunState, RunSummary
from ddmkit.records.steps import restore_key
from ddmkit.records.tables import runs
from ddmkit.records.transaction import StoreTransaction
from ddmkit.records.transfer import (
    fleet_rows,
    import_run,
    lock_place,
    note_moved,
    receive_fleets,
    receive_run,
    refuse_moved,
)
from ddmkit.secrecy.scan import find_secrets

__all__ = ["RecordStore"]

Outcome = TypeVar("Outcome")
Checked = TypeVar("Checked")
Guard = Callable[[Connection, StoreTransaction, str], None]
"""Allows a claim by a run within its transaction, or raises."""
_ATTEMPTS = 12
# SQLSTATE codes of PostgreSQL: serialization failure and deadlock. With either, nothing was written.
_REPEATABLE = frozenset({"40001", "40P01"})


class RecordStore:
    """All records of a machine or a team; several threads, processes and machines may use the store at once."""

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

    def guarded(self, guard: Guard) -> RecordStore:
        """Return the same store, whose every claim first passes the guard, within the claim's transaction."""
        return type(self)(
            self._location,
            self._reader,
            service=self.service,
            clock=self._clock,
            secrets=self._secrets,
            random_hex=self._random_hex,
            guard=guard,
        )

    @property
    def fleets(self) -> FleetStore:
        """The fleets of this store."""
        return FleetStore(self._fleet_change)

    def _fleet_change(self, doing: str, work: Callable[[FleetTransaction], Outcome], checked: object = None) -> Outcome:
        self._refuse_secrets(canonical_json(checked))
        return self._write(doing, lambda connection: work(FleetTransaction(connection, self._transaction(connection))))

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

    # Writing -----------------------------------------------------------------------------------------------------

    def begin(self, header: RunHeader, about: Mapping[str, Any] | None = None, *, claim_key: str = "") -> str:
        """Open the run of a plan and return its id; for a plan that has a run, return that run's id and write no event.

        Args:
            header: What is restored.
            about: Kept with the ``opened`` event: programs, service and user.
            claim_key: A key that the run holds from now on until it has completed, is given up or is refused, such as
                ``recovery:`` and the id of the source. A run of one restore claims when it sends, and needs none.

        Raises:
            ClaimConflict: Another run holds the key.
            RecordError: The run cannot be written, or the plan's run is of another restore.
        """
        if not self.service:
            raise ValueError("a store opened without service= can only be read")
        facts = about or {}
        self._refuse_secrets(canonical_json([header, facts]))
        return self._change("open a run", lambda transaction: transaction.open_run(header, facts, claim_key))

    def append(
        self,
        run_id: str,
        kind: str,
        data: Mapping[str, Any] | None = None,
        *,
        of_intent: int | None = None,
        step: str = "",
    ) -> Event:
        """Append an event to a run, and return the event.

        An answer that arrives after the run was settled opens the run again: facts outweigh assumptions.

        Args:
            run_id: The id of the run.
            kind: What happened. The kinds in ``STATE_AFTER`` change the state of the run.
            data: What is known; for ``answered`` and ``adopted`` with a ``job_id``, of a step with what the service named.
            of_intent: The number of the ``intent`` event that the new event is about.
            step: The step of the run that the event is about; it is written as ``step-`` and the kind. When the state of the
                run changes by it, a marker (``run-...``) follows in the same transaction.

        Raises:
            RecordError: The event cannot be written, or the step has a newer ``intent`` than ``of_intent``.
        """
        if kind in CLOSING_KINDS or kind in {"opened", "intent"} or kind.startswith(("run-", "step-")):
            raise ValueError(f"{kind!r} is not appended: use begin(), claim(), settle() or abandon(), and step=")
        if kind in JOB_KINDS and not step and not (data or {}).get("job_id"):
            raise ValueError(f"an event {kind!r} names its job_id; an answer without a job is of another kind")
        facts = self._without_secrets(data or {})
        return self._change(
            f"write {kind!r}", lambda transaction: transaction.append(run_id, kind, facts, of_intent=of_intent, step=step)
        )

    def claim(
        self,
        run_id: str,
        data: Mapping[str, Any] | None = None,
        *,
        owner: Owner | None = None,
        step: str = "",
        claim_key: str = "",
        again: bool = False,
    ) -> Event:
        """Claim the sending of a step and write its ``intent`` in one transaction; call this before the request.

        Args:
            run_id: The id of the run.
            data: What is about to be sent.
            owner: Who claims, when that is not who opened the run.
            step: The step of the run; empty for the one request of a restore.
            claim_key: What the request changes, such as ``node:`` and the id of the source node: one open request holds it.
                Left out for a restore, which claims its target.
            again: Whether a person asked to send a step once more, after it was freed or released.

        Raises:
            ClaimConflict: The step was sent already, or another request holds the key. Nothing may be sent.
            RecordError: The claim cannot be written, or ``again`` does not fit. Nothing may be sent.
        """
        if bool(step) != bool(claim_key):
            raise ValueError("a step claims a key; the one request of a restore claims its target")
        facts = self._without_secrets({**(data or {}), "claim_key": claim_key} if step else (data or {}))

        def write(connection: Connection) -> Event:
            transaction = self._transaction(connection)
            if self._guard is not None:
                self._guard(connection, transaction, run_id)
            return transaction.claim(run_id, facts, owner, step=step, key=claim_key, again=again)

        return self._write("claim the restore", write)

    def settle(
        self,
        run_id: str,
        kind: str,
        data: Mapping[str, Any] | None = None,
        *,
        of_intent: int | None = None,
        step: str = "",
    ) -> Event:
        """Write the closing event of a run, or of one of its steps, and free its claim, in one transaction.

        A run that has ended with this kind before keeps its first closing event, and that event is returned. Only refusals
        are written each time.

        Args:
            run_id: The id of the run.
            kind: One of ``CLOSING_KINDS``.
            data: What is known about the end.
            of_intent: The number of the ``intent`` event that the caller decided about.
            step: The step of the run that ends; see ``append``.

        Returns:
            The closing event.

        Raises:
            RecordError: A run or step in this state cannot end this way, or it has a newer ``intent`` than ``of_intent``.
        """
        if kind not in CLOSING_KINDS:
            raise ValueError(f"{kind!r} closes no run; these do: {', '.join(sorted(CLOSING_KINDS))}")
        facts = self._without_secrets(data or {})
        return self._change(
            f"write {kind!r}", lambda transaction: transaction.settle(run_id, kind, facts, of_intent=of_intent, step=step)
        )

    def abandon(self, run_id: str, data: Mapping[str, Any] | None = None) -> Event:
        """Write that a person gave a run of several steps up, free all its claims, and return the event.

        Raises ``RecordError`` for a restore, and while a step of the run is sending, unknown or running.
        """
        facts = self._without_secrets(data or {})
        return self._change("give the run up", lambda transaction: transaction.abandon(run_id, facts))

    def close_unconfirmed(self, run_id: str, data: Mapping[str, Any]) -> bool:
        """Write that a run of several steps ended before a person confirmed it, and free what it holds.

        Returns whether that was written: a run that was confirmed meanwhile stays as it is.
        """
        facts = self._without_secrets(data)
        return self._change("close the run", lambda transaction: transaction.close_unconfirmed(run_id, facts))

    def import_runs(self, found: Collection[RunData]) -> dict[str, int]:
        """Import runs that were read from files, all of them or none; return how many events of each are new.

        The caller has verified the runs. An imported run is marked, and decides nothing about other runs. A run that was
        imported before gets the events that it lacks; a run that was submitted in or moved to this store is never changed.
        Raises ``RecordError`` when the id or plan belongs to another run here, or when the events contradict the store.
        """

        def write(connection: Connection) -> dict[str, int]:
            return {run.id: import_run(connection, self._without_secrets(run), self._clock()) for run in found}

        return self._write("import records", write)

    def _receive(self, found: Collection[RunData], imported: frozenset[str]) -> dict[str, int]:
        """Write the runs of another store that moves here; runs in ``imported`` stay marked as imported."""

        def write(connection: Connection) -> dict[str, int]:
            new = {}
            for run in map(self._without_secrets, found):
                is_own = run.id not in imported
                new[run.id] = receive_run(connection, run) if is_own else import_run(connection, run, self._clock())
            return new

        return self._write("receive records", write)

    def migrate_to(self, to: RecordStore) -> dict[str, int]:
        """Move every record to another store, and return how many events of each are new there.

        This store is read-only afterwards, and its error messages name the other store. Nothing is lost when the move is
        interrupted: repeat it.
        """
        if to._location == self._location:
            raise RecordError(f"{self.url_shown} is one and the same store: there is nothing to move.")

        def move(connection: Connection) -> dict[str, int]:
            lock_place(connection)
            moved = to._receive(queries.EveryRun(connection), queries.imported_ids(connection))
            state = fleet_rows(connection)
            to._write("receive fleets", lambda there: receive_fleets(there, *state))
            note_moved(connection, to.url_shown)
            return moved

        return self._write("move the records", move)

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
