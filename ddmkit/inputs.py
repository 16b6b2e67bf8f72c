"""Turn what people give into a request, or refuse it before anything is sent: ids or models, times in any clear form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ValidationError

from ddmkit.errors import InputError
from ddmkit.models import RestoreRequest
from ddmkit.secrecy.scan import find_secrets
from ddmkit.times import format_ago, format_utc, to_ms
from ddmkit.typed_times import parse_point_in_time

__all__ = [
    "Identified",
    "PlanInputs",
    "PointInTime",
    "choose_point",
    "has_id_form",
    "id_of",
    "read_ids",
    "read_incident",
    "read_seconds",
    "read_text",
    "require_may_send",
    "require_no_secret",
    "why_no_node_id",
]

Identified = str | BaseModel
"""An id, or a model that has one."""

PointInTime = datetime | str | int
"""An aware datetime, ISO text (with an offset, or read in a ``time_zone``), or epoch milliseconds."""

# A date in another form than ISO counts as a time too: parsing it then fails with a message about dates, not about ids.
_LOOKS_LIKE_A_TIME = re.compile(
    r"\s*[+-]?(\d{4}-?\d{2}-?\d{2}(\s*$|[T\s])|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?!\d)|\d{4}-?W\d|\d+\s*$)", re.IGNORECASE
)
# The clocks of two machines may differ by this much unnoticed.
_CLOCK_TOLERANCE = timedelta(minutes=1)
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
# The service's ids are 32 letters and digits with four more for their kind; other editions write a UUID. No name looks so.
_ID_FORM = re.compile(r"[0-9A-Za-z]{32,64}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_OTHER_KINDS = {"in09": "a DDM instance", "br09": "a backup"}


def id_of(given: Identified, field: str) -> str:
    """Return the id of what was given: an id itself, or a model with ``id`` or ``instance_id``.

    Raises ``InputError`` for anything else, and for text that cannot be an id, because an id becomes part of a URL.
    """
    value: Any = given
    if isinstance(given, BaseModel):
        value = getattr(given, "id", None) or getattr(given, "instance_id", None)
    if not isinstance(value, str) or not _ID.fullmatch(value.strip()):
        shown = repr(value)[:80]
        raise InputError(
            f"{shown} is not an id." if value else "no id was given.",
            field=field,
            fix="Give the service's id (36 letters and digits), or a row of the kit's lists.",
        )
    return value.strip()


def has_id_form(text: str) -> bool:
    """Return whether text is written like an id of the service, so that it cannot be a name."""
    return bool(_ID_FORM.fullmatch(text))


def why_no_node_id(text: str) -> str:
    """Describe why text cannot be the id of a data node; empty when it can."""
    if not has_id_form(text):
        return "is not written like an id"
    kind = _OTHER_KINDS.get(text[32:]) if len(text) == 36 else None
    return f"is the id of {kind}, not of a data node" if kind else ""


def choose_point(given: PointInTime, time_zone: str | None, *, field: str) -> datetime | str:
    """Return the instant or the backup's id that was given: text that begins like a date, or is a number, is a time."""
    if isinstance(given, str) and not _LOOKS_LIKE_A_TIME.match(given):
        return id_of(given, field)
    return parse_point_in_time(given, time_zone, field=field)


def read_incident(given: PointInTime, time_zone: str | None, *, now: datetime, field: str = "incident") -> datetime:
    """Return when the damage was done.

    Raises ``InputError`` for what is not a time, and for a time in the future: no damage can be in the future.
    """
    incident = parse_point_in_time(given, time_zone, field=field)
    if incident > now + _CLOCK_TOLERANCE:
        raise InputError(
            f"{format_utc(incident)} lies in the future ({format_ago(incident, now)}).",
            field=field,
            fix="Give the time at which the damage was done: check the year, the month and the time zone.",
        )
    return incident


def read_ids(given: object, field: str) -> frozenset[str]:
    """Return the ids in a list, or the one id that was given; raise ``InputError`` for anything else."""
    ids = list(given) if isinstance(given, Iterable) and not isinstance(given, str | bytes) else [given]
    texts = [one for one in ids if isinstance(one, str)]
    if len(texts) < len(ids):
        raise InputError("is not a list of ids.", field=field, fix=f'Give ids in quotes, as in {field}=["same-network"].')
    return frozenset(texts)


def require_may_send(*, read_only: bool) -> None:
    """Raise ``InputError`` for a kit that only reads."""
    if read_only:
        raise InputError("this kit only reads: nothing was sent.", field="read_only", fix="Connect without read_only=True.")


def require_no_secret(given: Mapping[str, object], secrets: Iterable[str]) -> None:
    """Raise ``InputError`` for an argument that holds a known secret, so that no message and no record repeats it."""
    known = tuple(secrets)
    for field, value in given.items():
        texts = value if isinstance(value, Iterable) and not isinstance(value, str | bytes) else [value]
        if any(isinstance(text, str) and find_secrets(text, known) for text in texts):
            raise InputError(
                "holds a password or another secret; nothing was sent, and nothing was written down.",
                field=field,
                fix="Look at what was typed in which place.",
            )


def read_seconds(given: object, field: str) -> float:
    """Return a number of seconds, 0 or more; raise ``InputError`` for anything else."""
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    if not is_number or not isinstance(given, int | float) or not given >= 0:
        raise InputError(f"is not a number of seconds: {given!r}."[:120], field=field, fix="Give 0 or more, such as 10.")
    return given


def read_text(given: object, field: str) -> str:
    """Return text as it was given; raise ``InputError`` for anything else."""
    if not isinstance(given, str):
        raise InputError(f"is not text but {type(given).__name__}.", field=field, fix="Write it in quotes.")
    return given


@dataclass(frozen=True)
class PlanInputs:
    """What a person asked for: the inputs of one plan, as they were given. ``None`` means not given."""

    source: Identified
    target: Identified
    data_nodes: Iterable[Identified]
    backup_id: Identified | None = None
    restore_time: PointInTime | None = None
    time_zone: str | None = None
    incident: PointInTime | None = None

    def __post_init__(self) -> None:
        # A generator can be read only once. What is no list is kept, to be refused by its name.
        if isinstance(self.data_nodes, Iterable) and not isinstance(self.data_nodes, str | BaseModel):
            object.__setattr__(self, "data_nodes", tuple(self.data_nodes))

    def request(self) -> RestoreRequest:
        """Return the request; raises ``InputError`` naming the field that cannot be right."""
        if (self.backup_id is None) == (self.restore_time is None):
            both = self.backup_id is not None
            raise InputError(
                "both a backup and a point in time were given."
                if both
                else "neither a backup nor a point in time was given.",
                field="backup_id, restore_time",
                fix="Give exactly one of backup_id= and restore_time=.",
            )
        if not isinstance(self.data_nodes, tuple):
            raise InputError("is a single value.", field="data_nodes", fix="Give a list, even of one data node.")
        node_ids = tuple(id_of(node, f"data_nodes[{index}]") for index, node in enumerate(self.data_nodes))
        if not node_ids:
            raise InputError("is empty.", field="data_nodes", fix="Give one data node for each that the source had.")
        point = None if self.restore_time is None else to_ms(parse_point_in_time(self.restore_time, self.time_zone))
        try:
            return RestoreRequest(
                source_instance_id=id_of(self.source, "source"),
                target_instance_id=id_of(self.target, "target"),
                data_nodes=node_ids,
                backup_id=None if self.backup_id is None else id_of(self.backup_id, "backup_id"),
                restore_time_ms=point,
            )
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise InputError(f"{first['msg']}.", field=".".join(str(part) for part in first["loc"])) from error

    def require_node_ids(self) -> None:
        """Raise ``InputError`` for text that cannot be the id of a data node, such as a name or the id of a backup."""
        for index, given in enumerate(self.data_nodes):
            text = given.strip() if isinstance(given, str) else ""
            why = why_no_node_id(text) if isinstance(given, str) else ""
            if why:
                raise InputError(
                    f"{text[:80]!r} {why}.",
                    field=f"data_nodes[{index}]",
                    fix="Give the id of the RDS instance: 36 letters and digits, usually ending in in01.",
                )

    def for_record(self) -> dict[str, Any]:
        """Return the inputs as plain JSON: text and numbers as they were given, models by their id."""
        names = ("source", "target", "data_nodes", "backup_id", "restore_time", "incident")
        given = {name: getattr(self, name) for name in names}
        return {name: _plain(value) for name, value in given.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, BaseModel):
        return str(getattr(value, "id", None) or getattr(value, "instance_id", ""))
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return repr(value)[:200]
