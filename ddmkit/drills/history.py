"""The drills that a store has on record: those of one source, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from ddmkit.drills.report import DrillReport, EarlierDrill
from ddmkit.records.events import canonical_json
from ddmkit.records.reader import RunReader
from ddmkit.records.runs import RunData

__all__ = ["REPORTED", "HeldDrill", "earlier_drills", "read_report", "saw_failure"]

REPORTED = "drill-reported"
"""The kind of the event that holds a report."""

_MOST = 10


class HeldDrill(NamedTuple):
    """A report with the id of its record."""

    record: str
    report: DrillReport


def read_report(run: RunData) -> DrillReport | None:
    """Return the report on a record; ``None`` when there is none that this version can read."""
    found = RunReader(run).data(REPORTED)
    try:
        return DrillReport.model_validate_json(canonical_json(found)) if found else None
    except ValidationError:
        return None


def earlier_drills(known: Sequence[HeldDrill]) -> tuple[EarlierDrill, ...]:
    """Return the last ten drills as lines of a report."""
    return tuple(_line_of(one) for one in known[:_MOST])


def _line_of(held: HeldDrill) -> EarlierDrill:
    report = held.report
    return EarlierDrill(
        record=held.record,
        at=report.made_at,
        where=report.where,
        verdict=report.verdict,
        fault="" if report.negative is None else report.negative.fault,
        rto_s=report.rto.total_s,
        rpo_s=report.rpo.loss_s,
    )


def saw_failure(known: Iterable[HeldDrill]) -> bool:
    """Return whether a negative drill was noticed."""
    return any(held.report.verdict == "failure seen" for held in known)
