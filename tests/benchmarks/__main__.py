"""Runs ddmkit and the official SDK side by side against the simulator, and holds the medians against the goals.

``python -m tests.benchmarks [--json] [--quick]`` from the project's root; the simulator is a process of its own and adds
50 ms to every request. Exit code 1 when a goal is missed. Both sides take turns, so that a busy machine strikes both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from tests.benchmarks import alone, ours
from tests.benchmarks.bare import Bare, record_requests
from tests.benchmarks.fleet import measure_fleet
from tests.benchmarks.official import Script
from tests.benchmarks.page import measure_key, measure_opening, measure_start
from tests.benchmarks.recovery import measure_recovery
from tests.benchmarks.table import Row, show_json, show_table
from tests.benchmarks.worlds import Service, serve, shape_busy_region, shape_incident, shape_jobs
from tests.browser.large_lists import BACKUPS
from tests.chromium import HOW_TO_INSTALL, find_chromium

LATENCY_MS = 50
JOBS = 500
# The most that ddmkit may take, as a multiple of the limit.
PLAN_SHARE, LIST_SHARE = 1.15, 1.5
DEMO_S, CONNECT_S = 12.0, 0.25


def main() -> int:
    """Measure, print, and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    parser.add_argument("--quick", action="store_true", help="3 runs each instead of 5, and no official look at each job")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its compiled files
    chromium = find_chromium()  # Playwright keeps its own below the true home
    with tempfile.TemporaryDirectory(prefix="ddmkit-benchmarks-") as folder:
        # The official SDK leaves an id in the home it finds, and would read a profile there.
        os.environ["HOME"] = folder
        rows: list[Row] = []
        try:
            for row in measure(Path(folder), chromium, quick=options.quick):
                print(f"measured: {row.what}", file=sys.stderr)
                rows.append(row)
        finally:  # what was measured is not lost when a later measurement fails
            print(show_json(rows) if options.json else show_table(rows))
    missed = [row.what for row in rows if row.met is False]
    if missed:
        print(f"goals missed: {'; '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


def measure(folder: Path, chromium: str, *, quick: bool) -> Iterator[Row]:
    """Return each measurement as it is done."""
    runs = 3 if quick else 5
    yield from measure_plan(folder, 3, runs)
    yield from measure_plan(folder, 64, runs)
    busy = folder / "busy.sqlite"
    shape_busy_region(busy)
    yield from measure_backups(busy, runs)
    yield from measure_memory(busy)
    yield measure_jobs(folder, quick=quick)
    yield from measure_recovery(folder)
    yield from measure_fleet(folder)
    yield from measure_imports(runs)
    yield measure_demo(folder)
    yield measure_page(folder, chromium, runs)
    yield measure_step(folder / "step", chromium, runs)
    yield measure_form(folder, chromium, "lab", "Run All to the form, kernel up", 1.5, runs)
    yield measure_form(folder, chromium, "voila", "Voila: request to the form", 3.0, runs)


def measure_plan(folder: Path, nodes: int, runs: int) -> Iterator[Row]:
    """Measure making a plan by restore time: all its reads, with those of the proofs, which the script does not make."""
    world = folder / f"nodes-{nodes}.sqlite"
    incident = shape_incident(world, nodes)
    with ExitStack() as stack:
        service = stack.enter_context(serve(world, LATENCY_MS))
        kit = stack.enter_context(ours.connect(service, folder / f"records-{nodes}.sqlite"))
        script = stack.enter_context(closing(Script(service)))
        mine, other = alternate(lambda: ours.plan(kit, incident), lambda: script.read_for_plan(incident), runs)
        limited = measure_limit(stack, service, kit, lambda: ours.plan(kit, incident), runs)
        with ours.count_requests() as counted:
            plan = ours.plan(kit, incident)
        before = script.requests
        script.read_for_plan(incident)
        note = f"{counted.requests} and {script.requests - before} requests"
    if not plan.ready:
        raise RuntimeError(f"The plan is not ready, so it is none to measure: {plan.checks}")
    yield timed(f"reads of a plan, {nodes} data nodes", mine, other, note)
    if nodes > 8:  # with fewer, the reads that wait for each other decide
        yield against_limit("  beside bare httpx", limited, PLAN_SHARE)


def measure_limit(stack: ExitStack, service: Service, kit: Any, act: Callable[[], Any], runs: int) -> tuple[float, float]:
    """Return our median and the one of bare httpx for the same requests, in turns."""
    bare = stack.enter_context(closing(Bare(service)))
    with record_requests(kit._client) as asked:
        act()
    return alternate(act, lambda: bare.read(asked), runs)


def measure_backups(world: Path, runs: int) -> Iterator[Row]:
    """Measure listing all backups of a busy region."""
    with ExitStack() as stack:
        service = stack.enter_context(serve(world, LATENCY_MS))
        kit = stack.enter_context(ours.connect(service, world.with_name("records-busy.sqlite")))
        script = stack.enter_context(closing(Script(service)))
        mine, other = alternate(lambda: ours.list_backups(kit), script.list_backups, runs)
        limited = measure_limit(stack, service, kit, lambda: ours.list_backups(kit), runs)
        found = len(ours.list_backups(kit)), len(script.list_backups())
    yield timed(f"list {BACKUPS:,} backups", mine, other, f"{found[0]:,} and {found[1]:,} rows")
    yield against_limit("  beside bare httpx", limited, LIST_SHARE)


def measure_memory(world: Path) -> Iterator[Row]:
    """Measure the peak of memory of the same list, each side in a process of its own."""
    with serve(world, 0) as service:
        mine, other = alone.measure_peak("ours", service), alone.measure_peak("official", service)
    note = f"{mine['rows']:,} and {other['rows']:,} rows"
    peaks = mine["list_mb"], other["list_mb"]
    met = peaks[0] <= peaks[1]
    yield Row(f"peak memory of listing {BACKUPS:,} backups", "MB", *peaks, "<= the SDK's", met, note)
    yield Row("  of the whole process", "MB", mine["process_mb"], other["process_mb"])


def measure_jobs(folder: Path, *, quick: bool) -> Row:
    """Count the requests of each round while many jobs are followed to their end."""
    world = folder / "jobs.sqlite"
    job_ids, since = shape_jobs(world, JOBS)
    with ExitStack() as stack:
        service = stack.enter_context(serve(world, LATENCY_MS))
        kit = stack.enter_context(ours.connect(service, folder / "records-jobs.sqlite"))
        counted = ours.follow(kit, job_ids, since, time.sleep)
        other = None if quick else look_at_each(stack.enter_context(closing(Script(service))), job_ids)
    most, allowed = max(counted.rounds), ours.rounds_allowed(JOBS)
    note = f"{len(counted.rounds)} rounds; the SDK looks at each by its id"
    return Row(f"requests a round, {JOBS} jobs", "", most, other, f"<= {allowed}", most <= allowed, note)


def look_at_each(script: Script, job_ids: list[str]) -> int:
    """Return the requests of one round of the official client, which looks at jobs one by one."""
    if script.follow_by_id(job_ids) != len(job_ids):
        raise RuntimeError("Some jobs had not ended.")
    return script.requests


def measure_imports(runs: int) -> Iterator[Row]:
    """Measure imports in fresh interpreters; the first of each is for the file cache."""
    front = [alone.measure_import("ddmkit") for _ in range(runs + 1)][1:]
    ready = [alone.measure_import("ddmkit", "connect") for _ in range(runs + 1)][1:]
    other = median([alone.measure_import("huaweicloudsdkddm.v1", "DdmClient") for _ in range(runs + 1)][1:])
    heavy = sorted({name for told in front for name in told["heavy"]})
    loaded = f"loads {', '.join(heavy)}" if heavy else f"loads none of {', '.join(alone.HEAVY)}"
    mine = median(front)
    yield Row("import ddmkit", "s", mine, other, "<= 0.25 s", mine <= 0.25 and not heavy, loaded)
    connect_s = median(ready)
    yield Row("from ddmkit import connect", "s", connect_s, other, f"<= {CONNECT_S:g} s", connect_s <= CONNECT_S)
    yield Row("  and what a call of it loads", "s", median([alone.measure_import("ddmkit.kit") for _ in range(runs)]), other)


def measure_demo(folder: Path) -> Row:
    """Measure the command ``ddmkit demo`` from its start to its end."""
    command = [sys.executable, "-m", "ddmkit", "demo", "--json", "--dir"]
    seconds = []
    for number in range(2):
        started = time.perf_counter()
        subprocess.run([*command, str(folder / f"demo-{number}")], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    best = min(seconds)
    return Row("ddmkit demo", "s", best, None, f"<= {DEMO_S:g} s", best <= DEMO_S, "the better of two runs")


def measure_page(folder: Path, chromium: str, runs: int) -> Row:
    """Measure a key pressed in the search of the form's list, in a real browser; noted as not measured without one."""
    what = f"key to redrawn list, {BACKUPS:,} backups"
    if not chromium:
        return Row(what, "s", None, None, note=f"not measured. {HOW_TO_INSTALL}")
    seconds, most_kb = measure_key(chromium, folder, runs)
    note = f"at most {most_kb:.0f} kB to the page"
    return Row(what, "s", seconds, None, "<= 0.3 s", seconds <= 0.3, note)


def measure_step(folder: Path, chromium: str, runs: int) -> Row:
    """Measure how long the step with the timeline takes to open, in a real browser; noted as not measured without one."""
    what = "Next to the opened step Point in time"
    if not chromium:
        return Row(what, "s", None, None, note=f"not measured. {HOW_TO_INSTALL}")
    folder.mkdir()
    seconds, kilobytes = measure_opening(chromium, folder, runs)
    return Row(what, "s", seconds, None, "<= 0.3 s", seconds <= 0.3, f"{kilobytes:.0f} kB by web socket")


def measure_form(folder: Path, chromium: str, kind: str, what: str, goal_s: float, runs: int) -> Row:
    """Measure the time to the form of the guided notebook, in a real browser; noted as not measured without one."""
    if not chromium:
        return Row(what, "s", None, None, note=f"not measured. {HOW_TO_INSTALL}")
    seconds, kilobytes, bare = measure_start(chromium, folder, kind, runs)
    note = f"{kilobytes:.0f} kB by web socket; limit: imports and one button"
    return Row(what, "s", seconds, None, f"<= {goal_s:g} s", seconds <= goal_s, note, bare)


def median(told: list[dict[str, Any]]) -> float:
    """Return the median of the seconds."""
    return statistics.median(one["seconds"] for one in told)


def alternate(mine: Callable[[], Any], other: Callable[[], Any], runs: int) -> tuple[float, float]:
    """Return the medians of both in seconds, after one run of each to warm up."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs + 1):
        for taken, action in zip(times, (mine, other), strict=True):
            started = time.perf_counter()
            action()
            taken.append(time.perf_counter() - started)
    return statistics.median(times[0][1:]), statistics.median(times[1][1:])


def timed(what: str, mine: float, other: float, note: str) -> Row:
    """Return the row of a measurement that has to be faster than the official SDK."""
    return Row(what, "s", mine, other, "< the SDK's", mine < other, note)


def against_limit(what: str, limited: tuple[float, float], share: float) -> Row:
    """Return the row of a measurement whose goal is a multiple of the limit."""
    mine, limit = limited
    return Row(what, "s", mine, None, f"<= {share:g}x the limit", mine / limit <= share, f"{mine / limit:.2f}x", limit)


if __name__ == "__main__":
    sys.exit(main())
