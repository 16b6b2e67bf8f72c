"""The tables of a record store as queries name them; ``migrations`` creates them.

The names have a prefix, because a team's database may contain other tables.
"""

from __future__ import annotations

from sqlalchemy import TableClause, column, table

__all__ = ["claims", "events", "fleet_items", "fleets", "imports", "jobs", "meta", "runs", "sends"]


def _table(name: str, columns: str) -> TableClause:
    return table(f"ddmkit_{name}", *map(column, columns.split()))


meta = _table("meta", "name value")
runs = _table(
    "runs",
    "number id service created plan_id digest project_id source_id target_id source_name target_name operator host pid "
    "purpose ticket kind",
)
events = _table("events", "run_id seq at kind data prev_sha256 sha256")
claims = _table("step_claims", "service project_id claim_key run_id step operator host pid at")
sends = _table("step_sends", "plan_id step run_id at")
# The run that a job, or an instance that was created, belongs to; the events of the run have the details.
jobs = _table("jobs", "service job_id run_id")
# The runs that came from a file: they decide nothing about the restores of this store.
imports = _table("imports", "run_id at")
# A fleet beside its record: its settings and its pause, and how each item stands. Times are by the database's clock.
fleets = _table("fleets", "run_id digest cap stop_after gate version opened paused paused_by slow_until")
fleet_items = _table(
    "fleet_items",
    "fleet_id number row wave digest state reason claimed acknowledged run_id lease owner lease_until since begun ended",
)
