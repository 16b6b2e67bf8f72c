"""The two requests of a recovery that create something, written strictly: a recovered data node, and an empty target.

A data node without a restore point would be an empty, billed instance. Here a restore point has no default, and what would
change the number, the price or the engine of the new instance has no field. Source: rds-api.md 3 and 9.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal, Never, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from ddmkit.errors import InputError
from ddmkit.times import from_ms

__all__ = [
    "HIDDEN_PASSWORD",
    "NodeRestorePoint",
    "NodeRestoreRequest",
    "RequestedBackups",
    "RequestedHa",
    "RequestedTag",
    "RequestedVolume",
    "TargetCreateRequest",
    "require_node_password",
]

HIDDEN_PASSWORD = "********"  # noqa: S105  # what is shown in place of a password
_SPECIALS = frozenset("~!@#$%^*-_=+?,()&")
_RESERVED_PORTS = frozenset({12017, 33071})

Given = Annotated[str, StringConstraints(min_length=1, pattern=r"^\S(?:.*\S)?$")]
NodeName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{3,63}$")]
# Pages differ on whether an underscore is allowed in the name of a DDM instance.
TargetName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{3,63}$")]
Zone = Annotated[str, StringConstraints(pattern=r"^[^\s,]+$")]
TimeZone = Annotated[str, StringConstraints(pattern=r"^UTC(?:[+-]\d\d:\d\d)?$")]


def require_node_password(password: SecretStr) -> None:
    """Check a password by the service's rules; raise ``InputError``, which never shows the password.

    Rules: 8 to 32 characters; letters, digits and ``~!@#$%^*-_=+?,()&`` only; three of the four kinds upper case, lower
    case, digit, special character. Source: rds-api.md 3.
    """
    problem = _find_problem(password)  # in a frame of its own: a verbose traceback shows variables
    if problem:
        raise InputError(
            problem,
            field="node_password",
            fix=f"Use upper case, lower case, digits and {''.join(sorted(_SPECIALS))}: three of these four, 8 to 32 in all.",
        )


def _find_problem(password: SecretStr) -> str:
    text = password.get_secret_value()
    kinds = (str.isupper, str.islower, str.isdigit, _SPECIALS.__contains__)
    if not 8 <= len(text) <= 32:
        return "does not have 8 to 32 characters."
    if not all(character.isascii() and (character.isalnum() or character in _SPECIALS) for character in text):
        return "holds a character that the service does not allow."
    if sum(any(map(kind, text)) for kind in kinds) < 3:
        return "has fewer than three kinds of characters."
    return ""


class _Strict(BaseModel):
    # Errors of pydantic quote their input, which could be a password.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class RequestedVolume(_Strict):
    """The disk of the new node; ``size`` in GB, at least the source's."""

    type: Given
    size: int = Field(ge=40, multiple_of=10)


class RequestedHa(_Strict):
    """A standby, as the source has one. A flavour for HA without it is refused as an invalid zone."""

    mode: Literal["Ha"] = "Ha"
    replication_mode: Literal["async", "semisync"]


class RequestedBackups(_Strict):
    """The source's window and retention of automated backups; left out, the new node would have no backups."""

    start_time: Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d-\d\d:\d\d$")]
    keep_days: int = Field(ge=0, le=732)


class RequestedTag(_Strict):
    """A tag of the new node."""

    key: Given
    value: str


class NodeRestorePoint(_Strict):
    """The source node and the instant: integer milliseconds, a whole second, the same integer in every request."""

    instance_id: Given
    type: Literal["timestamp"] = "timestamp"
    restore_time: int = Field(gt=0, multiple_of=1000)

    @property
    def instant(self) -> datetime:
        """The instant."""
        return from_ms(self.restore_time)


class NodeRestoreRequest(_Strict):
    """The recovery of one data node to a new instance, on demand. Source: API page CreateRestoreInstance.

    ``password`` is in the bytes that are sent, and in no dump, repr or error.
    """

    name: NodeName
    flavor_ref: Given
    volume: RequestedVolume
    ha: RequestedHa | None = None
    zones: tuple[Zone, ...] = Field(min_length=1, max_length=2)
    region: Given
    vpc_id: Given
    subnet_id: Given
    security_group_id: Given
    port: int = Field(default=3306, ge=1024, le=65535)
    time_zone: TimeZone
    backup_strategy: RequestedBackups
    configuration_id: Given | None = None
    disk_encryption_id: Given | None = None
    enterprise_project_id: Given | None = None
    tags: tuple[RequestedTag, ...] = Field(default=(), max_length=20)
    restore_point: NodeRestorePoint
    password: SecretStr | None = Field(default=None, repr=False, exclude=True)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(self.zones) != (1 if self.ha is None else 2):
            raise ValueError("an HA instance has two zones and another instance has one")
        if self.port in _RESERVED_PORTS:
            raise ValueError("the service keeps this port for itself")
        if self.password is not None:
            require_node_password(self.password)
        return self

    def __reduce_ex__(self, protocol_version: object) -> Never:
        """Refuse to be pickled: a pickle would hold the password."""
        raise TypeError("A request may hold a password; it cannot be pickled.")

    def with_password(self, password: SecretStr) -> Self:
        """Return the same request with a password; raise ``InputError`` when the service's rules refuse the password."""
        require_node_password(password)
        return self.model_copy(update={"password": password})

    def body(self) -> dict[str, Any]:
        """Return the JSON object that would be sent, with asterisks in place of the password."""
        given = self.model_dump(exclude={"zones", "port", "tags"}, exclude_none=True)
        zones, tags = ",".join(self.zones), [tag.model_dump() for tag in self.tags]
        point = given.pop("restore_point")
        found = {**given, "availability_zone": zones, "port": str(self.port), "password": HIDDEN_PASSWORD}
        return {**found, **({"tags": tags} if tags else {}), "restore_point": point}

    def body_json(self) -> str:
        """Return the body as text, with asterisks in place of the password."""
        return _compact(self.body())

    def wire_body(self) -> bytes:
        """Return the exact bytes to send, with the password; raise ``InputError`` when there is no password."""
        if self.password is None:
            raise InputError("is needed for a new data node.", field="node_password", fix="Give node_password=.")
        return _compact({**self.body(), "password": self.password.get_secret_value()}).encode()


class TargetCreateRequest(_Strict):
    """A new, empty DDM instance, on demand and without an administrator. Source: API page CreateDdmInstance.

    An administrator on the target would make it unusable for a metadata restore, so there is no field for one.
    """

    name: TargetName
    flavor_ref: Given
    node_num: int = Field(ge=1, le=32)
    engine_version: Given
    available_zones: tuple[Zone, ...] = Field(min_length=1)
    vpc_id: Given
    subnet_id: Given
    security_group_id: Given
    param_group_id: Given | None = None
    time_zone: TimeZone | None = None
    enterprise_project_id: Given | None = None

    def body(self) -> dict[str, Any]:
        """Return the exact JSON object that would be sent."""
        return {**self.model_dump(exclude_none=True), "available_zones": list(self.available_zones)}

    def body_json(self) -> str:
        """Return the body as the exact text that is sent."""
        return _compact(self.body())


def _compact(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
