"""The gateway: headers, log, faults."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from ddmkit.simulator import FAULTS, Simulator


def backups(caller: Any, **query: Any) -> httpx.Response:
    return caller.get(f"{caller.v3}/backups", **query)


def test_every_answer_carries_date_request_id_and_world(caller: Any) -> None:
    for path in (f"{caller.v3}/backups", "/nothing", "/", "/v3/projects"):
        headers = caller.get(path).headers
        assert abs(parsedate_to_datetime(headers["Date"]) - datetime.now(UTC)).total_seconds() < 5
        assert headers["X-Simulator-World"] == caller.simulator.world_id
        assert headers["X-Simulator-Now"].startswith("2026-05-20T09:30:00")
        assert headers["Content-Type"] == "application/json"
        assert len(headers["X-Request-Id"]) == 32


@pytest.mark.parametrize("path", ["/nothing", "/v3/p/instances/", "/v1"])
def test_unknown_paths_get_the_gateways_answer(caller: Any, path: str) -> None:
    answer = caller.get(path)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "APIGW.0101")
    assert "request_id" in answer.json()


def test_an_encoded_slash_leads_to_no_call(caller: Any) -> None:
    assert caller.get(f"{caller.v3}/instances/a%2Fb").json()["error_code"] == "APIGW.0101"


def test_other_methods_are_not_allowed(caller: Any) -> None:
    answer = caller.http.delete(f"{caller.v3}/backups")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert caller.http.head(f"{caller.v3}/backups").status_code == 405


def test_a_body_beyond_the_limit_is_refused(caller: Any) -> None:
    path = f"{caller.source}/backups/metadata-recovery"
    answer = caller.http.post(path, content=b" " * (12 * 1024 * 1024 + 1), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error_code"]) == (413, "APIGW.0201")


def test_a_request_that_was_not_sent_to_its_end_counts_for_nothing(caller: Any) -> None:
    port = int(caller.facts.endpoint.rsplit(":", 1)[1])
    head = f"POST {caller.source}/backups/metadata-recovery HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{{"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode())
    caller.get("/")
    assert [request.operation for request in caller.simulator.requests] == ["ListApiVersion"]


def test_requests_are_logged_in_order_with_their_operation(caller: Any) -> None:
    backups(caller, limit=3)
    caller.get("/nothing")
    first, second = caller.simulator.requests
    assert (first.method, first.operation, first.status, first.query) == ("GET", "ListBackups", 200, {"limit": "3"})
    assert (second.operation, second.status, second.path) == ("", 404, "/nothing")


def test_the_log_keeps_only_the_last_requests(caller: Any) -> None:
    request_log = caller.simulator._request_log
    request_log._limit = 3
    for _ in range(5):
        backups(caller)
    assert len(caller.simulator.requests) == 3


def test_throttling_says_when_to_retry(caller: Any) -> None:
    caller.simulator.inject("throttled@ListBackups*2")
    assert caller.tasks().status_code == 200
    answers = [backups(caller) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "1"
    assert answers[0].json()["error_code"] == "APIGW.0308"
    assert "limit:200,time:5 minute" in answers[0].json()["error_msg"]


def test_a_server_error_starts_nothing(caller: Any) -> None:
    caller.simulator.inject("server-error@RestoreMetadata")
    answer = caller.restore()
    assert (answer.status_code, answer.json()["error_code"]) == (500, "DBS.300002")
    assert caller.simulator.effective_restores() == []


def test_a_server_error_in_v1_has_the_format_of_v1(caller: Any) -> None:
    caller.simulator.inject("server-error@ListInstances")
    assert caller.get(f"{caller.v1}/instances").json() == {"errCode": "DBS.200412", "externalMessage": "Server failure."}


def test_a_busy_refusal_starts_nothing(caller: Any) -> None:
    caller.simulator.inject("refused-busy")
    assert (backups(caller).status_code, caller.restore().status_code) == (200, 409)
    assert caller.simulator.effective_restores() == []


def test_a_page_of_html_comes_with_502(caller: Any) -> None:
    caller.simulator.inject("html-502")
    answer = backups(caller)
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert answer.text.startswith("<html>")


def test_a_lost_answer_leaves_the_restore_running(caller: Any) -> None:
    caller.simulator.inject("lost-answer")
    with pytest.raises(httpx.RemoteProtocolError):
        caller.restore()
    assert len(caller.simulator.effective_restores()) == 1
    assert caller.simulator.requests[-1].status is None
    assert caller.tasks().json()["jobs"][0]["status"] == "Running"


def test_a_refused_restore_does_not_use_the_lost_answer_up(caller: Any) -> None:
    caller.simulator.inject("lost-answer")
    assert caller.restore(target="nobody").status_code == 404
    with pytest.raises(httpx.RemoteProtocolError):
        caller.restore()


def test_a_service_that_fails_after_accepting_drops_three_calls(caller: Any) -> None:
    caller.simulator.inject("dies-after-accept")
    with pytest.raises(httpx.RemoteProtocolError):
        caller.restore()
    for _ in range(3):
        with pytest.raises(httpx.RemoteProtocolError):
            caller.get("/")
    assert caller.get("/").status_code == 200
    assert len(caller.simulator.effective_restores()) == 1


def test_expired_tokens_are_rejected_and_the_facts_have_a_new_one(caller: Any) -> None:
    caller.simulator.inject("token-expires")
    for _ in range(2):
        assert (backups(caller).status_code, backups(caller).json()["error_code"]) == (401, "APIGW.0307")
    assert caller.simulator.facts.token != caller.facts.token
    caller.http.headers["X-Auth-Token"] = caller.simulator.facts.token
    assert backups(caller).status_code == 200


def test_broken_json_hides_what_was_done(caller: Any) -> None:
    caller.simulator.inject("bad-json@RestoreMetadata")
    answer = caller.restore()
    assert answer.status_code == 202
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()
    assert len(caller.simulator.effective_restores()) == 1


def test_a_truncated_body_ends_before_its_announced_length(caller: Any) -> None:
    caller.simulator.inject("truncated-body")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        backups(caller)
    assert backups(caller).status_code == 200


def test_a_cut_page_has_fewer_rows_and_the_right_total(caller: Any) -> None:
    caller.simulator.inject("cut-pages")
    caller.get("/")
    page = backups(caller, limit=20).json()
    assert (len(page["backups"]), page["total"]) == (10, 57)
    assert len(backups(caller, limit=20).json()["backups"]) == 20


def test_a_wrong_total_announces_a_row_too_many(caller: Any) -> None:
    caller.simulator.inject("wrong-total*2")
    assert backups(caller).json()["total"] == 58
    assert caller.get(f"{caller.v1}/instances").json()["total_record"] == 8
    assert backups(caller).json()["total"] == 57


def test_a_page_can_repeat_a_row(caller: Any) -> None:
    caller.simulator.inject("duplicate-rows")
    ids = [row["id"] for row in backups(caller, limit=5).json()["backups"]]
    assert len(ids) == len(set(ids)) + 1


def test_faults_of_a_list_combine(caller: Any) -> None:
    for fault in ("cut-pages", "wrong-total", "duplicate-rows"):
        caller.simulator.inject(fault)
    page = backups(caller, limit=10).json()
    assert (len(page["backups"]), page["total"]) == (6, 58)


def test_a_skewed_clock_shows_in_the_date_and_refuses_signatures(caller: Any) -> None:
    caller.simulator.inject("skewed-clock")
    shown = parsedate_to_datetime(backups(caller).headers["Date"])
    assert 1_190 < (shown - datetime.now(UTC)).total_seconds() < 1_210
    caller.simulator.clear_faults()
    shown = parsedate_to_datetime(backups(caller).headers["Date"])
    assert abs((shown - datetime.now(UTC)).total_seconds()) < 5


def test_slowness_and_latency_delay_without_blocking_others(call: Any) -> None:
    with Simulator(faults=["slow"], latency_s=0.02, slow_s=0.4) as simulator:
        caller = call(simulator)
        began = time.perf_counter()
        backups(caller)
        assert time.perf_counter() - began >= 0.42
        began = time.perf_counter()
        backups(caller)
        assert 0.02 <= time.perf_counter() - began < 0.4


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_leaves_a_service_that_works_once_lifted(caller: Any, name: str) -> None:
    caller.simulator.inject(name)
    for attempt in (backups, lambda caller: caller.restore()):
        try:
            attempt(caller)
        except httpx.TransportError:
            assert name in {"lost-answer", "truncated-body", "dies-after-accept"}
    caller.simulator.clear_faults()
    caller.http.headers["X-Auth-Token"] = caller.simulator.facts.token
    assert backups(caller).status_code == 200
