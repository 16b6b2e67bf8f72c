"""The two requests that create something: nothing can be left out, and the password is in the sent bytes only."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from ddmkit.errors import InputError
from ddmkit.recovery_models.requests import (
    NodeRestorePoint,
    NodeRestoreRequest,
    RequestedBackups,
    RequestedHa,
    RequestedTag,
    RequestedVolume,
    TargetCreateRequest,
    require_node_password,
)

SOURCE = "d8e6ca5a624745bcb546a227aa3ae1cfin01"
CANARY = SecretStr("Canary-9-Node!")
WIRE = {
    "name": "orders-n1-7f3a9c", "flavor_ref": "rds.mysql.n1.large.2.ha", "volume": {"type": "CLOUDSSD", "size": 100},
    "ha": {"mode": "Ha", "replication_mode": "async"}, "availability_zone": "cn-north-4a,cn-north-4b", "region": "cn-north-4",
    "vpc_id": "490a4a08-ef4b-44c5-94be-3051ef9e4fce", "subnet_id": "0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f",
    "security_group_id": "2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5", "password": "********", "port": "3306", "time_zone": "UTC+08:00",
    "backup_strategy": {"start_time": "19:00-20:00", "keep_days": 7},
    "tags": [{"key": "ddmkit-source", "value": SOURCE}, {"key": "ddmkit-time", "value": "1673852043000"}],
    "restore_point": {"instance_id": SOURCE, "type": "timestamp", "restore_time": 1673852043000},
}  # fmt: skip
NODE: dict[str, Any] = {
    "name": "orders-n1-7f3a9c", "flavor_ref": "rds.mysql.n1.large.2.ha", "volume": RequestedVolume(type="CLOUDSSD", size=100),
    "ha": RequestedHa(replication_mode="async"), "zones": ("cn-north-4a", "cn-north-4b"), "region": "cn-north-4",
    "vpc_id": "490a4a08-ef4b-44c5-94be-3051ef9e4fce", "subnet_id": "0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f",
    "security_group_id": "2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5", "time_zone": "UTC+08:00",
    "backup_strategy": RequestedBackups(start_time="19:00-20:00", keep_days=7),
    "tags": (RequestedTag(key="ddmkit-source", value=SOURCE), RequestedTag(key="ddmkit-time", value="1673852043000")),
    "restore_point": NodeRestorePoint(instance_id=SOURCE, restore_time=1673852043000),
}  # fmt: skip
TARGET: dict[str, Any] = {
    "name": "ddm-restored-7f3a", "flavor_ref": "ddm.xlarge.4", "node_num": 2, "engine_version": "3.1.7.0", "available_zones": ("eu-de-01",),
    "vpc_id": "f6509a58-51bc-4454-a3e7-6ec7e97e0001", "subnet_id": "22774dc2-abe8-4435-85b1-c9b997518a5d",
    "security_group_id": "16cfe4b3-905c-44b8-a29d-e51d8b03c6dc", "time_zone": "UTC",
}  # fmt: skip


def test_the_documented_request_is_built() -> None:
    assert NodeRestoreRequest(**NODE).body() == WIRE
    assert isinstance(NodeRestoreRequest(**NODE).body()["restore_point"]["restore_time"], int)


def test_the_bytes_that_are_sent_differ_from_what_is_shown_by_the_password_only() -> None:
    request = NodeRestoreRequest(**NODE).with_password(CANARY)
    assert json.loads(request.wire_body()) == {**WIRE, "password": CANARY.get_secret_value()}
    assert list(json.loads(request.wire_body())) == list(json.loads(request.body_json()))


def test_there_is_no_request_without_a_restore_point() -> None:
    without = {name: value for name, value in NODE.items() if name != "restore_point"}
    for more in ({}, {"restore_point": None}, {"restore_point": {}}):
        with pytest.raises(ValidationError):
            NodeRestoreRequest(**without, **more)
    assert NodeRestoreRequest.model_fields["restore_point"].is_required()
    assert all(field.is_required() for name, field in NodeRestorePoint.model_fields.items() if name != "type")


@pytest.mark.parametrize(
    "name", ["charge_info", "count", "dry_run", "datastore", "serverless_info", "unchangeable_param", "data_vip"]
)
def test_what_would_change_number_price_or_engine_has_no_field(name: str) -> None:
    with pytest.raises(ValidationError):
        NodeRestoreRequest(**NODE, **{name: None})
    assert name not in NodeRestoreRequest.model_fields


@pytest.mark.parametrize(
    "changes",
    [
        {"ha": None}, {"zones": ("a",)}, {"zones": ()}, {"zones": ("a,b", "c")}, {"port": 12017}, {"port": 80}, {"port": "3306"}, {"name": "1abc"},
        {"name": "abc"}, {"name": "a" * 65}, {"name": "ab_ü1"}, {"region": ""}, {"vpc_id": " "}, {"time_zone": "Europe/Berlin"}, {"flavor_ref": ""},
        {"tags": (RequestedTag(key="k", value="v"),) * 21},
    ],
    ids=str,
)  # fmt: skip
def test_a_request_that_the_service_would_refuse_is_not_built(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NodeRestoreRequest(**{**NODE, **changes})


@pytest.mark.parametrize("restore_time", [0, -1000, 1673852043001, 1673852043000.0, "1673852043000", True])
def test_the_instant_is_an_integer_of_a_whole_second(restore_time: Any) -> None:
    with pytest.raises(ValidationError):
        NodeRestorePoint(instance_id=SOURCE, restore_time=restore_time)


def test_an_instance_without_standby_has_one_zone_and_no_ha() -> None:
    body = NodeRestoreRequest(**{**NODE, "ha": None, "zones": ("cn-north-4a",), "tags": ()}).body()
    assert (body["availability_zone"], "ha" in body, "tags" in body) == ("cn-north-4a", False, False)


def test_nothing_shows_the_password() -> None:
    request = NodeRestoreRequest(**NODE).with_password(CANARY)
    shown = [
        repr(request),
        str(request),
        request.model_dump_json(),
        repr(request.model_dump()),
        request.body_json(),
        repr(request.body()),
    ]
    shown += [
        repr(copy.copy(request)),
        repr(list(request)),
        str(request.password),
        json.dumps(NodeRestoreRequest.model_json_schema()),
    ]
    assert [text for text in shown if "Canary" in text] == []
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(request)


def test_an_error_about_another_field_does_not_quote_the_password() -> None:
    with pytest.raises(ValidationError) as caught:
        NodeRestoreRequest(**{**NODE, "password": CANARY, "port": 1})
    assert "Canary" not in str(caught.value) + repr(caught.value.errors())


def test_a_node_is_not_requested_without_a_password() -> None:
    with pytest.raises(InputError, match="node_password"):
        NodeRestoreRequest(**NODE).wire_body()


@pytest.mark.parametrize("password", ["Canary1", "Canary-1" * 5, "canarycanary", "Canary 1-a", "Canary-1ü", "CANARY12"])
def test_a_password_that_the_service_refuses_is_refused_first_and_not_shown(password: str) -> None:
    for refuse in (
        lambda: require_node_password(SecretStr(password)),
        lambda: NodeRestoreRequest(**NODE, password=SecretStr(password)),
    ):
        with pytest.raises(InputError) as caught:
            refuse()
        assert caught.value.field == "node_password"
        frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
        ours = [repr(frame.f_locals) for frame in frames if frame.f_globals["__name__"].startswith("ddmkit.")]
        assert ours
        assert [shown for shown in ours if password in shown] == []
        assert password not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize("password", ["Canary12", "canary-1", "CANARY-1", "Canary-x", "aA1~!@#$%^*-_=+?,()&"])
def test_three_of_four_kinds_are_enough(password: str) -> None:
    require_node_password(SecretStr(password))


def test_the_documented_target_is_built() -> None:
    assert TargetCreateRequest(**TARGET).body() == {**TARGET, "available_zones": ["eu-de-01"]}
    assert json.loads(TargetCreateRequest(**TARGET).body_json()) == {**TARGET, "available_zones": ["eu-de-01"]}


@pytest.mark.parametrize("name", ["admin_user_name", "admin_user_password", "charge_info"])
def test_a_target_has_no_administrator_and_no_order(name: str) -> None:
    with pytest.raises(ValidationError):
        TargetCreateRequest(**TARGET, **{name: "x"})


@pytest.mark.parametrize(
    "changes",
    [{"node_num": 0}, {"node_num": 33}, {"name": "with_underscore"}, {"available_zones": ()}, {"subnet_id": ""}],
    ids=str,
)
def test_a_target_that_the_service_would_refuse_is_not_built(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TargetCreateRequest(**{**TARGET, **changes})
