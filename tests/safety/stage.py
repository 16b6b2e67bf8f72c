"""A simulator world with several empty targets, and kits on it that never wait: where the tests of this folder play."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from ddmkit.config.credentials import TokenCredentials
from ddmkit.config.settings import Settings
from ddmkit.kit import Kit
from ddmkit.service.client import Client
from ddmkit.service.jobs import SilentListener
from ddmkit.simulator import Simulator
from ddmkit.simulator.storage.schema import DataNode

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
RESTORE = "RestoreMetadata"


@dataclass(frozen=True)
class Stage:
    """What can be restored in a world: to any of ``targets``, with any of ``node_sets``, which hold the same data."""

    source: str
    backup_id: str
    restore_time: datetime
    targets: tuple[str, ...]
    node_sets: tuple[tuple[str, ...], ...]


def set_stage(simulator: Simulator, *, more: int = 0) -> Stage:
    """Add that many empty targets, and as many sets of recovered data nodes, to those of the scenario."""
    world, facts = simulator.world, simulator.facts
    origins = [world.storage.one(DataNode, "id = ?", (node,)).recovered_from for node in facts.data_nodes]
    targets = [world.add_instance(f"spare-target-{number}") for number in range(more)]
    sets = [tuple(world.recover_node(origin, facts.restore_time) for origin in origins) for _ in range(more)]
    return Stage(
        facts.source, facts.backup_id, facts.restore_time, (facts.target, *targets), (tuple(facts.data_nodes), *sets)
    )


def open_kit(
    simulator: Simulator,
    records: str | Path,
    operator: str = "ada",
    *,
    side_by_side: int = 8,
    wrong_by: Callable[[], timedelta] = timedelta,
) -> Kit:
    """Return a kit as another kernel would have it: with the world's clock, and without waiting between two looks.

    ``wrong_by`` tells by how much the clock of its machine is wrong at the moment. Reads that are not side by side (``side_by_side=1``) always see a standing clock move at the same place.
    """
    facts = simulator.facts
    settings = Settings(
        endpoint=simulator.endpoint,
        credentials=TokenCredentials(SecretStr(facts.token)),
        project_id=facts.project_id,
        credential_source="a test",
    )
    kit = Kit(
        settings,
        records=records,
        operator=operator,
        now=lambda: simulator.now() + wrong_by(),
        sleep=lambda seconds: None,
        identity=simulator.world_id,
    )
    kit._client.close()
    kit._client = Client(
        settings,
        concurrency=side_by_side,
        sleep=lambda seconds: None,
        clock=lambda: datetime.now(UTC) + wrong_by(),
    )
    # As many looks for a lost job as it takes to see one that becomes visible late.
    kit._opened = replace(kit._context, grace=timedelta(seconds=8), poll_every_s=2.0)
    return kit


@contextmanager
def kernel(simulator: Simulator, records: str | Path, operator: str = "ada") -> Iterator[Kit]:
    """Return a kit for a while."""
    kit = open_kit(simulator, records, operator)
    try:
        yield kit
    finally:
        kit.close()


def plan_on(kit: Kit, stage: Stage, target: int = 0, nodes: int = 0, **point: Any) -> Any:
    """Plan the restore to one of the targets with one of the sets of nodes; from the backup unless a time is given."""
    return kit.plan(
        source=stage.source,
        target=stage.targets[target],
        data_nodes=stage.node_sets[nodes],
        **(point or {"backup_id": stage.backup_id}),
    )


def submit(kit: Kit, plan: Any) -> Any:
    """Submit a plan as someone does who has read it."""
    return kit.submit(plan, confirm=plan.target_name, accept=plan.warnings)


class Impatient(SilentListener):
    """Presses Ctrl-C after so many looks at a job."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def on_job(self, job: Any, errors: int) -> None:
        self._look()

    def on_poll_error(self, error: Any, count: int) -> None:
        self._look()

    def _look(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


def finish(job: Any, looks: int = 1000) -> Any:
    """Wait for a job's end, or for so many looks."""
    return job.wait(timeout_s=20, poll_s=0, listener=Impatient(looks))


def sent(simulator: Simulator) -> int:
    """Count the restore requests that arrived, effective or not."""
    return sum(request.operation == RESTORE for request in simulator.requests)


def kinds(record: Any) -> list[str]:
    return [event.kind for event in record.events]
