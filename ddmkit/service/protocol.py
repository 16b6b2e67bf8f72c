"""Requests and answers without I/O: path, query and body of each call, and the reading of its answer.

For each call a function returns a frozen ``Call``. The client sends it and passes status, headers and body of the answer to
``read_answer``, which returns the JSON object or raises. Nothing here opens a connection, reads a clock or holds a
credential. Source of paths and parameters: ddm-api.md 2 to 7.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, SecretStr, ValidationError

from ddmkit.errors import InputError
from ddmkit.models import RestoreRequest
from ddmkit.service.error_parsing import is_refusal, load_json, make_refusal, make_unusable
from ddmkit.times import to_ms

__all__ = [
    "AUDIT_TRACES",
    "PAGE_LIMIT",
    "Call",
    "Page",
    "PageShape",
    "encode_query",
    "export_schema_metadata",
    "list_accounts",
    "list_accounts_v1",
    "list_backups",
    "list_instances",
    "list_jobs",
    "list_projects",
    "list_restorable_ranges",
    "list_schemas",
    "list_target_instances",
    "list_target_nodes",
    "probe",
    "read_answer",
    "read_model",
    "read_page",
    "restore_metadata",
    "show_backup",
    "show_instance",
    "show_job",
    "show_related_nodes",
    "show_schema",
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
    }
)
"""The name of each operation in the provider's audit log (CTS); the list of jobs has no documented name.

Source: ddm-api.md 13.6. The page lists the names only; the operations are matched by the similarity of the names.
"""

T = TypeVar("T", bound=BaseModel)
# The fields of a page other than its rows.
_ECHOES = frozenset(
    {"offset", "limit", "page_no", "page_size", "total_page", "instance_num", "total", "total_record", "request_id"}
)


@dataclass(frozen=True)
class PageShape:
    """The keys of a list's rows and of their count in an answer, and the attributes that identify a row."""

    list_key: str
    total_keys: tuple[str, ...] = ("total",)
    row_key: tuple[str, ...] = ("id",)


@dataclass(frozen=True)
class Call:
    """One request, ready to be sent: its path, query and body are shown, recorded and sent as they are here.

    ``operation`` is the official SDK's name of the request, ``title`` describes it in words.
    """

    operation: str
    title: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    page: PageShape | None = None

    @property
    def what(self) -> str:
        """The request in words, with method and path, for messages."""
        return f"{self.title} ({self.method} {self.path})"

    @property
    def audit_trace(self) -> str:
        """The name of the request in the provider's audit log; empty where no name is documented."""
        return AUDIT_TRACES.get(self.operation, "")

    @property
    def target(self) -> str:
        """The target of the request line: the path, and the query in its canonical form."""
        return f"{self.path}?{encode_query(self.query)}" if self.query else self.path

    def at(self, offset: int, limit: int = PAGE_LIMIT) -> Call:
        """Return the same call for the rows from ``offset`` on."""
        return replace(self, query=(*self.query, ("limit", str(limit)), ("offset", str(offset))))


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list: its rows, and the count of all rows if the service says it."""

    rows: tuple[T, ...]
    total: int | None


def encode_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the canonical query that is both signed and sent: sorted, RFC 3986. Source: ddm-api.md 9.1 steps 3 and 7."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(pairs))


def _path(template: str, **segments: str) -> str:
    return template.format(**{name: _segment(name, value) for name, value in segments.items()})


def _segment(name: str, value: str) -> str:
    if not isinstance(value, str) or not value.strip() or value in {".", ".."}:
        raise InputError(f"{value!r} is no id or name.", field=name, fix="Give the id as the lists show it.")
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        raise InputError("holds a character that cannot be sent.", field=name, fix="Copy the id again.") from None


def list_instances(project_id: str) -> Call:
    """List the DDM instances of the project. Source: API page ListInstances (v1: it alone has ``created``)."""
    path = _path("/v1/{project_id}/instances", project_id=project_id)
    return Call("ListInstances", "list the instances", "GET", path, page=PageShape("instances", ("total_record", "total")))


def show_instance(project_id: str, instance_id: str) -> Call:
    """Show one instance, its network and its engine version. Source: API page ShowInstance."""
    path = _path("/v1/{project_id}/instances/{instance_id}", project_id=project_id, instance_id=instance_id)
    return Call("ShowInstance", "show the instance", "GET", path)


def list_backups(project_id: str, instance_id: str = "") -> Call:
    """List the metadata backups; only the SDK documents the filter, so callers filter again. Source: ListBackups."""
    path = _path("/v3/{project_id}/backups", project_id=project_id)
    query = (("instance_id", instance_id),) if instance_id else ()
    return Call("ListBackups", "list the backups", "GET", path, query, page=PageShape("backups"))


def show_backup(project_id: str, source_id: str, backup_id: str) -> Call:
    """Show which data nodes a backup refers to. Source: API page ShowBackup."""
    template = "/v3/{project_id}/instances/{source_id}/backups/{backup_id}"
    path = _path(template, project_id=project_id, source_id=source_id, backup_id=backup_id)
    return Call("ShowBackup", "show the backup", "GET", path)


def list_restorable_ranges(project_id: str, source_id: str) -> Call:
    """List the ranges that the source can be restored to. Source: API page ShowAvalibleTime."""
    shape = PageShape("restorable_time_intervals", row_key=("start_time", "end_time"))
    path = _source_path("restorable-time-interval", project_id, source_id)
    return Call("ShowAvalibleTime", "list the restorable ranges", "GET", path, page=shape)


def list_target_instances(project_id: str, source_id: str) -> Call:
    """List the possible target instances, and whether the service accepts each. Source: API page ShowAvalibleDdms."""
    shape = PageShape("instances", row_key=("instance_id",))
    path = _source_path("restorable-instances", project_id, source_id)
    return Call("ShowAvalibleDdms", "list the target instances", "GET", path, page=shape)


def show_related_nodes(project_id: str, source_id: str, restore_time: datetime) -> Call:
    """Show the source's data nodes at a point in time. Source: API page ShowRelatedDns."""
    shape = PageShape("related_data_nodes", row_key=("instance_id",))
    query = (("restore_time", str(to_ms(restore_time))),)
    path = _source_path("related-dn", project_id, source_id)
    return Call("ShowRelatedDns", "show the source's data nodes at that time", "GET", path, query, page=shape)


def list_target_nodes(project_id: str, source_id: str, target_id: str, source_node_id: str, restore_time: datetime) -> Call:
    """List the candidates that could replace one source data node on the target. Source: API page ShowAvalibleRds."""
    query = (
        ("target_instance_id", target_id),
        ("source_dn_instance_id", source_node_id),
        ("restore_time", str(to_ms(restore_time))),
    )
    shape = PageShape("target_data_nodes", row_key=("instance_id",))
    path = _source_path("restorable-data-node", project_id, source_id)
    return Call("ShowAvalibleRds", "list the candidates for a data node", "GET", path, query, page=shape)


def _source_path(last: str, project_id: str, source_id: str) -> str:
    return _path("/v3/{project_id}/instances/{source_id}/backups/", project_id=project_id, source_id=source_id) + last


def list_schemas(project_id: str, instance_id: str) -> Call:
    """List the schemas of an instance. Source: API page ListDatabases (there is no v3 list)."""
    path = _path("/v1/{project_id}/instances/{instance_id}/databases", project_id=project_id, instance_id=instance_id)
    return Call("ListDatabases", "list the schemas", "GET", path, page=PageShape("databases", row_key=("name",)))


def show_schema(project_id: str, instance_id: str, name: str) -> Call:
    """Show one schema with its shards. Source: API page ShowInstanceDatabase."""
    template = "/v3/{project_id}/instances/{instance_id}/databases/{name}"
    path = _path(template, project_id=project_id, instance_id=instance_id, name=name)
    return Call("ShowInstanceDatabase", "show the schema", "GET", path)


def list_accounts(project_id: str, instance_id: str) -> Call:
    """List the accounts of an instance. Source: API page ListDdmUsers."""
    path = _path("/v3/{project_id}/instances/{instance_id}/users", project_id=project_id, instance_id=instance_id)
    return Call("ListDdmUsers", "list the accounts", "GET", path, page=PageShape("users", row_key=("name",)))


def list_accounts_v1(project_id: str, instance_id: str) -> Call:
    """List the accounts by the older call, for editions without the newer one. Source: SDK, ListUsers (v1)."""
    path = _path("/v1/{project_id}/instances/{instance_id}/users", project_id=project_id, instance_id=instance_id)
    shape = PageShape("users", ("total_record", "total"), row_key=("name",))
    return Call("ListUsers", "list the accounts", "GET", path, page=shape)


def export_schema_metadata(project_id: str, instance_id: str) -> Call:
    """Export the shard distribution of all schemas. Source: API page DownloadSchemaMetadata."""
    template = "/v3/{project_id}/instances/{instance_id}/schema-metadata"
    path = _path(template, project_id=project_id, instance_id=instance_id)
    return Call("DownloadSchemaMetadata", "export the schema metadata", "GET", path)


def list_jobs(project_id: str, start: datetime, end: datetime) -> Call:
    """List the jobs created between two instants. Source: API page ListTasks (at most 30 days back)."""
    query = (("start_time", str(to_ms(start))), ("end_time", str(to_ms(end))))
    path = _path("/v3/{project_id}/jobs", project_id=project_id)
    return Call("ListTasks", "list the jobs", "GET", path, query, page=PageShape("jobs"))


def show_job(project_id: str, job_id: str) -> Call:
    """Show one job, without the reason of a failure. Source: API page ShowDdmJobResult."""
    return Call(
        "ShowDdmJobResult",
        "show the job",
        "GET",
        _path("/v3/{project_id}/jobs/{job_id}", project_id=project_id, job_id=job_id),
    )


def restore_metadata(project_id: str, request: RestoreRequest) -> Call:
    """Start a metadata restore, the only call that changes something. Source: API page RestoreMetadata."""
    path = _source_path("metadata-recovery", project_id, request.source_instance_id)
    return Call("RestoreMetadata", "start the restore", "POST", path, body=request.body_json().encode())


def list_projects(name: str) -> Call:
    """List the projects with a name, usually that of a region. Source: API page KeystoneListProjects (identity service)."""
    return Call("KeystoneListProjects", "look up the project id", "GET", "/v3/projects", (("name", name),))


def probe() -> Call:
    """Ask whether anything answers at the endpoint. Source: API page ListApiVersion."""
    return Call("ListApiVersion", "reach the endpoint", "GET", "/")


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


def login_body(user: str, password: SecretStr, domain: str, project: Mapping[str, Any]) -> bytes:
    """Return the body of the request for a token of one project. Source: ddm-api.md 7.1."""
    person = {"name": user, "password": password.get_secret_value(), "domain": {"name": domain}}
    identity = {"methods": ["password"], "password": {"user": person}}
    return json.dumps({"auth": {"identity": identity, "scope": {"project": dict(project)}}}).encode()
