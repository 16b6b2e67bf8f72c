"""Refusals, and the envelope in which each family of calls puts them.

What is refused, and why, is decided elsewhere. Source of the shapes: ddm-api.md 1.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Refusal", "gateway_refusal", "iam_refusal", "parameter_error", "render_refusal"]

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    415: "Unsupported Media Type",
}


@dataclass
class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """A call that is refused. `family` overrides the envelope of the call's own family."""

    status: int
    code: str
    message: str
    family: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def parameter_error() -> Refusal:
    """Return the service's answer to malformed or disallowed input. Source: ddm-api.md 11.2."""
    return Refusal(400, "DBS.280001", "Parameter error.")


def gateway_refusal(status: int, code: str, message: str, **headers: str) -> Refusal:
    """Return a refusal by the gateway in front of the service. Source: ddm-api.md 11.4."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refusal(status, code, message, "gateway", named)


def iam_refusal(status: int, message: str) -> Refusal:
    """Return a refusal by IAM. Source: ddm-api.md 7.5."""
    return Refusal(status, "", message, "iam")


def render_refusal(refusal: Refusal, family: str, request_id: str) -> dict[str, Any]:
    """Return the body of a refusal in the envelope of a family of calls: v1, v3, gateway or iam."""
    chosen = refusal.family or family
    if chosen == "gateway":
        return {"error_msg": refusal.message, "error_code": refusal.code, "request_id": request_id}
    if chosen == "iam":
        title = TITLES.get(refusal.status, "Internal Server Error")
        return {"error": {"code": refusal.status, "message": refusal.message, "title": title}}
    if chosen == "v1":
        return {"errCode": refusal.code, "externalMessage": refusal.message}
    return {"error_code": refusal.code, "error_msg": refusal.message}
