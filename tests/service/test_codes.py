from __future__ import annotations

import pytest

from ddmkit.service.code_table import CODES
from ddmkit.service.codes import explain, nothing_started


@pytest.mark.parametrize("status", [401, 403, 404, 409, 413, 415, 429])
def test_these_statuses_promise_that_nothing_was_started_whatever_the_code(status: int) -> None:
    assert nothing_started(status, "")
    assert nothing_started(status, "DBS.999999")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "DBS.280001"),
        (400, "DBS.300102"),
        (400, "DBS.300108"),
        (400, "DBS.300372"),
        (400, "DBS.201203"),
        (503, "APIGW.0613"),
        (400, "APIGW.0201"),
        (405, "APIGW.0502"),
    ],
)
def test_these_codes_promise_that_nothing_was_started(status: int, code: str) -> None:
    assert nothing_started(status, code)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, ""),
        (400, "DBS.999999"),
        (400, "DBS.300002"),
        (400, "DBS.300322"),
        (500, "DBS.280001"),
        (500, "DBS.111205"),
        (502, "APIGW.0201"),
        (503, ""),
        (503, "DBS.280001"),
        (504, "APIGW.0201"),
        (202, ""),
        (302, ""),
    ],
)
def test_everything_else_leaves_open_what_was_started(status: int, code: str) -> None:
    assert not nothing_started(status, code)
    assert explain(status, code).started is None


def test_every_code_of_the_table_says_what_it_means_and_what_to_do() -> None:
    assert len(CODES) > 250
    for code, entry in CODES.items():
        assert entry.code == code
        assert entry.meaning
        assert entry.advice.endswith(".")
        assert entry.started in {False, None}


def test_gateway_codes_are_known_under_both_prefixes() -> None:
    cloud = {code.removeprefix("APIGW.") for code in CODES if code.startswith("APIGW.")}
    private = {code.removeprefix("APIG.") for code in CODES if code.startswith("APIG.")}
    assert cloud == private
    assert {"0101", "0301", "0307", "0308", "0613"} <= cloud


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("verify aksk signature fail", "secret key"),
        ("AK access failed to reach the limit,forbidden", "locked"),
        ("decrypt token fail", "token cannot be read"),
        ("token expires, expires_at: 2025", "expired"),
        ("Get secretKey failed", "access key is not known"),
        ("x-auth-token not found", "no credentials"),
    ],
)
def test_the_gateways_text_tells_which_credential_is_wrong(message: str, word: str) -> None:
    assert word in explain(401, "APIGW.0301", message).meaning


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("The throttling threshold has been reached: policy user over ratelimit,limit:200,time:5 minute", 1.5),
        ("5 times per 60 seconds", 12.0),
        ("limit:0,time:1 hour", 3600.0),
        ("slow down", None),
    ],
)
def test_a_throttling_text_announces_a_pause(message: str, seconds: float | None) -> None:
    found = explain(429, "APIGW.0308", message)
    assert (found.kind, found.wait_s) == ("throttled", seconds)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "auth"), (403, "auth"), (404, "not-found"), (409, "busy"), (400, "refused"), (418, "refused"), (599, "server")],
)
def test_unlisted_codes_are_judged_by_their_status(status: int, kind: str) -> None:
    assert explain(status, "NEW.1").kind == kind
