"""What the calls share."""

from __future__ import annotations

from typing import Any

import pytest

from ddmkit.simulator.http.context import answer
from ddmkit.simulator.rules.errors import Refusal


def test_answers_are_json_in_utf8() -> None:
    reply = answer({"name": "\N{DOLPHIN}"}, 202, {"X-Other": "1"})
    assert reply.body == b'{"name":"\xf0\x9f\x90\xac"}'
    assert (reply.status_code, reply.headers["x-other"]) == (202, "1")


def test_an_instance_that_is_being_restored_says_so(caller: Any) -> None:
    service = caller.simulator._service()
    assert service.need_instance(caller.facts.target).status == "RUNNING"
    caller.restore()
    assert service.need_instance(caller.facts.target).status == "RESTORE"
    with pytest.raises(Refusal):
        service.need_instance("nobody")
