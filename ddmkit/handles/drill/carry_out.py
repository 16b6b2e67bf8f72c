"""Carry a drill out: recover or restore, wait, confirm the address, delete what was created. Failures are results here."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ddmkit.display.progress import TextProgress
from ddmkit.drills.report import CreatedInstance
from ddmkit.errors import DDMKitError, NotConfirmedError, UnknownOutcomeError
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.handles.record import Record
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.records.reader import RunReader
from ddmkit.records.recovery_reader import RecoveryReader
from ddmkit.recovery.abandon import AbandonItem
from ddmkit.recovery.run.password import GivenPassword

if TYPE_CHECKING:
    from ddmkit.kit import Kit

__all__ = ["Carried", "RunOptions", "carry_out", "clean_up", "confirm_address"]

_KINDS = {"target": "DDM instance", "node": "RDS instance"}
_NOT_SHOWN = "billing not shown"
_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a drill is run. ``accepts_all`` is for the simulator: what has to be vouched for there is simulated too."""

    accept: Iterable[str]
    accepts_all: bool
    node_password: GivenPassword | None
    purpose: str
    timeout_s: float
    poll_s: float
    say: Callable[[str], object]


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What came of it: the record, why it did not get to its end, and the warnings that were accepted."""

    record_id: str
    problem: str = ""
    accepted: tuple[str, ...] = ()


def carry_out(kit: Kit, plan: Plan | Recovery, options: RunOptions) -> Carried:
    """Submit a plan and follow it to its end.

    Raises ``NotConfirmedError`` when a warning was not accepted, and any error before there is a record.
    """
    accept = plan.warnings if options.accepts_all else tuple(options.accept)
    try:
        started = _start(kit, plan, accept, options)
    except NotConfirmedError:
        raise
    except DDMKitError as error:
        record_id = _record_of(error)
        if not record_id:
            raise
        begun = Carried(record_id=record_id, problem=str(error), accepted=accept)
        return _look_again(kit, begun, options) if isinstance(error, UnknownOutcomeError) else begun
    return _follow(kit, started, accept, options)


def _start(kit: Kit, plan: Plan | Recovery, accept: Iterable[str], options: RunOptions) -> RestoreJob | RecoveryRun:
    if isinstance(plan, Recovery):
        password = options.node_password or (_made_up if options.accepts_all else None)
        return kit.recover(plan, confirm=plan.source_name, accept=accept, node_password=password, purpose=options.purpose)
    return kit.submit(plan, confirm=plan.target_name, accept=accept, purpose=options.purpose)


def _made_up() -> str:
    """Return a password by the service's rules, for nodes that exist in a simulated world only."""
    return f"Aa1-{secrets.token_hex(12)}"


def _record_of(error: DDMKitError) -> str:
    return error.record.id if isinstance(error.record, Record) else str(error.record or "")


def _follow(kit: Kit, started: RestoreJob | RecoveryRun, accept: Iterable[str], options: RunOptions) -> Carried:
    record_id, accepted = started.record.id, tuple(accept)
    for _ in range(_TRIES):
        try:
            _wait(kit, started, options)
        except NotConfirmedError as error:
            waits = tuple(check.id for check in started.waits_for) if isinstance(started, RecoveryRun) else ()
            if not (options.accepts_all and waits):
                return Carried(record_id=record_id, problem=str(error), accepted=accepted)
            kit.accept(record_id, waits)
            accepted += waits
        except UnknownOutcomeError as error:
            begun = Carried(record_id=record_id, problem=str(error), accepted=accepted)
            return _look_again(kit, begun, options)
        except DDMKitError as error:
            return Carried(record_id=record_id, problem=str(error), accepted=accepted)
        else:
            return Carried(record_id=record_id, accepted=accepted)
    return Carried(record_id=record_id, problem="it waits for a person again and again", accepted=accepted)


def _wait(kit: Kit, started: RestoreJob | RecoveryRun, options: RunOptions) -> None:
    if isinstance(started, RecoveryRun):
        started.wait(timeout_s=options.timeout_s, poll_s=options.poll_s, say=options.say)
    else:
        told = TextProgress(options.say, clock=kit.now)
        started.wait(timeout_s=options.timeout_s, poll_s=options.poll_s, listener=told)


def _look_again(kit: Kit, begun: Carried, options: RunOptions) -> Carried:
    """Look for what a lost answer has started, once, as a person would; nothing is sent again."""
    try:
        _wait(kit, kit.resume(begun.record_id), options)
    except DDMKitError as error:
        return replace(begun, problem=str(error))
    return replace(begun, problem="")


def confirm_address(kit: Kit, record_id: str) -> tuple[datetime | None, str]:
    """Read the target once more; return when its address was found the same, or else why it was not."""
    run = kit.records.get(record_id).run
    expected = RunReader(run).address
    if not expected:
        return None, "the record names no new address"
    target_id = run.header.target_id if run.header.kind == "restore" else RecoveryReader(run).target_id
    try:
        found = next((one for one in kit.instances() if one.id == target_id), None)
    except DDMKitError as error:
        return None, f"the new address could not be read again: {error}"
    shown = "" if found is None else ":".join(part for part in (found.access_ip, found.access_port) if part)
    return (kit.now(), "") if shown == expected else (None, f"the new address is {shown or 'not shown'}, not {expected}")


def clean_up(
    kit: Kit, record_id: str, most: int, *, say: Callable[[str], object]
) -> tuple[tuple[CreatedInstance, ...], str]:
    """Delete what the drill created; return what became of each instance, and why the clean-up stopped, if it did.

    ``most`` is the number that was typed: more is never deleted.
    """
    run = kit.records.get(record_id).run
    if run.header.kind == "restore" or not any(event.kind == "step-intent" for event in run.events):
        return (), ""
    try:
        todo = kit.plan_abandon(record_id)
    except DDMKitError as error:
        return (), f"What was created could not be listed: {error}"
    problem = ""
    if len(todo.deletable) > most:
        problem = f"{len(todo.deletable)} instances would be deleted, {most} were confirmed: nothing was deleted."
    else:
        say(f"clean-up: {todo.confirmation or 'nothing can be deleted'}")
        try:
            kit.abandon(todo, confirm=todo.confirmation)
        except DDMKitError as error:
            problem = str(error)
    return _what_became(kit, record_id, todo.items, problem), problem


def _what_became(kit: Kit, record_id: str, items: Iterable[AbandonItem], problem: str) -> tuple[CreatedInstance, ...]:
    deleted = {
        str(event.data["step"]).rpartition(":")[2]: event.at
        for event in kit.records.get(record_id).events
        if event.kind == "step-completed" and str(event.data.get("step", "")).startswith("delete:")
    }
    return tuple(_created(item, deleted.get(item.id), kit.now(), problem) for item in items)


def _created(item: AbandonItem, deleted: datetime | None, now: datetime, problem: str) -> CreatedInstance:
    until = deleted or now
    hours = None if item.created is None else max(0.0, (until - item.created).total_seconds() / 3600)
    fate = "deleted" if deleted else item.fate if not item.can_be_deleted else f"stays: {problem or 'it was not deleted'}"
    return CreatedInstance(
        name=item.name,
        id=item.id,
        what=_KINDS[item.kind],
        # DDM shows no billing mode; a recovery requests everything on demand.
        billing=item.billing if item.billing != _NOT_SHOWN else "requested on demand",
        created=item.created,
        deleted=deleted,
        hours=None if hours is None else round(hours, 2),
        fate=fate,
    )
