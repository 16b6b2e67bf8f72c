"""Measure a drill by its record: the moments, who spent the time, and the longest gap between backups."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from ddmkit.models import Instant, InstantOrNone
from ddmkit.records.events import Event
from ddmkit.records.reader import RunReader, text_in
from ddmkit.records.recovery_reader import RecoveryReader
from ddmkit.records.runs import RunData
from ddmkit.times import Span

__all__ = ["BACKUP_WINDOW", "Gap", "Moment", "Split", "find_moments", "longest_gap", "restore_events", "split_time"]

BACKUP_WINDOW = timedelta(days=30)
"""How far back gaps between backups are looked for."""

_RESTORE = "restore"
_NOT_REACHED = "not reached"


class Moment(BaseModel):
    """One measured moment; where ``at`` is ``None``, ``why`` says why there is none."""

    model_config = ConfigDict(frozen=True)

    name: str
    at: InstantOrNone = None
    why: str = ""


class Split(BaseModel):
    """Who spent the time from the declared incident to the confirmed address, in seconds."""

    model_config = ConfigDict(frozen=True)

    people_s: float
    service_s: float
    verification_s: float

    @property
    def total_s(self) -> float:
        """The whole time."""
        return self.people_s + self.service_s + self.verification_s


def restore_events(run: RunData, *kinds: str) -> list[Event]:
    """Return the events of these kinds of the metadata restore, a run of its own or a step of a recovery."""
    plain = [event for event in run.events if event.kind in kinds] if run.header.kind == _RESTORE else []
    steps = {f"step-{kind}" for kind in kinds}
    return plain or [event for event in run.events if event.kind in steps and text_in(event.data, "step") == _RESTORE]


def find_moments(
    run: RunData, *, declared: datetime, planned: datetime, address: datetime | None, problem: str
) -> tuple[Moment, ...]:
    """Return the six moments in order.

    Args:
        run: The record.
        declared: When the incident was declared.
        planned: When the plan was made.
        address: When the new address was read again and found the same; ``None`` if it was not.
        problem: Why the drill did not get further; empty if it did.
    """
    sent = next((event.at for event in run.events if event.kind in {"intent", "step-intent"}), None)
    ended = [event.at for event in restore_events(run, "completed", "failed")]
    verified = RunReader(run).last("verified")
    why = f"{_NOT_REACHED}: {problem}" if problem else f"{_NOT_REACHED}: the record does not have it"
    found = {
        "incident declared": declared,
        "planned": planned,
        "sent": sent,
        "job ended": ended[-1] if ended else None,
        "verified": None if verified is None else verified.at,
        "address confirmed": address,
    }
    return tuple(Moment(name=name, at=at, why="" if at else why) for name, at in found.items())


def split_time(run: RunData, *, declared: datetime, address: datetime | None) -> Split | None:
    """Return who spent the time until the address was confirmed; ``None`` when it was not confirmed.

    While a request is at work, the time is the service's. Before the first request, and while the run waits for a person,
    it is people's. The rest went into checks, proofs and reading back.
    """
    verified = RunReader(run).last("verified")
    if verified is None or address is None:
        return None
    until = run.model_copy(update={"events": tuple(event for event in run.events if event.seq <= verified.seq)})
    after = max(timedelta(0), address - verified.at)
    if run.header.kind == _RESTORE:
        return _split_restore(until, declared, verified.at, after)
    spent = RecoveryReader(until).where_time_went(since=declared)
    people, service, verification = spent.values()
    return Split(
        people_s=people.total_seconds(),
        service_s=service.total_seconds(),
        verification_s=(verification + after).total_seconds(),
    )


def _split_restore(run: RunData, declared: datetime, verified: datetime, after: timedelta) -> Split | None:
    sent, ended = restore_events(run, "intent"), restore_events(run, "completed")
    if not sent or not ended:
        return None
    return Split(
        people_s=(sent[-1].at - declared).total_seconds(),
        service_s=(ended[-1].at - sent[-1].at).total_seconds(),
        verification_s=(verified - ended[-1].at + after).total_seconds(),
    )


class Gap(BaseModel):
    """A span without a backup."""

    model_config = ConfigDict(frozen=True)

    start: Instant
    end: Instant

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


def longest_gap(made: Iterable[datetime], *, now: datetime, since: datetime | None) -> Gap:
    """Return the longest span without a backup in the last 30 days, up to the present.

    ``since`` is when the source was created, if that is known: there could be no backup before. The span that reaches into
    the window counts whole.
    """
    begin = max(now - BACKUP_WINDOW, since or now - BACKUP_WINDOW)
    known = sorted(one for one in made if one <= now)
    before = [one for one in known if one <= begin]
    cuts = [before[-1] if before else begin, *(one for one in known if one > begin), now]
    spans = [Span(start, end) for start, end in pairwise(cuts)]
    longest = max(spans, key=lambda span: span.end - span.start)
    return Gap(start=longest.start, end=longest.end)
