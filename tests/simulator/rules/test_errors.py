"""The error format of each family of calls."""

from __future__ import annotations

import pytest

from ddmkit.simulator.rules.errors import error_body, gateway_error, iam_error, parameter_error


@pytest.mark.parametrize(
    ("family", "body"),
    [
        ("v3", {"error_code": "DBS.280001", "error_msg": "Parameter error."}),
        ("v1", {"errCode": "DBS.280001", "externalMessage": "Parameter error."}),
    ],
)
def test_ddm_has_two_error_formats(family: str, body: dict[str, str]) -> None:
    assert error_body(parameter_error(), family, "r") == body


def test_the_gateway_adds_the_request_id_whatever_the_call() -> None:
    refusal = gateway_error(401, "APIGW.0301", "no")
    assert error_body(refusal, "v1", "r") == {"error_msg": "no", "error_code": "APIGW.0301", "request_id": "r"}


def test_iam_gives_its_code_as_a_number() -> None:
    body = {"error": {"code": 401, "message": "no", "title": "Unauthorized"}}
    assert error_body(iam_error(401, "no"), "iam", "r") == body
