"""The OpenAPI description is complete, and no request causes a server error."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from ddmkit.simulator import Simulator
from ddmkit.simulator.http.operations import ALL_OPERATIONS, SERVICES

ADDRESSES = {"ddm": "endpoint", **{service: f"{service}_endpoint" for service in SERVICES[1:]}}


def test_the_description_names_every_call_and_its_limits(simulator: Simulator) -> None:
    for service in SERVICES:
        described = simulator.openapi(service)
        names = {call["operationId"] for path in described["paths"].values() for call in path.values()}
        assert names == {operation.name for operation in ALL_OPERATIONS if operation.service == service}
    described = simulator.openapi()
    backups = described["paths"]["/v3/{project_id}/backups"]["get"]
    limits = {parameter["name"]: parameter["schema"] for parameter in backups["parameters"]}
    assert (limits["limit"]["maximum"], limits["limit"]["default"], limits["offset"]["minimum"]) == (128, 10, 0)
    assert "422" not in str(list(backups["responses"]))


@pytest.mark.parametrize("operation", ALL_OPERATIONS, ids=lambda operation: operation.name)
def test_generated_requests_meet_no_server_error(caller: Any, operation: Any) -> None:
    schema = schemathesis.openapi.from_dict(caller.simulator.openapi(operation.service))
    schema.config.update(base_url=getattr(caller.facts, ADDRESSES[operation.service]))
    api = schema.find_operation_by_id(operation.name)
    strategy = api.as_strategy()

    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=strategy)
    def check(case: Any) -> None:
        if "project_id" in (case.path_parameters or {}):
            case.path_parameters["project_id"] = caller.facts.project_id
        answer = case.call(headers={"X-Auth-Token": caller.facts.token})
        assert answer.status_code < 500, answer.text

    check()
