"""Rebuild a simulator's world from a record: the same ids, names, states and times, with a clock that stands at that time.

The world is whole or not there at all. ``filling`` adds what DDM showed, ``recovery_world`` what RDS, VPC and the
audit trail showed.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ddmkit.errors import RecordError
from ddmkit.models import Account, Schema
from ddmkit.records.reader import RunReader, objects_in
from ddmkit.records.runs import RunData
from ddmkit.recovery.plan import RecoveryPlan, recovery_plan_of
from ddmkit.rehearsal.filling import fill_world
from ddmkit.rehearsal.recovery_world import add_witnesses, rebuild_recovery
from ddmkit.restore.plan import RestorePlan, plan_of
from ddmkit.simulator import ScenarioOutline, World
from ddmkit.times import to_ms

__all__ = ["rebuild_plan", "rebuild_record", "rebuild_world"]

Row = TypeVar("Row", bound=BaseModel)


def rebuild_record(run: RunData, path: Path) -> None:
    """Create the world that a run saw at a new path, whole or not at all; raise ``RecordError`` when that fails."""
    found = RunReader(run).data("verified")
    schemas = _read_rows(Schema, objects_in(found, "target", "schemas", "value"))
    accounts = _read_rows(Account, objects_in(found, "target", "accounts", "value"))
    plan = plan_of(run) if run.header.kind == "restore" else recovery_plan_of(run)
    rebuild_plan(plan, path, title=f"record {run.id}", schemas=schemas, accounts=accounts)


def rebuild_plan(
    plan: RestorePlan | RecoveryPlan,
    path: Path,
    *,
    title: str,
    schemas: Sequence[Schema] = (),
    accounts: Sequence[Account] = (),
) -> None:
    """Create the world that a plan was made in at a new path, whole or not at all; raise ``RecordError`` when that fails.

    ``schemas`` and ``accounts`` are what was found on the target afterwards, if that is known.
    """
    if path.exists():
        raise RecordError(f"The world of {title} was not rebuilt: {path} is there already. Choose another path.")
    try:
        with tempfile.TemporaryDirectory(prefix=".ddmkit-", dir=path.parent) as folder:
            whole = Path(folder) / "world.sqlite"
            if isinstance(plan, RecoveryPlan):
                rebuild_recovery(plan, whole, fill_world, title=title, schemas=schemas, accounts=accounts)
            else:
                rebuild_world(plan, whole, title=title, schemas=schemas, accounts=accounts)
            whole.rename(path)
    except (ValueError, OSError, KeyError, OverflowError, sqlite3.Error) as error:
        raise RecordError(
            f"The world of {title} could not be rebuilt at {path}: {_reason(error)}. Nothing was left there; choose "
            "a folder that is there, has room, and may be written."
        ) from error


def _reason(error: Exception) -> str:
    return (
        error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__} {error}".rstrip(". ")
    )


def _read_rows(model: type[Row], rows: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    read = []
    for row in rows:
        with contextlib.suppress(ValidationError):  # the record was edited: its world lacks that row
            read.append(model.model_validate(row))
    return tuple(read)


def rebuild_world(
    plan: RestorePlan, path: Path, *, title: str, schemas: Sequence[Schema] = (), accounts: Sequence[Account] = ()
) -> None:
    """Create the world at a path from the facts of a plan.

    Args:
        plan: The plan with the facts.
        path: The new file.
        title: The title of the world.
        schemas: What was found on the target after the restore, so the backup contained it.
        accounts: As ``schemas``.

    Raises:
        FileExistsError: The path is taken.
    """
    world = World.blank(path, title, _outline(plan, title), plan.inventory.taken_at)
    try:
        with world.storage.writing():
            fill_world(world, plan.inventory, plan.request, schemas, accounts)
            add_witnesses(world, plan.inventory.node_proofs, plan.inventory.network)
    finally:
        world.close()


def _outline(plan: RestorePlan, title: str) -> ScenarioOutline:
    request, expected = plan.request, plan.expected_backup
    return ScenarioOutline(
        description=title,
        source=request.source_instance_id,
        target=request.target_instance_id,
        data_nodes=request.data_nodes,
        backup_id=request.backup_id or (expected.backup.id if expected else ""),
        restore_time=request.restore_time_ms or to_ms(plan.inventory.point or plan.inventory.taken_at),
        incident=None if plan.incident is None else to_ms(plan.incident),
    )
