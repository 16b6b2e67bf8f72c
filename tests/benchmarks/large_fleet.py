"""A fleet of 500 rows on one page: whether it ends, what it costs, and whether the kernel stays free for other cells.

Run as ``python -m tests.benchmarks.large_fleet [ROWS]``; it is no part of ``python -m tests.benchmarks``, because it takes
minutes. As on the page of a fleet, one kernel has the form, the workers and the simulator. Exit code 1 when a goal is missed.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.manager import KernelManager

from tests.benchmarks.table import Row, show_table
from tests.browser.kernels import Kernel

ROWS = 500
MOST_S, MOST_REQUESTS, MOST_DRAWINGS, MOST_CELL_MS, MOST_MB = 1_200.0, 30.0, 2, 200.0, 300.0
_PAUSE_S = 1.0
_IDLE = 15
_SAY_EVERY_S = 30.0
_OPEN = """
import logging, time
import ddmkit
from ddmkit.forms import FleetForm

class Counter(logging.Handler):
    counted = 0
    def emit(self, record):
        Counter.counted += "request id" in record.msg

logging.getLogger("ddmkit.service").addHandler(Counter(logging.DEBUG))
logging.getLogger("ddmkit.service").setLevel(logging.DEBUG)
logging.getLogger("ddmkit.service").propagate = False
kit = ddmkit.demo("fleet:{rows}", world={world!r}, operator="mel")
form = FleetForm(kit, list(kit.scenario.rows), waves=[1, "rest"], gate="none", stop_after={rows})
form.check()
form.review._accept_all()
planned = Counter.counted
"""
_SUBMIT = """
form.approval.count.value = form.plan.confirmation
begun = time.monotonic()
form.submit()
"""
_PEAK = "next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM')) / 1024"


def measure_large_fleet(folder: Path, rows: int) -> Iterator[Row]:
    """Measure a fleet from its table to the end of every row."""
    with _kernel(folder) as kernel:
        began = time.monotonic()
        kernel.run(_OPEN.format(rows=rows, world=str(folder / "world.sqlite")), wait_s=MOST_S)
        yield Row(f"plan {rows} rows", "s", time.monotonic() - began, None, "", None, f"{kernel.ask('planned')} requests")
        idle = statistics.median(1000 * kernel.time("6 * 7") for _ in range(_IDLE))
        drawn = _Drawings(kernel, str(kernel.ask("form.watch.rows.model_id")))
        kernel.run(_SUBMIT)
        begun, cells = time.monotonic(), []
        told = begun
        with drawn.counting():
            while kernel.ask("form.watch.is_working") and time.monotonic() - begun < MOST_S:
                cells.append(1000 * kernel.time("6 * 7"))
                if time.monotonic() - told > _SAY_EVERY_S:
                    told = time.monotonic()
                    print(f"{told - begun:.0f} s: {kernel.ask('form.value.counts')}", file=sys.stderr)
                time.sleep(_PAUSE_S)
        took = time.monotonic() - begun
        counts = kernel.ask("form.value.counts")
        sent = kernel.ask("Counter.counted - planned") / max(1, counts.get("completed", 0))
        peak = float(kernel.ask(_PEAK))
    yield _goal(f"work on {rows} rows", "s", took, MOST_S, str(counts), more=counts == {"completed": rows})
    yield _goal("  requests an item", "requests", sent, MOST_REQUESTS, f"{sent:.2f}")
    yield _goal("  drawings of the table in a second", "", max(drawn.in_a_second(), default=0), MOST_DRAWINGS)
    worst = sorted(cells)[-max(1, len(cells) // 20)]  # all but one in 20 are quicker
    note = f"median {statistics.median(cells):.0f} ms, worst of {len(cells)} {max(cells):.0f} ms; idle kernel {idle:.0f} ms"
    yield _goal("  another cell, 95 of 100", "ms", worst, MOST_CELL_MS, note)
    yield _goal("  memory of the kernel", "MB", peak, MOST_MB)


def _goal(what: str, unit: str, value: float, most: float, note: str = "", *, more: bool = True) -> Row:
    return Row(what, unit, value, None, f"<= {most:g} {unit}".rstrip(), value <= most and more, note)


@contextmanager
def _kernel(folder: Path) -> Iterator[Kernel]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("DDMKIT_")}
    settings = {"DDMKIT_RECORDS": str(folder / "records.sqlite"), "DDMKIT_DEMO_SPEED": "10", "HOME": str(folder)}
    manager = KernelManager()
    manager.start_kernel(env={**known, **settings}, cwd=str(folder))
    kernel = Kernel(Path(manager.connection_file))
    try:
        yield kernel
    finally:
        kernel.close()
        manager.shutdown_kernel(now=True)


class _Drawings:
    """When the kernel has sent rows of a table to its page."""

    def __init__(self, kernel: Kernel, table: str) -> None:
        self._kernel = kernel
        self._table = table
        self._at: list[float] = []
        self._ended = threading.Event()

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count within the block."""
        thread = threading.Thread(target=self._read)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _read(self) -> None:
        while not self._ended.is_set():
            try:
                message = self._kernel.next_published(timeout_s=1.0)
            except Empty:
                continue
            if self._is_drawing(message):
                self._at.append(message["header"]["date"].timestamp())

    def _is_drawing(self, message: dict[str, Any]) -> bool:
        content = message["content"]
        if message["msg_type"] != "comm_msg" or content["comm_id"] != self._table:
            return False
        data = content["data"]
        return data.get("content", {}).get("kind") == "changed" or "view" in data.get("state", {})

    def in_a_second(self) -> list[int]:
        """Return how many drawings there were in the second that begins with each of them."""
        return [sum(0 <= other - at < 1 for other in self._at) for at in self._at]


def main() -> int:
    """Measure, print, and give the exit code."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory(prefix="ddmkit-fleet-") as folder:
        rows = []
        for row in measure_large_fleet(Path(folder), wanted):
            print(f"measured: {row.what}", file=sys.stderr)
            rows.append(row)
    print(show_table(rows))
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
