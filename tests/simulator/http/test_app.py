"""The OpenAPI description is complete."""

from __future__ import annotations

from ddmkit.simulator import Simulator
from ddmkit.simulator.http.operations import ALL_OPERATIONS, SERVICES


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
