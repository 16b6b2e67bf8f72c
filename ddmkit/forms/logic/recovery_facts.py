"""The plan of a whole recovery in a few lines, and how its steps stand, as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from ddmkit.display.html import Fragment, clean_line, join, tag
from ddmkit.display.status import describe_count, describe_status, tone_of_run
from ddmkit.display.table import CellKind
from ddmkit.forms.logic.summary import box_facts, plain_fact
from ddmkit.forms.logic.table_rows import TableColumn, TableRow, make_row
from ddmkit.recovery.plan import RecoveryPlan
from ddmkit.recovery.run.drive import StepStanding
from ddmkit.times import format_duration, format_instant

__all__ = ["NEW_COLUMNS", "STEP_COLUMNS", "describe_recovery", "list_new", "list_steps"]

NEW_COLUMNS = (
    TableColumn("New instance"),
    TableColumn("What"),
    TableColumn("Flavour"),
    TableColumn("Billing"),
    TableColumn("In the place of"),
)
STEP_COLUMNS = (
    TableColumn("Step"),
    TableColumn("State", CellKind.STATUS),
    TableColumn("Since (UTC)", CellKind.TIME),
    TableColumn("Proof, or what is missing"),
    TableColumn("Made", CellKind.ID),
)
_ON_DEMAND = "on demand, from creation"
_GOES_ON = frozenset({"running", "sending", "waiting", "unknown"})


def describe_recovery(plan: RecoveryPlan, *, has_costs: bool = True, schemas_back: str = "") -> Fragment:
    """Describe what is about to happen: source, target, instant, nodes, schemas, and how many instances are new and billed.

    ``has_costs`` says whether each kind of new instance is named; ``schemas_back`` which schemas come back.
    """
    taken = [node for node in plan.nodes if node.action == "take"]
    target = plan.target
    named = f"{target.name} (new)" if target.action == "create" else f"{target.name} ({target.existing_id})"
    point = format_instant(plan.instant.moment, ZoneInfo(plan.time_zone), plan.created)
    count = describe_count(plan.new_instances, "instance")
    billed = [f"{count}, billed from creation on", *(plan.costs() if has_costs else ())]
    new = f"{len(plan.nodes) - len(taken)} recovered to new nodes, {len(taken)} taken as they are"
    return box_facts(
        [
            plain_fact("Source", f"{plan.source_name} ({plan.source_id}); it is not changed"),
            plain_fact("Target", named),
            plain_fact("Recover to", f"{point}; backup {plan.backup_id}" if plan.backup_id else point),
            plain_fact("Data nodes", new),
            plain_fact("Schemas back", schemas_back),
            ("New instances", join(tag("div", clean_line(line)) for line in billed), "; ".join(billed)),
            plain_fact("Drill", "everything may be deleted afterwards" if plan.throwaway else ""),
        ]
    )


def list_new(plan: RecoveryPlan) -> list[TableRow]:
    """Return a row for each instance that would be created."""
    rows = [
        make_row(
            node.request.name,
            node.request.name,
            "RDS for MySQL" + (", with a standby" if node.request.ha is not None else ""),
            f"{node.request.flavor_ref}, {node.request.volume.size} GB {node.request.volume.type}",
            _ON_DEMAND,
            node.source_name or node.source_id,
        )
        for node in plan.nodes
        if node.request is not None
    ]
    new = plan.target.request
    if new is not None:
        flavour = f"{new.flavor_ref}, {describe_count(new.node_num, 'computing node')}"
        rows.append(make_row(new.name, new.name, f"DDM {new.engine_version}", flavour, _ON_DEMAND, plan.source_name))
    return rows


def list_steps(steps: Iterable[StepStanding], now: datetime) -> list[TableRow]:
    """Return a row for each step; a step that goes on says for how long it has been so."""
    return [_step_row(one, now) for one in steps]


def _step_row(one: StepStanding, now: datetime) -> TableRow:
    since = f"{one.since:%H:%M:%S}" if one.since is not None else ""
    lasts = format_duration(max(now - one.since, now - now)) if one.since is not None and one.state in _GOES_ON else ""
    state = describe_status(one.state, tone_of_run(one.state))
    when = f"{since}, for {lasts}" if lasts else since
    return make_row(one.step, one.title, state, when, one.reason or one.proof, one.made, more=one.step)
