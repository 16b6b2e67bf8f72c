"""The tables of a record store, as queries name them; ``migrations`` is what makes them.

Their names carry a prefix, because a team's database holds more than records.
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

# Which run a job belongs to; its events tell the rest.
jobs = table("ddmkit_jobs", column("service"), column("job_id"), column("run_id"))
# The runs that came from a file, and when: they decide nothing about the restores of this store.
imports = table("ddmkit_imports", column("run_id"), column("at"))
