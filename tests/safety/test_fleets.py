"""A fleet that two processes work on, one of which is killed: every row is effective once, or unknown; none is sent twice.

There are 12 rows in the suite, and 50 by the nightly command.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

import ddmkit
from ddmkit.records import RecordStore
from ddmkit.records.fleets.rules import ENDED
from ddmkit.records.tables import fleet_items
from ddmkit.simulator import Simulator
from tests import forked
from tests.nightly import times

SIZE = times(12, at_night=50)
TIMEOUT_S = 60 * SIZE


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "records.sqlite")
    return request.getfixturevalue("new_database")()


@pytest.fixture
def simulator(tmp_path: Path):
    with Simulator(tmp_path / "world.sqlite", f"fleet:{SIZE}", speed=4) as started:
        yield started


def environment(simulator: Simulator, place: str) -> dict[str, str]:
    facts = simulator.facts
    told = {name: getattr(facts, f"{name}_endpoint") for name in ("rds", "vpc", "cts", "iam")}
    known = {name: value for name, value in os.environ.items() if not name.startswith("DDMKIT_")}
    return {
        **known,
        "DDMKIT_ENDPOINT": facts.endpoint,
        "DDMKIT_PROJECT_ID": facts.project_id,
        "DDMKIT_TOKEN": facts.token,
        "DDMKIT_RECORDS": place,
        **{f"DDMKIT_{name.upper()}_ENDPOINT": value for name, value in told.items()},
    }


def start_worker(simulator: Simulator, place: str, run) -> forked.Popen:
    """Start a process with the very loop that an executor gets, in an environment of its own."""
    code = f"from concurrent.futures import ThreadPoolExecutor\nfrom ddmkit.kit import work_on_fleet\nwith ThreadPoolExecutor(3) as pool:\n    list(pool.map(lambda _: work_on_fleet({run.id!r}, {run.digest!r}), range(3)))"
    return forked.Popen([sys.executable, "-c", code], env=environment(simulator, place), stderr=forked.PIPE)


def wait_until(holds, process: forked.Popen) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < TIMEOUT_S, "it takes too long"
        assert process.poll() is None or holds(), process.stderr.read()
        time.sleep(0.05)


def let_the_leases_of_the_dead_end(store: RecordStore, pid: int) -> None:
    """Do what 60 seconds do: a process that is gone renews nothing."""
    with store._writer.begin() as connection:
        dead = fleet_items.c.owner.like(f"%(process {pid})")
        connection.execute(update(fleet_items).where(dead).values(lease_until=0))


@pytest.mark.timeout(2 * TIMEOUT_S)
def test_one_of_two_processes_is_killed_and_the_other_finishes_everything(simulator: Simulator, place: str) -> None:
    facts = simulator.facts
    endpoints = {name: getattr(facts, name) for name in ("rds_endpoint", "vpc_endpoint", "cts_endpoint", "iam_endpoint")}
    kit = ddmkit.connect(
        endpoint=facts.endpoint, project_id=facts.project_id, token=facts.token, records=place, operator="ada", **endpoints
    )
    with kit:
        fleet = kit.plan_fleet(list(facts.rows), gate="none", waves=[1, "rest"], cap=6, stop_after=SIZE)
        run = kit.submit_fleet(fleet, confirm=fleet.confirmation, accept={item.row: item.warnings for item in fleet.items})
        store = kit._context.store

        def flying():
            return [item for item in store.fleets.read(run.id).items if item.claimed and item.state not in ENDED]

        with start_worker(simulator, place, run) as first, start_worker(simulator, place, run) as second:
            mine = f"(process {first.pid})"
            wait_until(lambda: len(simulator.effective_restores()) > 2 and any(mine in one.owner for one in flying()), first)
            in_flight = flying()
            first.kill()
            assert first.wait(60) == -9
            let_the_leases_of_the_dead_end(store, first.pid)
            wait_until(lambda: second.poll() is not None, second)
            assert second.returncode == 0, second.stderr.read()
        counts = run.counts
        assert set(counts) <= {"completed", "unknown"}, run.show().text
        assert counts.get("unknown", 0) <= len(in_flight)
        effective = Counter(one["target"] for one in simulator.effective_restores())
        assert set(effective.values()) == {1}
        assert len(effective) >= counts["completed"]
        assert sum(one.operation == "RestoreMetadata" for one in simulator.requests) <= SIZE
        _release_and_approve_again(kit, simulator, run)
        assert len(simulator.effective_restores()) == SIZE


def _release_and_approve_again(kit, simulator: Simulator, run) -> None:
    """Let a person decide about what is unknown, and approve what is left in a new fleet."""
    left = [row for row in run.rows if row.state == "unknown"]
    if not left:
        return
    started = {one["target"] for one in simulator.effective_restores()}
    wanted = {row["row"]: row for row in simulator.facts.rows}
    again = [wanted[row.row] for row in left if wanted[row.row]["target"] not in started]
    simulator.advance(timedelta(minutes=10))  # before that, the request may still be on its way
    for row in left:
        if wanted[row.row] in again:
            name = kit.records.get(row.record).run.header.target_name
            kit.release(row.record, reason="nothing is listed", confirm=name)
    fleet = kit.plan_fleet(again, gate="none")
    kit.submit_fleet(fleet, confirm=fleet.confirmation, accept={one.row: one.warnings for one in fleet.items}).work()
