"""Attaches credentials to requests, and obtains and renews tokens: httpx flows that yield requests and receive answers.

The flows do no I/O, so they are tested without a server. ``transport.py`` runs them below its retries, so that each attempt
of a read has a new signature. A request that changes something is sent once, whatever its answer.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
from pydantic import SecretStr

from ddmkit.config.credentials import KeyCredentials, PasswordCredentials, TokenCredentials
from ddmkit.config.settings import Settings
from ddmkit.errors import DDMKitError, InputError
from ddmkit.service import protocol
from ddmkit.service.calls import Call, is_read, read_answer
from ddmkit.service.error_codes.explain import TOKEN_EXPIRED
from ddmkit.service.error_parsing import make_unusable, read_refusal
from ddmkit.service.headers import find_header, read_date
from ddmkit.service.request_signing import Unsigned, format_sdk_date, sign
from ddmkit.times import parse_service_time

__all__ = ["LOGIN", "Auth", "PasswordAuth", "SigningAuth", "Token", "TokenAuth", "make_auth"]

Flow = Generator[httpx.Request, httpx.Response, None]
Clock = Callable[[], datetime]

# Only these: proxies rewrite other headers, and a rewritten header breaks the signature. Source: ddm-api.md 9.2.
_SIGNED_HEADERS = ("host", "content-type", "x-project-id", "x-sdk-date", "x-security-token")
LOGIN = Call("KeystoneCreateUserTokenByPassword", "log in as the IAM user", "POST", "/v3/auth/tokens")
_USUAL_LIFE = timedelta(hours=24)


class Auth(httpx.Auth):
    """Base of the flows of the three kinds of credentials: known secrets, and renewal before a request that is sent once."""

    project_id: str = ""
    """The project that the credentials belong to; empty while unknown."""

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """The secrets obtained from the service, in addition to those of the settings."""
        return ()

    def renewal_flow(self) -> Flow:
        """Yield the requests that renew credentials close to their expiry; yield nothing if they cannot be renewed."""
        yield from ()


class TokenAuth(Auth):
    """Sends a token as it is. The token's expiry is unknown; a person may replace the token by a new one."""

    def __init__(self, credentials: TokenCredentials) -> None:
        self._tokens: tuple[SecretStr, ...] = (credentials.token,)

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """The newest tokens; older ones may still be valid."""
        return self._tokens

    def replace(self, credentials: TokenCredentials) -> None:
        """Send another token from now on."""
        self._tokens = (*self._tokens[-9:], credentials.token)

    def sync_auth_flow(self, request: httpx.Request) -> Flow:
        """Attach the token."""
        request.headers["X-Auth-Token"] = self._tokens[-1].get_secret_value()
        yield request


class SigningAuth(Auth):
    """Signs each request with the access key at the moment it is sent."""

    def __init__(self, credentials: KeyCredentials, clock: Clock) -> None:
        self._credentials = credentials
        self._clock = clock

    def sync_auth_flow(self, request: httpx.Request) -> Flow:
        """Attach date, security token and signature."""
        credentials = self._credentials
        request.headers["X-Sdk-Date"] = format_sdk_date(self._clock())
        if credentials.security_token is not None:
            request.headers["X-Security-Token"] = credentials.security_token.get_secret_value()
        request.headers["Authorization"] = sign(_unsigned(request), credentials.access_key, credentials.secret_key)
        yield request


def _unsigned(request: httpx.Request) -> Unsigned:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    protected = {name: request.headers[name] for name in _SIGNED_HEADERS if name in request.headers}
    return Unsigned(request.method, path, parse_qsl(query, keep_blank_values=True), protected, request.content)


@dataclass(frozen=True)
class Token:
    """A token, and the instant on this machine's clock from which the token should be renewed."""

    value: SecretStr
    renew_from: datetime
    project_id: str


class PasswordAuth(Auth):
    """Logs in as an IAM user; renews the token before it expires, and once after the service calls it expired.

    Renewal is single-flight: other threads wait for it and share its outcome. They share a refused login too, because
    several wrong logins lock the account. Source: API page KeystoneCreateUserTokenByPassword.
    """

    def __init__(self, settings: Settings, credentials: PasswordCredentials, clock: Clock, min_life: timedelta) -> None:
        self._settings = settings
        self._credentials = credentials
        self._clock = clock
        self._min_life = min_life
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._obtained: tuple[SecretStr, ...] = ()
        self._answered = 0
        self._failure: DDMKitError | None = None

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """The newest tokens obtained; they stay valid for up to 24 hours."""
        return self._obtained

    def sync_auth_flow(self, request: httpx.Request) -> Flow:
        """Attach the token; reads renew it when it is due, and once more when the service calls it expired."""
        if not is_read(request.method, request.extensions.get("call")) and self._token is not None:
            # Callers run renewal_flow before a request that is sent once, and need exactly one request here.
            _attach(self._token, request)
            yield request
            return
        used = yield from self._renew(stale=None)
        _attach(used, request)
        response = yield request
        if response.status_code == 401 and read_refusal(response.content).code in TOKEN_EXPIRED:
            fresh = yield from self._renew(stale=used)
            _attach(fresh, request)
            yield request

    def renewal_flow(self) -> Flow:
        """Yield a login if there is no token that is valid for long enough."""
        yield from self._renew(stale=None)

    def _renew(self, stale: Token | None) -> Generator[httpx.Request, httpx.Response, Token]:
        answered = self._answered
        with self._lock:
            # The outcome of a login in another thread, answered while this thread waited for the lock, counts for both.
            if self._failure is not None and self._answered != answered:
                raise copy.copy(self._failure)
            if self._token is not None and self._token is not stale and self._clock() < self._token.renew_from:
                return self._token
            response = yield self._login_request()
            self._answered += 1
            self._failure = None
            try:
                return self._keep(self._read_token(response))
            except DDMKitError as error:
                self._failure = error
                raise

    def _keep(self, token: Token) -> Token:
        self._token = token
        self.project_id = token.project_id
        self._obtained = (*self._obtained[-9:], token.value)
        return token

    def _login_request(self) -> httpx.Request:
        settings, credentials = self._settings, self._credentials
        if not settings.iam_endpoint:
            raise InputError("the identity service's address is unknown.", field="iam_endpoint", fix="Give iam_endpoint=.")
        if not (settings.project_id or settings.region):
            raise InputError("a token needs a project.", field="project_id", fix="Give project_id= or region=.")
        # A project's name is unique within its domain only. Some editions require the domain, the others accept it.
        by_name = {"name": settings.region, "domain": {"name": credentials.domain}}
        scope: dict[str, Any] = {"id": settings.project_id} if settings.project_id else by_name
        return httpx.Request(
            "POST",
            f"{settings.iam_endpoint}{LOGIN.path}?nocatalog=true",
            headers={"Content-Type": "application/json;charset=utf8", "Accept": "application/json"},
            content=protocol.login_body(credentials.user, credentials.password, credentials.domain, scope),
            extensions={"call": LOGIN},
        )

    def _read_token(self, response: httpx.Response) -> Token:
        now, headers = self._clock(), dict(response.headers)
        secrets = (*self._settings.secrets, *self._obtained)
        body = response.content
        payload = read_answer(response.status_code, headers, body, LOGIN, received_at=now, secrets=secrets)
        value = find_header(headers, "x-subject-token").strip()
        if not value or not value.isascii() or not value.isprintable():
            raise make_unusable(LOGIN.what, "the answer carries no token", response.status_code, {})
        token = payload.get("token")
        described: Mapping[str, Any] = token if isinstance(token, dict) else {}
        life = _read_life(described, read_date(headers) or now)
        # A token with a short life is renewed after half of its life, not on every request.
        renew_from = now + life - min(self._min_life, life / 2)
        project = described.get("project")
        project_id = project.get("id") if isinstance(project, dict) else ""
        return Token(SecretStr(value), renew_from, project_id if isinstance(project_id, str) else "")


def _attach(token: Token, request: httpx.Request) -> None:
    request.headers["X-Auth-Token"] = token.value.get_secret_value()


def _read_life(described: Mapping[str, Any], service_now: datetime) -> timedelta:
    """Return how long a token is valid, by the service's clock alone, because this machine's clock may be wrong."""
    try:
        ends = parse_service_time(described.get("expires_at"))
        starts = parse_service_time(described.get("issued_at")) or service_now
    except ValueError:
        return _USUAL_LIFE
    return max(timedelta(0), ends - starts) if ends is not None else _USUAL_LIFE


def make_auth(settings: Settings, clock: Clock, *, min_life: timedelta = timedelta(minutes=30)) -> Auth:
    """Return the flow for the settings' kind of credentials."""
    match settings.credentials:
        case TokenCredentials() as credentials:
            return TokenAuth(credentials)
        case KeyCredentials() as credentials:
            return SigningAuth(credentials, clock)
        case PasswordCredentials() as credentials:
            return PasswordAuth(settings, credentials, clock, min_life)
