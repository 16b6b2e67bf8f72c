"""What the requests of all services share: the call itself, its path and query, and the reading of its answer.

The client sends a ``Call`` and passes status, headers and body of the answer to ``read_answer``, which returns the JSON
object or raises. Nothing here opens a connection, reads a clock or holds a credential.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, SecretStr, ValidationError

from ddmkit.errors import InputError
from ddmkit.secrecy.redaction import scrub_text
from ddmkit.service.error_parsing import is_refusal, load_json, make_refusal, make_unusable

__all__ = [
    "AUDIT_TRACES",
    "PAGE_LIMIT",
    "Answer",
    "Call",
    "Page",
    "PageShape",
    "ReadNote",
    "encode_query",
    "fill_path",
    "is_read",
    "read_answer",
    "read_model",
    "read_page",
    "require_id",
]

PAGE_LIMIT = 128
"""Rows requested per page: the largest number that every list allows. Source: ddm-api.md 1.4."""

AUDIT_TRACES: Mapping[str, str] = MappingProxyType(
    {
        "RestoreMetadata": "restoreMetaData",
        "ListInstances": "listInstances",
        "ShowInstance": "showInstance",
        "ListBackups": "listBackups",
        "ShowBackup": "showBackup",
        "ShowRelatedDns": "showBackupRelatedDn",
        "ShowAvalibleTime": "queryRestoreTime",
        "ShowAvalibleDdms": "queryDDM4Restore",
        "ShowAvalibleRds": "queryRds4Restore",
        "ListDatabases": "listDatabases",
        "ShowInstanceDatabase": "showDatabase",
        "ListDdmUsers": "listUsers",
        "ListUsers": "listUsers",
        "DownloadSchemaMetadata": "dumpMetadata",
        "ShowDdmJobResult": "showJobResult",
        "CreateDdmInstance": "createInstance",
        "DeleteDdmInstance": "deleteInstance",
        "SyncDnInformation": "synRdsinfo",
        "ResetAdministrator": "resetAdministrator",
        "RDS CreateRestoreInstance": "createInstance",
        "RDS DeleteInstance": "deleteInstance",
    }
)
"""The name of each operation in the provider's audit log (CTS); the others have no documented name.

Source: ddm-api.md 13.6, rds-api.md 6. The pages list names only; the operations are matched by the similarity of the names.
"""

T = TypeVar("T", bound=BaseModel)
# The fields of a page other than its rows.
_ECHOES = frozenset(
    {"offset", "limit", "page_no", "page_size", "total_page", "instance_num", "request_id"}
    | {"total", "total_record", "total_count", "count", "page_info", "meta_data"}
)


@dataclass(frozen=True)
class PageShape:
    """The keys of a list's rows and of their count in an answer, the attributes that identify a row, the rows of a page."""

    list_key: str
    total_keys: tuple[str, ...] = ("total",)
    row_key: tuple[str, ...] = ("id",)
    limit: int = PAGE_LIMIT


@dataclass(frozen=True)
class Call:
    """One request, ready to be sent: its path, query and body are shown, recorded and sent as they are here.

    ``operation`` is the official SDK's name of the request, ``title`` describes it in words. ``asks`` marks a read that the
    service wants as a POST. ``headers`` are those of this one request, such as a client token. ``secrets`` are those in the
    body; they are removed from every answer to this call.
    """

    operation: str
    title: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)
    page: PageShape | None = None
    service: str = "DDM"
    asks: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    secrets: tuple[SecretStr, ...] = field(default=(), repr=False)

    @property
    def is_read(self) -> bool:
        """Whether the request changes nothing, so that it may be sent again."""
        return is_read(self.method, self)

    @property
    def name(self) -> str:
        """The operation, with the service unless it is DDM: services share the names of operations."""
        return self.operation if self.service == "DDM" else f"{self.service} {self.operation}"

    @property
    def shown_body(self) -> str:
        """The body as text, without its secrets; empty where there is none."""
        return scrub_text((self.body or b"").decode(), self.secrets)

    @property
    def what(self) -> str:
        """The request in words, with method and path, for messages."""
        return f"{self.title} ({self.method} {self.path})"

    @property
    def audit_trace(self) -> str:
        """The name of the request in the provider's audit log; empty where no name is documented."""
        return AUDIT_TRACES.get(self.name, "")

    @property
    def target(self) -> str:
        """The target of the request line: the path, and the query in its canonical form."""
        return f"{self.path}?{encode_query(self.query)}" if self.query else self.path

    def at(self, offset: int) -> Call:
        """Return the same call for the rows from ``offset`` on."""
        return self.asking(limit=str(self.page.limit if self.page else PAGE_LIMIT), offset=str(offset))

    def asking(self, **more: str) -> Call:
        """Return the same call with further parameters in its query; those with an empty text are left out."""
        return replace(self, query=(*self.query, *((name, value) for name, value in more.items() if value)))


@dataclass(frozen=True)
class ReadNote:
    """One read, as the record keeps it: its rows, its pages, and their request ids.

    ``remark`` says which rows cannot be used, and why.
    """

    operation: str
    rows: int
    pages: int
    request_ids: tuple[str, ...]
    audit_trace: str = ""
    remark: str = ""


@dataclass(frozen=True, repr=False)
class Answer:
    """A whole answer without known secrets, and the time of its receipt on this machine's clock."""

    status: int
    headers: dict[str, str]
    body: bytes
    received_at: datetime


def is_read(method: str, call: object) -> bool:
    """Return whether a request changes nothing: every GET, and the few other requests that a call marks as a question."""
    return method == "GET" or (isinstance(call, Call) and call.asks)


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list: its rows, and the count of all rows if the service says it."""

    rows: tuple[T, ...]
    total: int | None


def encode_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the canonical query that is both signed and sent: sorted, RFC 3986. Source: ddm-api.md 9.1 steps 3 and 7."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(pairs))


def fill_path(template: str, **segments: str) -> str:
    """Return a path with ids and names in their places, encoded; raise ``InputError`` for one that cannot be sent."""
    return template.format(**{name: _segment(name, value) for name, value in segments.items()})


def require_id(value: str, name: str) -> str:
    """Return an id that goes into a query; raise ``InputError`` for an empty one, which would ask for everything."""
    if not isinstance(value, str) or not value.strip() or value in {".", ".."}:
        raise InputError(f"{value!r} is no id or name.", field=name, fix="Give the id as the lists show it.")
    return value


def _segment(name: str, value: str) -> str:
    require_id(value, name)
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise InputError("holds a character that cannot be sent.", field=name, fix="Copy the id again.") from None


def read_answer(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    call: Call,
    *,
    received_at: datetime | None = None,
    secrets: Sequence[SecretStr] = (),
) -> dict[str, Any]:
    """Return the JSON object of a successful answer.

    A success without content is an empty list. A success whose body is only an error is a refusal.

    Args:
        status: The HTTP status.
        headers: The headers of the answer.
        body: The bytes of the answer, which may be anything.
        call: The call that was sent.
        received_at: This machine's clock at the receipt. With it, a refusal of credentials names a clock that is wrong.
        secrets: Known secrets, which are removed from texts that the error quotes.

    Raises:
        ServiceError: Every other answer, as this class or a subclass.

    """
    if not 200 <= status < 300:
        raise make_refusal(call.what, status, headers, body, received_at=received_at, secrets=secrets)
    if status == 204 and call.page is not None:
        return {}  # no content: the list is empty
    problem = "the answer is not a JSON object"
    try:
        payload = load_json(body)
    except ValueError:
        payload, problem = None, "the answer is not JSON" if body.strip() else "the answer is empty"
    if not isinstance(payload, dict):
        raise make_unusable(call.what, problem, status, headers, body, secrets=secrets)
    if is_refusal(payload, _ECHOES):
        raise make_refusal(call.what, status, headers, body, received_at=received_at, secrets=secrets)
    return payload


def read_model(model: type[T], payload: Any, call: Call) -> T:
    """Return the answer as a model; raise ``ServiceError`` that names the field that cannot be read."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        problem = _describe_problem(error)
    # Outside the handler, so that pydantic's error, which quotes the answer, is not attached.
    raise make_unusable(call.what, f"the answer's {problem}", 200, {})


def read_page(model: type[T], payload: Mapping[str, Any], call: Call, *, whole: type[T] | None = None) -> Page[T]:
    """Return the rows and the count of one page; raise ``ServiceError`` for an impossible list or count.

    ``whole`` is a stricter kind of ``model``: a row that fits it becomes one, every other row a ``model``. A missing list
    is empty if the count is 0, or if the answer holds no other content.
    """
    shape = call.page or PageShape("")
    total = _read_total(next((payload[key] for key in shape.total_keys if payload.get(key) is not None), None), call)
    rows = payload.get(shape.list_key)
    nothing_said = shape.list_key in payload or payload.keys() <= _ECHOES
    if (rows is None and nothing_said) or (not rows and total == 0):
        rows = []
    if not isinstance(rows, list):
        raise make_unusable(call.what, f"the answer's {shape.list_key} is not a list", 200, {})
    return Page(_read_rows((whole or model, model), rows, call, shape.list_key), total)


def _read_rows(models: tuple[type[T], type[T]], rows: Sequence[Any], call: Call, list_key: str) -> tuple[T, ...]:
    read: list[T] = []
    names: dict[frozenset[str], set[str]] = {}
    for index, row in enumerate(rows):
        try:
            read.append(_read_row(models, row))
        except ValidationError as error:
            problem = f"{list_key}[{index}] {_describe_problem(error)}"
            break
        # pydantic keeps a set of the given fields with each row, larger than the row; nearly all rows have the same ones.
        # A copy of a row has a set of its own, so nothing changes the shared one.
        given = read[-1].model_fields_set
        object.__setattr__(read[-1], "__pydantic_fields_set__", names.setdefault(frozenset(given), given))
    else:
        return tuple(read)
    raise make_unusable(call.what, f"the answer's {problem}", 200, {})


def _read_row(models: tuple[type[T], type[T]], row: Any) -> T:
    whole, model = models
    if whole is not model:
        with suppress(ValidationError):
            return whole.model_validate(row)
    return model.model_validate(row)


def _describe_problem(error: ValidationError) -> str:
    """Describe the field and the problem, without the value, which is foreign text and may be long."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "object"
    # ddmkit's validators quote the value in their texts; pydantic's texts are fixed.
    reason = "cannot be read" if first["type"] in {"value_error", "assertion_error"} else first["msg"]
    return f"{place}: {reason}"


def _read_total(value: Any, call: Call) -> int | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        counts = isinstance(value, int | str) or (isinstance(value, float) and value.is_integer())
        total = int(value) if counts and not isinstance(value, bool) else -1
    except ValueError:
        total = -1
    if total < 0:
        raise make_unusable(call.what, "the answer's count of rows is not a number", 200, {})
    return total
