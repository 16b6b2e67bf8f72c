from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from ddmkit.config.credentials import KeyCredentials, PasswordCredentials, TokenCredentials
from ddmkit.config.settings import Settings
from ddmkit.errors import AuthError, InputError, ServiceError
from ddmkit.service.auth import PasswordAuth, SigningAuth, TokenAuth, make_auth

NOW = datetime(2025, 5, 21, 11, 0, tzinfo=UTC)
PASSWORD = PasswordCredentials("IAMUser", SecretStr("canary-password"), "IAMDomain")


def settings_with(credentials: object, **changes: str) -> Settings:
    known = {"region": "cn-north-4", "iam_endpoint": "https://iam.example.test", **changes}
    return Settings(endpoint="https://ddm.example.test", credentials=credentials, **known)


def login_answer(number: int, *, life: timedelta = timedelta(hours=24), **changes: object) -> httpx.Response:
    token = {
        "issued_at": NOW.strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
        "expires_at": (NOW + life).strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
        "project": {"id": "project-of-the-token"},
    }
    return httpx.Response(201, headers={"X-Subject-Token": f"token-{number}"}, json={"token": {**token, **changes}})


class Script:
    """Drives a flow as the transport does: logins are answered in order, other requests by ``answers``."""

    def __init__(self, *logins: httpx.Response, answers: Iterator[httpx.Response] | None = None) -> None:
        self.logins = list(logins)
        self.answers = answers or iter([])
        self.sent: list[httpx.Request] = []

    def run(self, flow: object) -> list[str]:
        start, response = len(self.sent), None
        try:
            while True:
                request = next(flow) if response is None else flow.send(response)
                self.sent.append(request)
                if request.url.path == "/v3/auth/tokens":
                    response = self.logins.pop(0)
                else:
                    response = next(self.answers, httpx.Response(200))
        except StopIteration:
            return [f"{one.method} {one.headers.get('X-Auth-Token', '')}".strip() for one in self.sent[start:]]


def read() -> httpx.Request:
    return httpx.Request("GET", "https://ddm.example.test/v3/p/backups")


@pytest.fixture
def clock() -> list[datetime]:
    return [NOW]


@pytest.fixture
def auth(clock: list[datetime]) -> PasswordAuth:
    return PasswordAuth(settings_with(PASSWORD), PASSWORD, lambda: clock[0], timedelta(minutes=30))


def test_a_token_is_sent_as_it_is() -> None:
    script = Script()
    assert script.run(TokenAuth(TokenCredentials(SecretStr("t"))).sync_auth_flow(read())) == ["GET t"]


def test_a_replaced_token_is_sent_from_then_on_and_the_old_one_stays_a_secret() -> None:
    auth, script = TokenAuth(TokenCredentials(SecretStr("old"))), Script()
    auth.replace(TokenCredentials(SecretStr("new")))
    assert script.run(auth.sync_auth_flow(read())) == ["GET new"]
    assert [one.get_secret_value() for one in auth.secrets] == ["old", "new"]


def test_few_headers_are_signed_and_the_security_token_is_among_them(clock: list[datetime]) -> None:
    keys = KeyCredentials(SecretStr("AK"), SecretStr("SK"), SecretStr("temporary"))
    request = httpx.Request("GET", "https://h/x", headers={"User-Agent": "u", "Accept": "a", "X-Project-Id": "p"})
    Script().run(SigningAuth(keys, lambda: clock[0]).sync_auth_flow(request))
    assert request.headers["X-Sdk-Date"] == "20250521T110000Z"
    assert request.headers["X-Security-Token"] == "temporary"
    assert "SignedHeaders=host;x-project-id;x-sdk-date;x-security-token," in request.headers["Authorization"]


def test_a_repeated_request_is_signed_anew(clock: list[datetime]) -> None:
    auth = SigningAuth(KeyCredentials(SecretStr("AK"), SecretStr("SK")), lambda: clock[0])
    request = read()
    Script().run(auth.sync_auth_flow(request))
    first = request.headers["Authorization"]
    clock[0] += timedelta(seconds=5)
    Script().run(auth.sync_auth_flow(request))
    assert request.headers["Authorization"] != first


def test_a_user_logs_in_once_and_the_token_serves_many_requests(auth: PasswordAuth) -> None:
    script = Script(login_answer(1))
    assert script.run(auth.sync_auth_flow(read())) == ["POST", "GET token-1"]
    assert script.run(auth.sync_auth_flow(read())) == ["GET token-1"]
    login = script.sent[0]
    assert str(login.url) == "https://iam.example.test/v3/auth/tokens?nocatalog=true"
    user = {"name": "IAMUser", "password": "canary-password", "domain": {"name": "IAMDomain"}}
    assert json.loads(login.content) == {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": "cn-north-4", "domain": {"name": "IAMDomain"}}},
        }
    }
    assert auth.project_id == "project-of-the-token"
    assert [secret.get_secret_value() for secret in auth.secrets] == ["token-1"]


def test_a_token_is_renewed_half_an_hour_before_its_end(auth: PasswordAuth, clock: list[datetime]) -> None:
    script = Script(login_answer(1), login_answer(2))
    script.run(auth.sync_auth_flow(read()))
    clock[0] += timedelta(hours=23, minutes=29)
    assert script.run(auth.sync_auth_flow(read())) == ["GET token-1"]
    clock[0] += timedelta(minutes=2)
    assert script.run(auth.sync_auth_flow(read())) == ["POST", "GET token-2"]


def test_a_short_lived_token_is_not_renewed_on_every_request(auth: PasswordAuth, clock: list[datetime]) -> None:
    script = Script(login_answer(1, life=timedelta(minutes=10)), login_answer(2))
    script.run(auth.sync_auth_flow(read()))
    clock[0] += timedelta(minutes=4)
    assert script.run(auth.sync_auth_flow(read())) == ["GET token-1"]
    clock[0] += timedelta(minutes=2)
    assert script.run(auth.sync_auth_flow(read())) == ["POST", "GET token-2"]


@pytest.mark.parametrize("change", [{"expires_at": "soon"}, {"expires_at": None}, {"project": None}, {"project": {"id": 7}}])
def test_a_token_with_odd_facts_is_still_a_token(auth: PasswordAuth, change: dict) -> None:
    assert Script(login_answer(1, **change)).run(auth.sync_auth_flow(read())) == ["POST", "GET token-1"]


def expired() -> httpx.Response:
    return httpx.Response(401, json={"error_code": "APIGW.0307", "error_msg": "The token must be updated."})


def test_an_expired_token_is_replaced_once(auth: PasswordAuth) -> None:
    script = Script(login_answer(1), login_answer(2), answers=iter([expired(), expired()]))
    assert script.run(auth.sync_auth_flow(read())) == ["POST", "GET token-2", "POST", "GET token-2"]
    assert len(script.sent) == 4


def test_other_rejections_are_not_answered_with_a_login(auth: PasswordAuth) -> None:
    wrong = httpx.Response(401, json={"error_code": "APIGW.0301", "error_msg": "decrypt token fail"})
    script = Script(login_answer(1), answers=iter([wrong]))
    assert script.run(auth.sync_auth_flow(read())) == ["POST", "GET token-1"]


def test_a_request_that_changes_something_is_sent_once_even_when_the_token_expired(auth: PasswordAuth) -> None:
    script = Script(login_answer(1), answers=iter([expired()]))
    script.run(auth.renewal_flow())
    request = httpx.Request("POST", "https://ddm.example.test/x")
    assert script.run(auth.sync_auth_flow(request)) == ["POST token-1"]


def test_a_refused_login_is_an_error_without_the_password(auth: PasswordAuth) -> None:
    refused = httpx.Response(
        401, json={"error": {"code": 401, "message": "wrong: canary-password", "title": "Unauthorized"}}
    )
    with pytest.raises(AuthError, match="log in as the IAM user") as caught:
        Script(refused).run(auth.sync_auth_flow(read()))
    assert "canary" not in f"{caught.value} {vars(caught.value)}"


class Announcing:
    """A lock that says when somebody is about to wait for it."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self.asked = threading.Event()

    def __enter__(self) -> None:
        self.asked.set()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def log_in_twice_at_once(auth: PasswordAuth, answer: httpx.Response) -> tuple[list[object], Script]:
    """Let a second request wait while the first logs in; return what became of both, and what the second sent."""
    second, outcomes = Script(login_answer(2)), []

    def run_second() -> None:
        try:
            outcomes.append(second.run(auth.sync_auth_flow(read())))
        except AuthError as error:
            outcomes.append(error)

    first = auth.sync_auth_flow(read())
    next(first)  # the login is on its way
    auth._lock = Announcing(auth._lock)
    waiting = threading.Thread(target=run_second)
    waiting.start()
    assert auth._lock.asked.wait(10)
    try:
        outcomes.append(first.send(answer))
    except AuthError as error:
        outcomes.append(error)
    first.close()
    waiting.join(10)
    return outcomes, second


def test_a_refused_login_is_shared_by_those_who_waited_for_it_and_not_repeated(auth: PasswordAuth) -> None:
    refused = httpx.Response(401, json={"error": {"code": 401, "message": "wrong", "title": "Unauthorized"}})
    outcomes, second = log_in_twice_at_once(auth, refused)
    assert [type(outcome) for outcome in outcomes] == [AuthError, AuthError]
    assert second.sent == []
    # A later request is a new try: the password may have been put right meanwhile.
    assert Script(login_answer(3)).run(auth.sync_auth_flow(read())) == ["POST", "GET token-3"]


def test_a_login_that_succeeded_serves_those_who_waited_for_it(auth: PasswordAuth) -> None:
    outcomes, second = log_in_twice_at_once(auth, login_answer(1))
    assert [request.headers["X-Auth-Token"] for request in second.sent] == ["token-1"]
    assert len(outcomes) == 2


def test_a_login_without_an_answer_is_tried_again_by_the_next(auth: PasswordAuth) -> None:
    first = auth.sync_auth_flow(read())
    next(first)
    first.close()  # the connection broke
    assert Script(login_answer(1)).run(auth.sync_auth_flow(read())) == ["POST", "GET token-1"]


def test_a_login_without_a_token_is_an_error(auth: PasswordAuth) -> None:
    with pytest.raises(ServiceError, match="carries no token"):
        Script(httpx.Response(201, json={"token": {}})).run(auth.sync_auth_flow(read()))


def test_a_login_needs_an_address_and_a_project(clock: list[datetime]) -> None:
    for changes in ({"iam_endpoint": ""}, {"region": "", "project_id": ""}):
        auth = make_auth(settings_with(PASSWORD, **changes), lambda: clock[0])
        with pytest.raises(InputError):
            Script().run(auth.sync_auth_flow(read()))


def test_a_known_project_is_the_scope_of_the_token(clock: list[datetime]) -> None:
    auth = make_auth(settings_with(PASSWORD, project_id="p1"), lambda: clock[0])
    script = Script(login_answer(1))
    script.run(auth.sync_auth_flow(read()))
    assert json.loads(script.sent[0].content)["auth"]["scope"] == {"project": {"id": "p1"}}
