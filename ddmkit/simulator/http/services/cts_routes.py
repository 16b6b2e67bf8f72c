"""Routes of CTS, the audit service: traces, the names of operations, trackers. Source: CTS API v3.

Reading traces while some are not recorded yet moves a stopped clock by one step.
"""

# ruff: noqa: ARG002 - FastAPI checks every path parameter, used or not

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import Query
from starlette.responses import Response

from ddmkit.simulator.http.context import ServiceContext, json_response
from ddmkit.simulator.http.operations import ALL_OPERATIONS
from ddmkit.simulator.http.parameters import Id, Text
from ddmkit.simulator.http.services.bodies import Marker, OptionalMilliseconds, TraceFilter, TraceLimit
from ddmkit.simulator.rules.audit import KEPT_MS, visible_traces
from ddmkit.simulator.rules.errors import parameter_error
from ddmkit.simulator.storage.recovery_schema import Trace

__all__ = ["AuditRoutes"]

LIST = next(operation for operation in ALL_OPERATIONS if operation.name == "CTS.ListTraces")
HOUR_MS = 3_600_000
From = Annotated[OptionalMilliseconds, Query(alias="from")]
# Sources: RDS and DDM user manuals, "Key Operations Recorded by CTS".
NAMES = {
    ("RDS", "instance"): ("createInstance", "deleteInstance", "instanceRestore", "instanceRestart", "setReadOnlySwitch"),
    ("RDS", "backup"): ("createManualSnapshot", "deleteManualSnapshot", "setBackupPolicy"),
    ("DDM", "instance"): ("createInstance", "deleteInstance", "restoreMetaData", "synRdsinfo", "resetAdministrator"),
}


class AuditRoutes:
    """The routes of CTS."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._storage = context.storage

    async def list_traces(
        self,
        project_id: Id,
        wanted: TraceFilter,
        trace_id: Text = "",
        trace_type: Literal["system", "data"] = "system",
        limit: TraceLimit = 10,
        begin: From = None,
        to: OptionalMilliseconds = None,
        next: Marker = "",  # noqa: A002 - the service's name
    ) -> Response:
        """List traces, newest first; `next` is the marker of the page before. The boundaries are exclusive."""
        if (begin is None) != (to is None):
            raise parameter_error("cts")
        self._step()
        now = self._context.now()
        span = (now - HOUR_MS if begin is None else begin, now + 1 if to is None else to)
        found = [
            trace
            for trace in visible_traces(self._storage, self._latest(now))
            if (trace.id == trace_id if trace_id else _fits(trace, span, wanted)) and trace_type == "system"
        ]
        if self._context.faults.take("trace-missing", LIST):
            found = [trace for trace in found if trace.service != "RDS"]
        ids = [trace.id for trace in found]
        first = ids.index(next) + 1 if next in ids else 0
        page = found[first : first + limit]
        marker = page[-1].id if page and first + limit < len(found) else None
        rows = self._rows(page, project_id)
        return json_response({"traces": rows, "meta_data": {"count": len(rows), "marker": marker}})

    async def list_operations(self, project_id: Id, service_type: Text = "", resource_type: Text = "") -> Response:
        """List the names of the operations that are recorded."""
        rows = [
            {"service_type": service, "resource_type": kind, "operation_list": list(names)}
            for (service, kind), names in NAMES.items()
            if service_type in {"", service} and resource_type in {"", kind}
        ]
        return json_response({"operations": rows})

    async def list_trackers(self, project_id: Id, tracker_name: Text = "", tracker_type: Text = "") -> Response:
        """List the trackers; the one of the account is on."""
        seed = self._context.world.seed
        row = {
            "id": seed.uuid("tracker"),
            "tracker_name": "system",
            "tracker_type": "system",
            "status": "enabled",
            "project_id": project_id,
            "domain_id": seed.hexadecimal("domain"),
            "create_time": 1_700_000_000_000,
            "detail": "",
            "obs_info": {},
            "lts": {"is_lts_enabled": False},
        }
        shown = tracker_name in {"", "system"} and tracker_type in {"", "system"}
        return json_response({"trackers": [row] if shown else []})

    def _latest(self, now: int) -> int:
        """Return the time that decides which traces are kept: later by their whole life when the fault is active."""
        return now + 2 * KEPT_MS if self._context.faults.take("trace-expired", LIST) else now

    def _rows(self, traces: list[Trace], project_id: str) -> list[dict[str, Any]]:
        take = self._context.faults.take
        form = next((one for one in ("trace-text", "trace-object", "trace-empty-request") if take(one, LIST)), "")
        return [self._row(trace, project_id, form) for trace in traces]

    def _row(self, trace: Trace, project_id: str, form: str) -> dict[str, Any]:
        credentials, seed = self._context.world.seed.credentials(), self._context.world.seed
        domain = {"id": seed.hexadecimal("domain"), "name": credentials.domain}
        return {
            "trace_id": trace.id,
            "trace_name": trace.name,
            "trace_type": trace.trace_type,
            "trace_rating": trace.rating,
            "service_type": trace.service,
            "resource_type": trace.resource_type,
            "resource_id": trace.resource_id,
            "resource_name": trace.resource_name,
            "code": trace.code,
            "time": trace.time,
            "record_time": trace.record_time,
            "user": {"id": seed.hexadecimal("user"), "name": trace.user, "domain": domain},
            "request": _in_form(trace.request, form),
            "response": trace.response,
            "source_ip": "172.16.200.3",
            "api_version": "v3",
            "request_id": seed.hexadecimal("request", trace.id),
            "operation_id": trace.name,
            "read_only": False,
            "enterprise_project_id": "0",
        }

    def _step(self) -> None:
        now = self._context.now()
        if self._storage.count("SELECT count(*) FROM traces WHERE record_time > ?", (now,)):
            self._context.step_clock()


def _fits(trace: Trace, span: tuple[int, int], wanted: dict[str, str]) -> bool:
    inside = span[0] < trace.time < span[1]
    return inside and all(value in {"", getattr(trace, name)} for name, value in wanted.items())


def _in_form(request: str, form: str) -> object:
    if form == "trace-empty-request" or not request:
        return ""
    if form == "trace-object":
        return json.loads(request)
    return json.dumps(request) if form == "trace-text" else request
