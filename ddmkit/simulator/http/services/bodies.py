"""Query parameters and bodies of RDS, VPC and CTS, with their limits. Source: the API references of the three services."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ddmkit.simulator.http.paging import PageRequest
from ddmkit.simulator.http.parameters import LATEST_MS, Text, WholeNumber
from ddmkit.simulator.rules.nodes.rules import NodeRequest

__all__ = [
    "CreateNodeBody",
    "Marker",
    "MarkerLimit",
    "NodeIdsBody",
    "NodePage",
    "OptionalMilliseconds",
    "ReadOnlyNodeBody",
    "TaskPage",
    "TraceFilter",
    "TraceLimit",
    "node_request",
]

_LAST_ROW = 2**31 - 1
_Offset = Annotated[int, Field(ge=0, le=_LAST_ROW), WholeNumber, Query(description="rows to skip")]
_Limit = Annotated[int, Field(ge=1, le=100), WholeNumber, Query(description="rows to return")]
_TaskLimit = Annotated[int, Field(ge=1, le=50), WholeNumber, Query(description="rows to return")]
MarkerLimit = Annotated[int, Field(ge=0, le=2000), WholeNumber, Query(description="rows to return")]
TraceLimit = Annotated[int, Field(ge=1, le=200), WholeNumber, Query(description="rows to return")]
Marker = Annotated[str, Query(max_length=256, description="id of the last row of the page before")]
OptionalMilliseconds = Annotated[int | None, Field(ge=0, le=LATEST_MS), WholeNumber, Query(description="epoch milliseconds")]


async def _node_page(offset: _Offset = 0, limit: _Limit = 100) -> PageRequest:
    return PageRequest(offset, limit)


async def _task_page(offset: _Offset = 0, limit: _TaskLimit = 10) -> PageRequest:
    return PageRequest(offset, limit)


async def _trace_filter(
    service_type: Text = "",
    resource_type: Text = "",
    resource_id: Text = "",
    resource_name: Text = "",
    trace_name: Text = "",
    trace_rating: Text = "",
    user: Text = "",
) -> dict[str, str]:
    kind = {"service": service_type, "resource_type": resource_type, "name": trace_name, "rating": trace_rating}
    return {**kind, "resource_id": resource_id, "resource_name": resource_name, "user": user}


TraceFilter = Annotated[dict[str, str], Depends(_trace_filter)]
NodePage = Annotated[PageRequest, Depends(_node_page)]
TaskPage = Annotated[PageRequest, Depends(_task_page)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


def _to_int(value: object) -> object:
    # Sizes and days are numbers in the documentation and text in some samples.
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else value


_Int = Annotated[int, BeforeValidator(_to_int)]


class Volume(_Strict):
    """A volume; the size in GB."""

    type: str
    size: _Int


class Ha(_Strict):
    """A primary with a standby."""

    mode: str = ""
    replication_mode: str = ""


class BackupStrategy(_Strict):
    """The policy of automated backups; 0 days switch them off."""

    start_time: str = ""
    keep_days: _Int = 0


class Tag(_Strict):
    """A tag."""

    key: str
    value: str = ""


class RestorePoint(_Strict):
    """Where the content of the new instance comes from. `restore_time` is a JSON number, not text."""

    instance_id: str
    type: Literal["timestamp", "backup"] = "backup"
    restore_time: Annotated[int, Field(ge=0, le=LATEST_MS)] | None = None
    backup_id: str | None = None


class Datastore(_Strict):
    """Engine and version; a restore takes both from its source."""

    type: str = ""
    version: str = ""


class ChargeInfo(_Strict):
    """The billing mode."""

    charge_mode: Literal["postPaid", "prePaid"] = "postPaid"


class CreateNodeBody(_Strict):
    """A request for an instance: with a restore point a recovery, without one an empty instance."""

    name: str
    flavor_ref: str
    volume: Volume
    availability_zone: str
    vpc_id: str
    subnet_id: str
    security_group_id: str
    restore_point: RestorePoint | None = None
    password: str = ""
    ha: Ha | None = None
    port: Annotated[str, Field(pattern=r"^[0-9]{1,5}$")] = "3306"
    configuration_id: str = ""
    time_zone: str = "UTC"
    backup_strategy: BackupStrategy = BackupStrategy()
    region: str = ""
    enterprise_project_id: str = "0"
    disk_encryption_id: str = ""
    tags: list[Tag] = []
    charge_info: ChargeInfo = ChargeInfo()
    dry_run: bool = False
    datastore: Datastore = Datastore()
    count: int = 1


class NodeIdsBody(_Strict):
    """The ids of instances."""

    instance_ids: Annotated[list[str], Field(min_length=1, max_length=100)]


class ReadOnlyNodeBody(_Strict):
    """Whether writing is forbidden."""

    readonly: bool


def node_request(body: CreateNodeBody, *, with_tags: bool) -> NodeRequest:
    """Convert a body to the request that the rules check."""
    point, ha = body.restore_point, body.ha or Ha()
    tags = [tag.model_dump() for tag in body.tags] if with_tags else []
    return NodeRequest(
        name=body.name,
        flavor_ref=body.flavor_ref,
        volume_type=body.volume.type,
        volume_gb=body.volume.size,
        zones=tuple(zone.strip() for zone in body.availability_zone.split(",")),
        vpc_id=body.vpc_id,
        subnet_id=body.subnet_id,
        security_group_id=body.security_group_id,
        body=body.model_dump(exclude_unset=True),
        password=body.password,
        ha_mode=ha.mode,
        replication_mode=ha.replication_mode,
        port=int(body.port),
        time_zone=body.time_zone,
        keep_days=body.backup_strategy.keep_days,
        backup_window=body.backup_strategy.start_time,
        tags=json.dumps(tags),
        tag_count=len(tags),
        engine=body.datastore.type,
        version=body.datastore.version,
        source_id=point.instance_id if point else None,
        restore_type=point.type if point else "backup",
        restore_time=point.restore_time if point else None,
        backup_id=point.backup_id if point else None,
        count=body.count,
        enterprise_project_id=body.enterprise_project_id,
        disk_encryption_id=body.disk_encryption_id,
        configuration_id=body.configuration_id,
        charge_mode=body.charge_info.charge_mode,
        dry_run=body.dry_run,
    )
