"""Stores to test with: SQLite and a real PostgreSQL, a clock that a test moves, and headers of invented runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ddmkit.records import RecordStore, RunHeader


class HandClock:
    """Stands still until a test moves it."""

    def __init__(self):
        self.now = datetime(2025, 5, 20, 10, 12, 32, tzinfo=UTC)

    def __call__(self):
        return self.now

    def move(self, **step):
        self.now += timedelta(**step)


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where a new store is: the same tests run on both databases."""
    if request.param == "sqlite":
        return str(tmp_path / "records.sqlite")
    return request.getfixturevalue("new_database")()


@pytest.fixture
def store(place, clock):
    with RecordStore.open(place, service="ddm.example.com", clock=clock) as opened:
        yield opened


@pytest.fixture
def file_store(tmp_path: Path, clock):
    with RecordStore.open(tmp_path / "records.sqlite", service="ddm.example.com", clock=clock) as opened:
        yield opened


@pytest.fixture
def header():
    def make(plan_id="plan-1", **changes):
        given = {
            "digest": "d1",
            "project_id": "project-1",
            "source_id": "source-1",
            "target_id": "target-1",
            "source_name": "shop",
            "target_name": "shop-restored",
            "operator": "ada",
            "host": "desk-1",
            "pid": 4711,
        }
        return RunHeader(plan_id=plan_id, **{**given, **changes})

    return make


@pytest.fixture
def restored(file_store, header):
    """A run from its opening to its good end."""
    run_id = file_store.begin(header(purpose="schema <dropped> by mistake", ticket="OPS-7"))
    file_store.append(run_id, "checked", {"checks": [{"id": "target-empty", "status": "pass"}]})
    file_store.claim(run_id, {"request": {"source": {"restore_time": 1747735952000}}})
    file_store.append(run_id, "answered", {"job_id": "job-1", "status": 202})
    file_store.settle(run_id, "completed", {"progress": 1.0})
    return file_store.get(run_id)


@pytest.fixture
def recovered(file_store, header):
    """A run of several steps from its opening to its good end."""
    run_id = file_store.begin(header("plan-r", kind="recovery", target_id="new:shop-7f3a"), claim_key="recovery:source-1")
    file_store.append(run_id, "planned", {"steps": [{"name": "node:rds-1"}, {"name": "restore"}]})
    for step, made in (("node:rds-1", {"instance_id": "rds-new"}), ("restore", {"job_id": "job-r"})):
        file_store.claim(run_id, {"body": {}}, step=step, claim_key=f"key of {step}")
        file_store.append(run_id, "answered", {**made, "status": 202}, step=step)
        file_store.settle(run_id, "completed", {}, step=step)
    return file_store.get(run_id)
