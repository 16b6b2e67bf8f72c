"""Explains an answer by its status, code and message: meaning, advice, and whether anything was started.

A code that is not in ``table.py`` is explained by its HTTP status alone. ``service/error_parsing.py`` reads the body of the
answer and chooses the error to raise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType

from ddmkit.errors import ServiceError
from ddmkit.service.error_codes.rows import CORRECT, LATER, WAIT, Kind
from ddmkit.service.error_codes.table import CODES, CodeEntry

__all__ = ["CODES", "TOKEN_EXPIRED", "CodeEntry", "Explanation", "Kind", "explain", "is_unpublished", "nothing_started"]

TOKEN_EXPIRED = frozenset({"APIGW.0307", "APIG.0307", "IAM.0066"})
"""The codes by which the gateway and the identity service say that a token has expired. Source: ddm-api.md 11.4, 7.5."""


@dataclass(frozen=True)
class Explanation:
    """What an answer most likely means, and what to do; ``wait_s`` is the pause that the text of a 429 announces."""

    kind: Kind
    started: bool | None
    meaning: str
    advice: str
    wait_s: float | None = None


# One code with many statuses. Source: ddm-api.md 11.4, row .0201.
_BY_STATUS: MappingProxyType[int, tuple[Kind, bool | None, str, str]] = MappingProxyType(
    {
        400: ("refused", False, "the gateway calls the request malformed", CORRECT),
        413: ("refused", False, "the request is larger than 12 MB", CORRECT),
        414: ("refused", False, "the address is longer than 32 KB", CORRECT),
        494: ("refused", False, "the headers are too large (perhaps the token is of another kind)", CORRECT),
        502: ("server", None, "the backend is unavailable", LATER),
        504: ("server", None, "the backend did not answer in time; the request may have taken effect", LATER),
    }
)

# The texts in which APIGW.0301 states the actual reason. Source: ddm-api.md 11.4 and 9.2.
_CREDENTIAL_TEXTS: tuple[tuple[str, str, str], ...] = (
    (
        "failed to reach the limit",
        "the access key is locked after more than five wrong signatures in a row",
        "Wait 5 minutes without any request, then use the right secret key; until then correct requests fail too.",
    ),
    (
        "verify aksk signature",
        "the secret key does not belong to the access key or holds a blank, or a proxy changed the request",
        "Check the secret key (no blanks or line ends) and the clock of this machine; more than five tries lock the key.",
    ),
    (
        "get secretkey failed",
        "the access key is not known",
        "Check that the access key belongs to this cloud and is active; temporary keys need their security token.",
    ),
    (
        "decrypt token",
        "the token cannot be read: it is incomplete, changed, or from another region or cloud",
        "Obtain a new token for this project and give all of it, in one line.",
    ),
    ("token expires", "the token has expired", "Obtain a new token for this project (they live 24 hours)."),
    ("x-auth-token not found", "the request carried no credentials", "Give a token, or access key and secret key."),
    (
        "expired",
        "the time of the signature differs from the gateway's clock by more than 15 minutes",
        "Set the clock of this machine.",
    ),
)

# The gateway does not have the API at this endpoint.
_UNPUBLISHED = frozenset({"APIGW.0101", "APIG.0101"})

# The name or the token of the request is known already, so an earlier copy of the request may have taken effect, whatever
# the status says. Names are unique. Source: rds-api.md 3.
_NAMES_AN_EARLIER_REQUEST = frozenset({"DBS.200022", "DBS.280495", "DBS.280498"})

_WAIT_TEXTS = (
    re.compile(
        r"limit:\s*(?P<limit>\d{1,9})\s*,\s*time:\s*(?P<time>\d{1,9})\s*(?P<unit>second|minute|hour|day)", re.IGNORECASE
    ),
    re.compile(r"(?P<limit>\d{1,9}) times per (?P<time>\d{1,9}) (?P<unit>second|minute|hour|day)", re.IGNORECASE),
)
_UNIT_SECONDS = MappingProxyType({"second": 1, "minute": 60, "hour": 3600, "day": 86400})


def explain(status: int, code: str, message: str = "") -> Explanation:
    """Return what an answer most likely means; an unknown code is explained by its status."""
    listed = CODES.get(code)
    found = _explain_status(status) if listed is None else _from_entry(listed, status)
    if code in {"APIGW.0301", "APIG.0301"}:
        found = _read_credential_text(found, message)
    if status == 429 or found.kind == "throttled":
        found = replace(found, kind="throttled", wait_s=_announced_wait(message))
    return replace(found, started=False if nothing_started(status, code) else None)


def nothing_started(status: int, code: str) -> bool:
    """Return whether an answer guarantees that nothing was started; after any other answer a restore may run.

    Some statuses always guarantee this, because the service refuses before it begins to work. For other answers the code
    decides. Source: ddm-api.md 11.
    """
    if code in _NAMES_AN_EARLIER_REQUEST:
        return False
    if status in {401, 403, 404, 409, 413, 415, 429}:
        return True
    if status == 503:
        return code in {"APIGW.0613", "APIG.0613"}
    listed = CODES.get(code)
    # A success whose body is an error counts by its code.
    if listed is None or not (200 <= status < 300 or 400 <= status < 500):
        return False
    return _from_entry(listed, status).started is False


def is_unpublished(error: object) -> bool:
    """Return whether an error says that this edition of the service does not have the call at all.

    Trying again does not help, and the answer says nothing about the requested object.
    """
    return isinstance(error, ServiceError) and error.code in _UNPUBLISHED


def _from_entry(entry: CodeEntry, status: int) -> Explanation:
    if entry.code in {"APIGW.0201", "APIG.0201"} and status in _BY_STATUS:
        return Explanation(*_BY_STATUS[status])
    return Explanation(entry.kind, entry.started, entry.meaning, entry.advice)


def _explain_status(status: int) -> Explanation:
    by_status: dict[int, tuple[Kind, str, str]] = {
        401: ("auth", "the credentials were not accepted", "Check them, their project and their region."),
        403: ("auth", "these credentials may not do this", "Check the permissions of the user and the project id."),
        404: ("not-found", "this does not exist here", "Check the ids, the project and the region."),
        405: ("refused", "the method is not allowed here", "Check the endpoint."),
        409: ("busy", "another operation runs, or the state of the instance forbids this", WAIT),
        413: ("refused", "the request or a quota is too large", CORRECT),
        415: ("refused", "the content type is wrong", "Check for a proxy that changes headers."),
        429: ("throttled", "too many requests in too short a time", "Wait, then continue with fewer requests at once."),
        501: ("refused", "the service does not support this", "Check endpoint and region."),
        502: ("server", "a gateway or proxy received no usable answer from the service", LATER),
        503: ("server", "the service is overloaded or under maintenance", LATER),
        504: ("server", "the service did not answer in time; the request may have taken effect", LATER),
    }
    other: tuple[Kind, str, str] = ("refused", "the request was refused", CORRECT)
    if status >= 500:
        other = ("server", "the service failed on its side", LATER)
    kind, meaning, advice = by_status.get(status, other)
    return Explanation(kind, None, meaning, advice)


def _read_credential_text(found: Explanation, message: str) -> Explanation:
    text = message.casefold()
    for needle, meaning, advice in _CREDENTIAL_TEXTS:
        if needle in text:
            return replace(found, meaning=meaning, advice=advice)
    return found


def _announced_wait(message: str) -> float | None:
    for pattern in _WAIT_TEXTS:
        found = pattern.search(message)
        if found is not None:
            window = int(found["time"]) * _UNIT_SECONDS[found["unit"].casefold()]
            return window / max(1, int(found["limit"]))
    return None
