"""Plan and submit a fleet: every row is checked before anything is sent, and one approval covers them all."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ddmkit
from ddmkit.errors import DDMKitError, InputError, NotReadyError
from ddmkit.fleet.context import FleetContext
from ddmkit.fleet.items import item_of_row
from ddmkit.fleet.plan import FleetItem, FleetPlan, make_fleet_plan, require_approved
from ddmkit.fleet.table import FleetRow, FleetTable, read_table
from ddmkit.fleet.waves import read_settings, split_into_waves
from ddmkit.records.fleets.rows import FleetSettings, NewItem
from ddmkit.records.runs import RunHeader, RunState
from ddmkit.restore.provenance import describe_environment, system_user
from ddmkit.times import format_ago

__all__ = ["plan_fleet", "submit_fleet"]


def plan_fleet(
    table: FleetTable,
    context: FleetContext,
    *,
    plan_id: str,
    cap: int,
    waves: Sequence[int | str],
    stop_after: int,
    gate: str,
    time_zone: str,
    typed_zone: str | None,
) -> FleetPlan:
    """Read the table, plan every row, and return the plan of the fleet; reads only.

    ``typed_zone`` is the zone of times without an offset. The rows keep it, because a worker may have another one.

    Raises ``InputError`` for a table or settings that cannot be right, before any request about a row.
    """
    read_settings(cap, stop_after, gate)
    rows = read_table(table, project_id=context.identity.project_id)
    if typed_zone is not None:
        rows = tuple(row.model_copy(update={"given": {"time_zone": typed_zone, **row.given}}) for row in rows)
    sizes = split_into_waves(len(rows), waves)
    for row in rows:
        try:
            context.drivers[row.kind].require_possible(row)
        except InputError as error:
            raise InputError(f"row {row.row}: {error}", field="table", fix="Nothing was sent. Correct the table.") from error
    context.know(rows)
    items = context.restore.client.gather([_planner(row, context) for row in rows])
    for row, item in zip(rows, items, strict=True):
        if isinstance(item, DDMKitError):
            raise InputError(f"row {row.row} cannot be planned: {item}", field="table", fix="Nothing was sent.") from item
    return make_fleet_plan(
        [item for item in items if isinstance(item, FleetItem)],
        identity=context.identity,
        plan_id=plan_id,
        now=context.restore.now(),
        waves=sizes,
        cap=cap,
        stop_after=stop_after,
        gate=gate,
        time_zone=time_zone,
    )


def _planner(row: FleetRow, context: FleetContext) -> Any:
    return lambda: item_of_row(row, context.drivers[row.kind].plan(row, context.restore))


def submit_fleet(
    plan: FleetPlan,
    context: FleetContext,
    *,
    confirm: str,
    accept: Mapping[str, Iterable[str]],
    purpose: str,
    ticket: str,
) -> str:
    """Record the approval of a fleet and open it; sends nothing. Return the id of its record.

    Raises ``NotReadyError`` when a row has a failed check or the plan is too old, ``NotConfirmedError`` when the count or an
    accepted warning is missing, and ``InputError`` for a plan of another service or project.
    """
    store = context.restore.store
    if plan.identity != context.identity:
        raise InputError("is of another service or project.", field="fleet", fix="Submit it with the kit that made it.")
    if context.restore.now() > plan.expires:
        ago = format_ago(plan.expires, context.restore.now())
        raise NotReadyError(f"The fleet expired {ago}. Nothing was sent. Plan it again and look at it.")
    if not plan.ready:
        wrong = "".join(f"\n- row {item.row}: {', '.join(item.failed)}" for item in plan.not_ready[:20])
        checks = [check for item in plan.not_ready for check in item.checks]
        raise NotReadyError(
            f"{len(plan.not_ready)} of {len(plan.items)} rows are not ready; nothing was sent:{wrong}", checks=checks
        )
    accepted = require_approved(plan, confirm, accept)
    run_id = store.begin(_header(plan, context, purpose, ticket), describe_environment(context.restore.client.settings))
    if store.get(run_id).state is not RunState.OPENED:
        return run_id  # submitted before
    store.append(run_id, "planned", plan.for_record())
    facts = {"operator": context.restore.operator, "count": len(plan.items), "accepted_by_row": accepted}
    about = {"purpose": purpose, "ticket": ticket, "system_user": system_user(), "host": socket.gethostname()}
    store.append(run_id, "confirmed", {**facts, **about})
    settings = FleetSettings(plan.digest, plan.cap, plan.stop_after, plan.gate, ddmkit.__version__)
    store.fleets.open(run_id, settings, [NewItem(item.row, item.wave, item.digest) for item in plan.items])
    return run_id


def _header(plan: FleetPlan, context: FleetContext, purpose: str, ticket: str) -> RunHeader:
    return RunHeader(
        plan_id=plan.id,
        digest=plan.digest,
        project_id=plan.identity.project_id,
        source_id=f"fleet:{plan.digest}",
        target_id=f"fleet:{plan.digest}",
        source_name=f"{len(plan.items)} rows",
        target_name=f"{len(plan.waves)} waves",
        operator=context.restore.operator,
        host=socket.gethostname(),
        pid=os.getpid(),
        purpose=purpose,
        ticket=ticket,
        kind="fleet",
    )
