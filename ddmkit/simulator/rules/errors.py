"""Errors that the simulator answers with, and their JSON format for each family of calls. Source: ddm-api.md 1.6."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ApiError", "error_body", "gateway_error", "iam_error", "parameter_error"]

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    415: "Unsupported Media Type",
}


@dataclass
class ApiError(Exception):
    """An error response to a call. `family` overrides the error format of the call's own family."""

    status: int
    code: str
    message: str
    family: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def parameter_error(family: str = "") -> ApiError:
    """Return the error of a family of calls for malformed or disallowed input. Source: ddm-api.md 11.2."""
    code = {"vpc1": "VPC.0002", "vpc3": "VPC.0002", "cts": "CTS.0003"}.get(family, "DBS.280001")
    return ApiError(400, code, "Parameter error.")


def gateway_error(status: int, code: str, message: str, **headers: str) -> ApiError:
    """Return an error of the API gateway in front of the service. Source: ddm-api.md 11.4."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ApiError(status, code, message, "gateway", named)


def iam_error(status: int, message: str) -> ApiError:
    """Return an error of IAM. Source: ddm-api.md 7.5."""
    return ApiError(status, "", message, "iam")


def error_body(error: ApiError, family: str, request_id: str) -> dict[str, Any]:
    """Return the JSON body of an error in the format of a family: v1, v3, rds, cts, vpc1, vpc3, gateway or iam."""
    chosen = error.family or family
    if chosen == "vpc1":
        return {"code": error.code, "message": error.message}
    if chosen in {"gateway", "vpc3"}:
        return {"error_msg": error.message, "error_code": error.code, "request_id": request_id}
    if chosen == "iam":
        title = TITLES.get(error.status, "Internal Server Error")
        return {"error": {"code": error.status, "message": error.message, "title": title}}
    if chosen == "v1":
        return {"errCode": error.code, "externalMessage": error.message}
    return {"error_code": error.code, "error_msg": error.message}
