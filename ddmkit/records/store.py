"""The record store: it keeps runs with their events, and is the one place where the sending of a plan is claimed.

The rules of a change are in ``transaction``, the states of a run in ``runs``; ``open_store`` reads. The store does not know
plans, requests or the service.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection

from ddmkit.errors import RecordError
from ddmkit.records import queries
from ddmkit.records.events import Event, canonical_json
from ddmkit.records.fleets.store import FleetStore
from ddmkit.records.fleets.transaction import FleetTransaction
from ddmkit.records.open_store import Guard, OpenStore
from ddmkit.records.runs import CLOSING_KINDS, JOB_KINDS, Owner, RunData, RunHeader
from ddmkit.records.transfer import (
    fleet_rows,
    import_run,
    lock_place,
    note_moved,
    receive_fleets,
    receive_run,
)

__all__ = ["RecordStore"]

Outcome = TypeVar("Outcome")


class RecordStore(OpenStore):
    """All records of a machine or a team; several threads, processes and machines may use the store at once."""

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
        return FleetStore(self._fleet_change, self._fleet_read)

    def _fleet_change(self, doing: str, work: Callable[[FleetTransaction], Outcome], checked: object = None) -> Outcome:
        self._refuse_secrets(canonical_json(checked))
        return self._write(doing, lambda connection: work(FleetTransaction(connection, self._transaction(connection))))

    def _fleet_read(self, doing: str, work: Callable[[FleetTransaction], Outcome]) -> Outcome:
        return self._read(doing, lambda connection: work(FleetTransaction(connection, self._transaction(connection))))

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
