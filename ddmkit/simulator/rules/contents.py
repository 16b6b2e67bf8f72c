"""What a data node holds at an instant: its physical databases with their rows.

Applications write a row into each physical database every few seconds, so two instants of one node rarely hold the same
rows. A recovered node holds what its source held at the instant that it was recovered to. No call of the service shows this.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ddmkit.simulator.storage.recovery_schema import RowDeletion
from ddmkit.simulator.storage.schema import DataNode, Schema, Shard
from ddmkit.simulator.storage.storage import Storage

__all__ = ["DatabaseContent", "contents_at", "databases_at"]

LONGEST_CHAIN = 16  # recovered from a recovered node, and so on
SHORTEST_PAUSE_MS = 2_000
LONGEST_PAUSE_MS = 9_000


@dataclass(frozen=True)
class DatabaseContent:
    """A physical database: the number of its rows, and the instant of the last write, None without any."""

    name: str
    rows: int
    last_written: int | None

    @property
    def digest(self) -> str:
        """A checksum: equal contents have the same one."""
        return hashlib.sha256(f"{self.name} {self.rows} {self.last_written}".encode()).hexdigest()[:16]


def contents_at(storage: Storage, node: DataNode, at: int) -> dict[str, DatabaseContent]:
    """Return the physical databases of a node at an instant, by name."""
    return _contents(storage, node, at, LONGEST_CHAIN)


def databases_at(storage: Storage, node: DataNode, at: int) -> set[str]:
    """Return the names of the physical databases of a node at an instant."""
    return set(contents_at(storage, node, at))


def _contents(storage: Storage, node: DataNode, at: int, chain: int) -> dict[str, DatabaseContent]:
    base: dict[str, DatabaseContent] = {}
    source = _source_of(storage, node) if chain else None
    if source is not None and node.recovered_at is not None:
        base = _contents(storage, source, node.recovered_at, chain - 1)
    own = _own_shards(storage, node.id)
    known = {shard.physical_db_name for schema, shard in own if schema.created <= at}
    found = {name: content for name, content in base.items() if name not in known}
    for schema, shard in own:
        name = shard.physical_db_name
        if schema.created <= at and (schema.deleted is None or schema.deleted > at):
            found[name] = base.get(name) or _written(storage, schema, name, at)
    return found


def _source_of(storage: Storage, node: DataNode) -> DataNode | None:
    if node.recovered_from is None:
        return None
    return storage.one(DataNode, "id = ?", (node.recovered_from,))


def _own_shards(storage: Storage, node_id: str) -> list[tuple[Schema, Shard]]:
    shards = storage.every(Shard, "data_node_id = ?", (node_id,))
    ids = {shard.schema_id for shard in shards}
    schemas = {number: storage.one(Schema, "id = ?", (number,)) for number in ids}
    return [(schema, shard) for shard in shards if (schema := schemas[shard.schema_id]) is not None]


def _written(storage: Storage, schema: Schema, name: str, at: int) -> DatabaseContent:
    pause = _pause(name)
    written = (at - schema.created) // pause
    deleted = 0
    for deletion in storage.every(RowDeletion, "schema_id = ? ORDER BY at", (schema.id,)):
        if deletion.at <= at:
            before = (deletion.at - schema.created) // pause - deleted
            deleted += before * deletion.percent // 100
    return DatabaseContent(name, written - deleted, schema.created + written * pause if written else None)


def _pause(name: str) -> int:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return SHORTEST_PAUSE_MS + number % (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS)
