"""Authenticates requests by token or signature, each for one project.

The world's file stores the number of failed signatures, and tokens as digests only. All times here are those of the
machine's clock, because the gateway's clock does not belong to a world. Source: ddm-api.md 7.1, 9.2, 11.4.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ddmkit.simulator.http.operations import CLOUD, Operation
from ddmkit.simulator.http.signature import (
    Authorization,
    canonical_request,
    parse_authorization,
    signature_matches,
    signing_time,
)
from ddmkit.simulator.rules.errors import ApiError, gateway_error
from ddmkit.simulator.storage.clock import from_ms
from ddmkit.simulator.storage.ids import Credentials, Seed
from ddmkit.simulator.storage.storage import Storage

__all__ = ["REGION", "Authenticator", "ReceivedRequest", "TokenFacts"]

REGION = "simulator-1"
TOKEN_LIFE_MS = 24 * 3_600_000
CLOCK_TOLERANCE = timedelta(minutes=15)
FAILURES_BEFORE_LOCK = 5
LOCK_MS = 5 * 60_000
OPEN = frozenset({"ListApiVersion", "KeystoneShowVersion", "KeystoneCreateUserTokenByPassword"})
WRONG_IAM = "Incorrect IAM authentication information: "


@dataclass(frozen=True)
class ReceivedRequest:
    """A received request; header names in lower case, path and query as in the request line."""

    method: str
    raw_path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class TokenFacts:
    """The validity of a token: a project or none, from one instant to another."""

    project_id: str | None
    issued: int
    expires: int


class Authenticator:
    """Accepts or rejects requests as the gateway does. `machine` returns the gateway's time in milliseconds."""

    def __init__(self, storage: Storage, seed: Seed, machine: Callable[[], int]) -> None:
        self._storage = storage
        self._seed = seed
        self._credentials: Credentials = seed.credentials()
        self._machine = machine

    def authenticate(self, received: ReceivedRequest, operation: Operation, project_id: str) -> None:
        """Raise ApiError unless the request may call this operation of this project."""
        if operation.name in OPEN:
            return
        if "authorization" in received.headers:
            self._check_signature(received)
            scope: str | None = self._credentials.project_id
        elif "x-auth-token" in received.headers:
            scope = self.read_token(received.headers["x-auth-token"]).project_id
        else:
            raise gateway_error(401, "APIGW.0301", WRONG_IAM + "x-auth-token not found")
        if operation.family in CLOUD:
            _check_project(scope, project_id, received.headers.get("x-project-id", project_id))

    def scenario_token(self) -> str:
        """Return the currently valid token of the scenario."""
        return self._seed.token(int(self._storage.setting("token_generation") or 0))

    def issue_token(self, project_id: str | None, expires: int | None = None) -> tuple[str, TokenFacts]:
        """Create a token, valid for a day unless its end is given; older tokens stay valid."""
        token = "MIIS" + secrets.token_urlsafe(150)
        issued = self._machine()
        facts = TokenFacts(project_id, issued, issued + TOKEN_LIFE_MS if expires is None else expires)
        row = (_digest(token), facts.project_id, facts.issued, facts.expires)
        self._storage.execute("INSERT INTO tokens VALUES (?, ?, ?, ?)", row)
        return token, facts

    def expire_tokens(self) -> None:
        """Expire all tokens issued so far, including the scenario's own."""
        with self._storage.writing():
            self._storage.execute("UPDATE tokens SET expires = 0")
            generation = int(self._storage.setting("token_generation") or 0)
            self._storage.put_setting("token_generation", generation + 1)

    def read_token(self, token: str) -> TokenFacts:
        """Return the validity of a token; raise ApiError for an unknown or expired token."""
        generation = int(self._storage.setting("token_generation") or 0)
        now = self._machine()
        if _same(token, self._seed.token(generation)):  # valid until the fault `token-expires` is triggered
            return TokenFacts(self._credentials.project_id, now, now + TOKEN_LIFE_MS)
        rows = self._storage.select("SELECT project_id, issued, expires FROM tokens WHERE digest = ?", (_digest(token),))
        if not rows and not any(_same(token, self._seed.token(older)) for older in range(generation)):
            raise gateway_error(401, "APIGW.0301", WRONG_IAM + "decrypt token fail")
        if not rows or rows[0]["expires"] <= now:
            raise gateway_error(401, "APIGW.0307", "The token must be updated.")
        return TokenFacts(rows[0]["project_id"], rows[0]["issued"], rows[0]["expires"])

    def _check_signature(self, received: ReceivedRequest) -> None:
        signed = parse_authorization(received.headers["authorization"])
        secret = self._secret_of(signed, received.headers.get("x-security-token")) if signed else None
        if signed is None or secret is None:
            raise gateway_error(401, "APIGW.0301", WRONG_IAM + "Get secretKey failed")
        key = _digest(signed.access_key)  # the world's file must not contain rejected access keys
        self._check_lock(key)
        self._check_date(received)
        canonical = canonical_request(
            signed, received.method, received.raw_path, received.raw_query, received.headers, received.body
        )
        # Only the date must be signed: Go clients omit the host, because their HTTP library does not list it as a header.
        protected = "x-sdk-date" in signed.headers
        if not (protected and signature_matches(signed, secret, canonical, received.headers["x-sdk-date"])):
            self._count_failure(key)
            shown = canonical.replace("\n", "|")
            raise gateway_error(401, "APIGW.0301", f"{WRONG_IAM}verify aksk signature fail, canonicalRequest:{shown}")
        self._clear_failures(key)

    def _secret_of(self, signed: Authorization, security_token: str | None) -> str | None:
        own = self._credentials
        if signed.access_key == own.access_key:
            return own.secret_key
        if signed.access_key == own.temporary_access_key and _same(security_token or "", own.security_token):
            return own.temporary_secret_key
        return None

    def _check_date(self, received: ReceivedRequest) -> None:
        signed_at = signing_time(received.headers)
        if signed_at is None or abs(from_ms(self._machine()) - signed_at) > CLOCK_TOLERANCE:
            detail = "verify aksk signature fail, x-sdk-date differs from the gateway's clock by more than 15 minutes"
            raise gateway_error(401, "APIGW.0301", WRONG_IAM + detail)

    def _check_lock(self, key: str) -> None:
        condition = "SELECT locked_until FROM key_failures WHERE access_key = ?"
        if self._storage.count(condition, (key,)) > self._machine():
            raise gateway_error(401, "APIGW.0301", WRONG_IAM + "AK access failed to reach the limit,forbidden")

    def _count_failure(self, key: str) -> None:
        with self._storage.writing():
            failures = 1 + self._failures(key)
            locked = failures > FAILURES_BEFORE_LOCK
            row = (key, 0 if locked else failures, self._machine() + LOCK_MS if locked else 0)
            self._storage.execute("INSERT OR REPLACE INTO key_failures VALUES (?, ?, ?)", row)

    def _clear_failures(self, key: str) -> None:
        if self._failures(key):
            self._storage.execute("DELETE FROM key_failures WHERE access_key = ?", (key,))

    def _failures(self, key: str) -> int:
        return self._storage.count("SELECT failures FROM key_failures WHERE access_key = ?", (key,))


def _check_project(scope: str | None, in_path: str, in_header: str) -> None:
    if in_header != in_path:
        raise gateway_error(401, "APIGW.0301", WRONG_IAM + "x-project-id is not the project of the path")
    if scope != in_path:
        raise ApiError(403, "APIGW.0306", "API access denied: the credential belongs to another project.", "gateway")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
