"""Backups and restorable ranges as the service documents them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ddmkit.models import (
    Backup,
    BackupDetail,
    ListedBackup,
    RestorableRange,
    merge_ranges,
)
from ddmkit.times import Span
from tests.models.samples import answer


def test_the_documented_backup_keeps_its_fields() -> None:
    backup = Backup.model_validate(answer("list_backups")["backups"][0])
    assert (backup.status, backup.backup_type, backup.file_size) == ("normal", "auto_metadata", 5.419922)
    assert backup.created == datetime(2025, 2, 19, 2, 50, 20, tzinfo=UTC)


def test_the_documented_backup_detail_names_its_data_nodes() -> None:
    detail = BackupDetail.model_validate(answer("show_backup"))
    assert [node.instance_id for node in detail.related_data_nodes] == ["fc33739e5d2741529e21d87a7b5923fain01"]


def test_the_documented_range_is_a_span_of_aware_instants() -> None:
    span = RestorableRange.model_validate(answer("show_available_time")["restorable_time_intervals"][0]).span
    assert span.start == datetime(2025, 5, 20, 9, 40, 40, tzinfo=UTC)
    assert span.end == datetime(2025, 5, 21, 11, 15, 43, tzinfo=UTC)


def test_ranges_merge_into_spans_and_reversed_ones_are_left_out() -> None:
    ranges = [
        RestorableRange(start_time="2025-05-20T09:00:00Z", end_time="2025-05-20T10:00:00Z"),
        RestorableRange(start_time="2025-05-20T08:00:00Z", end_time="2025-05-20T09:30:00Z"),
        RestorableRange(start_time="2025-05-21T10:00:00Z", end_time="2025-05-21T09:00:00Z"),
    ]
    assert merge_ranges(ranges) == [Span(ranges[1].start_time, ranges[0].end_time)]


@pytest.mark.parametrize(("status", "expected"), [("normal", True), (" Normal ", True), ("creating", False), ("", False)])
def test_only_a_normal_backup_is_usable(status: str, expected: bool) -> None:
    assert ListedBackup(id="b", status=status).is_usable is expected
