"""Reads the state of an instance at an instant: data nodes, schemas with shards, and accounts.

The content of a metadata backup is the state of its instance at the instant of the backup.
"""

from __future__ import annotations

from dataclasses import dataclass

from ddmkit.simulator.storage.schema import Account, Attachment, DataNode, Schema, Shard
from ddmkit.simulator.storage.storage import Storage

__all__ = ["SchemaState", "accounts_at", "node_owners", "nodes_at", "schema_named", "schemas_at"]


@dataclass(frozen=True)
class SchemaState:
    """A schema with its shards, ordered by index."""

    schema: Schema
    shards: tuple[Shard, ...]

    def databases_on(self, node_id: str) -> set[str]:
        """Return the names of the physical databases on a data node."""
        return {shard.physical_db_name for shard in self.shards if shard.data_node_id == node_id}


def nodes_at(storage: Storage, instance_id: str, at: int) -> list[DataNode]:
    """Return the data nodes that an instance used at an instant, ordered by name."""
    used = {
        one.data_node_id for one in storage.every(Attachment, "instance_id = ?", (instance_id,)) if _is_associated(one, at)
    }
    ever = "id IN (SELECT data_node_id FROM attachments WHERE instance_id = ?) ORDER BY name"
    return [node for node in storage.every(DataNode, ever, (instance_id,)) if node.id in used]


def schemas_at(storage: Storage, instance_id: str, at: int) -> list[SchemaState]:
    """Return the schemas that an instance had at an instant, ordered by name."""
    schemas = storage.every(Schema, "instance_id = ? ORDER BY name", (instance_id,))
    return [_with_shards(storage, schema) for schema in schemas if _exists(schema, at)]


def schema_named(storage: Storage, instance_id: str, name: str, at: int) -> SchemaState | None:
    """Find a schema by name, ignoring case. Source: ddm-api.md 6.2."""
    named = storage.every(Schema, "instance_id = ? AND name = ? COLLATE NOCASE", (instance_id, name))
    return next((_with_shards(storage, schema) for schema in named if _exists(schema, at)), None)


def accounts_at(storage: Storage, instance_id: str, at: int) -> list[Account]:
    """Return the accounts that an instance had at an instant, ordered by name."""
    accounts = storage.every(Account, "instance_id = ? ORDER BY name", (instance_id,))
    return [account for account in accounts if _exists(account, at)]


def node_owners(storage: Storage, at: int) -> dict[str, str]:
    """Map the ids of associated data nodes to the ids of their instances, at an instant."""
    return {one.data_node_id: one.instance_id for one in storage.every(Attachment) if _is_associated(one, at)}


# Python compares the instants, not SQL: the cached query results then serve for every instant.
def _exists(row: Schema | Account, at: int) -> bool:
    return row.created <= at and (row.deleted is None or row.deleted > at)


def _is_associated(attachment: Attachment, at: int) -> bool:
    return attachment.since <= at and (attachment.until is None or attachment.until > at)


def _with_shards(storage: Storage, schema: Schema) -> SchemaState:
    shards = storage.every(Shard, "schema_id = ? ORDER BY shard_index", (schema.id,))
    return SchemaState(schema, tuple(shards))
