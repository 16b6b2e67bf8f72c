"""Models of the data nodes' service (RDS for MySQL), read tolerantly.

Attributes have the names of the service's API. Jobs and tasks are in ``recovery_models/tasks.py``, the request that recovers
a node in ``recovery_models/requests.py``. Source: rds-api.md 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator

from ddmkit.models import Word
from ddmkit.recovery_models.loose import (
    LooseFlag,
    LooseInstant,
    LooseModel,
    LooseNumber,
    LooseText,
    Objects,
    RequiredInstant,
    Texts,
    ZoneStatus,
    strip_keys,
)
from ddmkit.times import Span, to_ms

__all__ = [
    "NODE_WORDS",
    "BackupPolicy",
    "BackupStrategy",
    "CreatedNode",
    "Datastore",
    "HighAvailability",
    "ListedTime",
    "NodeBackup",
    "NodeFlavor",
    "NodeInstance",
    "NodeMember",
    "NodeVersion",
    "NodeVolume",
    "Quota",
    "RestorableTime",
    "RestorePoint",
    "SimplifiedInstance",
    "StorageType",
    "Tag",
]


class Datastore(LooseModel):
    """An engine. ``complete_version`` is exact (``5.7.41.3``) and is what has to be compared; it may be empty."""

    type: Word = ""
    version: Word = ""
    complete_version: Word = ""


class NodeVolume(LooseModel):
    """A disk; ``size`` is in GB."""

    type: Word = ""
    size: LooseNumber = None


class HighAvailability(LooseModel):
    """How the standby of an HA instance follows: ``async`` or ``semisync``."""

    mode: Word = ""
    replication_mode: Word = ""


class NodeMember(LooseModel):
    """One machine of an RDS instance: ``master``, ``slave`` or ``readreplica``."""

    id: LooseText = ""
    name: LooseText = ""
    role: Word = ""
    status: Word = ""
    availability_zone: Word = ""


class BackupStrategy(LooseModel):
    """The window (``hh:mm-HH:MM``, UTC) and the retention of automated backups; 0 days: there are none."""

    start_time: Word = ""
    keep_days: LooseNumber = None


class Tag(LooseModel):
    """A tag of an instance."""

    key: LooseText = ""
    value: LooseText = ""


class _RelatedInstance(LooseModel):
    id: LooseText = ""
    type: Word = ""


class _ChargeInfo(LooseModel):
    charge_mode: Word = ""


NODE_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "ready": frozenset({"active", "backing up"}),
        "failed": frozenset({"create fail", "failed", "frozen", "storage full", "shutdown"}),
        "busy": frozenset(
            {"build", "restoring", "modifying", "modifying instance type", "modifying database port"}
            | {"rebooting", "switchover", "migrating"}
        ),
    }
)
"""The service's words for the status of an instance, in lower case. Source: rds-api.md 2."""


class NodeInstance(LooseModel):
    """A data node as the service lists it. Source: API page ListInstances (RDS).

    A node that is still being built may lack its id, its addresses and ``updated``.
    """

    id: LooseText = ""
    name: LooseText = ""
    alias: LooseText = ""
    status: Word = ""
    type: Word = ""
    datastore: Datastore = Datastore()
    flavor_ref: Word = ""
    cpu: LooseText = ""
    mem: LooseText = ""
    volume: NodeVolume = NodeVolume()
    ha: HighAvailability = HighAvailability()
    switch_strategy: Word = ""
    nodes: Annotated[tuple[NodeMember, ...], Objects] = ()
    related_instance: Annotated[tuple[_RelatedInstance, ...], Objects] = ()
    private_ips: Texts = ()
    public_ips: Texts = ()
    private_dns_names: Texts = ()
    port: LooseNumber = None
    region: Word = ""
    vpc_id: LooseText = ""
    subnet_id: LooseText = ""
    security_group_id: LooseText = ""
    time_zone: Word = ""
    created: LooseInstant = None
    updated: LooseInstant = None
    backup_strategy: BackupStrategy = BackupStrategy()
    enable_ssl: LooseFlag = None
    disk_encryption_id: LooseText = ""
    enterprise_project_id: LooseText = ""
    maintenance_window: Word = ""
    charge_info: _ChargeInfo = _ChargeInfo()
    order_id: LooseText = ""
    tags: Annotated[tuple[Tag, ...], Objects] = ()
    associated_with_ddm: LooseFlag = None
    read_only_by_user: LooseFlag = None
    is_serverless: bool = False

    @model_validator(mode="before")
    @classmethod
    def _read_objects(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        named = strip_keys(data)
        # Where an object is expected, an empty text or array means that there is none.
        nested = {"datastore", "volume", "ha", "backup_strategy", "charge_info"}
        kept = {name: value for name, value in named.items() if name not in nested or isinstance(value, dict | BaseModel)}
        return {**kept, "is_serverless": bool(named.get("serverless_info"))}

    @property
    def charge_mode(self) -> str:
        """``postPaid`` (on demand) or ``prePaid``; empty when the service does not say."""
        return self.charge_info.charge_mode

    @property
    def is_ha(self) -> bool:
        """Whether the instance has a standby."""
        return self.type.casefold() == "ha"

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones of master and standby, the master's first; both may be the same zone. Read replicas do not count."""
        rank = {"master": 0, "slave": 1}
        members = [member for member in self.nodes if member.role.casefold() in rank and member.availability_zone]
        return tuple(member.availability_zone for member in sorted(members, key=lambda one: rank[one.role.casefold()]))

    @property
    def tag_values(self) -> Mapping[str, str]:
        """The tags as a mapping."""
        return {tag.key: tag.value for tag in self.tags}

    @property
    def is_active(self) -> bool:
        """Whether the service calls the instance ``ACTIVE``."""
        return _spell(self.status) == "active"

    @property
    def is_created(self) -> bool:
        """Whether the creation has ended well. The first backup of a new instance may still run."""
        return _spell(self.status) in NODE_WORDS["ready"]

    @property
    def is_failed(self) -> bool:
        """Whether the service says that the instance cannot be used."""
        return _spell(self.status) in NODE_WORDS["failed"]

    @property
    def is_known_state(self) -> bool:
        """Whether ddmkit knows the status; any other status means: wait, and say so."""
        return any(_spell(self.status) in words for words in NODE_WORDS.values())


def _spell(status: str) -> str:
    return " ".join(status.replace("_", " ").casefold().split())


class SimplifiedInstance(LooseModel):
    """Status and running operations of a node. Source: API page ListSimplifiedInstances."""

    id: LooseText = ""
    name: LooseText = ""
    engine_version: Word = ""
    instance_status: Word = ""
    frozen: LooseFlag = None
    type: Word = ""
    pay_model: Word = ""
    spec_code: Word = ""
    current_actions: Texts = ()
    volume_size: LooseNumber = None

    @property
    def is_busy(self) -> bool:
        """Whether an operation runs on the instance."""
        return bool(self.current_actions)


class ListedTime(LooseModel):
    """A row of a node's restorable ranges; a range without start or end is not usable."""

    start_time: LooseInstant = None
    end_time: LooseInstant = None


class RestorableTime(ListedTime):
    """A range of instants that a node can be recovered to. Source: API page ListRestoreTimes (milliseconds).

    No page says whether the ends are included: keep away from both.
    """

    start_time: RequiredInstant
    end_time: RequiredInstant

    @property
    def start_ms(self) -> int:
        """The start in epoch milliseconds, as the service has it."""
        return to_ms(self.start_time)

    @property
    def end_ms(self) -> int:
        """The end in epoch milliseconds, as the service has it."""
        return to_ms(self.end_time)

    @property
    def span(self) -> Span:
        """The range as a pair of instants."""
        return Span(self.start_time, self.end_time)


class NodeBackup(LooseModel):
    """A backup of a node. ``size`` is in KB, the other number in GB. Source: API page ListBackups (RDS)."""

    id: LooseText = ""
    instance_id: LooseText = ""
    name: LooseText = ""
    type: Word = ""
    status: Word = ""
    begin_time: LooseInstant = None
    end_time: LooseInstant = None
    size: LooseNumber = None
    associated_with_ddm: LooseFlag = None
    min_data_volume_capacity_for_restore: LooseNumber = None

    @property
    def is_completed(self) -> bool:
        """Whether the backup has ended well."""
        return self.status.casefold() == "completed"

    @property
    def is_full(self) -> bool:
        """Whether the backup holds everything, and not only the changes since another one."""
        return self.type.casefold() in {"auto", "manual"}


class BackupPolicy(LooseModel):
    """The policy of automated backups. Source: API page ShowBackupPolicy."""

    keep_days: LooseNumber = None
    start_time: Word = ""
    period: Word = ""

    @property
    def is_on(self) -> bool | None:
        """Whether automated backups are made, or ``None`` when the service does not say."""
        return None if self.keep_days is None else self.keep_days > 0


class Quota(LooseModel):
    """A quota of the project. Source: API page ShowQuotas."""

    type: Word = ""
    quota: LooseNumber = None
    used: LooseNumber = None

    @property
    def left(self) -> int | None:
        """How many more are allowed, or ``None`` when the service does not say."""
        return None if self.quota is None or self.used is None else max(0, self.quota - self.used)


class NodeFlavor(LooseModel):
    """A flavour that is or was for sale. Source: API page ListFlavors (RDS)."""

    id: LooseText = ""
    vcpus: LooseText = ""
    ram: LooseNumber = None
    spec_code: Word = ""
    instance_mode: Word = ""
    group_type: Word = ""
    version_name: Texts = ()
    az_status: ZoneStatus = Field(default_factory=dict)

    def is_sold_in(self, zone: str) -> bool | None:
        """Return whether the flavour is for sale in a zone, or ``None`` when the service does not name the zone."""
        status = self.az_status.get(zone)
        return None if status is None else status.casefold() == "normal"


class NodeVersion(LooseModel):
    """A version of MySQL that can be created. Source: API page ListDatastores."""

    id: LooseText = ""
    name: Word = ""


class StorageType(LooseModel):
    """A kind of disk, and where it is for sale. Source: API page ListStorageTypes."""

    name: Word = ""
    az_status: ZoneStatus = Field(default_factory=dict)


class RestorePoint(LooseModel):
    """What a recovery starts from, as an answer, an audit trace or a task states it. Times are integer milliseconds."""

    instance_id: LooseText = ""
    type: Word = ""
    restore_time: LooseNumber = None
    backup_id: LooseText = ""


class CreatedNode(LooseModel):
    """The answer to a recovery of a node. Source: API page CreateRestoreInstance.

    The id of the new instance may be missing; then the job has it. ``restore_point`` is there if the service repeats it.
    A yearly or monthly instance would have ``order_id`` in place of ``job_id``.
    """

    job_id: LooseText = ""
    order_id: LooseText = ""
    instance_id: LooseText = ""
    instance_name: LooseText = ""
    status: Word = ""
    restore_point: RestorePoint | None = None

    @model_validator(mode="before")
    @classmethod
    def _flatten_instance(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        outer = strip_keys(data)
        inner = outer.get("instance")
        nested = strip_keys(inner) if isinstance(inner, dict) else {}
        point = nested.get("restore_point")
        found = {"instance_id": nested.get("id"), "instance_name": nested.get("name"), "status": nested.get("status")}
        return {**found, "restore_point": point if isinstance(point, dict) and point else None, **outer}
