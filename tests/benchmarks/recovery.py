"""A whole recovery of many data nodes: how long the reads of its plan take, and how many requests a round of following."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ddmkit.recovery.run.follow import follow_once, running_steps
from ddmkit.simulator import Simulator, World
from tests.benchmarks.table import Row
from tests.safety.mortal import open_kit

__all__ = ["measure_recovery", "shape_recovery"]

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
AT_ONCE, MOST_REQUESTS, READ_SHARE, ROUNDS = 8, 3, 1.25, 3


def shape_recovery(path: Path, nodes: int) -> None:
    """Make a world whose source has so many data nodes; nothing is recovered, and there is no target."""
    world = World(path, "whole-incident", now=NOW)
    source = world.instance(world.outline.source)
    if source is None:
        raise LookupError("The scenario has no source.")
    for number in range(3, nodes + 1):
        world.attach(source.id, world.add_data_node(f"rds-orders-{number}"), source.created)
    world.close()


def measure_recovery(folder: Path, nodes: int = 64, latency_s: float = 0.05) -> Iterator[Row]:
    """Measure the reads of the plan, and the requests of each round while all nodes are followed."""
    shape_recovery(folder / "recovery.sqlite", nodes)
    simulator = Simulator(folder / "recovery.sqlite", faults=["stuck-build*"], latency_s=latency_s).start()
    with (
        closing(simulator),
        closing(open_kit(simulator, folder / "recovery-records.sqlite", "ada", wrong_by=timedelta)) as kit,
    ):
        facts = simulator.facts
        kit.instances()  # the login and the first connection
        before, began = len(simulator.requests), time.perf_counter()
        plan = kit.plan_recovery(source=facts.source, restore_time=facts.restore_time)
        took, reads = time.perf_counter() - began, len(simulator.requests) - before
        limit = reads * latency_s / AT_ONCE
        yield Row(
            f"reads of a recovery plan, {nodes} data nodes",
            "s",
            took,
            None,
            f"<= {READ_SHARE:g}x the network's limit at {AT_ONCE} at once",
            took <= READ_SHARE * limit if limit else None,
            f"{reads} requests",
            limit,
        )
        if not plan.ready:
            raise RuntimeError(f"The plan is not ready, so nothing can be followed: {plan.failed}")
        run = kit.recover(plan, confirm=plan.source_name, accept=plan.warnings, node_password="Canary-7f3a9c!")
        context, rounds = kit._recoveries._context(run.id), []
        for _ in range(ROUNDS):
            before = len(simulator.requests)
            follow_once(run.id, context)
            rounds.append(len(simulator.requests) - before)
        left = len(running_steps(context.view(run.id)))
        if left < nodes:
            raise RuntimeError(f"{nodes + 1 - left} steps have ended already, so the rounds are none of following alone.")
    yield Row(
        f"requests of a round, {nodes} data nodes and the target",
        "requests",
        max(rounds),
        None,
        f"<= {MOST_REQUESTS}",
        max(rounds) <= MOST_REQUESTS,
    )
