from __future__ import annotations

import html
import json
import logging
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from ddmkit.errors import ServiceError
from ddmkit.secrecy.redaction import hide_secrets, quote_text, scrub_error, scrub_text, silence_header_logs

SECRET = 'pa"ss/wörd+&=='


@pytest.mark.parametrize(
    "spelled",
    [
        SECRET,
        quote(SECRET, safe=""),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(SECRET)[1:-1].replace("/", "\\/"),
        html.escape(SECRET),
    ],
)
def test_a_secret_is_found_in_every_spelling(spelled: str) -> None:
    assert scrub_text(f"<{spelled}>", [SecretStr(SECRET)]) == "<[secret]>"


def test_very_short_secrets_tear_no_holes_into_words() -> None:
    assert scrub_text("a normal text", [SecretStr("a"), SecretStr("")]) == "a normal text"


def test_foreign_text_is_one_line_and_cut() -> None:
    assert quote_text("a\nb\x1b[31m\u202e") == "a\\nb\\x1b[31m\\u202e"
    assert quote_text("x" * 1000) == "x" * 300 + " ... (1000 characters)"


def test_an_error_is_cleared_in_all_its_texts() -> None:
    error = ServiceError(
        "it was tok-en-1", service_message="tok-en-1", request_id="tok-en-1", cause="tok-en-1", code="tok-en-1"
    )
    scrub_error(error, [SecretStr("tok-en-1")])
    assert "tok-en-1" not in f"{error} {vars(error)}"


def test_header_dumps_of_the_http_library_leave_the_log(caplog: pytest.LogCaptureFixture) -> None:
    silence_header_logs()
    silence_header_logs()
    caplog.set_level(logging.DEBUG)
    logger = logging.getLogger("httpcore.http11")
    logger.debug("receive_response_headers.complete return_value=(b'HTTP/1.1', 201, [(b'X-Subject-Token', b'canary')])")
    logger.debug("receive_response_body.failed exception=RemoteProtocolError('canary')")
    logger.debug("receive_response_body.complete")
    assert "canary" not in caplog.text
    assert "receive_response_headers.complete (withheld" in caplog.text
    assert "receive_response_body.complete" in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        '{"name": "a", "password": "Canary-5-Pass", "id": "i"}',
        '{"admin_user_password":"Canary-5-Pass"}',
        '{"request": "{\\"password\\":\\"Canary-5-Pass\\",\\"id\\":\\"i\\"}"}',
        '{"request": "\\"{\\\\\\"password\\\\\\": \\\\\\"Canary-5-Pass\\\\\\"}\\""}',
        '{"password": "Canary-5-Pass\\" and more"}',
        '{"Password ": "Canary-5-Pass", "password": ""}',
    ],
)
def test_the_value_of_a_key_that_names_a_password_is_hidden_and_the_json_stays_whole(answer: str) -> None:
    hidden = hide_secrets(answer.encode(), ())
    assert b"Canary" not in hidden
    assert json.loads(hidden).keys() == json.loads(answer).keys()


def test_a_secret_of_the_request_is_hidden_wherever_the_answer_repeats_it() -> None:
    content = b'{"error_msg": "the password Canary-5-Pass is weak", "encoded": "Q2FuYXJ5LTUtUGFzcw=="}'
    hidden = hide_secrets(content, [SecretStr("Canary-5-Pass"), SecretStr("")])
    assert b"Canary" not in hidden
    assert b"Q2FuYXJ5LTUtUGFz" not in hidden
    assert hide_secrets(b'{"a": 1}', []) == b'{"a": 1}'


def test_a_hostile_answer_does_not_make_the_search_slow() -> None:
    content = b'{"password": "' + b"\\" * 200_000 + b'", "b": "' + b"a" * 200_000 + b'"}'
    assert hide_secrets(content, ()).startswith(b'{"password": "[secret]')
