"""The worlds that are measured, shaped before another process serves them, and the serving itself."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ddmkit.simulator import World
from ddmkit.simulator.storage.schema import DataNode

__all__ = ["Incident", "Service", "serve", "shape_busy_region", "shape_incident", "shape_jobs"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Incident:
    """A restore to plan: everything that the reads of a plan depend on."""

    source: str
    target: str
    data_nodes: tuple[str, ...]
    restore_time: datetime

    @property
    def restore_ms(self) -> str:
        return str((self.restore_time - EPOCH) // timedelta(milliseconds=1))


@dataclass(frozen=True)
class Service:
    """Where a served world is, and the keys that open it."""

    endpoint: str
    project_id: str
    region: str
    access_key: str
    secret_key: str
    token: str
    rds_endpoint: str
    vpc_endpoint: str
    cts_endpoint: str


def shape_incident(path: Path, nodes: int) -> Incident:
    """Make a world whose source has so many data nodes, each with its recovered one; both fill one page at most."""
    world = World(path, "dropped-schema")
    outline = world.outline
    source = world.instance(outline.source)
    if source is None:
        raise LookupError("The scenario has no source.")
    wanted = list(outline.data_nodes)
    for number in range(len(wanted) + 1, nodes + 1):
        node = world.add_data_node(f"rds-orders-{number}")
        world.attach(source.id, node, source.created)
        wanted.append(world.recover_node(node, outline.restore_time, f"rds-orders-{number}-recovered"))
    _forget_others(world, room=128 - 2 * nodes)
    world.close()
    return Incident(outline.source, outline.target, tuple(wanted), EPOCH + timedelta(milliseconds=outline.restore_time))


def _forget_others(world: World, room: int) -> None:
    """Delete what else there is in the project beyond the room left on the page of candidates."""
    others = [row for row in world.storage.every(DataNode, "deleted IS NULL") if "rds-orders" not in row.name]
    early = [row for row in world.storage.every(DataNode, "deleted IS NULL") if row.name.endswith("too-early")]
    for node in [*early, *others][max(0, room) :]:
        world.set_data_node(node.id, deleted=world.clock.now_ms())


def shape_busy_region(path: Path) -> None:
    """Make the world with 500 instances and 5,000 backups."""
    World(path, "busy-region").close()


def shape_jobs(path: Path, count: int) -> tuple[list[str], datetime]:
    """Make a world in which so many jobs begin now and end 6 to 10 seconds later; give their ids and the instant."""
    world = World(path, "dropped-schema")
    now = world.clock.now_ms()
    batches = [
        world.add_jobs(count // 5, world.outline.source, created=now, duration_ms=ms) for ms in range(6000, 11000, 1000)
    ]
    world.close()
    return [job for batch in batches for job in batch], EPOCH + timedelta(milliseconds=now)


@contextmanager
def serve(world: Path, latency_ms: int) -> Iterator[Service]:
    """Serve a world in a process of its own until the block ends."""
    command = [sys.executable, "-c", "from ddmkit.cli.main import main; main()", "simulate", "--json"]
    process = subprocess.Popen(
        [*command, "--world", str(world), "--latency-ms", str(latency_ms)], stdout=subprocess.PIPE, text=True
    )
    try:
        yield _read_service(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def _read_service(process: subprocess.Popen[str]) -> Service:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError(f"The simulator did not start; it ended with code {process.wait()}.")
    facts: dict[str, Any] = json.loads(line)
    return Service(**{name: facts[name] for name in Service.__dataclass_fields__})
