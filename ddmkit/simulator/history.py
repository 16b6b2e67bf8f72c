"""What an instance held at an instant: its data nodes, schemas with shards, and accounts.

A metadata backup is its instance's state at the backup's instant, so this is also the content of every backup.
"""

from __future__ import annotations

from dataclasses import dataclass

from ddmkit.simulator.nouns import Account, Attachment, DataNode, Schema, Shard
from ddmkit.simulator.storage import Storage

__all__ = ["SchemaState", "accounts_at", "holders_of", "nodes_at", "schema_named", "schemas_at"]

ALIVE = "instance_id = ? AND created <= ? AND (deleted IS NULL OR deleted > ?)"


@dataclass(frozen=True)
class SchemaState:
    """A schema with its shards, in order of their index."""

    schema: Schema
    shards: tuple[Shard, ...]

    def databases_on(self, node_id: str) -> set[str]:
        """Give the names of the physical databases on a data node."""
        return {shard.physical_db_name for shard in self.shards if shard.data_node_id == node_id}


def nodes_at(storage: Storage, instance_id: str, at: int) -> list[DataNode]:
    """Give the data nodes that an instance used at an instant, in order of their names."""
    condition = (
        "id IN (SELECT data_node_id FROM attachments WHERE instance_id = ? AND since <= ? AND (until IS NULL OR until > ?))"
        " ORDER BY name"
    )
    return storage.every(DataNode, condition, (instance_id, at, at))


def schemas_at(storage: Storage, instance_id: str, at: int) -> list[SchemaState]:
    """Give the schemas that an instance had at an instant, in order of their names."""
    schemas = storage.every(Schema, ALIVE + " ORDER BY name", (instance_id, at, at))
    return [_with_shards(storage, schema) for schema in schemas]


def schema_named(storage: Storage, instance_id: str, name: str, at: int) -> SchemaState | None:
    """Give one schema; upper and lower case are the same. Source: reference 6.2."""
    condition = ALIVE + " AND name = ? COLLATE NOCASE"
    schema = storage.one(Schema, condition, (instance_id, at, at, name))
    return _with_shards(storage, schema) if schema else None


def accounts_at(storage: Storage, instance_id: str, at: int) -> list[Account]:
    """Give the accounts that an instance had at an instant, in order of their names."""
    return storage.every(Account, ALIVE + " ORDER BY name", (instance_id, at, at))


def holders_of(storage: Storage, at: int) -> dict[str, str]:
    """Give which data node is associated with which instance at an instant."""
    current = storage.every(Attachment, "since <= ? AND (until IS NULL OR until > ?)", (at, at))
    return {attachment.data_node_id: attachment.instance_id for attachment in current}


def _with_shards(storage: Storage, schema: Schema) -> SchemaState:
    shards = storage.every(Shard, "schema_id = ? ORDER BY shard_index", (schema.id,))
    return SchemaState(schema, tuple(shards))
