"""Each family's envelope."""

from __future__ import annotations

import pytest

from ddmkit.simulator.rules.errors import gateway_refusal, iam_refusal, parameter_error, render_refusal


@pytest.mark.parametrize(
    ("family", "body"),
    [
        ("v3", {"error_code": "DBS.280001", "error_msg": "Parameter error."}),
        ("v1", {"errCode": "DBS.280001", "externalMessage": "Parameter error."}),
    ],
)
def test_ddm_has_two_envelopes(family: str, body: dict[str, str]) -> None:
    assert render_refusal(parameter_error(), family, "r") == body


def test_the_gateway_adds_the_request_id_whatever_the_call() -> None:
    refusal = gateway_refusal(401, "APIGW.0301", "no")
    assert render_refusal(refusal, "v1", "r") == {"error_msg": "no", "error_code": "APIGW.0301", "request_id": "r"}


def test_iam_gives_its_code_as_a_number() -> None:
    body = {"error": {"code": 401, "message": "no", "title": "Unauthorized"}}
    assert render_refusal(iam_refusal(401, "no"), "iam", "r") == body
