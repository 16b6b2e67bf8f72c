"""A whole recovery of many data nodes: how long the reads of its plan take, and how many requests a round of following."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ddmkit.recovery.run.follow import follow_once, running_steps
from ddmkit.simulator import World
from tests.benchmarks import ours
from tests.benchmarks.bare import AT_ONCE, Bare, record_requests
from tests.benchmarks.table import Row
from tests.benchmarks.worlds import serve

__all__ = ["measure_recovery", "shape_recovery"]

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
MOST_REQUESTS, READ_SHARE, RUNS = 3, 1.25, 3
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Facts:
    """The recovery to plan."""

    source: str
    restore_time: datetime


def shape_recovery(path: Path, nodes: int) -> Facts:
    """Make a world whose source has so many data nodes; nothing is recovered, and there is no target."""
    world = World(path, "whole-incident", now=NOW)
    source = world.instance(world.outline.source)
    if source is None:
        raise LookupError("The scenario has no source.")
    for number in range(3, nodes + 1):
        node = world.add_data_node(f"rds-orders-{number}", time_zone=source.time_zone)
        world.attach(source.id, node, source.created)
    world.close()
    return Facts(source.id, EPOCH + timedelta(milliseconds=world.outline.restore_time))


def measure_recovery(folder: Path, nodes: int = 64, latency_ms: int = 50) -> Iterator[Row]:
    """Measure the reads of the plan, and the requests of each round while all nodes are followed."""
    world = folder / "recovery.sqlite"
    facts = shape_recovery(world, nodes)
    with serve(world, latency_ms) as service, ours.connect(service, folder / "recovery-records.sqlite") as kit:

        def make_plan() -> Any:
            return kit.plan_recovery(source=facts.source, restore_time=facts.restore_time)

        make_plan()  # the login and the first connections
        with record_requests(kit._client, kit._cloud.rds, kit._cloud.vpc) as asked:
            make_plan()
        times, limits, processor = [], [], []
        with closing(Bare(service)) as bare:
            for _ in range(RUNS):  # in turns, so that a busy machine strikes both
                began, worked = time.perf_counter(), time.process_time()
                plan = make_plan()
                times.append(time.perf_counter() - began)
                processor.append(time.process_time() - worked)
                began = time.perf_counter()
                bare.read(asked)
                limits.append(time.perf_counter() - began)
        took, limit = statistics.median(times), statistics.median(limits)
        goal, met = f"<= {READ_SHARE:g}x the network's limit at {AT_ONCE} at once", took <= READ_SHARE * limit
        alone = len(asked) * latency_ms / 1000 / AT_ONCE
        note = f"{len(asked)} requests, {alone:.2f} s of latency, {statistics.median(processor):.2f} s of processor time"
        yield Row(f"reads of a recovery plan, {nodes} data nodes", "s", took, None, goal, met, note, limit)
        if not plan.ready:
            raise RuntimeError(f"The plan is not ready, so nothing can be followed: {plan.failed}")
        run = kit.recover(plan, confirm=plan.source_name, accept=plan.warnings, node_password="Canary-7f3a9c!")
        rounds = [_requests_of_a_round(kit, run.id) for _ in range(RUNS)]
    what = f"requests of a round, {nodes} data nodes and the target"
    yield Row(what, "requests", max(rounds), None, f"<= {MOST_REQUESTS}", max(rounds) <= MOST_REQUESTS)


def _requests_of_a_round(kit: Any, run_id: str) -> int:
    """Count the requests of one round, without the one look at the job of each step that ended in it."""
    context = kit._recoveries._context(run_id)
    before = len(running_steps(context.view(run_id)))
    with ours.count_requests() as counted:
        follow_once(run_id, context)
    return counted.requests - (before - len(running_steps(context.view(run_id))))
