from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from ddmkit.errors import AuthError, BusyError, NotFoundError, ServiceError
from ddmkit.service.error_parsing import Refusal, load_json, make_refusal, make_unusable, read_refusal

NOW = datetime(2025, 5, 21, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("payload", "refusal"),
    [
        ({"error_code": "DBS.280001", "error_msg": "Parameter error."}, Refusal("DBS.280001", "Parameter error.")),
        ({"errCode": "DBS.280001", "externalMessage": "Parameter error."}, Refusal("DBS.280001", "Parameter error.")),
        (
            {"error_msg": "slow down", "error_code": "APIGW.0308", "request_id": "r1"},
            Refusal("APIGW.0308", "slow down", "r1"),
        ),
        ({"error": {"code": 401, "message": "no", "title": "Unauthorized"}}, Refusal("401", "no")),
        ({"errorCode": "X.1", "errorMsg": "no"}, Refusal("X.1", "no")),
        ({"code": "X.1", "message": "no"}, Refusal("X.1", "no")),
        ({"wrapped": {"errCode": "X.1", "externalMessage": "no"}}, Refusal("X.1", "no")),
        ({"error_code": "DBS. 280001", " error_msg": "no"}, Refusal("DBS.280001", "no")),
        ({"error_code": None, "errCode": "DBS.1"}, Refusal("DBS.1", "")),
        ({"error_code": ["DBS.1"], "error_msg": {"a": 1}}, Refusal()),
        ({}, Refusal()),
    ],
)
def test_each_shape_of_error_is_taken_apart(payload: object, refusal: Refusal) -> None:
    assert read_refusal(json.dumps(payload).encode()) == refusal


@pytest.mark.parametrize(
    ("body", "message"),
    [(b"", ""), (b" Bad Gateway\n", "Bad Gateway"), (b"[1]", "[1]"), (b"\xff\xfe!", "\ufffd\ufffd!"), (b"null", "null")],
)
def test_what_is_no_json_object_becomes_the_message(body: bytes, message: str) -> None:
    assert read_refusal(body) == Refusal(message=message)


@pytest.mark.parametrize("body", [b"[" * 100_000, b"NaN", b'{"a": Infinity}', b"{", b"\xff", b"1" * 5000])
def test_what_is_no_json_is_refused_with_one_kind_of_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        load_json(body)


@pytest.mark.parametrize(
    ("status", "code", "kind", "started"),
    [
        (401, "APIGW.0301", AuthError, False),
        (403, "DBS.280056", AuthError, False),
        (409, "DBS.200019", BusyError, False),
        (404, "DBS.200002", NotFoundError, False),
        (400, "DBS.280110", NotFoundError, False),
        (400, "DBS.300400", NotFoundError, False),
        (400, "DBS.280001", ServiceError, False),
        (400, "DBS.999999", ServiceError, None),
        (500, "DBS.300002", ServiceError, None),
        (503, "APIGW.0613", ServiceError, False),
        (418, "", ServiceError, None),
    ],
)
def test_status_and_code_choose_the_class(status: int, code: str, kind: type[ServiceError], started: bool | None) -> None:
    error = make_refusal(
        "do it", status, {"X-Request-Id": "r1"}, json.dumps({"error_code": code, "error_msg": "no"}).encode()
    )
    assert type(error) is kind
    assert (error.status, error.code, error.service_message, error.request_id) == (status, code, "no", "r1")
    assert error.started is started


def test_a_message_says_what_was_tried_what_came_back_and_what_to_do() -> None:
    body = b'{"error_code": "DBS.300372", "error_msg": "Invalid target."}'
    error = make_refusal("start the restore (POST /x)", 400, {"X-Request-Id": "r1"}, body)
    assert str(error) == (
        'Could not start the restore (POST /x): HTTP 400, DBS.300372, "Invalid target.", request id r1. '
        "Likely cause: the target instance cannot be restored to. "
        "What to do: Choose another target: a new, empty instance of engine version 3.0.8 or later."
    )


def test_a_clock_that_is_off_is_named_with_its_distance() -> None:
    headers = {"Date": "Wed, 21 May 2025 11:00:00 GMT"}
    body = b'{"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}'
    ahead = make_refusal("x", 401, headers, body, received_at=NOW + timedelta(minutes=20))
    behind = make_refusal("x", 401, headers, body, received_at=NOW - timedelta(minutes=20))
    assert "the clock of this machine is 20 min ahead of the service's" in str(ahead)
    assert "the clock of this machine is 20 min behind the service's" in str(behind)
    assert "clock of this machine is" not in str(make_refusal("x", 401, headers, body, received_at=NOW))


def test_a_web_page_points_at_proxies_and_portals() -> None:
    error = make_refusal("x", 502, {"Content-Type": "text/html"}, b"<html><h1>Bad gateway</h1></html>")
    assert "web page" in str(error)
    assert "HTTPS_PROXY" in str(error)
    page = make_unusable("x", "the answer is not JSON", 200, {}, b"<!DOCTYPE html><p>Log in</p>")
    assert "login portal" in str(page)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 413, 415, 429])
def test_a_web_page_does_not_say_what_the_service_did(status: int) -> None:
    html = {"Content-Type": "text/html; charset=utf-8"}
    assert make_refusal("x", status, html, b"<html>The answer was blocked</html>").started is None
    assert make_refusal("x", status, {}, b" <!DOCTYPE html><p>Blocked").started is None
    assert make_refusal("x", status, html, b"").started is None
    assert make_refusal("x", status, {}, b"").started is False


def test_json_that_is_called_html_is_no_web_page() -> None:
    html = {"Content-Type": "text/html"}
    error = make_refusal("x", 400, html, b' {"error_code": "DBS.280001", "error_msg": "wrong"}')
    assert (error.started, "web page" in str(error)) == (False, False)


def test_a_redirect_names_the_host_only() -> None:
    error = make_refusal("x", 302, {"Location": "https://user:pw@portal.example/login?next=token"}, b"")
    assert "to the host portal.example" in str(error)
    assert "pw" not in str(error)
    assert "next" not in str(error)


@pytest.mark.parametrize("status", [300, 304, 305])
def test_an_answer_that_redirects_nowhere_is_not_called_a_redirect(status: int) -> None:
    error = make_refusal("x", status, {}, b'{"error_code": "DBS.1", "error_msg": "odd"}')
    assert f'HTTP {status}, DBS.1, "odd"' in str(error)
    assert "redirects" not in str(error)
    assert "cache on the way" in str(make_refusal("x", 304, {}, b""))


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "\\uD800"}',
        b'{"a": "\\udfff"}',
        b'{"\\ud800": 1}',
        b'["\\udc00\\ud800"]',
        b'{"a": "\xed\xa0\x80"}',
        '{"a": "\ud800"}'.encode("utf-16", "surrogatepass"),
    ],
)
def test_half_a_surrogate_pair_is_no_json_escaped_or_not(body: bytes) -> None:
    with pytest.raises(ValueError):
        load_json(body)


@pytest.mark.parametrize("body", [b'{"a": "\\ud83d\\ude00"}', '{"a": "\U0001f600"}'.encode()])
def test_a_whole_surrogate_pair_is_one_character(body: bytes) -> None:
    assert load_json(body) == {"a": "\U0001f600"}


def test_a_pause_asked_for_is_an_attribute() -> None:
    text = b'{"error_code": "APIGW.0308", "error_msg": "limit:200,time:5 minute"}'
    assert make_refusal("x", 429, {"Retry-After": "7"}, text).retry_after_s == 7
    assert make_refusal("x", 429, {}, text).retry_after_s == 1.5


def test_known_secrets_are_taken_out_before_a_text_is_cut() -> None:
    secret = SecretStr("s3cr3t-" * 60)
    body = json.dumps({"error_code": "APIGW.0301", "error_msg": "canonical: " + secret.get_secret_value()}).encode()
    error = make_refusal("x", 401, {}, body, secrets=[secret])
    assert "s3cr3t" not in f"{error} {vars(error)}"
    damaged = make_unusable("x", "not JSON", 200, {}, b"oops " + secret.get_secret_value().encode(), secrets=[secret])
    assert "s3cr3t" not in f"{damaged} {vars(damaged)}"
