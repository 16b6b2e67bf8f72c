"""The functions that all routes share."""

from __future__ import annotations

from typing import Any

import pytest

from ddmkit.simulator.http.context import json_response
from ddmkit.simulator.rules.errors import ApiError


def test_answers_are_json_in_utf8() -> None:
    reply = json_response({"name": "\N{DOLPHIN}"}, 202, {"X-Other": "1"})
    assert reply.body == b'{"name":"\xf0\x9f\x90\xac"}'
    assert (reply.status_code, reply.headers["x-other"]) == (202, "1")


def test_an_instance_that_is_being_restored_has_a_status_for_it(caller: Any) -> None:
    context = caller.simulator._context()
    assert context.require_instance(caller.facts.target).status == "RUNNING"
    caller.restore()
    assert context.require_instance(caller.facts.target).status == "RESTORE"
    with pytest.raises(ApiError):
        context.require_instance("nobody")
