"""What a restore starts from: metadata backups, and the ranges of points in time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from ddmkit.models.nodes import BackupNode
from ddmkit.models.values import Instant, InstantOrNone, Listed, Number, ServiceModel, Shared, Word
from ddmkit.times import Span, merge_spans

__all__ = ["Backup", "BackupDetail", "ListedBackup", "ListedRange", "RestorableRange", "merge_ranges"]


class ListedBackup(ServiceModel):
    """A row of the list of backups. A backup in progress has no time of creation and is not usable yet."""

    id: str
    name: str = ""
    description: Shared = ""
    status: Word = ""
    instance_id: Shared = ""
    instance_name: Shared = ""
    instance_status: Word = ""
    file_size: Number = None
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
