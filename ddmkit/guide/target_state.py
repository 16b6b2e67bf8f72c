"""What the target of a restore holds now, beside what it held when it was read back at the end of the restore."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from ddmkit.models import Schema
from ddmkit.records.reader import RunReader, objects_in, text_in
from ddmkit.records.runs import RunData

__all__ = ["TargetSchema", "compare_target_state", "schemas_read_back"]


class TargetSchema(BaseModel):
    """One schema of the target: as it was read back, as it is now, and in a word what that means."""

    model_config = ConfigDict(frozen=True)

    schema_name: str
    at_the_restore: str
    now: str
    verdict: str


def schemas_read_back(run: RunData) -> dict[str, str] | None:
    """Return the schemas that a record saw on the target after the restore; ``None`` when nobody looked."""
    seen = RunReader(run).last("verified")
    if seen is None:
        return None
    found = objects_in(seen.data, "target", "schemas", "value")
    return {text_in(one, "name"): _say(text_in(one, "shard_number"), text_in(one, "shard_mode")) for one in found}


def compare_target_state(before: Mapping[str, str] | None, now: Iterable[Schema]) -> list[TargetSchema]:
    """Compare the schemas of now with those read back, in order of their names."""
    present = {schema.name: schema for schema in now}
    names = sorted({*present, *(before or {})})
    return [_compare(name, before, present) for name in names]


def _compare(name: str, before: Mapping[str, str] | None, present: Mapping[str, Schema]) -> TargetSchema:
    schema = present.get(name)
    size = "" if schema is None else _say(schema.shard_number, schema.shard_mode)
    said = "" if schema is None else f"{schema.status}, {size}"
    if before is None:
        return TargetSchema(schema_name=name, at_the_restore="not read back", now=said, verdict="present")
    then = before.get(name, "")
    verdict = "gone since" if schema is None else "new since" if not then else "as then" if then == size else "changed since"
    return TargetSchema(schema_name=name, at_the_restore=then, now=said, verdict=verdict)


def _say(shards: Any, mode: str) -> str:
    return f"{'1 shard' if str(shards) == '1' else f'{shards} shards'}, {mode}"
