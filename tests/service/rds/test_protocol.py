"""The requests of the data nodes' service have the documented method, path, query and body."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from ddmkit.errors import InputError
from ddmkit.recovery_models.requests import (
    NodeRestorePoint,
    NodeRestoreRequest,
    RequestedBackups,
    RequestedVolume,
    TargetCreateRequest,
)
from ddmkit.service.rds import protocol

T = datetime(2023, 1, 16, 6, 54, 3, tzinfo=UTC)
NODE: dict[str, Any] = {
    "name": "orders-n1-7f3a9c", "flavor_ref": "rds.mysql.n1.large.2", "volume": RequestedVolume(type="CLOUDSSD", size=100),
    "zones": ("cn-north-4a",), "region": "cn-north-4", "vpc_id": "v", "subnet_id": "s", "security_group_id": "g", "time_zone": "UTC",
    "backup_strategy": RequestedBackups(start_time="19:00-20:00", keep_days=7),
    "restore_point": NodeRestorePoint(instance_id="d8in01", restore_time=1673852043000),
}  # fmt: skip
CANARY = SecretStr("Canary-9-Node!")
TOKEN = "0b6c3f5e-6f0e-4b0d-9a44-6f7f6a4a1d10"


@pytest.mark.parametrize(
    ("call", "method", "target"),
    [
        (protocol.list_instances("p").at(0), "GET", "/v3/p/instances?datastore_type=MySQL&limit=100&offset=0"),
        (protocol.list_instances("p", instance_id="i"), "GET", "/v3/p/instances?datastore_type=MySQL&id=i"),
        (protocol.list_instances("p", tags="k=v"), "GET", "/v3/p/instances?datastore_type=MySQL&tags=k%3Dv"),
        (protocol.list_restore_times("p", "i"), "GET", "/v3/p/instances/i/restore-time"),
        (protocol.list_restore_times("p", "i", T), "GET", "/v3/p/instances/i/restore-time?date=2023-01-16"),
        (protocol.list_backups("p", "i", "auto"), "GET", "/v3/p/backups?backup_type=auto&instance_id=i"),
        (protocol.show_backup_policy("p", "i"), "GET", "/v3/p/instances/i/backups/policy"),
        (protocol.show_job("p", "j"), "GET", "/v3/p/jobs?id=j"),
        (
            protocol.list_tasks("p", T, T).at(50),
            "GET",
            "/v3/p/tasklist?end_time=1673852043000&limit=50&offset=50&start_time=1673852043000",
        ),
        (protocol.list_task_details("p", "i", T), "GET", "/v3/p/instances/i/tasklist/detail?start_time=1673852043000"),
        (protocol.show_quotas("p"), "GET", "/v3/p/quotas"),
        (protocol.list_flavors("p", "5.7"), "GET", "/v3/p/flavors/MySQL?version_name=5.7"),
        (protocol.list_storage_types("p", "5.7", "ha"), "GET", "/v3/p/storage-type/MySQL?ha_mode=ha&version_name=5.7"),
        (protocol.list_versions("p"), "GET", "/v3/p/datastores/MySQL"),
        (protocol.delete_instance("p", "i"), "DELETE", "/v3/p/instances/i"),
    ],
)
def test_a_call_has_the_documented_method_path_and_query(call: Any, method: str, target: str) -> None:
    assert (call.method, call.target, call.body, call.service) == (method, target, None, "RDS")
    assert call.is_read is (method == "GET")


def test_running_operations_are_asked_for_by_a_post_that_changes_nothing() -> None:
    call = protocol.list_simplified_instances("p", ["a", "b"])
    assert (call.method, call.target, call.body, call.is_read) == (
        "POST",
        "/v3/p/simplified-instances",
        b'{"instance_ids":["a","b"]}',
        True,
    )


def test_a_recovery_carries_its_restore_point_and_hides_its_password() -> None:
    call = protocol.create_restore_instance("p", NodeRestoreRequest(**NODE).with_password(CANARY), TOKEN)
    sent = json.loads(call.body or b"")
    assert (call.method, call.target, call.is_read) == ("POST", "/v3/p/instances", False)
    assert sent["restore_point"] == {"instance_id": "d8in01", "type": "timestamp", "restore_time": 1673852043000}
    assert sent["password"] == CANARY.get_secret_value()
    assert "Canary" not in call.shown_body + repr(call) + call.what


def test_a_recovery_is_shown_as_it_is_sent_but_for_the_password() -> None:
    request = NodeRestoreRequest(**NODE)
    sent = protocol.create_restore_instance("p", request.with_password(CANARY), TOKEN)
    shown = protocol.show_restore_instance("p", request, TOKEN)
    assert sent.headers == (("X-Client-Token", TOKEN),)
    assert replace(sent, body=shown.body, secrets=()) == shown
    assert json.loads(sent.body or b"") == {**json.loads(shown.body or b""), "password": CANARY.get_secret_value()}


def test_a_recovery_without_a_password_is_not_built() -> None:
    with pytest.raises(InputError, match="node_password"):
        protocol.create_restore_instance("p", NodeRestoreRequest(**NODE), TOKEN)


def test_nothing_but_a_recovery_can_be_posted_to_the_instances() -> None:
    target = TargetCreateRequest(
        name="ddm-a",
        flavor_ref="f",
        node_num=1,
        engine_version="3",
        available_zones=("z",),
        vpc_id="v",
        subnet_id="s",
        security_group_id="g",
    )
    for wrong in (target, {"name": "n"}, None):
        with pytest.raises(TypeError, match="restore point"):
            protocol.create_restore_instance("p", wrong, TOKEN)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "build", [protocol.list_backups, protocol.show_job, protocol.delete_instance, protocol.show_backup_policy]
)
def test_an_empty_id_is_refused(build: Any) -> None:
    with pytest.raises(InputError):
        build("p", "")
