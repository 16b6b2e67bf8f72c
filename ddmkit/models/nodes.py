"""Data nodes: those of a source, those that a backup or a schema refers to, and the candidates for a target."""

from __future__ import annotations

from typing import Annotated

from ddmkit.models.values import Flag, InstantOrNone, Listed, Number, ServiceModel, Word

__all__ = ["BackupNode", "DataNode", "RelatedNodes", "TargetNode", "UsedNode"]


class BackupNode(ServiceModel):
    """A data node that a backup refers to (id and name only). Source: API page ShowBackup."""

    instance_id: str
    instance_name: str = ""


class DataNode(ServiceModel):
    """A data node of the source at a point in time. ``data_volume_size`` is in bytes. Source: API page ShowRelatedDns.

    A data node that was read from a backup (ShowBackup) has only its id and name; the other fields are empty.
    """

    instance_id: str
    instance_name: str = ""
    instance_status: Word = ""
    engine_name: Word = ""
    version: Word = ""
    data_volume_size: Number = None


class RelatedNodes(ServiceModel):
    """All data nodes of the source at a point in time, and the latest instant to restore them to (ShowRelatedDns)."""

    related_data_nodes: Annotated[tuple[DataNode, ...], Listed] = ()
    latest_restorable_time: InstantOrNone = None


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
