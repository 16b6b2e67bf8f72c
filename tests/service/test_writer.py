"""A request that changes something is sent once; what is not surely refused stays open."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from ddmkit.errors import InputError, ServiceError, UnreachableError
from ddmkit.recovery_models.ddm import AcceptedJob
from ddmkit.service.calls import Call
from ddmkit.service.deadline import Attempt

CALL = Call(
    "Change",
    "change it",
    "PUT",
    "/v3/p/things/1",
    body=b'{"password":"Canary-2-Pass"}',
    secrets=(SecretStr("Canary-2-Pass"),),
)


def test_the_bytes_of_the_call_are_sent_as_they_are_over_a_connection_of_their_own(client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"job_id": "j"}, 202, {"X-Request-Id": "r1"})
    sent = client._send(CALL, AcceptedJob, lambda made: made.job_id, lambda: None, None)
    assert (sent.result.job_id, sent.status, sent.request_id) == ("j", 202, "r1")
    assert sent.service_date is not None
    (asked,) = loopback.asked
    assert (asked.method, asked.body, asked.headers["connection"]) == ("PUT", CALL.body, "close")


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_no_answer_makes_it_send_again(client, loopback, reply, status) -> None:
    loopback.answer = lambda asked: reply({}, status, {"Retry-After": "0"})
    with pytest.raises(ServiceError) as caught:
        client.send_once(CALL, lambda answer: client._read(answer, CALL))
    assert len(loopback.asked) == 1
    assert caught.value.started is (False if status == 429 else None)


def test_an_error_while_reading_the_answer_leaves_the_outcome_open(client, loopback, reply) -> None:
    def fail(answer: object) -> None:
        raise ServiceError("cannot be read", started=None)

    loopback.answer = lambda asked: reply({"job_id": "j"}, 202)
    with pytest.raises(ServiceError) as caught:
        client.send_once(CALL, fail)
    assert caught.value.started is None


def test_what_fails_before_a_byte_has_left_has_surely_started_nothing(make_client, silent_port) -> None:
    attempt = Attempt()
    client = make_client(endpoint=f"http://127.0.0.1:{silent_port}")
    with pytest.raises(UnreachableError) as caught:
        client.send_once(CALL, lambda answer: answer, attempt=attempt)
    assert (caught.value.sent, attempt.has_left) == (False, False)


def test_the_read_of_the_answer_gets_no_secret_of_the_request(client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"echo": "Canary-2-Pass"}, 202, {"X-Echo": "Canary-2-Pass"})
    answer = client.send_once(CALL, lambda found: found)
    assert b"Canary" not in answer.body
    assert "Canary" not in repr(answer.headers)


def test_a_connection_that_only_reads_sends_nothing(make_client, loopback) -> None:
    with pytest.raises(InputError, match="only reads"):
        make_client(read_only=True).send_once(CALL, lambda answer: answer)
    assert loopback.asked == []
