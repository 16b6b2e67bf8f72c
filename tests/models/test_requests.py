"""The restore request is exactly the documented one, or refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from ddmkit.models import (
    RestoreRequest,
)
from tests.models.samples import answer


def request(**changes: Any) -> RestoreRequest:
    given = {"source_instance_id": "s", "target_instance_id": "t", "data_nodes": ("n",), "backup_id": "b"}
    return RestoreRequest(**{**given, **changes})


def test_the_body_is_the_documented_one() -> None:
    documented = answer("restore_metadata_request")
    made = request(
        target_instance_id=documented["target"]["instance_id"],
        data_nodes=tuple(documented["target"]["data_nodes"]),
        backup_id=documented["source"]["backup_id"],
    )
    assert made.body() == documented
    assert json.loads(made.body_json()) == documented


def test_a_point_in_time_goes_out_as_whole_milliseconds() -> None:
    made = request(backup_id=None, restore_time_ms=1747732352076)
    assert made.body()["source"] == {"restore_time": 1747732352076}
    assert '"restore_time":1747732352076}' in made.body_json()
    assert made.restore_time == datetime(2025, 5, 20, 9, 12, 32, 76000, tzinfo=UTC)


def test_a_backup_has_no_point_in_time() -> None:
    assert request().restore_time is None


@pytest.mark.parametrize(
    "changes",
    [
        {"backup_id": None},
        {"restore_time_ms": 1747732352076},
        {"backup_id": None, "restore_time_ms": 1747732352076.0},
        {"backup_id": None, "restore_time_ms": "1747732352076"},
        {"backup_id": None, "restore_time_ms": True},
        {"data_nodes": ()},
        {"data_nodes": ["n"]},
        {"data_nodes": (1,)},
        {"source_instance_id": ""},
        {"target_instance_id": ""},
        {"target_instance_id": 7},
        {"limit": 10},
    ],
)
def test_a_request_that_is_not_exact_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        request(**changes)
