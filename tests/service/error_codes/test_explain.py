from __future__ import annotations

import pytest

from ddmkit.service.error_codes.explain import explain, nothing_started
from ddmkit.service.error_codes.table import CODES


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
        (400, "DBS.200057"),
        (400, "DBS.280270"),
        (400, "DBS.280285"),
        (400, "DBS.200053"),
        (409, "DBS.201201"),
        (413, "DBS.200046"),
        (200, "DBS.280001"),
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
        (400, "DBS.280495"),
        (400, "DBS.200823"),
        (400, "DBS.216028"),
        (400, "DBS.280000"),
        (500, "DBS.200057"),
        (200, "DBS.300002"),
        (200, "DBS.999999"),
        (302, "DBS.280001"),
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
    assert len(CODES) > 300
    for code, entry in CODES.items():
        assert entry.code == code
        assert entry.meaning
        assert entry.advice.endswith(".")
        assert entry.started in {False, None}


def test_every_code_of_the_shared_table_of_rds_is_known() -> None:
    listed = (
        "200001 200004 200405 200461 280001 280204 290000 290001 280404 280277 280270 280271 200002 200013 200045 200408 "
        "200602 201028 290005 290011 200010 200044 200604 201003 280015 280056 200011 200019 200047 201202 212006 201205 "
        "201201 200402 200086 201014 200316 280449 200021 200022 280272 200087 200098 200023 200026 280241 200027 200306 "
        "200024 200025 280285 200470 280450 200053 200054 280239 290002 200040 201207 280238 200041 200504 280235 200051 "
        "200046 290003 216028 200048 200049 200050 200501 200503 200052 280246 200506 201010 201203 280214 201106 280250 "
        "201103 280253 201101 200543 290006 213004 200811 280036 280228 111205 280495 280497 280498 "
    )
    assert [number for number in listed.split() if f"DBS.{number}" not in CODES] == []


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
