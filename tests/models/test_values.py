"""Answers are read tolerantly, and what matters is never missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from ddmkit.models import (
    Backup,
    DataNode,
    Instance,
    Job,
    RestorableRange,
    SchemaDetail,
    TargetInstance,
)
from tests.models.samples import answer


@pytest.mark.parametrize(
    ("model", "given", "field", "expected"),
    [
        (Instance, {"id": "i", "brand_new_field": 1}, "id", "i"),
        (Instance, {"id": 7}, "id", "7"),
        (Instance, {"id": "i", "name": None}, "name", ""),
        (Instance, {"id": "i", "node_count": "3"}, "node_count", 3),
        (Instance, {"id": "i", "node_count": ""}, "node_count", None),
        (Instance, {"id": "i", "access_port": 5066}, "access_port", "5066"),
        (Instance, {"id": "i", "created": ""}, "created", None),
        (
            Instance,
            {"id": "i", "created": "2021-12-14 T07:46:22Z"},
            "created",
            datetime(2021, 12, 14, 7, 46, 22, tzinfo=UTC),
        ),
        (Backup, {"id": "b", "created": "2025-05-20T10:00:00+0800"}, "created", datetime(2025, 5, 20, 2, tzinfo=UTC)),
        (Backup, {"id": "b", "created": "1747732352076", "file_size": "5.4"}, "file_size", 5.4),
        (Backup, {"id": "b", "created": 1747732352076, "file_size": " "}, "file_size", None),
        (DataNode, {"instance_id": "n", "data_volume_size": "40000000000"}, "data_volume_size", 40e9),
        (Job, {"id": "j", "end_time": " "}, "end_time", None),
        (TargetInstance, {"instance_id": "t"}, "available", False),
        (TargetInstance, {"instance_id": "t", "available": "true"}, "available", True),
        (SchemaDetail, {"name": "s", "shard_number": "2"}, "shard_number", 2),
    ],
)
def test_answers_are_read_tolerantly(model: Any, given: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(model.model_validate(given), field) == expected


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (Backup, {"created": "2025-05-20T10:00:00Z"}),
        (Backup, {"id": "b"}),
        (Backup, {"id": "b", "created": ""}),
        (Backup, {"id": "b", "created": "2025-05-20T10:00:00"}),
        (Backup, {"id": "b", "created": "yesterday"}),
        (Backup, {"id": "b", "created": "9" * 30}),
        (RestorableRange, {"start_time": "2025-05-20T10:00:00Z"}),
        (Instance, {"id": "i", "node_count": "many"}),
        (Job, ["not", "an", "object"]),
    ],
)
def test_an_answer_without_what_matters_is_refused(model: Any, given: object) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(given)


def test_models_cannot_be_changed_and_can_be_put_in_sets() -> None:
    backup = Backup.model_validate(answer("list_backups")["backups"][0])
    with pytest.raises(ValidationError):
        backup.name = "other"
    assert len({backup, backup.model_copy()}) == 1


def test_a_null_is_the_default_of_a_field_that_has_one_and_refused_for_a_field_that_has_none():
    assert Backup.model_validate({"id": "b", "created": "2025-05-20T10:00:00+0000", "name": None, "status": None}).name == ""
    with pytest.raises(ValidationError, match="id"):
        Backup.model_validate({"id": None, "created": "2025-05-20T10:00:00+0000"})


def test_texts_that_rows_repeat_are_kept_once():
    first, second = (
        Backup.model_validate(
            {"id": number, "created": "2025-05-20T10:00:00+0000", "instance_id": " in-1"[1:], "status": " normal "}
        )
        for number in "12"
    )
    assert first.instance_id is second.instance_id
    assert first.status is second.status
