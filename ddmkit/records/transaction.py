"""The changes of a record store, each within a transaction that the caller begins and ends.

These are the rules of the store: one run per plan, one sending per step of a plan, one holder per claim key (such as the one
open restore of a target), events in a chain.
Each change checks before it writes. When another process was faster, the unique keys of the tables refuse the change, and
the caller repeats the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from ddmkit.errors import RecordError
from ddmkit.records import queries
from ddmkit.records.events import Event, chain_event
from ddmkit.records.rows import insert_claim, insert_events, insert_header, note_job
from ddmkit.records.runs import (
    JOB_KINDS,
    STATE_AFTER,
    UNDECIDED,
    Claim,
    ClaimConflict,
    Owner,
    RunData,
    RunHeader,
    RunState,
    RunSummary,
    header_sha256,
    kind_in_time,
    may_settle,
)
from ddmkit.records.steps import (
    MAKING_KINDS,
    STEP_STATE_AFTER,
    events_of_step,
    full_kind,
    ids_made,
    is_deletion,
    is_given_up,
    last_intent,
    restore_key,
    rival_key,
    state_of_step,
    state_of_steps,
    states_of_steps,
)
from ddmkit.records.tables import claims, sends
from ddmkit.times import format_utc, to_ms

__all__ = ["StoreTransaction"]

_OF_STEPS = frozenset({"recovery", "drill"})
_REOPENING = JOB_KINDS | {"unknown"}
# Anybody who follows a job sees these ends. Every other end is decided in the store where the run was submitted.
_OBSERVED_ENDS = frozenset({"completed", "failed"})


class StoreTransaction:
    """Writes to a store within one transaction."""

    def __init__(
        self, connection: Connection, *, service: str, clock: Callable[[], datetime], random_hex: Callable[[int], str]
    ) -> None:
        self._connection = connection
        self._service = service
        self._clock = clock
        self._random_hex = random_hex
        self._read_steps: dict[str, list[Event]] = {}

    def open_run(self, header: RunHeader, about: Mapping[str, Any], claim_key: str = "") -> str:
        """Write a run with its ``opened`` event and return its id; return the id of the plan's run when there is one.

        The run takes the ``claim_key``, or ``ClaimConflict`` is raised.
        """
        known = queries.run_of_plan(self._connection, header.plan_id)
        if known is not None:
            self._refuse_imported(known.id)
            _refuse_another_plan(known, header, self._service)
            if claim_key and known.state not in {RunState.COMPLETED, RunState.ABANDONED}:
                self._take(self._locked(known.id), header.owner, claim_key)
            return known.id
        now = self._clock()
        run_id = f"r-{now.astimezone(UTC):%Y%m%d-%H%M%S}-{self._random_hex(3)}"
        insert_header(self._connection, RunData(id=run_id, service=self._service, created=now, header=header, events=()))
        run = self._locked(run_id)
        self._take(run, header.owner, claim_key)
        key = {"claim_key": claim_key} if claim_key else {}
        self._write_event(run, "opened", {**about, **header.owner._asdict(), **key})
        return run_id

    def append(
        self, run_id: str, kind: str, data: Mapping[str, Any], *, of_intent: int | None = None, step: str = ""
    ) -> Event:
        """Write the next event of a run, or of one of its steps.

        An event that arrives late is kept as evidence and changes no state.
        """
        run = self._locked(run_id)
        self._refuse_other_intent(run_id, of_intent, step)
        state, known = self._standing(run_id, step)
        if kind in _REOPENING:
            self._refuse_imported(run_id)
        if kind == "confirmed" and run.header.kind not in {"restore", "fleet"}:
            self._require_held(run)
        made = ids_made(data) if kind in MAKING_KINDS else ()
        if kind == "adopted":
            self._refuse_adoption(run_id, state, made)
        kind = kind_in_time(kind, state, same_job=bool(made) and set(made) <= known)
        for one in made if kind in MAKING_KINDS else ():
            owner = note_job(self._connection, run.service, one, run_id)
            if kind == "adopted" and owner != run_id:
                raise _job_of_another(one, run_id)
        if kind in _REOPENING:
            # A step that was settled too early claims its key again, unless another has claimed it.
            key = self._key_of(run, step)
            if self._holder(run, key) is None:
                self._take_claim(run, run.header.owner, key, step)
        event = self._write_event(run, kind, data, step)
        if kind == "confirmed" and run.header.kind in _OF_STEPS and state in {RunState.OPENED, RunState.REFUSED}:
            # Under way from here on, and found among the open runs, even if the program ends before the first step.
            self._write_event(run, f"run-{RunState.RUNNING}", {})
        return event

    def claim(
        self,
        run_id: str,
        data: Mapping[str, Any],
        owner: Owner | None,
        *,
        step: str = "",
        key: str = "",
        again: bool = False,
    ) -> Event:
        """Write the sending of a step, the claim on its key and the ``intent``; or raise ``ClaimConflict``."""
        run = self._locked(run_id)
        key = key or restore_key(run.header.target_id)
        self._refuse_imported(run_id)
        _refuse_second_send(
            run, step, self._holder(run, key), queries.run_that_sent(self._connection, run.header.plan_id, step)
        )
        rival = self._holder(run, rival_key(key))
        if rival is not None and rival.run_id != run_id:
            raise _held_by_another(key, rival)
        self._refuse_while_given_up(run_id, step)
        earlier = self._last_intent(run_id, step)
        if step and earlier is not None and not again:  # another process sent it, and it started nothing
            raise ClaimConflict(
                f"Step {step} of run {run_id} was sent before, so nothing was written.",
                reason="plan",
                claim=Claim(run_id, run.header.owner, earlier.at, step),
            )
        if step and earlier is None and again:
            raise RecordError(f"Step {step} of run {run_id} was not sent before, so nothing was written.")
        sent = {"plan_id": run.header.plan_id, "step": step, "run_id": run_id, "at": to_ms(self._clock())}
        self._connection.execute(insert(sends).values(sent))
        self._take_claim(run, owner or run.header.owner, key, step)
        return self._write_event(run, "intent", data, step)

    def settle(
        self, run_id: str, kind: str, data: Mapping[str, Any], *, of_intent: int | None = None, step: str = ""
    ) -> Event:
        """Write the closing event of a run or step and delete its claim; return the event that has closed it before."""
        run = self._locked(run_id)
        if kind not in _OBSERVED_ENDS:
            self._refuse_imported(run_id)
        self._refuse_other_intent(run_id, of_intent, step)
        state, _ = self._standing(run_id, step)
        if not may_settle(state, kind, is_step=bool(step)):
            return self._closing_event(run, state, kind, step)
        self._release(run_id, step)
        return self._write_event(run, kind, data, step)

    def abandon(self, run_id: str, data: Mapping[str, Any]) -> Event:
        """Write that a person gave a run of several steps up, and delete all its claims."""
        run = self._locked(run_id)
        self._refuse_imported(run_id)
        open_steps = [name for name, state in self._steps(run_id).items() if state in {*UNDECIDED, RunState.RUNNING}]
        if open_steps or run.header.kind == "restore":
            raise RecordError(
                f"Run {run_id} was not given up: "
                + (f"of its steps these are open: {', '.join(open_steps)}." if open_steps else "it is a single restore.")
            )
        self._connection.execute(delete(claims).where(claims.c.run_id == run_id))
        return self._write_event(run, "run-abandoned", data)

    def mark(self, run_id: str, state: RunState) -> None:
        """Write how a run of many items stands, when that has changed."""
        if state is not queries.state_in_store(self._connection, run_id):
            self._write_event(self._locked(run_id), f"run-{state}", {})

    def close_unconfirmed(self, run_id: str, data: Mapping[str, Any]) -> bool:
        """Write that a run of several steps ended before a person confirmed it, and free what it holds from its opening on.

        Returns whether that was written: a run that was confirmed stays as it is.
        """
        run = self._locked(run_id)
        self._refuse_imported(run_id)
        confirmed, refused = (queries.last_event(self._connection, run_id, kind) for kind in ("confirmed", "refused"))
        if confirmed is not None and (refused is None or refused.seq < confirmed.seq):
            return False
        self._release(run_id, "")
        self._write_event(run, "refused", data)
        return True

    def _require_held(self, run: RunData) -> None:
        """Refuse to confirm a run that lost its claim: another run has closed it in between."""
        held = select(claims.c.run_id).where(claims.c.run_id == run.id, claims.c.step == "")
        if self._connection.execute(held).first() is None:
            raise RecordError(
                f"Run {run.id} was closed before it was confirmed: it took too long. Nothing was sent. Make the plan again."
            )

    def _locked(self, run_id: str) -> RunData:
        """Return the run without its events, locked against other writers until the transaction ends."""
        run = queries.read_header(self._connection, run_id, lock=True)
        if run is None:
            raise RecordError(
                f"There is no run {run_id!r} in this record store, so nothing was written to it. "
                "List its runs with: ddmkit records list"
            )
        return run

    def _refuse_imported(self, run_id: str) -> None:
        if queries.is_imported(self._connection, run_id):
            raise RecordError(
                f"Record {run_id} was imported from a file, so nothing is sent, adopted or released from it here. Nothing "
                "was written. Continue in the record store that the file came from, or make a new plan."
            )

    def _refuse_other_intent(self, run_id: str, of_intent: int | None, step: str) -> None:
        """Refuse a decision about a request when the step has been sent again since."""
        if of_intent is None:
            return
        newest = self._last_intent(run_id, step)
        if newest is None or newest.seq != of_intent:
            raise RecordError(
                f"The plan of run {run_id} was sent once more meanwhile, so nothing was written about the request before. "
                f"Check the run again: kit.resume({run_id!r})."
            )

    def _refuse_adoption(self, run_id: str, state: RunState, made: Sequence[str]) -> None:
        if state not in UNDECIDED:
            raise RecordError(f"Run {run_id} is {state}, so no job was adopted for it. Resume it: kit.resume({run_id!r}).")
        # Two adoptions at the same moment both pass this check; then the unique key of the table of jobs decides.
        taken = queries.owned_ids_of_service(self._connection, self._service).intersection(made)
        for one in sorted(taken):
            raise _job_of_another(one, run_id)

    def _refuse_while_given_up(self, run_id: str, step: str) -> None:
        """Refuse a deletion while another request of the run may be on its way, and any other request after a deletion."""
        known = self._step_events(run_id) if step else ()
        states = states_of_steps(known)
        open_steps = [name for name, state in states.items() if state in UNDECIDED and not is_deletion(name)]
        if is_deletion(step) and open_steps:
            raise RecordError(
                f"Nothing was deleted: of run {run_id} these steps are open: {', '.join(open_steps)}. "
                f"Look for them first: kit.resume({run_id!r})."
            )
        if not is_deletion(step) and is_given_up(known):
            raise RecordError(
                f"Run {run_id} was given up, or is being given up: a deletion was sent. Nothing else is sent for it. "
                f"Finish that: kit.plan_abandon({run_id!r})."
            )

    def _standing(self, run_id: str, step: str) -> tuple[RunState, set[str]]:
        """Return the state of a run or of a step, and the ids of what its request made."""
        if not step:
            state, job_id = queries.standing_in_store(self._connection, run_id)
            return state, {job_id} - {""}
        known = self._step_events(run_id)
        own = events_of_step(known, step)
        return state_of_step(known, step), {
            one for event in own if event.kind in MAKING_KINDS for one in ids_made(event.data)
        }

    def _step_events(self, run_id: str) -> Sequence[Event]:
        """Return the events that decide the states of a run's steps, read once a transaction, and those it has written."""
        if run_id not in self._read_steps:
            self._read_steps[run_id] = list(queries.step_events(self._connection, run_id))
        return self._read_steps[run_id]

    def _last_intent(self, run_id: str, step: str) -> Event | None:
        return last_intent(self._step_events(run_id), step) if step else queries.last_intent(self._connection, run_id, step)

    def _steps(self, run_id: str) -> dict[str, RunState]:
        return states_of_steps(self._step_events(run_id))

    def _write_event(self, run: RunData, kind: str, data: Mapping[str, Any], step: str = "") -> Event:
        """Write an event; of a step also what depends on it: whether it may be sent again, and the state of the run."""
        if step:
            data = {**data, "step": step}
        last = queries.last_event(self._connection, run.id)
        event = chain_event(
            seq=last.seq + 1 if last else 1,
            at=self._clock(),
            kind=full_kind(kind, step),
            data=data,
            prev_sha256=last.sha256 if last else header_sha256(run),
        )
        insert_events(self._connection, run.id, [event])
        if run.id in self._read_steps and event.kind in queries.STEP_KINDS:
            self._read_steps[run.id].append(event)
        if kind == "freed" or (kind == "released" and step):
            # Nothing was started: the request had no effect. A plan may be sent again until it expires, a step when a
            # person says so. The order matters: a trigger allows this deletion only right after such an event.
            self._connection.execute(delete(sends).where(sends.c.run_id == run.id, sends.c.step == step))
        if event.kind in STEP_STATE_AFTER:
            self._note_state(run)
        return event

    def _note_state(self, run: RunData) -> None:
        """Write how a run of several steps stands, when the states of its steps have changed that."""
        state = state_of_steps(self._step_events(run.id))
        if state is None or state is queries.state_in_store(self._connection, run.id):
            return
        if state is RunState.COMPLETED:
            self._release(run.id, "")
        self._write_event(run, f"run-{state}", {})

    def _key_of(self, run: RunData, step: str) -> str:
        """Return the claim key of a request that was sent before."""
        intent = self._last_intent(run.id, step) if step else None
        return str(intent.data.get("claim_key", "")) if intent else restore_key(run.header.target_id)

    def _holder(self, run: RunData, key: str) -> Claim | None:
        return queries.holder_of(self._connection, run.service, run.header.project_id, key)

    def _take(self, run: RunData, owner: Owner, key: str) -> None:
        """Let a run hold a key from its opening on; a key that it holds already stays as it is."""
        holder = self._holder(run, key) if key else None
        if holder is not None and holder.run_id != run.id:
            raise _held_by_another(key, holder)
        if key and holder is None:
            self._take_claim(run, owner, key, "")

    def _take_claim(self, run: RunData, owner: Owner, key: str, step: str) -> None:
        insert_claim(self._connection, run, owner, self._clock(), key, step)

    def _release(self, run_id: str, step: str) -> None:
        self._connection.execute(delete(claims).where(claims.c.run_id == run_id, claims.c.step == step))

    def _closing_event(self, run: RunData, state: RunState, kind: str, step: str) -> Event:
        table, full = (STEP_STATE_AFTER, full_kind(kind, step)) if step else (STATE_AFTER, kind)
        known = self._step_events(run.id) if step else ()
        own = [event for event in known if event.kind == full and event.data.get("step") == step]
        last = (own[-1] if own else None) if step else queries.last_event(self._connection, run.id, kind)
        if last is None or table[full] != state:
            what = f"Step {step} of run {run.id}" if step else f"Run {run.id}"
            raise RecordError(
                f"{what} is {state}, so it cannot end as {kind}. Look at its events: ddmkit records show {run.id}"
            )
        return last


def _job_of_another(job_id: str, run_id: str) -> RecordError:
    return RecordError(f"Job {job_id} belongs to a record already, so run {run_id} did not adopt it.")


def _refuse_second_send(run: RunData, step: str, holder: Claim | None, sent_by: str | None) -> None:
    if sent_by is not None:
        claim = holder if holder and holder.run_id == sent_by else Claim(sent_by, run.header.owner, run.created, step)
        what = f"Step {step} of plan {run.header.plan_id}" if step else f"Plan {run.header.plan_id}"
        raise ClaimConflict(
            f"{what} has been sent already, by {claim.owner} in run {sent_by}. "
            "A plan is sent once: follow that run, or make a new plan.",
            reason="plan",
            claim=claim,
        )
    if holder is not None and not step:
        raise ClaimConflict(
            f"A restore to {run.header.target_name or run.header.target_id} is open: run {holder.run_id}, "
            f"held by {holder.owner} since {format_utc(holder.at)}. Resume that run, or release it when it is stale.",
            reason="target",
            claim=holder,
        )
    if holder is not None:
        raise _held_by_another(step, holder)


def _held_by_another(what: str, holder: Claim) -> ClaimConflict:
    step = f" (step {holder.step})" if holder.step else ""
    return ClaimConflict(
        f"{what} is not free: run {holder.run_id}{step} works on the same, held by {holder.owner} since "
        f"{format_utc(holder.at)}. Nothing was sent. Resume that run first.",
        reason="target",
        claim=holder,
    )


def _refuse_another_plan(known: RunSummary, header: RunHeader, service: str) -> None:
    same = ("digest", "project_id", "source_id", "target_id", "kind")
    if known.service != service or any(getattr(known.header, name) != getattr(header, name) for name in same):
        raise RecordError(f"Plan {header.plan_id} belongs to run {known.id}, which is of another restore. Make a new plan.")
