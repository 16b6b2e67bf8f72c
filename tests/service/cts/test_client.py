"""The client of the audit trail follows the markers to the end, and no secret of a trace survives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ddmkit.errors import InputError, ServiceError
from ddmkit.service.cts.client import CtsClient

T = datetime(2023, 1, 16, 6, 54, 3, tzinfo=UTC)
CANARY = "Canary-9-Node!"


@pytest.fixture
def cts(make_client, loopback) -> Iterator[CtsClient]:
    with make_client().make_companion(CtsClient, loopback.endpoint) as client:
        yield client


def trace(number: int) -> dict[str, object]:
    return {
        "trace_id": f"t{number}",
        "trace_name": "createInstance",
        "code": "202",
        "request": json.dumps({"name": "n", "password": CANARY}),
    }


def test_the_markers_are_followed_to_the_end(cts, loopback, reply) -> None:
    pages = {"": ([1, 2], "m1"), "m1": ([3], "")}

    def answer(asked):
        rows, marker = pages[asked.query.get("next", "")]
        return reply({"traces": [trace(number) for number in rows], "meta_data": {"count": len(rows), "marker": marker}})

    loopback.answer = answer
    found = cts.list_traces(T, T, trace_name="createInstance")
    assert [one.trace_id for one in found] == ["t1", "t2", "t3"]
    assert {asked.query["limit"] for asked in loopback.asked} == {"200"}
    assert CANARY not in repr(found) + repr(cts.reads)


def test_a_damaged_answer_does_not_show_the_passwords_in_it(cts, loopback, reply) -> None:
    loopback.answer = lambda asked: reply(json.dumps({"traces": [trace(1)]}).encode()[:-2])
    with pytest.raises(ServiceError) as caught:
        cts.list_traces(T, T)
    assert CANARY not in str(caught.value) + repr(vars(caught.value))


def test_an_instant_needs_a_zone(cts, loopback) -> None:
    with pytest.raises(InputError):
        cts.list_traces(T.replace(tzinfo=None), T)
    assert loopback.asked == []


def test_operations_and_trackers_are_read(cts, loopback, reply) -> None:
    answers = {
        "operations": {"operations": [{"operation_list": ["createInstance"]}]},
        "trackers": {"trackers": [{"status": "enabled"}]},
    }
    loopback.answer = lambda asked: reply(answers[asked.path.rpartition("/")[2]])
    assert cts.list_operations()[0].operation_list == ("createInstance",)
    assert cts.list_trackers()[0].status == "enabled"


def test_the_envelope_of_the_audit_trail_is_read(cts, loopback, reply) -> None:
    loopback.answer = lambda asked: reply(
        {"error_code": "CTS.0003", "error_msg": "The message body is empty or invalid."}, 400
    )
    with pytest.raises(ServiceError, match="body is empty") as caught:
        cts.list_traces(T, T)
    assert caught.value.code == "CTS.0003"
