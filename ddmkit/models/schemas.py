"""The content of an instance: schemas with their shards, and accounts."""

from __future__ import annotations

from typing import Annotated

from ddmkit.models.nodes import BackupNode, UsedNode
from ddmkit.models.values import Count, InstantOrNone, Listed, ServiceModel, Word

__all__ = ["Account", "AccountSchema", "Schema", "SchemaDataNode", "SchemaDetail", "SchemaMetadata", "Shard"]


class Schema(ServiceModel):
    """A logical database in the list. Source: API page ListDatabases (v1; times are epoch milliseconds)."""

    name: str
    status: Word = ""
    shard_mode: Word = ""
    shard_number: Count = None
    shard_unit: Count = None
    created: InstantOrNone = None
    used_rds: Annotated[tuple[UsedNode, ...], Listed] = ()


class Shard(ServiceModel):
    """One physical shard of a schema and the data node that holds it. Source: API page ShowInstanceDatabase."""

    data_node_id: str = ""
    physical_db_name: str = ""
    status: Word = ""
    shard_index: Count = None


class SchemaDataNode(ServiceModel):
    """A data node in the detail of a schema. Source: API page ShowInstanceDatabase."""

    id: str
    name: str = ""
    status: Word = ""
    engine_name: Word = ""
    engine_version: Word = ""


class SchemaDetail(ServiceModel):
    """A schema with its shards. Source: API page ShowInstanceDatabase (v3)."""

    name: str
    status: Word = ""
    shard_mode: Word = ""
    shard_number: Count = None
    created: InstantOrNone = None
    updated: InstantOrNone = None
    shards: Annotated[tuple[Shard, ...], Listed] = ()
    data_nodes: Annotated[tuple[SchemaDataNode, ...], Listed] = ()


class SchemaMetadata(ServiceModel):
    """The exported shard distribution of all schemas, still compressed. Source: API page DownloadSchemaMetadata."""

    compressed_databases_info: str = ""
    data_nodes: Annotated[tuple[BackupNode, ...], Listed] = ()


class AccountSchema(ServiceModel):
    """A schema that an account may use. Source: API page ListDdmUsers."""

    name: str


class Account(ServiceModel):
    """An account of a DDM instance. Source: API page ListDdmUsers (v3)."""

    name: str
    status: Word = ""
    base_authority: Annotated[tuple[str, ...], Listed] = ()
    description: str = ""
    created: InstantOrNone = None
    databases: Annotated[tuple[AccountSchema, ...], Listed] = ()
