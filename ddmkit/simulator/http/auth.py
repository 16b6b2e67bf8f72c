"""Who is let in: tokens that IAM issued, and signed requests, each for one project.

Tokens and failed signatures are kept in the world's file, tokens as digests only. All times here are the machine's, as the
gateway's clock is no part of a world. Source: ddm-api.md 7.1, 9.2, 11.4.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ddmkit.simulator.http.operations import DDM, Operation
from ddmkit.simulator.http.signature import (
    Signed,
    canonical_request,
    read_authorization,
    signature_fits,
    signing_time,
)
from ddmkit.simulator.rules.errors import Refusal, gateway_refusal
from ddmkit.simulator.storage.clock import from_ms
from ddmkit.simulator.storage.ids import Credentials, Seed
from ddmkit.simulator.storage.storage import Storage

__all__ = ["REGION", "Gate", "Received", "TokenFacts"]

REGION = "simulator-1"
TOKEN_LIFE_MS = 24 * 3_600_000
CLOCK_TOLERANCE = timedelta(minutes=15)
FAILURES_BEFORE_LOCK = 5
LOCK_MS = 5 * 60_000
OPEN = frozenset({"ListApiVersion", "KeystoneShowVersion", "KeystoneCreateUserTokenByPassword"})
WRONG_IAM = "Incorrect IAM authentication information: "


@dataclass(frozen=True)
class Received:
    """A request as it came in; header names in lower case, path and query as on the request line."""

    method: str
    raw_path: str
    raw_query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class TokenFacts:
    """What a token is good for: a project or none, from one instant to another."""

    project_id: str | None
    issued: int
    expires: int


class Gate:
    """Lets requests in or refuses them as the gateway does."""

    def __init__(self, storage: Storage, seed: Seed, machine: Callable[[], int]) -> None:
        self._storage = storage
        self._seed = seed
        self._credentials: Credentials = seed.credentials()
        self._machine = machine

    def admit(self, received: Received, operation: Operation, project_id: str) -> None:
        """Raise a refusal unless the request may call this operation of this project."""
        if operation.name in OPEN:
            return
        if "authorization" in received.headers:
            self._check_signature(received)
            scope: str | None = self._credentials.project_id
        elif "x-auth-token" in received.headers:
            scope = self.read_token(received.headers["x-auth-token"]).project_id
        else:
            raise gateway_refusal(401, "APIGW.0301", WRONG_IAM + "x-auth-token not found")
        if operation.family in DDM:
            _check_project(scope, project_id, received.headers.get("x-project-id", project_id))

    def scenario_token(self) -> str:
        """Return the token of the scenario that is good at present."""
        return self._seed.token(int(self._storage.setting("token_generation") or 0))

    def issue_token(self, project_id: str | None, expires: int | None = None) -> tuple[str, TokenFacts]:
        """Return a new token, good for a day unless its end is given; older ones stay good."""
        token = "MIIS" + secrets.token_urlsafe(150)
        issued = self._machine()
        facts = TokenFacts(project_id, issued, issued + TOKEN_LIFE_MS if expires is None else expires)
        row = (_digest(token), facts.project_id, facts.issued, facts.expires)
        self._storage.execute("INSERT INTO tokens VALUES (?, ?, ?, ?)", row)
        return token, facts

    def expire_tokens(self) -> None:
        """End the life of all tokens so far, the scenario's own included."""
        with self._storage.writing():
            self._storage.execute("UPDATE tokens SET expires = 0")
            generation = int(self._storage.setting("token_generation") or 0)
            self._storage.put_setting("token_generation", generation + 1)

    def read_token(self, token: str) -> TokenFacts:
        """Return what a token is good for; raise a refusal for one that is unknown or has ended."""
        generation = int(self._storage.setting("token_generation") or 0)
        now = self._machine()
        if _same(token, self._seed.token(generation)):  # it lasts until the fault `token-expires` ends it
            return TokenFacts(self._credentials.project_id, now, now + TOKEN_LIFE_MS)
        rows = self._storage.select("SELECT project_id, issued, expires FROM tokens WHERE digest = ?", (_digest(token),))
        if not rows and not any(_same(token, self._seed.token(older)) for older in range(generation)):
            raise gateway_refusal(401, "APIGW.0301", WRONG_IAM + "decrypt token fail")
        if not rows or rows[0]["expires"] <= now:
            raise gateway_refusal(401, "APIGW.0307", "The token must be updated.")
        return TokenFacts(rows[0]["project_id"], rows[0]["issued"], rows[0]["expires"])

    def _check_signature(self, received: Received) -> None:
        signed = read_authorization(received.headers["authorization"])
        secret = self._secret_of(signed, received.headers.get("x-security-token")) if signed else None
        if signed is None or secret is None:
            raise gateway_refusal(401, "APIGW.0301", WRONG_IAM + "Get secretKey failed")
        key = _digest(signed.access_key)  # a world's file tells nobody who was refused
        self._check_lock(key)
        self._check_date(received)
        canonical = canonical_request(
            signed, received.method, received.raw_path, received.raw_query, received.headers, received.body
        )
        # Only the date has to be signed: Go clients leave the host out, as their HTTP library keeps it out of the headers.
        protected = "x-sdk-date" in signed.headers
        if not (protected and signature_fits(signed, secret, canonical, received.headers["x-sdk-date"])):
            self._count_failure(key)
            shown = canonical.replace("\n", "|")
            raise gateway_refusal(401, "APIGW.0301", f"{WRONG_IAM}verify aksk signature fail, canonicalRequest:{shown}")
        self._forget_failures(key)

    def _secret_of(self, signed: Signed, security_token: str | None) -> str | None:
        ours = self._credentials
        if signed.access_key == ours.access_key:
            return ours.secret_key
        if signed.access_key == ours.temporary_access_key and _same(security_token or "", ours.security_token):
            return ours.temporary_secret_key
        return None

    def _check_date(self, received: Received) -> None:
        signed_at = signing_time(received.headers)
        if signed_at is None or abs(from_ms(self._machine()) - signed_at) > CLOCK_TOLERANCE:
            detail = "verify aksk signature fail, x-sdk-date differs from the gateway's clock by more than 15 minutes"
            raise gateway_refusal(401, "APIGW.0301", WRONG_IAM + detail)

    def _check_lock(self, key: str) -> None:
        condition = "SELECT locked_until FROM key_failures WHERE access_key = ?"
        if self._storage.count(condition, (key,)) > self._machine():
            raise gateway_refusal(401, "APIGW.0301", WRONG_IAM + "AK access failed to reach the limit,forbidden")

    def _count_failure(self, key: str) -> None:
        with self._storage.writing():
            failures = 1 + self._failures(key)
            locked = failures > FAILURES_BEFORE_LOCK
            row = (key, 0 if locked else failures, self._machine() + LOCK_MS if locked else 0)
            self._storage.execute("INSERT OR REPLACE INTO key_failures VALUES (?, ?, ?)", row)

    def _forget_failures(self, key: str) -> None:
        if self._failures(key):
            self._storage.execute("DELETE FROM key_failures WHERE access_key = ?", (key,))

    def _failures(self, key: str) -> int:
        return self._storage.count("SELECT failures FROM key_failures WHERE access_key = ?", (key,))


def _check_project(scope: str | None, in_path: str, in_header: str) -> None:
    if in_header != in_path:
        raise gateway_refusal(401, "APIGW.0301", WRONG_IAM + "x-project-id is not the project of the path")
    if scope != in_path:
        raise Refusal(403, "APIGW.0306", "API access denied: the credential belongs to another project.", "gateway")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
