"""The plan of a fleet: every row with its own plan's digest and checks, in waves, under one digest. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from ddmkit.errors import NotConfirmedError, RecordError
from ddmkit.fleet.table import FleetRow, RowKind
from ddmkit.fleet.waves import wave_of
from ddmkit.models import Instant
from ddmkit.records.events import canonical_json
from ddmkit.records.runs import RunData
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.plan import ServiceIdentity, short_digest
from ddmkit.restore.preflight import Judged

__all__ = ["FLEET_LIFE", "FleetItem", "FleetPlan", "RowCheck", "fleet_plan_of", "make_fleet_plan", "require_approved"]

FLEET_LIFE = timedelta(hours=24)
"""How long a fleet can be submitted after it was planned. Each row is planned again when it is taken."""


class RowCheck(BaseModel):
    """One result of one check, with the rows that have this result."""

    model_config = ConfigDict(frozen=True)

    check: str
    title: str
    status: str
    rows: int
    which: str
    detail: str
    hint: str


class FleetItem(Judged, BaseModel):
    """One row with what its own plan says: its digest, its checks, and in words what would be done."""

    model_config = ConfigDict(frozen=True)

    row: str
    kind: RowKind
    wave: int
    digest: str
    source_name: str
    target_name: str
    checks: tuple[CheckResult, ...]
    given: dict[str, Any]
    point: str = ""

    @property
    def request(self) -> FleetRow:
        """The row as it was given."""
        return FleetRow(row=self.row, kind=self.kind, given=self.given)


class FleetPlan(BaseModel):
    """The plan of a fleet.

    ``digest`` covers the rows' digests, the waves, ``stop_after`` and the gates. The cap is not in it: it may change while
    the fleet runs. ``id`` is unique and serves for one submit, until ``expires``.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    digest: str
    created: Instant
    expires: Instant
    identity: ServiceIdentity
    items: tuple[FleetItem, ...]
    waves: tuple[int, ...]
    cap: int
    stop_after: int
    gate: str
    time_zone: str = "UTC"

    def __repr__(self) -> str:
        """Describe in one line what the fleet would do."""
        verdict = "ready" if self.ready else f"not ready: {len(self.not_ready)} of {len(self.items)} rows"
        return f"<fleet plan {self.digest}: {len(self.items)} rows in {len(self.waves)} waves, {verdict}>"

    __str__ = __repr__

    @property
    def ready(self) -> bool:
        """No check of any row failed."""
        return not self.not_ready

    @property
    def not_ready(self) -> tuple[FleetItem, ...]:
        """The rows with a failed check."""
        return tuple(item for item in self.items if not item.ready)

    @property
    def confirmation(self) -> str:
        """What a person types to submit the fleet."""
        return f"restore {len(self.items)}"

    def item(self, row: str) -> FleetItem | None:
        """Return the item of a row, or ``None``."""
        return next((item for item in self.items if item.row == row), None)

    def grouped_checks(self) -> tuple[RowCheck, ...]:
        """Return each result of each check once, with its rows: failures first, then what differs between rows."""
        groups: dict[tuple[str, str], list[tuple[str, CheckResult]]] = {}
        for item in self.items:
            for check in item.checks:
                groups.setdefault((check.id, check.status), []).append((item.row, check))
        kinds = {"fail": 0, "warn": 1}

        def rank(group: tuple[tuple[str, str], list[tuple[str, CheckResult]]]) -> tuple[int, bool]:
            return kinds.get(group[0][1], 2), len(group[1]) == len(self.items)

        return tuple(_row_check(found) for _, found in sorted(groups.items(), key=rank))

    def for_record(self) -> dict[str, Any]:
        """Return the plan as JSON for the record; of the checks that passed only the ids."""
        items = []
        for item in self.items:
            kept = [check for check in item.checks if check.status in {"fail", "warn"}]
            passed = [check.id for check in item.checks if check.status == "pass"]
            items.append({**item.model_copy(update={"checks": tuple(kept)}).model_dump(mode="json"), "passed": passed})
        return {**self.model_dump(mode="json", exclude={"items"}), "items": items}

    @classmethod
    def from_record(cls, data: Mapping[str, Any]) -> Self:
        """Return the plan from the JSON of ``for_record``.

        Raises ``RecordError`` when the JSON is no plan, or when its digest is not that of its rows.
        """
        try:
            plan = cls.model_validate_json(canonical_json(data))
        except ValidationError as error:
            raise RecordError(f"The fleet on the record cannot be read: {error.error_count()} fields do not fit.") from error
        if plan.digest != digest_of_fleet(plan.identity, plan.items, plan.waves, plan.stop_after, plan.gate):
            raise RecordError("The fleet on the record was changed: its digest is not that of its rows. Nothing is sent.")
        return plan


def _row_check(found: Sequence[tuple[str, CheckResult]]) -> RowCheck:
    rows, check = [row for row, _ in found], found[0][1]
    more = f", and {len(rows) - 5} more" if len(rows) > 5 else ""
    return RowCheck(
        check=check.id,
        title=check.title,
        status=check.status,
        rows=len(rows),
        which=", ".join(rows[:5]) + more,
        detail=check.detail,
        hint=check.hint,
    )


def digest_of_fleet(
    identity: ServiceIdentity, items: Iterable[FleetItem], waves: Sequence[int], stop_after: int, gate: str
) -> str:
    """Return the digest that a person approves: of the rows' digests in order, the waves, the stop and the gates."""
    return short_digest(
        {
            **identity.model_dump(),
            "rows": [[item.row, item.digest] for item in items],
            "waves": list(waves),
            "stop_after": stop_after,
            "gate": gate,
        }
    )


def make_fleet_plan(
    items: Sequence[FleetItem],
    *,
    identity: ServiceIdentity,
    plan_id: str,
    now: datetime,
    waves: Sequence[int],
    cap: int,
    stop_after: int,
    gate: str,
    time_zone: str = "UTC",
) -> FleetPlan:
    """Return the plan of a fleet of these items, in the order of the table."""
    placed = tuple(item.model_copy(update={"wave": wave_of(number, waves)}) for number, item in enumerate(items))
    return FleetPlan(
        id=plan_id,
        digest=digest_of_fleet(identity, placed, waves, stop_after, gate),
        created=now,
        expires=now + FLEET_LIFE,
        identity=identity,
        items=placed,
        waves=tuple(waves),
        cap=cap,
        stop_after=stop_after,
        gate=gate,
        time_zone=time_zone,
    )


def fleet_plan_of(run: RunData) -> FleetPlan:
    """Return the plan of a fleet from its record; raises ``RecordError`` when the record holds none."""
    planned = next((event.data for event in run.events if event.kind == "planned"), None)
    if planned is None or run.header.kind != "fleet":
        raise RecordError(f"Record {run.id} is of a {run.header.kind} without the plan of a fleet.")
    return FleetPlan.from_record(planned)


def require_approved(plan: FleetPlan, confirm: str, accept: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return the accepted warnings by row, or raise ``NotConfirmedError`` that lists all that is missing."""
    accepted = {row: ({ids} if isinstance(ids, str) else set(ids)) for row, ids in accept.items()}
    missing = []
    if confirm != plan.confirmation:
        given = f" (given: {confirm!r})" if confirm else ""
        missing.append(f"confirm={plan.confirmation!r}, the count of the rows, typed exactly{given}")
    known = {item.row for item in plan.items}
    missing += [f"accept names row {row!r}, which is not in the table" for row in accepted if row not in known]
    for item in plan.items:
        mine = accepted.get(item.row, set())
        missing += [f"accept={{{item.row!r}: [{one!r}]}}" for one in item.warnings if one not in mine]
        checks = {check.id for check in item.checks}
        missing += [f"accept names {one!r} for row {item.row}, which is no check" for one in sorted(mine - checks)]
    if missing:
        shown = missing[:20] + ([f"... and {len(missing) - 20} more"] if len(missing) > 20 else [])
        raise NotConfirmedError(
            "Nothing was sent, because a confirmation is missing:" + "".join(f"\n- {one}" for one in shown), missing=missing
        )
    return {item.row: tuple(sorted(accepted.get(item.row, set()).intersection(item.warnings))) for item in plan.items}
