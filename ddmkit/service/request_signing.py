"""Signs requests with an access key (SDK-HMAC-SHA256), as a pure function of the request.

Callers choose the headers to sign (few, because proxies rewrite some) and the time of the signature. Source: ddm-api.md 9,
whose test vectors are the tests of this module.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from pydantic import SecretStr

from ddmkit.service.calls import encode_query

__all__ = ["Unsigned", "canonical_request", "format_sdk_date", "sign"]

ALGORITHM = "SDK-HMAC-SHA256"


class Unsigned:
    """A request to sign: method, path as sent, query pairs, the headers to protect (including ``Host``), body."""

    __slots__ = ("body", "headers", "method", "path", "query")

    def __init__(
        self,
        method: str,
        path: str,
        query: Iterable[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        self.method = method
        self.path = path
        self.query = tuple(query)
        # Names with an underscore are not signed, because servers tend to drop them. Source: ddm-api.md 9.1 step 1.5.
        self.headers = {name.casefold(): value.strip() for name, value in headers.items() if "_" not in name}
        self.body = body
        kind = self.headers.get("content-type", "application/json")
        if not kind.startswith(("application/json", "application/bson")):
            # The gateway does not hash other content; this header must be sent with it. Source: ddm-api.md 9.1 step 2.
            self.headers["x-sdk-content-sha256"] = "UNSIGNED-PAYLOAD"

    @property
    def signed_names(self) -> str:
        """The names of the protected headers, in the form that the signature uses."""
        return ";".join(sorted(self.headers))


def format_sdk_date(instant: datetime) -> str:
    """Format an instant for the header ``X-Sdk-Date``."""
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def sign(unsigned: Unsigned, access_key: SecretStr, secret_key: SecretStr) -> str:
    """Return the value of the header ``Authorization``; ``X-Sdk-Date`` must be among the headers."""
    digest = hashlib.sha256(canonical_request(unsigned).encode()).hexdigest()
    text = f"{ALGORITHM}\n{unsigned.headers['x-sdk-date']}\n{digest}"
    signature = hmac.new(secret_key.get_secret_value().encode(), text.encode(), hashlib.sha256).hexdigest()
    return (
        f"{ALGORITHM} Access={access_key.get_secret_value()}, SignedHeaders={unsigned.signed_names}, Signature={signature}"
    )


def canonical_request(unsigned: Unsigned) -> str:
    """Return the text whose hash is signed; the trailing slash of the path exists in this text only."""
    path = "/".join(quote(segment, safe="") for segment in unquote(unsigned.path).split("/"))
    headers = "".join(f"{name}:{unsigned.headers[name]}\n" for name in sorted(unsigned.headers))
    return "\n".join(
        (
            unsigned.method.upper(),
            path if path.endswith("/") else f"{path}/",
            encode_query(unsigned.query),
            headers,
            unsigned.signed_names,
            _payload_hash(unsigned),
        )
    )


def _payload_hash(unsigned: Unsigned) -> str:
    announced = unsigned.headers.get("x-sdk-content-sha256")
    return announced if announced and unsigned.body else hashlib.sha256(unsigned.body).hexdigest()
