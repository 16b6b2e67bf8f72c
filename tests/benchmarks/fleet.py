"""A fleet: how many requests each item makes, what the fleet's own bookkeeping costs, and how much memory a worker takes.

Run as ``python -m tests.benchmarks.fleet SERVICE RECORDS TABLE``: a worker in a process of its own; prints one JSON object.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ddmkit.records import RecordStore, RunHeader
from ddmkit.records.fleets.rows import FleetSettings, NewItem, Taken
from ddmkit.records.fleets.rules import ItemState
from ddmkit.records.runs import Owner
from ddmkit.simulator import World
from tests.benchmarks import ours
from tests.benchmarks.alone import _process_peak
from tests.benchmarks.table import Row
from tests.benchmarks.worlds import Service, serve

__all__ = ["measure_fleet"]

ROWS, BOOKED = 20, 500
MOST_REQUESTS, MOST_POLLS, MOST_CPU_S, MOST_MB = 30, 1.0, 20.0, 300.0


def measure_fleet(folder: Path, rows: int = ROWS) -> Iterator[Row]:
    """Measure a fleet whose items have 2 data nodes and 4 schemas, and the store with 500 items that do nothing."""
    world = folder / "fleet.sqlite"
    shaped = World(world, f"fleet:{rows}")
    table = json.dumps(shaped.outline.rows)
    shaped.close()
    with serve(world, 0) as service:
        command = [sys.executable, "-m", "tests.benchmarks.fleet", json.dumps(asdict(service))]
        told = json.loads(subprocess.check_output([*command, str(folder / "fleet-records.sqlite"), table], text=True))
    if told["counts"] != {"completed": rows}:
        raise RuntimeError(f"Not every row was completed: {told['counts']}")
    what = f"requests an item of a fleet, {rows} rows"
    note = f"{told['requests']:.2f}, and {told['planning']:.2f} more to plan it at first"
    yield _goal(what, "requests", told["requests"], MOST_REQUESTS, note)
    yield _goal("  of these, to follow its job", "requests", told["polls"], MOST_POLLS, f"{told['polls']:.2f}")
    yield _goal("  memory of the worker's process", "MB", told["peak_mb"], MOST_MB)
    seconds = book(folder / "booked.sqlite", BOOKED)
    yield _goal(f"take, renew and settle {BOOKED} items", "s", seconds, MOST_CPU_S, "processor time")


def _goal(what: str, unit: str, value: float, most: float, note: str = "") -> Row:
    return Row(what, unit, value, None, f"<= {most:g} {unit}", value <= most, note)


def book(path: Path, count: int) -> float:
    """Return the processor time, in seconds, of the bookkeeping of so many items."""
    header = RunHeader(
        plan_id="p-fleet",
        digest="d",
        project_id="p",
        source_id="s",
        target_id="t",
        operator="ada",
        host="h",
        pid=1,
        kind="fleet",
    )
    owner = Owner("ada", "desk", 1)
    with RecordStore.open(path, service="ddm.example.com", clock=lambda: datetime.now(UTC)) as store:
        fleet_id = store.begin(header)
        settings = FleetSettings("d", 8, 3, "none", "0")
        store.fleets.open(fleet_id, settings, [NewItem(f"r{number}", min(number, 1), "d") for number in range(count)])
        began = time.process_time()
        for number in range(count):
            taken = store.fleets.take(fleet_id, owner, f"lease-{number}")
            if not isinstance(taken, Taken):
                raise TypeError(f"Nothing was taken: {taken.reason}")
            store.fleets.renew([f"lease-{number}"])
            store.fleets.settle(taken.item, ItemState.COMPLETED, "done")
        return time.process_time() - began


class _ByOperation(logging.Handler):
    """Counts requests by operation: the client says each one at DEBUG."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.counted: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        if "request id" in record.msg and isinstance(record.args, tuple):
            self.counted[str(record.args[0])] += 1


def _work(service_json: str, records: str, rows_json: str) -> dict[str, Any]:
    table, service = json.loads(rows_json), Service(**json.loads(service_json))
    requests, logger = _ByOperation(), logging.getLogger("ddmkit.service")
    logger.addHandler(requests)
    logger.setLevel(logging.DEBUG)
    with ours.connect(service, Path(records)) as kit:
        fleet = kit.plan_fleet(table, gate="none", stop_after=len(table))
        planned = requests.counted.total()
        run = kit.submit_fleet(fleet, confirm=fleet.confirmation, accept={one.row: one.warnings for one in fleet.items})
        before = requests.counted["ListTasks"]
        run.work()
        return {
            "counts": run.counts,
            "planning": planned / len(table),
            "requests": (requests.counted.total() - planned) / len(table),
            "polls": (requests.counted["ListTasks"] - before) / len(table) - 1,  # one is the look before the request
            "peak_mb": _process_peak(),
        }


if __name__ == "__main__":
    print(json.dumps(_work(*sys.argv[1:4])))
