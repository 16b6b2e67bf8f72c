"""Models of the audit trail (CTS): traces with the request and the answer that they keep, read tolerantly.

A trace may hold secrets of other people's requests. What looks like one is removed while the trace is read, and the address
and the keys of its user are not read at all. Source: rds-api.md 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from ddmkit.models import Word
from ddmkit.recovery_models.loose import (
    LooseFlag,
    LooseInstant,
    LooseModel,
    LooseNumber,
    LooseText,
    parse_json_text,
    strip_keys,
)
from ddmkit.recovery_models.rds import RestorePoint

__all__ = ["Operation", "Trace", "Tracker"]

_HIDDEN = "[secret]"
_SECRET_WORDS = ("password", "passwd", "pwd", "secret", "token", "authorization", "access_key", "accesskey")

Kept = Mapping[str, Any]
State = Literal["read", "empty", "unreadable"]


def _read_object(value: Any) -> tuple[dict[str, Any], State]:
    parsed = parse_json_text(value)
    if parsed is None or (isinstance(parsed, str | list | dict) and not parsed):
        return {}, "empty"
    if isinstance(parsed, dict):
        kept = _without_secrets(parsed)
        return kept, "read"
    return {}, "unreadable"


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            str(name).strip(): _HIDDEN if _is_secret(str(name)) and inner else _without_secrets(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return value


def _is_secret(name: str) -> bool:
    spelled = name.casefold().replace("-", "_")
    return any(word in spelled for word in _SECRET_WORDS)


def _name_user(value: Any) -> str:
    user = parse_json_text(value)
    named = strip_keys(user) if isinstance(user, dict) else {}
    found = named.get("name") or named.get("user_name") or (user if isinstance(user, str) else "")
    return str(found).strip()


class Trace(LooseModel):
    """One entry of the audit trail. Source: API page ListTraces.

    ``request`` and ``response`` are the objects that the trace keeps as text, as text within text, or as objects;
    ``request_state`` and ``response_state`` tell an empty one from one that cannot be read. ``resource_id`` may be empty.
    """

    trace_id: LooseText = ""
    trace_name: Word = ""
    trace_type: Word = ""
    trace_rating: Word = ""
    service_type: Word = ""
    resource_type: Word = ""
    resource_id: LooseText = ""
    resource_name: LooseText = ""
    code: LooseNumber = None
    time: LooseInstant = None
    record_time: LooseInstant = None
    request_id: LooseText = ""
    read_only: LooseFlag = None
    user: Annotated[LooseText, BeforeValidator(_name_user)] = ""
    request: Kept = Field(default_factory=dict)
    request_state: State = "empty"
    response: Kept = Field(default_factory=dict)
    response_state: State = "empty"

    @model_validator(mode="before")
    @classmethod
    def _read_bodies(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        named = strip_keys(data)
        request, request_state = _read_object(named.get("request"))
        response, response_state = _read_object(named.get("response"))
        return {
            **named,
            "request": request,
            "request_state": request_state,
            "response": response,
            "response_state": response_state,
        }

    @property
    def is_success(self) -> bool:
        """Whether the request that the trace tells of was accepted (HTTP 2xx)."""
        return self.code is not None and 200 <= self.code < 300

    @property
    def restore_point(self) -> RestorePoint | None:
        """What the request recovers from, or ``None`` where the trace does not say."""
        point = parse_json_text(self.request.get("restore_point"))
        return RestorePoint.model_validate(point) if isinstance(point, dict) and point else None

    @cached_property  # in a fleet each trace is compared with the data nodes of each row
    def instance_ids(self) -> tuple[str, ...]:
        """The instances that the trace names: its resource, and the one in the answer that it keeps."""
        inner = self.response.get("instance")
        named = inner.get("id") if isinstance(inner, Mapping) else None
        found = (self.resource_id, named.strip() if isinstance(named, str) else "")
        return tuple(dict.fromkeys(one for one in found if one))

    @property
    def job_id(self) -> str:
        """The job in the answer that the trace keeps; empty where there is none."""
        found = self.response.get("job_id")
        return found.strip() if isinstance(found, str) else ""


class Operation(LooseModel):
    """The names of the traces that the region knows for a kind of resource. Source: API page ListOperations."""

    service_type: Word = ""
    resource_type: Word = ""
    operation_list: tuple[LooseText, ...] = ()


class Tracker(LooseModel):
    """A tracker of the audit trail. Source: API page ListTrackers."""

    id: LooseText = ""
    tracker_name: LooseText = ""
    tracker_type: Word = ""
    status: Word = ""
    is_support_validate: LooseFlag = None
