"""Authentication: tokens, signatures, projects, locks."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from ddmkit.simulator import Simulator
from ddmkit.simulator.http.auth import Authenticator
from ddmkit.simulator.http.operations import OPERATIONS
from tests import plain_http


def sign(url: str, key: str, secret: str, *, at: float | None = None, **extra: str) -> dict[str, str]:
    """Return the headers of a signed GET for simple paths, as ddm-api.md 9.1 describes."""
    parts = urlsplit(url)
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    headers = {"host": parts.netloc, "x-sdk-date": date, **{name.replace("_", "-"): value for name, value in extra.items()}}
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    empty = hashlib.sha256(b"").hexdigest()
    canonical = f"GET\n{parts.path}/\n{parts.query}\n{lines}\n{';'.join(names)}\n{empty}"
    text = f"SDK-HMAC-SHA256\n{date}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return {
        **headers,
        "authorization": f"SDK-HMAC-SHA256 Access={key}, SignedHeaders={';'.join(names)}, Signature={signature}",
    }


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert body["request_id"] == answer.headers["x-request-id"]
    return answer.status_code, body["error_code"], body["error_msg"]


@pytest.fixture
def url(caller: Any) -> str:
    return f"{caller.facts.endpoint}{caller.v3}/backups?limit=1&offset=0"


def get(url: str, headers: dict[str, str]) -> httpx.Response:
    return plain_http.get(url, headers=headers)


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.family in {"v1", "v3"}], ids=lambda o: o.name)
def test_every_ddm_call_wants_a_credential(caller: Any, operation: Any) -> None:
    names = {"instance_id": "i", "backup_id": "b", "job_id": "j", "ddm_dbname": "d", "database_name": "d"}
    path = operation.path.format(project_id=caller.facts.project_id, **names)
    answer = plain_http.request(operation.method, caller.facts.endpoint + path)
    status, code, message = refusal(answer)
    assert (status, code) == (401, "APIGW.0301")
    assert "x-auth-token not found" in message


def test_an_invented_token_is_refused(caller: Any, url: str) -> None:
    assert refusal(get(url, {"X-Auth-Token": "MII"}))[2].endswith("decrypt token fail")


def test_a_credential_is_valid_for_its_own_project_only(caller: Any) -> None:
    url = f"{caller.facts.endpoint}/v3/{'0' * 32}/backups"
    facts = caller.facts
    assert refusal(get(url, {"X-Auth-Token": facts.token}))[:2] == (403, "APIGW.0306")
    assert refusal(get(url, sign(url, facts.access_key, facts.secret_key)))[:2] == (403, "APIGW.0306")


def test_a_project_header_has_to_agree_with_the_path(caller: Any, url: str) -> None:
    headers = {"X-Auth-Token": caller.facts.token, "X-Project-Id": "0" * 32}
    assert refusal(get(url, headers))[:2] == (401, "APIGW.0301")


def test_a_signed_request_is_accepted(caller: Any, url: str) -> None:
    headers = sign(url, caller.facts.access_key, caller.facts.secret_key, x_project_id=caller.facts.project_id)
    assert get(url, headers).status_code == 200


def test_temporary_keys_need_their_security_token(caller: Any, url: str) -> None:
    key, secret = caller.facts.temporary_access_key, caller.facts.temporary_secret_key
    assert get(url, sign(url, key, secret, x_security_token=caller.facts.security_token)).status_code == 200
    assert refusal(get(url, sign(url, key, secret)))[2].endswith("Get secretKey failed")
    assert refusal(get(url, sign(url, key, secret, x_security_token="other")))[0] == 401


def test_an_unknown_key_is_refused(url: str) -> None:
    assert refusal(get(url, sign(url, "NOBODY", "secret")))[2].endswith("Get secretKey failed")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_wrong_clock_is_rejected(caller: Any, url: str, minutes: int) -> None:
    headers = sign(url, caller.facts.access_key, caller.facts.secret_key, at=time.time() + minutes * 60)
    assert "15 minutes" in refusal(get(url, headers))[2]


def test_a_slightly_wrong_clock_is_accepted(caller: Any, url: str) -> None:
    headers = sign(url, caller.facts.access_key, caller.facts.secret_key, at=time.time() - 14 * 60)
    assert get(url, headers).status_code == 200


def test_a_changed_query_does_not_match_the_signature(caller: Any, url: str) -> None:
    headers = sign(url, caller.facts.access_key, caller.facts.secret_key)
    status, code, message = refusal(get(url.replace("limit=1", "limit=2"), headers))
    assert (status, code) == (401, "APIGW.0301")
    assert "verify aksk signature fail" in message
    assert "|host;x-sdk-date|" in message


def test_six_wrong_signatures_lock_the_key_for_all_clients(caller: Any, url: str) -> None:
    key = caller.facts.access_key
    texts = [refusal(get(url, sign(url, key, "wrong")))[2] for _ in range(7)]
    assert all("verify aksk signature fail" in text for text in texts[:6])
    assert "AK access failed to reach the limit,forbidden" in texts[6]
    with Simulator(world=caller.simulator.world_path) as other:
        path = other.endpoint + url.removeprefix(caller.facts.endpoint)
        assert "forbidden" in refusal(get(path, sign(path, key, caller.facts.secret_key)))[2]


def test_a_valid_signature_resets_the_count_of_wrong_ones(caller: Any, url: str) -> None:
    key, secret = caller.facts.access_key, caller.facts.secret_key
    for _ in range(2):
        for _ in range(5):
            get(url, sign(url, key, "wrong"))
        assert get(url, sign(url, key, secret)).status_code == 200


def test_the_lock_ends_after_five_minutes(caller: Any, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key, secret = caller.facts.access_key, caller.facts.secret_key
    for _ in range(6):
        get(url, sign(url, key, "wrong"))
    later = time.time() + 301
    monkeypatch.setattr("ddmkit.simulator.http.faults.machine_ms", lambda: int(later * 1000))
    assert get(url, sign(url, key, secret, at=later)).status_code == 200


def test_an_issued_token_ends_after_a_day(world: Any) -> None:
    machine = [1_000]
    authenticator = Authenticator(world.storage, world.seed, lambda: machine[0])
    _, facts = authenticator.issue_token(world.seed.credentials().project_id)
    assert facts.expires - facts.issued == 86_400_000


def test_a_token_that_has_ended_has_to_be_updated(caller: Any, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token, facts = caller.simulator._authenticator.issue_token(caller.facts.project_id)
    assert get(url, {"X-Auth-Token": token}).status_code == 200
    monkeypatch.setattr("ddmkit.simulator.http.faults.machine_ms", lambda: facts.expires)
    assert refusal(get(url, {"X-Auth-Token": token}))[:2] == (401, "APIGW.0307")


def test_no_issued_token_is_in_the_file(caller: Any) -> None:
    authenticator = Authenticator(caller.simulator.world.storage, caller.simulator.world.seed, lambda: 0)
    token, *_ = authenticator.issue_token(None)
    assert token not in {str(row["digest"]) for row in caller.simulator.world.storage.select("SELECT digest FROM tokens")}
