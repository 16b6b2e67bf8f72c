"""The tables of a record store as queries name them; ``migrations`` creates them.

The names have a prefix, because a team's database may contain other tables.
"""

from __future__ import annotations

from sqlalchemy import column, table

__all__ = ["claims", "events", "imports", "jobs", "meta", "runs", "sends"]

meta = table("ddmkit_meta", column("name"), column("value"))

runs = table(
    "ddmkit_runs",
    column("number"),
    column("id"),
    column("service"),
    column("created"),
    column("plan_id"),
    column("digest"),
    column("project_id"),
    column("source_id"),
    column("target_id"),
    column("source_name"),
    column("target_name"),
    column("operator"),
    column("host"),
    column("pid"),
    column("purpose"),
    column("ticket"),
)

events = table(
    "ddmkit_events",
    column("run_id"),
    column("seq"),
    column("at"),
    column("kind"),
    column("data"),
    column("prev_sha256"),
    column("sha256"),
)

claims = table(
    "ddmkit_claims",
    column("service"),
    column("project_id"),
    column("target_id"),
    column("run_id"),
    column("operator"),
    column("host"),
    column("pid"),
    column("at"),
)

sends = table("ddmkit_sends", column("plan_id"), column("run_id"), column("at"))

# The run that a job belongs to; the events of the run have the details.
jobs = table("ddmkit_jobs", column("service"), column("job_id"), column("run_id"))
# The runs that came from a file: they decide nothing about the restores of this store.
imports = table("ddmkit_imports", column("run_id"), column("at"))
