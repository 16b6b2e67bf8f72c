"""A kit on the rebuilt world of a drill, and what happens in that world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ddmkit.records.address import StoreAddress
from ddmkit.rehearsal.stage import settings_for, short_sleep

if TYPE_CHECKING:
    from ddmkit.kit import Kit

__all__ = ["Stage", "on_stage"]


class Stage:
    """Where drills on the simulator run.

    Args:
        kind: The class of kits.
        records: The record store, which is that of the kit that holds the drill.
        operator: The name for the record.
    """

    def __init__(self, kind: type[Kit], records: StoreAddress, operator: str) -> None:
        self.kind = kind
        self.records = records
        self.operator = operator


@contextmanager
def on_stage(
    stage: Stage, world: Path, *, faults: Sequence[str] = (), zone: str = "", later: timedelta = timedelta(0)
) -> Iterator[Kit]:
    """Open a kit on a world, whose clock moves on by ``later`` first; close the kit and the simulator at the end."""
    from ddmkit.simulator import Simulator  # noqa: PLC0415  # an extra, and heavy

    simulator = Simulator(world=world, faults=faults).start()
    try:
        simulator.advance(later)
        kit = stage.kind(
            settings_for(simulator, zone),
            records=stage.records,
            operator=stage.operator,
            now=simulator.now,
            sleep=short_sleep(simulator),
            identity=simulator.world_id,
            simulator=simulator,
        )
    except BaseException:
        simulator.close()
        raise
    with kit:
        yield kit
