"""Compares the schemas that a target holds now with those that were read back at the end of the restore."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from ddmkit.models import Schema
from ddmkit.records.reader import RunReader, objects_in, text_in
from ddmkit.records.runs import RunData

__all__ = ["TargetSchema", "compare_target_state", "schemas_read_back"]


class TargetSchema(BaseModel):
    """One schema of the target: as it was read back, as it is now, and a verdict in one or two words."""

    model_config = ConfigDict(frozen=True)

    schema_name: str
    at_the_restore: str
    now: str
    verdict: str


def schemas_read_back(run: RunData) -> dict[str, str] | None:
    """Return the schemas that were read back from the target after the restore; ``None`` when none were read."""
    seen = RunReader(run).last("verified")
    if seen is None:
        return None
    found = objects_in(seen.data, "target", "schemas", "value")
    return {
        text_in(schema, "name"): _describe_size(text_in(schema, "shard_number"), text_in(schema, "shard_mode"))
        for schema in found
    }


def compare_target_state(before: Mapping[str, str] | None, now: Iterable[Schema]) -> list[TargetSchema]:
    """Compare the present schemas with those read back, in order of their names."""
    present = {schema.name: schema for schema in now}
    names = sorted({*present, *(before or {})})
    return [_compare(name, before, present) for name in names]


def _compare(name: str, before: Mapping[str, str] | None, present: Mapping[str, Schema]) -> TargetSchema:
    schema = present.get(name)
    size = "" if schema is None else _describe_size(schema.shard_number, schema.shard_mode)
    current = "" if schema is None else f"{schema.status}, {size}"
    if before is None:
        return TargetSchema(schema_name=name, at_the_restore="not read back", now=current, verdict="present")
    then = before.get(name, "")
    verdict = "gone since" if schema is None else "new since" if not then else "as then" if then == size else "changed since"
    return TargetSchema(schema_name=name, at_the_restore=then, now=current, verdict=verdict)


def _describe_size(shards: Any, mode: str) -> str:
    return f"{'1 shard' if str(shards) == '1' else f'{shards} shards'}, {mode}"
