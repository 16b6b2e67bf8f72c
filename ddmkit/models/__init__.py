"""Models of the service's objects, read tolerantly and frozen, and of the restore request, written strictly.

Attributes have the names of the service's API (each docstring names the API page), so a reader can compare a model with the
service's documentation. Unknown fields are ignored, as the service asks of its clients. Numbers may arrive as text. Every
time becomes an aware ``datetime`` in UTC. The models know nothing of paths, clients or displays.
"""

from __future__ import annotations

from ddmkit.models.backups import Backup, BackupDetail, ListedBackup, ListedRange, RestorableRange, merge_ranges
from ddmkit.models.instances import Instance, InstanceNode, TargetInstance, is_healthy
from ddmkit.models.jobs import JOB_WORDS, Job
from ddmkit.models.nodes import BackupNode, DataNode, RelatedNodes, TargetNode, UsedNode
from ddmkit.models.requests import RestoreRequest
from ddmkit.models.schemas import Account, AccountSchema, Schema, SchemaDataNode, SchemaDetail, SchemaMetadata, Shard
from ddmkit.models.values import Instant, InstantOrNone, ServiceModel, Word
from ddmkit.models.versions import is_below, version_key

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
    "Instant",
    "InstantOrNone",
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
    "ServiceModel",
    "Shard",
    "TargetInstance",
    "TargetNode",
    "UsedNode",
    "Word",
    "is_below",
    "is_healthy",
    "merge_ranges",
    "version_key",
]
