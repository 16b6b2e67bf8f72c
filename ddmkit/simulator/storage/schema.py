"""The tables of a world's file: one class for each table, one field for each column, in the order of the columns.

Instants are whole milliseconds since the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Account", "Attachment", "Backup", "DataNode", "Instance", "Job", "Schema", "Shard", "TableRow"]


@dataclass(frozen=True)
class TableRow:
    """Base class of the rows of all tables."""


@dataclass(frozen=True)
class Instance(TableRow):
    """A DDM instance. `status` has the v1 values of ddm-api.md 4.4. A deleted row stays because its backups need it."""

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
    time_zone: str = "UTC"
    read_only: bool = False
    enterprise_project_id: str = "0"
    param_group_id: str = ""


@dataclass(frozen=True)
class DataNode(TableRow):
    """An RDS instance.

    `recovered_from` and `recovered_at` describe which data the instance contains; no DDM call returns them. `gaps` is a JSON
    list of pairs of instants; the instance cannot be recovered to an instant between them. `pitr_until` is the last instant
    that it can be recovered to. `zones` has one zone for each node of the instance, with commas. An instance that is being
    created is BUILD until `ready_at`, BACKING UP until `quiet_at`, and has an address from `address_at`; `failed` means that
    the creation fails at `ready_at`. The three are None for an instance that was created long ago. `tags` is a JSON list.
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
    ha_mode: str = "Single"
    replication_mode: str = ""
    zones: str = "az1"
    flavor_ref: str = "rds.mysql.n1.large.2"
    volume_type: str = "CLOUDSSD"
    time_zone: str = "UTC"
    backup_window: str = "19:00-20:00"
    tags: str = "[]"
    enterprise_project_id: str = "0"
    disk_encryption_id: str = ""
    configuration_id: str = ""
    charge_mode: str = "postPaid"
    maintenance_window: str = "02:00-06:00"
    ready_at: int | None = None
    quiet_at: int | None = None
    address_at: int | None = None
    failed: bool = False


@dataclass(frozen=True)
class Attachment(TableRow):
    """The association of a data node with an instance, from one instant to another."""

    instance_id: str
    data_node_id: str
    since: int
    until: int | None = None


@dataclass(frozen=True)
class Schema(TableRow):
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
class Shard(TableRow):
    """A physical database of a schema on a data node."""

    schema_id: int
    shard_index: int
    physical_db_name: str
    data_node_id: str


@dataclass(frozen=True)
class Account(TableRow):
    """A DDM account; `base_authority` and `databases` are JSON lists."""

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
class Backup(TableRow):
    """A metadata backup. Its content is the state of the instance at the instant `created`."""

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
class Job(TableRow):
    """A job of the service. The clock decides its status and progress; see `rules.jobs`.

    `outcome` is the final status (`Completed`, `Failed`), or `Stalled` for a job that never ends. `pinned_status` overrides
    the status that follows from the clock, for the other states of ddm-api.md 4.2. `hidden_looks` is the number of reads
    that do not find the job yet. `settled` means that the effect of the job has been applied to its target.
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
