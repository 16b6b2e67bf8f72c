"""Traces are read whatever form their bodies have, and without the secrets and addresses in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ddmkit.recovery_models.cts import Operation, Trace, Tracker
from ddmkit.recovery_models.rds import RestorePoint

BODY = {
    "name": "orders-n1-7f3a9c", "password": "Canary-7-Pass",
    "restore_point": {"instance_id": "d8e6ca5a624745bcb546a227aa3ae1cfin01", "type": "timestamp", "restore_time": 1673852043000},
}  # fmt: skip
POINT = RestorePoint(instance_id="d8e6ca5a624745bcb546a227aa3ae1cfin01", type="timestamp", restore_time=1673852043000)
TRACE = {
    "trace_id": "e001ccb9-bc09-11e6-b00b-4b2a61338db6", "trace_name": "createInstance", "trace_type": "ApiCall", "trace_rating": "normal",
    "service_type": "RDS", "resource_type": "instance", "resource_id": "f5ffdd8b1c98434385eb001904209eacin01", "resource_name": "orders-n1-7f3a9c",
    "code": "202", "time": 1673855000000, "record_time": 1673855001000, "source_ip": "203.0.113.9",
    "user": {"name": "op", "access_key_id": "CANARYAK", "id": "u1"}, "request": json.dumps(BODY),
}  # fmt: skip


@pytest.mark.parametrize("request_body", [BODY, json.dumps(BODY), json.dumps(json.dumps(BODY))])
def test_a_request_is_read_as_object_as_text_and_as_text_of_text(request_body: object) -> None:
    trace = Trace.model_validate({**TRACE, "request": request_body})
    assert (trace.request_state, trace.restore_point, trace.is_success) == ("read", POINT, True)


@pytest.mark.parametrize(
    ("request_body", "state"),
    [
        ("", "empty"),
        (None, "empty"),
        ({}, "empty"),
        ("{}", "empty"),
        ("{cut", "unreadable"),
        ("[1]", "unreadable"),
        (7, "unreadable"),
    ],
)
def test_an_empty_request_is_told_from_one_that_cannot_be_read(request_body: object, state: str) -> None:
    trace = Trace.model_validate({**TRACE, "request": request_body})
    assert (trace.request_state, trace.restore_point) == (state, None)


def test_a_trace_without_a_request_has_an_empty_one() -> None:
    trace = Trace.model_validate({"trace_name": "createInstance"})
    assert (trace.request_state, trace.response_state, trace.code, trace.is_success) == ("empty", "empty", None, False)


def test_a_trace_of_a_plain_instance_has_no_restore_point() -> None:
    assert Trace.model_validate({**TRACE, "request": {"name": "n1"}}).restore_point is None


def test_no_secret_and_no_address_of_a_trace_is_kept() -> None:
    answer = {"instance": {"id": "f5in01", "password": "Canary-7-Pass"}, "X-Auth-Token": "Canary-token"}
    trace = Trace.model_validate({**TRACE, "response": [answer] and json.dumps(answer)})
    shown = repr(trace) + trace.model_dump_json()
    assert [word for word in ("Canary", "CANARYAK", "203.0.113.9") if word in shown] == []
    assert trace.user == "op"


def test_the_answer_in_a_trace_names_instance_and_job() -> None:
    trace = Trace.model_validate(
        {**TRACE, "resource_id": "", "response": '{"instance": {"id": "f5in01"}, "job_id": "bf00"}'}
    )
    assert (trace.instance_ids, trace.job_id) == (("f5in01",), "bf00")
    trace = Trace.model_validate(TRACE)
    assert trace.instance_ids == (TRACE["resource_id"],)
    assert trace == Trace.model_validate(TRACE)  # whether or not that was asked for


@pytest.mark.parametrize("code", ["202", 202, " 202 "])
def test_times_are_instants_and_the_code_is_a_number(code: object) -> None:
    trace = Trace.model_validate({**TRACE, "code": code})
    assert (trace.code, trace.time) == (202, datetime(2023, 1, 16, 7, 43, 20, tzinfo=UTC))


def test_a_user_may_be_a_text() -> None:
    assert Trace.model_validate({**TRACE, "user": '{"user_name": "op2"}'}).user == "op2"
    assert Trace.model_validate({**TRACE, "user": "op3"}).user == "op3"


def test_operations_and_trackers_are_read() -> None:
    operation = Operation.model_validate(
        {"service_type": "RDS", "resource_type": "instance", "operation_list": ["createInstance"]}
    )
    assert operation.operation_list == ("createInstance",)
    assert Tracker.model_validate({"tracker_name": "system", "status": "enabled"}).status == "enabled"
