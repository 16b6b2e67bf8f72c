"""The rows of a world: instances, data nodes, what joins them, and the jobs that change them.

Each class is one table of the world's file, column by column; instants are whole milliseconds since the epoch. What the
rows look like on the wire is left to the shapes, what may be done with them to the rules.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Account", "Attachment", "Backup", "DataNode", "Instance", "Job", "Noun", "Schema", "Shard"]


@dataclass(frozen=True)
class Noun:
    """A row of the world."""


@dataclass(frozen=True)
class Instance(Noun):
    """A DDM instance. `status` is the v1 vocabulary of ddm-api.md 4.4; a deleted one stays for the sake of its backups."""

    id: str
    name: str
    created: int
    updated: int
    vpc_id: str
    vpc_name: str
    subnet_id: str
    security_group_id: str
    access_ip: str
    status: str = "RUNNING"
    deleted: int | None = None
    engine_version: str = "3.0.8.5"
    network: str = "primary"
    node_count: int = 2
    access_port: str = "5066"
    core_count: str = "4"
    ram_capacity: str = "8"
    flavor_ref: str = "ddm.c6.xlarge.2"
    available_zone: str = "az1,az2"
    admin_user_name: str = "ddmadmin"
    description: str = ""
    error_msg: str = ""


@dataclass(frozen=True)
class DataNode(Noun):
    """An RDS instance. `recovered_from` and `recovered_at` say which data it holds, which no DDM call shows.

    `gaps` are pairs of instants between which it cannot be recovered; `pitr_until` ends its history early.
    """

    id: str
    name: str
    created: int
    vpc_id: str
    vpc_name: str
    subnet_id: str
    security_group_id: str
    private_ip: str
    engine_name: str = "mysql"
    version: str = "8.0.32"
    status: str = "normal"
    network: str = "primary"
    port: int = 3306
    volume_bytes: int = 40_000_000_000
    cpu: int = 4
    mem: int = 8
    deleted: int | None = None
    read_only: bool = False
    lower_case_table_names: int = 1
    ssl: bool = False
    keep_days: int = 7
    gaps: str = "[]"
    pitr_until: int | None = None
    recovered_from: str | None = None
    recovered_at: int | None = None


@dataclass(frozen=True)
class Attachment(Noun):
    """That an instance used a data node from one instant to another."""

    instance_id: str
    data_node_id: str
    since: int
    until: int | None = None


@dataclass(frozen=True)
class Schema(Noun):
    """A logical database, sharded (`cluster`) or not (`single`)."""

    id: int
    instance_id: str
    name: str
    shard_mode: str
    shard_number: int
    shard_unit: int
    created: int
    updated: int
    deleted: int | None = None
    status: str = "RUNNING"


@dataclass(frozen=True)
class Shard(Noun):
    """A physical database of a schema on a data node."""

    schema_id: int
    shard_index: int
    physical_db_name: str
    data_node_id: str


@dataclass(frozen=True)
class Account(Noun):
    """A DDM account; lists are kept as JSON text."""

    instance_id: str
    name: str
    created: int
    password_last_changed: int
    base_authority: str = '["SELECT"]'
    databases: str = "[]"
    description: str = ""
    password_lifetime: int = 0
    status: str = "RUNNING"
    deleted: int | None = None


@dataclass(frozen=True)
class Backup(Noun):
    """A metadata backup: by its instant it stands for what its instance held then."""

    id: str
    name: str
    instance_id: str
    instance_name: str
    created: int
    updated: int
    backup_type: str = "auto_metadata"
    description: str = "auto metadata backup"
    status: str = "normal"
    file_size: float = 5.419922


@dataclass(frozen=True)
class Job(Noun):
    """Work of the service. What it shows follows from the clock; `settled` says that its effect was carried out.

    `outcome` is how it ends (`Completed`, `Failed`) or `Stalled` when it never does; `pinned_status` overrides what the
    clock says, for the states of ddm-api.md 4.2 that no clock leads to. `hidden_looks` delays its first appearance.
    """

    id: str
    name: str
    instance_id: str
    instance_name: str
    created: int
    duration_ms: int = 60_000
    outcome: str = "Completed"
    fail_reason: str = ""
    database_name: str = ""
    pinned_status: str = ""
    operations: str = "[]"
    hidden_looks: int = 0
    settled: bool = True
    source_id: str = ""
    backup_id: str = ""
    content_at: int = 0
    nodes: str = "{}"
    body: str = ""
