"""Models of the service's objects, read tolerantly and frozen, and of the restore request, written strictly.

Attributes have the names of the service's API (each docstring names the API page), so a reader can compare a model with the
service's documentation. Unknown fields are ignored, as the service asks of its clients. Numbers may arrive as text. Every
time becomes an aware ``datetime`` in UTC. The models know nothing of paths, clients or displays.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from ddmkit.times import Span, from_ms, merge_spans, parse_service_time

__all__ = [
    "JOB_WORDS",
    "Account",
    "AccountSchema",
    "Backup",
    "BackupDetail",
    "BackupNode",
    "DataNode",
    "Instance",
    "InstanceNode",
    "Job",
    "ListedBackup",
    "ListedRange",
    "RelatedNodes",
    "RestorableRange",
    "RestoreRequest",
    "Schema",
    "SchemaDataNode",
    "SchemaDetail",
    "SchemaMetadata",
    "Shard",
    "TargetInstance",
    "TargetNode",
    "UsedNode",
    "is_below",
    "is_healthy",
    "merge_ranges",
    "version_key",
]


# What services write in place of a value that does not exist yet.
_PLACEHOLDERS = frozenset({"", "-", "--", "n/a", "null", "none"})


def _none_if_blank(value: Any) -> Any:
    if not isinstance(value, str) or value[:1].isdigit():
        return value
    return None if value.strip().casefold() in _PLACEHOLDERS else value


def _time_or_none(value: Any) -> datetime | None:
    return parse_service_time(_none_if_blank(value))


def _required_time(value: Any) -> datetime:
    instant = parse_service_time(value)
    if instant is None:
        raise ValueError("a time is missing")
    return instant


def _none_as_nothing(value: Any) -> Any:
    return () if _none_if_blank(value) is None or value == {} else value


def _false_if_missing(value: Any) -> Any:
    return False if _none_if_blank(value) is None else value


# A text that many rows of a list repeat is kept once. A long list then takes about half the memory.
Shared = Annotated[str, AfterValidator(sys.intern)]
# A word of the service, such as a status; blanks around the word are removed.
Word = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(sys.intern)]
Flag = Annotated[bool, BeforeValidator(_false_if_missing)]
Listed = BeforeValidator(_none_as_nothing)
Count = Annotated[int | None, BeforeValidator(_none_if_blank)]
Instant = Annotated[datetime, BeforeValidator(_required_time)]
InstantOrNone = Annotated[datetime | None, BeforeValidator(_time_or_none)]


class ServiceModel(BaseModel):
    """Base of all models of the service: frozen; ignores unknown fields; accepts numbers where text is expected.

    A field with a default that arrives as ``null`` has its default.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, data: Any) -> Any:
        # Once for the whole row: a function for each field would take half the time of reading a long list.
        if not isinstance(data, dict) or None not in data.values():
            return data
        fields = cls.model_fields
        return {
            name: value
            for name, value in data.items()
            if value is not None or (name in fields and fields[name].is_required())
        }


class InstanceNode(ServiceModel):
    """One computing node of a DDM instance. Source: API page ShowInstance."""

    node_id: str = ""
    status: Word = ""
    ip: str = ""
    port: str = ""
    group_id: str = ""


class Instance(ServiceModel):
    """A DDM instance. Source: API pages ListInstances and ShowInstance (v1)."""

    id: str
    name: str = ""
    status: Word = ""
    engine_version: Word = ""
    flavor_ref: Word = ""
    created: InstantOrNone = None
    updated: InstantOrNone = None
    vpc_id: str = ""
    subnet_id: str = ""
    security_group_id: str = ""
    available_zone: str = ""
    node_count: Count = None
    access_ip: str = ""
    access_port: str = ""
    admin_user_name: str = ""
    project_id: str = ""
    error_msg: str = ""
    nodes: Annotated[tuple[InstanceNode, ...], Listed] = ()


class ListedBackup(ServiceModel):
    """A row of the list of backups. A backup in progress has no time of creation and is not usable yet."""

    id: str
    name: str = ""
    description: Shared = ""
    status: Word = ""
    instance_id: Shared = ""
    instance_name: Shared = ""
    instance_status: Word = ""
    file_size: Annotated[float | None, BeforeValidator(_none_if_blank)] = None
    created: InstantOrNone = None
    updated: InstantOrNone = None
    backup_type: Word = ""

    @property
    def is_usable(self) -> bool:
        """Whether the service calls the backup ``normal``; backups in any other status cannot be restored from."""
        return self.status.casefold() == "normal"

    @property
    def is_before_operation(self) -> bool:
        """Whether the service made it just before an operation that changes metadata. Source: API page ListBackups."""
        return self.backup_type == "metadata"


class Backup(ListedBackup):
    """A metadata backup of the service. ``file_size`` is in KB. Source: API page ListBackups."""

    created: Instant


class BackupNode(ServiceModel):
    """A data node that a backup refers to (id and name only). Source: API page ShowBackup."""

    instance_id: str
    instance_name: str = ""


class BackupDetail(ServiceModel):
    """The data nodes that a backup refers to. Source: API page ShowBackup (the page has no status and no time)."""

    id: str
    name: str = ""
    instance_id: str = ""
    instance_name: str = ""
    related_data_nodes: Annotated[tuple[BackupNode, ...], Listed] = ()


class ListedRange(ServiceModel):
    """A row of the list of restorable ranges; a range without start or end is not usable."""

    start_time: InstantOrNone = None
    end_time: InstantOrNone = None


class RestorableRange(ListedRange):
    """An interval of points in time to restore to, both ends included. Source: API page ShowAvalibleTime."""

    start_time: Instant
    end_time: Instant

    @property
    def span(self) -> Span:
        """The range as a pair of instants."""
        return Span(self.start_time, self.end_time)


def merge_ranges(ranges: Iterable[RestorableRange]) -> list[Span]:
    """Return the ranges as spans in order of time, those that touch or overlap joined; reversed ranges are left out."""
    return merge_spans(one.span for one in ranges if one.start_time <= one.end_time)


class DataNode(ServiceModel):
    """A data node of the source at a point in time. ``data_volume_size`` is in bytes. Source: API page ShowRelatedDns.

    A data node that was read from a backup (ShowBackup) has only its id and name; the other fields are empty.
    """

    instance_id: str
    instance_name: str = ""
    instance_status: Word = ""
    engine_name: Word = ""
    version: Word = ""
    data_volume_size: Annotated[float | None, BeforeValidator(_none_if_blank)] = None


class RelatedNodes(ServiceModel):
    """All data nodes of the source at a point in time, and the latest instant to restore them to (ShowRelatedDns)."""

    related_data_nodes: Annotated[tuple[DataNode, ...], Listed] = ()
    latest_restorable_time: InstantOrNone = None


class TargetInstance(ServiceModel):
    """A DDM instance as a possible target, and whether the service accepts it. Source: API page ShowAvalibleDdms.

    ``engine_version`` is not in the service's list; ``kit.targets`` adds it from the list of instances.
    """

    instance_id: str
    instance_name: str = ""
    status: Word = ""
    available: Flag = False
    unavailable_reason: str = ""
    vpc_name: str = ""
    engine_version: str = ""


class TargetNode(ServiceModel):
    """A candidate to replace one source data node, and whether the service accepts it. Source: API page ShowAvalibleRds."""

    instance_id: str
    instance_name: str = ""
    engine_name: Word = ""
    version: Word = ""
    status: Word = ""
    available: Flag = False
    unavailable_reason: str = ""
    vpc_name: str = ""
    private_ip: str = ""


class UsedNode(ServiceModel):
    """A data node that holds a part of a schema. Source: API page ListDatabases, ``used_rds``."""

    id: str
    name: str = ""
    status: Word = ""


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


JOB_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "completed": frozenset({"completed", "complete", "success", "successful", "succeeded", "finished", "done"}),
        "failed": frozenset({"failed", "fail", "failure", "error"}),
        "undone": frozenset(
            {"rollbacksuccess", "rolledback", "cancelsuccess", "canceled", "cancelled", "cancel", "aborted", "terminated"}
        ),
        "running": frozenset(
            {"running", "expanding", "canceling", "cancelling", "rollbacking", "tobeswitched", "switching"}
            | {"pending", "init", "initial", "initializing", "initialized", "waiting", "queued", "queuing", "scheduled"}
            | {"created", "creating", "ready", "submitted", "started", "starting", "executing", "inprogress", "processing"}
        ),
    }
)
"""Words for the state of a job, from the service's pages and their synonyms, in lower case without blanks and signs."""


class Job(ServiceModel):
    """The service's own long-running work. Source: API pages ListTasks (``fail_reason``) and ShowDdmJobResult (without)."""

    id: str
    name: Shared = ""
    status: Word = ""
    created_time: InstantOrNone = None
    end_time: InstantOrNone = None
    process: Word = ""
    instance_id: Shared = ""
    instance_name: Shared = ""
    database_name: Shared = ""
    operations: Annotated[tuple[str, ...], Listed] = ()
    fail_reason: str = ""

    @model_validator(mode="before")
    @classmethod
    def _flatten_instance(cls, data: Any) -> Any:
        # ShowDdmJobResult nests the instance, ListTasks has flat fields; one model serves both.
        nested = data.get("instance") if isinstance(data, dict) else None
        if not isinstance(nested, dict):
            return data
        known = {name: value for name, value in data.items() if value is not None}
        return {"instance_id": nested.get("id"), "instance_name": nested.get("name"), **known}

    @property
    def progress(self) -> float | None:
        """The share that is done, from 0 to 1, or ``None`` if the service does not say (``process`` is like ``60%``)."""
        digits = self.process.strip().rstrip("%").strip()
        try:
            share = float(digits) / 100
        except ValueError:
            return 1.0 if self.is_completed else None
        return share if 0 <= share <= 1 else None

    @property
    def is_completed(self) -> bool:
        """Whether the service says that the job succeeded."""
        return self._stage == "completed"

    @property
    def is_failed(self) -> bool:
        """Whether the service says that the job failed."""
        return self._stage == "failed"

    @property
    def is_finished(self) -> bool:
        """Whether the job has ended, well or not. A job with an unknown status counts as running, never as successful."""
        return self._stage in {"completed", "failed", "undone"}

    @property
    def is_known_state(self) -> bool:
        """Whether ddmkit knows the job's status; a job with any other status counts as running."""
        return self._stage is not None

    @property
    def _stage(self) -> str | None:
        word = "".join(character for character in self.status.casefold() if character.isalnum())
        return next((stage for stage, words in JOB_WORDS.items() if word in words), None)


class RestoreRequest(BaseModel):
    """The restore request, validated strictly, so that ddmkit sends exactly what it shows.

    ``source_instance_id`` goes into the path, everything else into the body. Source: API page RestoreMetadata.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    source_instance_id: str = Field(min_length=1)
    target_instance_id: str = Field(min_length=1)
    data_nodes: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    backup_id: str | None = Field(default=None, min_length=1)
    restore_time_ms: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _exactly_one_point(self) -> Self:
        if (self.backup_id is None) == (self.restore_time_ms is None):
            raise ValueError("exactly one of backup_id and restore_time is sent")
        return self

    @property
    def restore_time(self) -> datetime | None:
        """The point in time, or ``None`` when a backup was chosen."""
        return None if self.restore_time_ms is None else from_ms(self.restore_time_ms)

    def body(self) -> dict[str, Any]:
        """Return the exact JSON object that would be sent (``data_nodes`` inside ``target``, integer milliseconds)."""
        source = {"backup_id": self.backup_id} if self.backup_id is not None else {"restore_time": self.restore_time_ms}
        return {
            "source": source,
            "target": {"instance_id": self.target_instance_id, "data_nodes": list(self.data_nodes)},
        }

    def body_json(self) -> str:
        """Return the body as the exact text that is sent."""
        return json.dumps(self.body(), ensure_ascii=False, separators=(",", ":"))


def is_healthy(status: str) -> bool:
    """Return whether a status of a DDM instance or data node means healthy (``normal`` or ``RUNNING`` in the APIs)."""
    return status.strip().casefold() in {"normal", "running", "active"}


def is_below(version: str, least: str) -> bool | None:
    """Return whether a version is below another; ``None`` when that cannot be told.

    A version that is not numeric cannot be compared, and ``3.0`` may be any of ``3.0.7`` and ``3.0.9``: it is neither below
    ``3.0.8`` nor above it.
    """
    key, least_key = version_key(version), version_key(least)
    if key is None or least_key is None:
        return None
    given = version.strip().split(".")
    is_beginning = len(given) < len(least_key) and [int(part) for part in given] == list(least_key[: len(given)])
    return None if is_beginning else key < least_key


def version_key(version: str) -> tuple[int, ...] | None:
    """Return a version as numbers that compare correctly (``3.0.10`` is above ``3.0.8``); ``None`` if it is not numeric.

    Trailing zeros are dropped, so that ``3.0.8`` and ``3.0.8.0`` are equal.
    """
    parts = version.strip().split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
