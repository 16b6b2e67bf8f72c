"""What callers may send: query parameters with their limits, and the bodies of the two POST calls.

Stated once, so that checking and the OpenAPI description are the same. What a well-formed request means is left to the
calls. Source: reference 1.4, 3.1 and 7.1.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ddmkit.simulator.pages import MAXIMUM_LIMIT, Page

__all__ = [
    "Id",
    "LongPage",
    "Milliseconds",
    "MillisecondsText",
    "Named",
    "RestoreBody",
    "ShortPage",
    "Text",
    "TokenBody",
    "User",
    "body_text",
]

LATEST_MS = 10**15
LAST_ROW = 2**31 - 1

Id = Annotated[str, Path(min_length=1, max_length=256)]
Text = Annotated[str, Query(max_length=256)]
MillisecondsText = Annotated[str, Query(pattern=r"^[0-9]{1,15}$", description="epoch milliseconds, in digits")]
Milliseconds = Annotated[int, Query(ge=0, le=LATEST_MS, description="epoch milliseconds")]
Offset = Annotated[int, Query(ge=0, le=LAST_ROW, description="rows to skip")]
Limit = Annotated[int, Query(ge=1, le=MAXIMUM_LIMIT, description="rows to give")]


async def _short_page(offset: Offset = 0, limit: Limit = 10) -> Page:
    return Page(offset, limit)


async def _long_page(offset: Offset = 0, limit: Limit = MAXIMUM_LIMIT) -> Page:
    return Page(offset, limit)


ShortPage = Annotated[Page, Depends(_short_page)]
LongPage = Annotated[Page, Depends(_long_page)]


def _whole_number(value: object) -> object:
    # The official SDK writes 1747728424956.0 when it is given a float. Source: reference 1.3.
    return int(value) if isinstance(value, float) and value.is_integer() else value


ResourceId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
RestoreTime = Annotated[int, BeforeValidator(_whole_number), Field(ge=0, le=LATEST_MS)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class RestoreSource(_Strict):
    """What to restore from: exactly one of the two."""

    backup_id: ResourceId | None = None
    restore_time: RestoreTime | None = None

    @model_validator(mode="after")
    def _name_exactly_one(self) -> RestoreSource:
        if (self.backup_id is None) == (self.restore_time is None):
            raise ValueError("Give exactly one of backup_id and restore_time.")
        return self


class RestoreTarget(_Strict):
    """Where to restore to."""

    instance_id: ResourceId
    data_nodes: Annotated[list[ResourceId], Field(min_length=1, max_length=1000)]


class RestoreBody(_Strict):
    """The body of a metadata restore."""

    source: RestoreSource
    target: RestoreTarget


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Named(_Lenient):
    """Something by name or id."""

    name: str = ""
    id: str = ""


class User(_Lenient):
    """An IAM user with its password."""

    name: str
    password: str
    domain: Named


class Password(_Lenient):
    """The part of an identity that a password proves."""

    user: User


class Identity(_Lenient):
    """Who asks for a token."""

    methods: Annotated[list[str], Field(min_length=1)]
    password: Password


class Scope(_Lenient):
    """What the token shall be good for."""

    project: Named | None = None
    domain: Named | None = None


class Auth(_Lenient):
    """An identity and a scope."""

    identity: Identity
    scope: Scope | None = None


class TokenBody(_Lenient):
    """The body of a request for a token."""

    auth: Auth


def body_text(body: BaseModel) -> dict[str, Any]:
    """Give a body as it was sent, without the fields that were not."""
    return body.model_dump(exclude_none=True)
