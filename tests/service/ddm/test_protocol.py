"""DDM's further requests have the documented method, path, query and body."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from pydantic import SecretStr

from ddmkit.errors import InputError
from ddmkit.recovery_models.requests import TargetCreateRequest
from ddmkit.service.ddm import protocol

TARGET = TargetCreateRequest(
    name="ddm-restored-7f3a", flavor_ref="ddm.xlarge.4", node_num=2, engine_version="3.1.7.0", available_zones=("eu-de-01",),
    vpc_id="v", subnet_id="s", security_group_id="g",
)  # fmt: skip


@pytest.mark.parametrize(
    ("call", "method", "target", "body"),
    [
        (protocol.list_engines("p").at(0), "GET", "/v3/p/engines?limit=128&offset=0", None),
        (protocol.list_flavors("p", "3.1"), "GET", "/v3/p/flavors?engine_version=3.1&limit=128&offset=0", None),
        (protocol.show_detail("p", "i"), "GET", "/v3/p/instances/i", None),
        (protocol.list_sessions("p", "i").at(0), "GET", "/v3/p/instances/i/logical-processes?limit=100&offset=0", None),
        (protocol.create_instance("p", TARGET), "POST", "/v3/p/instances", TARGET.body()),
        (protocol.delete_instance("p", "i"), "DELETE", "/v3/p/instances/i?delete_dn_data=false", None),
        (protocol.sync_data_nodes("p", "i"), "POST", "/v3/p/instances/i/data-nodes/sync", None),
        (protocol.set_read_only("p", "i", read_only=True), "PUT", "/v3/p/instances/i/readonly-status", {"readonly": True}),
        (protocol.set_read_only("p", "i", read_only=False), "PUT", "/v3/p/instances/i/readonly-status", {"readonly": False}),
    ],
)
def test_a_call_has_the_documented_method_path_query_and_body(call: Any, method: str, target: str, body: Any) -> None:
    assert (call.method, call.target, call.service, call.is_read) == (method, target, "DDM", method == "GET")
    assert (json.loads(call.body) if call.body else None) == body


def test_the_password_of_the_administrator_is_sent_and_not_shown() -> None:
    call = protocol.set_administrator("p", "i", "root", SecretStr("Canary-3-Pass"))
    assert json.loads(call.body or b"") == {"name": "root", "password": "Canary-3-Pass"}
    assert "Canary" not in call.shown_body + repr(call)


@pytest.mark.parametrize(("name", "password"), [("", "Canary-3-Pass"), ("root", "")])
def test_an_administrator_needs_a_name_and_a_password(name: str, password: str) -> None:
    with pytest.raises(InputError):
        protocol.set_administrator("p", "i", name, SecretStr(password))


def test_the_data_of_the_nodes_is_never_deleted_with_a_target() -> None:
    assert "delete_rds_data" not in inspect.getsource(protocol)
    assert protocol.delete_instance("p", "i").query == (("delete_dn_data", "false"),)
