"""The steps of proofs.md 4, each with its traps, over traces as the audit trail prints them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ddmkit.recovery_models.cts import Trace
from ddmkit.restore.proofs.traces import jobs_to_look_up, read_traces, window_of
from tests.restore.proofs.builders import DAY, HOUR, MINUTE, T, node

CREATED = T + 2 * HOUR
NOW = CREATED + HOUR
NODE = node(created_ms=CREATED, name="orders-n1")
POINT = {"instance_id": "old-a", "type": "timestamp", "restore_time": T}


def trace(request: Any = None, **changes: Any) -> Trace:
    body = {"name": "orders-n1", "password": "********", "restore_point": POINT} if request is None else request
    values = {
        "trace_id": "t-1",
        "trace_name": "createInstance",
        "trace_type": "ApiCall",
        "service_type": "RDS",
        "resource_type": "instance",
        "resource_id": "new-a",
        "resource_name": "orders-n1",
        "code": "202",
        "time": CREATED - MINUTE,
        "request": json.dumps(body) if not isinstance(body, str) else body,
        "response": "",
    }
    return Trace.model_validate({**values, **changes})


def told(*traces: Trace, **jobs: str) -> tuple[Any, ...]:
    found = read_traces(NODE, traces, NOW, {name.replace("_", "-"): made for name, made in jobs.items()})
    return tuple((one.source_id, one.restore_type, one.restore_time_ms) for one in found.evidence)


RIGHT = (("old-a", "timestamp", T),)


@pytest.mark.parametrize(
    "one",
    [
        trace(),
        trace(trace_type="ConsoleAction"),
        trace(code=202),
        trace(json.dumps(json.dumps({"restore_point": POINT}))),  # text within the text
        trace(request={"restore_point": POINT}),
        trace({"restore_point": {**POINT, "restore_time": str(T)}}),  # digits as text
        trace({"restore_point": {"instance_id": "old-a", "restore_time": T}}),  # no type
        trace(resource_id="", response=json.dumps({"instance": {"id": "new-a"}, "job_id": "job-1"})),
        trace(trace_name="CREATEINSTANCE", service_type="rds"),
    ],
)
def test_a_trace_of_the_creation_with_a_restore_point_is_evidence(one):
    assert told(one) == RIGHT


def test_the_words_of_the_evidence_name_the_trace():
    (one,) = read_traces(NODE, [trace()], NOW).evidence
    assert (one.kind, one.where, one.strength) == ("audit-trace", "trace t-1", "strong")


def test_another_source_time_or_kind_is_told_as_it_stands():
    assert told(trace({"restore_point": {**POINT, "restore_time": T + HOUR}})) == (("old-a", "timestamp", T + HOUR),)
    assert told(trace({"restore_point": {**POINT, "instance_id": "old-z"}})) == (("old-z", "timestamp", T),)
    backup = {"instance_id": "old-a", "type": "backup", "backup_id": "br-1"}
    assert told(trace({"restore_point": backup})) == (("old-a", "backup", None),)
    assert told(trace({"restore_point": {**backup, "type": None}})) == (("old-a", "backup", None),)


@pytest.mark.parametrize(
    ("one", "remark"),
    [
        (trace({"name": "orders-n1"}), "without a restore point: a plain new node, or an incomplete trace"),
        (trace(""), "its request is empty"),
        (trace("{cut off"), "its request is unreadable"),
        (trace({"restore_point": {**POINT, "restore_time": T // 1000}}), "cannot be used"),  # seconds? never guessed
        (trace({"restore_point": {**POINT, "restore_time": 10**17}}), "cannot be used"),
        (trace({"restore_point": {**POINT, "restore_time": None}}), "cannot be used"),
        (trace({"restore_point": {**POINT, "instance_id": ""}}), "source missing"),
        (trace(resource_id="new-z", resource_name="other"), "no trace of its creation"),
        (trace(code="400"), "no trace of its creation"),
        (trace(code=None), "no trace of its creation"),
        (trace(service_type="DDM"), "no trace of its creation"),
        (trace(trace_name="instanceRestart"), "no trace of its creation"),
        (trace(time=CREATED - 16 * MINUTE), "no trace of its creation"),
        (trace(time=CREATED + 6 * MINUTE), "no trace of its creation"),
    ],
)
def test_anything_else_is_a_remark_and_never_a_refutation(one, remark):
    found = read_traces(NODE, [one], NOW)
    assert found.evidence == ()
    assert remark in found.remark


def test_an_empty_trail_says_nothing():
    found = read_traces(NODE, [], NOW)
    assert (found.evidence, found.in_place) == ((), ())
    assert "no trace" in found.remark


def test_the_job_of_a_trace_leads_to_the_node():
    asked = trace(resource_id="", resource_name="", response={"job_id": "job-1"})
    assert jobs_to_look_up([NODE], [asked, trace()], NOW) == ("job-1",)
    assert jobs_to_look_up([NODE], [trace(resource_id="", response={"job_id": "j"}, time=CREATED - DAY)], NOW) == ()
    assert told(asked, job_1="new-a") == RIGHT
    assert told(asked, job_1="new-z") == ()


def test_a_unique_name_leads_to_the_node_and_is_told():
    asked = trace(resource_id="")
    assert told(asked) == RIGHT
    assert read_traces(NODE, [asked], NOW).evidence[0].where == "trace t-1, found by the name of the node alone"


@pytest.mark.parametrize(
    "traces",
    [
        (trace(resource_id=""), trace(resource_id="", trace_id="t-2")),  # twice the same name
        (trace(resource_id=""), trace(resource_id="new-z", trace_id="t-2")),  # the name is another node's too
        (trace(resource_id="", resource_name=""),),
    ],
)
def test_a_name_that_is_not_unique_leads_nowhere(traces):
    assert told(*traces) == ()


def test_a_name_whose_job_made_another_node_leads_nowhere():
    assert told(trace(resource_id="", response={"job_id": "job-1"}), job_1="new-z") == ()


def test_request_and_result_of_one_creation_agree():
    assert told(trace(), trace(trace_id="t-2", request="", time=CREATED)) == RIGHT


def test_the_window_lies_around_the_creation_and_within_seven_days():
    window = window_of(NODE, NOW)
    assert (window.start_ms, window.end_ms) == (CREATED - 15 * MINUTE, CREATED + 5 * MINUTE)
    late = window_of(NODE, CREATED + 7 * DAY)
    assert late.start_ms == CREATED
    assert window_of(NODE, CREATED + 7 * DAY + 1) is None
    assert window_of(node(created_ms=None), NOW) is None


def test_a_node_that_is_too_old_is_told_to_be_so():
    found = read_traces(NODE, [trace()], CREATED + 8 * DAY)
    assert found.evidence == ()
    assert "too old, created at 2023-01-16 08:54:03 UTC; the trail can be read for 7 days" in found.remark
    assert "does not show when" in read_traces(node(created_ms=None), [trace()], NOW).remark


def test_a_restore_onto_the_node_is_told_with_its_time():
    onto = trace({}, trace_id="t-9", trace_name="instanceRestore", time=CREATED + MINUTE)
    (one,) = read_traces(NODE, [trace(), onto], NOW).in_place
    assert (one.node_id, one.ms, one.where) == ("new-a", CREATED + MINUTE, "trace t-9")


@pytest.mark.parametrize(
    "changes",
    [
        {"time": CREATED - 1},  # before the node was created
        {"code": "409"},
        {"resource_id": "new-z"},
        {"request": json.dumps({"source": {"instance_id": "new-a"}, "target": {"instance_id": "new-z"}})},  # onto another
        {"time": None, "record_time": None},
        {"service_type": "DDM"},
    ],
)
def test_other_restores_in_place_do_not_concern_the_node(changes):
    made = {"trace_name": "instanceRestore", "time": CREATED + MINUTE, **changes}
    onto = trace(made.pop("request", {}), **made)
    assert read_traces(NODE, [onto], NOW).in_place == ()


def test_the_target_of_a_restore_in_place_counts_more_than_its_resource():
    body = json.dumps({"source": {"instance_id": "new-z"}, "target": {"instance_id": "new-a"}})
    onto = trace(body, trace_name="instanceRestore", resource_id="new-z", time=CREATED + MINUTE)
    assert len(read_traces(NODE, [onto], NOW).in_place) == 1
