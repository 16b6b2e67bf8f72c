"""Verifies an SDK-HMAC-SHA256 signature over a received request.

Two forms are in use. The official SDKs sign with the secret key itself (Huawei Cloud, "API Request Signing Guide"). The Open
Telekom Cloud's Go client, and therefore that cloud's Terraform provider, signs with a key derived for a day, a region and a
service, and names these in `Credential=` (gophertelekomcloud, signer_helper.go).

The canonical request is built from the bytes of the request line, headers and body. `http.auth` knows the keys, the locks
and the clock.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

__all__ = ["ALGORITHM", "Authorization", "canonical_request", "parse_authorization", "signature_matches", "signing_time"]

ALGORITHM = "SDK-HMAC-SHA256"
_SCOPE = r"[0-9]{8}/[^,/]*/[^,/]*/sdk_request"
_KEY = rf"(?:Access=(?P<access>[^,\s]+)|Credential=(?P<key>[^,/\s]+)/(?P<scope>{_SCOPE}))"
_SIGNED = r"SignedHeaders=(?P<headers>[^,\s]+), ?Signature=(?P<signature>[0-9a-f]+)"
_AUTHORIZATION = re.compile(rf"{ALGORITHM} {_KEY}, ?{_SIGNED}")


@dataclass(frozen=True)
class Authorization:
    """A parsed Authorization header. `scope` belongs to a derived key: day, region, service and a fixed word."""

    access_key: str
    headers: tuple[str, ...]
    signature: str
    scope: str = ""


def parse_authorization(value: str) -> Authorization | None:
    """Parse an Authorization header; return None for another scheme."""
    match = _AUTHORIZATION.fullmatch(value.strip())
    if match is None:
        return None
    names = tuple(match["headers"].split(";"))
    return Authorization(match["access"] or match["key"], names, match["signature"], match["scope"] or "")


def signing_time(headers: Mapping[str, str]) -> datetime | None:
    """Return the signing time of a request, or None when the header is missing or invalid."""
    try:
        return datetime.strptime(headers.get("x-sdk-date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def signature_matches(signed: Authorization, secret: str, canonical: str, date: str) -> bool:
    """Whether the signature was made with this secret over this canonical request."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    scope = [signed.scope] if signed.scope else []
    text = "\n".join([ALGORITHM, date, *scope, digest])
    expected = _mac(_signing_key(secret, signed.scope), text).hex()
    return hmac.compare_digest(expected, signed.signature) and date.startswith(signed.scope[:8])


def _signing_key(secret: str, scope: str) -> bytes:
    if not scope:
        return secret.encode()
    key = b"SDK" + secret.encode()
    for part in scope.split("/"):
        key = _mac(key, part)
    return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def canonical_request(
    signed: Authorization, method: str, raw_path: str, raw_query: str, headers: Mapping[str, str], body: bytes
) -> str:
    """Build the canonical request, the text that is signed.

    Args:
        signed: The parsed Authorization header.
        method: The HTTP method.
        raw_path: The path as in the request line.
        raw_query: The query as in the request line.
        headers: The headers, with names in lower case; a signed header that was not sent counts as empty.
        body: The bytes of the body.

    Returns:
        The canonical request of Huawei Cloud's "API Request Signing Guide".
    """
    lines = [f"{name}:{headers.get(name, '').strip()}\n" for name in sorted(signed.headers)]
    parts = (
        method.upper(),
        _canonical_path(raw_path),
        _canonical_query(raw_query),
        "".join(lines),
        ";".join(sorted(signed.headers)),
        _payload_hash(headers, body),
    )
    return "\n".join(parts)


def _encode(text: str) -> str:
    return quote(text, safe="~", errors="replace")


def _canonical_path(raw_path: str) -> str:
    path = "/".join(_encode(segment) for segment in unquote(raw_path).split("/"))
    return path if path.endswith("/") else path + "/"


def _canonical_query(raw_query: str) -> str:
    pairs = [pair.partition("=") for pair in raw_query.split("&") if pair]
    decoded = sorted((unquote(name), unquote(value)) for name, _, value in pairs)
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in decoded)


def _payload_hash(headers: Mapping[str, str], body: bytes) -> str:
    stated = headers.get("x-sdk-content-sha256")
    return stated if body and stated else hashlib.sha256(body).hexdigest()
