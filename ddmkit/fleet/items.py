"""How one item of a fleet is planned, sent and followed: by the same code as a single restore."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median
from typing import Any, Protocol

from ddmkit.errors import JobFailedError
from ddmkit.fleet.plan import FleetItem
from ddmkit.fleet.table import FleetRow
from ddmkit.inputs import PlanInputs, read_incident
from ddmkit.records.fleets.rules import ItemState, fold_item
from ddmkit.records.reader import RunReader, objects_in, text_in
from ddmkit.records.runs import UNDECIDED, RunData, RunState
from ddmkit.records.steps import last_intent
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.context import Confirmation, RestoreContext
from ddmkit.restore.follow import follow_run, verify_if_possible
from ddmkit.restore.plan import ServiceIdentity
from ddmkit.restore.planning import plan_restore
from ddmkit.restore.step import step_of
from ddmkit.restore.submit import submit_plan
from ddmkit.sending.reconcile import reconcile
from ddmkit.service.deadline import DEADLINE
from ddmkit.service.jobs import SilentListener
from ddmkit.times import format_utc

__all__ = ["ItemDriver", "PlannedRow", "RestoreDriver", "fold_record", "item_of_row"]

# A job is asked for after this share of the time that the newest jobs took; the wait can be stopped at each step.
_MOST_OF_IT, _NEWEST, _STEP_S = 0.9, 50, 5.0
_LONGEST_S = timedelta(days=2).total_seconds()


@dataclass(frozen=True)
class PlannedRow:
    """A row that was planned: what the fleet keeps of the plan, and the plan itself."""

    digest: str
    source_name: str
    target_name: str
    checks: tuple[CheckResult, ...]
    point: str
    plan: Any


class ItemDriver(Protocol):
    """Plans, sends and follows the items of one kind."""

    def require_possible(self, row: FleetRow) -> None:
        """Raise ``InputError`` for a row that cannot be right; sends nothing, reads nothing."""

    def require_able(self, rows: Iterable[FleetRow]) -> None:
        """Raise ``InputError`` when this process lacks what sending these rows needs."""

    def plan(self, row: FleetRow, context: RestoreContext) -> PlannedRow:
        """Plan a row from fresh facts; reads only."""

    def begin(self, planned: PlannedRow, confirmation: Confirmation, context: RestoreContext) -> str:
        """Send what may be sent, and return the id of the record; the context's store guards each claim."""

    def follow(self, run_id: str, context: RestoreContext) -> None:
        """Follow a record to its end: look for a lost answer, wait for the job, verify. Never sends again.

        Raises ``UnknownOutcomeError`` when nobody can tell.
        """


def item_of_row(row: FleetRow, planned: PlannedRow) -> FleetItem:
    """Return the item of a fleet for a planned row; its wave is decided later."""
    return FleetItem(
        row=row.row,
        kind=row.kind,
        wave=0,
        digest=planned.digest,
        source_name=planned.source_name,
        target_name=planned.target_name,
        checks=planned.checks,
        given=row.given,
        point=planned.point,
    )


class RestoreDriver:
    """Restores metadata to an empty target.

    ``shared`` is a context whose lists many items share, for planning and for following; what is looked at directly before
    the request is read by the item's own context.
    """

    def __init__(
        self,
        shared: RestoreContext,
        identity: ServiceIdentity,
        *,
        zone: str | None,
        shown_zone: str,
        poll_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared = shared
        self._identity = identity
        self._zone = zone
        self._shown_zone = shown_zone
        self._poll_s = poll_s
        self._monotonic = monotonic
        self._took: list[float] = []

    def _inputs(self, row: FleetRow) -> PlanInputs:
        given = {name: row.given.get(name) for name in ("backup_id", "restore_time", "incident")}
        zone = row.given.get("time_zone") or self._zone
        target, nodes = str(row.given.get("target", "")), row.given.get("data_nodes")
        return PlanInputs(row.source, target, nodes or (), time_zone=zone, **given)

    def require_possible(self, row: FleetRow) -> None:
        """Raise ``InputError`` for a row that cannot be right."""
        inputs = self._inputs(row)
        inputs.request()
        inputs.require_node_ids()
        if inputs.incident is not None:
            read_incident(inputs.incident, inputs.time_zone, now=self._shared.now())

    def require_able(self, rows: Iterable[FleetRow]) -> None:
        """Need nothing: the connection is all that a restore of metadata takes."""

    def plan(self, row: FleetRow, context: RestoreContext) -> PlannedRow:
        """Plan a row; the lists are shared."""
        inputs = self._inputs(row)
        zone = inputs.time_zone or self._shown_zone
        happened = inputs.incident
        plan = plan_restore(
            inputs.request(),
            self._shared,
            self._identity,
            time_zone=zone,
            inputs=inputs.for_record(),
            incident=None if happened is None else read_incident(happened, inputs.time_zone, now=context.now()),
        )
        point = plan.inventory.point
        return PlannedRow(
            plan.digest, plan.source_name, plan.target_name, plan.checks, format_utc(point) if point else "", plan
        )

    def begin(self, planned: PlannedRow, confirmation: Confirmation, context: RestoreContext) -> str:
        """Submit the plan, with its look at fresh facts, its claim and its one request."""
        if context.client.last_skew is None:  # else the look would first ask for the service's clock, which is known
            context.client.know_clock_of(self._shared.client)
        return submit_plan(planned.plan, confirmation, context)

    def follow(self, run_id: str, context: RestoreContext) -> None:
        """Find out what became of the request, wait for the job, and verify the target."""
        run = context.store.get(run_id)
        if run.state in UNDECIDED:
            wait_for_answer(run_id, context)
            reconcile(step_of(context.store.get(run_id), context), run_id, context)
            run = context.store.get(run_id)
        if run.state is RunState.RUNNING:
            began = self._monotonic()
            self._wait_as_usual(began, context)
            polling = replace(context, client=self._shared.client)
            with suppress(JobFailedError):  # the record has the reason
                follow_run(run_id, polling, timeout_s=_LONGEST_S, poll_s=self._poll_s, listener=SilentListener())
            self._took.append(self._monotonic() - began)
        elif run.state is RunState.COMPLETED and RunReader(run).last("verified") is None:
            verify_if_possible(run_id, context)

    def _wait_as_usual(self, began: float, context: RestoreContext) -> None:
        """Wait with the first status request until most of the usual duration of such a job has passed."""
        until = began + _MOST_OF_IT * median(self._took[-_NEWEST:]) if self._took else began
        while (left := until - self._monotonic()) > 0:
            context.sleep(min(left, _STEP_S))


def wait_for_answer(run_id: str, context: RestoreContext) -> None:
    """Wait until a request that another worker may have sent has its answer on the record, or its deadline is over."""
    for _ in range(int(DEADLINE.total_seconds() / context.poll_every_s)):  # a clock may stand still
        run = context.store.get(run_id)
        intent = last_intent(run.events, "")
        if run.state is not RunState.SENDING or intent is None or context.now() - intent.at > DEADLINE:
            return
        context.sleep(context.poll_every_s)


def fold_record(run: RunData) -> tuple[ItemState, str]:
    """Return how an item stands by its record, with a reason that is never blank."""
    reader = RunReader(run)
    verified = reader.last("verified") is not None
    reasons = {
        "completed": _differences(reader) if verified else text_in(reader.data("not-verified"), "reason"),
        "failed": text_in(reader.data("failed"), "fail_reason"),
        "freed": text_in(reader.data("freed"), "reason"),
        "refused": text_in(reader.data("refused"), "reason"),
        "unknown": text_in(reader.data("unknown"), "reason"),
        "stopped": text_in(reader.data("step-failed", "step-freed"), "reason"),
        "waiting": text_in(reader.data("step-waiting"), "reason"),
    }
    return fold_item(str(run.state), passed=reader.passed, verified=verified, reason=reasons.get(str(run.state), ""))


def _differences(reader: RunReader) -> str:
    findings = objects_in(reader.data("verified"), "findings")
    wrong = [f"{text_in(one, 'subject')}: {text_in(one, 'found')}" for one in findings if one.get("verdict") == "differs"]
    return "; ".join(wrong[:5])
