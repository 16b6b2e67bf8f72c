"""The run of a plan on a record store, without any service: for what only reads and writes the record."""

from __future__ import annotations

from types import SimpleNamespace

from ddmkit.records import RecordStore, RunHeader
from ddmkit.recovery.run.context import RecoveryContext
from tests.recovery.builders import NOW, plan


def open_run(folder, made=None):
    """Return a confirmed run of a plan, and a context that has its store."""
    made = made or plan()
    store = RecordStore.open(folder / "records.sqlite", service="ddm.example.com", clock=lambda: NOW)
    header = RunHeader(
        plan_id=made.id,
        digest=made.digest,
        project_id="project-1",
        source_id=made.source_id,
        target_id=made.target.id_or_place,
        source_name=made.source_name,
        operator="ada",
        kind="recovery",
    )
    run_id = store.begin(header, {}, claim_key=f"recovery:{made.source_id}")
    store.append(run_id, "planned", made.for_record())
    store.append(run_id, "confirmed", {"operator": "ada", "accepted": []})
    restore = SimpleNamespace(store=store, operator="ada", now=lambda: NOW, not_sent={})
    return run_id, RecoveryContext(services=SimpleNamespace(ddm=None, rds=None), restore=restore)
