"""The body of a request for an instance."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from ddmkit.simulator.http.services.bodies import CreateNodeBody, node_request

BODY = {
    "name": "orders-n1-7f3a9c",
    "flavor_ref": "rds.mysql.n1.large.2.ha",
    "volume": {"type": "CLOUDSSD", "size": 100},
    "ha": {"mode": "Ha", "replication_mode": "async"},
    "availability_zone": "cn-north-4a,cn-north-4b",
    "region": "cn-north-4",
    "vpc_id": "490a4a08-ef4b-44c5-94be-3051ef9e4fce",
    "subnet_id": "0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f",
    "security_group_id": "2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5",
    "password": "********",
    "port": "3306",
    "time_zone": "UTC+08:00",
    "backup_strategy": {"start_time": "19:00-20:00", "keep_days": 7},
    "tags": [{"key": "ddmkit-time", "value": "1673852043000"}],
    "restore_point": {
        "instance_id": "d8e6ca5a624745bcb546a227aa3ae1cfin01",
        "type": "timestamp",
        "restore_time": 1673852043000,
    },
}


def read(**changes: object) -> CreateNodeBody:
    return CreateNodeBody.model_validate_json(json.dumps({**BODY, **changes}))


def test_the_documented_request_is_read_whole() -> None:
    request = node_request(read(), with_tags=True)
    assert (request.source_id, request.restore_time) == ("d8e6ca5a624745bcb546a227aa3ae1cfin01", 1673852043000)
    assert (request.zones, request.ha_mode, request.volume_gb) == (("cn-north-4a", "cn-north-4b"), "Ha", 100)
    assert (request.keep_days, request.backup_window, request.port) == (7, "19:00-20:00", 3306)
    assert request.body == BODY
    assert json.loads(request.tags) == BODY["tags"]
    assert node_request(read(), with_tags=False).tag_count == 0


def test_sizes_and_days_may_be_text_as_in_samples() -> None:
    request = node_request(
        read(volume={"type": "CLOUDSSD", "size": "40"}, backup_strategy={"keep_days": "3"}), with_tags=True
    )
    assert (request.volume_gb, request.keep_days) == (40, 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"port": 3306},
        {"port": "port"},
        {"name": None},
        {"volume": {"size": 40}},
        {"restore_point": {"instance_id": "i", "type": "clock"}},
        {"restore_point": {"instance_id": "i", "type": "timestamp", "restore_time": "1673852043000"}},
        {"count": "2"},
        {"dry_run": "true"},
    ],
)
def test_wrong_types_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        read(**changes)
