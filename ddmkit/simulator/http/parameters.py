"""Query parameters with their limits, and the bodies of the two POST calls.

Validation and the OpenAPI description use the same types. Source: ddm-api.md 1.4, 3.1 and 7.1.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ddmkit.simulator.http.paging import MAXIMUM_LIMIT, PageRequest

__all__ = [
    "LATEST_MS",
    "AdministratorBody",
    "CreateInstanceBody",
    "Flag",
    "Id",
    "LongPage",
    "Milliseconds",
    "Named",
    "ReadOnlyBody",
    "RestoreBody",
    "ShortPage",
    "Text",
    "TokenBody",
    "User",
    "WholeNumber",
    "body_text",
]

LATEST_MS = 10**15
LAST_ROW = 2**31 - 1
LARGEST_EXPONENT = 20  # far above every limit, and small enough for a plain integer


def _lower(value: object) -> object:
    # The official SDK writes a Python flag as `False`.
    return value.lower() if isinstance(value, str) else value


Id = Annotated[str, Path(min_length=1, max_length=256)]
Text = Annotated[str, Query(max_length=256)]
Flag = Annotated[Literal["true", "false", "True", "False", ""], BeforeValidator(_lower), Query(description="true or false")]
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")


def _parse_whole_number(text: object) -> object:
    """Parse a whole number, also in the forms `1.7955486e+12` and `10.0`; raise ValueError for other text.

    The official Go SDK declares times as floats, and Go prints a large float with an exponent.
    """
    if not isinstance(text, str):
        return text
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    number = Decimal(text)
    if number.adjusted() > LARGEST_EXPONENT or number != number.to_integral_value():
        raise ValueError("not a whole number within bounds")
    return int(number)


WholeNumber = BeforeValidator(_parse_whole_number)
Milliseconds = Annotated[int, Field(ge=0, le=LATEST_MS), WholeNumber, Query(description="epoch milliseconds")]
Offset = Annotated[int, Field(ge=0, le=LAST_ROW), WholeNumber, Query(description="rows to skip")]
Limit = Annotated[int, Field(ge=1, le=MAXIMUM_LIMIT), WholeNumber, Query(description="rows to return")]


async def _short_page(offset: Offset = 0, limit: Limit = 10) -> PageRequest:
    return PageRequest(offset, limit)


async def _long_page(offset: Offset = 0, limit: Limit = MAXIMUM_LIMIT) -> PageRequest:
    return PageRequest(offset, limit)


ShortPage = Annotated[PageRequest, Depends(_short_page)]
LongPage = Annotated[PageRequest, Depends(_long_page)]


def _float_to_int(value: object) -> object:
    # The official SDK sends 1747728424956.0 for a float. Source: ddm-api.md 1.3.
    return int(value) if isinstance(value, float) and value.is_integer() else value


ResourceId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
RestoreTime = Annotated[int, BeforeValidator(_float_to_int), Field(ge=0, le=LATEST_MS)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class RestoreSource(_Strict):
    """The source of a restore: a backup or a point in time, not both."""

    backup_id: ResourceId | None = None
    restore_time: RestoreTime | None = None

    @model_validator(mode="after")
    def _require_exactly_one(self) -> RestoreSource:
        if (self.backup_id is None) == (self.restore_time is None):
            raise ValueError("Give exactly one of backup_id and restore_time.")
        return self


class RestoreTarget(_Strict):
    """The target of a restore."""

    instance_id: ResourceId
    data_nodes: Annotated[list[ResourceId], Field(min_length=1, max_length=1000)]


class RestoreBody(_Strict):
    """The body of a metadata restore."""

    source: RestoreSource
    target: RestoreTarget


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class CreateInstanceBody(_Lenient):
    """The body of a request for a DDM instance. Source: DDM API, "Buying a DDM Instance"."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    name: str
    flavor_ref: str
    node_num: int
    engine_version: str
    available_zones: Annotated[list[str], Field(min_length=1)]
    vpc_id: str
    subnet_id: str
    security_group_id: str
    time_zone: str = "UTC"
    enterprise_project_id: str = "0"
    param_group_id: str = ""
    admin_user_name: str = ""
    admin_user_password: str = ""


class AdministratorBody(_Strict):
    """The administrator's name and password."""

    name: str
    password: str


class ReadOnlyBody(_Strict):
    """Whether writing is forbidden."""

    readonly: bool


class Named(_Lenient):
    """A reference by name or id."""

    name: str = ""
    id: str = ""


class User(_Lenient):
    """An IAM user with its password: by id, or by name within a domain."""

    password: str
    id: str = ""
    name: str = ""
    domain: Named = Named()

    @model_validator(mode="after")
    def _require_user(self) -> User:
        if not (self.id or (self.name and (self.domain.id or self.domain.name))):
            raise ValueError("Name the user by id, or by name and domain.")
        return self


class Password(_Lenient):
    """The password method of an identity."""

    user: User


class EarlierToken(_Lenient):
    """The token method of an identity."""

    id: Annotated[str, Field(min_length=1)]


class Identity(_Lenient):
    """The identity that requests a token, with a password or an earlier token."""

    methods: Annotated[list[Literal["password", "token"]], Field(min_length=1, max_length=1)]
    password: Password | None = None
    token: EarlierToken | None = None

    @model_validator(mode="after")
    def _require_method_object(self) -> Identity:
        if getattr(self, self.methods[0]) is None:
            raise ValueError(f"The method {self.methods[0]} needs an object of that name.")
        return self


class ProjectScope(Named):
    """A project by id, or by name and optionally the domain that owns the project."""

    domain: Named | None = None


class Scope(_Lenient):
    """The scope of the requested token; a project takes precedence over a domain."""

    project: ProjectScope | None = None
    domain: Named | None = None


class Auth(_Lenient):
    """The identity and the scope of a token request."""

    identity: Identity
    scope: Scope | Literal["unscoped"] | None = None


class TokenBody(_Lenient):
    """The body of a request for a token."""

    auth: Auth


def body_text(body: BaseModel) -> dict[str, Any]:
    """Return a body as it was sent, without omitted fields."""
    return body.model_dump(exclude_none=True)
