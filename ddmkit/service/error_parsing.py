"""Turns an answer that is not a success into an error: five forms of JSON, HTML, plain text, redirects, empty bodies.

Pure: status, headers and body in, an error out. The message says what was tried, what came back, the likely cause and what
to do. ``error_codes/explain.py`` explains the codes. Source: ddm-api.md 1.6.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Never
from urllib.parse import urlsplit

from pydantic import SecretStr

from ddmkit.errors import AuthError, BusyError, NotFoundError, ServiceError
from ddmkit.secrecy.redaction import quote_text, scrub_text
from ddmkit.service.error_codes.explain import Explanation, Kind, explain
from ddmkit.service.headers import find_header, read_date, read_request_id, read_retry_after
from ddmkit.times import format_duration

__all__ = ["Refusal", "is_refusal", "load_json", "make_refusal", "make_unusable", "read_refusal"]

# A body with surrogates has one of these: an escape, their first byte in UTF-8, or the zero bytes of UTF-16 and UTF-32.
_MAY_MEAN_SURROGATES = (b"\\u", b"\xed", b"\x00")
_LARGEST_SKEW = timedelta(minutes=15)
_KINDS: Mapping[Kind, type[ServiceError]] = {"auth": AuthError, "busy": BusyError, "not-found": NotFoundError}
# The forms 1 and 3, 2, 4, 5, in this order. Source: ddm-api.md 1.6.
_CODE_KEYS = ("error_code", "errCode", "errorCode", "code")
_TEXT_KEYS = ("error_msg", "externalMessage", "errorMsg", "message")
_ENVELOPE = frozenset({*_CODE_KEYS, *_TEXT_KEYS, "title", "request_id", "encoded_authorization_message", "details"})
_WRAPPERS = frozenset({"error", "errors", "badRequest"})
# Codes by which some services report success.
_NO_ERROR = frozenset({"0", "200", "202", "OK", "ok", "success", "SUCCESS"})


@dataclass(frozen=True)
class Refusal:
    """Code, message and request id of an error body of any form; empty texts for missing parts."""

    code: str = ""
    message: str = ""
    request_id: str = ""


def load_json(body: bytes) -> Any:
    """Return the value of a JSON text; raise ``ValueError`` for other text, deep nesting, NaN and unpaired surrogates."""
    try:
        payload = json.loads(body, parse_constant=_refuse_constant)
        # json.loads accepts unpaired surrogates, which would fail later, when the text is stored or printed.
        if any(mark in body for mark in _MAY_MEAN_SURROGATES):
            json.dumps(payload, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return payload


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def read_refusal(body: bytes) -> Refusal:
    """Return the parts of an error body; text that is not JSON becomes the message."""
    try:
        payload = load_json(body)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        return Refusal(message=body.decode("utf-8", errors="replace").strip())
    found = _read_envelope(payload)
    nested = next((value for value in payload.values() if isinstance(value, dict)), None)
    if not found.code and not found.message and nested is not None:
        found = _read_envelope(nested)
    return Refusal(found.code, found.message, _text_of(payload, ("request_id",)))


def is_refusal(payload: Mapping[str, Any], beside: AbstractSet[str] = frozenset()) -> bool:
    """Return whether an object holds only an error: a code, and the fields that belong to an error.

    ``beside`` names further fields that are no content either.
    """
    named = {name.strip(): value for name, value in payload.items()}
    said = {name for name, value in named.items() if value not in (None, "", [], {})}
    nested = next((named[name] for name in said & _WRAPPERS if isinstance(named[name], dict)), None)
    if nested is not None and not (said - beside - _WRAPPERS - _ENVELOPE):
        return is_refusal(nested)
    code = _text_of(payload, _CODE_KEYS)
    return bool(code) and code not in _NO_ERROR and not (said - beside - _ENVELOPE)


def _read_envelope(payload: Mapping[str, Any]) -> Refusal:
    # Some editions print blanks within codes.
    return Refusal("".join(_text_of(payload, _CODE_KEYS).split()), _text_of(payload, _TEXT_KEYS))


def _text_of(payload: Mapping[str, Any], keys: Iterable[str]) -> str:
    # Some editions print blanks around keys.
    named = {key.strip(): value for key, value in payload.items()}
    values = (named.get(key) for key in keys)
    return next((str(value) for value in values if isinstance(value, str | int) and str(value)), "")


def make_refusal(
    what: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    received_at: datetime | None = None,
    secrets: Sequence[SecretStr] = (),
) -> ServiceError:
    """Return the error for an answer that is not a success.

    Args:
        what: What was tried, in words.
        status: The HTTP status.
        headers: The headers of the answer.
        body: The bytes of the answer.
        received_at: This machine's clock at the receipt, if known.
        secrets: Known secrets, which are removed from the texts of the error.

    """
    found = read_refusal(body)
    message = scrub_text(found.message, secrets)
    code = quote_text(scrub_text(found.code, secrets), 60)
    request_id = quote_text(scrub_text(read_request_id(headers) or found.request_id, secrets), 100)
    explanation = _sharpen(explain(status, code, message), status, headers, body, received_at)
    pause = read_retry_after(headers, received_at or datetime.now(UTC))
    return _KINDS.get(explanation.kind, ServiceError)(
        _write_message(what, status, code, quote_text(message), request_id, explanation),
        status=status,
        code=code,
        service_message=quote_text(message),
        request_id=request_id,
        cause=explanation.meaning,
        started=explanation.started,
        retry_after_s=explanation.wait_s if pause is None else pause,
    )


def _write_message(what: str, status: int, code: str, message: str, request_id: str, explanation: Explanation) -> str:
    said = [f"HTTP {status}"]
    said += [part for part in (code, f'"{message}"' if message else "no text") if part]
    said += [f"request id {request_id}"] if request_id else []
    return f"Could not {what}: {', '.join(said)}. Likely cause: {explanation.meaning}. What to do: {explanation.advice}"


def _sharpen(
    found: Explanation, status: int, headers: Mapping[str, str], body: bytes, received_at: datetime | None
) -> Explanation:
    """Return the explanation, improved by headers and body: a redirect, a web page, a wrong clock."""
    if 300 <= status < 400:
        return _explain_redirect(found, headers) if find_header(headers, "location") else _explain_no_redirect(found, status)
    if _is_web_page(headers, body):
        # Not the service's answer, so its status does not tell what the service did: a proxy may check answers only.
        return Explanation(
            found.kind,
            None,
            "the answer is a web page, so a proxy, a login portal or a load balancer answered instead of the service",
            "Check the endpoint, HTTPS_PROXY and NO_PROXY, and whether this network wants a login.",
            found.wait_s,
        )
    service_time = read_date(headers)
    if status != 401 or service_time is None or received_at is None or abs(received_at - service_time) <= _LARGEST_SKEW:
        return found
    direction = "ahead of" if received_at > service_time else "behind"
    return Explanation(
        found.kind,
        found.started,
        f"the clock of this machine is {format_duration(received_at - service_time)} {direction} the service's "
        f"(15 minutes are allowed for signed requests); the code says: {found.meaning}",
        f"Set the clock of this machine (time synchronisation), then try again. If that does not help: {found.advice}",
    )


def _explain_redirect(found: Explanation, headers: Mapping[str, str]) -> Explanation:
    try:
        host = urlsplit(find_header(headers, "location")).hostname or ""
    except ValueError:
        host = ""
    target = f"to the host {quote_text(host, 100)}" if host else "to another address"
    return Explanation(
        "refused",
        found.started,
        f"the endpoint redirects {target}; redirects are not followed, so that credentials go nowhere else",
        "Check the endpoint; a login portal or a proxy of this network may answer in its place.",
    )


def _explain_no_redirect(found: Explanation, status: int) -> Explanation:
    cached = "; a cache on the way answered for the service" if status == 304 else ""
    return Explanation(
        "refused",
        found.started,
        f"HTTP {status} without another address is no answer to this call{cached}",
        "Check the endpoint, and proxies and caches on the way.",
    )


def _is_web_page(headers: Mapping[str, str], body: bytes) -> bool:
    start = body[:200].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html")):
        return True
    # Some editions call their JSON HTML.
    return "text/html" in find_header(headers, "content-type").casefold() and not start.startswith(b"{")


def make_unusable(
    what: str,
    problem: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes = b"",
    *,
    secrets: Sequence[SecretStr] = (),
) -> ServiceError:
    """Return the error for an answer that cannot be used; whether anything was started stays open.

    Args:
        what: What was tried, in words.
        problem: Why the answer cannot be used.
        status: The HTTP status.
        headers: The headers of the answer.
        body: The bytes of the answer; the error quotes their beginning.
        secrets: Known secrets, which are removed from the texts of the error.

    """
    request_id = quote_text(scrub_text(read_request_id(headers), secrets), 100)
    shown = quote_text(scrub_text(body[:20_000].decode("utf-8", errors="replace"), secrets))
    page = _is_web_page(headers, body)
    cause = (
        "a proxy, a login portal or a load balancer answered instead of the service" if page else "the answer was damaged"
    )
    advice = "Check the endpoint, HTTPS_PROXY and NO_PROXY." if page else "Try again; if the error stays, ask support."
    parts = [f"HTTP {status}", problem, *([f'it begins: "{shown}"'] if shown else [])]
    parts += [f"request id {request_id}"] if request_id else []
    return ServiceError(
        f"Could not {what}: {', '.join(parts)}. Likely cause: {cause}. What to do: {advice}",
        status=status,
        service_message=shown,
        request_id=request_id,
        cause=cause,
        started=None,
    )
